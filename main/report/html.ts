// report.html: one page with nothing from elsewhere, made to be printed. Every value in it may come from a stranger's
// packet, so nothing reaches the page but through html().

import { CONFIDENCES, type Confidence, type Technique } from '../../shared/domain/vocabulary.ts';
import { en } from '../../shared/i18n/en.ts';
import { serviceName } from '../../shared/i18n/words.ts';
import { html, visibleProse } from '../../shared/report/harmless.ts';
import { isoTime } from '../../shared/report/model.ts';
import {
  type Claim,
  type FrameNumber,
  type IncidentReport,
  RESTS_ON_PAYLOAD,
  type ReportIncident,
} from '../../shared/report/schema.ts';
import { GLOSSARY, SECTIONS, type Section, type Wording } from '../../shared/report/wording/words.ts';
import { commands, FILTERS } from './commands.ts';
import { listText, networksCredit, networkTexts } from './lists.ts';
import { mark } from './marks.ts';
import { namesOf } from './names.ts';
import { styleSheet } from './style.ts';
import { inline, ladder, timeline } from './svg.ts';

/** Incidents described in full; the others are a row of the table and of the files beside. */
const DETAILED = 40;
const ROWS = 200;
const FRAMES = 8;

/** Addresses, names and numbers in hexadecimal keep their direction inside any sentence. */
const TECHNICAL =
  /(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+|\/\d+)?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\/\d+)?|0x[0-9a-f]+|[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.[a-z][a-z0-9-]+)(?![\w-])/gi;

/** `fonts`: rules that bring the fonts along. */
export function renderHtml(report: IncidentReport, words: Wording, fonts = ''): string {
  return new Page(report, words).render(fonts);
}

class Page {
  readonly #report: IncidentReport;
  readonly #words: Wording;
  #figures = 0;

  constructor(report: IncidentReport, words: Wording) {
    this.#report = report;
    this.#words = words;
  }

  render(fonts: string): string {
    const report = this.#report;
    const w = this.#words.report;
    const { header, capture, tool } = report;
    const sections: { readonly [K in Section]: () => string } = {
      summary: () => this.#summary(),
      facts: () => this.#facts(),
      vantage: () => this.#vantage(),
      methodology: () => this.#methodology(),
      timeline: () => this.#timeline(),
      evidence: () => this.#each((incident) => this.#evidence(incident)),
      controls: () => this.#each((incident) => this.#controls(incident)),
      alternatives: () => `<p>${html(w.checklist.intro)}</p>${this.#each((incident) => this.#checklist(incident))}`,
      confidence: () => this.#confidence(),
      integrity: () => this.#integrity(),
      redaction: () => this.#redaction(),
      context: () => this.#context(),
      reproduce: () => this.#reproduce(),
      glossary: () => this.#glossary(),
    };
    const date = report.created?.slice(0, 10) ?? header.start_time?.slice(0, 10) ?? '';
    const version = `${tool.name === 'blockscope' ? 'Blockscope' : ''} ${tool.version}`;
    const hash = capture.sha256 ?? w.integrity.notHashed;
    const footer = {
      left: `${w.labels.recording} SHA-256\n${(hash.match(/.{1,32}/g) ?? [hash]).join('\n')}`,
      right: `${version}`,
      of: '/',
    };
    const body = sectionsOf(report).map((section, at) => {
      const content = sections[section]();
      // The summary stands under the title without a heading of its own on screen; it has one for readers by ear
      return (
        `<section aria-labelledby="s-${section}"><h2 id="s-${section}"><span class="n">${at + 1}</span>` +
        `${html(w.sections[section])}</h2>${content}</section>`
      );
    });
    return [
      '<!doctype html>',
      `<html lang="${w.tag}" dir="${w.direction}">`,
      '<head>',
      '<meta charset="utf-8">',
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:">`,
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      '<meta name="referrer" content="no-referrer">',
      `<meta name="generator" content="${html(version)}">`,
      `<title>${html(header.title)}</title>`,
      `<style>${fonts}${styleSheet(footer)}</style>`,
      '</head>',
      '<body>',
      '<main>',
      `<div class="top"><span>${html(w.document)}</span><span>${this.#technical(date)}</span></div>`,
      `<h1>${this.#prose(header.title)}</h1>`,
      w.unreviewed === null ? '' : `<p class="notice">${html(w.unreviewed)}</p>`,
      ...body,
      `<footer>${html(w.labels.recording)} SHA-256 ${this.#technical(hash)}<br>${html(version)}</footer>`,
      '</main>',
      '</body>',
      '</html>',
      '',
    ].join('\n');
  }

  // Pieces

  #iso(time: string): string {
    return isoTime(time, this.#report.redaction.times);
  }

  #technical(text: string): string {
    return `<bdi class="m" dir="ltr">${html(text)}</bdi>`;
  }

  /** A sentence: its words as they are, its values set apart. */
  #prose(text: string): string {
    let out = '';
    let from = 0;
    for (const found of text.matchAll(TECHNICAL)) {
      out += html(text.slice(from, found.index)) + this.#technical(found[0]);
      from = found.index + found[0].length;
    }
    return out + html(text.slice(from));
  }

  /** A sentence of the engine; where it has no translation, English and marked so. */
  #sentence(table: 'evidence' | 'alternative' | 'next' | 'verdict', kind: string, params: Claim['params']): string {
    const text = this.#prose(this.#words.sentence(table, kind, params));
    return this.#words.statementsTranslated ? text : `<span lang="en" dir="ltr">${text}</span>`;
  }

  /** Without the levels in brackets at its end, which are said in full behind it. */
  #verdict({ verdict }: ReportIncident): string {
    const text = this.#prose(withoutLevels(this.#words.sentence('verdict', verdict.kind, verdict.params)));
    return this.#words.statementsTranslated ? text : `<span lang="en" dir="ltr">${text}</span>`;
  }

  #engine(text: string): string {
    return this.#words.statementsTranslated ? html(text) : `<span lang="en" dir="ltr">${html(text)}</span>`;
  }

  /** The word of this language with the English one beside it, so that reports can be compared. */
  #beside(own: string, english: string): string {
    return own === english ? html(own) : `${html(own)} <bdi class="en" lang="en">(${html(english)})</bdi>`;
  }

  #level(confidence: Confidence): string {
    return this.#beside(this.#words.statements.confidence[confidence].word, en.confidence[confidence].word);
  }

  #technique(technique: Technique): string {
    return this.#beside(this.#words.statements.technique[technique].name, en.technique[technique].name);
  }

  #frame({ original, evidence }: FrameNumber): string {
    return evidence === null ? `${original}` : `${original}→${evidence}`;
  }

  #frames(frames: readonly FrameNumber[], more = 0): string {
    if (frames.length === 0) return '';
    const shown = frames.slice(0, FRAMES).map((frame) => this.#frame(frame));
    const rest = frames.length - shown.length + more;
    const tail = rest > 0 ? ` ${html(this.#words.report.evidence.more(rest))}` : '';
    return `${this.#technical(shown.join(' '))}${tail}`;
  }

  #facts2(rows: readonly (readonly [string, string])[]): string {
    const body = rows.map(([label, value]) => `<tr><th scope="row">${html(label)}</th><td>${value}</td></tr>`).join('');
    return `<table class="kf"><tbody>${body}</tbody></table>`;
  }

  #table(kind: string, head: readonly string[], rows: readonly string[]): string {
    const cells = head.map((label) => `<th scope="col">${html(label)}</th>`).join('');
    return `<table class="${kind}"><thead><tr>${cells}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  }

  get #detailed(): readonly ReportIncident[] {
    return this.#report.incidents.slice(0, DETAILED);
  }

  #each(page: (incident: ReportIncident) => string): string {
    const detailed = this.#detailed;
    const pages = detailed.map((incident) =>
      detailed.length === 1
        ? page(incident)
        : `<h3>${html(incident.id)} · ${this.#targetNames(incident)}</h3>${page(incident)}`,
    );
    const rest = this.#report.incidents.length - detailed.length;
    if (rest > 0) pages.push(`<p>${html(this.#words.report.furtherIncidents(rest))}</p>`);
    return pages.length === 0 ? `<p>${html(this.#words.report.nothing)}</p>` : pages.join('');
  }

  #targetNames(incident: ReportIncident): string {
    const { shown, rest } = namesOf(incident);
    return shown.map((name) => this.#technical(name)).join(', ') + (rest > 0 ? ` +${rest}` : '');
  }

  #mark(incident: ReportIncident, id: string): string {
    const drawn = mark(incident.techniques[0]!, incident.confidence, 1, 1, 16, id);
    return `<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">${drawn}</svg>`;
  }

  // Sections

  #summary(): string {
    const w = this.#words.report;
    const parts = this.#detailed.map((incident) => {
      const { sentence } = this.#words.statements.confidence[incident.confidence];
      const cause =
        incident.trigger.kind === 'unknown' || incident.trigger.confidence === 'inconclusive'
          ? `<b>${html(w.causeIs)}: ${html(w.causeUnknown)}.</b>`
          : `<b>${html(w.causeIs)} (${this.#engine(this.#words.statements.trigger[incident.trigger.kind])}): ${this.#level(incident.trigger.confidence)}.</b>`;
      return (
        `<div class="verdict">${this.#mark(incident, `v-${incident.id}`)}<div>` +
        `<p class="lead">${this.#verdict(incident)}</p>` +
        `<p class="lead"><b>${html(w.interferenceIs)}: ${this.#level(incident.confidence)}.</b> ${this.#engine(afterColon(sentence))} ${cause}</p>` +
        `</div></div>`
      );
    });
    if (parts.length === 0) parts.push(`<p class="lead">${html(w.nothing)}</p>`);
    const rest = this.#report.incidents.length - this.#detailed.length;
    if (rest > 0) parts.push(`<p>${html(w.furtherIncidents(rest))}</p>`);
    if (this.#report.omitted > 0) parts.push(`<p>${html(w.omitted(this.#report.omitted))}</p>`);
    return `${parts.join('')}<p class="not">${html(w.notClaimed)}</p>`;
  }

  #span(incident: { readonly firstTime: string; readonly lastTime: string }): string {
    const from = this.#iso(incident.firstTime);
    const to = this.#iso(incident.lastTime);
    const sameDay = from.slice(0, 10) === to.slice(0, 10) && from.includes('T');
    const first = from.replace('T', ' ').replace('Z', '');
    const second = sameDay ? to.slice(11, 23) : to.replace('T', ' ').replace('Z', '');
    return `${this.#technical(from === to ? first : `${first} – ${second}`)} ${html(this.#words.report.utc)}`;
  }

  #facts(): string {
    const w = this.#words.report;
    const s = this.#words.statements;
    if (this.#report.incidents.length !== 1) {
      const rows = this.#report.incidents
        .slice(0, ROWS)
        .map(
          (incident) =>
            `<tr><td>${html(incident.id)}</td><td>${this.#targetNames(incident)}</td>` +
            `<td>${incident.techniques.map((technique) => this.#technique(technique)).join(', ')}</td>` +
            `<td>${this.#level(incident.confidence)}</td>` +
            `<td>${html(w.attempts(incident.failed, incident.succeeded))}</td><td>${this.#span(incident)}</td></tr>`,
        );
      const incidents = this.#table(
        'list',
        [w.incident, w.labels.target, w.labels.technique, w.labels.confidence, w.labels.attempts, w.labels.seen],
        rows,
      );
      const told = (this.#report.networks?.entries ?? []).slice(0, ROWS);
      if (told.length === 0) return incidents;
      const networks = told.map(({ address }) => [address, networkTexts(this.#report, [address]).join()] as const);
      const rowsOf = networks.map(([address, network]) => [address, this.#technical(network)] as const);
      return `${incidents}<h3>${html(w.labels.networks)}</h3>${this.#facts2(rowsOf)}`;
    }
    const incident = this.#report.incidents[0]!;
    const addresses = incident.targets.flatMap((target) => target.addresses);
    const networks = networkTexts(this.#report, addresses).slice(0, 8);
    return this.#facts2([
      [
        w.labels.target,
        incident.targets
          .slice(0, 8)
          .map(({ domain, addresses, port, transport, service }) => {
            const named = domain === null ? '' : `${this.#technical(domain)} · `;
            const known = service === null ? '' : ` (${html(serviceName(s, service))})`;
            const shown = addresses.slice(0, 4).map((address) => this.#technical(address));
            return `${named}${shown.join(', ')}, ${html(w.labels.port)} ${this.#technical(`${port}/${transport}`)}${known}`;
          })
          .join('<br>'),
      ],
      ...(networks.length === 0
        ? []
        : [[w.labels.networks, networks.map((each) => this.#technical(each)).join('<br>')] as const]),
      [w.labels.technique, incident.techniques.map((technique) => this.#technique(technique)).join(', ')],
      [
        w.labels.done,
        `${this.#engine(s.interference[incident.interference.kind])} ${this.#technical(incident.interference.variant)}`,
      ],
      [
        w.labels.cause,
        `${this.#engine(s.trigger[incident.trigger.kind])}${incident.trigger.value === null ? '' : ` · ${this.#technical(incident.trigger.value)}`} · ${this.#level(incident.trigger.confidence)}`,
      ],
      [w.labels.step, this.#engine(s.stage[incident.stage])],
      [w.labels.seen, this.#span(incident)],
      [w.labels.attempts, html(w.attempts(incident.failed, incident.succeeded))],
      [w.labels.place, this.#engine(s.place[incident.place])],
      [w.labels.confidence, this.#level(incident.confidence)],
      ...(incident.attribution.length === 0
        ? []
        : [
            [
              w.attribution,
              incident.attribution
                .map((item) => this.#prose(`${item.system} (${item.source}, ${item.date})`))
                .join('<br>'),
            ] as const,
          ]),
    ]);
  }

  #vantage(): string {
    const w = this.#words.report;
    const roles: Readonly<Record<string, string>> = w.roles;
    return this.#facts2(
      this.#report.vantage.map(({ field, value, basis }) => {
        const shown = value.slice(0, 8).map((item) => {
          if (field === 'role') return html(roles[item] ?? item);
          if (field !== 'local' && field !== 'resolver') return html(item);
          const isReplaced = this.#report.redaction.replaced.some(({ replacement }) => replacement === item);
          return isReplaced ? `<bdi class="m pseud" dir="ltr">${html(item)}</bdi>` : this.#technical(item);
        });
        const rest = value.length > 8 ? ` ${html(w.evidence.more(value.length - 8))}` : '';
        const note = `<span class="en">${html(w.basis[basis])}</span>`;
        return [w.vantage[field], shown.length === 0 ? note : `${shown.join(', ')}${rest} · ${note}`];
      }),
    );
  }

  #methodology(): string {
    const w = this.#words.report;
    const m = w.methodology;
    const rules = this.#report.checked.map(
      ({ technique, rule, state, because }) =>
        `<tr><td>${this.#technique(technique)}</td><td>${rule === null ? '' : this.#technical(rule)}</td>` +
        `<td>${html(m.state[state])}${because === null ? '' : ` · ${this.#technical(because)}`}</td></tr>`,
    );
    const thresholds = this.#report.thresholds.map(
      ({ rule, name, value }) =>
        `<tr><td>${this.#technical(rule)}</td><td>${html(m.threshold[name])}</td><td>${this.#technical(value)}</td></tr>`,
    );
    const named = [...this.#report.lists.map(listText), ...networksCredit(this.#report)];
    const lists = named.map((text) => `<li>${this.#prose(text)}</li>`);
    return [
      `<p>${html(m.passive)}</p>`,
      `<p>${html(m.clock)}</p>`,
      `<h3>${html(m.rules)}</h3>`,
      this.#table('list', [w.labels.technique, m.rule, ''], rules),
      `<h3>${html(m.thresholds)}</h3>`,
      this.#table('list', [m.rule, '', ''], thresholds),
      `<h3>${html(m.lists)}</h3><ul>${lists.join('')}</ul>`,
    ].join('');
  }

  #timeline(): string {
    if (this.#report.incidents.length === 0) return `<p>${html(this.#words.report.nothing)}</p>`;
    const w = this.#words.report;
    const rows = this.#detailed.flatMap(({ id, findings }) =>
      findings
        .slice(0, 24)
        .map(
          (finding) =>
            `<tr><td>${this.#technical(this.#iso(finding.firstTime).replace('T', ' ').replace('Z', ''))}</td>` +
            `<td>${html(id)}</td><td>${html(finding.id)}</td>` +
            `<td>${this.#technical(finding.target.domain ?? finding.target.address)}</td>` +
            `<td>${this.#level(finding.confidence)}</td><td>${this.#frames(finding.forged.length > 0 ? finding.forged : finding.trigger)}</td></tr>`,
        ),
    );
    return (
      this.#figure(w.sections.timeline, inline(timeline(this.#report, this.#words), 'timeline'), w.timeline.caption) +
      this.#table(
        'list',
        [
          `${w.labels.seen} (${w.utc})`,
          w.incident,
          w.labels.findings,
          w.labels.target,
          w.labels.confidence,
          w.evidence.frames,
        ],
        rows.slice(0, ROWS),
      )
    );
  }

  #figure(title: string, drawing: string, caption: string): string {
    this.#figures++;
    const number = this.#words.report.figure(this.#figures);
    return `<figure><figcaption>${html(number)}. ${html(title)}</figcaption>${drawing}<p class="note">${html(caption)}</p></figure>`;
  }

  #evidence(incident: ReportIncident): string {
    const w = this.#words.report;
    const parts: string[] = [];
    const drawn = ladder(incident, this.#words);
    if (drawn !== null) {
      const isSilent = incident.interference.kind === 'packet-drop' || incident.interference.kind === 'null-route';
      const caption = isSilent ? `${w.ladder.caption} ${w.ladder.silent}` : w.ladder.caption;
      parts.push(this.#figure(w.ladder.title, inline(drawn, `ladder-${incident.id}`), caption));
    }
    if (incident.headers.length > 0) parts.push(this.#headers(incident));
    if (incident.dns.length > 0) parts.push(this.#dns(incident));
    const groups = [
      ['supports', w.evidence.for],
      ['contradicts', w.evidence.against],
      ['neutral', w.evidence.neutral],
    ] as const;
    for (const [role, title] of groups) {
      const claims = incident.claims.filter((claim) => claim.role === role);
      if (claims.length === 0) continue;
      const rows = claims.map((claim) => {
        const also =
          claim.findings.length > 1
            ? ` <span class="en">${html(w.evidence.alsoIn(claim.findings.slice(0, 6)))}</span>`
            : '';
        return (
          `<tr><td>${html(claim.id)}</td><td>${this.#sentence('evidence', claim.kind, claim.params)}${also}</td>` +
          `<td class="w">${this.#engine(this.#words.statements.strength[claim.strength])}</td>` +
          `<td class="f">${this.#frames(claim.frames, claim.more)}</td></tr>`
        );
      });
      parts.push(
        `<h3>${html(title)}</h3>`,
        this.#table('claims', ['', w.evidence.claim, w.evidence.strength, w.evidence.frames], rows),
      );
    }
    parts.push(`<p class="note">${html(w.evidence.framesNote)}</p>`);
    return parts.join('');
  }

  #headers(incident: ReportIncident): string {
    const w = this.#words.report;
    const h = w.headers;
    const genuine = incident.headers.filter(({ role }) => role === 'genuine');
    const differs = (of: (row: ReportIncident['headers'][number]) => unknown, row: ReportIncident['headers'][number]) =>
      row.role === 'forged' && genuine.length > 0 && genuine.every((other) => of(other) !== of(row));
    const cell = (value: string | number | null, different: boolean): string =>
      `<td${different ? ' class="differs"' : ''}>${value === null ? '' : `<bdi dir="ltr">${html(String(value))}</bdi>`}</td>`;
    const hasTcp = incident.headers.some(({ flags }) => flags !== null);
    const tcp = <T>(...cells: readonly T[]): readonly T[] => (hasTcp ? cells : []);
    const rows = incident.headers.map((row) => {
      const id = row.ipId === null ? null : row.ipId.toString(16).padStart(4, '0');
      const fragmenting = row.dontFragment === null ? null : row.dontFragment ? 'DF' : '–';
      return [
        `<tr${row.role === 'forged' ? ' class="hatch"' : ''}>`,
        `<td><span>${html(row.role === 'forged' ? h.forged : h.genuine)} ${this.#technical(`#${row.frame.original}`)}</span></td>`,
        cell(
          row.ttl,
          differs(({ ttl }) => ttl, row),
        ),
        cell(id, false),
        cell(
          fragmenting,
          differs(({ dontFragment }) => dontFragment, row),
        ),
        ...tcp(
          cell(row.flags, false),
          cell(
            row.window,
            differs(({ window }) => window, row),
          ),
          cell(
            row.options === '' ? '–' : row.options,
            differs(({ options }) => options, row),
          ),
        ),
        cell(row.payload, false),
        cell(row.afterMs === null ? null : `${row.afterMs.toFixed(3)} ms`, false),
        '</tr>',
      ].join('');
    });
    this.#figures++;
    const head = [h.packet, 'TTL', 'IP ID', 'DF', ...tcp(h.flags, h.window, h.options), h.payload, h.after];
    return (
      `<h3>${html(w.figure(this.#figures))}. ${html(h.title)}</h3>` +
      this.#table('cmp', head, rows) +
      `<p class="note">${html(h.caption)}</p>`
    );
  }

  #dns(incident: ReportIncident): string {
    const d = this.#words.report.dns;
    const rows = incident.dns.flatMap((exchange) =>
      exchange.answers.map(
        (answer) =>
          `<tr${answer.forged ? ' class="hatch"' : ''}><td><span>${this.#technical(`${exchange.name} ${exchange.type}`)}</span></td>` +
          `<td>${this.#technical(exchange.resolver)}</td><td><bdi dir="ltr">#${answer.frame.original}</bdi></td>` +
          `<td><bdi dir="ltr">${html(rcodeName(answer.rcode))}</bdi></td>` +
          `<td>${answer.addresses.length === 0 ? `<span>${html(d.none)}</span>` : this.#technical(answer.addresses.slice(0, 6).join(' '))}</td>` +
          `<td><span>${html(answer.forged ? d.forged : d.notForged)}</span></td></tr>`,
      ),
    );
    if (rows.length === 0) return '';
    this.#figures++;
    return (
      `<h3>${html(this.#words.report.figure(this.#figures))}. ${html(d.title)}</h3>` +
      this.#table('cmp', [d.query, d.resolver, this.#words.report.evidence.frames, d.answer, d.addresses, ''], rows)
    );
  }

  #controls(incident: ReportIncident): string {
    const w = this.#words.report;
    if (incident.controls.length === 0) return `<p>${html(w.controls.none)}</p>`;
    const rows = incident.controls.map(({ kind, outcome, target, frames }) => {
      const named = target.domain === null ? '' : `${this.#technical(target.domain)} · `;
      return (
        `<tr><td>${this.#engine(this.#words.statements.control[kind])}</td>` +
        `<td>${named}${this.#technical(target.address)}, ${this.#technical(String(target.port))}</td>` +
        `<td>${html(outcome === 'ok' ? w.controls.worked : w.controls.failed)}</td><td>${this.#frames(frames)}</td></tr>`
      );
    });
    return this.#table('list', ['', w.labels.target, '', w.evidence.frames], rows);
  }

  #checklist(incident: ReportIncident): string {
    const c = this.#words.report.checklist;
    const rows = incident.checklist.map(({ item, state, by, reason }) => {
      const how = [
        ...by.map(
          (alternative) =>
            `${this.#sentence('alternative', alternative.kind, alternative.params)} <span class="en">${html(c.states[alternative.status])}</span>`,
        ),
        ...(reason === null ? [] : [html(c.reasons[reason])]),
      ];
      return `<tr class="${state}"><td class="what">${html(c.items[item])}</td><td class="s">${html(by.length > 0 && state === 'ruled-out' ? c.asFarAsWeighed : c.states[state])}</td><td>${how.join('<br>')}</td></tr>`;
    });
    return this.#table('check', ['', '', ''], rows).replace(/<thead>.*?<\/thead>/, '');
  }

  #confidence(): string {
    const w = this.#words.report;
    const s = this.#words.statements;
    const levels = CONFIDENCES.map((level) => `<li>${this.#engine(s.confidence[level].sentence)}</li>`);
    const next = this.#each((incident) => {
      const steps = incident.next.filter(({ kind }) => kind !== 'publish-report');
      if (steps.length === 0) return '';
      const items = steps.map(({ kind, params }) => `<li>${this.#sentence('next', kind, params)}</li>`);
      return `<ul>${items.join('')}</ul>`;
    });
    const limits = s.limits.map((limit) => `<li>${this.#engine(limit)}</li>`);
    return [
      `<h3>${html(w.methodology.levels)}</h3><ul>${levels.join('')}</ul>`,
      `<h3>${html(w.change)}</h3>${next}`,
      `<h3>${html(w.limitations)}</h3><ul>${limits.join('')}</ul>`,
    ].join('');
  }

  #integrity(): string {
    const { capture, tool, files, created } = this.#report;
    const w = this.#words.report;
    const i = w.integrity;
    const quality = capture.quality.map(
      ({ kind, params, count }) => `<li>${this.#engine(this.#words.quality(kind, params, count))}</li>`,
    );
    const snaplens = capture.snaplens.map((length) =>
      length === 0 ? html(i.unlimited) : this.#technical(String(length)),
    );
    return [
      `<p>${html(i.intro)}</p>`,
      this.#facts2([
        [w.labels.recording, this.#technical(capture.name)],
        [i.sha256, capture.sha256 === null ? html(i.notHashed) : this.#technical(capture.sha256)],
        [i.packets, this.#technical(String(capture.packets))],
        [i.bytes, this.#technical(String(capture.bytes))],
        [
          i.span,
          capture.firstTime === null || capture.lastTime === null
            ? html(i.notSaid)
            : this.#technical(`${this.#iso(capture.firstTime)} – ${this.#iso(capture.lastTime)}`),
        ],
        [i.linkType, this.#technical(`${capture.linkTypes.join(', ')} (${capture.format ?? ''})`)],
        [i.snaplen, snaplens.join(', ')],
        [i.drops, capture.dropped === null ? html(i.notSaid) : this.#technical(String(capture.dropped))],
        [i.whole, html(capture.complete ? i.yes : i.no)],
        [
          w.labels.tool,
          this.#technical(`blockscope ${tool.version}${tool.platform === null ? '' : `, ${tool.platform}`}`),
        ],
        ...(created === null ? [] : [[w.labels.created, this.#technical(created)] as const]),
        ...(this.#report.header.reported_by === ''
          ? []
          : [[w.labels.author, html(this.#report.header.reported_by)] as const]),
      ]),
      `<h3>${html(i.quality)}</h3>`,
      quality.length === 0 ? `<p>${html(i.noQuality)}</p>` : `<ul>${quality.join('')}</ul>`,
      `<h3>${html(i.files)}</h3><p>${files.map((file) => this.#technical(file)).join(', ')}</p>`,
      `<p>${html(i.edits)}</p>`,
      this.#disagreements(),
    ].join('');
  }

  /** Apart from what the program says, and from the author's own section. */
  #disagreements(): string {
    const { disagreements } = this.#report;
    if (disagreements.length === 0) return '';
    const rows = disagreements.map(
      ({ incident, text }) =>
        `<tr><th scope="row">${html(incident)}</th><td class="context" dir="auto">${lines(text)}</td></tr>`,
    );
    return `<h3>${html(this.#words.report.disagreements)}</h3><table class="kf"><tbody>${rows.join('')}</tbody></table>`;
  }

  #redaction(): string {
    const r = this.#report.redaction;
    const w = this.#words.report.redaction;
    const method = r.mode === 'none' ? w.none : r.mode === 'prefix' ? w.prefix : w.numbered;
    const sentences = [
      method,
      w.preserved,
      r.payload === 'headers' ? w.headersOnly : w.decoded,
      ...(r.payload === 'cited' ? [w.cited] : []),
      ...(leavesOutPayload(this.#report) ? [w.payloadLeftOut] : []),
      ...(r.direction === 'both' ? [] : [w.direction]),
      ...(r.rebasedTimestamps ? [w.rebased] : []),
      ...(r.times === 'minutes' ? [w.minutes] : []),
      w.checksums(r.invalidChecksums),
      w.cut(r.cutFrames, r.cutBytes),
      w.left(r.others, r.limited),
      w.comments(r.comments),
    ];
    const rows = r.replaced
      .slice(0, ROWS)
      .map(
        ({ kind, label, replacement, places }) =>
          `<tr><td>${html(w.kinds[kind])} ${this.#technical(label)}</td>` +
          `<td><bdi class="m pseud" dir="ltr">${html(replacement)}</bdi></td><td>${places}</td></tr>`,
      );
    const kept = r.kept.slice(0, ROWS).map(({ value }) => this.#technical(value));
    return [
      ...sentences.map((sentence) => `<p>${html(sentence)}</p>`),
      `<p class="not">${html(w.remains)}</p>`,
      `<h3>${html(w.replaced)}</h3>`,
      rows.length === 0 ? `<p>${html(w.nothing)}</p>` : this.#table('list', [w.kind, w.value, w.places], rows),
      `<h3>${html(w.kept)}</h3><p>${kept.length === 0 ? html(w.nothing) : kept.join(', ')}</p>`,
    ].join('');
  }

  #context(): string {
    const { context, header } = this.#report;
    const w = this.#words.report;
    if (context === null) return `<p>${html(w.context.none)}</p>`;
    const text = lines(context.text);
    const themes = header.themes.length === 0 ? '' : `<p>${header.themes.map((theme) => html(theme)).join(', ')}</p>`;
    return `<p>${html(w.context.intro)}</p><div class="context" dir="auto">${text}</div>${themes}`;
  }

  #reproduce(): string {
    const w = this.#words.report.reproduce;
    const { verify, analyze, original } = commands(this.#report);
    const code = (text: string): string => `<pre>${html(text)}</pre>`;
    return [
      `<p>${html(w.verify)}</p>`,
      code(verify),
      `<p>${html(w.analyze)}</p>`,
      code(analyze),
      `<p>${html(w.original)}</p>`,
      code(original),
      `<p>${html(w.wireshark)}</p>`,
      FILTERS.map(code).join(''),
      `<p>${this.#prose(w.retest)}</p>`,
    ].join('');
  }

  #glossary(): string {
    const w = this.#words.report;
    const techniques = [...new Set(this.#report.incidents.flatMap((incident) => incident.techniques))];
    const entries = [
      ...GLOSSARY.map((term) => {
        const [name, meaning] = w.glossary[term];
        return `<dt>${html(name)}</dt><dd>${html(meaning)}</dd>`;
      }),
      ...techniques.map(
        (technique) =>
          `<dt>${this.#technique(technique)}</dt><dd>${this.#engine(this.#words.statements.technique[technique].how)}</dd>`,
      ),
    ];
    return `<dl>${entries.join('')}</dl><p class="note">${html(w.labels.licence)}: ${html(this.#report.licence)}</p>`;
  }
}

/** An author's own words. */
function lines(text: string): string {
  return visibleProse(text)
    .split('\n')
    .map((line) => html2(line))
    .join('\n');
}

/** Those that the author left out are missing; the others are numbered without a gap. */
export function sectionsOf({ without }: IncidentReport): Section[] {
  return SECTIONS.filter((section) => !(without as readonly Section[]).includes(section));
}

/** For text that has lost its invisible characters, but for joiners, already. */
function html2(text: string): string {
  return text
    .split(/(\u200c|\u200d)/)
    .map((part) => (part === '\u200c' || part === '\u200d' ? part : html(part)))
    .join('');
}

export function withoutLevels(verdict: string): string {
  return verdict.replace(/\s*[(（][^()（）]*[)）][.。]?$/u, '');
}

/** A judgement of the report cannot be repeated from its evidence. */
export function leavesOutPayload({ redaction, incidents }: IncidentReport): boolean {
  return (
    redaction.mode !== 'none' &&
    redaction.payload !== 'cited' &&
    incidents.some(({ interference }) => RESTS_ON_PAYLOAD.has(interference.kind))
  );
}

/** `Confirmed: the packets …` without its first word, which stands before it already. */
export function afterColon(sentence: string): string {
  const rest = sentence.replace(/^[^:：]{1,40}[:：]\s*/u, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
};

export function rcodeName(code: number): string {
  return RCODES[code] ?? `RCODE${code}`;
}

// report.md: the same report for people and systems that read plain text. Nothing in a name may become markup.

import { CONFIDENCES } from '../../shared/domain/vocabulary.ts';
import { en } from '../../shared/i18n/en.ts';
import { markdown, visibleProse } from '../../shared/report/harmless.ts';
import { isoTime } from '../../shared/report/model.ts';
import type { Claim, FrameNumber, IncidentReport, ReportIncident } from '../../shared/report/schema.ts';
import { GLOSSARY, type Section, type Wording } from '../../shared/report/wording/words.ts';
import { commands, FILTERS } from './commands.ts';
import { afterColon, leavesOutPayload, rcodeName, sectionsOf, withoutLevels } from './html.ts';
import { listText, networksCredit, networkTexts } from './lists.ts';
import { namesOf } from './names.ts';
import { ladderName } from './svg.ts';

const FRAMES = 12;
const ROWS = 200;
const DETAILED = 40;

export function renderMarkdown(report: IncidentReport, words: Wording): string {
  const w = words.report;
  const s = words.statements;
  const detailed = report.incidents.slice(0, DETAILED);
  const iso = (time: string): string => isoTime(time, report.redaction.times);

  const beside = (own: string, english: string): string => (own === english ? own : `${own} (${english})`);
  const level = (confidence: ReportIncident['confidence']): string =>
    beside(s.confidence[confidence].word, en.confidence[confidence].word);
  const technique = (name: ReportIncident['techniques'][number]): string =>
    beside(s.technique[name].name, en.technique[name].name);
  const say = (table: 'evidence' | 'alternative' | 'next' | 'verdict', kind: string, params: Claim['params']): string =>
    markdown(words.sentence(table, kind, params));
  const frames = (list: readonly FrameNumber[], more = 0): string => {
    const shown = list
      .slice(0, FRAMES)
      .map(({ original, evidence }) => (evidence === null ? `${original}` : `${original}→${evidence}`));
    const rest = list.length - shown.length + more;
    return shown.join(', ') + (rest > 0 ? ` ${w.evidence.more(rest)}` : '');
  };
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
  const names = (incident: ReportIncident): string =>
    markdown(namesOf(incident).shown.join(', ')) + (namesOf(incident).rest > 0 ? ` +${namesOf(incident).rest}` : '');
  const each = (page: (incident: ReportIncident) => string): string => {
    if (detailed.length === 0) return w.nothing;
    const pages = detailed.map((incident) => `### ${incident.id}: ${names(incident)}\n\n${page(incident)}`);
    const rest = report.incidents.length - detailed.length;
    return [...pages, ...(rest > 0 ? [w.furtherIncidents(rest)] : [])].join('\n\n');
  };
  const block = (text: string): string => `\`\`\`\n${text.replaceAll('`', "'")}\n\`\`\``;

  const sections: { readonly [K in Section]: () => string } = {
    summary: () =>
      [
        ...detailed.map(
          (incident) =>
            `**${incident.id}.** ${markdown(withoutLevels(words.sentence('verdict', incident.verdict.kind, incident.verdict.params)))}\n\n` +
            `**${w.interferenceIs}: ${level(incident.confidence)}.** ${markdown(afterColon(s.confidence[incident.confidence].sentence))} ` +
            `**${w.causeIs}: ${level(incident.trigger.confidence)}.**`,
        ),
        ...(detailed.length === 0 ? [w.nothing] : []),
        ...(report.omitted > 0 ? [w.omitted(report.omitted)] : []),
        `> ${w.notClaimed}`,
      ].join('\n\n'),
    facts: () =>
      [
        table(
          [
            w.incident,
            w.labels.target,
            w.labels.technique,
            w.labels.confidence,
            w.labels.attempts,
            `${w.labels.seen} (${w.utc})`,
          ],
          report.incidents
            .slice(0, ROWS)
            .map((incident) => [
              incident.id,
              names(incident),
              incident.techniques.map(technique).join(', '),
              level(incident.confidence),
              w.attempts(incident.failed, incident.succeeded),
              `${iso(incident.firstTime)} – ${iso(incident.lastTime)}`,
            ]),
        ),
        ...networkLines(report, w.labels.networks),
      ].join('\n\n'),
    vantage: () =>
      list(
        report.vantage.map(
          ({ field, value, basis }) =>
            `${w.vantage[field]}: ${value.length === 0 ? '' : `${markdown(value.join(', '))} · `}${w.basis[basis]}`,
        ),
      ),
    methodology: () =>
      [
        w.methodology.passive,
        w.methodology.clock,
        table(
          [w.labels.technique, w.methodology.rule, ''],
          report.checked.map(({ technique: name, rule, state, because }) => [
            technique(name),
            rule ?? '',
            `${w.methodology.state[state]}${because === null ? '' : ` · ${markdown(because)}`}`,
          ]),
        ),
        `${w.methodology.thresholds}:`,
        list(
          report.thresholds.map(({ rule, name, value }) =>
            markdown(`${rule}: ${w.methodology.threshold[name]}: ${value}`),
          ),
        ),
        `${w.methodology.lists}:`,
        list([...report.lists.map(listText), ...networksCredit(report)].map((text) => markdown(text))),
      ].join('\n\n'),
    timeline: () =>
      [
        `![${w.sections.timeline}](timeline.svg)`,
        table(
          [w.labels.seen, w.incident, w.labels.findings, w.labels.target, w.labels.confidence],
          detailed
            .flatMap(({ id, findings }) =>
              findings.map((finding) => [
                iso(finding.firstTime),
                id,
                finding.id,
                markdown(finding.target.domain ?? finding.target.address),
                level(finding.confidence),
              ]),
            )
            .slice(0, ROWS),
        ),
      ].join('\n\n'),
    evidence: () =>
      `${w.evidence.framesNote}\n\n${each((incident) => {
        const parts: string[] = [];
        if (incident.ladder !== null) parts.push(`![${w.ladder.title}](${ladderName(incident)})`);
        if (incident.headers.length > 0) {
          parts.push(
            table(
              [w.headers.packet, 'TTL', 'IP ID', w.headers.flags, w.headers.window, w.headers.options, w.headers.after],
              incident.headers.map((row) => [
                `${row.role === 'forged' ? w.headers.forged : w.headers.genuine} #${row.frame.original}`,
                String(row.ttl),
                row.ipId === null ? '' : row.ipId.toString(16).padStart(4, '0'),
                row.flags ?? '',
                row.window === null ? '' : String(row.window),
                row.options ?? '',
                row.afterMs === null ? '' : `${row.afterMs.toFixed(3)} ms`,
              ]),
            ),
          );
        }
        if (incident.dns.length > 0) {
          parts.push(
            table(
              [w.dns.query, w.dns.resolver, w.evidence.frames, w.dns.answer, w.dns.addresses, ''],
              incident.dns.flatMap((exchange) =>
                exchange.answers.map((answer) => [
                  markdown(`${exchange.name} ${exchange.type}`),
                  markdown(exchange.resolver),
                  frames([answer.frame]),
                  rcodeName(answer.rcode),
                  markdown(answer.addresses.slice(0, 6).join(' ')),
                  answer.forged ? w.dns.forged : w.dns.notForged,
                ]),
              ),
            ),
          );
        }
        parts.push(
          table(
            ['', w.evidence.claim, '', w.evidence.strength, w.evidence.frames],
            incident.claims.map((claim) => [
              claim.id,
              say('evidence', claim.kind, claim.params),
              claim.role === 'supports'
                ? w.evidence.for
                : claim.role === 'contradicts'
                  ? w.evidence.against
                  : w.evidence.neutral,
              s.strength[claim.strength],
              frames(claim.frames, claim.more),
            ]),
          ),
        );
        return parts.join('\n\n');
      })}`,
    controls: () =>
      each((incident) =>
        incident.controls.length === 0
          ? w.controls.none
          : list(
              incident.controls.map(
                ({ kind, outcome, target, frames: shown }) =>
                  `${s.control[kind]}: ${markdown(`${target.domain ?? ''} ${target.address} ${target.port}`.trim())}: ` +
                  `${outcome === 'ok' ? w.controls.worked : w.controls.failed} (${frames(shown)})`,
              ),
            ),
      ),
    alternatives: () =>
      `${w.checklist.intro}\n\n${each((incident) =>
        table(
          ['', '', ''],
          incident.checklist.map(({ item, state, by, reason }) => [
            w.checklist.items[item],
            state === 'open'
              ? `**${w.checklist.states[state]}**`
              : by.length > 0 && state === 'ruled-out'
                ? w.checklist.asFarAsWeighed
                : w.checklist.states[state],
            [
              ...by.map(
                ({ kind, params, status }) => `${say('alternative', kind, params)} (${w.checklist.states[status]})`,
              ),
              ...(reason === null ? [] : [w.checklist.reasons[reason]]),
            ].join(' '),
          ]),
        ),
      )}`,
    confidence: () =>
      [
        list(CONFIDENCES.map((word) => markdown(s.confidence[word].sentence))),
        `${w.change}:`,
        each((incident) =>
          list(
            incident.next
              .filter(({ kind }) => kind !== 'publish-report')
              .map(({ kind, params }) => say('next', kind, params)),
          ),
        ),
        `${w.limitations}:`,
        list(s.limits.map(markdown)),
      ].join('\n\n'),
    integrity: () => {
      const { capture, tool } = report;
      const i = w.integrity;
      return [
        i.intro,
        list([
          `${w.labels.recording}: ${markdown(capture.name)}`,
          `${i.sha256}: ${capture.sha256 ?? i.notHashed}`,
          `${i.packets}: ${capture.packets}`,
          `${i.bytes}: ${capture.bytes}`,
          `${i.span}: ${capture.firstTime === null ? i.notSaid : `${iso(capture.firstTime)} – ${iso(capture.lastTime ?? capture.firstTime)}`}`,
          `${i.linkType}: ${markdown(capture.linkTypes.join(', '))} (${capture.format ?? ''})`,
          `${i.snaplen}: ${capture.snaplens.map((length) => (length === 0 ? i.unlimited : length)).join(', ')}`,
          `${i.drops}: ${capture.dropped ?? i.notSaid}`,
          `${i.whole}: ${capture.complete ? i.yes : i.no}`,
          `${w.labels.tool}: blockscope ${tool.version}${tool.platform === null ? '' : `, ${tool.platform}`}`,
          ...(report.created === null ? [] : [`${w.labels.created}: ${report.created}`]),
          ...(report.header.reported_by === '' ? [] : [`${w.labels.author}: ${markdown(report.header.reported_by)}`]),
        ]),
        `${i.quality}: ${capture.quality.length === 0 ? i.noQuality : ''}`,
        list(capture.quality.map(({ kind, params, count }) => markdown(words.quality(kind, params, count)))),
        `${i.files}: ${report.files.map(markdown).join(', ')}`,
        i.edits,
        ...(report.disagreements.length === 0
          ? []
          : [
              `${w.disagreements}:`,
              ...report.disagreements.map(({ incident, text }) => `**${incident}**\n\n${quoted(text)}`),
            ]),
      ].join('\n\n');
    },
    redaction: () => {
      const r = report.redaction;
      const d = w.redaction;
      return [
        r.mode === 'none' ? d.none : r.mode === 'prefix' ? d.prefix : d.numbered,
        d.preserved,
        r.payload === 'headers' ? d.headersOnly : d.decoded,
        ...(r.payload === 'cited' ? [d.cited] : []),
        ...(leavesOutPayload(report) ? [d.payloadLeftOut] : []),
        ...(r.direction === 'both' ? [] : [d.direction]),
        ...(r.rebasedTimestamps ? [d.rebased] : []),
        ...(r.times === 'minutes' ? [d.minutes] : []),
        d.checksums(r.invalidChecksums),
        d.cut(r.cutFrames, r.cutBytes),
        d.left(r.others, r.limited),
        d.comments(r.comments),
        `> ${d.remains}`,
        table(
          [d.kind, '', d.value, d.places],
          r.replaced
            .slice(0, ROWS)
            .map(({ kind, label, replacement, places }) => [
              d.kinds[kind],
              label,
              markdown(replacement),
              String(places),
            ]),
        ),
        `${d.kept}: ${
          r.kept
            .slice(0, ROWS)
            .map(({ value }) => markdown(value))
            .join(', ') || d.nothing
        }`,
      ].join('\n\n');
    },
    context: () => (report.context === null ? w.context.none : `${w.context.intro}\n\n${quoted(report.context.text)}`),
    reproduce: () => {
      const r = w.reproduce;
      const { verify, analyze, original } = commands(report);
      return [
        r.verify,
        block(verify),
        r.analyze,
        block(analyze),
        r.original,
        block(original),
        r.wireshark,
        block(FILTERS.join('\n')),
        r.retest,
      ].join('\n\n');
    },
    glossary: () =>
      [
        list(GLOSSARY.map((term) => `**${w.glossary[term][0]}**: ${w.glossary[term][1]}`)),
        `${w.labels.licence}: ${markdown(report.licence)}`,
      ].join('\n\n'),
  };

  return `${[
    `# ${markdown(report.header.title)}`,
    ...(w.unreviewed === null ? [] : [`*${w.unreviewed}*`]),
    ...sectionsOf(report).map((section, at) => `## ${at + 1}. ${w.sections[section]}\n\n${sections[section]()}`),
  ].join('\n\n')}\n`;
}

/** An author's own words. */
function quoted(text: string): string {
  return visibleProse(text)
    .split('\n')
    .map((line) => `> ${markdown(line)}`)
    .join('\n');
}

/** Each address that stays as it is, with its network. */
function networkLines(report: IncidentReport, label: string): string[] {
  const told = (report.networks?.entries ?? []).slice(0, ROWS);
  if (told.length === 0) return [];
  const rows = told.map(({ address }) => `- ${markdown(`${address}: ${networkTexts(report, [address]).join()}`)}`);
  return [`${label}:`, rows.join('\n')];
}

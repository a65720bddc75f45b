// A result as text that people paste: the verdict first, then what proves it, what speaks against it, what else could
// explain it, and what the capture cannot tell. Pure.

import type { Analysis, Finding, Incident, Target } from '../../shared/contract/analysis.ts';
import { atLeast, CONFIDENCES, type Confidence, OUTCOMES, rank, STRENGTHS } from '../../shared/domain/vocabulary.ts';
import { en } from '../../shared/i18n/en.ts';
import { serviceName } from '../../shared/i18n/words.ts';
import type { Report } from '../incident/compose.ts';
import type { Ladder } from '../incident/ladder.ts';
import {
  byteSize,
  COLUMNS,
  clock,
  duration,
  fold,
  frameList,
  framesText,
  grouped,
  harmlessAll,
  labelled,
  paragraph,
  plural,
} from './layout.ts';
import type { Style } from './style.ts';

/** Incidents told in full, further ones in a line each, findings of an incident beside the surest one. */
const FULL_INCIDENTS = 12;
const LISTED_PORTS = 8;
const LISTED_INCIDENTS = 30;
const OTHER_FINDINGS = 5;
const LISTED_TARGETS = 25;
const LISTED_EVIDENCE = 12;
const LISTED_CONTROLS = 6;

export interface TextOptions {
  readonly style: Style;
  /** Findings left out because of --min-confidence. */
  readonly hidden: number;
  readonly minConfidence: Confidence;
}

export function renderText(report: Report, options: TextOptions): string {
  const { analysis, ladders } = harmlessAll(report);
  const { style } = options;
  const lines: string[] = [style.strong(analysis.capture.path), ...incomplete(analysis, style)];
  const incidents = [...analysis.incidents].sort((a, b) => rank(b.confidence) - rank(a.confidence));

  if (analysis.error !== null) {
    lines.push(...paragraph(analysis.error.text, 0).map(style.alarm), ...paragraph(analysis.error.hint, 0));
    if (analysis.error.offset !== null) lines.push(`At byte ${analysis.error.offset} of the uncompressed capture.`);
  }
  if (analysis.error !== null && analysis.capture.packets === 0) return `${lines.join('\n')}\n`;

  lines.push(...verdicts(analysis, incidents, style));
  if (options.hidden > 0) {
    lines.push(...paragraph(`${plural(options.hidden, 'finding')} below '${options.minConfidence}' not shown.`, 0));
  }
  const services = serviceLines(analysis, style);
  if (services.length > 0) lines.push('', ...services);
  lines.push('', ...captureLines(analysis));

  const told = incidents.filter((incident) => atLeast(incident.confidence, 'possible')).slice(0, FULL_INCIDENTS);
  for (const incident of told) lines.push('', ...incidentLines(analysis, incident, ladders, style));
  const rest = incidents.filter((incident) => !told.includes(incident));
  if (rest.length > 0) {
    lines.push('', style.strong(told.length > 0 ? 'Further incidents' : 'Seen, but not enough to tell'));
    const { shown, more } = fold(rest, LISTED_INCIDENTS);
    for (const incident of shown) {
      const verdict = `${incident.verdict.text}${citedFrames(analysis, incident)}`;
      lines.push(...labelled(incident.id, 6, verdict, 2));
    }
    if (more > 0) lines.push(`  and ${plural(more, 'further incident')} (see --format json)`);
  }
  lines.push('', ...targetLines(analysis, style), ...qualityLines(analysis, style), ...limitLines(analysis, style));
  return `${lines.join('\n')}\n`;
}

function incomplete(analysis: Analysis, style: Style): string[] {
  const { complete, stoppedAt } = analysis.capture;
  if (complete) return [];
  const where = stoppedAt === null ? '' : ` after frame ${grouped(stoppedAt.frame)} (${stoppedAt.reason})`;
  return paragraph(`INCOMPLETE: reading stopped${where}. What follows holds for what was read.`, 0).map(style.alarm);
}

function captureLines(analysis: Analysis): string[] {
  const { capture } = analysis;
  const { vantage } = capture;
  const about = [capture.format ?? 'unknown format'];
  if (capture.compression !== null) about.push(capture.compression);
  about.push(plural(capture.packets, 'packet'), byteSize(capture.bytes));
  if (capture.firstTime !== null && capture.lastTime !== null) {
    about.push(`${clock(capture.firstTime)} UTC`, duration(secondsBetween(capture.firstTime, capture.lastTime)));
  }
  if (vantage.role.value !== 'unknown') about.push(`taken at the ${vantage.role.value} (${vantage.role.basis})`);
  if (vantage.network !== null) about.push(vantage.network);
  if (vantage.country !== null) about.push(vantage.country);
  return paragraph(`Capture: ${about.join(', ')}`, 2, 0);
}

function verdicts(analysis: Analysis, incidents: readonly Incident[], style: Style): string[] {
  if (incidents.length === 0) {
    const { coverage } = analysis;
    const seen = [
      plural(coverage.tcp, 'TCP connection'),
      plural(coverage.tlsHellos, 'TLS hello'),
      plural(coverage.dnsQueries, 'DNS query', 'DNS queries'),
      plural(coverage.httpRequests, 'HTTP request'),
      plural(coverage.quicInitials, 'QUIC hello'),
    ];
    return [
      ...paragraph('No interference was recognised. That is no proof that nothing is blocked.', 0).map(style.strong),
      ...paragraph(`Looked at: ${seen.join(', ')}.`, 0),
    ];
  }
  const head =
    incidents.length === 1
      ? []
      : [
          style.strong(
            `${plural(incidents.length, 'incident')}: ${CONFIDENCES.map((confidence) => ({
              confidence,
              count: incidents.filter((incident) => incident.confidence === confidence).length,
            }))
              .filter(({ count }) => count > 0)
              .map(({ confidence, count }) => `${count} ${en.confidence[confidence].word}`)
              .join(', ')}`,
          ),
        ];
  const { shown, more } = fold(incidents, 4);
  for (const incident of shown) {
    const lines = paragraph(incident.verdict.text, incidents.length === 1 ? 0 : 2, 0);
    head.push(...lines.map((line) => style.confidence(incident.confidence, line)));
  }
  if (more > 0) head.push(`and ${more} more, below`);
  return head;
}

function serviceLines(analysis: Analysis, style: Style): string[] {
  return analysis.services.flatMap(({ service, list, surfaces }) => {
    const said = surfaces
      // That Telegram's app was not seen is news beside a blocked website; elsewhere it is none.
      .filter(({ state, surface }) => state !== 'not-seen' || (service === 'telegram' && surface !== 'calls'))
      .map(({ surface, state, confidence }) => {
        const words = `${en.surface[surface]} ${en.serviceState[state]}`;
        if (state === 'blocked' || state === 'degraded') {
          return style.confidence(confidence, `${words} (${en.confidence[confidence].word})`);
        }
        if (state === 'inconclusive' && confidence === 'possible') return `${words} (interference is possible)`;
        return state === 'reachable' ? style.good(words) : words;
      });
    if (said.length === 0) return [];
    const from =
      list === undefined
        ? ''
        : style.faint(` (${list === service ? 'named' : 'partly named'} by ${listSource(analysis, list)})`);
    return [`${style.strong(serviceName(en, service))}: ${said.join(', ')}${from}`];
  });
}

function listSource({ lists }: Analysis, name: string): string {
  const source = lists.find((list) => list.name === name)?.source ?? null;
  return `your list '${name}'${source === null ? '' : `, ${source}`}`;
}

function incidentLines(
  analysis: Analysis,
  incident: Incident,
  ladders: Readonly<Record<string, Ladder>>,
  style: Style,
): string[] {
  const byId = new Map(analysis.findings.map((finding) => [finding.id, finding]));
  const targets = new Map(analysis.targets.map((target) => [target.id, target]));
  const findings = incident.findings.flatMap((id) => byId.get(id) ?? []);
  // The surest, what others caused last.
  const weight = (finding: Finding) =>
    rank(finding.confidence) - (incident.findings.includes(finding.causedBy ?? '') ? 10 : 0);
  const lead = [...findings].sort((a, b) => weight(b) - weight(a))[0];
  if (lead === undefined) return [];
  const { shown, more } = fold(hostNames(incident.targets.flatMap((id) => targets.get(id) ?? [])), 3);
  const title = `${incident.id}  ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const lines = [
    style.strong(title),
    ...paragraph(
      `${incident.techniques.join(', ')}; ${en.outcome[incident.outcome].word}; ${en.stage[lead.stage]}, ` +
        `${en.place[lead.place]}; ${clock(incident.firstTime)} to ${clock(incident.lastTime).slice(11)} UTC`,
      2,
    ),
    ...paragraph(en.confidence[incident.confidence].sentence, 2).map((line) =>
      style.confidence(incident.confidence, line),
    ),
    ...evidenceLines(lead, style),
    ...alternativeLines(lead, style),
    ...controlLines(lead, style),
    ...attributionLines(lead, style),
    ...ladderLines(lead, ladders[lead.id], style),
  ];
  const others = fold(
    findings.filter((finding) => finding !== lead),
    OTHER_FINDINGS,
  );
  if (others.shown.length > 0) {
    lines.push(`  ${style.strong(`Further findings (the above is ${lead.id})`)}`);
    for (const finding of others.shown) lines.push(...labelled(finding.id, 6, findingLine(finding), 4));
    if (others.more > 0) lines.push(`    and ${plural(others.more, 'further finding')}`);
  }
  if (incident.next.length > 0) {
    lines.push(`  ${style.strong('What to do next')}`);
    for (const step of incident.next) lines.push(...labelled('-', 2, step.text, 4));
  }
  return lines;
}

function findingLine(finding: Finding): string {
  const target = finding.target.domain ?? finding.target.address;
  const cause = finding.causedBy === null ? '' : `; a consequence of ${finding.causedBy}`;
  const { forged, trigger, affected } = finding.frames;
  const frames = forged.length > 0 ? forged : affected.length > 0 ? affected : trigger;
  return (
    `${target}: ${en.interference[finding.interference.kind]} ${en.confidence[finding.confidence].word}` +
    `${frames.length > 0 ? `, ${framesText(frames)}` : ''}${cause}`
  );
}

function evidenceLines(finding: Finding, style: Style): string[] {
  const lines: string[] = [];
  const roles = [
    ['supports', 'Evidence for'],
    ['contradicts', 'Evidence against'],
    ['neutral', 'Also seen'],
  ] as const;
  for (const [role, title] of roles) {
    const { shown, more } = fold(
      finding.evidence
        .filter((item) => item.role === role)
        .sort((a, b) => STRENGTHS.indexOf(a.strength) - STRENGTHS.indexOf(b.strength)),
      LISTED_EVIDENCE,
    );
    if (shown.length === 0) continue;
    lines.push(`  ${style.strong(title)}`);
    for (const item of shown) {
      const frames = item.frames.length > 0 ? ` [${frameList(item.frames)}]` : '';
      lines.push(...labelled(en.strength[item.strength], 8, `${item.text}${frames}`, 4));
    }
    if (more > 0) lines.push(`    and ${more} more`);
  }
  return lines;
}

function alternativeLines(finding: Finding, style: Style): string[] {
  if (finding.alternatives.length === 0) return [];
  const lines = [`  ${style.strong('What else could explain it')}`];
  for (const status of ['open', 'weakened', 'ruled-out'] as const) {
    for (const item of finding.alternatives.filter((candidate) => candidate.status === status)) {
      lines.push(...labelled(status.replace('-', ' '), 11, item.text, 4));
    }
  }
  return lines;
}

function controlLines(finding: Finding, style: Style): string[] {
  if (finding.controls.length === 0) return [];
  const lines = [`  ${style.strong('Comparisons in this capture')}`];
  const { shown, more } = fold(finding.controls, LISTED_CONTROLS);
  for (const control of shown) {
    const { domain, address, port } = control.target;
    const where = domain === null ? '' : `${domain} at `;
    const outcome = control.outcome === 'ok' ? style.good('worked') : style.alarm('failed');
    const frames = control.frames.length > 0 ? ` [${frameList(control.frames)}]` : '';
    lines.push(
      ...labelled('-', 2, `${en.control[control.kind]}: ${where}${hostPort(address, port)} ${outcome}${frames}`, 4),
    );
  }
  if (more > 0) lines.push(`    and ${more} more`);
  return lines;
}

function attributionLines(finding: Finding, style: Style): string[] {
  const lines: string[] = [];
  for (const item of finding.attribution) {
    const country = item.country === null ? '' : ` (${item.country})`;
    const text = `Matches what was published of ${item.system}${country}: ${item.matched.join(', ')}. Source: ${item.source}, ${item.date}.`;
    lines.push(...labelled('-', 2, text, 4));
  }
  if (finding.injector !== null) {
    const { hopsFromVantage, basis } = finding.injector;
    const where =
      hopsFromVantage === null
        ? 'Distance of the interferer unknown'
        : `Interferer about ${plural(hopsFromVantage, 'hop')} away`;
    lines.push(...labelled('-', 2, `${where} (${basis}); a TTL can be faked.`, 4));
  }
  return lines.length === 0 ? [] : [`  ${style.strong('Who did it: what it matches, and how far away')}`, ...lines];
}

/** One packet a line, as packetdrill writes it: `<` from the server, `>` from the client. */
function ladderLines(finding: Finding, ladder: Ladder | undefined, style: Style): string[] {
  if (ladder === undefined || ladder.lines.length === 0) return [];
  const lines = [`  ${style.strong('Packets')} ${ladder.client} > ${ladder.server} (${finding.id})`];
  const numbers = Math.max(...ladder.lines.map((line) => String(line.frame).length));
  const omitted = (count: number) =>
    style.faint(`    ${' '.repeat(numbers)}              ... ${plural(count, 'packet')} left out`);
  for (const line of ladder.lines) {
    if (line.skipped > 0) lines.push(omitted(line.skipped));
    const start = `    ${String(line.frame).padStart(numbers)} ${offsetText(line.offset).padStart(11)}  ${line.fromClient ? '>' : '<'} `;
    const role = line.role === null ? '' : `  ${line.role}`;
    const text = `${start}${line.notation}`.slice(0, COLUMNS - role.length) + role;
    lines.push(line.role === 'forged' ? style.alarm(text) : text);
  }
  if (ladder.skipped > 0) lines.push(omitted(ladder.skipped));
  return lines;
}

function offsetText(nanoseconds: number): string {
  const milliseconds = nanoseconds / 1e6;
  return Math.abs(milliseconds) < 10_000 ? `${milliseconds.toFixed(3)} ms` : `${(milliseconds / 1000).toFixed(3)} s`;
}

function citedFrames(analysis: Analysis, incident: Incident): string {
  const frames = analysis.findings
    .filter((finding) => incident.findings.includes(finding.id))
    .flatMap(({ frames: { trigger, forged, affected } }) => [...trigger, ...forged, ...affected]);
  return frames.length === 0 ? '' : ` [${frameList(frames)}]`;
}

export function targetName(target: Pick<Target, 'domain' | 'addresses' | 'port' | 'transport'>): string {
  const host = target.domain ?? target.addresses[0] ?? 'unknown';
  if (target.transport === 'dns') return `${host} (DNS)`;
  return `${hostPort(host, target.port)}${target.transport === 'tcp' ? '' : ` (${target.transport.toUpperCase()})`}`;
}

/** Each host once: `203.0.113.7 (ports 80, 443)`. Of a scan not all ports. */
function hostNames(targets: readonly Target[]): string[] {
  const byHost = new Map<string, Target[]>();
  for (const target of targets) {
    const host = target.domain ?? target.addresses[0] ?? 'unknown';
    const group = byHost.get(host);
    if (group === undefined) byHost.set(host, [target]);
    else group.push(target);
  }
  return [...byHost].map(([host, group]) => {
    if (group.length === 1) return targetName(group[0]!);
    const ports = [...new Set(group.map((target) => target.port))].sort((a, b) => a - b);
    const { shown, more } = fold(ports, LISTED_PORTS);
    return `${host} (ports ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
  });
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function targetLines(analysis: Analysis, style: Style): string[] {
  if (analysis.targets.length === 0) return [];
  const counts = OUTCOMES.map((outcome) => ({
    outcome,
    count: analysis.targets.filter((target) => target.outcome === outcome).length,
  })).filter(({ count }) => count > 0);
  const summary = counts.map(({ outcome, count }) => `${grouped(count)} ${en.outcome[outcome].word}`).join(', ');
  const lines = [style.strong(`${plural(analysis.targets.length, 'target')}: ${summary}`)];
  const order = [...analysis.targets].sort(
    (a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) || b.attempts - a.attempts,
  );
  const { shown, more } = fold(order, LISTED_TARGETS);
  const width = Math.min(46, Math.max(...shown.map((target) => targetName(target).length)));
  for (const target of shown) {
    const went = [
      `${plural(target.attempts, 'attempt')}`,
      target.succeeded > 0 ? `${grouped(target.succeeded)} succeeded` : '',
      target.failed > 0 ? `${grouped(target.failed)} failed` : '',
    ].filter((part) => part !== '');
    const from = target.domainFrom === 'dns' && target.transport !== 'dns' ? '; name from DNS' : '';
    const how = `${en.outcome[target.outcome].word.padEnd(12)}  ${went.join(', ')}${from}`;
    const name = targetName(target);
    if (name.length <= width) lines.push(...labelled(name, width + 2, how, 2));
    else lines.push(`  ${name}`, ...labelled('', width + 2, how, 2));
    const network = networkOf(analysis, target.addresses);
    if (network !== null) lines.push(...labelled('', width + 2, network, 2).map(style.faint));
  }
  if (more > 0) lines.push(`  and ${plural(more, 'further target')} (see --format json)`);
  for (const { outcome } of counts) {
    if (outcome === 'ok') continue;
    lines.push(...labelled(en.outcome[outcome].word, 14, en.outcome[outcome].sentence, 2).map(style.faint));
  }
  return [...lines, ''];
}

/** `AS13335 Cloudflare, Inc., US`, each network of a target once. */
function networkOf({ networks }: Analysis, addresses: readonly string[]): string | null {
  const said = new Set<string>();
  for (const { address, asn, name, country } of networks?.entries ?? []) {
    if (!addresses.includes(address)) continue;
    said.add([asn === null ? '' : `AS${asn}`, [name, country].filter((part) => part).join(', ')].join(' ').trim());
  }
  if (said.size === 0) return null;
  const { shown, more } = fold([...said], 3);
  return `${shown.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function qualityLines(analysis: Analysis, style: Style): string[] {
  const { quality } = analysis.capture;
  if (quality.length === 0) return [];
  const lines = [style.strong('Quality of the capture')];
  for (const item of quality) {
    const prevents = item.prevents.length === 0 ? '' : ` Limits: ${item.prevents.join(', ')}.`;
    lines.push(...labelled('-', 2, `${item.text}${prevents}`, 2));
  }
  return [...lines, ''];
}

function limitLines(analysis: Analysis, style: Style): string[] {
  const run = analysis.checked.filter((row) => row.state === 'run').map((row) => row.technique);
  const limited = analysis.checked.filter((row) => row.state === 'limited');
  const notRun = analysis.checked.filter((row) => row.state === 'not-run').map((row) => row.technique);
  const lines = [style.strong('What was checked')];
  if (run.length > 0) lines.push(...labelled('judged', 12, run.join(', '), 2));
  if (limited.length > 0) {
    const words = limited.map((row) => (row.because === null ? row.technique : `${row.technique} (${row.because})`));
    lines.push(...labelled('limited', 12, words.join(', '), 2));
  }
  if (notRun.length > 0) lines.push(...labelled('not judged', 12, notRun.join(', '), 2));
  if (analysis.lists.length > 0) {
    const named = analysis.lists.map((list) => `${list.name} (${list.date ?? list.imported})`);
    lines.push(...labelled('with lists', 12, named.join(', '), 2));
  }
  if (analysis.networks !== undefined) {
    const { credit, licence, link, asOf } = analysis.networks;
    lines.push(...labelled('networks', 12, `${credit} ${licence}, ${link}, as of ${asOf}. For orientation only.`, 2));
  }
  lines.push('', style.strong('What this capture cannot tell'));
  for (const limit of en.limits) lines.push(...labelled('-', 2, limit, 2));
  return lines;
}

function secondsBetween(from: string, to: string): number {
  return Number(BigInt(to.replace('.', '')) - BigInt(from.replace('.', ''))) / 1e9;
}

// The drawings: timeline and ladders, as files of their own and inside the page. Always left to right, in any language.

import { html } from '../../shared/report/harmless.ts';
import { isoTime, numberOf } from '../../shared/report/model.ts';
import type { IncidentReport, ReportIncident, ReportLadder } from '../../shared/report/schema.ts';
import type { Wording } from '../../shared/report/wording/words.ts';
import { mark } from './marks.ts';
import { namesOf } from './names.ts';

const WIDTH = 666;
const INK = '#14181d';
const MUTED = '#5b636d';
const HAIR = '#e3e6e9';
const RULE = '#c6cbd1';
const UI = "Inter,'Inter Variable',Vazirmatn,'Noto Sans SC',system-ui,'Segoe UI','Helvetica Neue',Arial,sans-serif";
const MONO = "'JetBrains Mono','JetBrains Mono Variable',ui-monospace,'SF Mono',Menlo,Consolas,monospace";

interface Drawing {
  readonly height: number;
  readonly title: string;
  readonly body: string;
}

export function standalone({ height, title, body }: Drawing, words: Wording): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `role="img" xml:lang="${words.report.tag}"><title>${html(title)}</title>` +
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>${body}</svg>\n`
  );
}

export function inline({ height, title, body }: Drawing, id: string): string {
  return (
    `<svg class="drawing" dir="ltr" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" ` +
    `aria-labelledby="${id}"><title id="${id}">${html(title)}</title>${body}</svg>`
  );
}

interface TextOptions {
  readonly mono?: boolean;
  readonly bold?: boolean;
  readonly muted?: boolean;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** Text on the lines of a drawing stands on paper, so that no line crosses it. */
function text(x: number, y: number, value: string, options: TextOptions = {}): string {
  const { mono = false, bold = false, muted = false, size = 11, anchor = 'start' } = options;
  return (
    `<text x="${x}" y="${y}" font-family="${mono ? MONO : UI}" font-size="${size}"${bold ? ' font-weight="600"' : ''} ` +
    `fill="${muted ? MUTED : INK}"${anchor === 'start' ? '' : ` text-anchor="${anchor}"`} direction="ltr" ` +
    `unicode-bidi="plaintext" paint-order="stroke" stroke="#fff" stroke-width="3" stroke-linejoin="round">${html(value)}</text>`
  );
}

function shortened(value: string, most: number): string {
  const letters = Array.from(value);
  return letters.length <= most ? value : `${letters.slice(0, most - 1).join('')}…`;
}

const LANE = 40;
const LANES = 16;
const GUTTER = 214;
/** Marks nearer than this are drawn as one with a number. */
const NEAR = 15;

export function timeline(report: IncidentReport, words: Wording): Drawing {
  const w = words.report;
  const incidents = report.incidents.slice(0, LANES);
  const times = incidents.flatMap(({ findings }) => findings.map(({ firstTime }) => Number(firstTime)));
  const worked = workedTimes(report);
  const from = Number(report.capture.firstTime ?? Math.min(...times, ...worked));
  const to = Math.max(Number(report.capture.lastTime ?? from), from + 1e-3);
  const left = GUTTER + 10;
  const right = WIDTH - 12;
  const x = (time: number): number =>
    Math.round((left + ((Math.min(Math.max(time, from), to) - from) / (to - from)) * (right - left)) * 10) / 10;
  const parts: string[] = [];
  let y = 8;
  incidents.forEach((incident, lane) => {
    const middle = y + LANE / 2;
    const { shown } = namesOf(incident);
    const name = shown.join(', ');
    parts.push(
      text(
        0,
        middle - 3,
        shortened(`${incident.id}  ${words.statements.technique[incident.techniques[0]!].name}`, 34),
        {
          bold: true,
        },
      ),
      text(0, middle + 12, shortened(name, 32), { mono: true, muted: true, size: 10.5 }),
      `<path d="M${GUTTER} ${middle}H${WIDTH}" stroke="${RULE}"/>`,
    );
    // What lasts is a line that ends in a bar
    const [start, end] = [x(Number(incident.firstTime)), x(Number(incident.lastTime))];
    if (end - start > NEAR && SILENT.has(incident.interference.kind)) {
      parts.push(`<path d="M${start} ${middle}H${end}M${end} ${middle - 5}v10" stroke="${INK}" stroke-width="2"/>`);
    }
    clustered(incident, x).forEach(({ at, count, confidence }, index) => {
      parts.push(mark(incident.techniques[0]!, confidence, at - 8, middle - 8, 16, `half-${lane}-${index}`));
      if (count > 1) parts.push(text(at, middle + 18, `×${count}`, { mono: true, size: 9.5, anchor: 'middle' }));
    });
    y += LANE;
    parts.push(`<path d="M0 ${y}H${WIDTH}" stroke="${HAIR}"/>`);
  });
  const middle = y + 14;
  parts.push(text(0, middle + 4, w.timeline.worked, { bold: true }));
  parts.push(`<path d="M${GUTTER} ${middle}H${WIDTH}" stroke="${RULE}"/>`);
  const ticks = new Set(worked.map((time) => x(time)));
  for (const at of ticks) parts.push(`<path d="M${at} ${middle - 6}v12" stroke="${INK}" stroke-width="1.6"/>`);
  y += 28;
  parts.push(`<path d="M${GUTTER} ${y}H${WIDTH}" stroke="${INK}"/>`);
  const steps = 4;
  for (let step = 0; step <= steps; step++) {
    const time = from + ((to - from) * step) / steps;
    const at = x(time);
    const anchor = step === 0 ? 'start' : step === steps ? 'end' : 'middle';
    parts.push(
      `<path d="M${at} ${y}v4" stroke="${INK}"/>`,
      text(at, y + 16, clock(report, time, from, to), { mono: true, muted: true, size: 10, anchor }),
    );
  }
  parts.push(text(0, y + 16, `${isoTime(from.toFixed(9)).slice(0, 10)} UTC`, { mono: true, muted: true, size: 10 }));
  return { height: y + 24, title: w.sections.timeline, body: parts.join('') };
}

/** Times of the comparisons that worked, as far as their frames are in the evidence. */
function workedTimes(report: IncidentReport): number[] {
  const times: number[] = [];
  for (const { controls } of report.incidents) {
    for (const control of controls) if (control.outcome === 'ok') times.push(...control.times.map(Number));
  }
  return times;
}

function clustered(
  incident: ReportIncident,
  x: (time: number) => number,
): { at: number; count: number; confidence: ReportIncident['confidence'] }[] {
  const marks: { at: number; count: number; confidence: ReportIncident['confidence'] }[] = [];
  const findings = [...incident.findings].sort((a, b) => Number(a.firstTime) - Number(b.firstTime));
  for (const { firstTime, confidence } of findings) {
    const at = x(Number(firstTime));
    const last = marks.at(-1);
    if (last !== undefined && at - last.at < NEAR && last.confidence === confidence) last.count++;
    else marks.push({ at, count: 1, confidence });
  }
  return marks;
}

/** Where prose keeps to minutes, only the first label is a time of day. */
function clock({ redaction }: IncidentReport, time: number, from: number, to: number): string {
  const iso = isoTime(time.toFixed(9), redaction.times);
  const span = to - from;
  if (redaction.times === 'minutes') {
    return time === from ? iso.slice(11, 16) : `+${(time - from).toFixed(span < 5 ? 1 : 0)} s`;
  }
  if (!iso.includes('T')) return iso;
  return span < 5 ? iso.slice(11, 23) : iso.slice(11, 19);
}

const ROW = 26;
const HEAD = 22;
const CLIENT = 150;
const INJECTOR = 490;
const SERVER = WIDTH - 8;
const SILENT: ReadonlySet<string> = new Set(['packet-drop', 'null-route']);

export function ladder(incident: ReportIncident, words: Wording): Drawing | null {
  const drawn = incident.ladder;
  if (drawn === null || drawn.lines.length === 0) return null;
  const w = words.report.ladder;
  const hasForged = drawn.lines.some(({ role }) => role === 'forged');
  const isSilent = SILENT.has(incident.interference.kind);
  const hatch = `hatch-${incident.id}`;
  const height = HEAD + drawn.lines.length * ROW + skippedRows(drawn) * 16 + 10;
  const parts = [
    `<defs><pattern id="${hatch}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
      `<path d="M0 0v5" stroke="#000" stroke-opacity=".28"/></pattern></defs>`,
  ];
  const lines: string[] = [];
  let y = HEAD;
  for (const line of drawn.lines) {
    if (line.skipped > 0) {
      lines.push(text(CLIENT + 10, y + 11, `⋮ ${w.skipped(line.skipped)}`, { muted: true, size: 10 }));
      y += 16;
    }
    const isForged = line.role === 'forged';
    if (isForged) parts.push(`<path d="M0 ${y}H${WIDTH}v${ROW}H0Z" fill="url(#${hatch})"/>`);
    lines.push(
      text(0, y + 16, `#${line.frame.original}`, { mono: true, size: 10.5 }),
      text(CLIENT - 12, y + 16, seconds(line.offset), { mono: true, size: 10.5, anchor: 'end' }),
      arrow(line, y, incident, isSilent && line.fromClient && (line.role === 'affected' || line.role === 'trigger')),
    );
    y += ROW;
  }
  if (drawn.skipped > 0) {
    lines.push(text(CLIENT + 10, y + 11, `⋮ ${w.skipped(drawn.skipped)}`, { muted: true, size: 10 }));
    y += 16;
  }
  parts.push(
    `<path d="M${CLIENT} ${HEAD - 4}V${y}M${SERVER} ${HEAD - 4}V${y}" stroke="${INK}" stroke-width="1.4"/>`,
    text(CLIENT, 11, `${w.client} ${drawn.client}`, { bold: true, anchor: 'middle', size: 10.5 }),
    text(SERVER + 8, 11, `${w.server} ${drawn.server}`, { bold: true, anchor: 'end', size: 10.5 }),
  );
  if (hasForged) {
    parts.push(
      `<path d="M${INJECTOR} ${HEAD - 4}V${y}" stroke="${INK}" stroke-width="1.4" stroke-dasharray="3 4"/>`,
      text(INJECTOR, 11, w.injector, { bold: true, anchor: 'middle', size: 10.5 }),
    );
  }
  return { height, title: `${incident.id}: ${w.title}`, body: [...parts, ...lines].join('') };
}

function skippedRows(drawn: ReportLadder): number {
  return drawn.lines.filter(({ skipped }) => skipped > 0).length + (drawn.skipped > 0 ? 1 : 0);
}

function seconds(nanoseconds: number): string {
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}

function arrow(line: ReportLadder['lines'][number], y: number, incident: ReportIncident, lost: boolean): string {
  const label = shortened(line.notation, 62);
  const top = y + 15;
  const low = y + 21;
  if (line.role === 'forged') {
    const to = line.fromClient ? SERVER : CLIENT;
    const sign = line.fromClient ? -1 : 1;
    const head = `M${to + sign} ${low}l${9.5 * sign} -4.6v9Z`;
    return (
      `<path d="M${INJECTOR - 8 * -sign} ${top - 2}L${to + 10 * sign} ${low - 2}M${INJECTOR - 8 * -sign} ${top + 2}` +
      `L${to + 10 * sign} ${low + 2}" stroke="${INK}" stroke-width="1.2" stroke-dasharray="5 3" fill="none"/>` +
      `<path d="${head}" fill="#fff" stroke="${INK}" stroke-width="1.2"/>` +
      mark(
        incident.techniques[0]!,
        incident.confidence,
        INJECTOR - 7,
        top - 7,
        14,
        `ladder-${incident.id}-${line.frame.original}`,
      ) +
      text(line.fromClient ? SERVER - 14 : CLIENT + 14, y + 11, label, {
        mono: true,
        bold: true,
        size: 10.5,
        ...(line.fromClient ? { anchor: 'end' as const } : {}),
      })
    );
  }
  const from = line.fromClient ? CLIENT : SERVER;
  const sign = line.fromClient ? -1 : 1;
  const to = line.fromClient ? (lost ? SERVER - 120 : SERVER) : CLIENT;
  const end = lost
    ? `<path d="M${to} ${low - 7}v14" stroke="${INK}" stroke-width="2.4"/>`
    : `<path d="M${to} ${low}l${9 * sign} -4.4v8.2Z" fill="${INK}"/>`;
  return (
    `<path d="M${from} ${top}L${to + (lost ? 0 : 6 * sign)} ${low}" stroke="${INK}" stroke-width="1.2" fill="none"/>${end}` +
    text(line.fromClient ? CLIENT + 14 : SERVER - 14, y + 11, label, {
      mono: true,
      size: 10.5,
      ...(line.fromClient ? {} : { anchor: 'end' as const }),
      bold: line.role === 'trigger',
    })
  );
}

/** `ladder-1.svg` for incident I1. */
export function ladderName(incident: ReportIncident): string {
  return `ladder-${numberOf(incident.id)}.svg`;
}

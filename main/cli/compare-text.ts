// A comparison for people: the verdict, the two captures and their clocks, each finding with what shows it, and the
// packets that matter between two columns, one for each capture.

import type {
  ComparedConnection,
  Comparison,
  ComparisonFinding,
  ComparisonLadderRow,
} from '../../shared/contract/comparison.ts';
import { enComparison } from '../../shared/i18n/comparison/en.ts';
import { en } from '../../shared/i18n/en.ts';
import { serviceName } from '../../shared/i18n/words.ts';
import { fold, framesText, harmlessAll, labelled, paragraph, plural } from './layout.ts';
import type { Style } from './style.ts';

const LISTED_FINDINGS = 20;
const LISTED_AGREEING = 8;

export function renderComparison(raw: Comparison, style: Style): string {
  const comparison = harmlessAll(raw);
  const { verdict, findings, connections, notes, more } = comparison;
  const lines = [...paragraph(verdict.text, 0).map(style.strong), '', style.strong('Captures')];
  for (const side of ['a', 'b'] as const) {
    const { capture, findings: own } = comparison.sides[side];
    const about = `${capture.path}: ${plural(capture.packets, 'packet')}, ${plural(own.length, 'finding')} in it alone`;
    lines.push(...labelled(side.toUpperCase(), 4, about, 2));
  }
  lines.push(...labelled('', 4, clocksText(comparison), 2));
  if (notes.length > 0) {
    lines.push('', style.strong('To know'));
    for (const { text } of notes) lines.push(...paragraph(`- ${text}`, 4, 2));
  }
  const { shown, more: unlisted } = fold(findings, LISTED_FINDINGS);
  for (const finding of shown) {
    const connection = connections.find(({ id }) => id === finding.connection);
    lines.push('', ...findingLines(finding, connection, style));
  }
  if (unlisted > 0) lines.push('', `and ${plural(unlisted, 'further finding')} (see --format json)`);
  const seen = new Set(shown.map(({ connection }) => connection));
  for (const connection of connections) {
    if (!seen.has(connection.id) || connection.ladder.length === 0) continue;
    lines.push('', ...ladderLines(connection, style));
  }
  const reviews = comparison.reviews;
  if (reviews.length > 0) {
    lines.push('', style.strong('What one capture alone found'));
    for (const { side, finding, state, by } of reviews) {
      const own = comparison.sides[side].findings.find(({ id }) => id === finding);
      const what = own === undefined ? '' : ` (${en.interference[own.interference.kind]}, ${own.confidence})`;
      const because = by === null ? '' : ` (see ${by})`;
      lines.push(
        ...paragraph(`${side.toUpperCase()} ${finding}${what}: ${enComparison.review[state]}${because}`, 4, 2),
      );
    }
  }
  const quiet = connections.filter(({ findings: own }) => own.length === 0);
  if (quiet.length > 0) {
    lines.push('', style.strong('Other connections'));
    const { shown: some, more: rest } = fold(quiet, LISTED_AGREEING);
    for (const connection of some) lines.push(...paragraph(`${title(connection)}: ${stateText(connection)}`, 4, 2));
    if (rest + more > 0) lines.push(`  and ${rest + more} more`);
  }
  return `${lines.join('\n')}\n`;
}

function clocksText({ alignment }: Comparison): string {
  if (alignment === null) return 'No packet is in both, so the clocks cannot be compared.';
  const { offset, drift, matched, spread, roundTrip } = alignment;
  const isBehind = offset.startsWith('-');
  const size = offset.replace('-', '').replace(/(\.\d{6})\d*$/, '$1');
  const gain = Math.abs(drift) * 1e6 < 0.05 ? '' : `, drifting by ${(drift * 1e6).toFixed(1)} µs a second`;
  const way = roundTrip === null ? '' : `; there and back between them in ${(roundTrip * 1e3).toFixed(1)} ms at least`;
  return (
    `The clock of B is ${size} s ${isBehind ? 'behind' : 'ahead of'} that of A${gain}, by ` +
    `${plural(matched, 'packet')} that both have (spread ${(spread * 1e3).toFixed(3)} ms)${way}.`
  );
}

function title({ id, name, service, protocol, a, b }: ComparedConnection): string {
  const { client, server } = (a ?? b)!;
  const host = (end: { address: string; port: number }): string =>
    `${end.address.includes(':') ? `[${end.address}]` : end.address}:${end.port}`;
  const about = [name, service === null ? null : serviceName(en, service)].filter((word) => word !== null);
  return `${id} ${protocol} ${host(client)} -> ${host(server)}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

function stateText({ state, matched, lost, missed }: ComparedConnection): string {
  if (state !== 'compared') return enComparison.state[state];
  const parts = [`${plural(matched, 'packet')} in both`];
  const gone = lost.fromA + lost.fromB;
  if (gone > 0) parts.push(`${gone} lost on the way`);
  if (missed.a + missed.b > 0) parts.push(`${missed.a + missed.b} not recorded by one capture`);
  return parts.join(', ');
}

function findingLines(finding: ComparisonFinding, connection: ComparedConnection | undefined, style: Style): string[] {
  const { id, confidence, text, evidence, alternatives, place, frames } = finding;
  const word = style.confidence(confidence, en.confidence[confidence].word);
  const lines = [`${style.strong(id)} ${word}`, ...paragraph(`${text}.`, 3)];
  if (connection !== undefined) lines.push(...paragraph(title(connection), 3));
  for (const side of ['a', 'b'] as const) {
    if (frames[side].length > 0) lines.push(`   ${side.toUpperCase()}: ${framesText(frames[side])}`);
  }
  for (const role of ['supports', 'contradicts', 'neutral'] as const) {
    const sign = { supports: '+', contradicts: '-', neutral: '.' }[role];
    for (const each of evidence.filter((one) => one.role === role)) {
      const cited = (['a', 'b'] as const).filter((side) => each.frames[side].length > 0);
      const where = cited.map((side) => `${side.toUpperCase()} ${framesText(each.frames[side])}`).join('; ');
      lines.push(...paragraph(`${sign} ${each.text}${where === '' ? '' : ` [${where}]`}`, 5, 3));
    }
  }
  for (const each of alternatives) lines.push(...paragraph(`? ${each.text} ${STATUS[each.status]}.`, 5, 3));
  const { hopsFromA, hopsFromB, basis } = place;
  const hops =
    hopsFromA === null || hopsFromB === null
      ? 'Where on the way: unknown'
      : `Where on the way: ${plural(hopsFromA, 'router')} from A, ${plural(hopsFromB, 'router')} from B`;
  lines.push(...paragraph(`${hops} (${enComparison.basis[basis]}).`, 3));
  return lines;
}

const STATUS = { 'ruled-out': 'Ruled out', weakened: 'Weakened', open: 'Open' } as const;

const CELL = 16;
const WAY = 44;

function ladderLines(connection: ComparedConnection, style: Style): string[] {
  const { near, ladder, skipped } = connection;
  const end = (side: 'a' | 'b'): string => (near === null ? '' : near === side ? ' (client side)' : ' (server side)');
  const head = `${'ms'.padStart(10)}  ${`A${end('a')}`.padEnd(CELL)}${''.padEnd(WAY)}  B${end('b')}`;
  const lines = [style.strong(title(connection)), style.faint(head)];
  for (const row of ladder) {
    if (row.skipped > 0) lines.push(style.faint(`${''.padStart(12)}... ${plural(row.skipped, 'packet')}`));
    lines.push(ladderLine(row, near === 'b'));
  }
  if (skipped > 0) lines.push(style.faint(`${''.padStart(12)}... ${plural(skipped, 'packet')}`));
  return lines;
}

/** `isTurned`: the client is on the right. */
function ladderLine(row: ComparisonLadderRow, isTurned: boolean): string {
  const toRight = row.toServer !== isTurned;
  const cell = (each: ComparisonLadderRow['a']): string =>
    each === null ? '' : `${each.frame}${each.copies > 0 ? ` (${each.copies + 1}x)` : ''} ttl ${each.ttl}`;
  const label = ` ${row.notation} `;
  const room = Math.max(0, WAY - label.length - 2);
  const left = Math.floor(room / 2);
  // A packet that only one capture has ends, or begins, somewhere between
  const tail = (present: boolean, isHead: boolean, arrow: string): string => (!present ? 'x' : isHead ? arrow : '-');
  const way = `${tail(row.a !== null, !toRight, '<')}${'-'.repeat(left)}${label}${'-'.repeat(room - left)}${tail(row.b !== null, toRight, '>')}`;
  const mark = row.mark === 'both' ? '' : `  ${enComparison.mark[row.mark]}`;
  const time = (row.offset * 1e3).toFixed(1).padStart(10);
  return `${time}  ${cell(row.a).padEnd(CELL)}${way}  ${cell(row.b)}${mark}`.trimEnd();
}

// The end of a text about several captures: what came of each target in each of them, provider by provider.

import type { Analysis, Target } from '../../shared/contract/analysis.ts';
import { type Confidence, surest } from '../../shared/domain/vocabulary.ts';
import { en } from '../../shared/i18n/en.ts';
import { serviceName } from '../../shared/i18n/words.ts';
import { COLUMNS, fold, harmless, harmlessAll, plural } from './layout.ts';
import type { Style } from './style.ts';
import { targetName } from './text.ts';

const ROW_WIDTH = 34;
const CELL_WIDTH = 20;
const LISTED_ROWS = 30;

interface Row {
  readonly name: string;
  readonly cells: (string | undefined)[];
}

/** Rows are the surfaces of services, then the targets that were interfered with in any of the captures. */
export function comparisonTable(raw: readonly Analysis[], style: Style): string {
  const analyses = raw.map((analysis) => harmlessAll(analysis));
  const rows = new Map<string, Row>();
  const cell = (name: string, at: number, text: string) => {
    let row = rows.get(name);
    if (row === undefined) {
      row = { name, cells: [] };
      rows.set(name, row);
    }
    row.cells[at] = text;
  };
  analyses.forEach((analysis, at) => {
    for (const { service, surfaces } of analysis.services) {
      for (const { surface, state, confidence } of surfaces) {
        const isSure = state === 'blocked' || state === 'degraded';
        const text = `${en.serviceState[state]}${isSure ? ` (${en.confidence[confidence].word})` : ''}`;
        if (state !== 'not-seen') cell(`${serviceName(en, service)} ${en.surface[surface]}`, at, text);
      }
    }
  });
  const interfered = new Set(
    analyses.flatMap((analysis) => analysis.targets.filter((target) => target.incidents.length > 0).map(targetName)),
  );
  analyses.forEach((analysis, at) => {
    for (const target of analysis.targets) {
      const name = targetName(target);
      // A data centre of the app stands in the row of the app.
      if (interfered.has(name) && (target.domain !== null || target.service === null))
        cell(name, at, outcomeText(analysis, target));
    }
  });
  const labels = shortNames(analyses.map((analysis) => analysis.capture.path));
  const perBlock = Math.max(1, Math.floor((COLUMNS - ROW_WIDTH) / (CELL_WIDTH + 2)));
  const { shown, more } = fold([...rows.values()], LISTED_ROWS);
  // Captures in which none of the rows was seen would be columns of dashes.
  const columns = analyses.map((_, at) => at).filter((at) => shown.some((row) => row.cells[at] !== undefined));
  const lines: string[] = [];
  for (let from = 0; from < columns.length; from += perBlock) {
    const block = columns.slice(from, from + perBlock);
    if (from > 0) lines.push('');
    lines.push(
      style.strong(
        line(
          '',
          block.map((at) => clipStart(labels[at]!, CELL_WIDTH)),
        ),
      ),
    );
    for (const row of shown) {
      if (block.some((at) => row.cells[at] !== undefined)) {
        lines.push(
          line(
            row.name,
            block.map((at) => row.cells[at] ?? '-'),
          ),
        );
      }
    }
  }
  const empty = analyses.filter((analysis, at) => analysis.error === null && !columns.includes(at)).length;
  const unread = analyses.filter((analysis, at) => analysis.error !== null && !columns.includes(at)).length;
  if (rows.size > 0 && empty > 0) lines.push(`${plural(empty, 'further capture')} with none of these`);
  if (unread > 0) lines.push(`${plural(unread, 'capture')} not read`);
  if (rows.size === 0) lines.push('No service of the table and no interference was seen in any of the captures.');
  if (more > 0) lines.push(`and ${more} further rows (see --format json)`);
  return `${style.strong(`${analyses.length} captures compared (- is not seen)`)}\n${lines.join('\n')}\n`;
}

function outcomeText(analysis: Analysis, target: Target): string {
  const word = en.outcome[target.outcome].word;
  const sure = analysis.incidents
    .filter((incident) => target.incidents.includes(incident.id))
    .reduce<Confidence>((best, incident) => surest(best, incident.confidence), 'inconclusive');
  return target.incidents.length === 0 ? word : `${word} (${en.confidence[sure].word})`;
}

function line(name: string, cells: readonly string[]): string {
  return [clip(name, ROW_WIDTH), ...cells.map((text) => `  ${clip(text, CELL_WIDTH)}`)].join('').trimEnd();
}

function clip(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 3)}...`;
}

/** The end of a path tells more than its beginning. */
function clipStart(text: string, width: number): string {
  return text.length <= width ? text : `...${text.slice(3 - width)}`;
}

/** Paths without the folders and file names that all share: `provider-a` for `2018/provider-a/capture.pcapng`. */
export function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) =>
    harmless(path)
      .split(/[/\\]/)
      .filter((part) => part !== ''),
  );
  const shortest = Math.min(...parts.map((list) => list.length));
  let head = 0;
  while (head < shortest - 1 && parts.every((list) => list[head] === parts[0]![head])) head++;
  let tail = 0;
  while (tail < shortest - head - 1 && parts.every((list) => list.at(-1 - tail) === parts[0]!.at(-1 - tail))) tail++;
  return parts.map((list) => list.slice(head, list.length - tail).join('/'));
}

// Where things stand in the timeline: a lane for each technique, a mark for each incident at its first packet, a line
// to its last. Marks that would cover each other go to further rows of their lane. Pure.

import type { Analysis, Incident } from '../../../shared/contract/analysis.ts';
import { TECHNIQUES, type Technique } from '../../../shared/domain/vocabulary.ts';
import { milliseconds } from '../../ui/format.ts';

export const WIDTH = 1000;
export const GUTTER = 190;
const PADDING = 16;
const ROW = 26;
const LANE_PADDING = 10;
const AXIS = 28;
const MOST_ROWS = 8;
/** More marks than this are no longer a picture. */
export const MOST_MARKS = 200;
const MARK = 18;
/** Of the label's font, on the safe side. */
const CHARACTER = 7;
const LONGEST_LABEL = 32;

export interface TimelineMark {
  readonly incident: Incident;
  readonly x: number;
  /** Where the incident ends. */
  readonly end: number;
  readonly y: number;
  /** Null: no room. */
  readonly label: string | null;
  readonly labelSide: 'left' | 'right';
}

export interface TimelineLane {
  readonly technique: Technique | null;
  readonly top: number;
  readonly height: number;
  readonly marks: readonly TimelineMark[];
}

export interface TimelineTick {
  readonly x: number;
  readonly label: string;
}

export interface TimelineLayout {
  readonly lanes: readonly TimelineLane[];
  readonly ticks: readonly TimelineTick[];
  readonly height: number;
  /** The day of the first tick, or of the first packet. */
  readonly day: string;
  /** Incidents without a mark: too many, or at no time that exists. */
  readonly undrawn: number;
}

/** Null: nothing to draw. */
export function layOut(analysis: Analysis): TimelineLayout | null {
  const names = new Map(analysis.targets.map((target) => [target.id, target.domain ?? target.addresses[0] ?? '']));
  const dated = analysis.incidents.flatMap((incident) => {
    const from = milliseconds(incident.firstTime);
    const to = milliseconds(incident.lastTime);
    return from === null || to === null ? [] : [{ incident, from, to: Math.max(from, to) }];
  });
  const drawn = dated.slice(0, MOST_MARKS).sort((a, b) => a.from - b.from);
  if (drawn.length === 0) return null;

  const edges = [analysis.capture.firstTime, analysis.capture.lastTime].flatMap((time) =>
    time === null ? [] : (milliseconds(time) ?? []),
  );
  const begin = Math.min(...drawn.map(({ from }) => from), ...edges);
  const end = Math.max(...drawn.map(({ to }) => to), ...edges, begin + 1);
  const inner = WIDTH - GUTTER - 2 * PADDING;
  const place = (time: number) => GUTTER + PADDING + ((time - begin) / (end - begin)) * inner;

  const lanes: TimelineLane[] = [];
  let top = AXIS;
  for (const technique of [...TECHNIQUES, null]) {
    const mine = drawn.filter(({ incident }) => (incident.techniques[0] ?? null) === technique);
    if (mine.length === 0) continue;
    const taken: number[] = [];
    const marks = mine.map(({ incident, from, to }): TimelineMark => {
      const x = place(from);
      const stop = place(to);
      const text = labelOf(incident, names);
      const width = text.length * CHARACTER + 8;
      const labelSide = stop + MARK / 2 + width > WIDTH ? 'left' : 'right';
      const start = x - MARK / 2 - (labelSide === 'left' ? width : 0);
      const last = stop + MARK / 2 + (labelSide === 'right' ? width : 0);
      let row = taken.findIndex((until) => until <= start);
      const hasRoom = row >= 0 || taken.length < MOST_ROWS;
      if (row < 0) row = hasRoom ? taken.length : MOST_ROWS - 1;
      taken[row] = Math.max(taken[row] ?? 0, hasRoom ? last : stop + MARK / 2);
      const y = top + LANE_PADDING + row * ROW + ROW / 2;
      return { incident, x, end: stop, y, label: hasRoom ? text : null, labelSide };
    });
    const height = taken.length * ROW + 2 * LANE_PADDING;
    lanes.push({ technique, top, height, marks });
    top += height;
  }
  const times = ticks(begin, end);
  return {
    lanes,
    ticks: times.map(({ time, label }) => ({ x: place(time), label })),
    height: top,
    day: new Date(begin).toISOString().split('T')[0]!,
    undrawn: analysis.incidents.length - drawn.length,
  };
}

function labelOf(incident: Incident, names: ReadonlyMap<string, string>): string {
  const first = names.get(incident.targets[0] ?? '') ?? '';
  const name = first.length > LONGEST_LABEL ? `${first.slice(0, LONGEST_LABEL - 1)}…` : first;
  return `${incident.id} ${name}${incident.targets.length > 1 ? ` +${incident.targets.length - 1}` : ''}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];
const MOST_TICKS = 9;

/** At round times. The label has the day where a tick is a day or more. */
export function ticks(begin: number, end: number): { readonly time: number; readonly label: string }[] {
  const span = end - begin;
  const step =
    STEPS.find((candidate) => span / candidate <= MOST_TICKS) ?? DAY * Math.max(1, Math.ceil(span / MOST_TICKS / DAY));
  const found: { time: number; label: string }[] = [];
  for (let time = Math.ceil(begin / step) * step; time <= end; time += step) {
    const [day, clock] = new Date(time).toISOString().split('T') as [string, string];
    found.push({ time, label: step >= DAY ? day : clock.slice(0, step < SECOND ? 12 : step < MINUTE ? 8 : 5) });
  }
  return found;
}

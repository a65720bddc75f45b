// Findings into lanes, and in each lane into marks that do not cover each other.

import type { Finding } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import {
  type Confidence,
  type InterferenceKind,
  surest,
  TECHNIQUES,
  type Technique,
} from '../../../shared/domain/vocabulary.ts';
import { hostPort } from '../../ui/format.ts';
import { epochSeconds } from '../../ui/moment.ts';
import type { Scale, Stretch } from './scale.ts';

export const LANE_MODES = ['technique', 'target', 'network', 'flow'] as const;
export type LaneMode = (typeof LANE_MODES)[number];

export interface Item {
  readonly finding: Finding;
  readonly incident: string | null;
  /** Seconds since the first frame. */
  readonly from: number;
  readonly to: number;
}

export interface Lane {
  readonly key: string;
  /** In lanes by technique. */
  readonly technique: Technique | null;
  /** Of one target: its marks need not say which. */
  readonly isTarget: boolean;
  readonly items: readonly Item[];
}

/** Lanes beyond these are one more, under `''`. */
export const MOST_LANES = 24;

/** Whose network an address is in, where that is known. */
export type NetworkNames = (address: string) => string | null;

function laneOf(finding: Finding, mode: LaneMode, names: NetworkNames): string {
  const { domain, address, port } = finding.target;
  switch (mode) {
    case 'technique':
      return finding.techniques[0] ?? '';
    case 'target':
      return domain ?? hostPort(address, port);
    case 'network':
      return finding.dns === null
        ? (names(address) ?? networkOf(address))
        : (names(finding.dns.query.resolver) ?? finding.dns.query.resolver);
    case 'flow':
      return finding.flow === null
        ? (domain ?? address)
        : `${finding.flow.client.port} → ${hostPort(finding.flow.server.address, finding.flow.server.port)}`;
  }
}

/** The /24 or /48 an address lies in. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  const [head = ''] = address.split('::', 1);
  const groups = head.split(':').filter((group) => group !== '');
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::/48`;
}

/** What lanes by network are named by. */
export function addressesOf(items: readonly Item[]): readonly string[] {
  return [...new Set(items.map(({ finding }) => finding.dns?.query.resolver ?? finding.target.address))];
}

export function itemsOf(view: CaptureView): readonly Item[] {
  const start = epochSeconds(view.head?.capture.firstTime ?? '0');
  const incidentOf = new Map(view.incidents.flatMap(({ id, findings }) => findings.map((finding) => [finding, id])));
  return view.findings
    .filter(({ state }) => state !== 'withdrawn')
    .map((finding) => ({
      finding,
      incident: incidentOf.get(finding.id) ?? null,
      from: epochSeconds(finding.firstTime) - start,
      to: epochSeconds(finding.lastTime) - start,
    }))
    .sort((a, b) => a.from - b.from);
}

/** By technique in the order of their table, else by the first finding; the fullest ones where there are too many. */
export function lanesOf(items: readonly Item[], mode: LaneMode, names: NetworkNames = () => null): readonly Lane[] {
  const byKey = new Map<string, Item[]>();
  for (const item of items) {
    const key = laneOf(item.finding, mode, names);
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [item]);
    else list.push(item);
  }
  const technique = (key: string): Technique | null =>
    TECHNIQUES.find((name) => mode === 'technique' && name === key) ?? null;
  const lanes = [...byKey].map(
    ([key, list]): Lane => ({
      key,
      technique: technique(key),
      isTarget: mode === 'target',
      items: list,
    }),
  );
  if (mode === 'technique')
    return lanes.sort((a, b) => TECHNIQUES.indexOf(a.technique!) - TECHNIQUES.indexOf(b.technique!));
  if (lanes.length <= MOST_LANES) return lanes;
  const fullest = [...lanes].sort((a, b) => b.items.length - a.items.length);
  const others = fullest.slice(MOST_LANES - 1).flatMap((lane) => lane.items);
  return [
    ...fullest.slice(0, MOST_LANES - 1),
    { key: '', technique: null, isTarget: false, items: others.sort((a, b) => a.from - b.from) },
  ];
}

export interface Placed {
  readonly x: number;
  readonly items: readonly Item[];
  readonly technique: Technique | null;
  readonly confidence: Confidence;
  /** Right end of something that lasted, null for a moment. */
  readonly end: number | null;
  /** Where single findings lie below a mark that stands for several. */
  readonly ticks: readonly number[];
  readonly label: string;
  /** What there is room for: the label goes first, then the ticks, then the count. */
  readonly shows: { readonly label: boolean; readonly ticks: boolean; readonly count: boolean };
}

const MARK = 16;
/** Marks nearer than this are one. */
const APART = 20;
const CHARACTER = 6.7;
const LASTING: readonly InterferenceKind[] = ['packet-drop', 'null-route', 'throttling', 'cut-off', 'icmp-reject'];

/** Marks of a lane inside the window, from left to right. */
export function placed(lane: Lane, scale: Scale): readonly Placed[] {
  const groups: { x: number; items: Item[] }[] = [];
  for (const item of lane.items) {
    if (item.to < scale.from || item.from > scale.to) continue;
    const x = Math.max(0, scale.x(item.from));
    const last = groups.at(-1);
    if (last !== undefined && x - last.x < APART) last.items.push(item);
    else groups.push({ x, items: [item] });
  }
  return groups.map(({ x, items }, at) => {
    const next = groups[at + 1]?.x ?? scale.width;
    const room = next - x - MARK / 2;
    // Text ends before a fold as well: its words stand there
    const fold = scale.folds.find((candidate) => candidate.x > x);
    const textRoom = Math.min(next, fold?.x ?? next) - x - MARK / 2;
    let leading = items[0]!.finding;
    let until = Number.NEGATIVE_INFINITY;
    for (const { finding, to } of items) {
      if (
        finding.confidence !== leading.confidence &&
        surest(leading.confidence, finding.confidence) !== leading.confidence
      )
        leading = finding;
      if (LASTING.includes(finding.interference.kind)) until = Math.max(until, scale.x(Math.min(to, scale.to)));
    }
    // A lane by target says the name at its head
    const label = lane.isTarget ? '' : (leading.target.domain ?? hostPort(leading.target.address, leading.target.port));
    const countWidth = items.length > 1 ? (String(items.length).length + 2) * CHARACTER : 0;
    const technique = lane.technique ?? leading.techniques[0] ?? null;
    return {
      x,
      items,
      technique,
      confidence: leading.confidence,
      end: until - x > MARK ? until : null,
      ticks: items.length > 1 ? singles(items, scale) : [],
      label,
      shows: {
        label: label !== '' && textRoom > MARK / 2 + countWidth + label.length * CHARACTER + 12,
        ticks: items.length > 1 && room >= APART - MARK / 2,
        count: items.length > 1 && textRoom > MARK / 2 + countWidth,
      },
    };
  });
}

/** One for each pixel: more could not be told apart. */
function singles(items: readonly Item[], scale: Scale): readonly number[] {
  const xs: number[] = [];
  for (const { from } of items) {
    const x = Math.max(0, Math.round(scale.x(from)));
    if (xs.at(-1) !== x) xs.push(x);
  }
  return xs;
}

/** The mark a pointer is on, generously: `x` in pixels. */
export function markAt(marks: readonly Placed[], x: number): Placed | null {
  let best: Placed | null = null;
  for (const mark of marks)
    if (Math.abs(mark.x - x) <= 12 && (best === null || Math.abs(mark.x - x) < Math.abs(best.x - x))) best = mark;
  return best;
}

/** Stretches of pixels in which a lane has findings, for a row of the strip: at least two wide, joined where they meet. */
export function spansOf(items: readonly Item[], scale: Scale): readonly Stretch[] {
  const spans: { from: number; to: number }[] = [];
  for (const item of items) {
    const from = Math.round(scale.x(item.from));
    const to = Math.max(from + 2, Math.round(scale.x(item.to)));
    const last = spans.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else spans.push({ from, to });
  }
  return spans;
}

// Traffic over the whole capture, a row of two pixels for each lane below it, and the window as a brush with handles.

import { memo, type PointerEvent, useMemo, useState } from 'react';
import { familyOf } from '../../ui/mark.tsx';
import type { Clock } from '../../ui/moment.ts';
import { type Lane, spansOf } from './lanes.ts';
import { clampedWindow, makeScale, type Scale, type Stretch } from './scale.ts';
import { densityPath } from './traffic.ts';

const STRIP = 40;
/** Rows that there is room for. */
const MOST_ROWS = 7;
/** Pixels on either side of an edge that take hold of it. */
const GRIP = 6;

interface Props {
  readonly whole: Stretch;
  readonly window: Stretch;
  readonly width: number;
  readonly counts: Uint32Array;
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly start: number;
  /** While a hand moves the window, and when it lets go. */
  readonly move: (window: Stretch) => void;
  readonly show: (window: Stretch | null) => void;
}

type Hold =
  | { readonly kind: 'draw'; readonly from: number; readonly to: number }
  | { readonly kind: 'from' | 'to' | 'pan'; readonly at: number; readonly before: Stretch };

export function Strip({ whole, window, width, counts, lanes, clock, start, move, show }: Props) {
  const scale = useMemo(() => makeScale(whole.from, whole.to, width), [whole.from, whole.to, width]);
  const [hold, setHold] = useState<Hold | null>(null);
  const isWhole = window.from <= whole.from && window.to >= whole.to;
  const left = hold?.kind === 'draw' ? Math.min(hold.from, hold.to) : scale.x(window.from);
  const right = hold?.kind === 'draw' ? Math.max(hold.from, hold.to) : scale.x(window.to);

  const held = (at: number): Hold['kind'] => {
    if (isWhole) return 'draw';
    if (Math.abs(at - scale.x(window.from)) <= GRIP) return 'from';
    if (Math.abs(at - scale.x(window.to)) <= GRIP) return 'to';
    return at > scale.x(window.from) && at < scale.x(window.to) ? 'pan' : 'draw';
  };
  const down = (event: PointerEvent<SVGSVGElement>): void => {
    const at = event.nativeEvent.offsetX;
    event.currentTarget.setPointerCapture(event.pointerId);
    const kind = held(at);
    setHold(kind === 'draw' ? { kind, from: at, to: at } : { kind, at, before: window });
  };
  const moved = (event: PointerEvent<SVGSVGElement>): void => {
    if (hold === null) return;
    const at = event.nativeEvent.offsetX;
    if (hold.kind === 'draw') {
      setHold({ ...hold, to: at });
      return;
    }
    const by = scale.time(at) - scale.time(hold.at);
    const { from, to } = hold.before;
    if (hold.kind === 'pan') {
      move(clampedWindow({ from: from + by, to: to + by }, whole));
      return;
    }
    const edge = hold.kind === 'from' ? { from: from + by, to } : { from, to: to + by };
    if (edge.from < edge.to) move({ from: Math.max(edge.from, whole.from), to: Math.min(edge.to, whole.to) });
  };
  const up = (): void => {
    setHold(null);
    if (hold?.kind !== 'draw') return;
    const centre = scale.time(hold.to);
    const span = window.to - window.from;
    if (Math.abs(hold.to - hold.from) >= 4)
      show({ from: scale.time(Math.min(hold.from, hold.to)), to: scale.time(Math.max(hold.from, hold.to)) });
    else if (!isWhole) show(clampedWindow({ from: centre - span / 2, to: centre + span / 2 }, whole));
  };

  return (
    <svg
      className={`strip ${isWhole ? '' : 'narrowed'}`}
      width={width}
      height={STRIP}
      aria-hidden="true"
      onPointerDown={down}
      onPointerMove={moved}
      onPointerUp={up}
    >
      <Traffic scale={scale} counts={counts} lanes={lanes} />
      <rect className="brush" x={left} y={0} width={Math.max(right - left, 1)} height={STRIP} />
      <path className="brush-edge" d={`M${left} 0v${STRIP}M${right} 0v${STRIP}`} />
      <path className="brush-grip" d={`M${left - 2} 13h4v14h-4ZM${right - 2} 13h4v14h-4Z`} />
      <text x={4} y={11} className="mut">
        {clock.time(start + whole.from)}
      </text>
      <text x={width - 4} y={11} className="mut" textAnchor="end">
        {clock.time(start + whole.to)}
      </text>
    </svg>
  );
}

interface TrafficProps {
  readonly scale: Scale;
  readonly counts: Uint32Array;
  readonly lanes: readonly Lane[];
}

const Traffic = memo(function Traffic({ scale, counts, lanes }: TrafficProps) {
  return (
    <>
      <path className="density" d={densityPath(counts, scale.width, 22)} transform="translate(0 2)" />
      {lanes.slice(0, MOST_ROWS).map((lane, row) => (
        <path
          key={lane.key}
          className={`strip-row family-${familyOf(lane.technique ?? lane.items[0]?.finding.techniques[0] ?? null)}`}
          d={spansOf(lane.items, scale)
            .map(({ from, to }) => `M${from} ${26 + row * 2}h${to - from}`)
            .join('')}
        />
      ))}
    </>
  );
});

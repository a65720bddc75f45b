// The lanes: marks on a canvas, the axis above them, folds through them, and the pointer's and the keyboard's hand on
// both. One button stands on one mark at a time; the arrow keys move it.

import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { type Clock, duration } from '../../ui/moment.ts';
import { Card, type Hover } from './card.tsx';
import { type Item, type Lane, markAt, type Placed, placed } from './lanes.ts';
import { AXIS, BLEED, type Ink, inkOf, LANE, paint } from './paint.ts';
import { axisTicks, clampedWindow, type Scale, type Stretch, tickLabel, zoomed } from './scale.ts';
import { useSliding } from './slide.ts';
import { type Worked, workedMarks } from './traffic.ts';
import { timelineWords } from './words.ts';

const HOVER_MS = 120;
/** A press that moved less is a click. */
const LEAST_DRAG = 4;
/** Wheel units that pan by a whole window, and those that zoom by e. */
const WHEEL_WINDOW = 800;
const WHEEL_ZOOM = 450;

interface Props {
  readonly scale: Scale;
  /** Changes with each step that is to slide. */
  readonly turn: number;
  readonly lanes: readonly Lane[];
  readonly seen: Parameters<typeof workedMarks>[0] | null;
  readonly clock: Clock;
  readonly start: number;
  readonly window: Stretch;
  readonly whole: Stretch;
  readonly current: Item | null;
  readonly reading: boolean;
  readonly reached: number;
  readonly show: (window: Stretch | null) => void;
  /** As `show`, one of many that follow each other. */
  readonly move: (window: Stretch) => void;
  readonly select: (finding: string | null) => void;
  readonly open: (item: Item) => void;
}

export function Picture(props: Props) {
  const { lanes, seen, clock, start, window, whole, current, reading, reached, show, move, select, open } = props;
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const scale = useSliding(props.scale, props.turn);
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const timer = useRef<{ readonly mark: Placed; readonly id: ReturnType<typeof setTimeout> } | null>(null);
  const look = useLook();

  const marks = useMemo(() => lanes.map((lane) => placed(lane, scale)), [lanes, scale]);
  const worked: Worked | null = useMemo(() => (seen === null ? null : workedMarks(seen, scale)), [seen, scale]);
  const brackets = useMemo(() => lanes.map((lane) => bracketOf(lane, current, scale)), [lanes, current, scale]);
  const axis = useMemo(() => axisTicks(scale, start), [scale, start]);
  const { width } = scale;
  const height = AXIS + (lanes.length + 1) * LANE;

  // Reading them makes the browser style the page at once: only when they may have changed
  const ink = useRef<Ink | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `look` stands for what the tokens are read from
  useLayoutEffect(() => {
    if (canvas.current !== null) ink.current = inkOf(canvas.current);
  }, [look]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `look` changes the ink
  useLayoutEffect(() => {
    if (canvas.current === null || ink.current === null) return;
    const selected = current?.finding.id ?? null;
    const times = (count: number): string => words.times(String(count));
    const ticks = axis.ticks.map(({ x }) => x);
    paint(canvas.current, { width, ticks, marks, worked, selected, brackets, times }, ink.current);
  }, [axis, marks, worked, brackets, current, width, words, look]);

  useWheel(svg, ({ delta, pans, x }) => {
    const by = (delta / WHEEL_WINDOW) * (window.to - window.from);
    if (pans) move(clampedWindow({ from: window.from + by, to: window.to + by }, whole));
    else move(zoomed(window, Math.exp(Math.max(-2, Math.min(2, delta / WHEEL_ZOOM))), scale.time(x), whole));
  });

  // A card stands where its mark stood: with another picture it is gone
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the card was placed by
  useEffect(() => setHover(null), [window.from, window.to, lanes]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current.id);
    },
    [],
  );
  const find = (x: number, y: number): { mark: Placed; top: number } | null => {
    const lane = Math.floor((y - AXIS) / LANE);
    const mark = y < AXIS ? null : markAt(marks[lane] ?? [], x);
    return mark === null ? null : { mark, top: AXIS + lane * LANE };
  };
  const forget = (): void => {
    if (timer.current !== null) clearTimeout(timer.current.id);
    timer.current = null;
  };
  const pointAt = (found: { mark: Placed; top: number } | null): void => {
    if (found?.mark === timer.current?.mark) return;
    forget();
    setHover((before) => (before?.pinned === true ? before : null));
    if (found === null) return;
    const id = setTimeout(
      () => setHover((before) => (before?.pinned === true ? before : { ...found, pinned: false })),
      HOVER_MS,
    );
    timer.current = { mark: found.mark, id };
  };
  const choose = (found: { mark: Placed; top: number }): void => {
    select(found.mark.items[0]!.finding.id);
    setHover({ ...found, pinned: true });
  };

  const order = useMemo(
    () => marks.flatMap((row, lane) => row.map((mark) => ({ mark, top: AXIS + lane * LANE }))),
    [marks],
  );
  const roving = order.find(({ mark }) => current !== null && mark.items.includes(current)) ?? order[0] ?? null;
  // Another incident, chosen by a key, takes a pinned card along
  useEffect(() => {
    if (current === null) setHover(null);
    else setHover((before) => (before?.pinned === true && !before.mark.items.includes(current) ? null : before));
  }, [current]);
  const pressed = (event: KeyboardEvent): void => {
    if (roving === null) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const next = order[order.indexOf(roving) + step];
    if (step !== 0 && next !== undefined) select(next.mark.items[0]!.finding.id);
    else if (event.key === ' ') choose(roving);
    else if (event.key === 'Enter') open(current ?? roving.mark.items[0]!);
    else if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
  };

  // There stands *now* while it is followed
  const nearEnd = reading && reached < window.to && scale.x(reached) > width - 160;
  const dragged = drag === null ? 0 : Math.abs(drag.to - drag.from);
  return (
    <div className="lanes" style={{ blockSize: height }}>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing here takes the focus but the button below */}
      <canvas ref={canvas} style={{ inlineSize: width + 2 * BLEED, blockSize: height }} aria-hidden="true" />
      <svg
        ref={svg}
        className={hover === null ? '' : 'on-mark'}
        width={width}
        height={height}
        aria-hidden="true"
        onPointerDown={(event) => {
          const { offsetX, offsetY } = event.nativeEvent;
          if (event.button !== 0 || find(offsetX, offsetY) !== null) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setHover(null);
          setDrag({ from: offsetX, to: offsetX });
        }}
        onPointerMove={(event) => {
          const { offsetX, offsetY } = event.nativeEvent;
          if (drag !== null) setDrag({ ...drag, to: Math.min(Math.max(offsetX, 0), width) });
          else pointAt(find(offsetX, offsetY));
        }}
        onPointerLeave={() => pointAt(null)}
        onPointerUp={(event) => {
          const { offsetX, offsetY } = event.nativeEvent;
          const found = find(offsetX, offsetY);
          if (drag !== null && dragged > LEAST_DRAG)
            show({ from: scale.time(Math.min(drag.from, drag.to)), to: scale.time(Math.max(drag.from, drag.to)) });
          else if (found !== null) choose(found);
          else if (drag !== null) select(null);
          setDrag(null);
        }}
        onDoubleClick={(event) => {
          const found = find(event.nativeEvent.offsetX, event.nativeEvent.offsetY);
          if (found !== null) open(found.mark.items[0]!);
        }}
      >
        <rect className="ground" width={width} height={height} />
        {axis.ticks.map(({ time, x, major }, at) => {
          const label = tickLabel(axis, at, clock.time(start + time, axis.digits), scale.folds);
          if (label === null) return null;
          return (
            <text
              key={time}
              x={Math.min(Math.max(x, 0), width)}
              y={AXIS - 6}
              textAnchor={x < 30 ? 'start' : x > width - 30 ? 'end' : 'middle'}
              className={major || label.length > 5 ? 'strong' : 'mut'}
            >
              {label}
            </text>
          );
        })}
        <text x={nearEnd ? 0 : width} y={AXIS - 24} textAnchor={nearEnd ? 'start' : 'end'} className="mut">
          {clock.day(start + window.from)} {clock.zone}
        </text>
        {reading && reached < window.to ? <Now x={scale.x(reached)} width={width} height={height} /> : null}
        {scale.folds.map((fold) => (
          <g key={fold.from} className="fold">
            <rect x={fold.x} y={AXIS - 14} width={fold.width} height={height - AXIS + 14} />
            <path d={`M${fold.x} ${AXIS - 14}V${height}M${fold.x + fold.width} ${AXIS - 14}V${height}`} />
            <text
              transform={`translate(${fold.x + fold.width / 2 + 4} ${(AXIS - 14 + height) / 2}) rotate(-90)`}
              textAnchor="middle"
            >
              {lanes.length === 0 ? duration(fold.to - fold.from) : words.idle(duration(fold.to - fold.from))}
            </text>
          </g>
        ))}
        {current === null || scale.x(current.from) < 0 || scale.x(current.from) > width ? null : (
          <>
            <path className="guide" d={guide(scale.x(current.from), lanes, current, height)} />
            <text
              className="guide-time"
              x={Math.min(Math.max(scale.x(current.from), 40), width - 40)}
              y={AXIS - 22}
              textAnchor="middle"
            >
              {clock.time(start + current.from, 3)}
            </text>
          </>
        )}
      </svg>
      {roving === null ? null : (
        <button
          ref={button}
          type="button"
          className="timeline-mark"
          style={{ left: roving.mark.x - 12, top: roving.top + 10 }}
          aria-pressed={current !== null && roving.mark.items.includes(current)}
          aria-label={spoken(roving.mark)}
          onPointerEnter={() => pointAt(roving)}
          onPointerLeave={() => pointAt(null)}
          onClick={() => choose(roving)}
          onDoubleClick={() => open(roving.mark.items[0]!)}
          onKeyDown={pressed}
        />
      )}
      {drag === null || dragged <= LEAST_DRAG ? null : (
        <div
          className="drawn-brush"
          style={{ left: Math.min(drag.from, drag.to), inlineSize: dragged, insetBlockStart: AXIS }}
        >
          <span className="m">{duration(Math.abs(scale.time(drag.to) - scale.time(drag.from)))}</span>
          <CancelKey cancel={() => setDrag(null)} />
        </div>
      )}
      {drag === null || dragged <= LEAST_DRAG ? null : (
        <p className="drag-hint mut">
          {words.release} · <kbd>Esc</kbd> {words.cancel}
        </p>
      )}
      {hover === null || drag !== null ? null : (
        <Card hover={hover} width={width} clock={clock} start={start} close={() => setHover(null)} open={open} />
      )}
    </div>
  );

  function spoken({ technique, label, confidence, items }: Placed): string {
    const { finding, from } = items[0]!;
    const name = technique === null ? '' : engine.technique[technique].name;
    const target = label === '' ? (finding.target.domain ?? finding.target.address) : label;
    const count = items.length > 1 ? `, ${words.times(String(items.length))}` : '';
    return `${name}: ${target}, ${engine.confidence[confidence].word}, ${clock.time(start + from, 3)} ${clock.zone}${count}`;
  }
}

/** From the axis to the ground, leaving out the ring around the mark it belongs to. */
function guide(x: number, lanes: readonly Lane[], current: Item, height: number): string {
  const lane = lanes.findIndex(({ items }) => items.includes(current));
  if (lane < 0) return `M${x} ${AXIS - 18}V${height}`;
  const middle = AXIS + lane * LANE + 22;
  return `M${x} ${AXIS - 18}V${middle - 13}M${x} ${middle + 13}V${height}`;
}

function Now({ x, width, height }: { readonly x: number; readonly width: number; readonly height: number }) {
  const words = useWords(timelineWords);
  return (
    <g className="now">
      <rect x={x} y={AXIS} width={Math.max(0, width - x)} height={height - AXIS} />
      <path d={`M${x} ${AXIS - 14}V${height}`} />
      <text x={x} y={AXIS - 20} textAnchor="middle">
        {words.now}
      </text>
    </g>
  );
}

/** Esc while a range is being drawn closes only that. */
function CancelKey({ cancel }: { readonly cancel: () => void }) {
  const latest = useRef(cancel);
  latest.current = cancel;
  useEffect(() => {
    const listener = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      latest.current();
    };
    addEventListener('keydown', listener, { capture: true });
    return () => removeEventListener('keydown', listener, { capture: true });
  }, []);
  return null;
}

/** Pixels under all findings of the selected incident in a lane; null where there are fewer than two. */
function bracketOf(lane: Lane, current: Item | null, scale: Scale): Stretch | null {
  if (current?.incident == null) return null;
  const own = lane.items.filter(({ incident }) => incident === current.incident);
  const last = own.at(-1);
  if (own.length < 2 || last === undefined) return null;
  const from = Math.max(0, scale.x(own[0]!.from));
  const to = Math.min(scale.width, scale.x(last.from));
  return to <= from ? null : { from, to };
}

interface Turn {
  readonly delta: number;
  readonly pans: boolean;
  readonly x: number;
}

/** React listens to the wheel passively, which cannot keep the page from scrolling. Turns within one frame are one. */
function useWheel(element: { readonly current: SVGSVGElement | null }, turned: (turn: Turn) => void): void {
  const latest = useRef(turned);
  latest.current = turned;
  useEffect(() => {
    const on = element.current;
    let frame = 0;
    let delta = 0;
    const listener = (event: WheelEvent): void => {
      event.preventDefault();
      // With Shift some systems turn the wheel sideways
      delta += event.deltaY || event.deltaX;
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        latest.current({ delta, pans: event.shiftKey, x: event.offsetX });
        frame = 0;
        delta = 0;
      });
    };
    on?.addEventListener('wheel', listener, { passive: false });
    return () => {
      cancelAnimationFrame(frame);
      on?.removeEventListener('wheel', listener);
    };
  }, [element]);
}

/** Changes when what a canvas must be drawn anew for changes: theme, contrast, fonts that arrived. */
function useLook(): number {
  const [look, changed] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme', 'data-contrast', 'lang'] });
    document.fonts.addEventListener('loadingdone', changed);
    return () => {
      observer.disconnect();
      document.fonts.removeEventListener('loadingdone', changed);
    };
  }, []);
  return look;
}

// Findings over time: a strip of all traffic above, a lane for each technique, target, network or flow, and below them
// what worked. Drawn in SVG: marks that would cover each other are one, so there are never more than fit.

import './timeline.css';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { MAX_BINS } from '../../../shared/contract/service.ts';
import { TECHNIQUES } from '../../../shared/domain/vocabulary.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { frameRuns, hostPort } from '../../ui/format.ts';
import { useCall, useKeys, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { familyOf, Mark, MarkShape } from '../../ui/mark.tsx';
import { type Clock, duration, epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { type Item, itemsOf, LANE_MODES, type Lane, type LaneMode, lanesOf, type Placed, placed } from './lanes.ts';
import { axisTicks, clampedWindow, idleStretches, makeScale, type Scale, type Stretch, zoomed } from './scale.ts';
import { densityPath, wholeOf, workedMarks } from './traffic.ts';
import { timelineWords } from './words.ts';

const LANE = 44;
const STRIP = 40;
const AXIS = 48;
const HOVER_MS = 120;
const EMPTY = new Uint32Array(0);

interface Props {
  readonly capture: string;
  readonly view: CaptureView;
  readonly selected: string | null;
  readonly select: (finding: string | null) => void;
}

export function Timeline({ capture, view, selected, select }: Props) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const refine = useRoute((state) => state.refine);
  const range = useRoute((state) => state.range);
  const start = epochSeconds(view.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const [mode, setMode] = useState<LaneMode>('technique');
  const [asTable, setAsTable] = useState(false);
  const [holder, width] = useWidth();
  const before = useRef<Stretch[]>([]);

  const whole = wholeOf(view);
  const window = range === null ? whole : clampedWindow(range, whole);
  const bins = Math.max(1, Math.min(MAX_BINS, Math.round(width)));
  // While reading goes on the picture is asked for twice a second, not with every update
  const revision = `${view.state} ${Math.floor(view.progress.elapsed * 2)}`;
  const all = useCall('timeline.bins', { capture, from: whole.from, to: whole.to, bins, lanes: 'surface' }, revision);
  const near = useCall(
    'timeline.bins',
    { capture, from: window.from, to: window.to, bins, lanes: 'surface' },
    revision,
  );
  const strip = all.state === 'failed' ? null : all.result;
  const seen = near.state === 'failed' ? null : near.result;

  const items = useMemo(() => itemsOf(view), [view]);
  const lanes = useMemo(() => lanesOf(items, mode), [items, mode]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window is another object each time, its ends are not
  const scale = useMemo(() => {
    const matches = seen !== null && seen.from === window.from && seen.to === window.to;
    const kept = items.flatMap(({ from, to }) => [from, to]);
    const gaps = matches ? idleStretches(window, seen.packets, kept) : [];
    return makeScale(window.from, window.to, width, gaps);
  }, [seen, items, window.from, window.to, width]);

  const show = (next: Stretch | null): void => {
    before.current = [...before.current.slice(-49), window];
    refine({ range: next === null ? null : clampedWindow(next, whole) });
  };
  const goBack = (): void => {
    const last = before.current.pop();
    if (last !== undefined) refine({ range: last.from <= whole.from && last.to >= whole.to ? null : last });
  };
  const span = window.to - window.from;
  const middle = (window.from + window.to) / 2;
  const current = items.find(({ finding }) => finding.id === selected) ?? null;
  const incidents = view.incidents;
  const walk = (step: number): void => {
    const at = incidents.findIndex(({ id }) => id === current?.incident);
    const next = incidents[at < 0 ? (step > 0 ? 0 : incidents.length - 1) : at + step];
    const finding = next?.findings[0];
    if (finding !== undefined) select(finding);
  };
  const frameSelection = (): void => {
    const own = items.filter(({ incident }) => incident !== null && incident === current?.incident);
    if (own.length === 0) return;
    const from = Math.min(...own.map((item) => item.from));
    const to = Math.max(...own.map((item) => item.to));
    const margin = Math.max((to - from) * 0.15, (whole.to - whole.from) / 1000, 0.01);
    show({ from: from - margin, to: to + margin });
  };
  const open = (item: Item): void => {
    if (item.incident !== null) go({ screen: 'incidents', capture, item: item.incident });
  };
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    l: () => setMode(LANE_MODES[(LANE_MODES.indexOf(mode) + 1) % LANE_MODES.length]!),
    t: () => setAsTable(!asTable),
    f: frameSelection,
    '0': () => show(null),
    Backspace: goBack,
    'Alt+ArrowLeft': goBack,
    '+': () => show(zoomed(window, 0.5, middle, whole)),
    '=': () => show(zoomed(window, 0.5, middle, whole)),
    '-': () => show(zoomed(window, 2, middle, whole)),
    Enter: () => current !== null && open(current),
    Escape: () => select(null),
  });
  const moved = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowLeft' ? -0.2 : event.key === 'ArrowRight' ? 0.2 : 0;
    if (step === 0 || event.altKey) return;
    event.preventDefault();
    refine({ range: clampedWindow({ from: window.from + span * step, to: window.to + span * step }, whole) });
  };

  const said = words.range(clock.time(start + window.from, 3), clock.time(start + window.to, 3));
  return (
    <section className="timeline" aria-label={words.title} onKeyDown={moved}>
      <p className="silent" role="status">
        {said} ({clock.zone})
      </p>
      <p className="silent">{words.keys}</p>
      <div className="timeline-heads">
        <div className="strip-head strong">{words.traffic}</div>
        <div className="axis-head">
          <span className="mut">{words.lanes}</span>
          <select
            className="field"
            aria-label={words.lanes}
            value={mode}
            onChange={(event) => setMode(event.target.value as LaneMode)}
          >
            {LANE_MODES.map((name) => (
              <option key={name} value={name}>
                {words.mode[name]}
              </option>
            ))}
          </select>
          <kbd>L</kbd>
        </div>
        {asTable
          ? null
          : lanes.map((lane) => (
              <div key={lane.key} className="lane-head">
                {lane.technique === null ? null : <Mark technique={lane.technique} confidence="confirmed" />}
                <LaneName lane={lane} />
                <span className="mut">{number(lane.items.length)}</span>
              </div>
            ))}
        {asTable ? null : (
          <div className="lane-head">
            <svg className="mark" viewBox="0 0 18 18" aria-hidden="true">
              <path d="M0 9h12M11 4.6 18 9l-7 4.4Z" stroke="currentColor" strokeWidth="1.6" fill="currentColor" />
            </svg>
            <span>{words.worked}</span>
            <span className="mut small">
              {words.workedApp}
              <br />
              {words.workedOther}
            </span>
          </div>
        )}
      </div>
      <div className="timeline-picture ltr" ref={holder}>
        {width === 0 ? null : (
          <>
            <Strip
              whole={whole}
              window={window}
              width={width}
              counts={strip?.bytes ?? EMPTY}
              lanes={lanes}
              clock={clock}
              start={start}
              show={show}
            />
            {asTable ? null : (
              <Picture
                scale={scale}
                lanes={lanes}
                seen={seen}
                clock={clock}
                start={start}
                window={window}
                whole={whole}
                current={current}
                reading={view.state === 'reading'}
                reached={view.progress.reached}
                show={show}
                select={select}
                open={open}
              />
            )}
          </>
        )}
      </div>
      {asTable ? (
        <Twin
          items={items}
          window={window}
          clock={clock}
          start={start}
          selected={selected}
          select={select}
          open={open}
        />
      ) : null}
      <div className="timeline-foot">
        <button type="button" className="button quiet" onClick={() => setAsTable(!asTable)}>
          {asTable ? words.picture : words.table} <kbd>T</kbd>
        </button>
        {range === null ? null : (
          <>
            <button type="button" className="button quiet" onClick={goBack}>
              {words.back} <kbd>⌫</kbd>
            </button>
            <button type="button" className="button quiet" onClick={() => show(null)}>
              {words.whole} <kbd>0</kbd>
            </button>
          </>
        )}
        <span className="space" />
        <span className="mut">
          {current === null ? null : (
            <>
              {engine.technique[current.finding.techniques[0]!].name}{' '}
              <bdi>{current.finding.target.domain ?? current.finding.target.address}</bdi>
            </>
          )}
        </span>
      </div>
    </section>
  );
}

function LaneName({ lane }: { readonly lane: Lane }) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  if (lane.technique !== null) return <span>{engine.technique[lane.technique].name}</span>;
  return lane.key === '' ? <span>{words.others}</span> : <bdi className="m">{lane.key}</bdi>;
}

interface StripProps {
  readonly whole: Stretch;
  readonly window: Stretch;
  readonly width: number;
  readonly counts: Uint32Array;
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly start: number;
  readonly show: (window: Stretch | null) => void;
}

/** Traffic over the whole capture, a row of two pixels for each lane, and the window as a brush. */
function Strip({ whole, window, width, counts, lanes, clock, start, show }: StripProps) {
  const scale = makeScale(whole.from, whole.to, width);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const at = (event: PointerEvent<SVGSVGElement>): number => event.nativeEvent.offsetX;
  const shown = drag === null ? { from: scale.x(window.from), to: scale.x(window.to) } : drag;
  const left = Math.min(shown.from, shown.to);
  const right = Math.max(shown.from, shown.to);
  const rows = lanes.slice(0, 8);
  return (
    <svg
      className="strip"
      width={width}
      height={STRIP}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: at(event), to: at(event) });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: at(event) })}
      onPointerUp={() => {
        if (drag === null) return;
        setDrag(null);
        const span = window.to - window.from;
        const centre = scale.time(drag.to);
        if (Math.abs(drag.to - drag.from) < 4) show({ from: centre - span / 2, to: centre + span / 2 });
        else show({ from: scale.time(Math.min(drag.from, drag.to)), to: scale.time(Math.max(drag.from, drag.to)) });
      }}
    >
      <path className="density" d={densityPath(counts, width, 22)} transform="translate(0 2)" />
      {rows.map((lane, row) => (
        <path
          key={lane.key}
          className={`strip-row family-${familyOf(lane.technique)}`}
          d={lane.items
            .map(
              ({ from, to }) =>
                `M${scale.x(from).toFixed(1)} ${27 + row * 2}h${Math.max(2, scale.x(to) - scale.x(from)).toFixed(1)}`,
            )
            .join('')}
        />
      ))}
      <rect className="brush" x={left} y={0} width={Math.max(right - left, 1)} height={STRIP} />
      <path className="brush-edge" d={`M${left} 0v${STRIP}M${right} 0v${STRIP}`} />
      <path className="brush-grip" d={`M${left - 2} 13h4v14h-4ZM${right - 2} 13h4v14h-4Z`} />
      <text x={4} y={11} className="mut">
        {clock.time(start + whole.from)}
      </text>
    </svg>
  );
}

interface PictureProps {
  readonly scale: Scale;
  readonly lanes: readonly Lane[];
  readonly seen: {
    readonly from: number;
    readonly to: number;
    readonly worked: readonly { lane: string; counts: Uint32Array }[];
  } | null;
  readonly clock: Clock;
  readonly start: number;
  readonly window: Stretch;
  readonly whole: Stretch;
  readonly current: Item | null;
  readonly reading: boolean;
  readonly reached: number;
  readonly show: (window: Stretch | null) => void;
  readonly select: (finding: string | null) => void;
  readonly open: (item: Item) => void;
}

interface Hover {
  readonly mark: Placed;
  readonly top: number;
  readonly pinned: boolean;
}

function Picture(props: PictureProps) {
  const { scale, lanes, seen, clock, start, window, whole, current, reading, reached, show, select, open } = props;
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const marks = useMemo(() => lanes.map((lane) => placed(lane, scale)), [lanes, scale]);
  const { ticks, digits } = axisTicks(scale, start);
  const height = AXIS + (lanes.length + 1) * LANE;
  const worked = seen === null ? null : workedMarks(seen, scale);

  // React listens to the wheel passively, which cannot keep the page from scrolling
  const wheel = useRef<(event: WheelEvent) => void>(() => {});
  wheel.current = (event) => {
    event.preventDefault();
    const span = window.to - window.from;
    if (event.shiftKey) {
      const by = ((event.deltaY || event.deltaX) / 800) * span;
      show(clampedWindow({ from: window.from + by, to: window.to + by }, whole));
    } else show(zoomed(window, event.deltaY > 0 ? 1.25 : 0.8, scale.time(event.offsetX), whole));
  };
  useEffect(() => {
    const element = svg.current;
    const listener = (event: WheelEvent): void => wheel.current(event);
    element?.addEventListener('wheel', listener, { passive: false });
    return () => element?.removeEventListener('wheel', listener);
  }, []);

  const own =
    current === null
      ? []
      : lanes
          .flatMap(({ items }) => items)
          .filter(({ incident, finding }) =>
            current.incident === null ? finding === current.finding : incident === current.incident,
          );
  const enter = (mark: Placed, top: number): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(
      () => setHover((before) => (before?.pinned === true ? before : { mark, top, pinned: false })),
      HOVER_MS,
    );
  };
  const leave = (): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    setHover((before) => (before?.pinned === true ? before : null));
  };
  const roving =
    current !== null && marks.flat().some(({ items }) => items.includes(current))
      ? current
      : (marks.flat()[0]?.items[0] ?? null);

  return (
    <div className="lanes">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing whose marks are buttons */}
      <svg
        ref={svg}
        role="group"
        aria-label={words.title}
        width={scale.width}
        height={height}
        onPointerDown={(event) => {
          if ((event.target as Element).closest('.timeline-mark') !== null) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setHover(null);
          setDrag({ from: event.nativeEvent.offsetX, to: event.nativeEvent.offsetX });
        }}
        onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: event.nativeEvent.offsetX })}
        onPointerUp={() => {
          if (drag !== null && Math.abs(drag.to - drag.from) > 4)
            show({ from: scale.time(Math.min(drag.from, drag.to)), to: scale.time(Math.max(drag.from, drag.to)) });
          else if (drag !== null) select(null);
          setDrag(null);
        }}
      >
        <rect className="ground" width={scale.width} height={height} />
        <path className="grid-line" d={ticks.map(({ x }) => `M${x.toFixed(1)} ${AXIS}V${height}`).join('')} />
        <path
          className="grid-line"
          d={[...lanes, null].map((_, row) => `M0 ${AXIS + row * LANE}h${scale.width}`).join('')}
        />
        {ticks.map(({ time, x }) => (
          <text
            key={time}
            x={Math.min(Math.max(x, 0), scale.width)}
            y={AXIS - 6}
            textAnchor={x < 30 ? 'start' : x > scale.width - 30 ? 'end' : 'middle'}
            className={digits === 0 ? 'strong' : 'mut'}
          >
            {clock.time(start + time, digits)}
          </text>
        ))}
        <text x={scale.width} y={AXIS - 22} textAnchor="end" className="mut">
          {clock.day(start + window.from)} {clock.zone}
        </text>
        {reading ? (
          <g className="now">
            <rect
              x={scale.x(reached)}
              y={AXIS}
              width={Math.max(0, scale.width - scale.x(reached))}
              height={height - AXIS}
            />
            <path d={`M${scale.x(reached)} ${AXIS - 14}V${height}`} />
          </g>
        ) : null}
        {current === null ? null : <path className="guide" d={`M${scale.x(current.from)} ${AXIS - 14}V${height}`} />}
        {marks.map((row, lane) => (
          <g key={lanes[lane]!.key} transform={`translate(0 ${AXIS + lane * LANE})`}>
            {row.map((mark) => (
              <MarkInLane
                key={`${mark.items[0]!.finding.id}`}
                mark={mark}
                current={current}
                tabbable={roving !== null && mark.items.includes(roving)}
                name={`${mark.technique === null ? '' : engine.technique[mark.technique].name} ${mark.label}, ${engine.confidence[mark.confidence].word}, ${clock.time(start + mark.items[0]!.from, 3)} ${clock.zone}${mark.items.length > 1 ? `, ${words.times(String(mark.items.length))}` : ''}`}
                enter={() => enter(mark, AXIS + lane * LANE)}
                leave={leave}
                choose={() => {
                  select(mark.items[0]!.finding.id);
                  setHover({ mark, top: AXIS + lane * LANE, pinned: true });
                }}
                open={() => open(mark.items[0]!)}
              />
            ))}
            {bracket(own, lanes[lane]!, scale)}
          </g>
        ))}
        <g className="worked" transform={`translate(0 ${AXIS + lanes.length * LANE})`}>
          {worked === null ? null : (
            <>
              <path className="worked-app" d={worked.app} />
              <path className="worked-other" d={worked.other} />
            </>
          )}
        </g>
        {scale.folds.map((fold) => (
          <g key={fold.from} className="fold">
            <rect x={fold.x} y={AXIS - 14} width={fold.width} height={height - AXIS + 14} />
            <path d={`M${fold.x} ${AXIS - 14}V${height}M${fold.x + fold.width} ${AXIS - 14}V${height}`} />
            <text
              transform={`translate(${fold.x + fold.width / 2 + 4} ${(AXIS + height) / 2}) rotate(-90)`}
              textAnchor="middle"
            >
              {words.idle(duration(fold.to - fold.from))}
            </text>
          </g>
        ))}
        {current === null ? null : (
          <text
            className="guide-time"
            x={Math.min(Math.max(scale.x(current.from), 40), scale.width - 40)}
            y={AXIS - 30}
            textAnchor="middle"
          >
            {clock.time(start + current.from, 3)}
          </text>
        )}
        {drag === null ? null : (
          <rect
            className="brush"
            x={Math.min(drag.from, drag.to)}
            y={AXIS - 14}
            width={Math.abs(drag.to - drag.from)}
            height={height}
          />
        )}
      </svg>
      {hover === null ? null : <Card hover={hover} scale={scale} close={() => setHover(null)} open={open} />}
    </div>
  );
}

/** Under all findings of the incident that is selected, in this lane. */
function bracket(own: readonly Item[], lane: Lane, scale: Scale) {
  const here = own.filter((item) => lane.items.includes(item));
  if (here.length < 2) return null;
  const left = Math.max(0, scale.x(Math.min(...here.map(({ from }) => from))));
  const right = Math.min(scale.width, scale.x(Math.max(...here.map(({ from }) => from))));
  return right <= left ? null : <path className="bracket" d={`M${left} ${LANE - 8}v5H${right}v-5`} />;
}

interface MarkProps {
  readonly mark: Placed;
  readonly current: Item | null;
  readonly tabbable: boolean;
  readonly name: string;
  readonly enter: () => void;
  readonly leave: () => void;
  readonly choose: () => void;
  readonly open: () => void;
}

function MarkInLane({ mark, current, tabbable, name, enter, leave, choose, open }: MarkProps) {
  const { x, items, technique, confidence, end, ticks, label, shows } = mark;
  const words = useWords(timelineWords);
  const chosen = current !== null && items.includes(current);
  const ref = useRef<SVGGElement>(null);
  useEffect(() => {
    // The keys that walk the incidents take the focus along
    if (chosen && document.activeElement?.closest('.timeline-mark') != null) ref.current?.focus();
  }, [chosen]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons inside drawings
    <g
      ref={ref}
      className={`timeline-mark family-${familyOf(technique)}`}
      role="button"
      tabIndex={tabbable ? 0 : -1}
      aria-label={name}
      aria-pressed={chosen}
      onPointerEnter={enter}
      onPointerLeave={leave}
      onClick={choose}
      onDoubleClick={open}
      onKeyDown={(event) => {
        if (event.key === 'Enter') open();
        else if (event.key === ' ') choose();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {end === null ? null : <path className={`lasting ${confidence}`} d={`M${x} 22H${end}M${end} 17v10`} />}
      <rect className="hit" x={x - 12} y={10} width={24} height={24} />
      {chosen ? <rect className="ring" x={x - 13} y={9} width={26} height={26} rx={4} /> : null}
      <g transform={`translate(${x} 22)`}>
        <MarkShape technique={technique} confidence={confidence} />
      </g>
      {shows.ticks ? <path className="single" d={ticks.map((at) => `M${at.toFixed(1)} 35v5`).join('')} /> : null}
      {shows.count || shows.label ? (
        <text className="m label" x={x + 13} y={end === null ? 26 : 15}>
          {shows.count ? <tspan className="strong">{words.times(String(items.length))} </tspan> : null}
          {shows.label ? label : null}
        </text>
      ) : null}
    </g>
  );
}

const CARD = 320;

function Card({
  hover,
  scale,
  close,
  open,
}: {
  readonly hover: Hover;
  readonly scale: Scale;
  readonly close: () => void;
  readonly open: (item: Item) => void;
}) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const { mark, top, pinned } = hover;
  const item = mark.items[0]!;
  const { finding } = item;
  const { target } = finding;
  const frames = frameRuns([...finding.frames.trigger, ...finding.frames.forged, ...finding.frames.affected], 4);
  const strongest = finding.evidence.find(({ role }) => role === 'supports');
  // Beside the mark and never over it
  const left = mark.x + 24 + CARD < scale.width ? mark.x + 24 : Math.max(0, mark.x - 24 - CARD);
  const direction = document.documentElement.dir;
  return (
    <div className="float card" dir={direction} style={{ left, top: top + LANE - 2, inlineSize: CARD }}>
      <p className="strong">
        {mark.technique === null ? null : <Mark technique={mark.technique} confidence={mark.confidence} />}{' '}
        {mark.technique === null ? null : engine.technique[mark.technique].name}
        {mark.items.length > 1 ? ` ${words.times(String(mark.items.length))}` : ''}
      </p>
      <p>
        <bdi className="m">
          {target.domain === null ? '' : `${target.domain} · `}
          {hostPort(target.address, target.port)}
        </bdi>
      </p>
      <p className="sec">
        <span className="strong">{engine.confidence[finding.confidence].word}.</span>{' '}
        {strongest === undefined ? null : sentence(engine, 'evidence', strongest.kind, strongest.params)}
      </p>
      <p className="mut card-foot">
        {words.frames} <bdi className="m ltr">{frames.text}</bdi>
        <span className="space" />
        {pinned ? (
          <button type="button" className="button quiet" onClick={() => open(item)}>
            <kbd>↵</kbd> {words.open}
          </button>
        ) : (
          <span>
            <kbd>↵</kbd> {words.open}
          </span>
        )}
        {pinned ? (
          <button type="button" className="button quiet" aria-label="Esc" onClick={close}>
            <kbd>Esc</kbd>
          </button>
        ) : null}
      </p>
    </div>
  );
}

interface TwinProps {
  readonly items: readonly Item[];
  readonly window: Stretch;
  readonly clock: Clock;
  readonly start: number;
  readonly selected: string | null;
  readonly select: (finding: string | null) => void;
  readonly open: (item: Item) => void;
}

const TWIN_ROWS = 1_000;

/** The same findings as a table. */
function Twin({ items, window, clock, start, selected, select, open }: TwinProps) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const shown = items.filter(({ from, to }) => to >= window.from && from <= window.to);
  if (shown.length === 0) return <p className="sec twin">{words.none}</p>;
  return (
    <table className="twin">
      <thead>
        <tr>
          <th scope="col" className="num">{`${words.columns.time} (${clock.zone})`}</th>
          <th scope="col" className="num">
            {words.columns.until}
          </th>
          <th scope="col">{words.columns.technique}</th>
          <th scope="col">{words.columns.target}</th>
          <th scope="col">{words.columns.confidence}</th>
          <th scope="col">{words.columns.incident}</th>
        </tr>
      </thead>
      <tbody>
        {shown.slice(0, TWIN_ROWS).map((item) => (
          <tr key={item.finding.id} aria-selected={item.finding.id === selected}>
            <td className="num">
              <bdi className="m">{clock.time(start + item.from, 3)}</bdi>
            </td>
            <td className="num">
              <bdi className="m">{clock.time(start + item.to, 3)}</bdi>
            </td>
            <td>
              <Mark
                technique={TECHNIQUES.find((name) => name === item.finding.techniques[0]) ?? null}
                confidence={item.finding.confidence}
              />{' '}
              {engine.technique[item.finding.techniques[0]!].name}
            </td>
            <td>
              <bdi className="m">
                {item.finding.target.domain ?? hostPort(item.finding.target.address, item.finding.target.port)}
              </bdi>
            </td>
            <td>{engine.confidence[item.finding.confidence].word}</td>
            <td>
              <button
                type="button"
                className="button quiet"
                onFocus={() => select(item.finding.id)}
                onClick={() => open(item)}
              >
                <bdi>{item.incident ?? item.finding.id}</bdi>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Width of an element in whole pixels, 0 until it is known. */
function useWidth(): [(element: HTMLDivElement | null) => void, number] {
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}

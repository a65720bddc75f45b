// Findings over time: a strip of all traffic above, a lane for each technique, target, network or flow, and below them
// what worked. Every action has a key, the range stands in the address, and the same is there as a table.

import './timeline.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { MAX_BINS } from '../../../shared/contract/service.ts';
import { route } from '../../app/route.ts';
import { useApp, useCall, useKeys, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { follow, useFollowing } from '../capture/follow.ts';
import { useIsRunning } from '../capture/live.ts';
import { networkName, useNetworks } from '../networks/known.ts';
import { CreditOfShown } from '../networks/networks.tsx';
import { backStackOf } from './back.ts';
import { addressesOf, type Item, itemsOf, LANE_MODES, type Lane, type LaneMode, lanesOf } from './lanes.ts';
import { Picture } from './picture.tsx';
import { clampedWindow, growing, idleStretches, makeScale, type Stretch, settledWindow, zoomed } from './scale.ts';
import { Strip } from './strip.tsx';
import { wholeOf, workedCounts } from './traffic.ts';
import { Twin } from './twin.tsx';
import { timelineWords } from './words.ts';

/** Browsers refuse addresses that change too often: a moving window is written down when it rests. */
const REST_MS = 160;
const PAN = 0.2;
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
  const client = useApp((state) => state.client);
  const go = useRoute((state) => state.go);
  const refine = useRoute((state) => state.refine);
  const range = useRoute((state) => state.range);
  const filter = useRoute((state) => state.filter);
  const start = epochSeconds(view.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const [mode, setMode] = useState<LaneMode>('technique');
  const [asTable, setAsTable] = useState(false);
  const [holder, width] = useWidth();
  const stack = backStackOf(capture);
  const [turn, slide] = useState(0);

  const isLive = useIsRunning(capture);
  const follows = useFollowing(capture) && isLive;
  const { from: wholeFrom, to: wholeTo } = isLive ? growing(wholeOf(view)) : wholeOf(view);
  const whole = useMemo(() => ({ from: wholeFrom, to: wholeTo }), [wholeFrom, wholeTo]);
  const settled = useMemo(() => settledWindow(range, whole, follows), [range, whole, follows]);
  const { moving, moveTo, rest } = useMoving((window) => refine({ range: rangeOf(window, whole) }));
  const window = moving ?? settled;

  const bins = Math.max(1, Math.min(MAX_BINS, Math.round(width)));
  // While reading goes on the picture is asked for twice a second, not with every update
  const revision = `${view.state} ${Math.floor(view.progress.elapsed * 2)}`;
  const asked = { capture, bins, lanes: 'surface' } as const;
  const all = useCall('timeline.bins', width === 0 ? null : { ...asked, ...whole }, revision);
  const near = useCall('timeline.bins', width === 0 ? null : { ...asked, ...settled }, revision);
  const strip = all.state === 'failed' ? null : all.result;
  const nearest = near.state === 'failed' ? null : near.result;
  const covers = nearest !== null && nearest.from <= window.from && nearest.to >= window.to;
  const seen = covers ? nearest : strip;

  const items = useMemo(() => itemsOf(view), [view]);
  const asNetworks = useMemo(() => (mode === 'network' ? addressesOf(items) : []), [items, mode]);
  const networks = useNetworks(asNetworks);
  const lanes = useMemo(() => {
    const nameOf = (address: string): string | null => {
      const entry = networks.get(address);
      return entry === undefined ? null : networkName(entry);
    };
    return lanesOf(items, mode, nameOf);
  }, [items, mode, networks]);
  const kept = useMemo(() => items.flatMap(({ from, to }) => [from, to]), [items]);
  const { reached } = view.progress;
  const past = isLive ? Math.floor(reached * 2) / 2 : Number.POSITIVE_INFINITY;
  const scale = useMemo(() => {
    const shown = { from: window.from, to: window.to };
    const all = seen === null ? [] : idleStretches(shown, seen, kept);
    // What has not happened yet is not idle
    const gaps = all.filter(({ to }) => to <= past);
    return makeScale(shown.from, shown.to, width, gaps);
  }, [seen, kept, window.from, window.to, width, past]);

  const stays = (next: Stretch): boolean => next.from === window.from && next.to === window.to;
  const holdStill = (): void => {
    if (isLive) follow(capture, false);
  };
  // What is held still is a range of its own: the whole grows on
  // biome-ignore lint/correctness/useExhaustiveDependencies: when following begins or ends
  useEffect(() => {
    if (isLive && !follows && route.getState().range === null) refine({ range: whole });
    if (follows && route.getState().range?.from === 0) refine({ range: null });
  }, [follows, isLive]);
  const show = (next: Stretch | null): void => {
    if (isLive) follow(capture, next === null);
    if (stays(next === null ? whole : clampedWindow(next, whole))) return;
    stack.leave(range, false, performance.now());
    rest();
    slide(turn + 1);
    refine({ range: next === null ? null : rangeOf(clampedWindow(next, whole), whole) });
  };
  const move = (next: Stretch): void => {
    holdStill();
    if (stays(next)) return;
    stack.leave(range, true, performance.now());
    moveTo(next);
  };
  const goBack = (): void => {
    holdStill();
    const last = stack.back();
    rest();
    slide(turn + 1);
    refine({ range: last ?? null });
  };
  const span = window.to - window.from;
  const middle = (window.from + window.to) / 2;
  const current = useMemo(() => items.find(({ finding }) => finding.id === selected) ?? null, [items, selected]);
  const { incidents } = view;
  const walk = (step: number): void => {
    const at = incidents.findIndex(({ id }) => id === current?.incident);
    const next = incidents[at < 0 ? (step > 0 ? 0 : incidents.length - 1) : at + step];
    const finding = items.find((item) => item.incident === next?.id);
    if (finding === undefined) return;
    select(finding.finding.id);
    // What is chosen comes into sight
    if (finding.to < window.from || finding.from > window.to)
      show({ from: finding.from - span / 2, to: finding.from + span / 2 });
  };
  const frameSelection = (): void => {
    const own = items.filter((item) =>
      current?.incident == null ? item === current : item.incident === current.incident,
    );
    if (own.length === 0) return;
    const from = Math.min(...own.map((item) => item.from));
    const to = Math.max(...own.map((item) => item.to));
    const margin = Math.max((to - from) * 0.15, (whole.to - whole.from) / 1000, 0.01);
    show({ from: from - margin, to: to + margin });
  };
  const open = (item: Item): void => {
    if (item.incident !== null) go({ screen: 'incidents', capture, item: item.incident });
  };
  const pause = (): void => {
    if (isLive) follow(capture, !follows);
    else if (view.state === 'reading') void client.call('capture.pause', { capture });
    else if (view.state === 'paused') void client.call('capture.resume', { capture });
  };
  const zoom = (factor: number) => (): void => show(zoomed(window, factor, middle, whole));
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    l: () => setMode(LANE_MODES[(LANE_MODES.indexOf(mode) + 1) % LANE_MODES.length]!),
    t: () => setAsTable(!asTable),
    f: frameSelection,
    '0': () => show(null),
    Backspace: goBack,
    'Alt+ArrowLeft': goBack,
    '+': zoom(0.5),
    '=': zoom(0.5),
    '-': zoom(2),
    ...(view.state === 'reading' || view.state === 'paused' ? { ' ': (event) => ofControl(event) || pause() } : {}),
    Enter: (event) => ofControl(event) || (current !== null && open(current)),
    Escape: () => select(null),
    ArrowLeft: () => move(clampedWindow({ from: window.from - span * PAN, to: window.to - span * PAN }, whole)),
    ArrowRight: () => move(clampedWindow({ from: window.from + span * PAN, to: window.to + span * PAN }, whole)),
  });
  const counts = useMemo(
    () => (asTable && seen !== null ? workedCounts(seen, { from: window.from, to: window.to }) : null),
    [asTable, seen, window.from, window.to],
  );

  const said = words.range(clock.time(start + settled.from, 3), clock.time(start + settled.to, 3));
  return (
    <section className="timeline" aria-label={words.title}>
      <p className="silent" role="status">
        {said} ({clock.zone}){' '}
        {current === null
          ? null
          : words.selected(
              engine.technique[current.finding.techniques[0]!].name,
              current.finding.target.domain ?? current.finding.target.address,
              clock.time(start + current.from, 3),
            )}
      </p>
      <p className="silent">{words.keys}</p>
      <div className="timeline-heads">
        <div className="strip-head strong">{words.traffic}</div>
        <div className="axis-head">
          <span className="mut">{words.lanes}</span>
          <select
            className="lane-mode"
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
        {asTable ? null : <LaneHeads lanes={lanes} />}
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
              move={move}
              show={show}
            />
            {asTable ? null : (
              <Picture
                scale={scale}
                turn={turn}
                lanes={lanes}
                seen={seen}
                clock={clock}
                start={start}
                window={window}
                whole={whole}
                current={current}
                reading={view.state === 'reading' || view.state === 'paused'}
                reached={reached}
                show={show}
                move={move}
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
          window={settled}
          worked={counts}
          clock={clock}
          start={start}
          selected={selected}
          open={open}
        />
      ) : null}
      {mode === 'network' && !asTable ? (
        <div className="timeline-foot">
          <CreditOfShown />
        </div>
      ) : null}
      {items.length === 0 && filter !== '' ? (
        <p className="timeline-foot">
          <span className="sec">{words.filteredOut}</span>
          <button type="button" className="button" onClick={() => refine({ filter: '' })}>
            {words.clearFilter}
          </button>
        </p>
      ) : null}
      <div className="timeline-foot">
        <button type="button" className="button quiet" onClick={() => setAsTable(!asTable)}>
          {asTable ? words.picture : words.table} <kbd>T</kbd>
        </button>
        {range === null ? null : (
          <>
            <button type="button" className="button quiet" onClick={goBack}>
              {words.back} <kbd>Backspace</kbd>
            </button>
            <button type="button" className="button quiet" onClick={() => show(null)}>
              {words.whole} <kbd>0</kbd>
            </button>
          </>
        )}
        <span className="space" />
        {current === null ? null : (
          <>
            <span className="mut">
              {engine.technique[current.finding.techniques[0]!].name}{' '}
              <bdi>{current.finding.target.domain ?? current.finding.target.address}</bdi>
            </span>
            <button type="button" className="button quiet" onClick={frameSelection}>
              {words.frame} <kbd>F</kbd>
            </button>
            {current.incident === null ? null : (
              <button type="button" className="button quiet" onClick={() => open(current)}>
                <kbd>Enter</kbd> {words.open}
              </button>
            )}
          </>
        )}
        <span className="silent">{number(items.length)}</span>
      </div>
    </section>
  );
}

/** A link or button that has the focus does its own, and the key is used up. */
function ofControl(event: KeyboardEvent): boolean {
  const control = (event.target as Element | null)?.closest<HTMLElement>('a, button, summary') ?? null;
  control?.click();
  return control !== null;
}

/** Null where it is the whole capture. */
function rangeOf(window: Stretch, whole: Stretch): Stretch | null {
  return window.from <= whole.from && window.to >= whole.to ? null : window;
}

/** A window under the hand or the wheel: shown at once, handed on when it rests. */
function useMoving(settle: (window: Stretch) => void): {
  readonly moving: Stretch | null;
  readonly moveTo: (window: Stretch) => void;
  /** Gives up where it was going. */
  readonly rest: () => void;
} {
  const [moving, setMoving] = useState<Stretch | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const latest = useRef(settle);
  latest.current = settle;
  const stop = (): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, at the end
  useEffect(() => stop, []);
  return {
    moving,
    moveTo: (window) => {
      stop();
      setMoving(window);
      timer.current = setTimeout(() => {
        latest.current(window);
        setMoving(null);
      }, REST_MS);
    },
    rest: () => {
      stop();
      setMoving(null);
    },
  };
}

function LaneHeads({ lanes }: { readonly lanes: readonly Lane[] }) {
  const words = useWords(timelineWords);
  const number = useNumber();
  return (
    <>
      {lanes.map((lane) => (
        <div key={lane.key} className="lane-head">
          {lane.technique === null ? null : <Mark technique={lane.technique} confidence="confirmed" />}
          <LaneName lane={lane} />
          <span className="mut">{number(lane.items.length)}</span>
        </div>
      ))}
      <div className="lane-head">
        <svg className="mark ltr" viewBox="0 0 18 18" aria-hidden="true">
          <path d="M0 9h12M11 4.6 18 9l-7 4.4Z" stroke="currentColor" strokeWidth="1.6" fill="currentColor" />
        </svg>
        <span>{words.worked}</span>
        <span className="mut small">
          {words.workedApp}
          <br />
          {words.workedOther}
        </span>
      </div>
    </>
  );
}

function LaneName({ lane }: { readonly lane: Lane }) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  if (lane.technique !== null) {
    const { name } = engine.technique[lane.technique];
    return <span title={name}>{name}</span>;
  }
  return lane.key === '' ? (
    <span>{words.others}</span>
  ) : (
    <bdi className="m" title={lane.key}>
      {lane.key}
    </bdi>
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

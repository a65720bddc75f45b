// The ladder as it is drawn: time goes down, client left, server right, a suspected injector between them. Only the rows
// in view exist.

import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { PacketRow } from '../../../shared/contract/service.ts';
import type { Confidence, Technique } from '../../../shared/domain/vocabulary.ts';
import { visible } from '../../ui/format.ts';
import { useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { MarkShape } from '../../ui/mark.tsx';
import { byteSize, duration, useNumber } from '../../ui/moment.ts';
import { ForgedTag, type Forgery, useForgery } from './forged.tsx';
import { arrowText, type LadderItem, type Reading, readings, sinceText } from './ladder.ts';
import { PAGE } from './packets.ts';
import { flowWords } from './words.ts';

const X = { client: 20, injector: 178, server: 292 };
const WIDTH = 312;
const HEIGHT = { packet: 40, run: 32, pause: 28, gap: 32 };

export interface Heads {
  readonly client: string;
  readonly injector: string;
  readonly server: string;
}

interface Props {
  readonly capture: string;
  readonly items: readonly LadderItem[];
  readonly packets: readonly PacketRow[];
  /** Offset of the flow's first packet. */
  readonly start: number;
  /** What stands under the names of the lifelines. */
  readonly heads: Heads;
  readonly technique: Technique;
  readonly confidence: Confidence;
  readonly reading: boolean;
  readonly readGap: (index: number) => void;
  readonly openRun: (index: number, count: number) => void;
}

export function Ladder(props: Props) {
  const { capture, items, packets, start, heads, reading, readGap, openRun } = props;
  const words = useWords(flowWords);
  const go = useRoute((state) => state.go);
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const said = useMemo(() => readings(packets), [packets]);
  const forgeryOfPacket = useForgery(capture);
  const hasForged = packets.some(({ role }) => role === 'forged');
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHT[items[index]!.kind],
    getItemKey: (index) => `${items[index]!.kind} ${items[index]!.index}`,
    overscan: 12,
  });
  const moveTo = (to: number): void => {
    const next = Math.max(0, Math.min(items.length - 1, to));
    setCurrent(next);
    virtual.scrollToIndex(next);
    // The row may not exist before it was scrolled to
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  const enter = (item: LadderItem | undefined): void => {
    if (item?.kind === 'packet') go({ screen: 'packets', capture, item: String(item.packet.frame) });
    else if (item?.kind === 'run') openRun(item.index, item.count);
    else if (item?.kind === 'gap') readGap(item.index);
  };
  const pressed = (event: KeyboardEvent): void => {
    const steps: { readonly [key: string]: number } = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + 10,
      PageUp: current - 10,
      Home: 0,
      End: items.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) moveTo(to);
    // A button in the row answers Enter itself
    else if (event.key === 'Enter' && (event.target as HTMLElement).tagName !== 'BUTTON') enter(items[current]);
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows out of view do not exist, which table elements cannot say
    <div className="ladder ltr" role="grid" aria-label={words.tabs.ladder} aria-rowcount={items.length + 1}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its cells say what the columns are */}
      <div className="rung ladder-head" role="row" aria-rowindex={1}>
        <Head text={words.frame} />
        <Head text={words.seconds} numeric />
        <Head text={words.since} numeric />
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
        <div className="lifelines" role="columnheader">
          <Lifeline x={X.client} name={words.client} below={heads.client} side="start" />
          {hasForged ? <Lifeline x={X.injector} name={words.injector} below={heads.injector} side="middle" /> : null}
          <Lifeline x={X.server} name={words.server} below={heads.server} side="end" />
        </div>
        <Head text="TTL" numeric />
        <Head text="IP ID" numeric />
        <Head text={words.window} numeric />
        <Head text={words.reading} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className="ladder-rows" role="rowgroup" ref={scroller} onKeyDown={pressed}>
        <div style={{ blockSize: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {virtual.getVirtualItems().map((row) => {
            const item = items[row.index]!;
            const forgery = item.kind === 'packet' ? forgeryOfPacket(item.packet) : null;
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useKeyWithClickEvents: the row group hears the keys
              <div
                key={row.key}
                role="row"
                aria-rowindex={row.index + 2}
                aria-selected={row.index === current}
                data-row={row.index}
                tabIndex={row.index === current ? 0 : -1}
                className={`rung rung-${item.kind} ${forgery === 'forged' ? 'hatch' : ''}`}
                style={{ blockSize: row.size, transform: `translateY(${row.start}px)` }}
                onFocus={() => setCurrent(row.index)}
                onClick={() => setCurrent(row.index)}
                onDoubleClick={() => enter(item)}
              >
                {item.kind === 'packet' ? (
                  <PacketRung
                    {...props}
                    packet={item.packet}
                    since={item.since}
                    start={start}
                    said={said.get(item.packet.frame)}
                    forgery={forgery}
                    hasForged={hasForged}
                  />
                ) : (
                  <Break item={item} hasForged={hasForged} reading={reading} enter={() => enter(item)} />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Head({ text, numeric }: { readonly text: string; readonly numeric?: boolean }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the grid is made of div elements
    // biome-ignore lint/a11y/useFocusableInteractive: nothing to be done with it
    <div role="columnheader" className={numeric === true ? 'num' : undefined}>
      {text}
    </div>
  );
}

function Lifeline({
  x,
  name,
  below,
  side,
}: {
  readonly x: number;
  readonly name: string;
  readonly below: string;
  readonly side: 'start' | 'middle' | 'end';
}) {
  return (
    <span className={`lifeline ${side}`} style={{ left: x }}>
      <b>{name}</b>
      <em>{below}</em>
    </span>
  );
}

function Lives({ height, hasForged }: { readonly height: number; readonly hasForged: boolean }) {
  return (
    <>
      <path className="life" d={`M${X.client} 0V${height}M${X.server} 0V${height}`} />
      {hasForged ? <path className="life injector" d={`M${X.injector} 0V${height}`} /> : null}
    </>
  );
}

interface RungProps extends Props {
  readonly packet: PacketRow;
  readonly since: number | null;
  readonly said: Reading | undefined;
  readonly forgery: Forgery | null;
  readonly hasForged: boolean;
}

function PacketRung({ capture, packet, since, start, said, forgery, hasForged, technique, confidence }: RungProps) {
  const words = useWords(flowWords);
  const go = useRoute((state) => state.go);
  const isForged = packet.role === 'forged';
  const toServer = packet.fromClient === true;
  const from = isForged ? X.injector : toServer ? X.client : X.server;
  const to = toServer ? X.server : X.client;
  const tip = to > from ? -9 : 9;
  const { tcp } = packet;
  const info = visible(packet.info);
  return (
    <>
      <Cell className="frame">
        <button
          type="button"
          className="link m"
          tabIndex={-1}
          onClick={() => go({ screen: 'packets', capture, item: String(packet.frame) })}
        >
          {packet.frame}
        </button>
      </Cell>
      <Cell className="m num">{(packet.offset - start).toFixed(4)}</Cell>
      <Cell className="m num mut">{since === null ? '' : `+${sinceText(since)}`}</Cell>
      <Cell className="drawing">
        <svg width={WIDTH} height={HEIGHT.packet} aria-hidden="true">
          <Lives height={HEIGHT.packet} hasForged={hasForged} />
          {isForged ? (
            <>
              <path className="forge" d={`M${from} 14L${to + tip} 25.2M${from} 18L${to + tip} 29.2`} />
              <path className="forge-head" d={`M${to} 27.4l${tip} -5.4l.4 9.6Z`} />
              <g transform={`translate(${from} 15)`}>
                <MarkShape technique={technique} confidence={confidence} />
              </g>
            </>
          ) : (
            <>
              <path className="genuine" d={`M${from} 15L${to + tip * 0.6} 25.7`} />
              <path className="genuine-head" d={`M${to} 26l${tip} -4.6l.4 8.6Z`} />
            </>
          )}
          <text
            className="m strong"
            x={toServer ? from + 12 : from - 12}
            y={11}
            textAnchor={toServer ? 'start' : 'end'}
          >
            {arrowText(packet)}
          </text>
        </svg>
        <span className="silent">
          {`${isForged ? words.injector : toServer ? words.client : words.server} → ${toServer ? words.server : words.client}: ${arrowText(packet)}`}
        </span>
      </Cell>
      <Cell className={isForged ? 'm num strong' : 'm num'}>{packet.ttl ?? ''}</Cell>
      <Cell className="m num">{packet.ipId === null ? '' : packet.ipId.toString(16).padStart(4, '0')}</Cell>
      <Cell className="m num">{tcp?.window ?? ''}</Cell>
      <Cell className="says">
        <span>
          <ForgedTag forgery={forgery} />
          {packet.role === 'trigger' ? <span className="tag line">{words.role.trigger}</span> : null}
          {tcp?.retransmission === true ? <span className="tag line">{words.again}</span> : null}
          {tcp?.duplicate === true ? <span className="tag line">{words.doubled}</span> : null}
          {packet.captured < packet.length ? <span className="tag line">{words.cutTag}</span> : null}
          {said === undefined ? null : <ReadingText said={said} />}
        </span>
        <span className="m mut" title={info}>
          {info}
        </span>
      </Cell>
    </>
  );
}

function ReadingText({ said }: { readonly said: Reading }) {
  const { says } = useWords(flowWords);
  return <bdi>{readingText(said, says)}</bdi>;
}

type Says = (typeof flowWords)['en']['says'];

/** Times and names are isolated: in Persian they would change places with the words. */
function readingText(said: Reading, says: Says): string {
  switch (said.kind) {
    case 'forged-after':
    case 'away':
    case 'still-there':
    case 'genuine-answer':
      return says[said.kind](isolated(duration(said.seconds)));
    case 'same-bytes':
    case 'client-refuses':
      return says[said.kind];
    case 'hello':
      return said.name === null ? says['hello-unnamed'] : says.hello(isolated(said.name));
    case 'request':
    case 'query':
      return says[said.kind](isolated(said.name));
  }
}

function isolated(text: string): string {
  return `\u2068${visible(text)}\u2069`;
}

function Cell({ className, children }: { readonly className: string; readonly children?: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the grid is made of div elements
    // biome-ignore lint/a11y/useFocusableInteractive: the row is focused
    <div role="gridcell" className={className}>
      {children}
    </div>
  );
}

interface BreakProps {
  readonly item: Exclude<LadderItem, { readonly kind: 'packet' }>;
  readonly hasForged: boolean;
  readonly reading: boolean;
  readonly enter: () => void;
}

/** Time or packets that are not drawn one by one. */
function Break({ item, hasForged, reading, enter }: BreakProps) {
  const words = useWords(flowWords);
  const number = useNumber();
  const height = HEIGHT[item.kind];
  const middle = height / 2;
  const text =
    item.kind === 'pause'
      ? words.pass(duration(item.seconds))
      : item.kind === 'run'
        ? words.run(number(item.count))
        : words.notRead(number(item.count));
  return (
    <>
      <Cell className="frame m mut">
        {item.kind === 'run' && item.firstFrame > 0 ? `${item.firstFrame}–${item.lastFrame}` : ''}
      </Cell>
      <Cell className="m num mut">
        {item.kind === 'run' && item.firstFrame > 0 ? `${duration(item.to - item.from)}` : ''}
      </Cell>
      <Cell className="drawing">
        <svg width={WIDTH} height={height} aria-hidden="true">
          <Lives height={height} hasForged={hasForged} />
          {[X.client, X.server].map((x) => (
            <g key={x}>
              <path className="cover" d={`M${x - 6} ${middle - 5}h12v10h-12Z`} />
              <path className="break" d={`M${x - 5} ${middle - 3}l10 -4m-10 10l10 -4`} />
            </g>
          ))}
          <text className="break-text" x={(X.client + X.server) / 2} y={middle + 4} textAnchor="middle">
            {text}
          </text>
        </svg>
        <span className="silent">{text}</span>
      </Cell>
      <Cell className="break-tools">
        {item.kind === 'run' ? (
          <>
            <button type="button" className="link" tabIndex={-1} onClick={enter}>
              {item.count > PAGE ? words.unfoldSome(number(PAGE)) : words.unfold}
            </button>
            {item.bytes[0] + item.bytes[1] > 0 ? (
              <span className="mut">
                {' '}
                → {byteSize(item.bytes[0])}, ← {byteSize(item.bytes[1])}
              </span>
            ) : null}
          </>
        ) : item.kind === 'gap' ? (
          <button type="button" className="link" tabIndex={-1} disabled={reading} onClick={enter}>
            {reading ? words.readingOn : words.readOn}
          </button>
        ) : null}
      </Cell>
    </>
  );
}

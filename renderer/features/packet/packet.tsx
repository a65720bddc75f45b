// One frame: its fields and bytes, linked both ways, and a forged one beside a genuine one of the same sender.

import './packet.css';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import type { CallResult } from '../../../shared/contract/service.ts';
import { shellWords } from '../../app/words.ts';
import { hostPort, visible } from '../../ui/format.ts';
import { useCall, useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { epochSeconds, useClock } from '../../ui/moment.ts';
import { hexRows } from '../flow/payload.ts';
import { byName, fieldFilter, type Line, lines, openAtFirst, pathTo } from './inspect.ts';
import { packetWords } from './words.ts';

type Packet = CallResult<'packet.get'>;

export function PacketScreen({ capture, frame }: { readonly capture: string; readonly frame: number }) {
  const shell = useWords(shellWords);
  const words = useWords(packetWords);
  const go = useRoute((state) => state.go);
  const asked = useCall('packet.get', { capture, frame });
  useKeys({ Escape: () => go({ screen: 'packets', capture, item: null }) });
  if (asked.state === 'failed') {
    return (
      <div className="empty" role="alert">
        <p>{shell.failure[asked.failure.code]}</p>
        <button type="button" className="button" onClick={() => go({ screen: 'packets', capture, item: null })}>
          {words.packets}
        </button>
      </div>
    );
  }
  const packet = asked.result;
  return packet === null ? null : <OnePacket key={packet.packet.frame} capture={capture} got={packet} />;
}

/** Frames before and after it in the same connection. */
function useNeighbours(
  capture: string,
  got: Packet,
): { readonly previous: number | null; readonly next: number | null } {
  const flow = got.packet.flow;
  const asked = useCall('flow.packets', flow === null ? null : { capture, flow, offset: 0, limit: 500 });
  const frames = asked.state === 'failed' ? [] : (asked.result?.rows ?? []).map(({ frame }) => frame);
  return {
    previous: frames.findLast((frame) => frame < got.packet.frame) ?? null,
    next: frames.find((frame) => frame > got.packet.frame) ?? null,
  };
}

function OnePacket({ capture, got }: { readonly capture: string; readonly got: Packet }) {
  const words = useWords(packetWords);
  const go = useRoute((state) => state.go);
  const view = useView(capture);
  const start = epochSeconds(view?.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const { packet, fields, bytes } = got;
  const [open, setOpen] = useState(() => openAtFirst(fields));
  const [selected, select] = useState<string | null>(null);
  const [hovered, hover] = useState<FieldNode | null>(null);
  const [withBytes, setWithBytes] = useState(false);
  const [said, say] = useState('');
  const { previous, next } = useNeighbours(capture, got);
  const rows = useMemo(() => lines(fields, open), [fields, open]);
  const node = rows.find((line) => line.node.id === selected)?.node ?? null;
  const shown = hovered ?? node;
  const to = (frame: number | null): void => {
    if (frame !== null) go({ screen: 'packets', capture, item: String(frame) });
  };
  useKeys({ b: () => setWithBytes(!withBytes), '[': () => to(previous), ']': () => to(next) });
  const copy = async (text: string | null): Promise<void> => {
    if (text === null) {
      say(words.noFilter);
      return;
    }
    await navigator.clipboard.writeText(text);
    say(words.copied);
  };
  const hex = (from: number, length: number): string =>
    [...bytes.subarray(from, from + length)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const pick = (byte: number): void => {
    const path = pathTo(fields, byte);
    const last = path.at(-1);
    if (last === undefined) return;
    setOpen(new Set([...open, ...path.slice(0, -1).map(({ id }) => id)]));
    select(last.id);
  };
  return (
    <div className="packet">
      <section>
        <div className="flow-bar">
          <span className="mut">
            <button type="button" className="link" onClick={() => go({ screen: 'packets', capture, item: null })}>
              {words.packets}
            </button>{' '}
            / {words.frame(String(packet.frame))}
          </span>
          {packet.role === null ? null : (
            <span className={packet.role === 'forged' ? 'tag forged' : 'tag line'}>{words.role[packet.role]}</span>
          )}
          <bdi className="m ltr">
            {packet.source === null || packet.destination === null
              ? packet.protocol
              : `${hostPort(packet.source.address, packet.source.port)} → ${hostPort(packet.destination.address, packet.destination.port)}`}
          </bdi>
          <bdi className="m mut">{`${clock.time(start + packet.offset, 3)} ${clock.zone}`}</bdi>
          <span className="mut">{words.length(String(packet.captured), String(packet.length))}</span>
        </div>
        <div className="flow-tools">
          <button type="button" className="button quiet" disabled={previous === null} onClick={() => to(previous)}>
            {words.previous} <kbd>[</kbd>
          </button>
          <button type="button" className="button quiet" disabled={next === null} onClick={() => to(next)}>
            {words.next} <kbd>]</kbd>
          </button>
          {packet.flow === null ? null : (
            <button
              type="button"
              className="button quiet"
              onClick={() => go({ screen: 'flows', capture, item: String(packet.flow) })}
            >
              {words.flow}
            </button>
          )}
          <span className="space" />
          <button
            type="button"
            className="button quiet"
            disabled={node === null}
            onClick={() => void copy(node === null ? null : `${node.name}: ${node.value}`)}
          >
            {words.copyField}
          </button>
          <button
            type="button"
            className="button quiet"
            disabled={node === null}
            onClick={() => void copy(node === null ? null : fieldFilter(node))}
          >
            {words.copyFilter}
          </button>
          <button
            type="button"
            className="button quiet"
            onClick={() => void copy(node === null ? hex(0, bytes.length) : hex(node.start, node.length))}
          >
            {words.copyBytes}
          </button>
          <span className="mut" role="status">
            {said}
          </span>
        </div>
        <div className={withBytes ? 'packet-parts with-bytes' : 'packet-parts'}>
          <Tree rows={rows} open={open} setOpen={setOpen} selected={selected} select={select} hover={hover} />
          <div>
            <button type="button" className="button" aria-expanded={withBytes} onClick={() => setWithBytes(!withBytes)}>
              {withBytes ? words.hideBytes : words.showBytes} <kbd>B</kbd>
            </button>
            {withBytes ? <Bytes bytes={bytes} shown={shown} pick={pick} /> : null}
          </div>
        </div>
      </section>
      <aside>
        <Baseline capture={capture} got={got} />
      </aside>
    </div>
  );
}

interface TreeProps {
  readonly rows: readonly Line[];
  readonly open: ReadonlySet<string>;
  readonly setOpen: (open: ReadonlySet<string>) => void;
  readonly selected: string | null;
  readonly select: (id: string) => void;
  readonly hover: (node: FieldNode | null) => void;
}

function Tree({ rows, open, setOpen, selected, select, hover }: TreeProps) {
  const words = useWords(packetWords);
  const current = Math.max(
    0,
    rows.findIndex(({ node }) => node.id === selected),
  );
  const holder = useRef<HTMLDivElement>(null);
  const focus = (id: string | undefined): void => {
    if (id === undefined) return;
    select(id);
    requestAnimationFrame(() => holder.current?.querySelector<HTMLElement>(`[data-field="${id}"]`)?.focus());
  };
  useEffect(() => {
    holder.current?.querySelector(`[data-field="${selected}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  const toggle = (id: string, to: boolean): void => {
    const next = new Set(open);
    if (to) next.add(id);
    else next.delete(id);
    setOpen(next);
  };
  const pressed = (event: KeyboardEvent): void => {
    const line = rows[current];
    if (line === undefined) return;
    const isOpen = open.has(line.node.id);
    // In Persian the shell mirrors, the tree stays: right opens, left closes
    if (event.key === 'ArrowDown') focus(rows[current + 1]?.node.id);
    else if (event.key === 'ArrowUp') focus(rows[current - 1]?.node.id);
    else if (event.key === 'Home') focus(rows[0]?.node.id);
    else if (event.key === 'End') focus(rows.at(-1)?.node.id);
    else if (event.key === 'ArrowRight' && line.hasChildren) {
      if (isOpen) focus(rows[current + 1]?.node.id);
      else toggle(line.node.id, true);
    } else if (event.key === 'ArrowLeft') {
      if (isOpen) toggle(line.node.id, false);
      else focus(line.parent ?? undefined);
    } else if ((event.key === 'Enter' || event.key === ' ') && line.hasChildren) toggle(line.node.id, !isOpen);
    else return;
    event.preventDefault();
  };
  return (
    <div className="tree ltr" role="tree" aria-label={words.fields} ref={holder} onKeyDown={pressed}>
      {rows.map(({ node, depth, hasChildren }, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
        <div
          key={node.id}
          role="treeitem"
          aria-level={depth + 1}
          aria-expanded={hasChildren ? open.has(node.id) : undefined}
          aria-selected={node.id === selected}
          data-field={node.id}
          tabIndex={at === current ? 0 : -1}
          className={depth === 0 ? 'layer' : undefined}
          style={{ paddingLeft: 8 + depth * 16 }}
          onFocus={() => select(node.id)}
          onClick={() => {
            select(node.id);
            if (hasChildren) toggle(node.id, !open.has(node.id));
          }}
          onPointerEnter={() => hover(node)}
          onPointerLeave={() => hover(null)}
        >
          <span className="twist" aria-hidden="true">
            {hasChildren ? (open.has(node.id) ? '▾' : '▸') : ''}
          </span>
          <span className={depth === 0 ? 'strong' : 'sec'}>{node.label}</span>{' '}
          <span className="m">{visible(node.value)}</span>
          {node.note === undefined ? null : (
            <span className="tag line">
              {words.note[node.note.kind]}
              {node.note.kind === 'checksum' ? ` ${String(node.note.params.state)}` : ''}
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

function Bytes({
  bytes,
  shown,
  pick,
}: {
  readonly bytes: Uint8Array;
  readonly shown: FieldNode | null;
  readonly pick: (byte: number) => void;
}) {
  const words = useWords(packetWords);
  const rows = useMemo(() => hexRows(bytes), [bytes]);
  const isShown = (at: number): boolean => shown !== null && at >= shown.start && at < shown.start + shown.length;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field tree reaches the same by keys
    <section
      className="bytes m ltr"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      aria-label={words.bytes}
      onClick={(event) => {
        const at = (event.target as HTMLElement).dataset.byte;
        if (at !== undefined) pick(Number(at));
      }}
    >
      {rows.slice(0, 512).map(({ offset, bytes: row }) => (
        <div key={offset}>
          <span className="mut">{offset.toString(16).padStart(4, '0')}</span>
          <span className="hex">
            {[...row].map((byte, at) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: bytes are their places
                key={at}
                data-byte={offset + at}
                className={isShown(offset + at) ? 'on' : undefined}
              >
                {byte.toString(16).padStart(2, '0')}
              </span>
            ))}
          </span>
          <span className="ascii">
            {[...row].map((byte, at) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: bytes are their places
                key={at}
                data-byte={offset + at}
                className={isShown(offset + at) ? 'on' : undefined}
              >
                {byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·'}
              </span>
            ))}
          </span>
        </div>
      ))}
    </section>
  );
}

/** What is worth comparing: the header fields that an injector has to make up. */
const COMPARED = [
  'eth.src',
  'ip.src',
  'ipv6.src',
  'ip.ttl',
  'ipv6.hlim',
  'ip.id',
  'ip.flags.df',
  'ip.dsfield',
  'ip.len',
  'tcp.flags',
  'tcp.window_size_value',
  'tcp.hdr_len',
  'tcp.options',
  'udp.length',
  'dns.flags',
  'dns.count.answers',
  'dns.a',
  'dns.aaaa',
];

function Baseline({ capture, got }: { readonly capture: string; readonly got: Packet }) {
  const words = useWords(packetWords);
  const go = useRoute((state) => state.go);
  const frame = got.baseline?.frame ?? null;
  const asked = useCall('packet.get', frame === null ? null : { capture, frame });
  const other = asked.state === 'failed' ? null : asked.result;
  if (got.packet.role !== 'forged' || frame === null || other === null)
    return <p className="sec">{words.nothingForged}</p>;
  const own = byName(got.fields);
  const genuine = byName(other.fields);
  const rows = COMPARED.flatMap((name) => {
    const a = genuine.get(name);
    const b = own.get(name);
    return a === undefined && b === undefined
      ? []
      : [{ name, label: (a ?? b)!.label, genuine: a?.value ?? '–', forged: b?.value ?? '–' }];
  });
  return (
    <>
      <h2>{words.compare}</h2>
      <p className="sec">
        {words.compareWhat(String(frame))} {got.baseline?.sameFlow === false ? words.otherFlow : ''}
      </p>
      <table className="compared">
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            <th scope="col">
              {words.genuine}{' '}
              <button
                type="button"
                className="link m"
                onClick={() => go({ screen: 'packets', capture, item: String(frame) })}
              >
                #{frame}
              </button>
            </th>
            <th />
            <th scope="col">
              <span className="tag forged">{words.forged}</span>
            </th>
          </tr>
        </thead>
        <tbody className="ltr">
          {rows.map((row) => (
            <tr key={row.name} className={row.genuine === row.forged ? 'equal' : 'differs'}>
              <th scope="row">{row.label}</th>
              <td className="m">{visible(row.genuine)}</td>
              <td>{row.genuine === row.forged ? '=' : '≠'}</td>
              <td className="m hatch">{visible(row.forged)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

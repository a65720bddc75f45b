// The packets around one: of its connection, or of the capture where it belongs to none.

import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Client, PacketRow } from '../../../shared/contract/service.ts';
import { routeText } from '../../app/route.ts';
import { hostPort, visible } from '../../ui/format.ts';
import { useApp, useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { ForgedTag, useForgery } from '../flow/forged.tsx';
import { placeInFlow } from '../flow/packets.ts';
import { packetWords } from './words.ts';

const WINDOW = 200;

interface Window {
  readonly flow: number | null;
  readonly rows: readonly PacketRow[];
  /** Of the first row, among `total`. */
  readonly offset: number;
  readonly total: number;
}

export interface Around extends Window {
  readonly previous: number | null;
  readonly next: number | null;
}

const NOTHING: Window = { flow: null, rows: [], offset: 0, total: 0 };

async function windowAround(
  client: Client,
  capture: string,
  { flow, frame }: PacketRow,
  signal: AbortSignal,
): Promise<Window> {
  if (flow === null) {
    const all = { capture, filter: '', sort: null };
    // A ring of files may have let go those before
    const { rows } = await client.call('packets.page', { ...all, offset: 0, limit: 1 }, signal);
    const offset = Math.max(0, frame - (rows[0]?.frame ?? 1) - WINDOW / 2);
    const page = await client.call('packets.page', { ...all, offset, limit: WINDOW }, signal);
    return { flow, rows: page.rows, offset, total: page.total };
  }
  const first = await client.call('flow.packets', { capture, flow, offset: 0, limit: WINDOW }, signal);
  const isIn = (first.rows.at(-1)?.frame ?? 0) > frame || first.total <= WINDOW;
  if (isIn) return { flow, rows: first.rows, offset: 0, total: first.total };
  const place = await placeInFlow(client, capture, flow, frame, first.total, signal);
  const offset = Math.max(0, place - WINDOW / 2);
  const { rows } = await client.call('flow.packets', { capture, flow, offset, limit: WINDOW }, signal);
  return { flow, rows, offset, total: first.total };
}

/** Whether the window has the frame and what comes before and after it. */
function covers(held: Window, { flow, frame }: PacketRow): boolean {
  if (held.flow !== flow) return false;
  const at = held.rows.findIndex((row) => row.frame === frame);
  if (at < 0) return false;
  return (at > 0 || held.offset === 0) && (at + 1 < held.rows.length || held.offset + held.rows.length >= held.total);
}

export function useNeighbours(capture: string, packet: PacketRow): Around {
  const client = useApp((state) => state.client);
  const [held, hold] = useState<Window>(NOTHING);
  const isCovered = covers(held, packet);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the frame names the packet
  useEffect(() => {
    if (isCovered) return;
    const stop = new AbortController();
    windowAround(client, capture, packet, stop.signal).then(
      (found) => {
        if (!stop.signal.aborted) hold(found);
      },
      // The packet itself is shown; without its neighbours one cannot walk, which is said by what is missing
      () => {},
    );
    return () => stop.abort();
  }, [client, capture, packet.frame, isCovered]);
  const at = held.rows.findIndex((row) => row.frame === packet.frame);
  return {
    ...held,
    previous: at > 0 ? held.rows[at - 1]!.frame : null,
    next: at >= 0 ? (held.rows[at + 1]?.frame ?? null) : null,
  };
}

interface Props {
  readonly capture: string;
  readonly packet: PacketRow;
  readonly around: Around;
}

export function Neighbours({ capture, packet, around }: Props) {
  const words = useWords(packetWords);
  const go = useRoute((state) => state.go);
  const scroller = useRef<HTMLElement>(null);
  const forgeryOfPacket = useForgery(capture);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another packet, or its row has come
  useEffect(() => {
    const current = scroller.current?.querySelector('[aria-current]')?.closest('tr');
    const box = scroller.current;
    if (current == null || box === null) return;
    box.scrollTop = Math.max(0, current.offsetTop - box.clientHeight / 2);
  }, [packet.frame, around.rows]);
  const pressed = (event: KeyboardEvent): void => {
    const to = event.key === 'ArrowDown' ? around.next : event.key === 'ArrowUp' ? around.previous : null;
    if (to === null) return;
    event.preventDefault();
    go({ screen: 'packets', capture, item: String(to) });
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-frame="${to}"]`)?.focus());
  };
  const before = around.offset;
  const after = around.total - around.offset - around.rows.length;
  const { column } = words;
  return (
    <section
      className="neighbours"
      aria-label={packet.flow === null ? words.neighboursOfCapture : words.neighbours}
      ref={scroller}
      onKeyDown={pressed}
    >
      <table>
        <thead>
          <tr>
            <th scope="col" className="num">
              {column.frame}
            </th>
            <th scope="col" className="num">
              {column.seconds}
            </th>
            <th scope="col">{column.source}</th>
            <th scope="col">{column.destination}</th>
            <th scope="col">{column.protocol}</th>
            <th scope="col" className="num">
              {column.length}
            </th>
            <th scope="col" className="num">
              TTL
            </th>
            <th scope="col" className="num">
              IP ID
            </th>
            <th scope="col" className="num">
              {column.window}
            </th>
            <th scope="col">{column.info}</th>
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <More count={before} /> : null}
          {around.rows.map((row) => (
            <tr
              key={row.frame}
              className={`${forgeryOfPacket(row) === 'forged' ? 'hatch' : ''} ${row.frame === packet.frame ? 'current' : ''}`}
            >
              <td className="num">
                <a
                  className="m"
                  href={routeText({
                    place: { screen: 'packets', capture, item: String(row.frame) },
                    filter: '',
                    range: null,
                  })}
                  data-frame={row.frame}
                  aria-current={row.frame === packet.frame ? 'true' : undefined}
                  tabIndex={row.frame === packet.frame ? 0 : -1}
                  onClick={(event) => {
                    event.preventDefault();
                    go({ screen: 'packets', capture, item: String(row.frame) });
                  }}
                >
                  {row.frame}
                </a>
              </td>
              <td className="m num">
                <bdi>{row.offset.toFixed(6)}</bdi>
              </td>
              <td className="m">
                <bdi>{row.source === null ? '' : hostPort(row.source.address, row.source.port)}</bdi>
              </td>
              <td className="m">
                <bdi>{row.destination === null ? '' : hostPort(row.destination.address, row.destination.port)}</bdi>
              </td>
              <td>
                <bdi>{row.protocol}</bdi>
              </td>
              <td className="m num">{row.length}</td>
              <td className={row.role === 'forged' ? 'm num strong' : 'm num'}>{row.ttl ?? ''}</td>
              <td className="m num">{row.ipId === null ? '' : row.ipId.toString(16).padStart(4, '0')}</td>
              <td className="m num">{row.tcp?.window ?? ''}</td>
              <td className="info">
                <ForgedTag forgery={forgeryOfPacket(row)} /> <bdi className="m ltr">{visible(row.info)}</bdi>
              </td>
            </tr>
          ))}
          {after > 0 ? <More count={after} /> : null}
        </tbody>
      </table>
    </section>
  );
}

function More({ count }: { readonly count: number }) {
  const words = useWords(packetWords);
  return (
    <tr>
      <td colSpan={10} className="mut">
        {words.more(String(count))}
      </td>
    </tr>
  );
}

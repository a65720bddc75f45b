// One frame: the packets around it, its fields and bytes linked both ways, and beside a forged one a genuine one of the
// same sender.

import './packet.css';
import { useCallback, useMemo, useState } from 'react';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import type { CallResult } from '../../../shared/contract/service.ts';
import { shellWords } from '../../app/words.ts';
import { hostPort } from '../../ui/format.ts';
import { useCall, useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { ForgedTag, useForgery } from '../flow/forged.tsx';
import { AboutField, Evidence } from './about.tsx';
import { ByteGrid } from './byte-grid.tsx';
import { hexDump } from './bytes.ts';
import { FieldTree } from './field-tree.tsx';
import { Neighbours, useNeighbours } from './neighbours.tsx';
import { counterparts, differing, fieldAt, firstOpen, pathTo } from './tree.ts';
import { packetWords } from './words.ts';

type Packet = CallResult<'packet.get'>;

export function PacketScreen({ capture, frame }: { readonly capture: string; readonly frame: number }) {
  const shell = useWords(shellWords);
  const words = useWords(packetWords);
  const go = useRoute((state) => state.go);
  const asked = useCall('packet.get', { capture, frame });
  // Kept from packet to packet, so that one can walk and watch a field
  const [withBytes, showBytes] = useState(false);
  const [chosen, choose] = useState<FieldNode | null>(null);
  const back = () => go({ screen: 'packets', capture, item: null });
  if (asked.state === 'failed') {
    return (
      <div className="empty" role="alert">
        <p>{shell.failure[asked.failure.code]}</p>
        <button type="button" className="button" onClick={back}>
          {words.packets}
        </button>
      </div>
    );
  }
  if (asked.result === null) {
    return (
      <p className="packet-loading sec" role="status">
        {words.loading}
      </p>
    );
  }
  return (
    <OnePacket
      capture={capture}
      got={asked.result}
      withBytes={withBytes}
      showBytes={showBytes}
      chosen={chosen}
      choose={choose}
    />
  );
}

interface Props {
  readonly capture: string;
  readonly got: Packet;
  readonly withBytes: boolean;
  readonly showBytes: (show: boolean) => void;
  readonly chosen: FieldNode | null;
  readonly choose: (node: FieldNode | null) => void;
}

/** The field that was chosen in another packet, in this one. */
function again(fields: readonly FieldNode[], chosen: FieldNode): FieldNode | null {
  const same = pathTo(fields, chosen.id).at(-1);
  if (same?.name === chosen.name) return same;
  const search = (nodes: readonly FieldNode[]): FieldNode | null => {
    for (const node of nodes) {
      const found = node.name === chosen.name ? node : search(node.children ?? []);
      if (found !== null) return found;
    }
    return null;
  };
  return search(fields);
}

function OnePacket({ capture, got, withBytes, showBytes, chosen, choose }: Props) {
  const words = useWords(packetWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const view = useView(capture);
  const start = epochSeconds(view?.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const { packet, fields, bytes, baseline } = got;
  const around = useNeighbours(capture, packet);
  const forgery = useForgery(capture)(packet);
  const compared = useCall('packet.get', baseline === null ? null : { capture, frame: baseline.frame });
  // Until its answer is there, that of the packet before would be taken for it
  const other =
    baseline !== null && compared.state === 'answered' && compared.result.packet.frame === baseline.frame
      ? compared.result
      : null;
  const pairs = useMemo(() => (other === null ? null : counterparts(fields, other.fields)), [fields, other]);
  const different = useMemo(() => (pairs === null ? [] : differing(fields, pairs)), [fields, pairs]);
  const selected = useMemo(() => {
    if (chosen !== null) return again(fields, chosen);
    // The innermost of several layers is the packet; what an ICMP message quotes stands deeper in the tree
    const ttl = ({ id, name }: FieldNode): boolean =>
      (name === 'ip.ttl' || name === 'ipv6.hlim') && id.split('.').length === 2;
    return different.findLast(ttl) ?? different[0] ?? null;
  }, [fields, chosen, different]);

  const [hovered, hover] = useState<FieldNode | null>(null);
  const [turned, turn] = useState<ReadonlyMap<string, boolean>>(new Map());
  const open = useMemo(() => {
    const ids = new Set(firstOpen(fields));
    for (const [id, isOpen] of turned) isOpen ? ids.add(id) : ids.delete(id);
    return ids;
  }, [fields, turned]);
  const toggle = useCallback((id: string, to: boolean) => turn((before) => new Map([...before, [id, to]])), []);
  const select = useCallback(
    (node: FieldNode | null) => {
      choose(node);
      if (node === null) return;
      const above = pathTo(fields, node.id).slice(0, -1);
      if (above.length > 0) turn((before) => new Map([...before, ...above.map(({ id }) => [id, true] as const)]));
    },
    [choose, fields],
  );

  const [said, say] = useState('');
  const copy = (text: string): void => {
    navigator.clipboard.writeText(text).then(
      () => say(words.copied(text.length > 48 ? `${text.slice(0, 47)}…` : text)),
      () => say(words.notCopied),
    );
  };
  const to = (frame: number | null): void => {
    if (frame !== null) go({ screen: 'packets', capture, item: String(frame) });
  };
  const openFlow = (): void => {
    if (packet.flow !== null) go({ screen: 'flows', capture, item: String(packet.flow) });
  };
  useKeys({
    b: () => showBytes(!withBytes),
    B: () => showBytes(!withBytes),
    '[': () => to(around.previous),
    ']': () => to(around.next),
    k: () => to(around.previous),
    j: () => to(around.next),
    Escape: () => (packet.flow === null ? go({ screen: 'packets', capture, item: null }) : openFlow()),
  });

  const shown = hovered ?? selected;
  return (
    <div className={withBytes ? 'packet with-bytes' : 'packet'}>
      <header className="packet-bar">
        <button type="button" className="link" onClick={() => go({ screen: 'packets', capture, item: null })}>
          {words.packets}
        </button>
        <h1 aria-live="polite">{words.frame(String(packet.frame))}</h1>
        {packet.role === null ? null : packet.role === 'forged' ? (
          <ForgedTag forgery={forgery} />
        ) : (
          <span className="tag line">{words.roles[packet.role]}</span>
        )}
        <bdi className="m ltr">
          {packet.source === null || packet.destination === null
            ? packet.protocol
            : `${hostPort(packet.source.address, packet.source.port)} → ${hostPort(packet.destination.address, packet.destination.port)}`}
        </bdi>
        <bdi className="m mut">{`${clock.time(start + packet.offset, 3)} ${clock.zone}`}</bdi>
        <span className="space" />
        <button
          type="button"
          className="button quiet"
          disabled={around.previous === null}
          onClick={() => to(around.previous)}
        >
          {words.previous} <kbd>[</kbd>
        </button>
        <button type="button" className="button quiet" disabled={around.next === null} onClick={() => to(around.next)}>
          {words.next} <kbd>]</kbd>
        </button>
        {packet.flow === null ? null : (
          <button type="button" className="button" onClick={openFlow}>
            {words.openFlow}
          </button>
        )}
      </header>
      {packet.captured < packet.length ? (
        <p className="packet-note sec">{words.captured(number(packet.captured), number(packet.length))}</p>
      ) : null}
      <Neighbours capture={capture} packet={packet} around={around} />
      <section className="packet-fields">
        <div className="packet-head">
          <h2>{words.field}</h2>
          {different.length === 0 ? null : <span className="sec">{words.differs(number(different.length))}</span>}
          <span className="space" />
          {baseline === null ? (
            packet.role === 'forged' ? (
              <span className="mut">{words.noBaseline}</span>
            ) : null
          ) : (
            <>
              <span className="mut">{words.comparedWith}</span>
              <button type="button" className="chip" onClick={() => to(baseline.frame)}>
                {words.baseline[baseline.sameFlow ? 'same' : 'other'](String(baseline.frame))}
              </button>
            </>
          )}
        </div>
        {fields.length === 0 ? (
          <p className="packet-note sec">{words.noFields}</p>
        ) : (
          <FieldTree
            fields={fields}
            open={open}
            toggle={toggle}
            selected={selected}
            select={select}
            hovered={hovered}
            hover={hover}
            pairs={pairs}
            forgery={forgery}
          />
        )}
      </section>
      <aside className="packet-side">
        <div className="packet-head">
          <h2>
            {words.bytes} <span className="mut num">{bytes.length}</span>
          </h2>
          <span className="space" />
          {withBytes ? (
            <button type="button" className="button quiet" onClick={() => copy(hexDump(bytes))}>
              {words.copyDump}
            </button>
          ) : null}
          <button
            type="button"
            className="button quiet"
            aria-expanded={withBytes}
            aria-controls="packet-bytes"
            onClick={() => showBytes(!withBytes)}
          >
            {withBytes ? words.hide : words.show} <kbd>B</kbd>
          </button>
        </div>
        <div id="packet-bytes">
          {withBytes ? (
            <ByteGrid
              bytes={bytes}
              fields={fields}
              shown={shown}
              different={different}
              hover={(at) => hover(at === null ? null : fieldAt(fields, at))}
              pick={(at) => select(fieldAt(fields, at))}
            />
          ) : null}
        </div>
        <AboutField
          fields={fields}
          bytes={bytes}
          node={selected}
          other={selected === null ? undefined : pairs?.get(selected.id)}
          baseline={pairs === null ? null : (baseline?.frame ?? null)}
          copy={copy}
          said={said}
        />
        <Evidence capture={capture} packet={packet} />
      </aside>
    </div>
  );
}

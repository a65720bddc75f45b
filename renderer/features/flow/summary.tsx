// A connection in facts: what it was, and what its messages say in the clear.

import { useEffect, useState } from 'react';
import type { FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { visible } from '../../ui/format.ts';
import { useApp, useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, duration, relative, useNumber } from '../../ui/moment.ts';
import { packetWords } from '../packet/words.ts';
import { tableWords } from '../tables/words.ts';
import { type Fact, factsOf } from './facts.ts';
import { ForgedTag, useForgery } from './forged.tsx';
import { flowWords } from './words.ts';

/** Messages that are read; the first ones say what the connection was for. */
const MOST_MESSAGES = 12;

interface Message {
  readonly packet: PacketRow;
  readonly facts: readonly Fact[];
}

function hasMessage({ protocol, info, tcp }: PacketRow): boolean {
  if (protocol === 'tcp' || protocol === 'udp') return false;
  return tcp === null || (tcp.payload > 0 && !/^(application_data|change_cipher_spec)\b/.test(info));
}

function useMessages(capture: string, packets: readonly PacketRow[]): readonly Message[] {
  const client = useApp((state) => state.client);
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const wanted = packets.filter(hasMessage).slice(0, MOST_MESSAGES);
  const key = wanted.map(({ frame }) => frame).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the frames stand for the packets
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      const read: Message[] = [];
      for (const packet of wanted) {
        const { fields } = await client.call('packet.get', { capture, frame: packet.frame }, stop.signal);
        const facts = factsOf(fields);
        if (facts.length > 0) read.push({ packet, facts });
      }
      if (!stop.signal.aborted) setMessages(read);
      // A packet whose bytes are gone says so where it is opened
    })().catch(() => {});
    return () => stop.abort();
  }, [client, capture, key]);
  return messages;
}

interface Props {
  readonly capture: string;
  readonly flow: FlowRow;
  readonly packets: readonly PacketRow[];
}

export function Summary({ capture, flow, packets }: Props) {
  const words = useWords(flowWords);
  const tables = useWords(tableWords);
  const fieldWords = useWords(packetWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const messages = useMessages(capture, packets);
  const forgeryOfPacket = useForgery(capture);
  const { facts } = words;
  const hidden = hiddenBy(flow, packets);
  return (
    <div className="flow-summary">
      <dl>
        <dt>{facts.name}</dt>
        <dd>
          <bdi className="m">{visible(flow.name ?? '–')}</bdi>
        </dd>
        <dt>{facts.application}</dt>
        <dd>
          <bdi>{flow.application ?? flow.protocol}</bdi>
        </dd>
        <dt>{facts.outcome}</dt>
        <dd>{tables.outcome[flow.outcome] ?? flow.outcome}</dd>
        <dt>{facts.duration}</dt>
        <dd>
          <bdi className="ltr">{duration(flow.duration)}</bdi>
        </dd>
        <dt>{facts.packets}</dt>
        <dd>{`${number(flow.packetsToServer)} / ${number(flow.packetsToClient)}`}</dd>
        <dt>{facts.bytes}</dt>
        <dd>
          <bdi className="ltr">{`${byteSize(flow.bytesToServer)} / ${byteSize(flow.bytesToClient)}`}</bdi>
        </dd>
        <dt>{facts.roundTrip}</dt>
        <dd>
          <bdi className="ltr">{flow.roundTrip === null ? '–' : duration(flow.roundTrip)}</bdi>
        </dd>
        <dt>{facts.findings}</dt>
        <dd>
          <bdi>{flow.findings.join(', ') || '–'}</bdi>
        </dd>
      </dl>
      {hidden === null ? null : <p className="sec">{words.hidden[hidden]}</p>}
      <h2>{words.messages}</h2>
      {messages.length === 0 ? <p className="sec">{words.noMessages}</p> : null}
      {messages.map(({ packet, facts: said }) => (
        <section key={packet.frame} className={forgeryOfPacket(packet) === 'forged' ? 'message hatch' : 'message'}>
          <h3>
            {packet.fromClient === true ? words.client : words.server}{' '}
            <button
              type="button"
              className="link m"
              onClick={() => go({ screen: 'packets', capture, item: String(packet.frame) })}
            >
              #{packet.frame}
            </button>{' '}
            <bdi className="m mut">{`${packet.protocol} ${relative(packet.offset - flow.offset)}`}</bdi>{' '}
            <ForgedTag forgery={forgeryOfPacket(packet)} />
          </h3>
          <dl>
            {said.map((fact) => (
              <div key={fact.name}>
                <dt title={fact.name}>{fieldWords.label[fact.label] ?? fact.label}</dt>
                <dd>
                  <bdi className="m">{visible(fact.value)}</bdi>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** What encryption leaves to see. */
export function hiddenBy(flow: FlowRow, packets: readonly PacketRow[]): 'tls' | 'quic' | 'unnamed' | null {
  if (flow.application === 'quic') return 'quic';
  if (flow.application !== 'tls') return null;
  return flow.name === null && packets.some(({ info }) => /\bclient_hello\b/.test(info)) ? 'unnamed' : 'tls';
}

// One connection: who said what and when, with a suspected injector as a third lifeline; its payload; its facts.

import './flow.css';
import { type ReactNode, useEffect, useState } from 'react';
import { CallError } from '../../../shared/contract/client.ts';
import type { CallResult, Failure, FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { shellWords } from '../../app/words.ts';
import { hostPort, visible } from '../../ui/format.ts';
import { useApp, useCall, useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { MarkShape } from '../../ui/mark.tsx';
import { byteSize, duration, useNumber } from '../../ui/moment.ts';
import { tableWords } from '../tables/words.ts';
import { compared, flowFilter, genuineOf, type LadderRow, ladderRows, ladderSvg, ladderText } from './ladder.ts';
import { Stream } from './stream.tsx';
import { flowWords } from './words.ts';

const PAGE = 500;
type Tab = 'ladder' | 'stream' | 'summary';

interface Loaded {
  readonly flow: FlowRow | null;
  readonly packets: readonly PacketRow[];
  readonly total: number;
  readonly failure: Failure | null;
}

/** Packets of a flow, a page at a time as they are asked for. */
function usePackets(capture: string, flow: number): Loaded & { readonly more: () => void } {
  const client = useApp((state) => state.client);
  const [loaded, setLoaded] = useState<Loaded>({ flow: null, packets: [], total: 0, failure: null });
  const [pages, setPages] = useState(1);
  const from = (pages - 1) * PAGE;
  useEffect(() => {
    const stop = new AbortController();
    client.call('flow.packets', { capture, flow, offset: from, limit: PAGE }, stop.signal).then(
      (result: CallResult<'flow.packets'>) => {
        if (stop.signal.aborted) return;
        setLoaded((before) => ({
          flow: result.flow,
          packets: from === 0 ? result.rows : [...before.packets.slice(0, from), ...result.rows],
          total: result.total,
          failure: null,
        }));
      },
      (error: unknown) => {
        if (!stop.signal.aborted && error instanceof CallError)
          setLoaded((before) => ({ ...before, failure: error.failure }));
      },
    );
    return () => stop.abort();
  }, [client, capture, flow, from]);
  return { ...loaded, more: () => setPages(pages + 1) };
}

export function FlowScreen({ capture, flow: id }: { readonly capture: string; readonly flow: number }) {
  const words = useWords(flowWords);
  const shell = useWords(shellWords);
  const go = useRoute((state) => state.go);
  const { flow, packets, total, failure, more } = usePackets(capture, id);
  const [tab, setTab] = useState<Tab>('ladder');
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [said, say] = useState('');
  useKeys({ Escape: () => go({ screen: 'flows', capture, item: null }) });
  if (failure !== null) {
    return (
      <div className="empty" role="alert">
        <p>{shell.failure[failure.code]}</p>
        <button type="button" className="button" onClick={() => go({ screen: 'flows', capture, item: null })}>
          {words.flows}
        </button>
      </div>
    );
  }
  if (flow === null) return null;
  const rows = ladderRows(packets, opened);
  const copy = async (text: string): Promise<void> => {
    await navigator.clipboard.writeText(text);
    say(words.copied);
  };
  return (
    <div className="flow">
      <section>
        <div className="flow-bar">
          <span className="mut">
            <button type="button" className="link" onClick={() => go({ screen: 'flows', capture, item: null })}>
              {words.flows}
            </button>{' '}
            / <bdi>{flow.flow}</bdi>
          </span>
          <bdi className="m ltr">{`${hostPort(flow.client.address, flow.client.port)} ↔ ${hostPort(flow.server.address, flow.server.port)}`}</bdi>
          <bdi className="m mut">{visible(flow.name ?? '')}</bdi>
          <span className="space" />
          <div className="segments" role="tablist">
            {(['ladder', 'stream', 'summary'] as const).map((name) => (
              <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => setTab(name)}>
                {words.tabs[name]}
              </button>
            ))}
          </div>
        </div>
        <div className="flow-tools">
          <button type="button" className="button quiet" onClick={() => void copy(ladderText(flow, packets))}>
            {words.copyText}
          </button>
          <button
            type="button"
            className="button quiet"
            onClick={() =>
              void copy(
                ladderSvg(flow, rows, {
                  client: words.client,
                  injector: words.injector,
                  server: words.server,
                  forged: words.forged,
                }),
              )
            }
          >
            {words.copySvg}
          </button>
          <button type="button" className="button quiet" onClick={() => void copy(flowFilter(flow))}>
            {words.copyFilter}
          </button>
          <span className="mut" role="status">
            {said}
          </span>
        </div>
        <Notes flow={flow} packets={packets} />
        {tab === 'ladder' ? (
          <>
            <Ladder
              capture={capture}
              rows={rows}
              start={packets[0]?.offset ?? 0}
              unfold={(key) => setOpened(new Set([...opened, key]))}
            />
            {packets.length < total ? (
              <p className="flow-more">
                <button type="button" className="button" onClick={more}>
                  {words.more(String(total - packets.length))}
                </button>
              </p>
            ) : null}
          </>
        ) : tab === 'stream' ? (
          <Stream capture={capture} flow={id} />
        ) : (
          <Summary capture={capture} flow={flow} packets={packets} />
        )}
      </section>
      <aside>
        <WhoSent capture={capture} packets={packets} />
        <ReadAs capture={capture} flow={flow} />
      </aside>
    </div>
  );
}

function Notes({ flow, packets }: { readonly flow: FlowRow; readonly packets: readonly PacketRow[] }) {
  const words = useWords(flowWords);
  const isMidStream =
    flow.protocol === 'tcp' && packets.length > 0 && !packets.some(({ tcp }) => tcp?.flags.includes('S'));
  const isCut = packets.some(({ captured, length }) => captured < length);
  return (
    <>
      {isMidStream ? <p className="sec flow-note">{words.midStream}</p> : null}
      {isCut ? <p className="sec flow-note">{words.cut}</p> : null}
      {flow.protocol === 'udp' ? <p className="sec flow-note">{words.udp}</p> : null}
    </>
  );
}

const X = { client: 20, injector: 160, server: 300 };
const WIDTH = 320;
const ROW = 40;

interface LadderProps {
  readonly capture: string;
  readonly rows: readonly LadderRow[];
  readonly start: number;
  readonly unfold: (key: number) => void;
}

function Ladder({ capture, rows, start, unfold }: LadderProps) {
  const words = useWords(flowWords);
  const number = useNumber();
  const hasForged = rows.some((row) => row.kind === 'packet' && row.packet.role === 'forged');
  const lines = (height: number) => <path className="life" d={`M${X.client} 0V${height}M${X.server} 0V${height}`} />;
  const injector = (height: number) =>
    hasForged ? <path className="life injector" d={`M${X.injector} 0V${height}`} /> : null;
  return (
    <table className="ladder ltr">
      <thead>
        <tr>
          <th scope="col" className="num">
            {words.frame}
          </th>
          <th scope="col" className="num">
            {words.seconds}
          </th>
          <th scope="col" className="num">
            {words.since}
          </th>
          <th scope="col">
            <span className="lifelines">
              <span>{words.client}</span>
              <span>{hasForged ? words.injector : ''}</span>
              <span>{words.server}</span>
            </span>
          </th>
          <th scope="col" className="num">
            TTL
          </th>
          <th scope="col" className="num">
            IP ID
          </th>
          <th scope="col" className="num">
            {'win'}
          </th>
          <th scope="col">{words.reading}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          if (row.kind === 'packet')
            return (
              <PacketLine
                key={row.packet.frame}
                capture={capture}
                packet={row.packet}
                since={row.since}
                start={start}
                lines={lines(ROW)}
                injector={injector(ROW)}
              />
            );
          return (
            <tr key={`${row.kind} ${row.key}`} className="folded">
              <td colSpan={3} />
              <td>
                <svg width={WIDTH} height={28} aria-hidden="true">
                  {lines(28)}
                  {injector(28)}
                  <rect x={X.client - 4} y={10} width={8} height={8} className="cover" />
                  <rect x={X.server - 4} y={10} width={8} height={8} className="cover" />
                </svg>
              </td>
              <td colSpan={4} className="mut">
                {row.kind === 'pause' ? (
                  words.pass(duration(row.seconds))
                ) : (
                  <>
                    {words.run(number(row.packets.length))}{' '}
                    <button type="button" className="link" onClick={() => unfold(row.key)}>
                      {words.unfold}
                    </button>
                  </>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface LineProps {
  readonly capture: string;
  readonly packet: PacketRow;
  readonly since: number;
  readonly start: number;
  readonly lines: ReactNode;
  readonly injector: ReactNode;
}

function PacketLine({ capture, packet, since, start, lines, injector }: LineProps) {
  const words = useWords(flowWords);
  const go = useRoute((state) => state.go);
  const forged = packet.role === 'forged';
  const toServer = packet.fromClient === true;
  const from = forged ? X.injector : toServer ? X.client : X.server;
  const to = toServer ? X.server : X.client;
  const tip = to > from ? -8 : 8;
  return (
    <tr className={forged ? 'hatch' : undefined}>
      <td className="num">
        <button
          type="button"
          className="link m"
          onClick={() => go({ screen: 'packets', capture, item: String(packet.frame) })}
        >
          {packet.frame}
        </button>
      </td>
      <td className="num m">{(packet.offset - start).toFixed(4)}</td>
      <td className="num m mut">{since === 0 ? '' : `+${duration(since)}`}</td>
      <td>
        <svg width={WIDTH} height={ROW} aria-hidden="true">
          {lines}
          {injector}
          {forged ? (
            <>
              <path className="forge" d={`M${from} 17L${to} 27M${from} 20L${to} 30`} />
              <path className="forge-head" d={`M${to} 28.5l${tip} -5v10Z`} />
              <g transform={`translate(${from} 18) scale(0.8)`}>
                <MarkShape technique="rst-injection" confidence="confirmed" />
              </g>
            </>
          ) : (
            <>
              <path className="genuine" d={`M${from} 14L${to} 28`} />
              <path className="genuine-head" d={`M${to} 28l${tip} -5v9Z`} />
            </>
          )}
          <text className="m" x={toServer ? from + 8 : from - 8} y={11} textAnchor={toServer ? 'start' : 'end'}>
            {packet.tcp === null
              ? packet.protocol
              : `${packet.tcp.flags}${packet.tcp.payload > 0 ? ` ${packet.tcp.payload}` : ''}`}
          </text>
        </svg>
      </td>
      <td className={forged ? 'num m strong' : 'num m'}>{packet.ttl ?? ''}</td>
      <td className={forged ? 'num m strong' : 'num m'}>
        {packet.ipId === null ? '' : packet.ipId.toString(16).padStart(4, '0')}
      </td>
      <td className="num m">{packet.tcp?.window ?? ''}</td>
      <td>
        {forged ? <span className="tag forged">{words.forged}</span> : null}{' '}
        {packet.tcp?.retransmission === true ? <span className="tag line">{words.again}</span> : null}{' '}
        {packet.tcp?.duplicate === true ? <span className="tag line">{words.doubled}</span> : null}{' '}
        <span className="m info">{visible(packet.info)}</span>
      </td>
    </tr>
  );
}

function WhoSent({ capture, packets }: { readonly capture: string; readonly packets: readonly PacketRow[] }) {
  const words = useWords(flowWords);
  const go = useRoute((state) => state.go);
  const forged = packets.find(({ role, tcp }) => role === 'forged' && tcp !== null);
  const genuine = forged === undefined ? null : genuineOf(packets, forged);
  if (forged === undefined || genuine === null) return <p className="sec">{words.nothingForged}</p>;
  const same = packets.filter(({ fromClient, ttl }) => fromClient === forged.fromClient && ttl !== null).slice(0, 60);
  const ttls = same.map(({ ttl }) => ttl!);
  const least = Math.min(...ttls);
  const most = Math.max(...ttls);
  const y = (ttl: number): number => (most === least ? 40 : 76 - ((ttl - least) / (most - least)) * 64);
  return (
    <>
      <h2>{words.who}</h2>
      <p className="sec">{words.whoWhat}</p>
      <table className="compared">
        <thead>
          <tr>
            <th />
            <th scope="col">{words.genuine(String(genuine.frame))}</th>
            <th />
            <th scope="col">
              <span className="tag forged">{words.forged}</span>{' '}
              <button
                type="button"
                className="link m"
                onClick={() => go({ screen: 'packets', capture, item: String(forged.frame) })}
              >
                #{forged.frame}
              </button>
            </th>
          </tr>
        </thead>
        <tbody className="ltr">
          {compared(genuine, forged).map(({ field, genuine: own, forged: other, equal }) => (
            <tr key={field} className={equal ? 'equal' : 'differs'}>
              <th scope="row">{words.field[field]}</th>
              <td className="m">{own}</td>
              <td>{equal ? '=' : '≠'}</td>
              <td className="m hatch">{other}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>{words.ttls(forged.fromClient === true ? words.client : words.server)}</h2>
      <svg className="ttls ltr" viewBox="0 0 360 96" aria-hidden="true">
        <text x="0" y={y(least) + 4} className="m">
          {least}
        </text>
        {most === least ? null : (
          <text x="0" y={y(most) + 4} className="m">
            {most}
          </text>
        )}
        {same.map((packet, at) => {
          const x = 40 + (at * 310) / Math.max(same.length - 1, 1);
          return packet.role === 'forged' ? (
            <g key={packet.frame} transform={`translate(${x} ${y(packet.ttl!)}) scale(0.7)`}>
              <MarkShape technique="rst-injection" confidence="confirmed" />
            </g>
          ) : (
            <circle key={packet.frame} cx={x} cy={y(packet.ttl!)} r="3" />
          );
        })}
      </svg>
    </>
  );
}

function ReadAs({ capture, flow }: { readonly capture: string; readonly flow: FlowRow }) {
  const words = useWords(flowWords);
  const engine = useEngineWords();
  const view = useView(capture);
  const go = useRoute((state) => state.go);
  const finding = view?.findings.find(({ id }) => flow.findings.includes(id));
  const incident = view?.incidents.find(({ id }) => flow.incidents.includes(id));
  if (finding === undefined) return null;
  const supports = finding.evidence
    .filter(({ role, strength }) => role === 'supports' && strength !== 'weak')
    .slice(0, 3);
  return (
    <>
      <h2>{words.readAs}</h2>
      <p className="read lead">
        {supports.map((item) => sentence(engine, 'evidence', item.kind, item.params)).join(' ')}
      </p>
      {incident === undefined ? null : (
        <button
          type="button"
          className="button"
          onClick={() => go({ screen: 'incidents', capture, item: incident.id })}
        >
          <bdi>{incident.id}</bdi> · {engine.technique[finding.techniques[0]!].name}
        </button>
      )}
    </>
  );
}

function Summary({
  capture,
  flow,
  packets,
}: {
  readonly capture: string;
  readonly flow: FlowRow;
  readonly packets: readonly PacketRow[];
}) {
  const words = useWords(flowWords);
  const tables = useWords(tableWords);
  const number = useNumber();
  const first = packets.find(({ protocol }) => protocol !== 'tcp' && protocol !== 'udp');
  const asked = useCall('packet.get', first === undefined ? null : { capture, frame: first.frame });
  const packet = asked.state === 'failed' ? null : asked.result;
  const top = packet?.fields.at(-1);
  const { facts } = words;
  return (
    <div className="flow-summary">
      <dl>
        <dt>{facts.name}</dt>
        <dd>
          <bdi className="m">{visible(flow.name ?? '–')}</bdi>
        </dd>
        <dt>{facts.application}</dt>
        <dd>{flow.application ?? flow.protocol}</dd>
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
      {top === undefined ? null : (
        <>
          <h2>
            {words.messages}: {top.label} <bdi className="m mut">#{first!.frame}</bdi>
          </h2>
          <ul className="ltr">
            {(top.children ?? []).slice(0, 40).map((child) => (
              <li key={child.id}>
                <span className="mut">{child.label}</span> <span className="m">{visible(child.value)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

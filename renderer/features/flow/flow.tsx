// One connection: who said what and when, with a suspected injector as a third lifeline; its payload; its facts.

import './flow.css';
import { type KeyboardEvent, useMemo, useState } from 'react';
import type { Finding } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { type FlowRow, MAX_FLOW_CAPTURE, type PacketRow } from '../../../shared/contract/service.ts';
import { atLeast } from '../../../shared/domain/vocabulary.ts';
import { failureOf } from '../../app/store.ts';
import { shellWords } from '../../app/words.ts';
import { hostPort, visible } from '../../ui/format.ts';
import { useApp, useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { saveFile } from '../../ui/save-file.ts';
import { useIsLive, useIsRunning } from '../capture/live.ts';
import { NetworksOf } from '../networks/networks.tsx';
import { flowFilter, ladderSvg, ladderText } from './export.ts';
import { useForgery } from './forged.tsx';
import { hopsOf } from './ladder.ts';
import { type Heads, Ladder } from './ladder-view.tsx';
import { useFlowPackets } from './packets.ts';
import { Stream } from './stream.tsx';
import { Summary } from './summary.tsx';
import { ReadAs, techniqueOf, WhoSent } from './who.tsx';
import { flowWords } from './words.ts';

const TABS = ['ladder', 'stream', 'summary'] as const;
type Tab = (typeof TABS)[number];
/** Up to so many rows the text stands below the ladder at once. */
const SHORT = 14;

/** Findings about the flow, and those that cite its packets without having a flow of their own (DNS). */
function findingsOf(view: CaptureView | null, flow: number, packets: readonly PacketRow[]): readonly Finding[] {
  const cited = new Set(packets.flatMap(({ findings }) => findings));
  return (view?.findings ?? []).filter((finding) => finding.flow?.id === flow || cited.has(finding.id));
}

export function FlowScreen({ capture, flow: id }: { readonly capture: string; readonly flow: number }) {
  const words = useWords(flowWords);
  const shell = useWords(shellWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const client = useApp((state) => state.client);
  const info = useApp((state) => state.info);
  const view = useView(capture);
  const cited = useMemo(
    () =>
      (view?.findings ?? [])
        .filter((finding) => finding.flow?.id === id)
        .flatMap(({ frames }) => [...frames.forged, ...frames.trigger, ...frames.genuine]),
    [view?.findings, id],
  );
  const isLive = useIsLive(capture);
  const isRunning = useIsRunning(capture);
  const held = useFlowPackets(capture, id, cited, isLive ? isRunning : view?.state === 'reading', isRunning);
  const { flow, packets, items, total, failure } = held;
  const forgeryOfPacket = useForgery(capture);
  const [tab, setTab] = useState<Tab>('ladder');
  const [said, say] = useState('');
  const findings = useMemo(() => findingsOf(view, id, packets), [view, id, packets]);
  const finding =
    findings.find(({ frames }) => packets.some(({ frame }) => frames.forged.includes(frame))) ?? findings[0];
  const heads = useHeads(view, flow, packets, finding);
  const back = () => go({ screen: 'flows', capture, item: null });
  useKeys({ Escape: back });

  if (flow === null) {
    return (
      <div className="empty" role={failure === null ? 'status' : 'alert'}>
        <p>{failure === null ? words.readingOn : shell.failure[failure.code]}</p>
        <button type="button" className="button" onClick={back}>
          {words.flows}
        </button>
      </div>
    );
  }
  const refused = (error: unknown): void => say(shell.failure[failureOf(error).code]);
  const copy = (text: string): void => {
    navigator.clipboard.writeText(text).then(
      () => say(words.copied),
      () => say(words.notCopied),
    );
  };
  const copyFilter = async (): Promise<void> => {
    const last = await client.call('flow.packets', { capture, flow: id, offset: Math.max(0, total - 1), limit: 1 });
    const [from, to] = [packets[0]?.frame, last.rows[0]?.frame];
    copy(flowFilter(flow, from === undefined || to === undefined ? null : { first: from, last: to }));
  };
  const save = async (): Promise<void> => {
    const { bytes, frames, cut } = await client.call('flow.capture', { capture, flow: id, limit: MAX_FLOW_CAPTURE });
    saveFile(`flow-${id}.pcapng`, 'application/vnd.tcpdump.pcap', bytes);
    say((cut ? words.savedCut : words.saved)(number(frames)));
  };
  const openInWireshark = async (): Promise<void> => {
    await client.call('flow.wireshark', { capture, flow: id });
    say(words.wiresharkOpened);
  };
  const copySvg = (): void =>
    copy(
      ladderSvg(
        flow,
        items,
        {
          client: words.client,
          injector: words.injector,
          server: words.server,
          forged: words.forged,
          doubtful: words.doubtful,
          packets: (count) => words.run(count),
        },
        forgeryOfPacket,
      ),
    );
  const turnTab = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]!;
    setTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div className="flow">
      <section className="flow-main">
        <header className="flow-bar">
          <span className="mut">
            <button type="button" className="link" onClick={back}>
              {words.flows}
            </button>{' '}
            / <bdi>{flow.flow}</bdi>
          </span>
          <h1 className="m">
            <bdi className="ltr">{`${hostPort(flow.client.address, flow.client.port)} ↔ ${hostPort(flow.server.address, flow.server.port)}`}</bdi>
          </h1>
          <bdi className="m mut">{visible(flow.name ?? '')}</bdi>
          <span className="space" />
          <div className="segments ltr" role="tablist" onKeyDown={turnTab}>
            {TABS.map((name) => (
              <button
                key={name}
                id={`tab-${name}`}
                type="button"
                role="tab"
                aria-selected={name === tab}
                aria-controls="flow-panel"
                tabIndex={name === tab ? 0 : -1}
                onClick={() => setTab(name)}
              >
                {words.tabs[name]}
              </button>
            ))}
          </div>
        </header>
        <div className="flow-tools">
          <button type="button" className="button quiet" onClick={() => copy(ladderText(flow, items, forgeryOfPacket))}>
            {words.copyText}
          </button>
          <button type="button" className="button quiet" onClick={copySvg}>
            {words.copySvg}
          </button>
          <button type="button" className="button quiet" onClick={() => void copyFilter().catch(refused)}>
            {words.copyFilter}
          </button>
          <button type="button" className="button quiet" onClick={() => void save().catch(refused)}>
            {words.save}
          </button>
          {info?.can.wireshark === true ? (
            <button type="button" className="button quiet" onClick={() => void openInWireshark().catch(refused)}>
              {words.wireshark}
            </button>
          ) : null}
          <span className="mut" role="status">
            {said}
          </span>
          <span className="space" />
          <span className="mut">{words.packets(number(total))}</span>
        </div>
        <Notes flow={flow} packets={packets} whole={held.whole} />
        {failure === null ? null : (
          <p className="flow-note" role="alert">
            {shell.failure[failure.code]}
          </p>
        )}
        <div id="flow-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === 'ladder' ? (
            <>
              <Ladder
                capture={capture}
                items={items}
                packets={packets}
                start={flow.offset}
                heads={heads}
                technique={techniqueOf(finding)}
                confidence={finding?.confidence ?? 'possible'}
                reading={held.reading}
                readGap={held.readGap}
                openRun={held.openRun}
              />
              <details className="as-text" open={items.length <= SHORT}>
                <summary>{words.asText}</summary>
                <pre
                  className="m ltr"
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
                  tabIndex={0}
                >
                  {ladderText(flow, items.slice(0, 200), forgeryOfPacket)}
                </pre>
              </details>
            </>
          ) : tab === 'stream' ? (
            <Stream
              capture={capture}
              flow={id}
              start={flow.offset}
              copy={copy}
              surely={finding !== undefined && atLeast(finding.confidence, 'likely')}
            />
          ) : (
            <Summary capture={capture} flow={flow} packets={packets} />
          )}
        </div>
      </section>
      <aside>
        <WhoSent capture={capture} packets={packets} finding={finding} />
        <NetworksOf addresses={[flow.server.address, flow.client.address]} />
        <ReadAs capture={capture} flow={flow} finding={finding} />
      </aside>
    </div>
  );
}

/** What stands under the names of the lifelines: which side recorded, and how far the others seem to be. */
function useHeads(
  view: CaptureView | null,
  flow: FlowRow | null,
  packets: readonly PacketRow[],
  finding: Finding | undefined,
): Heads {
  const words = useWords(flowWords);
  const number = useNumber();
  const local = view?.head?.capture.vantage.local ?? [];
  const far = (address: string, fromClient: boolean): string => {
    if (local.includes(address)) return words.thisSide;
    const genuine = packets.find(
      ({ fromClient: isOwn, role, ttl }) => isOwn === fromClient && role !== 'forged' && ttl !== null,
    );
    const away = genuine === undefined ? 0 : hopsOf(genuine.ttl!);
    return away === 0 ? '' : words.hops(number(away));
  };
  const hops = finding?.injector?.hopsFromVantage ?? null;
  return {
    client: flow === null ? '' : far(flow.client.address, true),
    injector: hops === null ? words.placeUnknown : words.hops(number(hops)),
    server: flow === null ? '' : far(flow.server.address, false),
  };
}

function Notes({
  flow,
  packets,
  whole,
}: {
  readonly flow: FlowRow;
  readonly packets: readonly PacketRow[];
  readonly whole: boolean;
}) {
  const words = useWords(flowWords);
  const isMidStream =
    whole &&
    flow.protocol === 'tcp' &&
    packets.length > 0 &&
    !packets.slice(0, 4).some(({ tcp }) => tcp?.flags.includes('S'));
  const isCut = packets.some(({ captured, length }) => captured < length);
  const isOneWay = flow.protocol === 'tcp' && (flow.packetsToClient === 0) !== (flow.packetsToServer === 0);
  const notes = [
    ...(whole ? [] : [words.inPart]),
    ...(isMidStream ? [words.midStream] : []),
    ...(isCut ? [words.cut] : []),
    ...(isOneWay && flow.packetsToServer === 0 ? [words.oneWay] : []),
  ];
  return notes.map((note) => (
    <p key={note} className="sec flow-note">
      {note}
    </p>
  ));
}

// The shell: title, filter, rail, the screen, status; opening by drop, keys and the host.

import { type ReactNode, useEffect, useState } from 'react';
import { Capture } from '../features/capture/capture.tsx';
import { GuidedTest } from '../features/capture/guided-test.tsx';
import { useIsLive, useIsRunning } from '../features/capture/live.ts';
import { LiveControls, LiveNotices, LiveTitle, LiveWaiting } from '../features/capture/running.tsx';
import { Compare } from '../features/compare/compare.tsx';
import { FilterBar } from '../features/filter/filter-bar.tsx';
import { FlowScreen } from '../features/flow/flow.tsx';
import { Help } from '../features/help/help.tsx';
import { KeyOverlay } from '../features/help/keys.tsx';
import { IncidentScreen } from '../features/incident/incident.tsx';
import { Overview } from '../features/overview/overview.tsx';
import { PacketScreen } from '../features/packet/packet.tsx';
import { Reading } from '../features/reading/reading.tsx';
import { ReportBuilder } from '../features/report/report.tsx';
import { SettingsScreen } from '../features/settings/settings.tsx';
import { DnsTable } from '../features/tables/dns.tsx';
import { FlowTable } from '../features/tables/flows.tsx';
import { IncidentTable } from '../features/tables/incidents.tsx';
import { PacketTable } from '../features/tables/packets.tsx';
import { TwoEnds } from '../features/two-ends/two-ends.tsx';
import { Welcome } from '../features/welcome/welcome.tsx';
import { useApp, useAppStore, useKeys, useRoute } from '../ui/hooks.ts';
import { useWords } from '../ui/language.ts';
import { MarkDefinitions } from '../ui/mark.tsx';
import { byteSize } from '../ui/moment.ts';
import { Boundary } from './boundary.tsx';
import { chooseFiles, openFiles, useOpening } from './opening.ts';
import { Rail } from './rail.tsx';
import { type Place, routeText } from './route.ts';
import { StatusBar } from './status-bar.tsx';
import { shellWords } from './words.ts';

export function App() {
  const place = useRoute((state) => state.place);
  const go = useRoute((state) => state.go);
  const store = useAppStore();
  const words = useWords(shellWords);
  const isDragging = useOpening();
  const [keysShown, showKeys] = useState(false);
  useKeys({
    '?': () => showKeys(true),
    'Ctrl+o': () => void chooseFiles(store),
    r: () => go({ screen: 'capture', test: null }),
  });
  const capture = 'capture' in place ? place.capture : null;
  const name = useApp((state) => state.captures.find((open) => open.capture === capture)?.name ?? null);
  const isLive = useIsLive(capture);
  useEffect(() => {
    document.title = name === null ? 'Blockscope' : `${name} – Blockscope`;
  }, [name]);

  return (
    <div className={place.screen === 'welcome' ? 'shell bare' : 'shell'}>
      <MarkDefinitions />
      <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
        {words.skip}
      </button>
      <header>
        <Icon />
        <button type="button" className="button quiet" onClick={() => go({ screen: 'welcome' })}>
          Blockscope
        </button>
        <span className="space" />
        {isLive && capture !== null ? (
          <LiveTitle capture={capture} />
        ) : name === null ? null : (
          <bdi className="m">{name}</bdi>
        )}
        <span className="space" />
        {isLive && capture !== null ? <LiveControls capture={capture} /> : null}
        {capture === null ? null : (
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              go({ screen: 'welcome' });
              void store.getState().close(capture);
            }}
          >
            {words.close}
          </button>
        )}
        <button type="button" className="button" onClick={() => void chooseFiles(store)}>
          {words.openAnother}
        </button>
        <input
          id="files"
          type="file"
          multiple
          hidden
          aria-label={words.openAnother}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            // Else choosing the same file again would be no change
            event.target.value = '';
            void openFiles(store, files);
          }}
        />
      </header>
      {capture === null || place.screen === 'report' ? null : <FilterBar capture={capture} />}
      {place.screen === 'welcome' ? null : <Rail capture={capture} />}
      <main id="content" tabIndex={-1}>
        {isLive && capture !== null ? <LiveNotices key={capture} capture={capture} /> : null}
        <Boundary key={routeText({ place, filter: '', range: null })}>
          <Screen place={place} />
        </Boundary>
      </main>
      <StatusBar capture={capture} />
      <Notices />
      {keysShown ? <KeyOverlay close={() => showKeys(false)} /> : null}
      {isDragging ? <div className="drop">{words.drop}</div> : null}
    </div>
  );
}

function Screen({ place }: { readonly place: Place }): ReactNode {
  switch (place.screen) {
    case 'welcome':
      return <Welcome />;
    case 'capture':
      return <Capture test={place.test} />;
    case 'compare':
      return <Compare />;
    case 'two-ends':
      return <TwoEnds a={place.a} b={place.b} />;
    case 'settings':
      return <SettingsScreen />;
    case 'help':
      return <Help topic={place.topic} />;
    default:
      return <CaptureScreen place={place} />;
  }
}

function CaptureScreen({ place }: { readonly place: Extract<Place, { capture: string }> }): ReactNode {
  const { capture, item } = place;
  // Nothing to show yet: how far reading is stands in place of every screen
  const judged = useApp((state) => state.views[capture]?.head != null);
  const isRunning = useIsRunning(capture);
  const isEmpty = useApp((state) => state.views[capture]?.head?.capture.packets === 0);
  if (place.screen === 'test') return <GuidedTest capture={capture} test={item ?? ''} />;
  if (isRunning && (isEmpty || !judged)) return <LiveWaiting capture={capture} />;
  if (!judged) return <Reading capture={capture} />;
  switch (place.screen) {
    case 'report':
      return <ReportBuilder key={capture} capture={capture} />;
    case 'overview':
      return <Overview key={capture} capture={capture} />;
    case 'incidents':
      return item === null ? <IncidentTable capture={capture} /> : <IncidentScreen capture={capture} incident={item} />;
    case 'flows':
      return item === null ? <FlowTable capture={capture} /> : <FlowScreen capture={capture} flow={Number(item)} />;
    case 'dns':
      return <DnsTable capture={capture} />;
    case 'packets':
      return item === null ? (
        <PacketTable capture={capture} />
      ) : (
        <PacketScreen capture={capture} frame={Number(item)} />
      );
  }
}

/** A line, a block, and what is left of the line. */
function Icon() {
  return (
    <svg width="16" height="16" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#14181d" />
      <path d="M3 16h8.5" stroke="#fff" strokeWidth="3" />
      <path d="M11.5 8.5h9v15h-9Z" fill="#f2633a" />
      <path d="M23.2 16h2.2m2 0h1.4" stroke="#fff" strokeWidth="3" />
    </svg>
  );
}

function Notices() {
  const words = useWords(shellWords);
  const problems = useApp((state) => state.problems);
  const dismiss = useApp((state) => state.dismiss);
  const sending = useApp((state) => state.sending);
  const connection = useApp((state) => state.connection);
  return (
    <div className="notices">
      <div role="alert">
        {connection === 'lost' ? <p className="float">{words.lost}</p> : null}
        {problems.map(({ key, failure, about }) => (
          <div key={key} className="float">
            {about === null ? null : (
              <p className="strong">
                <bdi>{about}</bdi>
              </p>
            )}
            <p>{words.failure[failure.code]}</p>
            <button type="button" className="button quiet" onClick={() => dismiss(key)}>
              {words.dismiss}
            </button>
          </div>
        ))}
      </div>
      {sending === null ? null : (
        <p className="float" role="status">
          {words.sending(sending.name, `${byteSize(sending.sent)} / ${byteSize(sending.bytes)}`)}
        </p>
      )}
    </div>
  );
}

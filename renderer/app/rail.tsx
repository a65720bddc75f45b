// The rail: the screens of the capture that is looked at, the captures that are open, settings and help.

import { useTest } from '../features/capture/plans.ts';
import { useApp, useRoute, useView } from '../ui/hooks.ts';
import { useWords } from '../ui/language.ts';
import { useNumber } from '../ui/moment.ts';
import { type Place, routeText } from './route.ts';
import { shellWords } from './words.ts';

function To({
  place,
  current,
  label,
  count,
}: {
  readonly place: Place;
  readonly current: boolean;
  readonly label: string;
  readonly count?: string | undefined;
}) {
  const go = useRoute((state) => state.go);
  return (
    <a
      href={routeText({ place, filter: '', range: null })}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        event.preventDefault();
        go(place);
      }}
    >
      <span>{label}</span>
      <span>{count}</span>
    </a>
  );
}

export function Rail({ capture }: { readonly capture: string | null }) {
  const words = useWords(shellWords);
  const place = useRoute((state) => state.place);
  const captures = useApp((state) => state.captures);
  return (
    <nav className="rail" aria-label={words.main}>
      {capture === null ? null : <CaptureScreens capture={capture} />}
      {captures.length > 1 || capture === null ? (
        <>
          {captures.map((open) => (
            <To
              key={open.capture}
              place={{ screen: 'overview', capture: open.capture, item: null }}
              current={false}
              label={open.name}
            />
          ))}
          {captures.length > 1 ? (
            <To place={{ screen: 'compare' }} current={place.screen === 'compare'} label={words.compare} />
          ) : null}
          <To
            place={{ screen: 'two-ends', a: null, b: null }}
            current={place.screen === 'two-ends'}
            label={words.twoEnds}
          />
        </>
      ) : null}
      <span className="space" />
      <To
        place={{ screen: 'capture', test: null }}
        current={place.screen === 'capture'}
        label={words.record}
        count="R"
      />
      <To place={{ screen: 'settings' }} current={place.screen === 'settings'} label={words.settings} />
      <To place={{ screen: 'help', topic: null }} current={place.screen === 'help'} label={words.help} count="?" />
    </nav>
  );
}

function CaptureScreens({ capture }: { readonly capture: string }) {
  const words = useWords(shellWords);
  const number = useNumber();
  const view = useView(capture);
  const place = useRoute((state) => state.place);
  const counts = {
    overview: undefined,
    incidents: view === null ? undefined : number(view.incidents.length),
    flows: view?.head == null ? undefined : number(view.head.coverage.flows),
    dns: view?.head == null ? undefined : number(view.head.coverage.dnsQueries),
    packets: view === null ? undefined : number(view.progress.packets),
    report: undefined,
  };
  const test = useTest(capture);
  const screens = (['overview', 'incidents', 'flows', 'dns', 'packets', 'report'] as const).map((screen) => (
    <To
      key={screen}
      place={{ screen, capture, item: null }}
      current={place.screen === screen}
      label={words[screen]}
      count={counts[screen]}
    />
  ));
  return (
    <>
      {screens}
      {test === null ? null : (
        <To place={{ screen: 'test', capture, item: test }} current={place.screen === 'test'} label={words.test} />
      )}
    </>
  );
}

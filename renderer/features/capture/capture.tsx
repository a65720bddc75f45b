// The screen on which a recording is set up: one button starts it on the connection that carries the traffic.

import './capture.css';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { LiveError } from '../../../shared/domain/live.ts';
import { SERVICE_NAMES, type Service } from '../../../shared/domain/services.ts';
import { serviceName } from '../../../shared/i18n/words.ts';
import { show } from '../../app/opening.ts';
import { settings } from '../../app/settings.ts';
import { failureOf } from '../../app/store.ts';
import { visible } from '../../ui/format.ts';
import { useApp, useAppStore, useKeys, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useListed, useWords } from '../../ui/language.ts';
import { byteSize, useNumber } from '../../ui/moment.ts';
import { follow } from './follow.ts';
import { controlFor, isSame, planText, type Site, siteOf } from './guided.ts';
import { InterfaceList, interfaceTitle } from './interface-list.tsx';
import { bestInterface, vpnOf } from './interfaces.ts';
import { useInterfaces, useReadiness, useStart } from './live.ts';
import { useLiveWords } from './live-words.ts';
import { Options } from './options.tsx';
import { Command, Permission, Steps, systemOf, Tried } from './permission.tsx';
import { DEFAULT_SETUP, type Field, type Problem, requestOf } from './setup.ts';
import { testWords } from './test-words.ts';
import { captureWords } from './words.ts';

const NO_PROBLEMS: ReadonlyMap<Field, Problem> = new Map();

export function Capture({ test }: { readonly test: string | null }) {
  const words = useWords(captureWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const store = useAppStore();
  const canLive = useApp((state) => state.info?.can.live);
  const platform = useApp((state) => state.info?.platform ?? 'linux');
  const isWeb = useApp((state) => state.info?.face === 'web');
  const client = useApp((state) => state.client);
  const { listed, traffic, look } = useInterfaces();
  const [picked, pick] = useState<string | null>(null);
  const [setup, setSetup] = useState(DEFAULT_SETUP);
  const [path, setPath] = useState<string | null>(null);
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [asking, setAsking] = useState<{ readonly plan: string | null } | null>(null);
  const { start, starting, refused, tryFilter, forget } = useStart();
  const interfaces = listed?.interfaces ?? null;
  const chosen =
    interfaces === null ? null : (interfaces.find(({ name }) => name === picked) ?? bestInterface(interfaces));
  const readiness = useReadiness(chosen?.name ?? null);
  const errors = refused?.errors ?? [];
  const vpn = interfaces === null ? null : vpnOf(interfaces, chosen);
  const badFilter = errors.find(({ code }) => code === 'bad-filter') ?? null;
  const otherErrors = badFilter === null ? errors : [];
  const cannot = readiness.state === 'cannot' || otherErrors.length > 0;

  const begin = async (plan: string | null): Promise<void> => {
    if (chosen === null || starting || cannot) return;
    const read = requestOf(setup);
    setProblems(read.ok ? NO_PROBLEMS : read.problems);
    if (!read.ok) {
      const [field] = read.problems.keys();
      document.getElementById(`capture-${field}`)?.focus();
      return;
    }
    if (!settings.getState().recordingAgreed) {
      setAsking({ plan });
      return;
    }
    const capture = await start({
      ...read.request,
      interface: chosen.name,
      path,
    });
    if (capture === null) return;
    follow(capture, true);
    if (plan === null) show(capture);
    else go({ screen: 'test', capture, item: plan });
  };
  const tryOwnFilter = (): void => {
    const read = requestOf({ ...setup, stop: 'manual', ring: false });
    if (chosen === null || !read.ok || read.request.filter === null) return;
    tryFilter({ interface: chosen.name, filter: read.request.filter, snaplen: null });
  };
  const chooseFile = async (): Promise<void> => {
    try {
      const answer = await client.call('live.choose', { name: `${words.fileName}.pcapng` });
      if (answer.path !== null) setPath(answer.path);
    } catch (error) {
      store.getState().report(failureOf(error), null);
    }
  };
  const saved =
    path !== null
      ? words.savedTo(visible(path))
      : listed === null
        ? ''
        : listed.folder === null
          ? words.notSaved
          : words.savedIn(visible(listed.folder), byteSize(listed.limit));
  useKeys({ 'Ctrl+Enter': () => void begin(null), Escape: () => go({ screen: 'welcome' }) });
  // What was wrong is at the field that the person types in next
  useEffect(() => {
    if (badFilter !== null) document.getElementById('capture-filter')?.focus();
  }, [badFilter]);

  if (canLive === false) return <NotHere />;
  return (
    <div className="capture">
      <div className="capture-columns">
        <section className="capture-main">
          <h1>{words.title}</h1>
          <p className="capture-lead">{words.lead}</p>
          {interfaces === null ? (
            <p role="status" className="sec">
              {words.asking}
            </p>
          ) : interfaces.length === 0 ? (
            <div role="alert">
              <p className="strong">{words.none}</p>
              <p className="sec">{words.noneWhat}</p>
              <button type="button" className="button" onClick={look}>
                {words.checkAgain}
              </button>
            </div>
          ) : (
            <InterfaceList
              interfaces={interfaces}
              traffic={traffic}
              chosen={chosen?.name ?? null}
              choose={(name) => {
                pick(name);
                forget();
              }}
            />
          )}
          {vpn === null || chosen === null ? null : (
            <Note>
              <b className="strong">{words.vpn}</b>{' '}
              {vpn === 'inside' ? words.vpnInside : words.vpnBeside(interfaceTitle(chosen, words))}
            </Note>
          )}
          <Options
            setup={setup}
            change={(change) => {
              setSetup({ ...setup, ...change });
              setProblems(NO_PROBLEMS);
              forget();
            }}
            problems={problems}
            refused={badFilter}
            leaveFilter={tryOwnFilter}
          />
        </section>
        <aside className="capture-aside" aria-label={cannot ? words.permission.steps : undefined}>
          {cannot ? (
            <Permission
              errors={otherErrors.length > 0 ? otherErrors : readiness.errors}
              platform={platform}
              interfaceName={chosen?.name ?? null}
              checking={readiness.state === 'checking'}
              again={() => {
                forget();
                readiness.again();
              }}
            />
          ) : (
            <>
              <Guide test={test} starting={starting} begin={(plan) => void begin(plan)} />
              <Ready backend={readiness.backend} errors={readiness.errors} platform={platform} />
              <section className="capture-ready">
                <h3>{words.holds}</h3>
                <p className="sec">{words.reveals}</p>
                {isWeb ? <p className="sec">{words.onHost}</p> : null}
              </section>
            </>
          )}
        </aside>
      </div>
      <div className="capture-foot">
        <span className="mut capture-saved">{saved}</span>
        {listed?.canChoose === true ? (
          <button type="button" className="button quiet" onClick={() => void chooseFile()}>
            {words.elsewhere}
          </button>
        ) : null}
        <span className="space" />
        <span className="mut">{interfaces === null ? '' : words.connections(number(interfaces.length))}</span>
        <button type="button" className="button" onClick={() => go({ screen: 'welcome' })}>
          {words.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={chosen === null || cannot || starting}
          onClick={() => void begin(null)}
        >
          {starting ? words.starting : chosen === null ? words.start : words.startOn(interfaceTitle(chosen, words))}
        </button>
        {asking === null ? null : (
          <Agreement
            close={() => setAsking(null)}
            agree={() => {
              settings.getState().change({ recordingAgreed: true });
              setAsking(null);
              void begin(asking.plan);
            }}
          />
        )}
        <span className="silent" role="status">
          {starting ? words.starting : ''}
        </span>
      </div>
    </div>
  );
}

/** Once, before the first recording. */
function Agreement({ agree, close }: { readonly agree: () => void; readonly close: () => void }) {
  const words = useWords(captureWords);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="float capture-agreement" aria-labelledby="agreement-title" onClose={close}>
      <h2 id="agreement-title" className="read">
        {words.first}
      </h2>
      <p className="capture-lead">{words.reveals}</p>
      <p className="sec">{words.firstOthers}</p>
      <div className="test-actions">
        <button type="button" className="button primary" onClick={agree}>
          {words.agree}
        </button>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {words.cancel}
        </button>
      </div>
    </dialog>
  );
}

export function Note({ children }: { readonly children: ReactNode }) {
  return (
    <div className="capture-note-line">
      <Caution />
      <p>{children}</p>
    </div>
  );
}

export function Caution() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <path d="M9 2 17 16H1Z" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      <path d="M9 7v4.5M9 13v1.6" stroke="currentColor" strokeWidth="1.6" />
    </svg>
  );
}

function NotHere() {
  const words = useWords(captureWords);
  const live = useLiveWords();
  return (
    <section className="empty">
      <h1 className="read">{words.permission.missingTitle}</h1>
      <p>{words.permission.missingWhat}</p>
      <p>{live.step['open-instead']}</p>
      <Command text="blockscope capture --help" />
    </section>
  );
}

/** How it is recorded, and what follows from that. */
function Ready({
  backend,
  errors,
  platform,
}: {
  readonly backend: 'dumpcap' | 'cap' | null;
  readonly errors: readonly LiveError[];
  readonly platform: string;
}) {
  const words = useWords(captureWords);
  const live = useLiveWords();
  if (backend === null) return null;
  const said = words.permission;
  return (
    <section className="capture-ready">
      <p>
        <span className="tag line">{backend === 'cap' ? said.userTimes : said.ready}</span>
      </p>
      <p className="sec">
        {words.recorder}: <bdi className="m">{backend}</bdi>. {backend === 'cap' ? live.userTimes : said.kernelTimes}
      </p>
      {backend === 'cap' && errors.length > 0 ? (
        <details>
          <summary>{said.better}</summary>
          <Tried errors={errors} />
          <ol className="capture-steps">
            <Steps errors={errors} system={systemOf(platform)} />
          </ol>
        </details>
      ) : null}
    </section>
  );
}

interface GuideProps {
  readonly test: string | null;
  readonly starting: boolean;
  readonly begin: (plan: string) => void;
}

/** The guided test before it runs: the site, what belongs to it, and the comparison. */
function Guide({ test, starting, begin }: GuideProps) {
  const words = useWords(testWords);
  const engine = useEngineWords();
  const [typed, type] = useState(test ?? '');
  const [compared, compare] = useState<string | null>(null);
  const [wrong, setWrong] = useState<'site' | 'control' | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const called: Record<string, Service> = {};
  for (const service of SERVICE_NAMES) called[serviceName(engine, service).toLowerCase()] = service;
  const site = siteOf(typed, called);
  const control = compared === null ? (site === null ? null : controlFor(site)) : siteOf(compared);
  useEffect(() => {
    if (test !== null) field.current?.focus();
  }, [test]);
  const submit = (): void => {
    if (site === null) {
      setWrong('site');
      field.current?.focus();
    } else if (control === null || isSame(site, control)) setWrong('control');
    else begin(planText({ site, control }));
  };
  return (
    <section className="capture-guide" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} className="read">
        {words.title}
      </h2>
      <p className="read capture-lead">
        {words.what} {words.sendsNothing}
      </p>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <label htmlFor={`${id}-site`}>{words.site}</label>
        <input
          id={`${id}-site`}
          ref={field}
          className="field ltr"
          placeholder={words.siteHow}
          value={typed}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={wrong === 'site'}
          aria-describedby={`${id}-said`}
          onChange={(event) => {
            type(event.target.value);
            setWrong(null);
          }}
        />
        <p id={`${id}-said`} role="status" className={wrong === 'site' ? 'capture-wrong' : 'mut capture-note'}>
          {wrong === 'site' ? words.notSite : site === null ? '' : <Belongs site={site} />}
        </p>
        <label htmlFor={`${id}-control`}>{words.control}</label>
        <input
          id={`${id}-control`}
          className="field ltr"
          value={compared ?? control?.names[0] ?? ''}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={wrong === 'control'}
          aria-describedby={wrong === 'control' ? `${id}-same` : undefined}
          onChange={(event) => {
            compare(event.target.value);
            setWrong(null);
          }}
        />
        {wrong === 'control' ? (
          <p id={`${id}-same`} role="alert" className="capture-wrong">
            {control === null ? words.notSite : words.sameSite}
          </p>
        ) : (
          <p className="mut capture-note">{words.controlHow}</p>
        )}
        <h3 className="capture-before">{words.before}</h3>
        <ul className="capture-tried">
          {words.beforeWhat.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <button type="submit" className={test === null ? 'button' : 'button primary'} disabled={starting}>
          {words.start}
        </button>
      </form>
    </section>
  );
}

function Belongs({ site }: { readonly site: Site }) {
  const words = useWords(testWords);
  const engine = useEngineWords();
  const listed = useListed();
  if (site.service === null) return <bdi className="m">{site.domain}</bdi>;
  const surfaces = listed(site.surfaces.map((surface) => engine.surface[surface]));
  return words.known(serviceName(engine, site.service), surfaces);
}

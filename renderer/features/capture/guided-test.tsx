// The guided test while it runs: the steps, the attempts as they appear, what they say so far, and what a second vantage
// would add.

import './capture.css';
import { useEffect, useMemo, useState } from 'react';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { Language } from '../../../shared/i18n/language.ts';
import { sentence, serviceName } from '../../../shared/i18n/words.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { hostPort, visible } from '../../ui/format.ts';
import { useApp, useCall, useRoute, useThrottled, useView } from '../../ui/hooks.ts';
import { useEngineWords, useListed, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { PathState } from '../../ui/path-state.tsx';
import { headlineOf } from '../overview/headline.ts';
import { sentencesOf } from '../overview/overview.tsx';
import { overviewWords } from '../overview/words.ts';
import { tableWords } from '../tables/words.ts';
import {
  type Attempt,
  addressesOf,
  attemptsOf,
  leadFinding,
  ofSite,
  type Plan,
  planOf,
  type Site,
  type Step,
  type StepKind,
  stepsOf,
  type TestVerdict,
  testFilter,
  verdictOf,
} from './guided.ts';
import { rememberTest } from './plans.ts';
import { testWords } from './test-words.ts';

/** Rows of each table that are looked at: a test is minutes, not days. */
const MOST_ROWS = 500;
const LISTED = 40;
const NONE: ReadonlySet<StepKind> = new Set();

export function siteName(site: Site, engine: Language): string {
  return site.service === null ? site.domain : serviceName(engine, site.service);
}

export function GuidedTest({ capture, test }: { readonly capture: string; readonly test: string }) {
  const words = useWords(testWords);
  const go = useRoute((state) => state.go);
  const view = useView(capture);
  const plan = useMemo(() => planOf(test), [test]);
  useEffect(() => {
    if (plan !== null) rememberTest(capture, test);
  }, [plan, capture, test]);
  if (plan === null || view === null) {
    return (
      <section className="empty">
        <p>{words.gone}</p>
        <button type="button" className="button" onClick={() => go({ screen: 'overview', capture, item: null })}>
          {words.openOverview}
        </button>
      </section>
    );
  }
  return <Running key={test} capture={capture} plan={plan} view={view} />;
}

function Running({
  capture,
  plan,
  view,
}: {
  readonly capture: string;
  readonly plan: Plan;
  readonly view: CaptureView;
}) {
  const words = useWords(testWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const client = useApp((state) => state.client);
  const [skipped, skip] = useState(NONE);
  const attempts = useAttempts(capture, plan, view);
  const isOver = view.state !== 'reading' && view.state !== 'paused';
  const steps = stepsOf(plan, attempts, skipped, view.progress.reached, isOver);
  const verdict = useMemo(() => verdictOf(plan, attempts, view), [plan, attempts, view]);
  const site = siteName(plan.site, engine);
  const isFinal = isOver || steps.every(({ state }) => state !== 'now');
  return (
    <div className="test">
      <section className="test-main">
        <h1>{words.of(site)}</h1>
        <p className="capture-lead">{words.sendsNothing}</p>
        <ol className="test-steps">
          {steps.map((step) => (
            <StepRow
              key={step.kind}
              step={step}
              plan={plan}
              isOver={isOver}
              skip={() => skip(new Set([...skipped, step.kind]))}
            />
          ))}
        </ol>
        <h2>{words.attempts}</h2>
        <Attempts capture={capture} attempts={attempts} view={view} />
      </section>
      <aside className="test-aside">
        <Verdict capture={capture} plan={plan} verdict={verdict} view={view} isFinal={isFinal} />
        <div className="test-actions">
          {isOver ? (
            <button
              type="button"
              className="button primary"
              onClick={() => go({ screen: 'capture', test: plan.site.domain })}
            >
              {words.again}
            </button>
          ) : (
            <button
              type="button"
              className={isFinal ? 'button primary' : 'button'}
              onClick={() => void client.call('live.stop', { capture })}
            >
              {words.finish}
            </button>
          )}
          <button type="button" className="button" onClick={() => go({ screen: 'overview', capture, item: null })}>
            {words.openOverview}
          </button>
        </div>
      </aside>
    </div>
  );
}

/** Asked for again as the capture grows. */
function useAttempts(capture: string, plan: Plan, view: CaptureView): readonly Attempt[] {
  const { targets } = view;
  const addresses = useMemo(() => addressesOf(targets, plan.site), [targets, plan]);
  const asked = { capture, filter: testFilter(plan, addresses), sort: null, offset: 0, limit: MOST_ROWS };
  const revision = `${view.state} ${Math.floor(view.progress.elapsed * 2)} ${view.progress.flows}`;
  const flows = useCall('flows.page', asked, revision);
  const dns = useCall('dns.page', asked, revision);
  const flowRows = flows.state === 'failed' ? null : flows.result;
  const dnsRows = dns.state === 'failed' ? null : dns.result;
  return useMemo(
    () => attemptsOf(plan, flowRows?.rows ?? [], dnsRows?.rows ?? [], targets),
    [plan, flowRows, dnsRows, targets],
  );
}

interface StepProps {
  readonly step: Step;
  readonly plan: Plan;
  readonly isOver: boolean;
  readonly skip: () => void;
}

function StepRow({ step, plan, isOver, skip }: StepProps) {
  const words = useWords(testWords);
  const engine = useEngineWords();
  const listed = useListed();
  const { kind, state } = step;
  const title = (() => {
    switch (kind) {
      case 'control':
      case 'again':
        return words.step[kind](plan.control.names[0] ?? plan.control.domain);
      case 'web':
        return words.step.web(listed(plan.site.names));
      case 'app':
      case 'calls':
        return words.step[kind](siteName(plan.site, engine));
      case 'settle':
        return words.step.settle;
    }
  })();
  const isNow = state === 'now' && !isOver;
  return (
    <li className={state} aria-current={isNow ? 'step' : undefined}>
      <div>
        <p className="test-step">{title}</p>
        {isNow ? (
          <>
            <p className="sec">{words.stepWhat[kind]}</p>
            <p className="test-now">
              <span className="mut" role="status">
                {words.watching}
              </span>
              {kind === 'settle' ? null : (
                <button type="button" className="button quiet" onClick={skip}>
                  {words.skip}
                </button>
              )}
            </p>
          </>
        ) : null}
      </div>
      <span className="mut">{words.state[state]}</span>
    </li>
  );
}

function Attempts({
  capture,
  attempts,
  view,
}: {
  readonly capture: string;
  readonly attempts: readonly Attempt[];
  readonly view: CaptureView;
}) {
  const words = useWords(testWords);
  const tables = useWords(tableWords);
  const engine = useEngineWords();
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const start = epochSeconds(view.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const said = useThrottled(
    attempts
      .slice(-3)
      .map((attempt) => `${attempt.name ?? attempt.address}: ${words.result[attempt.result]}`)
      .join('; '),
  );
  if (attempts.length === 0) return <p className="sec">{words.noAttempts}</p>;
  const listed = attempts.slice(-LISTED);
  const outcome = (attempt: Attempt): string =>
    attempt.kind === 'lookup'
      ? (words.answer[attempt.outcome] ?? attempt.outcome)
      : (tables.outcome[attempt.outcome] ?? attempt.outcome);
  return (
    <>
      <p className="silent" role="status">
        {said}
      </p>
      {attempts.length > listed.length ? <p className="mut">{words.more(number(attempts.length - LISTED))}</p> : null}
      <ol className="test-attempts">
        {listed.map((attempt) => {
          const finding = leadFinding(attempt, view.findings);
          return (
            <li key={attempt.key} className={attempt.role}>
              <bdi className="m ltr">{clock.time(start + attempt.offset, 1)}</bdi>
              <span>{words.role[attempt.role]}</span>
              <span className="test-where">
                <bdi className="m strong">{visible(attempt.name ?? attempt.address)}</bdi>{' '}
                <span className="mut">
                  {attempt.kind === 'lookup' ? (
                    words.lookup
                  ) : (
                    <bdi className="m ltr">
                      {attempt.name === null ? `:${attempt.port}` : hostPort(attempt.address, attempt.port)}{' '}
                      {attempt.application ?? ''}
                    </bdi>
                  )}
                </span>
              </span>
              <span>
                {finding === null ? null : (
                  <Mark technique={finding.techniques[0] ?? null} confidence={finding.confidence} />
                )}{' '}
                {attempt.flow === null ? (
                  <Result attempt={attempt} text={outcome(attempt)} />
                ) : (
                  <button
                    type="button"
                    className="link"
                    onClick={() => go({ screen: 'flows', capture, item: String(attempt.flow) })}
                  >
                    <Result attempt={attempt} text={outcome(attempt)} />
                  </button>
                )}
                {finding === null ? null : (
                  <span className="mut"> {engine.technique[finding.techniques[0]!].name}</span>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Result({ attempt, text }: { readonly attempt: Attempt; readonly text: string }) {
  const words = useWords(testWords);
  const isFailed = attempt.result === 'failed';
  return (
    <span className={isFailed ? 'strong' : undefined}>
      {words.result[attempt.result]}
      {attempt.outcome === 'open' && attempt.kind === 'connection' ? null : <span className="mut"> ({text})</span>}
    </span>
  );
}

interface VerdictProps {
  readonly capture: string;
  readonly plan: Plan;
  readonly verdict: TestVerdict;
  readonly view: CaptureView;
  readonly isFinal: boolean;
}

function Verdict({ capture, plan, verdict, view, isFinal }: VerdictProps) {
  const words = useWords(testWords);
  const engine = useEngineWords();
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const overview = useWords(overviewWords);
  const listed = useListed();
  const { kind, incidents } = verdict;
  const lead = incidents[0];
  const sentences = incidents
    .slice(0, 3)
    .map((incident) => sentence(engine, 'verdict', incident.verdict.kind, incident.verdict.params));
  const claims = useMemo(() => headlineOf(ofSite(view, plan, incidents)), [view, plan, incidents]);
  const confidence = claims.kind === 'claims' ? claims.confidence : verdict.confidence;
  const claimed =
    claims.kind === 'claims' ? sentencesOf(claims, overview, engine, number, listed).join(' ') : sentences[0];
  const title = kind === 'found' ? (claimed ?? '') : words.verdicts[kind];
  const spoken = useThrottled(title);
  const own = view.head?.services.find(({ service }) => service === plan.site.service);
  const next = lead?.next.filter(({ kind: step }) => ADDS.has(step)) ?? [];
  return (
    <>
      <section className="test-verdict" aria-labelledby="test-verdict">
        <span className="tag line">{isFinal ? words.verdictFinal : words.verdict}</span>
        <h2 id="test-verdict">{title}</h2>
        <p className="silent" role="status">
          {spoken}
        </p>
        {confidence === null || kind === 'offline' ? null : (
          <p>
            <ConfidenceWord confidence={confidence} />
          </p>
        )}
        {words.verdictWhat[kind] === '' ? null : <p className="sec">{words.verdictWhat[kind]}</p>}
        {incidents.length === 0 ? null : (
          <ul>
            {incidents.slice(0, sentences.length).map((incident, at) => (
              <li key={incident.id}>
                <Mark technique={incident.techniques[0] ?? null} confidence={incident.confidence} />
                <span>
                  {sentences[at]}{' '}
                  <button
                    type="button"
                    className="link"
                    onClick={() => go({ screen: 'incidents', capture, item: incident.id })}
                  >
                    {words.openIncident}
                  </button>
                </span>
              </li>
            ))}
          </ul>
        )}
        {own === undefined ? null : (
          <table className="test-surfaces">
            <tbody>
              {own.surfaces.map(({ surface, state }) => (
                <tr key={surface}>
                  <th scope="row">{engine.surface[surface]}</th>
                  <td>
                    <PathState state={state} word={engine.serviceState[state]} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {verdict.tried === 0 ? null : (
          <p className="sec">{words.tally(number(verdict.worked), number(verdict.tried))}</p>
        )}
        {verdict.controlTried === 0 ? null : (
          <p className="sec">{words.controlTally(number(verdict.controlWorked), number(verdict.controlTried))}</p>
        )}
      </section>
      {words.secondWhat[kind] === '' ? null : (
        <section className="test-second">
          <h2>{words.second}</h2>
          <p className="sec">{words.secondWhat[kind]}</p>
          {kind === 'found' ? <p className="sec">{words.serverSide}</p> : null}
          {next.map((step) => (
            <p key={step.kind} className="sec">
              {sentence(engine, 'next', step.kind, step.params)}
            </p>
          ))}
        </section>
      )}
    </>
  );
}

/** Next steps that the two sentences above do not say already. */
const ADDS: ReadonlySet<string> = new Set([
  'other-resolver',
  'other-name-same-address',
  'same-name-other-address',
  'try-ech',
]);

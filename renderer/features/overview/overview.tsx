// Home of a capture: the verdict, the services, the timeline, the incidents, and what else must be known of it.

import './overview.css';
import { memo, useCallback, useMemo, useState } from 'react';
import type { Incident } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import {
  CONFIDENCES,
  confidenceOf,
  type Outcome,
  SURFACES,
  TECHNIQUES,
  type Technique,
} from '../../../shared/domain/vocabulary.ts';
import type { Language } from '../../../shared/i18n/language.ts';
import { sentence, serviceName } from '../../../shared/i18n/words.ts';
import { chooseFiles } from '../../app/opening.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { useAppStore, useRoute, useThrottled, useView } from '../../ui/hooks.ts';
import { useEngineWords, useListed, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { PathState, type PathStateName } from '../../ui/path-state.tsx';
import { useIsLive } from '../capture/live.ts';
import { filtered } from '../filter/findings.ts';
import { ReadingProgress } from '../reading/reading.tsx';
import { Timeline } from '../timeline/timeline.tsx';
import { type Affected, type Headline, headlineOf, type Subject } from './headline.ts';
import { overviewWords } from './words.ts';

export function Overview({ capture }: { readonly capture: string }) {
  const whole = useView(capture);
  const filter = useRoute((state) => state.filter);
  const view = useMemo(() => (whole === null ? null : filtered(whole, filter)), [whole, filter]);
  const [selected, select] = useState<string | null>(null);
  if (whole === null || view?.head == null) return null;
  const { error, capture: recorded } = view.head;
  const isEmpty = recorded.packets === 0;
  return (
    <div className="overview">
      <Verdict capture={capture} view={whole} />
      {isEmpty ? null : (
        <>
          <Timeline capture={capture} view={view} selected={selected} select={select} />
          <Incidents capture={capture} view={view} selected={selected} select={select} />
        </>
      )}
      {isEmpty && error !== null ? null : <About view={whole} />}
    </div>
  );
}

type OverviewWords = ReturnType<typeof useWords<(typeof overviewWords)['en']>>;

function subjectName(subject: Subject, words: OverviewWords, engine: Language): string {
  return subject.kind === 'target'
    ? `\u2068${subject.name}\u2069`
    : words.surface(serviceName(engine, subject.service), engine.surface[subject.surface], subject.surface === 'web');
}

const NAMED = 3;

/** What is claimed, as sentences. */
export function sentencesOf(
  headline: Headline,
  words: OverviewWords,
  engine: Language,
  number: (n: number) => string,
  listed: (items: readonly string[]) => string,
): string[] {
  const named = (subjects: readonly Subject[]): string => {
    const shown = subjects.slice(0, NAMED).map((subject) => subjectName(subject, words, engine));
    const rest = subjects.length - shown.length;
    return `${listed(shown)}${rest > 0 ? ` ${words.more(number(rest))}` : ''}`;
  };
  switch (headline.kind) {
    case 'claims':
      return [
        ...headline.claims
          .slice(0, 2)
          .map(({ kind, subjects }) => words.headline[kind](named(subjects), subjects.length)),
        ...(headline.worked.length > 0 ? [words.headline.worked(named(headline.worked))] : []),
      ];
    case 'maybe':
      return [words.headline.maybe(number(headline.suspected))];
    default:
      return [words.headline[headline.kind]];
  }
}

function Verdict({ capture, view }: { readonly capture: string; readonly view: CaptureView }) {
  const words = useWords(overviewWords);
  const engine = useEngineWords();
  const number = useNumber();
  const store = useAppStore();
  const go = useRoute((state) => state.go);
  const headline = useMemo(() => headlineOf(view), [view]);
  const head = view.head!;
  const lead = headline.incidents[0];
  const listed = useListed();
  const sentences = sentencesOf(headline, words, engine, number, listed);
  const isLive = useIsLive(capture);
  const soFar =
    view.state === 'reading'
      ? isLive
        ? words.headline.recordingSoFar
        : words.headline.readingSoFar
      : view.state === 'paused'
        ? words.headline.pausedSoFar
        : view.state === 'gone'
          ? words.headline.gone
          : null;
  const spoken = useThrottled([soFar ?? '', ...sentences].join(' '));
  const failed = headline.attempts - headline.succeeded;
  const isNothing = headline.kind === 'none' || headline.kind === 'nothing' || headline.kind === 'unread';
  return (
    <section className="verdict">
      <div>
        {soFar === null ? null : <p className="sec">{soFar}</p>}
        <h1>
          {sentences.map((text) => (
            <span key={text}>{text} </span>
          ))}
        </h1>
        <p className="silent" role="status">
          {spoken}
        </p>
        {head.error === null ? null : (
          <p className="lead" role="alert">
            {engine.error[head.error.code].text(head.error.params)} {engine.error[head.error.code].hint}{' '}
            {head.error.offset === null ? null : words.errorAt(number(head.error.offset))}
          </p>
        )}
        {lead === undefined ? (
          <p className="lead">
            {headline.attempts === 0
              ? null
              : words.tally(number(headline.succeeded), number(headline.attempts), number(headline.targets))}{' '}
            {headline.kind === 'none' && failed > 0 ? words.unexplained(number(failed)) : null}{' '}
            {headline.kind === 'unclear' && headline.succeeded === 0 ? words.nothingWorked : null}
            {headline.kind === 'none' ? words.noProof : null}
          </p>
        ) : (
          <p className="lead">
            {sentence(engine, 'verdict', lead.verdict.kind, lead.verdict.params)}{' '}
            {headline.elsewhere > 0 ? words.other(number(headline.elsewhere)) : null}
          </p>
        )}
        {headline.confidence === null ? null : (
          <p className="surety">
            <ConfidenceWord confidence={headline.confidence} />
            <span className="mut">{withoutWord(engine.confidence[headline.confidence].sentence)}</span>
          </p>
        )}
        {head.capture.quality
          .filter(({ kind }) => SAID_AT_ONCE.has(kind))
          .map(({ kind, params, count }) => (
            <p key={`${kind} ${JSON.stringify(params)}`} className="sec">
              {engine.quality[kind](params, count)}
            </p>
          ))}
        {view.state !== 'cancelled' || head.capture.stoppedAt === null ? null : (
          <p className="sec">{words.stopped(number(head.capture.stoppedAt.frame))}</p>
        )}
        <ReadingProgress capture={capture} />
        {isNothing || headline.kind === 'failed' || view.state === 'gone' ? (
          <p className="actions">
            {!isLive ? (
              <button type="button" className="button primary" onClick={() => go({ screen: 'capture', test: null })}>
                {words.record}
              </button>
            ) : null}
            <button type="button" className="button" onClick={() => void chooseFiles(store)}>
              {words.openOther}
            </button>
            {headline.kind === 'none' ? (
              <button type="button" className="button" onClick={() => go({ screen: 'flows', capture, item: null })}>
                {words.flows}
              </button>
            ) : null}
          </p>
        ) : null}
      </div>
      {head.services.length === 0 && headline.affected.length === 0 ? null : (
        <Services view={view} affected={headline.affected} />
      )}
    </section>
  );
}

/** What of the recording's quality belongs beside the verdict: there may be more than was seen. */
const SAID_AT_ONCE: ReadonlySet<string> = new Set([
  'truncated',
  'damaged',
  'one-way',
  'drops',
  'wifi-encrypted',
  'budget',
  'let-go',
]);

/** The fixed sentences begin with the word that stands beside them. */
function withoutWord(text: string): string {
  const rest = text.replace(/^[^:：]*[:：]\s*/, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

const STATE_OF: { readonly [K in Outcome]: PathStateName } = {
  blocked: 'blocked',
  attempted: 'degraded',
  down: 'inconclusive',
  ok: 'reachable',
  insufficient: 'inconclusive',
};
const SERVICES_SHOWN = 6;
const TARGETS_SHOWN = 4;

/** A list by its name, and where it is from. */
function listSource({ head }: CaptureView, name: string): string {
  const source = head?.lists.find((list) => list.name === name)?.source ?? null;
  return source === null ? name : `${name} (${source})`;
}

function Services({ view, affected }: { readonly view: CaptureView; readonly affected: readonly Affected[] }) {
  const words = useWords(overviewWords);
  const engine = useEngineWords();
  const number = useNumber();
  const services = view.head!.services;
  const surfaces = SURFACES.filter((surface) =>
    services.some((row) => row.surfaces.some((entry) => entry.surface === surface && entry.state !== 'not-seen')),
  );
  return (
    <table className="services">
      <thead>
        <tr>
          <th scope="col">{services.length === 0 ? words.target : words.service}</th>
          {surfaces.length === 0 ? <th scope="col">{words.reached}</th> : null}
          {surfaces.map((surface) => (
            <th key={surface} scope="col">
              {engine.surface[surface]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {services.slice(0, SERVICES_SHOWN).map((row) => (
          <tr
            key={row.service}
            className={row.surfaces.some(({ state }) => state === 'blocked') ? 'strong' : undefined}
          >
            <th scope="row">
              <bdi>{serviceName(engine, row.service)}</bdi>
              {row.list === undefined ? null : (
                <span className="mut from-list">{words.fromList(`\u2068${listSource(view, row.list)}\u2069`)}</span>
              )}
            </th>
            {surfaces.map((surface) => {
              const state = row.surfaces.find((entry) => entry.surface === surface)?.state;
              return (
                <td key={surface}>
                  {state === undefined ? null : <PathState state={state} word={engine.serviceState[state]} />}
                </td>
              );
            })}
          </tr>
        ))}
        {affected.slice(0, TARGETS_SHOWN).map((target) => (
          <tr key={target.name} className="strong">
            <th scope="row">
              <bdi className="m">{target.name}</bdi>
            </th>
            <td colSpan={Math.max(surfaces.length, 1)}>
              <PathState state={STATE_OF[target.outcome]} word={engine.outcome[target.outcome].word} />{' '}
              <span className="mut tried">{words.tried(number(target.failed), number(target.succeeded))}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const LISTED = 50;

interface IncidentsProps {
  readonly capture: string;
  readonly view: CaptureView;
  readonly selected: string | null;
  readonly select: (finding: string | null) => void;
}

function Incidents({ capture, view, selected, select }: IncidentsProps) {
  const words = useWords(overviewWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const start = epochSeconds(view.head!.capture.firstTime ?? '0');
  const clock = useClock(start);
  const { columns } = words;
  const choose = useCallback((incident: Incident) => select(incident.findings[0] ?? null), [select]);
  if (view.incidents.length === 0) return null;
  return (
    <section className="incident-list">
      <div className="list-head">
        <h2>{words.incidents}</h2>
        <span className="mut">{number(view.incidents.length)}</span>
        <kbd>J</kbd>
        <kbd>K</kbd>
        <span className="legend">
          {CONFIDENCES.map((confidence) => (
            <ConfidenceWord key={confidence} confidence={confidence} />
          ))}
        </span>
      </div>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{columns.what}</th>
            <th scope="col">{columns.confidence}</th>
            <th scope="col" className="num">
              {columns.failed}
            </th>
            <th scope="col" className="num">
              {columns.worked}
            </th>
            <th scope="col" className="num">{`${columns.first} (${clock.zone})`}</th>
            <th scope="col" className="num">
              {columns.last}
            </th>
          </tr>
        </thead>
        <tbody>
          {view.incidents.slice(0, LISTED).map((incident) => (
            <IncidentRow
              key={incident.id}
              capture={capture}
              incident={incident}
              start={start}
              selected={selected !== null && incident.findings.includes(selected)}
              choose={choose}
            />
          ))}
        </tbody>
      </table>
      {view.incidents.length <= LISTED ? null : (
        <p>
          <button
            type="button"
            className="button quiet"
            onClick={() => go({ screen: 'incidents', capture, item: null })}
          >
            {words.all(number(view.incidents.length))}
          </button>
        </p>
      )}
    </section>
  );
}

interface IncidentRowProps {
  readonly capture: string;
  readonly incident: Incident;
  readonly start: number;
  readonly selected: boolean;
  readonly choose: (incident: Incident) => void;
}

const IncidentRow = memo(function IncidentRow({ capture, incident, start, selected, choose }: IncidentRowProps) {
  const engine = useEngineWords();
  const number = useNumber();
  const clock = useClock(start);
  const go = useRoute((state) => state.go);
  return (
    <tr aria-selected={selected} onClick={() => choose(incident)}>
      <td>
        <Mark technique={incident.techniques[0] ?? null} confidence={incident.confidence} />
      </td>
      <td>
        <a
          href={`#/c/${capture}/incidents/${incident.id}`}
          onClick={(event) => {
            event.preventDefault();
            go({ screen: 'incidents', capture, item: incident.id });
          }}
        >
          {sentence(engine, 'verdict', incident.verdict.kind, incident.verdict.params)}
        </a>
      </td>
      <td>
        <span className="confidence-word">{engine.confidence[incident.confidence].word}</span>
      </td>
      <td className="num">{number(incident.failed)}</td>
      <td className="num">{number(incident.succeeded)}</td>
      <td className="num">
        <bdi className="m">{clock.time(epochSeconds(incident.firstTime))}</bdi>
      </td>
      <td className="num">
        <bdi className="m">{clock.time(epochSeconds(incident.lastTime))}</bdi>
      </td>
    </tr>
  );
});

/** What a technique is looked for in. */
const LOOKED_IN: { readonly [K in Technique]: 'tcp' | 'dnsQueries' | 'tlsHellos' | 'httpRequests' | 'quicInitials' } = {
  'rst-injection': 'tcp',
  'dns-poisoning': 'dnsQueries',
  'dns-blocking': 'dnsQueries',
  'sni-filtering': 'tlsHellos',
  'http-filtering': 'httpRequests',
  'quic-blocking': 'quicInitials',
  'ip-null-routing': 'tcp',
  'port-blocking': 'tcp',
  'http-blockpage': 'httpRequests',
  'data-injection': 'tcp',
  'tls-mitm': 'tlsHellos',
  throttling: 'tcp',
  'data-cutoff': 'tcp',
  'residual-blocking': 'tcp',
};

const About = memo(function About({ view }: { readonly view: CaptureView }) {
  const words = useWords(overviewWords);
  const engine = useEngineWords();
  const number = useNumber();
  const head = view.head!;
  const { vantage, quality } = head.capture;
  const { coverage } = head;
  const listed = useListed();
  // One that is named twice over is counted twice over
  const counted = TECHNIQUES.flatMap((technique) => {
    const findings = view.findings.filter(
      ({ techniques, state }) => state !== 'withdrawn' && techniques.includes(technique),
    );
    return findings.length === 0 ? [] : [{ technique, findings }];
  });
  return (
    <div className="about">
      <section>
        <h2>{words.quality}</h2>
        {quality.length === 0 ? <p className="sec">{words.qualityGood}</p> : null}
        <ul>
          {quality.map((entry) => (
            <li key={`${entry.kind} ${JSON.stringify(entry.params)}`}>
              {engine.quality[entry.kind](entry.params, entry.count)}{' '}
              {entry.prevents.length === 0 ? null : (
                <span className="mut">
                  {words.prevents(listed(entry.prevents.map((technique) => engine.technique[technique].name)))}
                </span>
              )}
            </li>
          ))}
        </ul>
        <h2>{words.vantage}</h2>
        <p className="sec">
          {words.role[vantage.role.value]}
          {vantage.role.basis === 'unknown' ? '' : ` (${words.basis[vantage.role.basis]})`}
        </p>
        {vantage.resolvers.length === 0 ? null : (
          <p className="sec">
            {words.resolvers}: <bdi className="m">{vantage.resolvers.slice(0, 6).join(', ')}</bdi>
          </p>
        )}
        {vantage.local.length === 0 ? null : (
          <p className="sec">
            {words.local}: <bdi className="m">{vantage.local.slice(0, 6).join(', ')}</bdi>
          </p>
        )}
        <h2>{words.cannot}</h2>
        <ul>
          {engine.limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </section>
      <section>
        {counted.length === 0 ? null : (
          <>
            <h2>{words.counts}</h2>
            <table className="counted">
              <tbody>
                {counted.map(({ technique, findings }) => (
                  <tr key={technique}>
                    <td>
                      <Mark technique={technique} confidence="confirmed" /> {engine.technique[technique].name}
                    </td>
                    {CONFIDENCES.map((confidence) => {
                      const n = findings.filter((finding) => confidenceOf(technique, finding) === confidence).length;
                      return (
                        <td key={confidence} className="num">
                          {n === 0 ? '' : `${engine.confidence[confidence].word} ${number(n)}`}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
        <h2>{words.checked}</h2>
        <table className="checked">
          <tbody>
            {head.checked.map((row) => (
              <tr key={row.technique}>
                <td>
                  <Mark technique={row.technique} confidence={row.state === 'not-run' ? 'inconclusive' : 'possible'} />{' '}
                  {engine.technique[row.technique].name}
                </td>
                <td className="sec">{words.state[row.state]}</td>
                <td className="num mut">
                  {row.state === 'not-run'
                    ? null
                    : words.looked[LOOKED_IN[row.technique]](number(coverage[LOOKED_IN[row.technique]]))}
                </td>
                <td>
                  <bdi className="m mut">{row.rule ?? ''}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
});

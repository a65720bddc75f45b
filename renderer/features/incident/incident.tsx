// One incident: the claim, how sure each part of it is, evidence for and against, other explanations, what worked beside
// it, and what would change the judgement. Plain and technical are the same data.

import './incident.css';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { Finding, Incident } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { CONFIDENCES, type Confidence, type Technique } from '../../../shared/domain/vocabulary.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { settings } from '../../app/settings.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { hostPort } from '../../ui/format.ts';
import { useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { NetworksOf } from '../networks/networks.tsx';
import { AddToReport } from '../report/add.tsx';
import { addressesOf, Controls, Likeness, PlaceOnPath } from './aside.tsx';
import { Details } from './details.tsx';
import { Disagree } from './disagree.tsx';
import { Evidence, Explanations } from './evidence.tsx';
import { plainly } from './plain.ts';
import { incidentWords } from './words.ts';

export function IncidentScreen({ capture, incident: id }: { readonly capture: string; readonly incident: string }) {
  const view = useView(capture);
  const go = useRoute((state) => state.go);
  const incidents = view?.incidents ?? [];
  const at = incidents.findIndex((entry) => entry.id === id);
  const incident = incidents[at];
  const [seen, see] = useState<Incident | null>(null);
  useEffect(() => {
    if (incident !== undefined) see(incident);
  }, [incident]);
  const walk = (step: number): void => {
    const next = incidents[at + step];
    if (next !== undefined) go({ screen: 'incidents', capture, item: next.id });
  };
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    Escape: () => go({ screen: 'overview', capture, item: null }),
  });
  if (view?.head == null) return null;
  if (incident === undefined) return <Gone capture={capture} seen={seen?.id === id ? seen : null} />;
  return (
    <OneIncident
      key={incident.id}
      capture={capture}
      view={view}
      incident={incident}
      previous={at > 0 ? () => walk(-1) : null}
      next={at + 1 < incidents.length ? () => walk(1) : null}
    />
  );
}

/** There is none of that id; it may have been withdrawn while somebody was reading it. */
function Gone({ capture, seen }: { readonly capture: string; readonly seen: Incident | null }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  return (
    <section className="empty">
      <p role="status">{seen === null ? words.gone : words.withdrawn}</p>
      {seen === null ? null : (
        <p className="read withdrawn">{plainly(sentence(engine, 'verdict', seen.verdict.kind, seen.verdict.params))}</p>
      )}
      <button type="button" className="button" onClick={() => go({ screen: 'overview', capture, item: null })}>
        {words.back}
      </button>
    </section>
  );
}

interface Props {
  readonly capture: string;
  readonly view: CaptureView;
  readonly incident: Incident;
  readonly previous: (() => void) | null;
  readonly next: (() => void) | null;
}

/** Surest first: that one stands for the incident until another is chosen. */
function bySureness(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence));
}

/** The mark of the technique that is named by what was done, not by what set it off. */
function techniqueDone({ techniques, interference }: Finding): Technique | null {
  const named: { readonly [kind: string]: Technique } = {
    'rst-injection': 'rst-injection',
    'forged-answer': 'dns-poisoning',
    'block-page': 'http-blockpage',
    'data-injection': 'data-injection',
    'tls-mitm': 'tls-mitm',
    throttling: 'throttling',
    'cut-off': 'data-cutoff',
  };
  const own = named[interference.kind];
  return own !== undefined && techniques.includes(own) ? own : (techniques[0] ?? null);
}

function OneIncident({ capture, view, incident, previous, next }: Props) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const level = useStore(settings, (state) => state.reading);
  const change = useStore(settings, (state) => state.change);
  const [chosen, choose] = useState<string | null>(null);
  const ordered = useMemo(
    () => bySureness(view.findings.filter(({ id }) => incident.findings.includes(id))),
    [view.findings, incident],
  );
  const finding = ordered.find(({ id }) => id === chosen) ?? ordered[0];
  const isPlain = level === 'plain';
  const first = finding?.frames.forged[0] ?? finding?.frames.trigger[0] ?? finding?.frames.affected[0];
  const claim = plainly(sentence(engine, 'verdict', incident.verdict.kind, incident.verdict.params));
  const start = epochSeconds(view.head!.capture.firstTime ?? '0');
  return (
    <div className="incident">
      <section>
        <div className="incident-bar">
          <span className="mut">
            <button type="button" className="link" onClick={() => go({ screen: 'overview', capture, item: null })}>
              {words.overview}
            </button>{' '}
            / {words.incident(incident.id)}
          </span>
          <span className="space" />
          <button type="button" className="button quiet" disabled={previous === null} onClick={() => previous?.()}>
            {words.previous} <kbd>K</kbd>
          </button>
          <button type="button" className="button quiet" disabled={next === null} onClick={() => next?.()}>
            {words.next} <kbd>J</kbd>
          </button>
          <fieldset className="segments" aria-label={words.readingLabel}>
            {(['plain', 'technical'] as const).map((value) => (
              <button
                key={value}
                type="button"
                aria-pressed={value === level}
                onClick={() => change({ reading: value })}
              >
                {words.reading[value]}
              </button>
            ))}
          </fieldset>
          <AddToReport capture={capture} incident={incident.id} />
          <Disagree incident={incident} sha256={view.head!.capture.sha256} />
        </div>
        <h1 aria-live="polite">{claim}</h1>
        <States view={view} incident={incident} finding={finding} />
        {finding === undefined ? null : (
          <>
            <Claims incident={incident} finding={finding} start={start} />
            <Choose ordered={ordered} finding={finding} choose={choose} start={start} />
            <Evidence capture={capture} finding={finding} isPlain={isPlain} />
            <Explanations finding={finding} isPlain={isPlain} />
            {isPlain ? null : <Details capture={capture} finding={finding} />}
          </>
        )}
      </section>
      {finding === undefined ? null : (
        <aside>
          <PlaceOnPath finding={finding} />
          <Controls capture={capture} finding={finding} isPlain={isPlain} />
          <Likeness finding={finding} isPlain={isPlain} />
          {isPlain ? null : <NetworksOf addresses={addressesOf(finding)} />}
          <Change incident={incident} finding={finding} isPlain={isPlain} />
          <Related capture={capture} view={view} incident={incident} finding={finding} />
          <p className="links">
            {finding.flow !== null || first === undefined ? null : (
              <button
                type="button"
                className="button"
                onClick={() => go({ screen: 'packets', capture, item: String(first) })}
              >
                {words.packet}
              </button>
            )}
            {finding.flow === null ? null : (
              <button
                type="button"
                className="button"
                onClick={() => go({ screen: 'flows', capture, item: String(finding.flow!.id) })}
              >
                {words.flow}
              </button>
            )}
            {finding.techniques.map((technique) => (
              <button
                key={technique}
                type="button"
                className="button quiet"
                onClick={() => go({ screen: 'help', topic: technique })}
              >
                {words.help}: {engine.technique[technique].name}
              </button>
            ))}
          </p>
        </aside>
      )}
    </div>
  );
}

/** What keeps the judgement from being more, or from being final. */
function States({
  view,
  incident,
  finding,
}: {
  readonly view: CaptureView;
  readonly incident: Incident;
  readonly finding: Finding | undefined;
}) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const quality = view.head!.capture.quality.filter(({ prevents }) =>
    prevents.some((technique) => finding?.techniques.includes(technique) ?? false),
  );
  return (
    <div className="incident-states">
      {finding?.state === 'withdrawn' ? <p role="status">{words.withdrawn}</p> : null}
      {view.state === 'reading' || finding?.state === 'open' ? <p className="sec">{words.open}</p> : null}
      {incident.confidence === 'inconclusive' ? <p className="sec">{words.inconclusive}</p> : null}
      {quality.length === 0 || incident.confidence === 'confirmed' ? null : (
        <p className="sec">
          {words.lowered} {quality.map(({ kind, params, count }) => engine.quality[kind](params, count)).join(' ')}
        </p>
      )}
    </div>
  );
}

/** The fixed sentence of a confidence; its word stands beside it already. */
function fixedSentence(text: string): string {
  const rest = text.replace(/^[^:：]*[:：]\s*/, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function Sure({ confidence }: { readonly confidence: Confidence }) {
  const engine = useEngineWords();
  return (
    <>
      <dd>
        <ConfidenceWord confidence={confidence} />
      </dd>
      <dd className="mut">{fixedSentence(engine.confidence[confidence].sentence)}</dd>
    </>
  );
}

function Claims({
  incident,
  finding,
  start,
}: {
  readonly incident: Incident;
  readonly finding: Finding;
  readonly start: number;
}) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const clock = useClock(start);
  const { trigger, attribution } = finding;
  const from = clock.time(epochSeconds(incident.firstTime));
  const to = clock.time(epochSeconds(incident.lastTime));
  return (
    <dl className="facts">
      <div>
        <dt>{words.done}</dt>
        <dd>
          <Mark technique={techniqueDone(finding)} confidence={finding.confidence} />{' '}
          <Sentence>{engine.interference[finding.interference.kind]}</Sentence>
        </dd>
        <Sure confidence={finding.confidence} />
      </div>
      <div>
        <dt>{words.trigger}</dt>
        <dd>
          <Sentence>{trigger.kind === 'unknown' ? words.unknownTrigger : engine.trigger[trigger.kind]}</Sentence>{' '}
          {trigger.value === null ? null : Object.hasOwn(words.protocol, trigger.value) ? (
            <span>{words.protocol[trigger.value]}</span>
          ) : (
            <bdi className="m">{trigger.value}</bdi>
          )}
        </dd>
        <Sure confidence={trigger.kind === 'unknown' ? 'inconclusive' : trigger.confidence} />
      </div>
      <div>
        <dt>{words.likeness}</dt>
        <dd>{attribution.length === 0 ? words.noLikeness : <bdi>{attribution[0]!.system}</bdi>}</dd>
        <dd className="mut">{attribution.length === 0 ? null : <Sentence>{words.likenessOnly}</Sentence>}</dd>
      </div>
      <div>
        <dt>{`${words.when} (${clock.zone})`}</dt>
        <dd>
          <bdi className="m ltr">{from === to ? from : `${from}–${to}`}</bdi>
        </dd>
        <dd className="mut">
          <bdi className="ltr">{clock.day(epochSeconds(incident.firstTime))}</bdi>
        </dd>
        <dd className="sec">{words.counts(number(incident.failed), number(incident.succeeded))}</dd>
      </div>
    </dl>
  );
}

/** Words of the engine that are made to stand inside a sentence, at its beginning. */
function Sentence({ children }: { readonly children: ReactNode }) {
  return <span className="sentence">{children}</span>;
}

function Choose({
  ordered,
  finding,
  choose,
  start,
}: {
  readonly ordered: readonly Finding[];
  readonly finding: Finding;
  readonly choose: (id: string) => void;
  readonly start: number;
}) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const clock = useClock(start);
  if (ordered.length < 2) return null;
  return (
    <label className="choose">
      {words.findings}{' '}
      <select className="field ltr" value={finding.id} onChange={(event) => choose(event.target.value)}>
        {ordered.map((entry) => (
          <option key={entry.id} value={entry.id}>
            {entry.id} · {clock.time(epochSeconds(entry.firstTime), 3)} ·{' '}
            {entry.target.domain ?? hostPort(entry.target.address, entry.target.port)} ·{' '}
            {engine.confidence[entry.confidence].word}
          </option>
        ))}
      </select>{' '}
      <span className="mut">{words.of(number(ordered.indexOf(finding) + 1), number(ordered.length))}</span>
    </label>
  );
}

/** What is still open, and what to record so that the judgement becomes surer, or falls. */
function Change({
  incident,
  finding,
  isPlain,
}: {
  readonly incident: Incident;
  readonly finding: Finding;
  readonly isPlain: boolean;
}) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const open = finding.alternatives.filter(({ status }) => status === 'open');
  const steps = incident.next.slice(0, isPlain ? 3 : 8);
  return (
    <>
      <h2>{words.change}</h2>
      <p className="sec">{open.length === 0 ? words.changeNothingOpen : words.changeOpen}</p>
      {open.length === 0 ? null : (
        <ul className="strong">
          {open.map((entry) => (
            <li key={entry.kind}>{plainly(sentence(engine, 'alternative', entry.kind, entry.params))}</li>
          ))}
        </ul>
      )}
      {steps.length === 0 ? null : (
        <>
          <h2>{words.surer}</h2>
          <ul>
            {steps.map((step) => (
              <li key={step.kind}>{sentence(engine, 'next', step.kind, step.params)}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const MOST_RELATED = 6;

/** Other findings about the same target, and what this one follows from or led to. */
function Related({
  capture,
  view,
  incident,
  finding,
}: {
  readonly capture: string;
  readonly view: CaptureView;
  readonly incident: Incident;
  readonly finding: Finding;
}) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const related = useMemo(() => {
    const { domain, address } = finding.target;
    return view.findings.filter(
      (other) =>
        !incident.findings.includes(other.id) &&
        (other.id === finding.causedBy ||
          other.causedBy === finding.id ||
          (domain === null ? other.target.address === address : other.target.domain === domain)),
    );
  }, [view.findings, incident, finding]);
  if (related.length === 0) return null;
  return (
    <>
      <h2>{words.related}</h2>
      <ul className="related">
        {related.slice(0, MOST_RELATED).map((other) => {
          const own = view.incidents.find(({ findings }) => findings.includes(other.id));
          return (
            <li key={other.id}>
              <Mark technique={other.techniques[0] ?? null} confidence={other.confidence} />{' '}
              <button
                type="button"
                className="link"
                disabled={own === undefined}
                onClick={() => own !== undefined && go({ screen: 'incidents', capture, item: own.id })}
              >
                <bdi>{own?.id ?? other.id}</bdi> · {engine.technique[other.techniques[0]!].name}
              </button>{' '}
              <span className="mut">
                {engine.confidence[other.confidence].word}
                {other.id === finding.causedBy ? ` · ${words.cause}` : ''}
                {other.causedBy === finding.id ? ` · ${words.consequence}` : ''}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

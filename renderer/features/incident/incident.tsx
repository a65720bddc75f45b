// One incident: the claim, how sure each part of it is, evidence for and against, other explanations, what worked beside
// it, and what would make it surer. Plain and technical are the same data.

import './incident.css';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Finding, Incident } from '../../../shared/contract/analysis.ts';
import { CONFIDENCES, type Strength } from '../../../shared/domain/vocabulary.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { settings } from '../../app/settings.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { frameRuns, hostPort } from '../../ui/format.ts';
import { useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark, MarkShape } from '../../ui/mark.tsx';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { disagreements, keyOf } from './disagreements.ts';
import { plainly } from './plain.ts';
import { incidentWords } from './words.ts';

export function IncidentScreen({ capture, incident: id }: { readonly capture: string; readonly incident: string }) {
  const words = useWords(incidentWords);
  const view = useView(capture);
  const go = useRoute((state) => state.go);
  const incidents = view?.incidents ?? [];
  const at = incidents.findIndex((entry) => entry.id === id);
  const incident = incidents[at];
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
  if (incident === undefined) {
    return (
      <section className="empty">
        <p>{words.gone}</p>
        <button type="button" className="button" onClick={() => go({ screen: 'overview', capture, item: null })}>
          {words.back}
        </button>
      </section>
    );
  }
  const findings = view.findings.filter((finding) => incident.findings.includes(finding.id));
  return (
    <OneIncident
      key={incident.id}
      capture={capture}
      incident={incident}
      findings={findings}
      start={epochSeconds(view.head.capture.firstTime ?? '0')}
      sha256={view.head.capture.sha256}
      reading={view.state === 'reading'}
      previous={at > 0 ? () => walk(-1) : null}
      next={at + 1 < incidents.length ? () => walk(1) : null}
    />
  );
}

interface Props {
  readonly capture: string;
  readonly incident: Incident;
  readonly findings: readonly Finding[];
  readonly start: number;
  readonly sha256: string | null;
  readonly reading: boolean;
  readonly previous: (() => void) | null;
  readonly next: (() => void) | null;
}

/** Surest first: that one stands for the incident until another is chosen. */
function bySureness(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence));
}

function OneIncident({ capture, incident, findings, start, sha256, reading, previous, next }: Props) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const clock = useClock(start);
  const go = useRoute((state) => state.go);
  const level = useStore(settings, (state) => state.reading);
  const change = useStore(settings, (state) => state.change);
  const [chosen, choose] = useState<string | null>(null);
  const ordered = bySureness(findings);
  const finding = ordered.find(({ id }) => id === chosen) ?? ordered[0];
  const isPlain = level === 'plain';
  const claim = sentence(engine, 'verdict', incident.verdict.kind, incident.verdict.params);
  const from = epochSeconds(incident.firstTime);
  const to = epochSeconds(incident.lastTime);
  const kinds = incident.next.slice(0, isPlain ? 3 : 8);
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
          <Disagree incident={incident} sha256={sha256} />
        </div>
        <h1>{isPlain ? plainly(claim) : claim}</h1>
        {reading ? <p className="sec">{words.open}</p> : null}
        {incident.confidence === 'inconclusive' ? <p className="sec">{words.inconclusive}</p> : null}
        {finding === undefined ? null : (
          <>
            <dl className="facts">
              <div>
                <dt>{words.done}</dt>
                <dd>
                  <Mark technique={finding.techniques[0] ?? null} confidence={finding.confidence} />{' '}
                  {engine.interference[finding.interference.kind]}
                </dd>
                <dd>
                  <ConfidenceWord confidence={finding.confidence} />
                </dd>
              </div>
              <div>
                <dt>{words.trigger}</dt>
                <dd>
                  {finding.trigger.kind === 'unknown' ? words.unknownTrigger : engine.trigger[finding.trigger.kind]}{' '}
                  {finding.trigger.value === null ? null : <bdi className="m">{finding.trigger.value}</bdi>}
                </dd>
                <dd>
                  <ConfidenceWord confidence={finding.trigger.confidence} />
                </dd>
              </div>
              <div>
                <dt>{words.likeness}</dt>
                <dd>
                  {finding.attribution.length === 0 ? words.noLikeness : <bdi>{finding.attribution[0]!.system}</bdi>}
                </dd>
                <dd className="mut">{finding.attribution.length === 0 ? null : words.likenessOnly}</dd>
              </div>
              <div>
                <dt>{`${words.when} (${clock.zone})`}</dt>
                <dd>
                  <bdi className="m ltr">
                    {clock.time(from)}–{clock.time(to)}
                  </bdi>
                </dd>
                <dd className="sec">{words.counts(number(incident.failed), number(incident.succeeded))}</dd>
              </div>
            </dl>
            {ordered.length > 1 ? (
              <label className="choose">
                {words.findings}{' '}
                <select className="field ltr" value={finding.id} onChange={(event) => choose(event.target.value)}>
                  {ordered.map((entry) => (
                    <option key={entry.id} value={entry.id}>
                      {entry.id} · {clock.time(epochSeconds(entry.firstTime), 3)} ·{' '}
                      {entry.target.domain ?? hostPort(entry.target.address, entry.target.port)}
                    </option>
                  ))}
                </select>{' '}
                <span className="mut">{words.of(number(ordered.indexOf(finding) + 1), number(ordered.length))}</span>
              </label>
            ) : null}
            <Evidence capture={capture} finding={finding} isPlain={isPlain} />
            <Explanations finding={finding} isPlain={isPlain} />
            {isPlain ? null : <Details capture={capture} finding={finding} />}
          </>
        )}
      </section>
      {finding === undefined ? null : (
        <aside>
          <PlaceOnPath finding={finding} />
          <Controls capture={capture} finding={finding} />
          {finding.attribution.length === 0 ? null : (
            <>
              <h2>{words.who}</h2>
              {finding.attribution.map((likeness) => (
                <p key={likeness.system} className="sec">
                  <bdi>{likeness.system}</bdi>: <bdi>{likeness.matched.join(', ')}</bdi>.{' '}
                  <bdi className="mut">{`${likeness.source}, ${likeness.date}`}</bdi>. {words.likenessOnly}.
                </p>
              ))}
            </>
          )}
          {kinds.length === 0 ? null : (
            <>
              <h2>{words.surer}</h2>
              <ul>
                {kinds.map((step) => (
                  <li key={step.kind}>{sentence(engine, 'next', step.kind, step.params)}</li>
                ))}
              </ul>
            </>
          )}
          <p className="links">
            {finding.flow === null ? null : (
              <button
                type="button"
                className="button"
                onClick={() => go({ screen: 'flows', capture, item: String(finding.flow!.id) })}
              >
                {words.flow}
              </button>
            )}
            {finding.techniques.slice(0, 2).map((technique) => (
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

const LENGTH: { readonly [K in Strength]: number } = { strong: 96, medium: 56, weak: 24 };
const AXIS = 104;

function Evidence({
  capture,
  finding,
  isPlain,
}: {
  readonly capture: string;
  readonly finding: Finding;
  readonly isPlain: boolean;
}) {
  const words = useWords(incidentWords);
  const sides = [
    { role: 'supports', letter: 'E', title: words.evidenceFor },
    { role: 'contradicts', letter: 'A', title: words.against },
    { role: 'neutral', letter: 'N', title: words.neutral },
  ] as const;
  return (
    <table className="evidence">
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            {words.evidenceFor}
          </th>
          <th scope="col">
            <span className="balance-head ltr">
              <span>{words.axis.against}</span>
              <span>{words.axis.for}</span>
            </span>
          </th>
          <th scope="col" className="num">
            {words.frames}
          </th>
        </tr>
      </thead>
      {sides.map(({ role, letter, title }) => {
        const rows = finding.evidence.filter((item) => item.role === role);
        if (rows.length === 0) return null;
        return (
          <tbody key={role}>
            {role === 'supports' ? null : (
              <tr className="sub">
                <th scope="rowgroup" colSpan={4}>
                  {title}
                </th>
              </tr>
            )}
            {rows.map((item, index) => (
              <EvidenceRow
                // biome-ignore lint/suspicious/noArrayIndexKey: evidence keeps its order inside a revision
                key={`${item.kind} ${index}`}
                capture={capture}
                item={item}
                name={`${letter}${index + 1}`}
                isPlain={isPlain}
              />
            ))}
          </tbody>
        );
      })}
    </table>
  );
}

function EvidenceRow({
  capture,
  item,
  name,
  isPlain,
}: {
  readonly capture: string;
  readonly item: Finding['evidence'][number];
  readonly name: string;
  readonly isPlain: boolean;
}) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const text = sentence(engine, 'evidence', item.kind, item.params);
  const length = LENGTH[item.strength];
  const frames = frameRuns(item.frames, 4);
  const first = item.frames[0];
  return (
    <tr>
      <td className="m mut">{name}</td>
      <td className={isPlain ? 'plain' : undefined}>
        {isPlain ? plainly(text) : text}
        {isPlain ? null : (
          <>
            <br />
            <bdi className="m mut">{parametersOf(item.params)}</bdi>
          </>
        )}
      </td>
      <td>
        {item.role === 'neutral' ? null : (
          <svg className="balance ltr" width="208" height="28" aria-hidden="true">
            <path className="axis" d={`M${AXIS} 0V28`} />
            {item.role === 'supports' ? (
              <rect className="for" x={AXIS} y={8} width={length} height={12} />
            ) : (
              <rect className="against" x={AXIS - length} y={8.5} width={length} height={11} />
            )}
          </svg>
        )}
        <span className="silent">{words.strength(engine.strength[item.strength])}</span>
      </td>
      <td className="num">
        {first === undefined ? (
          <span className="mut">{words.noFrames}</span>
        ) : (
          <button
            type="button"
            className="link m ltr"
            onClick={() => go({ screen: 'packets', capture, item: String(first) })}
          >
            {frames.text}
            {frames.more > 0 ? ` +${frames.more}` : ''}
          </button>
        )}
      </td>
    </tr>
  );
}

function parametersOf(params: Finding['evidence'][number]['params']): string {
  return Object.entries(params)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : String(value)}`)
    .join(' · ');
}

function Explanations({ finding, isPlain }: { readonly finding: Finding; readonly isPlain: boolean }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const order = ['open', 'weakened', 'ruled-out'] as const;
  const rows = order.flatMap((status) => finding.alternatives.filter((entry) => entry.status === status));
  return (
    <table className="explanations">
      <thead>
        <tr>
          <th scope="col">{words.explanations}</th>
          <th scope="col">{words.status}</th>
        </tr>
      </thead>
      <tbody>
        {rows.length === 0 ? (
          <tr>
            <td colSpan={2} className="sec">
              {words.noExplanations}
            </td>
          </tr>
        ) : null}
        {rows.map((entry) => {
          const text = sentence(engine, 'alternative', entry.kind, entry.params);
          return (
            <tr key={entry.kind} className={entry.status}>
              <td className={isPlain ? 'plain' : undefined}>{isPlain ? plainly(text) : text}</td>
              <td>{words.state[entry.status]}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Details({ capture, finding }: { readonly capture: string; readonly finding: Finding }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const { flow, dns, frames, interference } = finding;
  return (
    <dl className="details">
      <dt>{words.technique}</dt>
      <dd>{finding.techniques.map((technique) => engine.technique[technique].name).join(', ')}</dd>
      <dt>{words.stage}</dt>
      <dd>{engine.stage[finding.stage]}</dd>
      <dt>{words.effect}</dt>
      <dd>{engine.effect[finding.effect]}</dd>
      <dt>{words.variant}</dt>
      <dd>
        <bdi className="m">{`${interference.kind} · ${interference.variant} · ${interference.direction}`}</bdi>
      </dd>
      {flow === null ? null : (
        <>
          <dt>{words.connection}</dt>
          <dd>
            <bdi className="m ltr">{`${flow.protocol} ${hostPort(flow.client.address, flow.client.port)} → ${hostPort(flow.server.address, flow.server.port)}`}</bdi>
          </dd>
        </>
      )}
      {dns === null ? null : (
        <>
          <dt>{words.dns}</dt>
          <dd>
            <bdi className="m ltr">{`${dns.query.name} ${dns.query.type} @ ${dns.query.resolver}`}</bdi>
            {dns.answers.length === 0 ? <p className="sec">{words.noAnswer}</p> : null}
            {dns.answers.map((answer) => (
              <p key={answer.frame} className={answer.forged ? 'hatch' : undefined}>
                <bdi className="m ltr">{`#${answer.frame} rcode ${answer.rcode} ${answer.addresses.join(', ')}`}</bdi>{' '}
                {answer.forged ? <span className="tag forged">{words.roles.forged}</span> : null}
              </p>
            ))}
          </dd>
        </>
      )}
      <dt>{words.affected}</dt>
      <dd>
        {(['trigger', 'forged', 'genuine', 'affected'] as const).map((role) => {
          const runs = frameRuns(frames[role], 6);
          const first = frames[role][0];
          if (first === undefined) return null;
          return (
            <p key={role}>
              <span className={role === 'forged' ? 'tag forged' : 'tag line'}>{words.roles[role]}</span>{' '}
              <button
                type="button"
                className="link m ltr"
                onClick={() => go({ screen: 'packets', capture, item: String(first) })}
              >
                {runs.text}
              </button>{' '}
              {runs.more > 0 ? <span className="mut">{words.more(number(runs.more))}</span> : null}
            </p>
          );
        })}
        {frames.more > 0 ? <p className="mut">{words.more(number(frames.more))}</p> : null}
      </dd>
      {finding.causedBy === null ? null : (
        <>
          <dt />
          <dd>{words.causedBy(finding.causedBy)}</dd>
        </>
      )}
    </dl>
  );
}

function PlaceOnPath({ finding }: { readonly finding: Finding }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const hops = finding.injector?.hopsFromVantage ?? null;
  const name = finding.target.domain ?? finding.target.address;
  return (
    <>
      <h2>{words.place}</h2>
      <p className="sec">
        {engine.place[finding.place]}. {hops === null ? words.hopsUnknown : words.hops(number(hops))}
      </p>
      <svg className="path ltr" viewBox="0 0 372 84" aria-hidden="true">
        <path className="genuine" d="M6 36h240" />
        <circle className="end" cx="6" cy="36" r="5" />
        {Array.from({ length: Math.min(hops ?? 0, 12) }, (_, hop) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: hops are their places
          <circle key={hop} className="hop" cx={24 + hop * 18} cy="36" r="2.5" />
        ))}
        <path className="block" d="M248 12h22v48h-22Z" />
        <path className="genuine gap" d="M274 36h90" />
        <circle className="hop" cx="366" cy="36" r="5" />
        <text x="0" y="80">
          {words.you}
        </text>
        <text x="259" y="80" textAnchor="middle" className="strong">
          {words.here}
        </text>
        <text x="372" y="80" textAnchor="end" className="m">
          {name.length > 20 ? `${name.slice(0, 19)}…` : name}
        </text>
      </svg>
    </>
  );
}

const SHOWN_CONTROLS = 6;

function Controls({ capture, finding }: { readonly capture: string; readonly finding: Finding }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const controls = [...finding.controls]
    .sort((a, b) => Number(b.outcome === 'ok') - Number(a.outcome === 'ok'))
    .slice(0, SHOWN_CONTROLS);
  const own = finding.target.domain ?? hostPort(finding.target.address, finding.target.port);
  return (
    <>
      <h2>{words.controls}</h2>
      {controls.length === 0 ? <p className="sec">{words.noControls}</p> : null}
      <div className="control-rows">
        <ControlRow name={own} isOk={false} kind={null} word={words.failed} finding={finding} />
        {controls.map((control) => {
          const name =
            control.kind === 'same-address-other-name'
              ? (control.target.domain ?? control.target.address)
              : hostPort(control.target.address, control.target.port);
          const frame = control.frames[0];
          return (
            <ControlRow
              key={`${control.kind} ${name} ${frame ?? 0}`}
              name={name}
              isOk={control.outcome === 'ok'}
              kind={engine.control[control.kind]}
              word={control.outcome === 'ok' ? words.worked : words.failed}
              finding={finding}
              open={frame === undefined ? undefined : () => go({ screen: 'packets', capture, item: String(frame) })}
            />
          );
        })}
      </div>
    </>
  );
}

interface ControlProps {
  readonly name: string;
  readonly isOk: boolean;
  readonly kind: string | null;
  readonly word: string;
  readonly finding: Finding;
  readonly open?: (() => void) | undefined;
}

function ControlRow({ name, isOk, kind, word, finding, open }: ControlProps) {
  return (
    <div className="control-row">
      <p>
        {open === undefined ? (
          <bdi className="m">{name}</bdi>
        ) : (
          <button type="button" className="link m" onClick={open}>
            <bdi>{name}</bdi>
          </button>
        )}{' '}
        {kind === null ? null : <span className="mut">{kind}</span>}
      </p>
      <svg className="ltr" viewBox="0 0 240 22" aria-hidden="true">
        <path className="genuine" d="M1 6v10" />
        {isOk ? (
          <>
            <path className="genuine" d="M1 11h232" />
            <path className="head" d="M230 6.5 239 11l-9 4.5Z" />
          </>
        ) : (
          <>
            <path className="genuine gap" d="M1 11h150" />
            <g transform="translate(158 11) scale(0.8)">
              <MarkShape technique={finding.techniques[0] ?? null} confidence={finding.confidence} />
            </g>
          </>
        )}
      </svg>
      <span className={isOk ? undefined : 'strong'}>{word}</span>
    </div>
  );
}

function Disagree({ incident, sha256 }: { readonly incident: Incident; readonly sha256: string | null }) {
  const words = useWords(incidentWords);
  const key = keyOf(sha256, incident);
  const reason = useStore(disagreements, (state) => state.reasons[key]);
  const set = useStore(disagreements, (state) => state.set);
  const [draft, setDraft] = useState<string | null>(null);
  if (draft === null) {
    return (
      <button
        type="button"
        className="button"
        aria-pressed={reason !== undefined}
        onClick={() => setDraft(reason ?? '')}
      >
        {reason === undefined ? words.disagree : words.disagreed}
      </button>
    );
  }
  return (
    <form
      className="float disagree"
      onSubmit={(event) => {
        event.preventDefault();
        set(key, draft.trim() === '' ? null : draft.trim());
        setDraft(null);
      }}
    >
      <label>
        {words.disagreeWhy}
        <textarea
          // biome-ignore lint/a11y/noAutofocus: it was just asked for
          autoFocus
          rows={4}
          maxLength={2_000}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
      </label>
      <p>
        <button type="submit" className="button primary">
          {words.save}
        </button>{' '}
        <button type="button" className="button quiet" onClick={() => setDraft(null)}>
          {words.cancel}
        </button>{' '}
        {reason === undefined ? null : (
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              set(key, null);
              setDraft(null);
            }}
          >
            {words.withdraw}
          </button>
        )}
      </p>
    </form>
  );
}

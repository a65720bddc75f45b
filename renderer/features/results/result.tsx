// One capture: the verdict first, then services, the timeline, each incident with its findings, and what the capture
// cannot tell. Long lists are cut with their number said: a result may hold a hundred thousand of anything.

import type { Analysis, Incident, Target } from '../../../shared/contract/analysis.ts';
import { OUTCOMES, rank } from '../../../shared/domain/vocabulary.ts';
import { en } from '../../../shared/i18n/en.ts';
import { serviceName } from '../../../shared/i18n/words.ts';
import { clock, count, grouped } from '../../ui/format.ts';
import { Mark } from '../../ui/mark.tsx';
import { words } from '../../ui/words.ts';
import { FindingDetails } from './finding.tsx';
import { anchorOf, laneName, targetName, targetsOf } from './naming.ts';
import { State } from './overview.tsx';
import { Timeline } from './timeline.tsx';

const VERDICTS = 5;
const INCIDENTS = 100;
const FINDINGS = 20;
const TARGETS = 200;

export function Result({ analysis }: { readonly analysis: Analysis }) {
  const incidents = [...analysis.incidents].sort((a, b) => rank(b.confidence) - rank(a.confidence));
  const isUnread = analysis.error !== null && analysis.capture.packets === 0;
  return (
    <article className="result">
      <h1 className="path">
        <bdi className="mono">{analysis.capture.path}</bdi>
      </h1>
      <Trouble analysis={analysis} />
      {isUnread ? null : (
        <>
          <Verdicts analysis={analysis} incidents={incidents} />
          <Services analysis={analysis} />
          <Timeline analysis={analysis} />
          <Incidents analysis={analysis} incidents={incidents} />
          <Targets targets={analysis.targets} />
          <Quality analysis={analysis} />
          <Checked analysis={analysis} />
        </>
      )}
      <AboutCapture analysis={analysis} />
    </article>
  );
}

function Trouble({ analysis }: { readonly analysis: Analysis }) {
  const { error, capture } = analysis;
  const stopped = capture.stoppedAt;
  return (
    <>
      {error === null ? null : (
        <p className="trouble">
          {error.text} {error.hint} {error.offset === null ? '' : words.atByte(grouped(error.offset))}
        </p>
      )}
      {capture.complete ? null : (
        <p className="trouble">
          {words.incomplete(stopped === null ? '' : words.stoppedAfter(grouped(stopped.frame), stopped.reason))}
        </p>
      )}
    </>
  );
}

interface IncidentsProps {
  readonly analysis: Analysis;
  readonly incidents: readonly Incident[];
}

function Verdicts({ analysis, incidents }: IncidentsProps) {
  const { coverage } = analysis;
  const seen = words.coverage.map(([key, one, many]) => count(coverage[key], one, many));
  const more = incidents.length - VERDICTS;
  return (
    <section aria-label={words.verdict}>
      {incidents.length === 0 ? (
        <>
          <p className="verdict">{words.noInterference}</p>
          <p>
            {words.lookedAt}: {seen.join(', ')}.
          </p>
        </>
      ) : null}
      {incidents.slice(0, VERDICTS).map((incident) => (
        <p key={incident.id} className="verdict">
          <Mark technique={incident.techniques[0] ?? null} confidence={incident.confidence} />
          {incident.verdict.text}
        </p>
      ))}
      {more > 0 ? <p>{words.more(more, 'verdict')}</p> : null}
    </section>
  );
}

function Services({ analysis }: { readonly analysis: Analysis }) {
  const seen = analysis.services
    .map(({ service, surfaces }) => ({ service, surfaces: surfaces.filter(({ state }) => state !== 'not-seen') }))
    .filter(({ surfaces }) => surfaces.length > 0);
  if (seen.length === 0) return null;
  return (
    <section aria-labelledby="services">
      <h2 id="services">{words.services}</h2>
      <ul className="services">
        {seen.map(({ service, surfaces }) => (
          <li key={service}>
            <strong>{serviceName(en, service)}</strong>
            {surfaces.map((verdict) => (
              <span key={verdict.surface}>
                {en.surface[verdict.surface]} <State verdict={verdict} />
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Incidents({ analysis, incidents }: IncidentsProps) {
  if (incidents.length === 0) return null;
  const more = incidents.length - INCIDENTS;
  return (
    <section aria-labelledby="incidents">
      <h2 id="incidents">{words.incidents}</h2>
      {incidents.slice(0, INCIDENTS).map((incident) => (
        <IncidentDetails key={incident.id} analysis={analysis} incident={incident} />
      ))}
      {more > 0 ? <p>{words.more(more, 'incident')}</p> : null}
    </section>
  );
}

function IncidentDetails({ analysis, incident }: { readonly analysis: Analysis; readonly incident: Incident }) {
  const ids = new Set(incident.findings);
  const findings = analysis.findings
    .filter((finding) => ids.has(finding.id))
    // The surest first, what others of the incident caused last.
    .sort(
      (a, b) =>
        Number(ids.has(a.causedBy ?? '')) - Number(ids.has(b.causedBy ?? '')) ||
        rank(b.confidence) - rank(a.confidence),
    );
  const more = findings.length - FINDINGS;
  return (
    <article className="incident" aria-labelledby={anchorOf(incident)}>
      <h3 id={anchorOf(incident)} tabIndex={-1}>
        <Mark technique={incident.techniques[0] ?? null} confidence={incident.confidence} />
        {incident.id} <bdi>{targetsOf(analysis, incident)}</bdi>
      </h3>
      <p className="reading">{incident.verdict.text}</p>
      <p>
        {[
          incident.techniques.map(laneName).join(', '),
          en.outcome[incident.outcome].word,
          `${clock(incident.firstTime)} – ${clock(incident.lastTime)} UTC`,
        ]
          .filter((part) => part !== '')
          .join(' · ')}
      </p>
      <p>{en.confidence[incident.confidence].sentence}</p>
      <section aria-label={words.findingsOf(incident.id)}>
        {findings.slice(0, FINDINGS).map((finding, index) => (
          <FindingDetails key={finding.id} finding={finding} isOpen={index === 0} />
        ))}
        {more > 0 ? <p>{words.more(more, 'finding')}</p> : null}
      </section>
      {incident.next.length === 0 ? null : (
        <>
          <h4>{words.nextSteps}</h4>
          <ul>
            {incident.next.map((step) => (
              <li key={`${step.kind} ${step.text}`}>{step.text}</li>
            ))}
          </ul>
        </>
      )}
    </article>
  );
}

function Targets({ targets }: { readonly targets: readonly Target[] }) {
  if (targets.length === 0) return null;
  const order = [...targets].sort(
    (a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) || b.attempts - a.attempts,
  );
  const more = order.length - TARGETS;
  return (
    <section aria-labelledby="targets">
      <h2 id="targets">{words.targets}</h2>
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">{words.target}</th>
              <th scope="col">{words.outcome}</th>
              <th scope="col" className="number">
                {words.attempts}
              </th>
              <th scope="col" className="number">
                {words.failedAttempts}
              </th>
              <th scope="col" className="number">
                {words.succeeded}
              </th>
            </tr>
          </thead>
          <tbody>
            {order.slice(0, TARGETS).map((target) => (
              <tr key={target.id}>
                <th scope="row">
                  <bdi className="mono">{targetName(target)}</bdi>
                  {target.domainFrom === 'dns' && target.transport !== 'dns' ? ` (${words.nameFromDns})` : ''}
                </th>
                <td>
                  <span title={en.outcome[target.outcome].sentence}>{en.outcome[target.outcome].word}</span>
                </td>
                <td className="number">{grouped(target.attempts)}</td>
                <td className="number">{grouped(target.failed)}</td>
                <td className="number">{grouped(target.succeeded)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 ? <p>{words.more(more, 'target')}</p> : null}
    </section>
  );
}

function Quality({ analysis }: { readonly analysis: Analysis }) {
  const { quality } = analysis.capture;
  if (quality.length === 0) return null;
  return (
    <section aria-labelledby="quality">
      <h2 id="quality">{words.quality}</h2>
      <ul>
        {quality.map((item) => (
          <li key={`${item.kind} ${item.text}`}>
            {item.text} {item.prevents.length === 0 ? '' : words.limits(item.prevents.map(laneName).join(', '))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Checked({ analysis }: { readonly analysis: Analysis }) {
  return (
    <section aria-labelledby="checked">
      <h2 id="checked">{words.checked}</h2>
      <dl>
        {(['run', 'limited', 'not-run'] as const).map((state) => {
          const rows = analysis.checked.filter((row) => row.state === state);
          if (rows.length === 0) return null;
          return (
            <div key={state}>
              <dt>{words.checkedState[state]}</dt>
              <dd>
                {rows
                  .map(({ technique, because }) => `${laneName(technique)}${because === null ? '' : ` (${because})`}`)
                  .join(', ')}
              </dd>
            </div>
          );
        })}
      </dl>
      <h3>{words.cannotTell}</h3>
      <ul>
        {en.limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
    </section>
  );
}

function AboutCapture({ analysis }: { readonly analysis: Analysis }) {
  const { capture, tool } = analysis;
  const { role, network, country } = capture.vantage;
  const facts = [
    capture.format,
    capture.compression,
    count(capture.packets, words.packets),
    capture.firstTime === null ? null : `${clock(capture.firstTime)} UTC`,
    role.value === 'unknown' ? null : words.takenAt(role.value, role.basis),
    network,
    country,
    `${tool.name} ${tool.version}`,
  ];
  return (
    <footer className="quiet">
      <p>{facts.filter((fact) => fact !== null).join(' · ')}</p>
      {capture.sha256 === null ? null : (
        <p>
          {words.sha256} <bdi className="mono">{capture.sha256}</bdi>
        </p>
      )}
    </footer>
  );
}

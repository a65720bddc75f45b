// One finding: what was done and because of what, each with its own confidence, and everything that speaks for it,
// against it, or of something else. Frame numbers are those of the capture, so that anyone can look.

import type { Evidence, Finding } from '../../../shared/contract/analysis.ts';
import { STRENGTHS } from '../../../shared/domain/vocabulary.ts';
import { en } from '../../../shared/i18n/en.ts';
import { frameRuns, hostPort } from '../../ui/format.ts';
import { Mark } from '../../ui/mark.tsx';
import { words } from '../../ui/words.ts';

const EVIDENCE = 20;
const CONTROLS = 12;
const ANSWERS = 12;
const ADDRESSES = 8;

interface FindingDetailsProps {
  readonly finding: Finding;
  readonly isOpen: boolean;
}

export function FindingDetails({ finding, isOpen }: FindingDetailsProps) {
  const { interference, trigger, target } = finding;
  return (
    <details className="finding" open={isOpen}>
      <summary>
        <Mark technique={finding.techniques[0] ?? null} confidence={finding.confidence} />
        {finding.id} <bdi>{target.domain ?? hostPort(target.address, target.port)}</bdi>
        {': '}
        {en.interference[interference.kind]}: {en.confidence[finding.confidence].word}
        {trigger.kind === 'unknown'
          ? ''
          : `; ${words.trigger} ${en.trigger[trigger.kind]}: ${en.confidence[trigger.confidence].word}`}
        {finding.state === 'withdrawn' ? ` (${words.withdrawn})` : ''}
      </summary>
      <p>
        {[en.stage[finding.stage], en.place[finding.place], en.effect[finding.effect]].join(' · ')}
        {trigger.kind === 'unknown' ? ` · ${words.triggerUnknown}` : ''}
        {finding.causedBy === null ? '' : ` · ${words.causedBy(finding.causedBy)}`}
      </p>
      <Where finding={finding} />
      {(['supports', 'contradicts', 'neutral'] as const).map((role) => (
        <EvidenceList key={role} role={role} items={finding.evidence.filter((item) => item.role === role)} />
      ))}
      <Alternatives finding={finding} />
      <Controls finding={finding} />
      <Resemblance finding={finding} />
    </details>
  );
}

/** The flow or question it is about, and its frames. */
function Where({ finding: { flow, dns, frames } }: { readonly finding: Finding }) {
  return (
    <dl>
      {flow === null ? null : (
        <div>
          <dt>{words.connection}</dt>
          <dd className="mono">
            <bdi>{hostPort(flow.client.address, flow.client.port)}</bdi> →{' '}
            <bdi>{hostPort(flow.server.address, flow.server.port)}</bdi> {flow.protocol}
          </dd>
        </div>
      )}
      {dns === null ? null : (
        <div>
          <dt>{words.question}</dt>
          <dd className="mono">
            <bdi>{dns.query.name}</bdi> {dns.query.type} → <bdi>{dns.query.resolver}</bdi>{' '}
            <Frames frames={dns.query.frames} />
          </dd>
        </div>
      )}
      {dns === null ? null : (
        <div>
          <dt>{words.answers}</dt>
          <dd className="mono">
            {dns.answers.length === 0 ? words.noAnswer : null}
            <ul>
              {dns.answers.slice(0, ANSWERS).map((answer) => (
                <li key={answer.frame}>
                  <bdi>{answer.addresses.slice(0, ADDRESSES).join(', ') || `rcode ${answer.rcode}`}</bdi>{' '}
                  <Frames frames={[answer.frame]} /> {answer.forged ? words.forged : ''}
                </li>
              ))}
            </ul>
          </dd>
        </div>
      )}
      {(['trigger', 'forged', 'genuine', 'affected'] as const).map((role) =>
        frames[role].length === 0 ? null : (
          <div key={role}>
            <dt>
              {words.frames}, {words.frameRoles[role]}
            </dt>
            <dd>
              <Frames frames={frames[role]} />
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Frames({ frames }: { readonly frames: readonly number[] }) {
  if (frames.length === 0) return null;
  const { text, more } = frameRuns(frames);
  return (
    <span className="frames mono">
      [{text}
      {more > 0 ? ` ${words.framesMore(more)}` : ''}]
    </span>
  );
}

function EvidenceList({ role, items }: { readonly role: Evidence['role']; readonly items: readonly Evidence[] }) {
  if (items.length === 0) return null;
  const sorted = [...items].sort((a, b) => STRENGTHS.indexOf(a.strength) - STRENGTHS.indexOf(b.strength));
  const more = sorted.length - EVIDENCE;
  return (
    <>
      <h4>{words.evidence[role]}</h4>
      <ul className={`balance ${role}`}>
        {sorted.slice(0, EVIDENCE).map((item) => (
          <li key={`${item.kind} ${item.text} ${item.frames.join()}`}>
            <span className={`strength ${item.strength}`}>{en.strength[item.strength]}</span>
            <span>
              {item.text} <Frames frames={item.frames} />
            </span>
          </li>
        ))}
      </ul>
      {more > 0 ? <p>{words.more(more, 'fact')}</p> : null}
    </>
  );
}

function Alternatives({ finding: { alternatives } }: { readonly finding: Finding }) {
  if (alternatives.length === 0) return null;
  return (
    <>
      <h4>{words.alternatives}</h4>
      <ul className="balance">
        {(['open', 'weakened', 'ruled-out'] as const).flatMap((status) =>
          alternatives
            .filter((item) => item.status === status)
            .map((item) => (
              <li key={`${item.kind} ${item.text}`}>
                <span className={`alternative ${status}`}>{words.alternative[status]}</span>
                <span>{item.text}</span>
              </li>
            )),
        )}
      </ul>
    </>
  );
}

function Controls({ finding: { controls } }: { readonly finding: Finding }) {
  if (controls.length === 0) return null;
  const more = controls.length - CONTROLS;
  return (
    <>
      <h4>{words.controls}</h4>
      <ul>
        {controls.slice(0, CONTROLS).map(({ kind, outcome, target, frames }) => (
          <li key={`${kind} ${target.domain} ${target.address} ${target.port} ${outcome}`}>
            {en.control[kind]}:{' '}
            <bdi>
              {target.domain === null ? '' : `${target.domain} · `}
              {hostPort(target.address, target.port)}
            </bdi>{' '}
            <strong>{outcome === 'ok' ? words.worked : words.failed}</strong> <Frames frames={frames} />
          </li>
        ))}
      </ul>
      {more > 0 ? <p>{words.more(more, 'comparison')}</p> : null}
    </>
  );
}

function Resemblance({ finding: { attribution, injector } }: { readonly finding: Finding }) {
  if (attribution.length === 0 && injector === null) return null;
  return (
    <>
      <h4>{words.resemblance}</h4>
      <ul>
        {attribution.map(({ system, country, matched, source, date }) => (
          <li key={system}>
            {words.looksLike(
              country === null ? system : `${system} (${country})`,
              matched.join(', '),
              `${source}, ${date}`,
            )}
          </li>
        ))}
        {injector === null ? null : <li>{words.distance(injector.hopsFromVantage, injector.basis)}</li>}
      </ul>
    </>
  );
}

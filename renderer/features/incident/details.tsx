// What only the technical reading shows: stage, variant, the connection, answers, frames by role.

import type { Finding } from '../../../shared/contract/analysis.ts';
import { hostPort } from '../../ui/format.ts';
import { useEngineWords, useListed, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { ForgedTag, forgeryBy } from '../flow/forged.tsx';
import { FrameLinks } from './frames.tsx';
import { incidentWords } from './words.ts';

export function Details({ capture, finding }: { readonly capture: string; readonly finding: Finding }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const { flow, dns, frames, interference } = finding;
  const listed = useListed();
  const forgery = forgeryBy(finding.confidence);
  return (
    <dl className="details">
      <dt>{words.technique}</dt>
      <dd>{listed(finding.techniques.map((technique) => engine.technique[technique].name))}</dd>
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
              <p key={answer.frame} className={answer.forged && forgery === 'forged' ? 'hatch' : undefined}>
                <bdi className="m ltr">{`#${answer.frame} rcode ${answer.rcode} ${answer.addresses.join(', ')}`}</bdi>{' '}
                <ForgedTag forgery={answer.forged ? forgery : null} />
              </p>
            ))}
          </dd>
        </>
      )}
      <dt>{words.affected}</dt>
      <dd>
        {(['trigger', 'forged', 'genuine', 'affected'] as const).map((role) => {
          if (frames[role].length === 0) return null;
          return (
            <p key={role}>
              {role === 'forged' ? (
                <ForgedTag forgery={forgery} />
              ) : (
                <span className="tag line">{words.roles[role]}</span>
              )}{' '}
              <FrameLinks capture={capture} frames={frames[role]} limit={6} />
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

// Step 2: where it was seen from. What the recording shows stands there; what it cannot show is asked for.

import { DECLARED_FIELDS } from '../../../shared/contract/report.ts';
import { useWords } from '../../ui/language.ts';
import { builder, type StepProps } from './builder.ts';
import { TextField } from './fields.tsx';
import { reportWords } from './words.ts';

const LONGEST = 255;

export function VantageStep({ capture, view, building }: StepProps) {
  const words = useWords(reportWords);
  const { choose } = builder.getState();
  const { vantage } = building.options;
  const { role, resolvers, network, country } = view.head!.capture.vantage;
  // Stated when it was captured
  const told: { readonly [field: string]: string | null } = { network, country };
  return (
    <>
      <h2>{words.vantageTitle}</h2>
      <p className="report-lead">{words.vantageLead}</p>
      <dl className="report-seen">
        <dt>{words.role}</dt>
        <dd>
          {words.roles[role.value as keyof typeof words.roles] ?? words.roles.unknown}
          {role.basis === 'unknown' ? null : (
            <span className="mut"> · {role.basis === 'declared' ? words.declared : words.inferred}</span>
          )}
        </dd>
        {resolvers.length === 0 ? null : (
          <>
            <dt>{words.resolvers}</dt>
            <dd>
              <bdi className="m">{resolvers.slice(0, 6).join(' ')}</bdi> <span className="mut">· {words.inferred}</span>
            </dd>
          </>
        )}
      </dl>
      <div className="report-fields">
        {DECLARED_FIELDS.map((field) => (
          <TextField
            key={field}
            label={words.field[field]}
            hint={told[field] ?? words.fieldHint[field]}
            value={vantage[field] ?? ''}
            longest={LONGEST}
            change={(text) => choose(capture, { vantage: { ...vantage, [field]: text } })}
          />
        ))}
      </div>
    </>
  );
}

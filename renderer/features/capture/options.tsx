// What is recorded, how much of each packet, until when. What is wrong is said at the field it is about.

import type { ReactNode } from 'react';
import type { LiveError } from '../../../shared/domain/live.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { type Field, KEEPS, type Problem, type Setup, STOPS, WHATS } from './setup.ts';
import { captureWords } from './words.ts';

interface Props {
  readonly setup: Setup;
  readonly change: (change: Partial<Setup>) => void;
  readonly problems: ReadonlyMap<Field, Problem>;
  /** What a recorder said of the filter. */
  readonly refused: LiveError | null;
  /** The field of the own filter was left. */
  readonly leaveFilter: () => void;
}

export function Options({ setup, change, problems, refused, leaveFilter }: Props) {
  const words = useWords(captureWords);
  const said = useProblem();
  const problem = (field: Field): string | null => {
    const found = problems.get(field);
    return found === undefined ? null : said(found);
  };
  const box = (field: Field, label: string, wide = false): ReactNode => (
    <Box
      field={field}
      label={label}
      wide={wide}
      value={setup[field]}
      wrong={problems.has(field) || (refused !== null && field === 'filter')}
      change={(value) => change({ [field]: value })}
      leave={field === 'filter' ? leaveFilter : undefined}
    />
  );
  const amount = { time: 'minutes', size: 'megabytes', packets: 'packets' } as const;
  return (
    <div className="capture-options">
      <fieldset>
        <legend>{words.what}</legend>
        {WHATS.map((what) => (
          <Choice key={what} name="what" checked={setup.what === what} choose={() => change({ what })}>
            {words.whats[what]}
          </Choice>
        ))}
        {setup.what === 'address' ? (
          <div className="capture-own">
            {box('address', words.address, true)}
            <Wrong field="address" text={problem('address')} />
          </div>
        ) : null}
        {setup.what === 'own' ? (
          <div className="capture-own">
            {box('filter', words.filter, true)}
            <Wrong field="filter" text={problem('filter') ?? (refused === null ? null : words.problem.filter)}>
              {refused === null ? null : <bdi className="m">{refused.message}</bdi>}
            </Wrong>
          </div>
        ) : null}
      </fieldset>
      <fieldset>
        <legend>{words.keep}</legend>
        {KEEPS.map((keep) => (
          <Choice
            key={keep}
            name="keep"
            checked={setup.keep === keep}
            choose={() => change({ keep })}
            what={words.keepWhat[keep]}
          >
            {words.keeps[keep]}
          </Choice>
        ))}
      </fieldset>
      <fieldset>
        <legend>{words.stop}</legend>
        {STOPS.map((stop) => {
          const field = stop === 'manual' ? null : amount[stop];
          return (
            <div key={stop}>
              <div className="capture-row">
                <Choice name="stop" checked={setup.stop === stop} choose={() => change({ stop })}>
                  {words.stops[stop]}
                  {field === null ? null : <span className="silent"> {words[field]}</span>}
                </Choice>
                {field === null ? null : (
                  <>
                    {box(field, `${words.stops[stop]} … ${words[field]}`)}
                    <span aria-hidden="true">{words[field]}</span>
                  </>
                )}
              </div>
              {field === null ? null : <Wrong field={field} text={problem(field)} />}
            </div>
          );
        })}
        <div className="capture-row capture-ring">
          <label>
            <input type="checkbox" checked={setup.ring} onChange={(event) => change({ ring: event.target.checked })} />
            {words.ring}
          </label>
          {box('ringFiles', `${words.ring} … ${words.ringFiles}`)}
          <span aria-hidden="true">{words.ringFiles}</span>
          {box('ringMegabytes', `${words.ringFiles} … ${words.megabytes}`)}
          <span aria-hidden="true">{words.megabytes}</span>
        </div>
        <p className="mut capture-note">{words.ringWhat}</p>
        <Wrong field="ringFiles" text={problem('ringFiles')} />
        <Wrong field="ringMegabytes" text={problem('ringMegabytes')} />
      </fieldset>
    </div>
  );
}

function useProblem(): (problem: Problem) => string {
  const words = useWords(captureWords).problem;
  const number = useNumber();
  return (problem) => {
    switch (problem.kind) {
      case 'no-address':
        return words.noAddress;
      case 'no-filter':
        return words.noFilter;
      case 'name':
        return words.name(problem.name);
      case 'number':
        return words.number(number(problem.most));
    }
  };
}

interface ChoiceProps {
  readonly name: string;
  readonly checked: boolean;
  readonly choose: () => void;
  readonly what?: string;
  readonly children: ReactNode;
}

function Choice({ name, checked, choose, what, children }: ChoiceProps) {
  return (
    <label className="capture-choice">
      <input type="radio" name={`capture-${name}`} checked={checked} onChange={choose} />
      <span>
        {children}
        {what === undefined ? null : <span className="mut capture-what"> {what}</span>}
      </span>
    </label>
  );
}

interface BoxProps {
  readonly field: Field;
  readonly label: string;
  readonly value: string;
  readonly wide: boolean;
  readonly wrong: boolean;
  readonly change: (value: string) => void;
  readonly leave: (() => void) | undefined;
}

/** The same in every language. */
const EXAMPLES: { readonly [K in Field]?: string } = { address: '192.0.2.7', filter: 'tcp port 443' };

function Box({ field, label, value, wide, wrong, change, leave }: BoxProps) {
  return (
    <input
      id={`capture-${field}`}
      className={wide ? 'field m ltr' : 'field m ltr capture-number'}
      aria-label={label}
      placeholder={EXAMPLES[field]}
      value={value}
      inputMode={wide ? 'text' : 'decimal'}
      spellCheck={false}
      autoComplete="off"
      aria-invalid={wrong}
      aria-describedby={wrong ? `capture-${field}-wrong` : undefined}
      onChange={(event) => change(event.target.value)}
      onBlur={leave}
    />
  );
}

function Wrong({
  field,
  text,
  children,
}: {
  readonly field: Field;
  readonly text: string | null;
  readonly children?: ReactNode;
}) {
  return text === null ? null : (
    <p id={`capture-${field}-wrong`} className="capture-wrong" role="alert">
      {text} {children}
    </p>
  );
}

// The fields of the report's steps.

import { useId } from 'react';

export interface TextFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly longest: number;
  readonly rows?: number;
  readonly change: (text: string) => void;
}

/** The direction of what is written is its own: a name of a network is Latin in a Persian page. */
export function TextField({ label, hint, value, longest, rows, change }: TextFieldProps) {
  const id = useId();
  const common = {
    id,
    className: 'field',
    dir: 'auto' as const,
    value,
    maxLength: longest,
    'aria-describedby': `${id}-hint`,
    spellCheck: false,
  };
  return (
    <p className="report-field">
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input type="text" {...common} onChange={(event) => change(event.target.value)} />
      ) : (
        <textarea rows={rows} {...common} onChange={(event) => change(event.target.value)} />
      )}
      <span id={`${id}-hint`} className="mut">
        {hint}
      </span>
    </p>
  );
}

export interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly label: string;
  readonly values: readonly T[];
  readonly words: { readonly [K in T]: string };
  readonly value: T;
  readonly change: (value: T) => void;
}

export function Choice<T extends string>({ name, label, values, words, value, change }: ChoiceProps<T>) {
  return (
    <fieldset className="report-choices">
      <legend>{label}</legend>
      {values.map((each) => (
        <label key={each}>
          <input type="radio" name={`report-${name}`} checked={each === value} onChange={() => change(each)} />
          {words[each]}
        </label>
      ))}
    </fieldset>
  );
}

export function Tick({
  label,
  checked,
  disabled = false,
  change,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly change: (checked: boolean) => void;
}) {
  return (
    <label className="report-tick">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => change(event.target.checked)} />
      {label}
    </label>
  );
}

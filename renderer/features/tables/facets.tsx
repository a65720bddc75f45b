// Counts of the values of some columns; choosing one writes it into the filter, so that both are one thing.

import type { ReactNode } from 'react';
import { isService } from '../../../shared/domain/services.ts';
import { serviceName } from '../../../shared/i18n/words.ts';
import { useCall, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { hasTerm, withoutTerm, withTerm } from '../filter/terms.ts';
import { tableWords } from './words.ts';

interface Props {
  readonly capture: string;
  readonly table: 'flows' | 'dns';
  /** Column of the table, its filter key, its title. */
  readonly columns: readonly { readonly column: string; readonly key: string; readonly title: string }[];
  readonly revision: unknown;
  /** Below the counts. */
  readonly children?: ReactNode;
}

export function Facets({ capture, table, columns, revision, children }: Props) {
  const words = useWords(tableWords);
  const engine = useEngineWords();
  const number = useNumber();
  const filter = useRoute((state) => state.filter);
  const refine = useRoute((state) => state.refine);
  const asked = useCall(
    'table.facets',
    { capture, table, filter, columns: columns.map(({ column }) => column) },
    revision,
  );
  const facets = asked.state === 'failed' ? [] : (asked.result?.facets ?? []);
  return (
    <div className="facets">
      {columns.map(({ column, key, title }) => {
        const facet = facets.find((entry) => entry.column === column);
        if (facet === undefined || facet.values.length === 0) return null;
        return (
          <section key={column} aria-label={title}>
            <h2>{title}</h2>
            {facet.values.map(({ value, count }) => {
              const on = hasTerm(filter, key, value);
              return (
                <button
                  key={value}
                  type="button"
                  aria-pressed={on}
                  onClick={() =>
                    refine({ filter: on ? withoutTerm(filter, key, value) : withTerm(filter, key, value) })
                  }
                >
                  <bdi>
                    {key === 'outcome'
                      ? (words.outcome[value] ?? value)
                      : key === 'service'
                        ? serviceName(engine, value)
                        : value}
                  </bdi>
                  {key === 'service' && !isService(value) ? <span className="mut">{words.ofList}</span> : null}
                  <span className="mut">{number(count)}</span>
                </button>
              );
            })}
            {facet.more === 0 ? null : <p className="mut">{words.more(number(facet.more))}</p>}
          </section>
        );
      })}
      {children}
    </div>
  );
}

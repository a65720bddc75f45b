// What the tables share: heading with counts, facets, the empty states.

import type { ReactNode } from 'react';
import type { Failure } from '../../../shared/contract/service.ts';
import { shellWords } from '../../app/words.ts';
import { useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { tableWords } from './words.ts';

interface Props {
  readonly title: string;
  readonly empty: string;
  readonly total: number;
  readonly matched: number;
  readonly whole: boolean;
  readonly answered: boolean;
  readonly failure: Failure | null;
  readonly facets?: ReactNode;
  readonly children: ReactNode;
}

export function TableScreen({ title, empty, total, matched, whole, answered, failure, facets, children }: Props) {
  const words = useWords(tableWords);
  const shell = useWords(shellWords);
  const number = useNumber();
  const filter = useRoute((state) => state.filter);
  const refine = useRoute((state) => state.refine);
  const nothing = answered && matched === 0;
  return (
    <section className={facets === undefined ? 'table-screen' : 'table-screen with-facets'}>
      <header>
        <h1>{title}</h1>
        <span className="mut" role="status">
          {!answered ? words.loading : filter === '' ? number(total) : words.of(number(matched), number(total))}
        </span>
        {whole ? null : <span className="sec">{words.notWhole}</span>}
      </header>
      {facets}
      {failure !== null ? (
        <div className="empty" role="alert">
          <p>{shell.failure[failure.code]}</p>
        </div>
      ) : nothing ? (
        <div className="empty">
          <p>{total === 0 ? empty : words.filtered}</p>
          {filter === '' ? null : (
            <button type="button" className="button" onClick={() => refine({ filter: '' })}>
              {words.clearFilter}
            </button>
          )}
        </div>
      ) : (
        children
      )}
    </section>
  );
}

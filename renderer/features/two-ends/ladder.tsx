// The packets of one connection between two lifelines, one for each capture: what both have crosses from line to line,
// what only one has begins or ends on the way.

import type {
  ComparedConnection,
  ComparisonFinding,
  ComparisonLadderRow,
} from '../../../shared/contract/comparison.ts';
import { useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { arrowOf, madeAt, WAY } from './way.ts';
import { comparisonWords, twoEndsWords } from './words.ts';

const HEIGHT = 34;

export interface Ends {
  readonly a: string;
  readonly b: string;
}

interface Props {
  readonly connection: ComparedConnection;
  readonly captures: Ends;
  readonly findings: readonly ComparisonFinding[];
}

export function Ladder({ connection, captures, findings }: Props) {
  const words = useWords(twoEndsWords);
  const comparison = useWords(comparisonWords);
  const number = useNumber();
  const { ladder, near, skipped } = connection;
  // Where on the way packets were made or turned back, 0 at A and 1 at B; null: nobody knows
  const of = (isLost: boolean): number | null =>
    madeAt(findings.filter(({ claim }) => (claim === 'never-arrived') === isLost))[0] ?? null;
  const place = { forged: of(false), lost: of(true) };
  const sideWord = (side: 'a' | 'b'): string =>
    near === null ? '' : near === side ? words.clientSide : words.serverSide;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
    <div className="two-ends-scroll ltr" role="group" tabIndex={0} aria-label={words.ladder}>
      <table className="two-ends-ladder">
        <thead>
          <tr>
            <th scope="col" className="num">
              {words.time}
            </th>
            <th scope="col" className="num">
              A <bdi className="mut">{sideWord('a')}</bdi>
            </th>
            <th scope="col">
              <span className="silent">{words.packet}</span>
            </th>
            <th scope="col">
              B <bdi className="mut">{sideWord('b')}</bdi>
            </th>
            <th scope="col">{words.seen}</th>
          </tr>
        </thead>
        <tbody>
          {ladder.map((row) => (
            <Row
              key={`${row.a?.frame} ${row.b?.frame}`}
              row={row}
              near={near}
              made={row.mark === 'forged' || row.mark === 'lost' ? place[row.mark] : null}
              captures={captures}
              mark={comparison.mark[row.mark]}
              skipped={row.skipped > 0 ? words.skipped(number(row.skipped)) : null}
            />
          ))}
          {skipped > 0 ? <Skipped text={words.skipped(number(skipped))} /> : null}
        </tbody>
      </table>
    </div>
  );
}

function Skipped({ text }: { readonly text: string }) {
  return (
    <tr>
      <td colSpan={2} />
      <td className="two-ends-way">
        <svg width={WAY.width} height={24} aria-hidden="true">
          <path className="two-ends-life" strokeDasharray="2 4" d={`M${WAY.left} 0V24M${WAY.right} 0V24`} />
        </svg>
      </td>
      <td colSpan={2} className="mut">
        <bdi>… {text}</bdi>
      </td>
    </tr>
  );
}

interface RowProps {
  readonly row: ComparisonLadderRow;
  readonly near: ComparedConnection['near'];
  readonly made: number | null;
  readonly captures: Ends;
  readonly mark: string;
  readonly skipped: string | null;
}

function Row({ row, near, made, captures, mark, skipped }: RowProps) {
  const isForged = row.mark === 'forged';
  return (
    <>
      {skipped === null ? null : <Skipped text={skipped} />}
      <tr className={isForged ? 'hatch' : undefined}>
        <td className="m num mut">{(row.offset * 1e3).toFixed(1)}</td>
        <td className="m num">
          <Seen cell={row.a} capture={captures.a} />
        </td>
        <td className="two-ends-way">
          <Drawing row={row} near={near} made={made} />
          <span className="silent">{row.notation}</span>
        </td>
        <td className="m two-ends-at-b">
          <Seen cell={row.b} capture={captures.b} />
        </td>
        <td>
          {row.mark === 'both' ? (
            <bdi className="silent">{mark}</bdi>
          ) : (
            <bdi className={isForged ? 'tag forged' : 'tag line'}>{mark}</bdi>
          )}
        </td>
      </tr>
    </>
  );
}

function Seen({ cell, capture }: { readonly cell: ComparisonLadderRow['a']; readonly capture: string }) {
  const words = useWords(twoEndsWords);
  const go = useRoute((state) => state.go);
  if (cell === null) return null;
  return (
    <>
      <button
        type="button"
        className="link m"
        aria-label={words.frame(String(cell.frame))}
        onClick={() => go({ screen: 'packets', capture, item: String(cell.frame) })}
      >
        {cell.frame}
      </button>
      {cell.copies > 0 ? <bdi className="mut"> ×{cell.copies + 1}</bdi> : null}
      <span className="mut"> ttl {cell.ttl}</span>
    </>
  );
}

function Drawing({ row, near, made }: Pick<RowProps, 'row' | 'near' | 'made'>) {
  const { from, to, arrives } = arrowOf(row, near, made);
  const tip = to > from ? -9 : 9;
  const isForged = row.mark === 'forged';
  const kind = isForged ? 'forged' : 'genuine';
  const y = 24;
  return (
    <svg width={WAY.width} height={HEIGHT} aria-hidden="true">
      <path className="two-ends-life" d={`M${WAY.left} 0V${HEIGHT}M${WAY.right} 0V${HEIGHT}`} />
      <path className={`two-ends-${kind}`} d={`M${from} ${y}H${arrives ? to + tip : to}`} />
      {arrives ? (
        <path className={`two-ends-${kind}-head`} d={`M${to} ${y}l${tip} -4.5v9Z`} />
      ) : (
        <path className="two-ends-stop" d={`M${to - 2} ${y - 7}h4v14h-4Z`} />
      )}
      {isForged ? <path className="two-ends-stop" d={`M${from} ${y - 5}l5 5l-5 5l-5 -5Z`} /> : null}
      <text className="m" x={(Math.min(from, to) + Math.max(from, to)) / 2} y={14} textAnchor="middle">
        {row.notation}
      </text>
    </svg>
  );
}

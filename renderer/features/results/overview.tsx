// All open captures beside each other: what each says of every service. This is where a site blocked by one provider
// and open at another is seen at a glance.

import { en } from '../../../shared/i18n/en.ts';
import { serviceName } from '../../../shared/i18n/words.ts';
import { words } from '../../ui/words.ts';
import { type SurfaceVerdict, surfaceState } from './naming.ts';
import type { OpenResult } from './store.ts';

interface OverviewProps {
  readonly results: readonly OpenResult[];
  readonly selected: string | null;
  readonly select: (key: string) => void;
  readonly close: (key: string) => void;
}

export function Overview({ results, selected, select, close }: OverviewProps) {
  const rows = surfaces(results);
  return (
    <nav className="wide" aria-label={words.captures}>
      <table className="overview">
        <thead>
          <tr>
            <th scope="col">{words.capture}</th>
            {rows.map(({ key, service, surface }) => (
              <th key={key} scope="col">
                {serviceName(en, service)} {en.surface[surface]}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {results.map(({ key, analysis }) => (
            <tr key={key} className={key === selected ? 'selected' : undefined}>
              <th scope="row">
                <button type="button" aria-current={key === selected} onClick={() => select(key)}>
                  <bdi className="mono">{analysis.capture.path}</bdi>
                </button>
              </th>
              {rows.map((row) => (
                <td key={row.key}>
                  {row.verdicts.has(key) ? <State verdict={row.verdicts.get(key)!} /> : words.notSeen}
                </td>
              ))}
              <td>
                <button type="button" aria-label={words.close(analysis.capture.path)} onClick={() => close(key)}>
                  {words.closeWord}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </nav>
  );
}

export function State({ verdict }: { readonly verdict: SurfaceVerdict }) {
  return <span className={`state ${verdict.state}`}>{surfaceState(verdict)}</span>;
}

interface SurfaceRow {
  readonly key: string;
  readonly service: string;
  readonly surface: SurfaceVerdict['surface'];
  /** By the key of the result. */
  readonly verdicts: Map<string, SurfaceVerdict>;
}

/** Columns more than this are not compared but searched. */
const MOST_COLUMNS = 12;

/** Every surface that some capture saw something of, those with the most interference first. */
function surfaces(results: readonly OpenResult[]): SurfaceRow[] {
  const rows = new Map<string, SurfaceRow>();
  for (const { key, analysis } of results) {
    for (const { service, surfaces } of analysis.services) {
      for (const verdict of surfaces) {
        const id = `${service} ${verdict.surface}`;
        const row = rows.get(id) ?? { key: id, service, surface: verdict.surface, verdicts: new Map() };
        row.verdicts.set(key, verdict);
        rows.set(id, row);
      }
    }
  }
  const weight = ({ verdicts }: SurfaceRow) =>
    [...verdicts.values()].filter(({ state }) => state === 'blocked' || state === 'degraded').length;
  return [...rows.values()]
    .filter(({ verdicts }) => [...verdicts.values()].some(({ state }) => state !== 'not-seen'))
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, MOST_COLUMNS);
}

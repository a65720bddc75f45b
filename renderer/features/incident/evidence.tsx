// Evidence on a balance, and other explanations by the claim they speak to.

import type { Finding } from '../../../shared/contract/analysis.ts';
import type { Strength } from '../../../shared/domain/vocabulary.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { useEngineWords, useLanguage, useWords } from '../../ui/language.ts';
import { byClaim } from './explanations.ts';
import { FrameLinks } from './frames.tsx';
import { plainly, plainSentence } from './plain.ts';
import { incidentWords } from './words.ts';

const LENGTH: { readonly [K in Strength]: number } = { strong: 88, medium: 52, weak: 22 };
const AXIS = 96;

interface Props {
  readonly capture: string;
  readonly finding: Finding;
  readonly isPlain: boolean;
}

export function Evidence({ capture, finding, isPlain }: Props) {
  const words = useWords(incidentWords);
  const sides = [
    { role: 'supports', letter: 'E', title: words.evidenceFor },
    { role: 'contradicts', letter: 'A', title: words.against },
    { role: 'neutral', letter: 'N', title: words.neutral },
  ] as const;
  return (
    <table className="evidence">
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            {words.evidenceFor}
          </th>
          <th scope="col">
            <span className="balance-head ltr">
              <span>{words.axis.against}</span>
              <span>{words.axis.for}</span>
            </span>
          </th>
          <th scope="col" className="num">
            {words.frames}
          </th>
        </tr>
      </thead>
      {sides.map(({ role, letter, title }) => {
        const rows = finding.evidence.filter((item) => item.role === role);
        if (rows.length === 0 && role !== 'contradicts') return null;
        return (
          <tbody key={role}>
            {role === 'supports' ? null : (
              <tr className="sub">
                <th scope="rowgroup" colSpan={4}>
                  {title}
                </th>
              </tr>
            )}
            {rows.length === 0 ? (
              <tr>
                <td />
                <td colSpan={3} className="sec">
                  {words.nothingAgainst}
                </td>
              </tr>
            ) : null}
            {rows.map((item, index) => (
              <EvidenceRow
                // biome-ignore lint/suspicious/noArrayIndexKey: evidence keeps its order inside a revision
                key={`${item.kind} ${index}`}
                capture={capture}
                item={item}
                name={`${letter}${index + 1}`}
                isPlain={isPlain}
              />
            ))}
          </tbody>
        );
      })}
    </table>
  );
}

interface RowProps {
  readonly capture: string;
  readonly item: Finding['evidence'][number];
  readonly name: string;
  readonly isPlain: boolean;
}

function EvidenceRow({ capture, item, name, isPlain }: RowProps) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const language = useLanguage();
  const length = LENGTH[item.strength];
  return (
    <tr>
      <td className="m mut">{name}</td>
      <td className={isPlain ? 'plain' : undefined}>
        {isPlain ? (
          plainSentence(language, engine, item.kind, item.params)
        ) : (
          <>
            {sentence(engine, 'evidence', item.kind, item.params)}
            <bdi className="m mut parameters">{parametersOf(item)}</bdi>
          </>
        )}
      </td>
      <td>
        {item.role === 'neutral' ? null : (
          <svg className="balance ltr" width="192" height="28" aria-hidden="true">
            <path className="axis" d={`M${AXIS} 0V28`} />
            {item.role === 'supports' ? (
              <rect className="for" x={AXIS} y={8} width={length} height={12} />
            ) : (
              <rect className="against" x={AXIS - length} y={8.5} width={length} height={11} />
            )}
          </svg>
        )}
        <span className="silent">{words.strength(engine.strength[item.strength])}</span>
      </td>
      <td className="num">
        <FrameLinks capture={capture} frames={item.frames} limit={isPlain ? 2 : 4} />
      </td>
    </tr>
  );
}

/** `ttl-differs · suspect 120 · genuine 53 · difference 67`, for those who know the rules. */
function parametersOf({ kind, params }: Finding['evidence'][number]): string {
  const values = Object.entries(params)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.map(plainNumber).join(' ') : plainNumber(value)}`);
  return [kind, ...values].join(' · ');
}

/** As exact as anybody reads: the result has all digits. */
function plainNumber(value: unknown): string {
  return typeof value === 'number' ? String(Math.round(value * 1_000) / 1_000) : String(value);
}

export function Explanations({ finding, isPlain }: { readonly finding: Finding; readonly isPlain: boolean }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const groups = byClaim(finding.alternatives);
  return (
    <table className="explanations">
      <thead>
        <tr>
          <th scope="col">{words.explanations}</th>
          <th scope="col">{words.status}</th>
        </tr>
      </thead>
      {groups.length === 0 ? (
        <tbody>
          <tr>
            <td colSpan={2} className="sec">
              {words.noExplanations}
            </td>
          </tr>
        </tbody>
      ) : null}
      {groups.map(({ claim, rows }) => (
        <tbody key={claim}>
          <tr className="sub">
            <th scope="rowgroup" colSpan={2}>
              {words.claim[claim]}
            </th>
          </tr>
          {rows.map((entry) => {
            const text = sentence(engine, 'alternative', entry.kind, entry.params);
            return (
              <tr key={entry.kind} className={entry.status}>
                <td className={isPlain ? 'plain' : undefined}>{isPlain ? plainly(text) : text}</td>
                <td>{words.state[entry.status]}</td>
              </tr>
            );
          })}
        </tbody>
      ))}
    </table>
  );
}

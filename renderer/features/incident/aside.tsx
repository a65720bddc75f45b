// Beside the evidence: where on the path, what worked in comparison, whom it resembles.

import type { Finding } from '../../../shared/contract/analysis.ts';
import { CONTROL_KINDS } from '../../../shared/domain/statements.ts';
import { atLeast, type Place } from '../../../shared/domain/vocabulary.ts';
import { hostPort } from '../../ui/format.ts';
import { useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { MarkShape } from '../../ui/mark.tsx';
import { duration, useNumber } from '../../ui/moment.ts';
import { incidentWords } from './words.ts';

/** Where the block is drawn between 6 and 366; null where nothing is known. */
const BLOCK: { readonly [K in Place]: number | null } = {
  'this-device': 22,
  'local-network': 76,
  path: 236,
  resolver: 356,
  unknown: null,
};
const MOST_HOPS = 12;

function short(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export function PlaceOnPath({ finding }: { readonly finding: Finding }) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const number = useNumber();
  const hops = finding.injector?.hopsFromVantage ?? null;
  const at = BLOCK[finding.place];
  const to = finding.dns?.query.resolver ?? finding.target.domain ?? finding.target.address;
  const distance =
    hops === null
      ? words.hopsUnknown
      : finding.injector?.basis === 'probes'
        ? words.hopsProbed(number(hops), number(hops + 1))
        : finding.injector?.basis === 'icmp-sender'
          ? words.hopsReported(number(hops))
          : words.hops(number(hops));
  const drawn = at === null || hops === null ? 0 : Math.min(hops, MOST_HOPS);
  return (
    <>
      <h2>{words.place}</h2>
      <p className="sec">
        <span className="sentence">{engine.place[finding.place]}</span>
      </p>
      {hops === null && finding.place !== 'path' ? null : <p className="sec">{distance}</p>}
      <svg className="path ltr" viewBox="0 0 372 88" aria-hidden="true">
        <path className="genuine" d={`M6 44H${at === null ? 60 : at - 8}`} />
        <path className="genuine gap" d={`M${at === null ? 66 : at + 16} 44H360`} />
        <circle className="end" cx="6" cy="44" r="5" />
        {Array.from({ length: drawn }, (_, hop) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: hops are their places
          <circle key={hop} className="hop" cx={26 + (hop * (at! - 60)) / Math.max(1, drawn - 1)} cy="44" r="2.5" />
        ))}
        <circle className="hop" cx="366" cy="44" r="5" />
        {at === null ? null : (
          <>
            <path className="block" d={`M${at - 8} 22h20v44h-20Z`} />
            <text x={at + 2} y="14" textAnchor={at > 330 ? 'end' : at < 40 ? 'start' : 'middle'} className="strong">
              {words.here}
            </text>
          </>
        )}
        <text x="0" y="84">
          {words.you}
        </text>
        <text x="372" y="84" textAnchor="end" className="m">
          {short(to, 36)}
        </text>
      </svg>
    </>
  );
}

/** Addresses that a finding is about: where it was tried, what answers gave, who refused. */
export function addressesOf(finding: Finding): string[] {
  const { target, dns, evidence } = finding;
  const named = evidence.flatMap(({ params }) => (typeof params.from === 'string' ? [params.from] : []));
  const answers = (dns?.answers ?? []).flatMap(({ addresses }) => addresses);
  return [...(dns === null ? [target.address] : [dns.query.resolver]), ...answers, ...named];
}

const SHOWN_CONTROLS = 6;

/** How long after the trigger it was cut, if that was measured. */
function cutAfter(finding: Finding): number | null {
  for (const { params } of finding.evidence) if (typeof params.elapsedMs === 'number') return params.elapsedMs / 1000;
  return null;
}

interface ControlsProps {
  readonly capture: string;
  readonly finding: Finding;
  readonly isPlain: boolean;
}

export function Controls({ capture, finding, isPlain }: ControlsProps) {
  const words = useWords(incidentWords);
  const engine = useEngineWords();
  const go = useRoute((state) => state.go);
  const number = useNumber();
  const controls = controlsOf(finding).slice(0, SHOWN_CONTROLS);
  // With another port, or with what failed as well
  const hasComparison = finding.evidence.some(({ kind }) => kind.startsWith('control-'));
  const own = finding.target.domain ?? hostPort(finding.target.address, finding.target.port);
  const after = isPlain ? null : cutAfter(finding);
  const isHindered = finding.effect === 'survived' || finding.effect === 'degraded';
  const outcome =
    finding.effect === 'survived'
      ? engine.effect.survived
      : finding.effect === 'degraded'
        ? words.slowed
        : words.failed;
  const became = after === null ? outcome : `${outcome} · \u2068${duration(after)}\u2069`;
  const open = (frame: number | undefined) =>
    frame === undefined ? undefined : () => go({ screen: 'packets', capture, item: String(frame) });
  return (
    <>
      <h2>{isHindered ? words.controlsHindered : words.controls}</h2>
      {controls.length === 0 && !hasComparison ? <p className="sec">{words.noControls}</p> : null}
      <ul className="control-rows">
        <ControlRow
          name={own}
          isOk={false}
          kind={null}
          word={became}
          finding={finding}
          open={open(finding.frames.trigger[0])}
        />
        {controls.map(({ kind, name, isOk, count, frame }) => {
          const word = isOk ? words.worked : words.failed;
          return (
            <ControlRow
              key={`${kind} ${name} ${isOk}`}
              name={name}
              isOk={isOk}
              kind={engine.control[kind]}
              word={count > 1 ? `${word} · ${words.times(number(count))}` : word}
              finding={finding}
              open={open(frame)}
            />
          );
        })}
      </ul>
    </>
  );
}

interface Compared {
  readonly kind: Finding['controls'][number]['kind'];
  readonly name: string;
  readonly isOk: boolean;
  count: number;
  readonly frame: number | undefined;
}

/** What it was held against, each name once: first what worked. Some comparisons stand in the evidence alone. */
export function controlsOf({ controls, evidence }: Finding): readonly Compared[] {
  const rows = new Map<string, Compared>();
  const add = (row: Compared): void => {
    const key = `${row.kind} ${row.name} ${row.isOk}`;
    const known = rows.get(key);
    if (known === undefined) rows.set(key, row);
    else known.count += row.count;
  };
  for (const { kind, target, outcome, frames } of controls) {
    const name =
      kind === 'same-address-other-name' ? (target.domain ?? target.address) : hostPort(target.address, target.port);
    add({ kind, name, isOk: outcome === 'ok', count: 1, frame: frames[0] });
  }
  for (const { kind, params, frames } of rows.size > 0 ? [] : evidence) {
    const { control, value, count } = params;
    if (kind !== 'control-ok' || !isControl(control) || typeof value !== 'string') continue;
    add({ kind: control, name: value, isOk: true, count: typeof count === 'number' ? count : 1, frame: frames[0] });
  }
  return [...rows.values()].sort((a, b) => Number(b.isOk) - Number(a.isOk));
}

function isControl(kind: unknown): kind is Compared['kind'] {
  return (CONTROL_KINDS as readonly unknown[]).includes(kind);
}

interface ControlProps {
  readonly name: string;
  readonly isOk: boolean;
  readonly kind: string | null;
  readonly word: string;
  readonly finding: Finding;
  readonly open?: (() => void) | undefined;
}

function ControlRow({ name, isOk, kind, word, finding, open }: ControlProps) {
  const isForged = finding.frames.forged.length > 0 && kind === null && atLeast(finding.confidence, 'likely');
  return (
    <li className="control-row">
      <p>
        {open === undefined ? (
          <bdi className="m">{name}</bdi>
        ) : (
          <button type="button" className="link m" onClick={open}>
            <bdi>{name}</bdi>
          </button>
        )}{' '}
        {kind === null ? null : <span className="mut">{kind}</span>}
      </p>
      <svg className="ltr" viewBox="0 0 240 22" aria-hidden="true">
        <path className="genuine" d="M1 5v12" />
        {isOk ? (
          <>
            <path className="genuine" d="M1 11h230" />
            <path className="head" d="M230 6.5 239 11l-9 4.5Z" />
          </>
        ) : (
          <>
            <path className={isForged ? 'forge' : 'genuine gap'} d="M1 11h170" />
            <g transform="translate(180 11) scale(0.9)">
              <MarkShape technique={finding.techniques[0] ?? null} confidence={finding.confidence} />
            </g>
          </>
        )}
      </svg>
      <span className={isOk ? undefined : 'strong'}>{word}</span>
    </li>
  );
}

/** Likeness to what was published, once for each system: never a culprit. */
export function Likeness({ finding, isPlain }: { readonly finding: Finding; readonly isPlain: boolean }) {
  const words = useWords(incidentWords);
  const systems = [...new Set(finding.attribution.map(({ system }) => system))];
  if (systems.length === 0) return null;
  return (
    <>
      <h2>{words.who}</h2>
      {systems.map((system) => (
        <div key={system}>
          <p className="sec">
            <bdi>{words.resembles(system)}</bdi>
          </p>
          {isPlain
            ? null
            : finding.attribution
                .filter((entry) => entry.system === system)
                .map(({ source, date, matched }) => (
                  <p key={`${source} ${date}`} className="mut parameters">
                    <bdi className="m">{matched.join(' · ')}</bdi> <bdi>{`(${source}, ${date})`}</bdi>
                  </p>
                ))}
        </div>
      ))}
    </>
  );
}

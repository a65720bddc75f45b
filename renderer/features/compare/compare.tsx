// Several captures beside each other: services and targets by capture. The providers of the 2018 story.

import './compare.css';
import { useMemo, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { OpenCapture } from '../../../shared/contract/service.ts';
import type { Outcome } from '../../../shared/domain/vocabulary.ts';
import { serviceName } from '../../../shared/i18n/words.ts';
import { chooseFiles } from '../../app/opening.ts';
import { useApp, useAppStore, useRoute } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { PathState, type PathStateName } from '../../ui/path-state.tsx';
import { surfaceRows, type Tally, targetRows } from './rows.ts';
import { compareWords } from './words.ts';

const OF_OUTCOME: { readonly [K in Outcome]: PathStateName } = {
  blocked: 'blocked',
  attempted: 'degraded',
  down: 'inconclusive',
  insufficient: 'inconclusive',
  ok: 'reachable',
};

export function Compare() {
  const words = useWords(compareWords);
  const store = useAppStore();
  const go = useRoute((state) => state.go);
  const captures = useApp((state) => state.captures);
  const views = useApp(useShallow((state) => captures.map(({ capture }) => state.views[capture] ?? null)));
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const targets = useMemo(() => targetRows(views), [views]);
  const surfaces = useMemo(() => surfaceRows(views), [views]);
  const engine = useEngineWords();
  const shown = onlyDifferent ? targets.filter(({ differs }) => differs) : targets;
  return (
    <section className="compare">
      <h1>{words.title}</h1>
      <p className="lead">{captures.length < 2 ? words.none : words.lead}</p>
      <p>
        <button type="button" className="button" onClick={() => void chooseFiles(store)}>
          {words.open}
        </button>
        {captures.length === 2 ? (
          <button type="button" className="button quiet" onClick={() => go({ screen: 'two-ends', a: null, b: null })}>
            {words.ends}
          </button>
        ) : null}
      </p>
      {surfaces.length === 0 ? null : (
        <table>
          <Headings first={words.service} captures={captures} />
          <tbody>
            {surfaces.map(({ service, surface, states }) => (
              <tr key={`${service} ${surface}`}>
                <th scope="row">
                  {serviceName(engine, service)}: {engine.surface[surface]}
                </th>
                {states.map((state, at) => (
                  <td key={captures[at]!.capture}>
                    <PathState
                      state={(state ?? 'not-seen') as PathStateName}
                      word={engine.serviceState[(state ?? 'not-seen') as PathStateName]}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {targets.length === 0 ? null : (
        <>
          <label className="only">
            <input
              type="checkbox"
              checked={onlyDifferent}
              onChange={(event) => setOnlyDifferent(event.target.checked)}
            />
            {words.differ}
          </label>
          <table>
            <Headings first={words.target} captures={captures} />
            <tbody>
              {shown.slice(0, 500).map(({ key, cells }) => (
                <tr key={key}>
                  <th scope="row">
                    <bdi className="m">{key}</bdi>
                  </th>
                  {cells.map((cell, at) => (
                    <td key={captures[at]!.capture}>
                      <Cell cell={cell} capture={captures[at]!.capture} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

function Headings({ first, captures }: { readonly first: string; readonly captures: readonly OpenCapture[] }) {
  const words = useWords(compareWords);
  const go = useRoute((state) => state.go);
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {captures.map(({ capture, name, state }) => (
          <th key={capture} scope="col">
            <button
              type="button"
              className="button quiet"
              onClick={() => go({ screen: 'overview', capture, item: null })}
            >
              <bdi className="m">{name}</bdi>
            </button>
            {state === 'reading' ? <span className="mut">{words.reading}</span> : null}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Cell({ cell, capture }: { readonly cell: Tally | null; readonly capture: string }) {
  const words = useWords(compareWords);
  const engine = useEngineWords();
  const number = useNumber();
  const go = useRoute((state) => state.go);
  if (cell === null) return <PathState state="not-seen" word={words.notSeen} />;
  const incident = cell.incidents[0];
  const state = <PathState state={OF_OUTCOME[cell.outcome]} word={engine.outcome[cell.outcome].word} />;
  return (
    <span className="cell">
      {incident === undefined ? (
        state
      ) : (
        <button
          type="button"
          className="button quiet"
          onClick={() => go({ screen: 'incidents', capture, item: incident })}
        >
          {state}
        </button>
      )}
      <span className="mut">{words.failed(number(cell.failed), number(cell.attempts))}</span>
    </span>
  );
}

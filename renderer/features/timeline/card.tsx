// What a mark stands for, beside it and never over it. In the timeline, which runs from left to right in every language,
// the card keeps the language's own direction.

import { sentence } from '../../../shared/i18n/words.ts';
import { frameRuns, hostPort } from '../../ui/format.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { type Clock, useNumber } from '../../ui/moment.ts';
import type { Item, Placed } from './lanes.ts';
import { LANE } from './paint.ts';
import { timelineWords } from './words.ts';

const CARD = 336;
const BESIDE = 24;

export interface Hover {
  readonly mark: Placed;
  readonly top: number;
  readonly pinned: boolean;
}

interface Props {
  readonly hover: Hover;
  readonly width: number;
  readonly clock: Clock;
  readonly start: number;
  readonly close: () => void;
  readonly open: (item: Item) => void;
}

export function Card({ hover, width, clock, start, close, open }: Props) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const number = useNumber();
  const { mark, top, pinned } = hover;
  const item = mark.items[0]!;
  const { finding } = item;
  const { target } = finding;
  const all = mark.items.flatMap(({ finding: { frames } }) => [
    ...frames.trigger,
    ...frames.forged,
    ...frames.affected,
  ]);
  const frames = frameRuns(all, 4);
  const strongest = finding.evidence.find(({ role }) => role === 'supports');
  const names = new Set(mark.items.map(({ finding: { target: own } }) => own.domain ?? own.address));
  const left = mark.x + BESIDE + CARD < width ? mark.x + BESIDE : Math.max(0, mark.x - BESIDE - CARD);
  return (
    <div
      className="float card"
      dir={document.documentElement.dir}
      style={{ left, top: top + LANE - 2, inlineSize: CARD }}
      onPointerDown={(event) => event.stopPropagation()}
    >
      <p className="strong">
        {mark.technique === null ? null : <Mark technique={mark.technique} confidence={mark.confidence} />}{' '}
        {mark.technique === null ? null : engine.technique[mark.technique].name}
        {mark.items.length > 1 ? ` ${words.times(String(mark.items.length))}` : ''}
      </p>
      <p>
        <bdi className="m">
          {target.domain === null ? '' : `${target.domain} · `}
          {hostPort(target.address, target.port)}
        </bdi>{' '}
        {names.size > 1 ? <span className="mut">{words.andTargets(number(names.size - 1))}</span> : null}
      </p>
      <p className="sec">
        <span className="strong confidence-word">{engine.confidence[finding.confidence].word}.</span>{' '}
        {strongest === undefined ? null : sentence(engine, 'evidence', strongest.kind, strongest.params)}
      </p>
      <p className="mut">
        <bdi className="m">
          {clock.time(start + item.from, 3)}
          {mark.items.length > 1 ? ` – ${clock.time(start + mark.items.at(-1)!.from, 3)}` : ''} {clock.zone}
        </bdi>
      </p>
      <p className="mut card-foot">
        <span>
          {words.frames}{' '}
          <bdi className="m ltr">
            {frames.text}
            {frames.more > 0 ? ` +${frames.more}` : ''}
          </bdi>
        </span>
        <span className="space" />
        {pinned && item.incident !== null ? (
          <button type="button" className="button quiet" onClick={() => open(item)}>
            <kbd>Enter</kbd> {words.open}
          </button>
        ) : item.incident !== null ? (
          <span>
            <kbd>Enter</kbd> {words.open}
          </span>
        ) : null}
        {pinned ? (
          <button type="button" className="button quiet" aria-label={words.close} onClick={close}>
            <kbd>Esc</kbd>
          </button>
        ) : null}
      </p>
    </div>
  );
}

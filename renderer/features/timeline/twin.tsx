// The timeline as a table: the same findings of the same range, and what worked in it.

import { useMemo } from 'react';
import { hostPort } from '../../ui/format.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { type Clock, useNumber } from '../../ui/moment.ts';
import { type Column, VirtualTable } from '../tables/virtual-table.tsx';
import type { Item } from './lanes.ts';
import type { Stretch } from './scale.ts';
import { timelineWords } from './words.ts';

interface Props {
  readonly items: readonly Item[];
  readonly window: Stretch;
  readonly worked: { readonly app: number; readonly other: number } | null;
  readonly clock: Clock;
  readonly start: number;
  readonly selected: string | null;
  readonly open: (item: Item) => void;
}

const ROW = 28;
const HEAD = 28;
/** Rows in sight; the others are scrolled to. */
const SHOWN = 14;

export function Twin({ items, window, worked, clock, start, selected, open }: Props) {
  const words = useWords(timelineWords);
  const engine = useEngineWords();
  const number = useNumber();
  const shown = useMemo(
    () => items.filter(({ from, to }) => to >= window.from && from <= window.to),
    [items, window.from, window.to],
  );
  const columns: readonly Column<Item>[] = [
    {
      key: 'time',
      title: `${words.columns.time} (${clock.zone})`,
      width: '112px',
      numeric: true,
      cell: ({ from }) => <bdi className="m">{clock.time(start + from, 3)}</bdi>,
    },
    {
      key: 'until',
      title: words.columns.until,
      width: '112px',
      numeric: true,
      cell: ({ to }) => <bdi className="m">{clock.time(start + to, 3)}</bdi>,
    },
    {
      key: 'technique',
      title: words.columns.technique,
      width: 'minmax(160px, 1fr)',
      cell: ({ finding }) => (
        <>
          <Mark technique={finding.techniques[0] ?? null} confidence={finding.confidence} />{' '}
          {engine.technique[finding.techniques[0]!].name}
        </>
      ),
    },
    {
      key: 'target',
      title: words.columns.target,
      width: 'minmax(180px, 1.2fr)',
      cell: ({ finding: { target } }) => (
        <bdi className="m">{target.domain ?? hostPort(target.address, target.port)}</bdi>
      ),
    },
    {
      key: 'confidence',
      title: words.columns.confidence,
      width: '128px',
      cell: ({ finding }) => <span className="confidence-word">{engine.confidence[finding.confidence].word}</span>,
    },
    {
      key: 'incident',
      title: words.columns.incident,
      width: '88px',
      cell: ({ incident, finding }) => <bdi className="m">{incident ?? finding.id}</bdi>,
    },
  ];
  return (
    <div className="twin">
      <p className="sec">
        {shown.length === 0 ? words.none : words.count(number(shown.length))}{' '}
        {worked === null ? null : words.workedHere(number(worked.app), number(worked.other))}
      </p>
      {shown.length === 0 ? null : (
        <div className="twin-table" style={{ blockSize: HEAD + Math.min(shown.length, SHOWN) * ROW }}>
          <VirtualTable
            label={words.title}
            columns={columns}
            count={shown.length}
            row={(index) => shown[index]}
            sort={null}
            onOpen={open}
            rowClass={(item) => (item.finding.id === selected ? 'selected' : undefined)}
            rowHeight={ROW}
          />
        </div>
      )}
    </div>
  );
}

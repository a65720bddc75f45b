// All incidents, and what each is about.

import { useMemo, useState } from 'react';
import type { Incident } from '../../../shared/contract/analysis.ts';
import { CONFIDENCES } from '../../../shared/domain/vocabulary.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import { ConfidenceWord } from '../../ui/confidence.tsx';
import { useRoute, useView } from '../../ui/hooks.ts';
import { useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { TableScreen } from './screen.tsx';
import { type Column, type Sort, VirtualTable } from './virtual-table.tsx';
import { tableWords } from './words.ts';

const NONE: readonly Incident[] = [];

const KEYS: { readonly [column: string]: (incident: Incident) => number } = {
  confidence: (incident) => CONFIDENCES.indexOf(incident.confidence),
  failed: (incident) => incident.failed,
  worked: (incident) => incident.succeeded,
  first: (incident) => epochSeconds(incident.firstTime),
  last: (incident) => epochSeconds(incident.lastTime),
};

export function sorted(incidents: readonly Incident[], sort: Sort | null): readonly Incident[] {
  const key = sort === null ? undefined : KEYS[sort.column];
  if (key === undefined) return incidents;
  const sign = sort!.descending ? -1 : 1;
  return [...incidents].sort((a, b) => sign * (key(a) - key(b)));
}

export function IncidentTable({ capture }: { readonly capture: string }) {
  const words = useWords(tableWords);
  const engine = useEngineWords();
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const view = useView(capture);
  const clock = useClock(epochSeconds(view?.head?.capture.firstTime ?? '0'));
  const [sort, setSort] = useState<Sort | null>(null);
  const incidents = view?.incidents ?? NONE;
  const rows = useMemo(() => sorted(incidents, sort), [incidents, sort]);
  const { column } = words;
  const columns: readonly Column<Incident>[] = [
    {
      key: 'mark',
      title: '',
      width: '24px',
      cell: ({ techniques, confidence }) => <Mark technique={techniques[0] ?? null} confidence={confidence} />,
    },
    {
      key: 'what',
      title: column.what,
      width: 'minmax(320px, 1fr)',
      cell: ({ verdict }) => <bdi>{sentence(engine, 'verdict', verdict.kind, verdict.params)}</bdi>,
    },
    {
      key: 'confidence',
      title: column.confidence,
      width: '136px',
      sort: 'confidence',
      cell: ({ confidence }) => <ConfidenceWord confidence={confidence} />,
    },
    {
      key: 'failed',
      title: column.failed,
      width: '72px',
      numeric: true,
      sort: 'failed',
      cell: ({ failed }) => number(failed),
    },
    {
      key: 'worked',
      title: column.worked,
      width: '72px',
      numeric: true,
      sort: 'worked',
      cell: ({ succeeded }) => number(succeeded),
    },
    {
      key: 'first',
      title: `${column.first} (${clock.zone})`,
      width: '104px',
      numeric: true,
      sort: 'first',
      cell: ({ firstTime }) => <bdi className="m">{clock.time(epochSeconds(firstTime), 1)}</bdi>,
    },
    {
      key: 'last',
      title: column.last,
      width: '88px',
      numeric: true,
      sort: 'last',
      cell: ({ lastTime }) => <bdi className="m">{clock.time(epochSeconds(lastTime), 1)}</bdi>,
    },
  ];
  return (
    <TableScreen
      title={words.incidents}
      empty={words.emptyIncidents}
      total={incidents.length}
      matched={rows.length}
      whole
      answered
      failure={null}
    >
      <VirtualTable
        label={words.incidents}
        columns={columns}
        count={rows.length}
        row={(index) => rows[index]}
        sort={sort}
        onSort={setSort}
        rowHeight={32}
        onOpen={({ id }) => go({ screen: 'incidents', capture, item: id })}
      />
    </TableScreen>
  );
}

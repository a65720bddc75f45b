// Every question, with all answers seen to it.

import { useMemo, useState } from 'react';
import type { DnsRow } from '../../../shared/contract/service.ts';
import { visible } from '../../ui/format.ts';
import { useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { epochSeconds, useClock } from '../../ui/moment.ts';
import { ForgedTag, type Forgery, useForgery } from '../flow/forged.tsx';
import { Facets } from './facets.tsx';
import { Found } from './found.tsx';
import { usePages } from './pages.ts';
import { TableScreen } from './screen.tsx';
import { type Column, type Sort, VirtualTable } from './virtual-table.tsx';
import { tableWords } from './words.ts';

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export function DnsTable({ capture }: { readonly capture: string }) {
  const words = useWords(tableWords);
  const filter = useRoute((state) => state.filter);
  const go = useRoute((state) => state.go);
  const head = useView(capture)?.head ?? null;
  const start = epochSeconds(head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const [sort, setSort] = useState<Sort | null>(null);
  const revision = head?.coverage.dnsQueries;
  const pages = usePages('dns.page', { capture, filter, sort }, revision);
  const forgeryOf = useForgery(capture);
  const columns = useMemo((): readonly Column<DnsRow>[] => {
    const { column } = words;
    return [
      {
        key: 'time',
        title: `${column.time} (${clock.zone})`,
        width: '112px',
        numeric: true,
        sort: 'offset',
        cell: (row) => <bdi className="m">{clock.time(start + row.offset, 3)}</bdi>,
      },
      {
        key: 'name',
        title: column.name,
        width: 'minmax(160px, 1.4fr)',
        sort: 'name',
        cell: (row) => <bdi className="m">{visible(row.name)}</bdi>,
      },
      {
        key: 'type',
        title: column.type,
        width: '64px',
        sort: 'type',
        cell: (row) => <bdi className="m">{row.type}</bdi>,
      },
      {
        key: 'resolver',
        title: column.resolver,
        width: 'minmax(120px, 1fr)',
        sort: 'resolver',
        cell: (row) => <bdi className="m">{row.resolver.address}</bdi>,
      },
      {
        key: 'answers',
        title: column.answers,
        width: 'minmax(240px, 2.4fr)',
        cell: (row) => <Answers row={row} forgery={forgeryOf({ role: 'forged', findings: row.findings })} />,
      },
      {
        key: 'findings',
        title: column.findings,
        width: '72px',
        sort: 'findings',
        cell: (row) => <Found capture={capture} findings={row.findings} />,
      },
    ];
  }, [words, clock, start, capture, forgeryOf]);
  return (
    <TableScreen
      title={words.dns}
      empty={words.emptyDns}
      {...pages}
      facets={
        <Facets
          capture={capture}
          table="dns"
          revision={revision}
          columns={[
            { column: 'service', key: 'service', title: words.column.service },
            { column: 'name', key: 'domain', title: words.column.name },
            { column: 'resolver', key: 'resolver', title: words.column.resolver },
          ]}
        />
      }
    >
      <VirtualTable
        label={words.dns}
        columns={columns}
        count={pages.matched}
        row={pages.row}
        onShow={pages.show}
        sort={sort}
        onSort={setSort}
        rowClass={(row) =>
          row.answers.some(({ forged }) => forged)
            ? (forgeryOf({ role: 'forged', findings: row.findings }) ?? undefined)
            : undefined
        }
        onOpen={(row) => {
          const frame = row.queries[0] ?? row.answers[0]?.frame;
          if (frame !== undefined) go({ screen: 'packets', capture, item: String(frame) });
        }}
      />
    </TableScreen>
  );
}

function Answers({ row, forgery }: { readonly row: DnsRow; readonly forgery: Forgery | null }) {
  const words = useWords(tableWords);
  if (row.answers.length === 0) return <span className="sec">{words.noAnswer}</span>;
  return (
    <span>
      {row.disagree ? <span className="tag line">{words.disagree}</span> : null}{' '}
      {row.answers.map((answer) => (
        <span key={answer.frame}>
          <ForgedTag forgery={answer.forged ? forgery : null} />{' '}
          <bdi className="m">
            {answer.addresses.length > 0
              ? answer.addresses.join(', ')
              : (RCODES[answer.rcode] ?? `rcode ${answer.rcode}`)}
          </bdi>{' '}
        </span>
      ))}
    </span>
  );
}

// Every flow of the capture.

import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { FlowRow } from '../../../shared/contract/service.ts';
import { settings } from '../../app/settings.ts';
import { hostPort, visible } from '../../ui/format.ts';
import { useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, duration, epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { CreditOfShown, NetworkCell } from '../networks/networks.tsx';
import { Facets } from './facets.tsx';
import { Found } from './found.tsx';
import { usePages } from './pages.ts';
import { TableScreen } from './screen.tsx';
import { type Column, type Sort, VirtualTable } from './virtual-table.tsx';
import { tableWords } from './words.ts';

export function FlowTable({ capture }: { readonly capture: string }) {
  const words = useWords(tableWords);
  const number = useNumber();
  const filter = useRoute((state) => state.filter);
  const go = useRoute((state) => state.go);
  const head = useView(capture)?.head ?? null;
  const start = epochSeconds(head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const [sort, setSort] = useState<Sort | null>(null);
  const revision = head?.coverage.flows;
  const showsNetworks = useStore(settings, (state) => state.networks === 'tables');
  const pages = usePages('flows.page', { capture, filter, sort }, revision);
  const columns = useMemo((): readonly Column<FlowRow>[] => {
    const { column } = words;
    return [
      {
        key: 'flow',
        title: '#',
        width: '40px',
        numeric: true,
        sort: 'flow',
        cell: (row) => <bdi className="m">{row.flow}</bdi>,
      },
      {
        key: 'findings',
        title: column.findings,
        width: '56px',
        sort: 'findings',
        cell: (row) => <Found capture={capture} findings={row.findings} />,
      },
      {
        key: 'time',
        title: `${column.time} (${clock.zone})`,
        width: '96px',
        numeric: true,
        sort: 'offset',
        cell: (row) => <bdi className="m">{clock.time(start + row.offset, 3)}</bdi>,
      },
      {
        key: 'client',
        title: column.client,
        width: 'minmax(132px, 1fr)',
        sort: 'client',
        cell: (row) => <bdi className="m">{hostPort(row.client.address, row.client.port)}</bdi>,
      },
      {
        key: 'server',
        title: column.server,
        width: 'minmax(140px, 1fr)',
        sort: 'server',
        cell: (row) => <bdi className="m">{hostPort(row.server.address, row.server.port)}</bdi>,
      },
      ...(showsNetworks
        ? [
            {
              key: 'network',
              title: column.network,
              width: 'minmax(120px, 1fr)',
              cell: (row: FlowRow) => <NetworkCell address={row.server.address} />,
            },
          ]
        : []),
      {
        key: 'name',
        title: column.name,
        width: 'minmax(120px, 1.4fr)',
        sort: 'name',
        cell: (row) => <bdi className="m">{visible(row.name ?? '')}</bdi>,
      },
      {
        key: 'application',
        title: column.application,
        width: '64px',
        sort: 'application',
        cell: (row) => <bdi>{row.application ?? row.protocol}</bdi>,
      },
      {
        key: 'packets',
        title: column.packets,
        width: '56px',
        numeric: true,
        sort: 'packets',
        cell: (row) => number(row.packetsToServer + row.packetsToClient),
      },
      {
        key: 'bytes',
        title: column.bytes,
        width: '64px',
        numeric: true,
        sort: 'bytes',
        cell: (row) => <bdi className="ltr">{byteSize(row.bytesToServer + row.bytesToClient)}</bdi>,
      },
      {
        key: 'duration',
        title: column.duration,
        width: '64px',
        numeric: true,
        sort: 'duration',
        cell: (row) => <bdi className="ltr">{duration(row.duration)}</bdi>,
      },
      {
        key: 'outcome',
        title: column.outcome,
        width: '112px',
        sort: 'outcome',
        cell: (row) => words.outcome[row.outcome] ?? row.outcome,
      },
    ];
  }, [words, clock.zone, start, capture, number, clock, showsNetworks]);
  return (
    <TableScreen
      title={words.flows}
      empty={words.emptyFlows}
      {...pages}
      facets={
        <Facets
          capture={capture}
          table="flows"
          revision={revision}
          columns={[
            { column: 'outcome', key: 'outcome', title: words.column.outcome },
            { column: 'application', key: 'protocol', title: words.column.application },
            { column: 'service', key: 'service', title: words.column.service },
            { column: 'name', key: 'domain', title: words.column.name },
            { column: 'server', key: 'address', title: words.column.server },
          ]}
        >
          {showsNetworks ? <CreditOfShown /> : null}
        </Facets>
      }
    >
      <VirtualTable
        label={words.flows}
        columns={columns}
        count={pages.matched}
        row={pages.row}
        onShow={pages.show}
        sort={sort}
        onSort={setSort}
        onOpen={(row) => go({ screen: 'flows', capture, item: String(row.flow) })}
      />
    </TableScreen>
  );
}

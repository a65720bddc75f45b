// Every frame of the capture, read again from the file as it comes into view.

import { useMemo } from 'react';
import type { PacketRow } from '../../../shared/contract/service.ts';
import { hostPort, visible } from '../../ui/format.ts';
import { useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { epochSeconds, useClock } from '../../ui/moment.ts';
import { ForgedTag, useForgery } from '../flow/forged.tsx';
import { Found } from './found.tsx';
import { usePages } from './pages.ts';
import { TableScreen } from './screen.tsx';
import { type Column, VirtualTable } from './virtual-table.tsx';
import { tableWords } from './words.ts';

export function PacketTable({ capture }: { readonly capture: string }) {
  const words = useWords(tableWords);
  const filter = useRoute((state) => state.filter);
  const go = useRoute((state) => state.go);
  const view = useView(capture);
  const start = epochSeconds(view?.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const pages = usePages('packets.page', { capture, filter, sort: null }, view?.head?.capture.packets);
  const forgeryOf = useForgery(capture);
  const columns = useMemo((): readonly Column<PacketRow>[] => {
    const { column } = words;
    return [
      {
        key: 'frame',
        title: column.frame,
        width: '64px',
        numeric: true,
        cell: (row) => <bdi className="m">{row.frame}</bdi>,
      },
      {
        key: 'time',
        title: `${column.time} (${clock.zone})`,
        width: '112px',
        numeric: true,
        cell: (row) => <bdi className="m">{clock.time(start + row.offset, 3)}</bdi>,
      },
      { key: 'source', title: column.source, width: 'minmax(120px, 1fr)', cell: (row) => <Endpoint of={row.source} /> },
      {
        key: 'destination',
        title: column.destination,
        width: 'minmax(120px, 1fr)',
        cell: (row) => <Endpoint of={row.destination} />,
      },
      { key: 'protocol', title: column.application, width: '64px', cell: (row) => <bdi>{row.protocol}</bdi> },
      {
        key: 'length',
        title: column.length,
        width: '56px',
        numeric: true,
        cell: (row) => <bdi className="m">{row.length}</bdi>,
      },
      {
        key: 'ttl',
        title: column.ttl,
        width: '40px',
        numeric: true,
        cell: (row) => <bdi className="m">{row.ttl ?? ''}</bdi>,
      },
      {
        key: 'info',
        title: column.info,
        width: 'minmax(200px, 2.4fr)',
        cell: (row) => (
          <>
            <ForgedTag forgery={forgeryOf(row)} /> <bdi className="m ltr">{visible(row.info)}</bdi>
          </>
        ),
      },
      {
        key: 'findings',
        title: column.findings,
        width: '64px',
        cell: (row) => <Found capture={capture} findings={row.findings} />,
      },
    ];
  }, [words, clock, start, capture, forgeryOf]);
  return (
    <TableScreen title={words.packets} empty={words.emptyPackets} {...pages}>
      <VirtualTable
        label={words.packets}
        columns={columns}
        count={pages.matched}
        row={pages.row}
        onShow={pages.show}
        sort={null}
        rowHeight={24}
        rowClass={(row) => forgeryOf(row) ?? undefined}
        onOpen={(row) => go({ screen: 'packets', capture, item: String(row.frame) })}
      />
    </TableScreen>
  );
}

function Endpoint({ of }: { readonly of: PacketRow['source'] }) {
  return <bdi className="m">{of === null ? '' : hostPort(of.address, of.port)}</bdi>;
}

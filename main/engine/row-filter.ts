// A filter as the tables of a capture apply it to their rows.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { DnsRow, FlowRow, PacketRow } from '../../shared/contract/service.ts';

interface RowOf {
  readonly flows: FlowRow;
  readonly dns: DnsRow;
  readonly packets: PacketRow;
}
export type RowFilter<T> = (row: T) => boolean;

/** Null lets everything through. */
export function rowFilter<T extends keyof RowOf>(
  _table: T,
  text: string,
  _analysis: Analysis | null,
): RowFilter<RowOf[T]> | { readonly problem: Record<string, string | number> } | null {
  if (text.trim() === '') return null;
  return { problem: { at: 0 } };
}

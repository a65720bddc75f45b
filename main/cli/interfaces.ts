// `blockscope interfaces`: what can be captured on, the one that leads out first.

import type { CaptureInterfaceInfo } from '../../shared/domain/live.ts';
import { listInterfaces } from '../live/interfaces.ts';
import { byteSize, harmless } from './layout.ts';
import { oneOf, parse } from './usage.ts';

export const INTERFACES_HELP = `Usage: blockscope interfaces [options]

Lists the interfaces of this machine, the one with the default route first. Needs no permission.

Options
  --format text|json   text for people (default on a terminal), json otherwise
  -h, --help           this text
`;

export async function interfaces(args: readonly string[]): Promise<number> {
  const { values } = parse(
    { args: [...args], options: { format: { type: 'string' }, help: { type: 'boolean', short: 'h' } } },
    'interfaces --help',
  );
  if (values.help === true) {
    process.stdout.write(INTERFACES_HELP);
    return 0;
  }
  const format = oneOf(
    values.format ?? (process.stdout.isTTY === true ? 'text' : 'json'),
    ['text', 'json'],
    '--format',
    'interfaces --help',
  );
  const found = await listInterfaces();
  process.stdout.write(format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : interfacesText(found));
  return 0;
}

export function interfacesText(found: readonly CaptureInterfaceInfo[]): string {
  const rows = found.map((one) => [
    one.name,
    one.description ?? one.kind,
    one.isUp === null ? '' : one.isUp ? 'up' : 'down',
    one.isDefault ? 'default route' : '',
    one.traffic === null ? '' : `${byteSize(one.traffic.receivedBytes)} in, ${byteSize(one.traffic.sentBytes)} out`,
    one.addresses.join(', '),
  ]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  return rows
    .map((row) => `${harmless(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).trimEnd()}\n`)
    .join('');
}

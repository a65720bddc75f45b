// What a reader types to check a report. Values in it are those of the report, quoted for a POSIX shell.

import type { IncidentReport } from '../../shared/report/schema.ts';

function quoted(text: string): string {
  return /^[\w.,:=/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function commands(report: IncidentReport): { verify: string; analyze: string; original: string } {
  const local = report.vantage.find(({ field }) => field === 'local')?.value ?? [];
  const role = report.vantage.find(({ field }) => field === 'role')?.value[0];
  const told = [
    ...(local.length === 0 ? [] : ['--local', quoted(local.join(','))]),
    ...(role === undefined ? [] : ['--vantage', `role=${quoted(role)}`]),
  ];
  const name = report.capture.name.startsWith('-') ? `./${report.capture.name}` : report.capture.name;
  return {
    verify: 'blockscope verify .',
    analyze: ['blockscope analyze --format text', ...told, 'evidence.pcapng'].join(' '),
    original: `blockscope verify . --capture ${quoted(name)}`,
  };
}

export const FILTERS: readonly string[] = [
  'frame.comment',
  'frame.comment contains "suspected"',
  'tcp.flags.reset == 1 && frame.comment',
  'tls.handshake.type == 1',
  'dns',
];

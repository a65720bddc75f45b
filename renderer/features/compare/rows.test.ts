import { describe, expect, it } from 'vitest';
import type { Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { Outcome } from '../../../shared/domain/vocabulary.ts';
import { targetRows } from './rows.ts';

function target(domain: string | null, outcome: Outcome, attempts: number, failed: number): Target {
  return {
    id: 'T1',
    domain,
    domainFrom: domain === null ? 'none' : 'sni',
    addresses: ['192.0.2.1'],
    port: 443,
    transport: 'tcp',
    service: null,
    surface: null,
    attempts,
    failed,
    succeeded: attempts - failed,
    outcome,
    frames: [],
    incidents: outcome === 'blocked' ? ['I1'] : [],
  };
}

function view(...targets: Target[]): CaptureView {
  const progress = { bytesRead: 0, bytesTotal: 0, packets: 0, flows: 0, reached: 0, elapsed: 0 };
  return { capture: 'c', state: 'done', progress, head: null, findings: [], incidents: [], targets };
}

describe('targets of several captures side by side', () => {
  it('puts what differs first: blocked at one provider, reachable at the other', () => {
    const rows = targetRows([
      view(target('example.org', 'ok', 2, 0), target('telegram.org', 'blocked', 3, 3)),
      view(target('telegram.org', 'ok', 3, 0), target('example.org', 'ok', 1, 0)),
    ]);
    expect(rows.map(({ key, differs }) => [key, differs])).toEqual([
      ['telegram.org', true],
      ['example.org', false],
    ]);
    expect(rows[0]!.cells.map((cell) => cell?.outcome)).toEqual(['blocked', 'ok']);
  });

  it('tells a target that a capture did not see from one that it saw', () => {
    const [row] = targetRows([view(target('a.example', 'ok', 1, 0)), view()]);
    expect(row!.cells[1]).toBeNull();
    expect(row!.differs).toBe(false);
  });

  it('adds up the addresses of one name, the most serious outcome first', () => {
    const [row] = targetRows([view(target('a.example', 'ok', 2, 0), target('a.example', 'blocked', 3, 3))]);
    expect(row!.cells[0]).toEqual({ outcome: 'blocked', attempts: 5, failed: 3, incidents: ['I1'] });
  });

  it('names a target without a name by address and port', () => {
    expect(targetRows([view(target(null, 'ok', 1, 0))])[0]!.key).toBe('192.0.2.1:443');
  });
});

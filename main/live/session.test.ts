// A capture from its start to its end, with helpers that only write what a saved capture holds: runs everywhere.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveError, LiveHeader, LiveNotice, LiveState, PermissionStep } from '../../shared/domain/live.ts';
import { Engine } from '../engine/engine.ts';
import type { Report } from '../incident/compose.ts';
import { type LiveListener, type LiveOptions, LiveSession } from './session.ts';
import { type Backend, codeOf, LIBPCAP_WORDS } from './source.ts';

const SAMPLE = join(import.meta.dirname, '../../samples/telegram-2018-provider-a/capture.pcapng');

/** A helper that runs this script; `sample` writes the capture and waits to be ended. */
function backend(script: string, name: Backend['name'] = 'dumpcap', tsSource: Backend['tsSource'] = 'kernel'): Backend {
  return {
    name,
    tsSource,
    countsDrops: tsSource === 'kernel',
    missing: `${name} is not here`,
    command: () => ({ file: process.execPath, args: ['-e', script], watchesInput: true }),
    explain: (words) => codeOf(words, LIBPCAP_WORDS),
  };
}
const writes = (then: string, piece = 7_001): string => `
  const bytes = require('fs').readFileSync(${JSON.stringify(SAMPLE)});
  for (let at = 0; at < bytes.length; at += ${piece}) process.stdout.write(bytes.subarray(at, at + ${piece}));
  ${then}`;
const WAITS = `process.stdin.on('end', () => process.exit(0)).resume(); process.on('SIGINT', () => process.exit(0));`;
const absent: Backend = { ...backend(''), command: () => null };

const OPTIONS: LiveOptions = {
  interface: 'any',
  filter: null,
  snaplen: null,
  backend: null,
  recording: null,
  limits: { seconds: null, bytes: null, packets: null },
};

class Told implements LiveListener<Report> {
  readonly states: LiveState[] = [];
  readonly notices: LiveNotice[] = [];
  readonly reports: { report: Report; isFinal: boolean }[] = [];
  headers: LiveHeader[] = [];
  errors: readonly LiveError[] | null = null;
  steps: readonly PermissionStep[] = [];
  onState: (state: LiveState) => void = () => {};

  state(state: LiveState): void {
    this.states.push(state);
    this.onState(state);
  }
  header(header: LiveHeader): void {
    this.headers.push(header);
  }
  notice(notice: LiveNotice): void {
    this.notices.push(notice);
  }
  report(report: Report, isFinal: boolean): void {
    this.reports.push({ report, isFinal });
  }
  failed(errors: readonly LiveError[], steps: readonly PermissionStep[]): void {
    this.errors = errors;
    this.steps = steps;
  }
}

const engine = (of = new Engine({ seed: 1 })) => ({
  get failed() {
    return of.failed;
  },
  feed: (chunk: Uint8Array) => of.feed(chunk),
  advance: (seconds: number) => of.advance(seconds),
  end: () => of.end(),
  judge: (path: string) => of.judge({ path, sha256: null, compression: null, error: null, truncated: false }),
});

function make(backends: readonly Backend[], options: Partial<LiveOptions> = {}) {
  const told = new Told();
  const session = new LiveSession<Report>({ ...OPTIONS, ...options }, engine(), told, backends);
  return { told, session };
}

/** What the same bytes say as a file. */
function saved(path = SAMPLE): Report['analysis'] {
  const one = engine();
  one.feed(readFileSync(path));
  one.end();
  return one.judge(path).analysis;
}

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'blockscope-session-'));
});
afterEach(() => rmSync(work, { recursive: true }));

describe('a capture', () => {
  it('finds what the file says, and records it', async () => {
    const file = join(work, 'out.pcapng');
    const { told, session } = make([backend(writes(WAITS))], { recording: { path: file, ring: null } });
    told.onState = (state) => {
      if (state === 'capturing') setTimeout(() => session.stop(), 700);
    };
    await session.run();
    expect(told.states).toEqual(['starting', 'capturing', 'stopping', 'stopped']);
    expect(told.headers[0]).toMatchObject({ backend: 'dumpcap', linkType: 1, tsSource: 'kernel', drops: null });
    const { analysis } = told.reports.at(-1)!.report;
    expect(told.reports.at(-1)!.isFinal).toBe(true);
    expect(told.reports.length).toBeGreaterThan(1);
    // Connections that go on tell already on which side the capture is taken
    expect(told.reports[0]!.report.analysis.capture.vantage.role).toEqual({ value: 'client', basis: 'inferred' });
    expect(analysis.capture.packets).toBe(saved().capture.packets);
    expect(analysis.findings.map(({ confidence }) => confidence)).toEqual(
      saved().findings.map(({ confidence }) => confidence),
    );
    expect(analysis.findings.length).toBeGreaterThan(0);
    const again = saved(file);
    expect(again.findings.map((finding) => ({ ...finding, revision: 0 }))).toEqual(
      analysis.findings.map((finding) => ({ ...finding, revision: 0 })),
    );
    expect(session.counters).toMatchObject({ packets: analysis.capture.packets, files: [file] });
  });

  it('ends at its limit of packets, exactly', async () => {
    const { told, session } = make([backend(writes(WAITS))], { limits: { ...OPTIONS.limits, packets: 25 } });
    await session.run();
    expect(told.notices).toEqual([{ kind: 'limit-reached', params: { limit: 'packets' } }]);
    expect(told.reports.at(-1)!.report.analysis.capture.packets).toBe(25);
  });

  it('ends at its limit of time', async () => {
    const { told, session } = make([backend(writes(WAITS))], { limits: { ...OPTIONS.limits, seconds: 0.5 } });
    await session.run();
    expect(told.notices).toEqual([{ kind: 'limit-reached', params: { limit: 'time' } }]);
    expect(told.states.at(-1)).toBe('stopped');
  });

  it('goes on after a pause in a section of its own, and judges nothing across it', async () => {
    const file = join(work, 'out.pcapng');
    const { told, session } = make([backend(writes(WAITS))], { recording: { path: file, ring: null } });
    let times = 0;
    told.onState = (state) => {
      if (state !== 'capturing') return;
      times++;
      setTimeout(() => (times === 1 ? session.pause() : session.stop()), 400);
      if (times === 1) setTimeout(() => session.resume(), 900);
    };
    await session.run();
    expect(told.states).toEqual(['starting', 'capturing', 'paused', 'starting', 'capturing', 'stopping', 'stopped']);
    const once = saved().capture.packets;
    expect(told.reports.at(-1)!.report.analysis.capture.packets).toBe(2 * once);
    expect(saved(file).capture.packets).toBe(2 * once);
  });

  it('begins a new section after the machine slept', async () => {
    const { told, session } = make([backend(writes(WAITS))]);
    const clock = vi.spyOn(Date, 'now');
    const awake = Date.now();
    let times = 0;
    told.onState = (state) => {
      if (state !== 'capturing') return;
      times++;
      if (times === 1) setTimeout(() => clock.mockImplementation(() => awake + 3_600_000), 300);
      else setTimeout(() => session.stop(), 300);
    };
    try {
      await session.run();
    } finally {
      clock.mockRestore();
    }
    expect(told.notices.map(({ kind }) => kind)).toEqual(['slept']);
    expect(told.notices[0]!.params.seconds).toBeGreaterThan(3_590);
    expect(told.states).toEqual(['starting', 'capturing', 'starting', 'capturing', 'stopping', 'stopped']);
  });

  it('says that packets were lost, and then judges no silence', async () => {
    const { PcapngWriter } = await import('../capture-file/writer.ts');
    const file = join(work, 'lost');
    writeFileSync(file, new PcapngWriter().statistics({ seconds: 1_700_000_000, nanos: 0, dropped: 12 }));
    const { told, session } = make(
      [backend(writes(`process.stdout.write(require('fs').readFileSync('${file}')); ${WAITS}`))],
      {
        limits: { ...OPTIONS.limits, seconds: 2 },
      },
    );
    await session.run();
    expect(told.notices.find(({ kind }) => kind === 'drops')?.params).toEqual({ drops: 12 });
    expect(told.headers.at(-1)?.drops).toBe(12);
    expect(session.counters.drops).toBe(12);
    const { quality } = told.reports.at(-1)!.report.analysis.capture;
    expect(quality.find(({ kind }) => kind === 'drops')?.count).toBe(12);
  });

  it('starts a helper again that ended, and gives up one that ends again and again', async () => {
    const { told, session } = make([backend(writes(`setTimeout(() => process.exit(3), 20)`))]);
    await session.run();
    expect(told.notices.map(({ kind }) => kind)).toEqual([...new Array<string>(5).fill('helper-ended'), 'helper-lost']);
    expect(told.states.at(-1)).toBe('stopped');
    expect(told.reports.at(-1)!.report.analysis.capture.packets).toBe(6 * saved().capture.packets);
  });

  it('keeps the latest files of a ring, each of which opens', async () => {
    const ring = { bytes: 20_000, seconds: null, files: 2 };
    const { told, session } = make([backend(writes(WAITS))], { recording: { path: join(work, 'r.pcapng'), ring } });
    told.onState = (state) => {
      if (state === 'capturing') setTimeout(() => session.stop(), 500);
    };
    await session.run();
    const files = readdirSync(work).sort();
    expect(files).toHaveLength(2);
    expect(files).not.toContain('r_00001.pcapng');
    for (const file of files) {
      const { error, capture } = saved(join(work, file));
      expect(error).toBeNull();
      expect(capture.packets).toBeGreaterThan(0);
    }
  });
});

describe('times that a program measured', () => {
  it('are said and not judged by', async () => {
    const pcap = join(work, 'user.js');
    const { PcapngWriter, USER_TIMES } = await import('../capture-file/writer.ts');
    const writer = new PcapngWriter();
    const bytes = Buffer.concat([
      writer.section(),
      writer.interface({ linkType: 1, comment: USER_TIMES }),
      writer.frame({ seconds: 1_700_000_000, nanos: 0, bytes: new Uint8Array(60) }),
    ]);
    writeFileSync(pcap, bytes);
    const script = `process.stdout.write(require('fs').readFileSync(${JSON.stringify(pcap)})); ${WAITS}`;
    const { told, session } = make([backend(script, 'cap', 'user')], { limits: { ...OPTIONS.limits, seconds: 0.5 } });
    await session.run();
    const { quality } = told.reports.at(-1)!.report.analysis.capture;
    expect(quality.find(({ kind }) => kind === 'clock')?.params).toEqual({ measured: 'program' });
    expect(told.headers[0]).toMatchObject({ backend: 'cap', tsSource: 'user', drops: null });
  });
});

describe('no capture', () => {
  const refuses = (words: string, name: Backend['name'] = 'dumpcap') =>
    backend(`console.error(${JSON.stringify(words)}); process.exit(1)`, name);

  it('keeps each one’s own error, with what gives permission', async () => {
    const file = join(work, 'none.pcapng');
    const { told, session } = make([absent, refuses('socket: Operation not permitted', 'cap')], {
      recording: { path: file, ring: null },
    });
    await session.run();
    expect(told.states).toEqual(['starting', 'failed']);
    expect(told.errors).toEqual([
      { backend: 'dumpcap', code: 'not-installed', message: 'dumpcap is not here' },
      { backend: 'cap', code: 'no-permission', message: 'socket: Operation not permitted' },
    ]);
    expect(told.steps.at(-1)).toEqual({ kind: 'open-instead', command: null });
    expect(existsSync(file)).toBe(false);
  });

  it('takes the next one when one is not permitted', async () => {
    const { told, session } = make([refuses('You do not have permission'), backend(writes(WAITS), 'cap', 'user')], {
      limits: { ...OPTIONS.limits, packets: 5 },
    });
    await session.run();
    expect(told.headers[0]?.backend).toBe('cap');
    expect(told.errors).toBeNull();
  });

  it.each([
    ["can't parse filter expression: syntax error", 'bad-filter'],
    ['There is no device named "x".', 'no-interface'],
  ])('asks no other one about %j', async (words, code) => {
    const { told, session } = make([refuses(words), backend(writes(WAITS), 'cap')]);
    await session.run();
    expect(told.errors?.map((error) => error.code)).toEqual([code]);
    expect(told.steps).toEqual([]);
  });

  it('says of a helper that writes something else that it failed', async () => {
    const { told, session } = make([backend(`process.stdout.write('x'.repeat(1000)); ${WAITS}`)]);
    await session.run();
    expect(told.errors).toMatchObject([{ backend: 'dumpcap', code: 'failed' }]);
  });
});

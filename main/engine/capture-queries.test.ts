// Whatever bytes a capture is made of, every question about it is answered or refused.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { FieldNode } from '../../shared/contract/fields.ts';
import { CALLS } from '../../shared/contract/service.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import { writeCapture } from '../testkit/capture.ts';
import { Net } from '../testkit/network.ts';
import { lacks, tsharkFields } from '../testkit/tools.ts';
import { CaptureQueries, QUERIES, QueryFailure } from './capture-queries.ts';
import { Catalog } from './catalog.ts';
import { Engine } from './engine.ts';
import { Rereading } from './rereading.ts';

const SAMPLES = join(import.meta.dirname, '../../samples');
const SOURCE = { path: 'capture', sha256: null, compression: null, error: null, truncated: false } as const;
const folder = mkdtempSync(join(tmpdir(), 'queries-'));
afterAll(() => rmSync(folder, { recursive: true }));

function opened(
  bytes: Uint8Array,
  lists: readonly ImportedList[] = [],
  catalog = new Catalog(),
): { queries: CaptureQueries; close: () => void } {
  const path = join(folder, 'capture');
  writeFileSync(path, bytes);
  const engine = new Engine({ seed: 7, lists }, catalog);
  const rereading = new Rereading(catalog, path, null);
  const queries = new CaptureQueries(catalog, rereading);
  for (let at = 0; at < bytes.length; at += 50_000) engine.feed(bytes.slice(at, at + 50_000));
  engine.end();
  queries.judged(engine.judge(SOURCE));
  return { queries, close: () => rereading.close() };
}

const page = { capture: 'x', filter: '', sort: null, offset: 0, limit: 100 };
const QUESTIONS: readonly (readonly [(typeof QUERIES)[number], unknown])[] = [
  ['timeline.bins', { capture: 'x', from: 0, to: 20, bins: 100, lanes: 'target' }],
  ['timeline.bins', { capture: 'x', from: 0.1, to: 0.1001, bins: 1_000, lanes: 'surface' }],
  ['flows.page', { ...page, filter: 'outcome:reset or telegram', sort: { column: 'server', descending: true } }],
  ['dns.page', { ...page, sort: { column: 'name', descending: false } }],
  ['packets.page', { ...page, filter: 'tls or -role:forged' }],
  ['packets.page', { ...page, sort: { column: 'frame', descending: true } }],
  [
    'table.facets',
    { capture: 'x', table: 'flows', filter: '', columns: ['outcome', 'name', 'technique', 'port', 'service'] },
  ],
  ['table.facets', { capture: 'x', table: 'dns', filter: '', columns: ['resolver', 'rcode', 'service'] }],
  ...[1, 4, 30].flatMap((flow) => [
    ['flow.packets', { capture: 'x', flow, offset: 0, limit: 100 }] as const,
    ['flow.stream', { capture: 'x', flow, limit: 5_000 }] as const,
    ['flow.capture', { capture: 'x', flow, limit: 5_000 }] as const,
  ]),
  ...[1, 2, 33, 200].map((frame) => ['packet.get', { capture: 'x', frame }] as const),
];

async function ask(queries: CaptureQueries): Promise<void> {
  for (const [name, params] of QUESTIONS) {
    try {
      const answer = await queries.answer(name, params, new AbortController().signal);
      const checked = CALLS[name].result.safeParse(answer);
      expect([name, checked.error?.issues ?? []]).toEqual([name, []]);
    } catch (error) {
      if (!(error instanceof QueryFailure)) throw error;
    }
  }
}

describe('The tables', () => {
  it('call flows and packets by the same numbers once the older rows are gone, and say what is gone', async () => {
    const bytes = new Uint8Array(readFileSync(join(SAMPLES, 'telegram-2018-provider-a/capture.pcapng')));
    const asked = async (queries: CaptureQueries, name: (typeof QUERIES)[number], params: object) =>
      queries.answer(name, { ...page, ...params }, new AbortController().signal);
    const flowsOf = async (queries: CaptureQueries) =>
      CALLS['flows.page'].result.parse(await asked(queries, 'flows.page', {}));
    const whole = opened(bytes);
    const all = await flowsOf(whole.queries);
    const packets = { flow: all.rows.at(-1)!.flow, offset: 0, limit: 100 };
    const last = await asked(whole.queries, 'flow.packets', packets);
    whole.close();
    const part = opened(bytes, [], new Catalog(16));
    const left = await flowsOf(part.queries);
    expect([all.whole, left.whole]).toEqual([true, false]);
    expect(left.total).toBeGreaterThan(0);
    expect(left.rows).toEqual(all.rows.slice(-left.total));
    expect(await asked(part.queries, 'flow.packets', packets)).toEqual(last);
    await expect(asked(part.queries, 'flow.packets', { ...packets, flow: 1 })).rejects.toMatchObject({
      code: 'no-longer-available',
    });
    part.close();
  });

  it('know services of imported lists beside those of the table', async () => {
    const net = new Net();
    net.resolve({ name: 'forum.example.net', answer: { addresses: ['93.184.215.14'] } });
    net.visit({ server: '93.184.215.14:80', host: 'forum.example.net', rtt: 84 });
    net.visit({ server: '93.184.215.20:80', host: 'other.example.com', rtt: 84 });
    net.visit({ server: '149.154.167.99:80', host: 'telegram.org', rtt: 84 });
    const facts: ImportedList['facts'] = {
      name: 'my forums',
      format: 'v2fly',
      kind: 'service',
      sha256: 'ab'.repeat(32),
      includes: [],
      entries: 1,
      skipped: 0,
      source: null,
      licence: null,
      date: null,
      imported: '2026-11-23',
    };
    const lists = [{ facts, file: { name: 'list', text: 'example.net\n' }, includes: [] }];
    const { queries, close } = opened(writeCapture(net.capture().capture), lists);
    const facet = (table: 'flows' | 'dns') =>
      queries.facets({ capture: 'x', table, filter: '', columns: ['service'] }).facets[0]!.values;
    expect(facet('dns')).toEqual([{ value: 'my forums', count: 1 }]);
    const flows = Object.fromEntries(facet('flows').map(({ value, count }) => [value, count]));
    expect(flows).toMatchObject({ telegram: 1, 'my forums': expect.any(Number) });
    const { rows } = queries.flowsPage({ ...page, filter: 'service:"my forums" surface:web' });
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['forum.example.net']));
    expect(queries.dnsPage({ ...page, filter: '-service:"my forums"' }).rows).toEqual([]);
    close();
  });
});

describe('Questions about a capture', () => {
  it('are all asked here', () => {
    expect([...new Set(QUESTIONS.map(([name]) => name))].sort()).toEqual([...QUERIES].sort());
  });

  it.each(['telegram-2018-provider-a', 'dns-poisoning-race', 'rst-injection-router-any', 'ip-null-routing-ipv6'])(
    'of %s have answers of the contract, also when its bytes are damaged',
    async (sample) => {
      const whole = new Uint8Array(readFileSync(join(SAMPLES, sample, 'capture.pcapng')));
      const { queries, close } = opened(whole);
      await ask(queries);
      close();
      const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(damage, fc.nat(whole.length), async (changes, cut) => {
          const bytes = whole.slice(0, cut);
          // The header of the section stays: without it there is nothing to ask about
          for (const [at, value] of changes) if (at >= 200 && at < cut) bytes[at] = value;
          const damaged = opened(bytes);
          await ask(damaged.queries);
          damaged.close();
        }),
        { numRuns: 8 },
      );
    },
  );
});

describe.skipIf(lacks('tshark'))('Records of TLS', () => {
  it('are named by the version that the connection agreed on, as tshark does', async () => {
    const path = join(SAMPLES, 'rst-injection-burst', 'capture.pcapng');
    const fields = ['frame.number', 'tls.record.opaque_type', 'tls.record.content_type'];
    const rows = tsharkFields(path, fields, ['-o', 'tls.desegment_ssl_records:FALSE', '-Y', 'tls.app_data']);
    const { queries, close } = opened(new Uint8Array(readFileSync(path)));
    const types = (nodes: readonly FieldNode[], name: string): number[] =>
      nodes.flatMap((node) => [...(node.name === name ? [Number(node.raw)] : []), ...types(node.children ?? [], name)]);
    const numbers = (text = ''): number[] => (text === '' ? [] : text.split(',').map(Number));
    for (const [frame, opaque, content] of rows) {
      const answer = await queries.answer(
        'packet.get',
        { capture: 'x', frame: Number(frame) },
        new AbortController().signal,
      );
      const { fields: nodes } = CALLS['packet.get'].result.parse(answer);
      // The last record may go on in the next segment, which tshark then shows as one of that
      expect([frame, new Set(types(nodes, 'tls.record.opaque_type'))]).toEqual([frame, new Set(numbers(opaque))]);
      expect([frame, new Set(types(nodes, 'tls.record.content_type'))]).toEqual([frame, new Set(numbers(content))]);
    }
    expect(rows.some(([, opaque]) => opaque !== '')).toBe(true);
    close();
  });
});

// What people read, of three samples: the files in golden/ are to be read whenever they change.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../shared/report/schema.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import { samples } from '../testkit/labelled.ts';
import { Net } from '../testkit/network.ts';
import { draft, textOf } from '../testkit/reports.ts';
import { manifestOf } from './bundle.ts';
import { findChromium, printPdf } from './pdf.ts';
import { checkManifest, readBundle, readReport } from './verify.ts';
import { writeBundle } from './write.ts';

const SIGNATURES: ImportedList = {
  facts: {
    name: 'mine',
    format: 'addresses',
    kind: 'block-addresses',
    sha256: 'cd'.repeat(32),
    includes: [],
    entries: 1,
    skipped: 0,
    source: null,
    licence: null,
    date: null,
    imported: '2026-11-23',
  },
  file: { name: 'mine', text: '198.51.100.1\n' },
  includes: [],
};

const GOLDEN = ['rst-injection-burst', 'dns-poisoning-race', 'telegram-dcs-null-routed'];

function sample(slug: string): Buffer {
  return readFileSync(samples().find((each) => each.slug === slug)!.path);
}

describe.each(GOLDEN)('%s', (slug) => {
  it('reads as it was reviewed', async () => {
    const made = await draft(sample(slug));
    reportSchema.parse(JSON.parse(textOf(made, 'report.json')));
    // Which rules there are changes with every version, and has tests of its own
    const read = textOf(made, 'report.md').replace(/^(## 4\.[^\n]*\n).*?(?=^## 5\.)/ms, '$1\n');
    await expect(read).toMatchFileSnapshot(`golden/${slug}.txt`);
    await expect(textOf(made, 'incidents.csv')).toMatchFileSnapshot(`golden/${slug}.csv`);
  });
});

it('an innocent capture gives a report that says so', async () => {
  const made = await draft(sample('sni-innocent-server-hangs'));
  expect(made.report.incidents.filter(({ confidence }) => confidence === 'confirmed')).toEqual([]);
  expect(textOf(made, 'report.html')).toContain('<h2 id="s-alternatives">');
});

it('a capture without any finding gives a report that accuses nobody', async () => {
  const net = new Net();
  net.visit({ server: '93.184.215.14:443', sni: 'shop.example.com' });
  const made = await draft(net.bytes());
  expect(made.report.incidents).toEqual([]);
  expect(textOf(made, 'report.md')).toContain('No interference was found in this recording.');
});

it('tells networks of addresses that stay as they are, with the credit, and of no other', async () => {
  const entry = (address: string, name: string) => ({ address, asn: 64_500, name, country: 'NL' });
  const made = await draft(
    sample('rst-injection-burst'),
    {},
    {},
    {
      credit: 'Data of somebody.',
      licence: 'CC BY 4.0',
      link: 'https://data.example',
      asOf: '2026-06-17',
      entries: [
        entry('93.184.215.14', 'Kept Net'),
        entry('203.0.113.53', 'Provider Net'),
        entry('192.0.2.77', 'Unseen Net'),
      ],
    },
  );
  for (const file of ['report.html', 'report.md', 'report.json']) {
    const text = textOf(made, file);
    expect(text).toContain('Kept Net');
    expect(text).toContain('Data of somebody.');
    expect(text).not.toContain('Provider Net');
    expect(text).not.toContain('Unseen Net');
  }
  expect(made.report.networks?.entries.map(({ address }) => address)).toEqual(['93.184.215.14']);
});

it('names the lists that it was made with, and verify asks for the same', async () => {
  const { lists, report } = {
    lists: [SIGNATURES],
    report: await draft(sample('rst-injection-burst'), {}, { lists: [SIGNATURES] }),
  };
  expect(textOf(report, 'report.md')).toContain(`SHA-256 ${SIGNATURES.facts.sha256}`);
  const files = new Map(report.files);
  // It analyzes in the worker of the built program
  const built = join(import.meta.dirname, '../../dist/main/report/verify.js');
  const { checkEvidence } = (await import(built)) as typeof import('./verify.ts');
  expect((await checkEvidence(report.report, files, lists)).problems).toEqual([]);
  // That it is missing is told where findings differ
  const other = {
    ...report.report,
    incidents: report.report.incidents.map((one) => ({
      ...one,
      findings: one.findings.map((finding) => ({ ...finding, target: { ...finding.target, port: 9 } })),
    })),
  };
  expect((await checkEvidence(other, files, [])).problems[0]).toContain('a list that is not imported here: mine');
});

describe.each(['folder', 'report.zip'])('written as %s', (name) => {
  const scratch = (): string => mkdtempSync(join(tmpdir(), 'blockscope-bundle-'));

  it('is read back whole, and a changed file is noticed', async () => {
    const folder = scratch();
    try {
      const { files } = await draft(sample('rst-injection-burst'));
      const whole = new Map(files).set('MANIFEST.sha256', manifestOf(files));
      const output = join(folder, name);
      writeBundle(output, whole);
      const read = readBundle(output);
      expect([...read.keys()].sort()).toEqual([...whole.keys()].sort());
      expect(checkManifest(read).problems).toEqual([]);
      expect(readReport(read).check.problems).toEqual([]);
      read.set('report.md', Buffer.from('changed'));
      read.set('more.txt', Buffer.from('more'));
      read.delete('timeline.svg');
      const { problems } = checkManifest(read);
      expect([...problems].sort()).toEqual([
        'more.txt is not in MANIFEST.sha256',
        'report.md was changed',
        'timeline.svg is missing',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves nothing half written where writing fails, and an older report as it was', async () => {
    const folder = scratch();
    try {
      const output = join(folder, name);
      const older = new Map([['report.md', Buffer.from('older')]]);
      writeBundle(output, older);
      // A name that no file can have fails in the middle, as a full disk would
      const broken = new Map([...older, ['no/such/folder/x', Buffer.from('x')]]);
      if (name === 'folder') {
        expect(() => writeBundle(output, broken)).toThrow();
        expect(readFileSync(join(output, 'report.md'), 'utf8')).toBe('older');
      }
      expect(() => writeBundle(join(folder, 'missing', name), older)).toThrow();
      expect(readdirSync(folder)).toEqual([name]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('what is no report is refused with a reason', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-bundle-'));
  try {
    const path = join(folder, 'x.zip');
    writeFileSync(path, 'PK\u0003\u0004 and nothing more');
    expect(() => readBundle(path)).toThrow('neither a folder nor a whole zip file');
    expect(readReport(new Map([['report.json', Buffer.from('{}')]])).check.problems[0]).toContain('does not fit');
    expect(readReport(new Map([['report.json', Buffer.from('{')]])).check.problems).toEqual(['report.json is no JSON']);
    expect(checkManifest(new Map()).problems).toEqual(['MANIFEST.sha256 is missing']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const chromium = findChromium(process.env);

it.skipIf(chromium === null)('prints a PDF, and says why where it cannot', async () => {
  const made = await printPdf('<!doctype html><title>x</title><p>y', chromium!);
  expect(Buffer.from(made.pdf!).subarray(0, 5).toString()).toBe('%PDF-');
  const failed = await printPdf('x', join(tmpdir(), 'no-such-browser'));
  expect(failed.pdf).toBeNull();
  expect(existsSync(join(tmpdir(), 'no-such-browser'))).toBe(false);
});

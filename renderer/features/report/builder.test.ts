import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../shared/contract/analysis.ts';
import { type ReplacedValue, reportOptionsSchema } from '../../../shared/contract/report.ts';
import { keyOf } from '../incident/disagreements.ts';
import {
  added,
  chosenIncidents,
  fresh,
  gathered,
  mayStay,
  requestOf,
  restored,
  rowsOf,
  suggestedName,
  toggled,
  wordCount,
} from './builder.ts';
import { apart } from './page.tsx';

const incident = (id: string, kind = 'blocked'): Incident =>
  ({ id, verdict: { kind, params: {}, text: '' }, firstTime: `${id}.0`, lastTime: `${id}.1` }) as unknown as Incident;
const THREE = ['I1', 'I2', 'I3'].map((id) => incident(id));
const ALL = THREE.map(({ id }) => id);

const value = (kind: ReplacedValue['kind'], label: string, original: string): ReplacedValue => ({
  kind,
  label,
  original,
  replacement: `new ${original}`,
  places: 1,
});

describe('Which incidents', () => {
  it('are all of them without a choice, and none is ever left', () => {
    const { options } = fresh('en');
    expect(chosenIncidents(options, THREE)).toHaveLength(3);
    expect(chosenIncidents({ ...options, incidents: ['I2'] }, THREE).map(({ id }) => id)).toEqual(['I2']);
    // Withdrawn since
    expect(chosenIncidents({ ...options, incidents: ['I9'] }, THREE)).toHaveLength(3);
  });

  it('change by ticking one, in their order', () => {
    expect(toggled([], 'I2', ALL)).toEqual(['I1', 'I3']);
    expect(toggled(['I3'], 'I1', ALL)).toEqual(['I1', 'I3']);
    expect(toggled(['I1', 'I3'], 'I2', ALL)).toEqual([]);
  });

  it('begin with the first that is added from its own screen', () => {
    expect(added([], 'I2')).toEqual(['I2']);
    expect(added(['I2'], 'I1')).toEqual(['I2', 'I1']);
    expect(added(['I2', 'I1'], 'I2')).toEqual(['I1']);
  });
});

describe('What is asked of the engine', () => {
  it('fits the contract, without what was left empty', () => {
    const building = fresh('zh');
    const options = { ...building.options, title: ' ', author: ' A. N. ', vantage: { country: ' RU ', network: '' } };
    const request = requestOf({ ...building, options }, THREE, 'hash', {});
    expect(reportOptionsSchema.parse(request)).toEqual(request);
    expect(request).toMatchObject({ language: 'zh-Hans', title: null, author: 'A. N.', vantage: { country: 'RU' } });
    expect(request.vantage).not.toHaveProperty('network');
  });

  it('has the disagreements with what is reported, unless they are not to be printed', () => {
    const reasons = { [keyOf('hash', THREE[0]!)]: 'no', [keyOf('hash', THREE[1]!)]: 'never', 'other I9': 'other' };
    const building = fresh('en');
    const one = { ...building, options: { ...building.options, incidents: ['I2'] } };
    expect(requestOf(one, THREE, 'hash', reasons).disagreements).toEqual([{ incident: 'I2', text: 'never' }]);
    expect(requestOf(building, THREE, 'hash', reasons).disagreements).toHaveLength(2);
    expect(requestOf(building, THREE, 'another', reasons).disagreements).toEqual([]);
    expect(requestOf({ ...building, printDisagreements: false }, THREE, 'hash', reasons).disagreements).toEqual([]);
  });

  it('is the same again from a draft', () => {
    const building = fresh('fa');
    const options = { ...building.options, keep: ['203.0.113.53', 'nas.home'], context: 'words' };
    const request = requestOf({ ...building, options }, THREE, 'hash', {});
    const again = restored(request, '2026-11-23T01:00:00Z');
    expect(requestOf(again, THREE, 'hash', {})).toEqual(request);
    expect(Object.values(again.ticked).map(({ kind }) => kind)).toEqual(['remote-address', 'name']);
    expect(again.isChanged).toBe(false);
  });
});

describe('The list of what is replaced', () => {
  const replaced = [
    value('remote-address', 'remote-10', '8.1.1.10'),
    value('remote-address', 'remote-2', '8.1.1.2'),
    value('name', 'name-1', 'nas.home'),
    value('hardware-address', 'device-1', '02:00:5e:00:00:01'),
    value('local-address', 'client-1', '192.168.1.34'),
  ];

  it('has own things first and what was ticked where it stood', () => {
    const ticked = { '8.1.1.3': value('remote-address', 'remote-3', '8.1.1.3') };
    const rows = rowsOf(replaced, ticked, ['8.1.1.3', 'never seen']);
    expect(rows.map(({ label }) => label)).toEqual([
      'client-1',
      'device-1',
      'name-1',
      'remote-2',
      'remote-3',
      'remote-10',
    ]);
    expect(rows.filter(({ kept }) => kept).map(({ original }) => original)).toEqual(['8.1.1.3']);
    const again = rowsOf(replaced, ticked, ['8.1.1.2', '192.168.1.34']);
    expect(again.filter(({ kept }) => kept).map(({ original }) => original)).toEqual(['8.1.1.2']);
  });

  it('lets nothing of its own side stay', () => {
    expect(replaced.filter(mayStay).map(({ kind }) => kind)).toEqual(['remote-address', 'remote-address', 'name']);
  });
});

it('names a file that every system takes', () => {
  expect(suggestedName('my capture: 1/2.pcapng.gz')).toBe('my-capture-1-2-report');
  expect(suggestedName('..\u202e/')).toBe('capture-report');
  expect(suggestedName('زمستان.pcap')).toBe('زمستان-report');
});

it('gathers ladders into one line', () => {
  const files = ['report.html', 'ladder-1.svg', 'ladder-2.svg', 'ladder-12.svg', 'MANIFEST.sha256'].map((name) => ({
    name,
    bytes: 10,
  }));
  expect(gathered(files)).toEqual([
    { name: 'report.html', bytes: 10 },
    { name: 'ladder-1…12.svg', bytes: 30 },
    { name: 'MANIFEST.sha256', bytes: 10 },
  ]);
  expect(gathered(files.slice(0, 2))).toHaveLength(2);
});

it('counts words', () => {
  expect([wordCount(null), wordCount('  '), wordCount('one\n two')]).toEqual([0, 0, 2]);
});

it('takes the styles out of a document, and its policy, which would forbid the sheet', () => {
  const page = `<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><style>a{}</style></head>`;
  expect(apart(page)).toEqual({ markup: '<head></head>', styles: 'a{}' });
});

import { describe, expect, it } from 'vitest';
import type { Analysis, Incident } from '../../../shared/contract/analysis.ts';
import { blockedAnalysis, exampleIncident, quietAnalysis } from './example-result.ts';
import { GUTTER, layOut, MOST_MARKS, ticks, WIDTH } from './timeline-layout.ts';

const withIncidents = (...incidents: Partial<Incident>[]): Analysis => ({
  ...blockedAnalysis,
  incidents: incidents.map((incident, index) => ({ ...exampleIncident, id: `I${index + 1}`, ...incident })),
});

it('draws nothing where nothing happened', () => {
  expect(layOut(quietAnalysis)).toBeNull();
});

it('places a mark by its time between the first and the last packet', () => {
  const layout = layOut(withIncidents({ firstTime: '1523955150.000000000', lastTime: '1523955180.000000000' }))!;
  const mark = layout.lanes[0]!.marks[0]!;
  const right = WIDTH - 16;
  const left = GUTTER + 16;
  expect(mark.x).toBeCloseTo((left + right) / 2);
  expect(mark.end).toBeCloseTo(right);
  expect(layout.day).toBe('2018-04-17');
});

it('gives each technique its lane, in the order of the vocabulary', () => {
  const layout = layOut(
    withIncidents({ techniques: ['ip-null-routing'] }, { techniques: [] }, { techniques: ['dns-poisoning'] }),
  )!;
  expect(layout.lanes.map(({ technique }) => technique)).toEqual(['dns-poisoning', 'ip-null-routing', null]);
});

it('lets no two marks or labels of a lane cover each other', () => {
  const at = (index: number) => `${1523955120 + index}.000000000`;
  const layout = layOut(
    withIncidents(...Array.from({ length: 40 }, (_, index) => ({ firstTime: at(index), lastTime: at(index) }))),
  )!;
  const { marks } = layout.lanes[0]!;
  expect(marks).toHaveLength(40);
  for (const a of marks) {
    for (const b of marks) {
      if (a === b || a.y !== b.y || a.label === null || b.label === null || a.x > b.x) continue;
      const right = a.labelSide === 'right' ? a.end + 5 + a.label.length * 7 : a.x;
      const left = b.labelSide === 'left' ? b.x - 5 - b.label.length * 7 : b.x;
      expect(right, `${a.incident.id} ${b.incident.id}`).toBeLessThanOrEqual(left);
    }
  }
  for (const mark of marks) expect(mark.y).toBeLessThan(layout.height);
});

it('stays a picture whatever the result holds', () => {
  const layout = layOut(
    withIncidents(
      { firstTime: `${'9'.repeat(400)}.000000000`, lastTime: `${'9'.repeat(400)}.000000000` },
      ...Array.from({ length: 1000 }, () => ({})),
    ),
  )!;
  expect(layout.lanes[0]!.marks).toHaveLength(MOST_MARKS);
  expect(layout.undrawn).toBe(1001 - MOST_MARKS);
  expect(layout.height).toBeLessThan(400);
  expect(layOut(withIncidents({ firstTime: `${'9'.repeat(400)}.000000000` }))).toBeNull();
});

describe('ticks', () => {
  const begin = Date.UTC(2018, 3, 17, 9, 12, 0, 123);
  it.each([
    [4, '09:12:00.123'],
    [4_000, '09:12:00.500'],
    [60_000, '09:12:10'],
    [3_600_000, '09:20'],
    [5 * 86_400_000, '2018-04-18'],
    [20_000 * 86_400_000, '2018-09-'],
  ])('over %d ms are few, round and inside', (span, first) => {
    const found = ticks(begin, begin + span);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThanOrEqual(10);
    expect(found[0]!.label.startsWith(first)).toBe(true);
    for (const { time } of found) expect(time).toBeGreaterThanOrEqual(begin);
  });
});

import { describe, expect, it } from 'vitest';
import type { Incident, Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { AnalysisHead } from '../../../shared/contract/service.ts';
import type { Confidence, Outcome } from '../../../shared/domain/vocabulary.ts';
import { headlineOf } from './headline.ts';

function incident(id: string, confidence: Confidence, outcome: Outcome = 'blocked', named: string[] = []): Incident {
  const verdict = { kind: 'reset', params: { targets: named }, text: '' };
  return { id, targets: [`T${id}`], confidence, outcome, failed: 3, succeeded: 0, verdict } as unknown as Incident;
}

function target(id: string, domain: string, attempts: number, succeeded: number): Target {
  return {
    id,
    domain,
    addresses: ['192.0.2.1'],
    attempts,
    succeeded,
    failed: attempts - succeeded,
    service: null,
    incidents: id.startsWith('TI') ? [id.slice(1)] : [],
  } as unknown as Target;
}

function view(incidents: Incident[], targets: Target[], head: Partial<AnalysisHead> = {}): CaptureView {
  return {
    capture: 'c',
    state: 'done',
    progress: { bytesRead: 0, bytesTotal: 0, packets: 0, flows: 0, reached: 0, elapsed: 0 },
    head: { services: [], error: null, capture: { complete: true, packets: 9 }, ...head } as AnalysisHead,
    findings: [],
    incidents,
    targets,
  };
}

describe('the headline', () => {
  it('tells the 2018 story: the website blocked, the app reachable', () => {
    const services: AnalysisHead['services'] = [
      {
        service: 'telegram',
        surfaces: [
          { surface: 'web', state: 'blocked', confidence: 'likely', targets: ['TI1'], incidents: ['I1'] },
          { surface: 'app', state: 'reachable', confidence: 'confirmed', targets: [], incidents: [] },
          { surface: 'calls', state: 'not-seen', confidence: 'inconclusive', targets: [], incidents: [] },
        ],
      },
    ];
    const headline = headlineOf(
      view([incident('I1', 'confirmed')], [target('TI1', 'telegram.org', 3, 0)], { services }),
    );
    expect(headline.kind).toBe('claims');
    // As sure as the service, not as its surest incident
    expect(headline.claims).toEqual([
      { kind: 'probably', subjects: [{ kind: 'surface', service: 'telegram', surface: 'web' }], confidence: 'likely' },
    ]);
    expect(headline.confidence).toBe('likely');
    expect(headline.worked).toEqual([{ kind: 'surface', service: 'telegram', surface: 'app' }]);
  });

  it('names targets of no known service', () => {
    const headline = headlineOf(view([incident('I1', 'confirmed')], [target('TI1', 'news.example', 3, 0)]));
    expect(headline.claims).toEqual([
      { kind: 'blocked', subjects: [{ kind: 'target', name: 'news.example' }], confidence: 'confirmed' },
    ]);
    expect(headline.affected.map(({ name }) => name)).toEqual(['news.example']);
  });

  it('never calls blocked what is only possible', () => {
    const headline = headlineOf(view([incident('I1', 'possible', 'down')], [target('TI1', 'news.example', 3, 0)]));
    expect([headline.kind, headline.claims, headline.suspected]).toEqual(['maybe', [], 1]);
  });

  it('names the program of whose targets the verdict names none, and no target twice', () => {
    const told = [
      incident('I1', 'confirmed', 'blocked', ['Tor']),
      incident('I2', 'confirmed', 'blocked', ['site.example']),
      incident('I3', 'likely', 'blocked', ['site.example']),
    ];
    const sites = [
      target('TI1', '198.51.100.7', 3, 0),
      target('TI2', 'site.example', 3, 0),
      target('TI3', 'site.example', 3, 0),
    ];
    expect(headlineOf(view(told, sites)).claims).toEqual([
      {
        kind: 'blocked',
        subjects: [
          { kind: 'target', name: 'Tor' },
          { kind: 'target', name: 'site.example' },
        ],
        confidence: 'confirmed',
      },
    ]);
  });

  it('says of a survived interference that it was survived', () => {
    const headline = headlineOf(
      view([incident('I1', 'confirmed', 'attempted')], [target('TI1', 'news.example', 3, 3)]),
    );
    expect(headline.claims[0]!.kind).toBe('survived');
  });

  it('says first what was stopped, and is as sure as that', () => {
    const headline = headlineOf(
      view(
        [incident('I1', 'confirmed', 'attempted'), incident('I2', 'likely')],
        [target('TI1', 'a.example', 3, 3), target('TI2', 'b.example', 3, 0)],
      ),
    );
    expect(headline.claims.map(({ kind }) => kind)).toEqual(['probably', 'survived']);
    expect(headline.confidence).toBe('likely');
  });

  it('counts as having worked elsewhere only what no incident is about', () => {
    const headline = headlineOf(
      view([incident('I1', 'confirmed', 'attempted')], [target('TI1', 'a', 5, 4), target('T2', 'b', 3, 2)]),
    );
    expect([headline.attempts, headline.succeeded, headline.elsewhere]).toEqual([8, 6, 2]);
  });

  it('has one row for a name that was tried on two ports', () => {
    const again = { ...target('TI1', 'a.example', 2, 1), outcome: 'ok' } as Target;
    const { affected } = headlineOf(
      view([incident('I1', 'likely')], [{ ...target('TI1', 'a.example', 3, 0), outcome: 'blocked' }, again]),
    );
    expect(affected).toEqual([{ name: 'a.example', outcome: 'blocked', failed: 4, succeeded: 1 }]);
  });

  it('does not call it quiet where nothing worked at all', () => {
    expect(headlineOf(view([], [target('T1', 'a.example', 4, 0)])).kind).toBe('unclear');
  });

  it('tells nothing tried from nothing found, and both from what cannot be told', () => {
    expect(headlineOf(view([], [])).kind).toBe('nothing');
    const unread = { complete: false, packets: 0 } as AnalysisHead['capture'];
    expect(headlineOf(view([], [], { capture: unread })).kind).toBe('unread');
    expect(headlineOf(view([], [target('T1', 'a.example', 2, 2)])).kind).toBe('none');
    expect(headlineOf(view([incident('I1', 'inconclusive', 'insufficient')], [target('TI1', 'a', 1, 0)])).kind).toBe(
      'unclear',
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Incident, Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { AnalysisHead } from '../../../shared/contract/service.ts';
import type { Confidence, Outcome } from '../../../shared/domain/vocabulary.ts';
import { headlineOf } from './headline.ts';

function incident(id: string, confidence: Confidence, outcome: Outcome = 'blocked'): Incident {
  return { id, targets: [`T${id}`], confidence, outcome, failed: 3, succeeded: 0 } as unknown as Incident;
}

function target(id: string, domain: string, attempts: number, succeeded: number): Target {
  return {
    id,
    domain,
    addresses: ['192.0.2.1'],
    attempts,
    succeeded,
    failed: attempts - succeeded,
  } as unknown as Target;
}

function view(incidents: Incident[], targets: Target[], head: Partial<AnalysisHead> = {}): CaptureView {
  return {
    capture: 'c',
    state: 'done',
    progress: { bytesRead: 0, bytesTotal: 0, packets: 0, flows: 0, reached: 0, elapsed: 0 },
    head: { services: [], error: null, ...head } as AnalysisHead,
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
      { kind: 'probably', subjects: [{ kind: 'surface', service: 'telegram', surface: 'web' }] },
    ]);
    expect(headline.worked).toEqual([{ kind: 'surface', service: 'telegram', surface: 'app' }]);
  });

  it('names targets of no known service', () => {
    const headline = headlineOf(view([incident('I1', 'confirmed')], [target('TI1', 'news.example', 3, 0)]));
    expect(headline.claims).toEqual([{ kind: 'blocked', subjects: [{ kind: 'target', name: 'news.example' }] }]);
  });

  it('never calls blocked what is only possible', () => {
    const headline = headlineOf(view([incident('I1', 'possible', 'down')], [target('TI1', 'news.example', 3, 0)]));
    expect([headline.kind, headline.claims, headline.suspected]).toEqual(['maybe', [], 1]);
  });

  it('says of a survived interference that it was survived', () => {
    const headline = headlineOf(
      view([incident('I1', 'confirmed', 'attempted')], [target('TI1', 'news.example', 3, 3)]),
    );
    expect(headline.claims[0]!.kind).toBe('survived');
  });

  it('tells nothing tried from nothing found, and both from what cannot be told', () => {
    expect(headlineOf(view([], [])).kind).toBe('nothing');
    expect(headlineOf(view([], [target('T1', 'a.example', 2, 2)])).kind).toBe('none');
    expect(headlineOf(view([incident('I1', 'inconclusive', 'insufficient')], [target('TI1', 'a', 1, 0)])).kind).toBe(
      'unclear',
    );
  });
});

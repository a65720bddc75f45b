// What to do to be surer, chosen by what this capture lacks.

import type { NextKind, NextParams } from '../../shared/domain/statements.ts';
import { atLeast, type Confidence } from '../../shared/domain/vocabulary.ts';
import type { Draft } from '../detect/detector.ts';
import { type CaptureFacts, SECOND } from '../observe/evidence-base.ts';

export interface NextStep {
  readonly kind: NextKind;
  readonly params: NextParams;
}

/** More are not read. */
const MAX_STEPS = 5;
/** A silence judged closer to the end of the capture than this may have been cut short by it. */
const NEAR_END = 10 * SECOND;

export function nextSteps(drafts: readonly Draft[], confidence: Confidence, capture: CaptureFacts): NextStep[] {
  const lead = drafts[0];
  if (lead === undefined) return [];
  const params: NextParams = {
    name: lead.target.domain ?? lead.dns?.query.name ?? null,
    address: lead.target.address,
  };
  const steps: NextKind[] = [];
  const add = (kind: NextKind, wanted: boolean) => {
    if (wanted && !steps.includes(kind)) steps.push(kind);
  };
  const hasControl = (kind: Draft['controls'][number]['kind']) =>
    drafts.some((draft) => draft.controls.some((control) => control.kind === kind));
  const isSilence = (draft: Draft) =>
    draft.interference.kind === 'packet-drop' || draft.interference.kind === 'null-route';
  const triggers = new Set(drafts.map((draft) => draft.trigger.kind));
  const triggerSure = drafts.some((draft) => atLeast(draft.trigger.confidence, 'likely'));
  const isDns = lead.dns !== null || triggers.has('dns-name');
  const isNamed =
    triggers.has('tls-sni') || triggers.has('tls-fingerprint') || triggers.has('http-host') || triggers.has('quic-sni');

  add(
    'check-local-filter',
    drafts.some((draft) => draft.place === 'this-device' || draft.place === 'local-network'),
  );
  add('capture-full-packets', capture.cutFrames > 0 && triggers.has('unknown'));
  add('capture-both-directions', capture.oneWayShare >= 0.5);
  add(
    'capture-from-start',
    drafts.some((draft) => draft.evidence.some((item) => item.kind === 'baseline-from-other-flows')),
  );
  add(
    'capture-longer',
    confidence === 'inconclusive' &&
      drafts.some((draft) => isSilence(draft) && capture.endTime - draft.lastTime < NEAR_END),
  );
  add('other-resolver', isDns && !hasControl('other-resolver'));
  // Nor is it a name where the protocol was matched.
  add(
    'other-name-same-address',
    !isDns && !triggers.has('protocol') && !triggerSure && !hasControl('same-address-other-name'),
  );
  add(
    'same-name-other-address',
    params.name !== null && triggers.has('ip-address') && !hasControl('same-name-other-address'),
  );
  add('repeat-attempt', drafts.length === 1 && confidence !== 'confirmed');
  add('other-network', confidence !== 'confirmed');
  add('check-routing', lead.interference.kind === 'null-route');
  add('traceroute', lead.interference.kind === 'null-route' || lead.interference.kind === 'icmp-reject');
  add('server-side-capture', !isDns && confidence !== 'confirmed' && capture.role !== 'server');
  add('try-ech', isNamed && triggers.has('tls-sni') && triggerSure);
  add('publish-report', atLeast(confidence, 'likely'));
  return steps.slice(0, MAX_STEPS).map((kind) => ({ kind, params }));
}

// How a packet that findings cite as forged is called: only as surely as they are. What is no more than possible is
// drawn, asked about, and not hatched.

import { useMemo } from 'react';
import type { PacketRow } from '../../../shared/contract/service.ts';
import { atLeast, type Confidence, surest } from '../../../shared/domain/vocabulary.ts';
import { useApp } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { flowWords } from './words.ts';

export type Forgery = 'forged' | 'doubtful';

/** Null for a packet that nobody calls forged. */
export function forgeryOf(
  { role, findings }: Pick<PacketRow, 'role' | 'findings'>,
  confidences: ReadonlyMap<string, Confidence>,
): Forgery | null {
  if (role !== 'forged') return null;
  let best: Confidence = 'inconclusive';
  for (const id of findings) best = surest(best, confidences.get(id) ?? 'inconclusive');
  return forgeryBy(best);
}

export function forgeryBy(confidence: Confidence): Forgery {
  return atLeast(confidence, 'likely') ? 'forged' : 'doubtful';
}

export function useForgery(capture: string): (packet: Pick<PacketRow, 'role' | 'findings'>) => Forgery | null {
  const findings = useApp((state) => state.views[capture]?.findings);
  return useMemo(() => {
    const confidences = new Map((findings ?? []).map(({ id, confidence }) => [id, confidence]));
    return (packet) => forgeryOf(packet, confidences);
  }, [findings]);
}

export function ForgedTag({ forgery }: { readonly forgery: Forgery | null }) {
  const words = useWords(flowWords);
  if (forgery === null) return null;
  return forgery === 'forged' ? (
    <span className="tag forged">{words.forged}</span>
  ) : (
    <span className="tag line">{words.doubtful}</span>
  );
}

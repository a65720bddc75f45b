// A story told once and captured at both ends: the same packets pass, each end's capture has those that reached it.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { ComparisonView } from '../../shared/contract/comparison.ts';
import { comparisonViewSchema } from '../../shared/contract/comparison.ts';
import { type CompareOptions, compare, type Side } from '../comparison/compare.ts';
import { analyze } from './analyze.ts';
import { type Capture, writeCapture } from './capture.ts';
import { Net, type NetOptions } from './network.ts';

export interface TwoEnds {
  readonly client: Capture;
  readonly server: Capture;
  /** Frames that the interferer made, by capture. */
  readonly forged: { readonly client: ReadonlySet<number>; readonly server: ReadonlySet<number> };
}

export function atBothEnds(story: (net: Net) => void, options: Omit<NetOptions, 'vantage'> = {}): TwoEnds {
  const [client, server] = (['client', 'server'] as const).map((vantage) => {
    const net = new Net({ ...options, vantage });
    story(net);
    return net.capture();
  });
  return {
    client: client!.capture,
    server: server!.capture,
    forged: { client: client!.forged, server: server!.forged },
  };
}

export function sideOf(
  bytes: Uint8Array,
  { findings, targets }: Pick<Analysis, 'findings' | 'targets'> = { findings: [], targets: [] },
): Side {
  return {
    findings,
    targets,
    failed: false,
    read: (feed) => {
      feed(bytes);
      return Promise.resolve();
    },
  };
}

/** Compares two captures with what an analysis of each found. */
export async function compareCaptures(a: Capture, b: Capture, options: CompareOptions = {}): Promise<ComparisonView> {
  const sides = [a, b].map((capture) => {
    const bytes = writeCapture(capture);
    return sideOf(bytes, analyze(bytes));
  });
  return comparisonViewSchema.parse(await compare({ a: sides[0]!, b: sides[1]! }, options));
}

/** A result in lines, for a review and to compare results by. */
export function told(view: ComparisonView): string {
  const { verdict, findings, notes, connections, alignment } = view;
  const lines = [`verdict ${verdict.kind} ${JSON.stringify(verdict.params)}`];
  if (alignment !== null) lines.push(`matched ${alignment.matched}`);
  for (const {
    claim,
    confidence,
    interference,
    direction,
    sender,
    frames,
    evidence,
    alternatives,
    place,
  } of findings) {
    lines.push(
      `${confidence} ${claim} ${interference} ${direction}, sender ${sender}; a ${frames.a} b ${frames.b}`,
      `  ${evidence.map(({ kind, role }) => (role === 'contradicts' ? `not ${kind}` : kind)).join(', ')}`,
      `  ${alternatives.map(({ kind, status }) => `${kind} ${status}`).join(', ')}`,
      `  place a ${place.hopsFromA} b ${place.hopsFromB} ${place.basis}`,
    );
  }
  for (const { name, state, near, matched, lost, missed, hops } of connections) {
    lines.push(
      `${name} ${state} near ${near} matched ${matched} lost ${lost.fromA}/${lost.fromB} missed ${missed.a}/${missed.b} hops ${hops.toServer}/${hops.toClient}`,
    );
  }
  for (const { kind, params } of notes) lines.push(`note ${kind} ${JSON.stringify(params)}`);
  return `${lines.join('\n')}\n`;
}

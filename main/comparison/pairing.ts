// Which flow of one capture is which flow of the other: by fingerprints that neither routers nor translators of
// addresses change (initial numbers, sequence numbers with lengths, payload of datagrams), then by equal endpoints.

import type { End, Flow } from './reading.ts';

export interface Pair {
  readonly a: Flow;
  readonly b: Flow;
  /** Somebody between them answers in the place of one end: sequence numbers of the two have nothing in common. */
  readonly terminated: boolean;
}

export interface Pairing {
  readonly pairs: readonly Pair[];
  /** Flows that only one capture has. */
  readonly onlyA: readonly Flow[];
  readonly onlyB: readonly Flow[];
}

/** A fingerprint that stands in more flows than this tells none apart. */
const MAX_HOLDERS = 16;

export function pairFlows(a: readonly Flow[], b: readonly Flow[]): Pairing {
  const index = new Map<number, Flow[]>();
  for (const flow of b) {
    for (const value of printsOf(flow)) {
      const holders = index.get(value);
      if (holders === undefined) index.set(value, [flow]);
      else if (holders.length <= MAX_HOLDERS) holders.push(flow);
    }
  }
  const candidates: { a: Flow; b: Flow; votes: number; same: number }[] = [];
  for (const flow of a) {
    const votes = new Map<Flow, number>();
    for (const value of printsOf(flow)) {
      const holders = index.get(value) ?? [];
      if (holders.length > MAX_HOLDERS) continue;
      // A handshake names a connection by 64 random bits, or 32 and a port: it alone will do
      const weight = flow.handshake.includes(value) ? 4 : 1;
      for (const holder of holders) {
        if (holder.protocol === flow.protocol) votes.set(holder, (votes.get(holder) ?? 0) + weight);
      }
    }
    for (const [holder, count] of votes) {
      const same = sameness(flow, holder);
      // One packet in common may be chance, or the same question asked twice
      if (count >= 2 || same > 0 || flow.count === 1 || holder.count === 1) {
        candidates.push({ a: flow, b: holder, votes: count, same });
      }
    }
  }
  candidates.sort((x, y) => y.votes - x.votes || y.same - x.same || x.a.id - y.a.id || x.b.id - y.b.id);
  const takenA = new Set<Flow>();
  const takenB = new Set<Flow>();
  const pairs: Pair[] = [];
  const take = (first: Flow, second: Flow): void => {
    takenA.add(first);
    takenB.add(second);
    pairs.push({ a: first, b: second, terminated: isTerminated(first, second) });
  };
  for (const { a: first, b: second } of candidates) {
    if (!takenA.has(first) && !takenB.has(second)) take(first, second);
  }
  // The same endpoints and nothing in common: connections of which one capture has another part, or that were ended on
  // the way and begun anew
  const byEnds = new Map<string, Flow[]>();
  for (const flow of b) {
    if (takenB.has(flow)) continue;
    const key = endsKey(flow);
    const list = byEnds.get(key);
    if (list === undefined) byEnds.set(key, [flow]);
    else list.push(flow);
  }
  for (const flow of a) {
    if (takenA.has(flow)) continue;
    const others = byEnds.get(endsKey(flow));
    if (others?.length === 1 && !takenB.has(others[0]!)) take(flow, others[0]!);
  }
  // Copies under other addresses (device `any` of a router that translates) are no further flows
  const known = new Set(pairs.flatMap((pair) => [...pair.a.handshake, ...pair.b.handshake]));
  const isNew = (flow: Flow): boolean => !flow.handshake.some((value) => known.has(value));
  pairs.sort((x, y) => x.a.id - y.a.id);
  return {
    pairs,
    onlyA: a.filter((flow) => !takenA.has(flow) && isNew(flow)),
    onlyB: b.filter((flow) => !takenB.has(flow) && isNew(flow)),
  };
}

function* printsOf(flow: Flow): Generator<number> {
  yield* flow.handshake;
  yield* flow.prints;
}

export function sameEnd(a: End, b: End): boolean {
  return a.port === b.port && a.address === b.address;
}

function sameness(a: Flow, b: Flow): number {
  return Number(sameEnd(a.server, b.server)) + Number(sameEnd(a.client, b.client));
}

function endsKey(flow: Flow): string {
  const { client, server, protocol } = flow;
  return `${protocol} ${client.address} ${client.port} ${server.address} ${server.port}`;
}

function isTerminated(a: Flow, b: Flow): boolean {
  const differs = (x: number | null, y: number | null): boolean => x !== null && y !== null && x !== y;
  return differs(a.clientIsn, b.clientIsn) || differs(a.serverIsn, b.serverIsn);
}

/** From which client to which service: what a capture filter would let through or not as a whole. */
export function waysKey({ client, server, protocol }: Flow): string {
  return `${protocol} ${client.address} ${server.address} ${server.port}`;
}

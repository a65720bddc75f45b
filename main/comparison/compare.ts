// Two captures compared: read twice each, their flows paired, clocks aligned, every connection judged, and the result
// composed. Sentences are made here, last, by shared/i18n.

import type { Evidence, Finding, Target } from '../../shared/contract/analysis.ts';
import {
  COMPARISON_SCHEMA,
  type ComparedConnection,
  type ComparisonFinding,
  type ComparisonNote,
  type ComparisonReview,
  type ComparisonView,
} from '../../shared/contract/comparison.ts';
import type {
  ComparisonNoteKind,
  ComparisonNoteParams,
  ComparisonSide,
  ComparisonVerdict,
  ComparisonVerdictParams,
  Params,
} from '../../shared/domain/statements.ts';
import { atLeast, type Confidence, surest } from '../../shared/domain/vocabulary.ts';
import { enComparison } from '../../shared/i18n/comparison/en.ts';
import { comparisonSentence } from '../../shared/i18n/comparison/words.ts';
import { en } from '../../shared/i18n/en.ts';
import { sentence } from '../../shared/i18n/words.ts';
import { VERSION } from '../engine/version.ts';
import { type Alignment, alignClocks } from './clocks.ts';

export type { Both } from './connection.ts';

import { type Both, type Connection, connectionOf, framesOf, instantsOf, nearOf } from './connection.ts';
import { Coverage } from './coverage.ts';
import { type Cited, type Conditions, type FindingDraft, type Judged, judge, type NoteDraft } from './judge.ts';
import { ladderOf } from './ladder.ts';
import { lostFlows } from './lost-flows.ts';
import { pairFlows, waysKey } from './pairing.ts';
import { type Flow, Reader, type Reading } from './reading.ts';

/** Connections listed in the result: those with findings first. */
export const MAX_LISTED = 200;
/** Of those, with their packets. */
const MAX_LADDERS = 60;
/** Clocks that jitter more than this, nanoseconds, are said to. */
const UNSTEADY = 50e6;

/** A capture that can be read as often as wanted; what it says of itself when it cannot. */
export interface Side {
  readonly read: (feed: (chunk: Uint8Array) => void) => Promise<void>;
  /** What was found in it alone, whose forged frames are looked at again. */
  readonly findings: readonly Finding[];
  /** What the analysis knows by name: to which service a connection belongs. */
  readonly targets: readonly NamedTarget[];
  /** It could not be read: nothing is compared. */
  readonly failed: boolean;
}

export type NamedTarget = Pick<Target, 'domain' | 'addresses' | 'port' | 'service'>;

export interface CompareOptions {
  /** Where A was taken, as the user knows it; B is at the other end. */
  readonly aRole?: 'client' | 'server';
}

interface Oriented {
  readonly connection: Connection;
  near: ComparisonSide | 'same' | null;
}

export async function compare(sides: Both<Side>, options: CompareOptions = {}): Promise<ComparisonView> {
  if (sides.a.failed || sides.b.failed) return empty('unreadable');
  const [first, second] = [await readAll(sides.a, null), await readAll(sides.b, null)];
  const pairing = pairFlows(first.flows, second.flows);
  const wanted = { a: new Set(pairing.pairs.map(({ a }) => a.id)), b: new Set(pairing.pairs.map(({ b }) => b.id)) };
  for (const side of ['a', 'b'] as const) {
    const known = new Set(pairing.pairs.map((pair) => waysKey(pair[side])));
    for (const flow of side === 'a' ? pairing.onlyA : pairing.onlyB) {
      if (known.has(waysKey(flow))) wanted[side].add(flow.id);
    }
  }
  const readings = { a: await readAll(sides.a, wanted.a), b: await readAll(sides.b, wanted.b) };
  const again = (side: ComparisonSide, flow: Flow): Flow | undefined => readings[side].flows[flow.id];
  const connections: Connection[] = [];
  for (const pair of pairing.pairs) {
    const [a, b] = [again('a', pair.a), again('b', pair.b)];
    // A file that changes while it is read may have lost them
    if (a !== undefined && b !== undefined) connections.push(connectionOf({ a, b, terminated: pair.terminated }));
  }
  const orphans = {
    a: pairing.onlyA.filter(({ id }) => wanted.a.has(id)).flatMap((flow) => again('a', flow) ?? []),
    b: pairing.onlyB.filter(({ id }) => wanted.b.has(id)).flatMap((flow) => again('b', flow) ?? []),
  };
  return compose(connections, orphans, readings, sides, options);
}

async function readAll(side: Side, wanted: ReadonlySet<number> | null): Promise<Reading> {
  const reader = new Reader(wanted);
  await side.read((chunk) => reader.feed(chunk));
  return reader.end();
}

function compose(
  connections: readonly Connection[],
  orphans: Both<readonly Flow[]>,
  readings: Both<Reading>,
  sides: Both<Side>,
  options: CompareOptions,
): ComparisonView {
  const oriented = orient(connections, options);
  const alignment = alignClocks(
    oriented.flatMap(({ connection, near }) => (near === 'a' || near === 'b' ? instantsOf(connection, near) : [])),
  );
  const coverage = new Coverage(connections, alignment, { a: readings.a.lastTime, b: readings.b.lastTime });
  const conditions: Both<Conditions> = { a: readings.a, b: readings.b };
  const notes: NoteDraft[] = [];
  const judgedOf = new Map<Connection, Judged>();
  const drafts: FindingDraft[] = [];
  for (const { connection, near } of oriented) {
    if (connection.state !== 'compared' || (near !== 'a' && near !== 'b')) continue;
    const judged = judge(connection, near, coverage, conditions);
    judgedOf.set(connection, judged);
    drafts.push(...judged.findings);
    notes.push(...judged.notes);
  }
  const lost = lostFlows(orphans, oriented, coverage, conditions);
  drafts.push(...lost.findings);
  const all = [...oriented, ...lost.connections];
  const oneSided = new Set(lost.connections.map(({ connection }) => connection));
  for (const side of ['a', 'b'] as const) {
    const connections = lost.answered[side];
    if (connections > 0) notes.push({ kind: 'answered-elsewhere', params: { side, connections } });
  }
  notes.push(...generalNotes(oriented, judgedOf, readings, alignment));

  // Surest first, then in the order in which they began
  const order = new Map(all.map(({ connection }, at) => [connection, at]));
  drafts.sort(
    (x, y) => rankOf(y.confidence) - rankOf(x.confidence) || order.get(x.connection)! - order.get(y.connection)!,
  );
  const withFinding = new Set(drafts.map(({ connection }) => connection));
  const sorted = [...all].sort(
    (x, y) =>
      Number(withFinding.has(y.connection)) - Number(withFinding.has(x.connection)) ||
      order.get(x.connection)! - order.get(y.connection)!,
  );
  const names = new Map(sorted.map(({ connection }, at) => [connection, `K${at + 1}`]));
  const findings = drafts.map((draft, at) => findingOf(draft, `C${at + 1}`, names.get(draft.connection)!));
  const services = { a: servicesOf(sides.a.targets), b: servicesOf(sides.b.targets) };
  const listed = sorted.slice(0, MAX_LISTED).map(({ connection, near }, at): ComparedConnection => {
    const id = names.get(connection)!;
    const own = drafts.filter((draft) => draft.connection === connection);
    const judged = judgedOf.get(connection);
    const { rows, skipped } = at < MAX_LADDERS ? ladderOf(connection, own, alignment) : { rows: [], skipped: 0 };
    const isOneSided = oneSided.has(connection);
    return {
      id,
      protocol: connection.isTcp ? 'tcp' : 'udp',
      name: connection.a.name ?? connection.b.name,
      service: services.a(connection.a) ?? services.b(connection.b),
      a: isOneSided && connection.packets.a.length === 0 ? null : endsOf(connection, 'a'),
      b: isOneSided && connection.packets.b.length === 0 ? null : endsOf(connection, 'b'),
      near: near === 'a' || near === 'b' ? near : null,
      state: isOneSided
        ? 'only-one-side'
        : connection.state === 'terminated'
          ? 'terminated'
          : near === 'same'
            ? 'same-place'
            : near === null
              ? 'order-unknown'
              : 'compared',
      translated: connection.translated && !isOneSided,
      matched: connection.toServer.matches.length + connection.toClient.matches.length,
      lost: judged?.lost ?? { fromA: 0, fromB: 0 },
      missed: judged?.missed ?? { a: 0, b: 0 },
      hops: {
        toServer: signed(connection.ttlLoss.toServer, near, 'a'),
        toClient: signed(connection.ttlLoss.toClient, near, 'b'),
      },
      findings: findings.filter((finding) => finding.connection === id).map((finding) => finding.id),
      ladder: rows,
      skipped,
    };
  });
  const shown = new Set(listed.map(({ id }) => id));
  return {
    schema: COMPARISON_SCHEMA,
    tool: { name: 'blockscope', version: VERSION },
    alignment: alignment === null ? null : alignmentOf(alignment, readings),
    verdict: verdictOf(drafts, findings, listed, all),
    // Of connections that are listed; the verdict counts all
    findings: findings.filter(({ connection }) => shown.has(connection)),
    connections: listed,
    more: Math.max(0, sorted.length - MAX_LISTED),
    notes: gathered(notes),
    reviews: reviewsOf(sides, drafts, findings, connections),
  };
}

function servicesOf(targets: readonly NamedTarget[]): (flow: Flow) => string | null {
  const known = new Map<string, string>();
  for (const { domain, addresses, port, service } of targets) {
    if (service === null) continue;
    if (domain !== null) known.set(domain, service);
    else for (const address of addresses) known.set(`${address} ${port}`, service);
  }
  return ({ name, server }) => known.get(name ?? `${server.address} ${server.port}`) ?? null;
}

/** Where a connection does not say by itself which capture is nearer to its client, others of the same client do. */
function orient(connections: readonly Connection[], options: CompareOptions): Oriented[] {
  const oriented = connections.map((connection): Oriented => ({ connection, near: nearOf(connection) }));
  if (options.aRole !== undefined) {
    for (const each of oriented) each.near = options.aRole === 'client' ? 'a' : 'b';
    return oriented;
  }
  const ofClient = new Map<string, Set<ComparisonSide>>();
  for (const { connection, near } of oriented) {
    if (near !== 'a' && near !== 'b') continue;
    const { address } = connection.a.client;
    ofClient.set(address, (ofClient.get(address) ?? new Set()).add(near));
  }
  for (const each of oriented) {
    const told = ofClient.get(each.connection.a.client.address);
    if (each.near === null && told?.size === 1) each.near = [...told][0]!;
  }
  return oriented;
}

function signed(loss: number | null, near: Oriented['near'], positive: ComparisonSide): number | null {
  if (loss === null || (near !== 'a' && near !== 'b')) return null;
  // From A to B a packet of the client loses what the difference A - B says where A is the nearer one
  const value = near === 'a' ? (positive === 'a' ? loss : -loss) : positive === 'a' ? -loss : loss;
  return value;
}

function endsOf(connection: Connection, side: ComparisonSide) {
  const { client, server } = connection[side];
  return { client, server, packets: connection.packets[side].length };
}

function rankOf(confidence: Confidence): number {
  return ['inconclusive', 'possible', 'likely', 'confirmed'].indexOf(confidence);
}

// ---- what is said ----

function citedFrames(cited: Cited): { a: number[]; b: number[] } {
  return { a: framesOf(cited.a), b: framesOf(cited.b) };
}

function findingOf(draft: FindingDraft, id: string, connection: string): ComparisonFinding {
  const { claim, confidence, interference, direction, sender, place } = draft;
  const frames = citedFrames(draft.packets);
  return {
    id,
    connection,
    claim,
    confidence,
    interference,
    direction,
    sender,
    text: enComparison.claim[claim]({
      interference,
      toServer: direction === 'to-server',
      sender,
      packets: packetsOf(draft),
    }),
    frames,
    trigger: citedFrames(draft.trigger),
    evidence: draft.evidence.map(({ kind, role, strength, params, packets }) => ({
      kind,
      role,
      strength,
      params: plain(params),
      text: comparisonSentence(enComparison, 'evidence', kind, params),
      frames: citedFrames(packets),
    })),
    alternatives: draft.alternatives.map(({ kind, status, params }) => ({
      kind,
      status,
      params: plain(params),
      text: sentence(en, 'alternative', kind, params),
    })),
    place,
  };
}

/** As the schema has it: lists that may be written to. */
function plain(params: Params): Evidence['params'] {
  return { ...params } as Evidence['params'];
}

/** Identical packets at once are so many packets, unless the capture has others twice as well. */
function packetsOf({ connection, packets }: FindingDraft): number {
  const own = new Set([...packets.a, ...packets.b]);
  const isDoubled = (side: ComparisonSide): boolean =>
    connection.packets[side].some((packet) => packet.copies.length > 0 && !own.has(packet));
  const counts = (['a', 'b'] as const).map((side) =>
    isDoubled(side) ? packets[side].length : framesOf(packets[side]).length,
  );
  return Math.max(...counts);
}

function generalNotes(
  oriented: readonly Oriented[],
  judged: ReadonlyMap<Connection, Judged>,
  readings: Both<Reading>,
  alignment: Alignment | null,
): NoteDraft[] {
  const notes: NoteDraft[] = [];
  const note = <K extends ComparisonNoteKind>(kind: K, params: ComparisonNoteParams[K]): void => {
    notes.push({ kind, params: params as Params });
  };
  const compared = oriented.filter(({ connection }) => connection.state === 'compared');
  const terminated = oriented.length - compared.length;
  if (oriented.length === 0) note('nothing-in-common', {});
  if (terminated > 0) note('terminated', { connections: terminated });
  const translated = compared.find(({ connection }) => connection.translated)?.connection;
  if (translated !== undefined) {
    const [from, to] = [translated.a, translated.b].map(({ client, server }) => {
      const isClient =
        translated.a.client.address !== translated.b.client.address ||
        translated.a.client.port !== translated.b.client.port;
      const end = isClient ? client : server;
      return end.address.includes(':') ? `[${end.address}]:${end.port}` : `${end.address}:${end.port}`;
    });
    note('translated', { from: from!, to: to! });
  }
  if (compared.some(({ near }) => near === 'same')) note('same-place', {});
  const unknown = compared.filter(({ near }) => near === null).length;
  if (unknown > 0) note('order-unknown', { connections: unknown });
  const cut = compared.filter(
    ({ connection }) => !connection.toServer.hasContent || !connection.toClient.hasContent,
  ).length;
  if (cut > 0) note('payload-cut', { connections: cut });
  for (const side of ['a', 'b'] as const) {
    let missed = 0;
    let lost = 0;
    let sent = 0;
    for (const [connection, result] of judged) {
      missed += result.missed[side];
      lost += side === 'a' ? result.lost.fromA : result.lost.fromB;
      sent += connection.packets[side].length;
    }
    if (missed > 0) note('capture-lost', { side, packets: missed });
    if (lost > 0) note('lost-on-the-way', { from: side, packets: lost, sent });
    if (readings[side].overBudget) note('over-budget', { side });
  }
  if (alignment !== null && alignment.spread > UNSTEADY) note('clock-unsteady', { spreadMs: alignment.spread / 1e6 });
  return notes;
}

/** Notes of one kind and place become one, their numbers added. */
function gathered(drafts: readonly NoteDraft[]): ComparisonNote[] {
  const byKey = new Map<string, { kind: ComparisonNoteKind; params: Record<string, Params[string]> }>();
  for (const { kind, params } of drafts) {
    const { packets, ...rest } = params;
    const key = `${kind} ${JSON.stringify(rest)}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { kind, params: { ...params } });
    else if (typeof packets === 'number') known.params.packets = Number(known.params.packets) + packets;
  }
  return [...byKey.values()].map(({ kind, params }) => ({
    kind,
    params: plain(params),
    text: comparisonSentence(enComparison, 'note', kind, params),
  }));
}

function verdictOf(
  drafts: readonly FindingDraft[],
  findings: readonly ComparisonFinding[],
  listed: readonly ComparedConnection[],
  all: readonly Oriented[],
): ComparisonView['verdict'] {
  const sure = findings.filter(({ confidence }) => atLeast(confidence, 'likely'));
  const told = sure.length > 0 ? sure : findings.filter(({ confidence }) => confidence === 'possible');
  const counted = new Set(told);
  const claims = new Set(told.map(({ claim }) => claim));
  const about = new Set(told.map(({ connection }) => connection));
  const targets = [
    ...new Set(listed.filter(({ id }) => about.has(id)).map(({ name, a, b }) => name ?? (a ?? b)!.server.address)),
  ];
  const usable = all.filter(
    ({ connection, near }) => connection.state === 'compared' && (near === 'a' || near === 'b'),
  );
  let kind: ComparisonVerdict;
  if (claims.size === 1) kind = [...claims][0]!;
  else if (claims.size > 1) kind = 'several';
  else if (all.length === 0) kind = 'nothing-in-common';
  else if (usable.length > 0) kind = 'agree';
  else if (all.some(({ near }) => near === 'same')) kind = 'same-place';
  else kind = all.every(({ connection }) => connection.state === 'terminated') ? 'terminated' : 'cannot-tell';
  const params: ComparisonVerdictParams = {
    targets: targets.slice(0, 3),
    more: Math.max(0, targets.length - 3),
    confidence: told.reduce<Confidence>((best, { confidence }) => surest(best, confidence), 'inconclusive'),
    packets: drafts.filter((_, at) => counted.has(findings[at]!)).reduce((sum, draft) => sum + packetsOf(draft), 0),
    connections: claims.size > 0 ? about.size : usable.length,
  };
  return { kind, params: plain({ ...params }), text: enComparison.verdict[kind](params) };
}

function empty(kind: ComparisonVerdict): ComparisonView {
  const params: ComparisonVerdictParams = {
    targets: [],
    more: 0,
    confidence: 'inconclusive',
    packets: 0,
    connections: 0,
  };
  return {
    schema: COMPARISON_SCHEMA,
    tool: { name: 'blockscope', version: VERSION },
    alignment: null,
    verdict: { kind, params: plain({ ...params }), text: enComparison.verdict[kind](params) },
    findings: [],
    connections: [],
    more: 0,
    notes: [],
    reviews: [],
  };
}

function alignmentOf(alignment: Alignment, readings: Both<Reading>): NonNullable<ComparisonView['alignment']> {
  const [a, b] = [readings.a.firstTime!, readings.b.firstTime!];
  // Seconds since the epoch and nanoseconds together are beyond a double
  const base = BigInt(b.seconds - a.seconds) * 1_000_000_000n + BigInt(b.nanos - a.nanos);
  const offset = base + BigInt(Math.round(alignment.offset));
  const sign = offset < 0n ? '-' : '';
  const digits = (offset < 0n ? -offset : offset).toString().padStart(10, '0');
  return {
    offset: `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`,
    drift: alignment.drift,
    matched: alignment.matched,
    spread: alignment.spread / 1e9,
    roundTrip: alignment.roundTrip === null ? null : alignment.roundTrip / 1e9,
  };
}

/** What the comparison says of frames that one capture alone took for forged, or for lost. */
function reviewsOf(
  sides: Both<Side>,
  drafts: readonly FindingDraft[],
  findings: readonly ComparisonFinding[],
  connections: readonly Connection[],
): ComparisonReview[] {
  const reviews: ComparisonReview[] = [];
  for (const side of ['a', 'b'] as const) {
    const passed = new Set<number>();
    for (const { toServer, toClient } of connections) {
      for (const match of [...toServer.matches, ...toClient.matches]) {
        if (!match.changed) for (const frame of framesOf([match[side]])) passed.add(frame);
      }
    }
    for (const { id, state, frames } of sides[side].findings) {
      if (state === 'withdrawn') continue;
      const about = new Set(frames.forged.length > 0 ? frames.forged : [...frames.trigger, ...frames.affected]);
      const at = drafts.findIndex(
        (draft) =>
          atLeast(draft.confidence, 'likely') &&
          (draft.claim === 'never-arrived') === (frames.forged.length === 0) &&
          framesOf(draft.packets[side]).some((frame) => about.has(frame)),
      );
      const isRefuted = frames.forged.length > 0 && frames.forged.every((frame) => passed.has(frame));
      reviews.push({
        side,
        finding: id,
        state: at >= 0 && drafts[at]!.confidence === 'confirmed' ? 'confirmed' : isRefuted ? 'refuted' : 'open',
        by: at >= 0 ? findings[at]!.id : null,
      });
    }
  }
  return reviews;
}

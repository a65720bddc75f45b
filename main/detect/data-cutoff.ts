// Connections that freeze after a certain amount: they open, answer, deliver some 12 to 24 KB or 20 to 32 packets, and then
// nothing more comes, not even an acknowledgement of what the client goes on to send again.
//
// That the client still wanted something is what makes a freeze of it: a page of 16 KB that is complete looks the same
// until the client speaks again. So its further bytes, or its FIN, must have been sent at least twice in vain over five
// seconds. A process that hangs does not keep the server's stack from acknowledging them, and a server whose answers get
// lost sends again what was seen already.
//
// One such connection is possible, if larger transfers from other networks passed meanwhile. Likely takes repetition at
// the same amount: two at the same address within one segment of each other, begun apart, with smaller transfers from
// that address in between; or three to two addresses and more within 3 KB or four packets. Both with that control, and
// with a sign that the client's network was up meanwhile.

import type { Confidence } from '../../shared/domain/vocabulary.ts';
import { type Attempt, MARK, type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { isAcrossInternet } from '../observe/address.ts';
import { CONTROL_WINDOW, networkOf, workedAround } from '../observe/controls.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { siteName } from '../observe/invented-names.ts';
import { mayExpireOnTheWay } from '../observe/own-tool.ts';
import { seqDiff } from '../wire/seq.ts';
import {
  type AlternativeItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';

const RULE = 'data-cutoff/1';
/** [X] Amounts from the server, and packets of both directions, at which such filters were seen to act. */
const LEAST_BYTES = 12_000;
const MOST_BYTES = 24_576;
const LEAST_PACKETS = 20;
const MOST_PACKETS = 32;
/** How long the client tried in vain. */
const LEAST_SILENCE = 5 * SECOND;
const LEAST_TRIES = 2;
/** One segment; and what flows of one cause may differ by. */
const SEGMENT = 1_460;
const SAME_BYTES = 3_072;
const SAME_PACKETS = 4;
const APART = 3 * SECOND;
/** Larger than any such limit. */
const LARGE = 65_536;
const MAX_FRAMES = 64;
/** More connections than this, frozen or not, say no more. */
const ENOUGH = 64;

interface Freeze {
  readonly flow: TcpFlow;
  readonly bytes: number;
  /** Of both directions, without repetitions. */
  readonly packets: number;
  readonly last: PacketNote;
  readonly vain: readonly PacketNote[];
  readonly tries: number;
  readonly seconds: number;
}

export const dataCutoff: Detector = {
  rule: RULE,
  judges: ['data-cutoff'],
  detect(base, earlier) {
    if (base.capture.drops > 0) return [];
    const explained = new Set(earlier.flatMap(({ flow }) => (flow?.protocol === 'tcp' ? [flow.id] : [])));
    const freezes = base.tcp.flatMap((flow) => (explained.has(flow.id) ? [] : (freezeOf(flow, base) ?? [])));
    if (freezes.length === 0) return [];
    const around = new Surroundings(freezes, base);
    return freezes.flatMap((freeze) => judge(freeze, around, base) ?? []);
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    if (base.capture.offload) return 'offload';
    return base.capture.oneWayFlows > 0 && base.capture.oneWayShare >= 0.5 ? 'one-way' : null;
  },
};

function freezeOf(flow: TcpFlow, base: EvidenceBase): Freeze | null {
  if (flow.clientIsn === null || flow.serverIsn === null || flow.trigger === null) return null;
  if (!isAcrossInternet(flow.server.address) || flow.ended === 'cap' || mayExpireOnTheWay(flow)) return null;
  const { local } = base.capture;
  if (local.has(flow.server.address) && !local.has(flow.client.address)) return null;
  const { toClient, toServer } = flow;
  const bytes = toClient.bytes;
  // Offload joins segments: what the wire carried is counted by their size
  const carried = (one: TcpFlow['toClient']): number =>
    Math.max(one.packets - one.retransmitted, Math.ceil(one.bytes / SEGMENT));
  const packets = carried(toClient) + carried(toServer);
  const isAmount = bytes >= LEAST_BYTES && bytes <= MOST_BYTES;
  if (!isAmount && (bytes === 0 || packets < LEAST_PACKETS || packets > MOST_PACKETS)) return null;
  const ofServer = flow.packets.filter((packet) => !packet.fromClient);
  const last = ofServer.at(-1);
  if (last === undefined || ofServer.some((packet) => (packet.flags & (TCP_FLAG.rst | TCP_FLAG.fin)) !== 0))
    return null;
  const acknowledged = ofServer.reduce(
    (edge, { ack, flags }) => ((flags & TCP_FLAG.ack) !== 0 && seqDiff(ack, edge) > 0 ? ack : edge),
    last.ack,
  );
  const vain = flow.packets.filter(
    (packet) =>
      packet.fromClient &&
      packet.frame > last.frame &&
      (packet.flags & TCP_FLAG.rst) === 0 &&
      (packet.length > 0 || (packet.flags & TCP_FLAG.fin) !== 0) &&
      seqDiff(packet.seq + packet.length + ((packet.flags & TCP_FLAG.fin) !== 0 ? 1 : 0), acknowledged) > 0,
  );
  const first = vain[0];
  if (first === undefined) return null;
  // Of ordinary packets in a row only the last one was kept, so what it repeats is counted for the whole flow
  const ends = new Set(vain.map((packet) => packet.seq + packet.length));
  const isAgain = vain.some((packet) => (packet.marks & MARK.retransmission) !== 0);
  const tries = Math.max(vain.length - ends.size + 1, isAgain ? 1 + toServer.retransmitted : 0);
  const end = base.capture.ended ? base.capture.endTime : Math.min(base.capture.endTime, flow.lastTime);
  // The silence began with the last that came, and is known to have gone on to the client's last try
  const until = flow.ended === 'reused' ? vain.at(-1)!.time : end;
  const silent = Math.min(until, vain.at(-1)!.time + LEAST_SILENCE) - last.time;
  if (tries < LEAST_TRIES || silent < LEAST_SILENCE) return null;
  return { flow, bytes, packets, last, vain, tries, seconds: silent / SECOND };
}

interface Heard {
  readonly time: number;
  readonly frame: number;
}

/** What many freezes are judged by, found once. */
class Surroundings {
  readonly frozen: ReadonlySet<number>;
  readonly #base: EvidenceBase;
  readonly #freezes = new Map<string, Freeze[]>();
  readonly #large = new Map<string, Attempt[]>();
  /** Packets that reached a client, in order of time; found when first asked for. */
  #heard: Map<string, Heard[]> | null = null;

  constructor(freezes: readonly Freeze[], base: EvidenceBase) {
    this.#base = base;
    this.frozen = new Set(freezes.map(({ flow }) => flow.id));
    for (const freeze of freezes) append(this.#freezes, freeze.flow.client.address, freeze);
    for (const { client, transport, attempts } of base.index.entries()) {
      if (transport !== 'tcp' || !this.#freezes.has(client)) continue;
      for (const attempt of attempts)
        if (attempt.outcome === 'ok' && attempt.received >= LARGE) append(this.#large, client, attempt);
    }
  }

  /** Connections of the client that froze after the same amount, this one among them. */
  alike(freeze: Freeze): Freeze[] {
    const { flow, bytes, packets } = freeze;
    const alike = [freeze];
    for (const other of this.#freezes.get(flow.client.address)!) {
      if (alike.length >= ENOUGH) break;
      if (other === freeze || Math.abs(other.flow.firstTime - flow.firstTime) > CONTROL_WINDOW) continue;
      if (Math.abs(other.bytes - bytes) > SAME_BYTES && Math.abs(other.packets - packets) > SAME_PACKETS) continue;
      alike.push(other);
    }
    return alike.sort((a, b) => a.flow.id - b.flow.id);
  }

  /** Larger transfers from other networks. */
  large({ flow: { client, server, firstTime } }: Freeze): Attempt[] {
    const large: Attempt[] = [];
    for (const attempt of this.#large.get(client.address) ?? []) {
      if (large.length >= ENOUGH) break;
      if (Math.abs(attempt.firstTime - firstTime) > CONTROL_WINDOW) continue;
      if (networkOf(attempt.address) !== networkOf(server.address)) large.push(attempt);
    }
    return large;
  }

  /** A packet that reached the client within one of these spans, or null. */
  heardIn(client: string, spans: readonly { readonly from: number; readonly to: number }[]): number | null {
    this.#heard ??= this.#whatWasHeard();
    const heard = this.#heard.get(client) ?? [];
    for (const { from, to } of spans) {
      let low = 0;
      let high = heard.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (heard[middle]!.time <= from) low = middle + 1;
        else high = middle;
      }
      const next = heard[low];
      if (next !== undefined && next.time < to) return next.frame;
    }
    return null;
  }

  #whatWasHeard(): Map<string, Heard[]> {
    const found = new Map<string, Heard[]>();
    for (const { client, answers } of this.#base.exchanges)
      for (const answer of answers) append(found, client.address, answer);
    for (const { client, packets } of this.#base.tcp) {
      for (const packet of packets)
        if (!packet.fromClient && (packet.flags & TCP_FLAG.rst) === 0) append(found, client.address, packet);
    }
    for (const heard of found.values()) heard.sort((a, b) => a.time - b.time || a.frame - b.frame);
    return found;
  }
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function judge(freeze: Freeze, around: Surroundings, base: EvidenceBase): Draft | null {
  const { flow, bytes, packets, last, vain } = freeze;
  const { client, server, trigger } = flow;
  const small: Attempt[] = [];
  const here = { client: client.address, address: server.address };
  for (const attempt of workedAround(base, here, flow, CONTROL_WINDOW)) {
    if (attempt.transport !== 'tcp' || Math.abs(attempt.firstTime - flow.firstTime) > CONTROL_WINDOW) continue;
    // The same address delivers more: no limit. With another name it may, where that is exempt.
    if (attempt.received > MOST_BYTES + SAME_BYTES && attempt.name === trigger!.name) return null;
    if (attempt.received < LEAST_BYTES && !around.frozen.has(attempt.flow) && small.length < ENOUGH)
      small.push(attempt);
  }
  const large = around.large(freeze);
  if (large.length === 0) return null;
  const alike = around.alike(freeze);
  const addresses = new Set(alike.map((other) => other.flow.server.address));
  const exact = alike.filter(
    (other) => other.flow.server.address === server.address && Math.abs(other.bytes - bytes) <= SEGMENT,
  );
  const isRepeatedHere =
    small.length > 0 && exact.some((one) => exact.some((other) => other.flow.firstTime - one.flow.firstTime >= APART));
  const isRepeated = isRepeatedHere || (alike.length >= 3 && addresses.size >= 2);
  const heard = heardMeanwhile(alike, around);
  const confidence: Confidence = isRepeated && heard !== null ? 'likely' : 'possible';
  const frames = vain.map((packet) => packet.frame).slice(0, MAX_FRAMES);
  const facts: EvidenceItem[] = [
    evidence('frozen-after', 'supports', 'medium', { bytes, packets, tries: freeze.tries, seconds: freeze.seconds }, [
      last.frame,
      ...frames,
    ]),
  ];
  if (alike.length >= 2) {
    const amounts = alike.map((other) => other.bytes);
    facts.push(
      evidence(
        'same-amount',
        'supports',
        'medium',
        { flows: alike.length, addresses: addresses.size, least: Math.min(...amounts), most: Math.max(...amounts) },
        alike.map((other) => other.last.frame),
      ),
    );
  }
  const value = large[0]!.name ?? large[0]!.address;
  const params = { control: 'other-address', value, count: large.length };
  const worked = heard === null ? framesOf(large) : [...framesOf(large), heard];
  facts.push(evidence('control-ok', 'supports', 'medium', params, worked));
  if (small.length > 0) {
    const passed = { address: server.address, count: small.length };
    facts.push(evidence('smaller-passes', 'supports', 'medium', passed, framesOf(small)));
  }
  return {
    key: `cutoff ${flow.id}`,
    rule: RULE,
    confidence,
    trigger: { kind: 'unknown', value: null, confidence: 'inconclusive' },
    interference: { kind: 'cut-off', variant: 'frozen', direction: 'to-client' },
    stage: 'data',
    effect: 'stopped',
    place: 'unknown',
    target: { domain: siteName(flow, base), address: server.address, port: server.port },
    flow: { id: flow.id, protocol: 'tcp', client, server },
    dns: null,
    firstTime: flow.firstTime,
    lastTime: vain.at(-1)!.time,
    frames: { trigger: trigger!.frames, forged: [], genuine: [last.frame], affected: frames },
    evidence: facts,
    controls: [],
    alternatives: alternativesOf(freeze, isRepeatedHere || alike.length >= 3, heard !== null),
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}

/**
 * A packet that reached the client while it tried in vain, or the last one of a connection that was begun when another
 * one had been given up, and froze too. Null: none; what freezes together may have lost its network together.
 */
function heardMeanwhile(alike: readonly Freeze[], around: Surroundings): number | null {
  const spans = alike.map(({ vain }) => ({ from: vain[0]!.time, to: vain.at(-1)!.time }));
  const later = alike.find(({ flow }) => spans.some(({ to }) => flow.firstTime > to));
  return later?.last.frame ?? around.heardIn(alike[0]!.flow.client.address, spans);
}

function framesOf(attempts: readonly Attempt[]): number[] {
  return attempts.flatMap((attempt) => attempt.frames.slice(0, 1)).slice(0, MAX_FRAMES);
}

function alternativesOf({ flow, tries }: Freeze, isRepeated: boolean, isNetworkUp: boolean): AlternativeItem[] {
  const { address } = flow.server;
  const status = isRepeated ? 'weakened' : 'open';
  return [
    alternative('packet-loss', isRepeated ? 'ruled-out' : 'weakened', { retransmissions: tries - 1 }),
    alternative('server-down', status, { address }),
    alternative('network-down', isNetworkUp ? 'ruled-out' : 'open', {}),
    // Large segments passed already
    alternative('mtu-black-hole', 'ruled-out', { length: SEGMENT }),
    alternative('server-overloaded', 'weakened', { address }),
    alternative('local-filter', 'open', {}),
  ];
}

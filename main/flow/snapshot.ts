// Snapshots of flows as plain objects, and how each try to reach a target went.

import { PROTOCOL } from '../wire/packet.ts';
import { Dialogue, fingerprintOf } from './dialogue.ts';
import { RECORD_WORDS, S, W } from './flow-table.ts';
import { H, N, NOTE_WORDS } from './journal.ts';
import { QuicDialogue } from './quic-dialogue.ts';
import { isSlow } from './rate-traces.ts';
import {
  type Attempt,
  type AttemptOutcome,
  type ClientBasis,
  type DirectionTotals,
  type IcmpError,
  MARK,
  type PacketNote,
  TCP_FLAG,
  type TcpFlow,
  type TransferCourse,
  type TriggerRecord,
  type UdpFlow,
} from './records.ts';
import type { EndReason, Tracker } from './tracker.ts';

/** Packets lost from which on the course of a transfer may tell why. */
const LEAST_LOSSES = 10;
/** A silence shorter than this says nothing yet, nanoseconds. */
const SETTLED = 3e9;
/** The first retransmission of a SYN comes after 1 s (RFC 6298 §2.1); somewhat more, for slow clocks. */
const SYN_RETRY = 1.1e9;

/** Whether low is the client, and why. */
export function clientOf(tracker: Tracker, record: number): { low: boolean; basis: ClientBasis } {
  const state = tracker.table.words[record * RECORD_WORDS + W.state]!;
  if (state & S.synLow && !(state & S.synHigh)) return { low: true, basis: 'syn' };
  if (state & S.synHigh && !(state & S.synLow)) return { low: false, basis: 'syn' };
  if (state & S.requestLow) return { low: true, basis: (state & 255) === PROTOCOL.tcp ? 'request' : 'first-seen' };
  if (state & S.requestHigh) return { low: false, basis: (state & 255) === PROTOCOL.tcp ? 'request' : 'first-seen' };
  if (state & S.synAckHigh) return { low: true, basis: 'syn-ack' };
  if (state & S.synAckLow) return { low: false, basis: 'syn-ack' };
  const lowPort = tracker.port(record, true);
  const highPort = tracker.port(record, false);
  if (lowPort !== highPort && (lowPort < 1_024 || highPort < 1_024 || Math.abs(lowPort - highPort) > 10_000)) {
    return { low: lowPort > highPort, basis: 'ephemeral-port' };
  }
  const first = firstNote(tracker, record);
  return { low: first === null ? true : first, basis: 'first-seen' };
}

function firstNote(tracker: Tracker, record: number): boolean | null {
  const head = tracker.table.words[record * RECORD_WORDS + W.journal]!;
  if (head < 0) return null;
  const words = tracker.journal.words;
  const note = words[head * NOTE_WORDS]!;
  return note < 0 ? null : ((words[note * NOTE_WORDS + N.header]! >>> 24) & 1) === 1;
}

/** The notes of a flow in capture order. */
function notesOf(tracker: Tracker, record: number, clientLow: boolean): PacketNote[] {
  const notes: PacketNote[] = [];
  const head = tracker.table.words[record * RECORD_WORDS + W.journal]!;
  if (head < 0) return notes;
  const j = tracker.journal.words;
  for (let note = j[head * NOTE_WORDS]!; note >= 0; note = j[note * NOTE_WORDS]!) {
    const n = note * NOTE_WORDS;
    const header = j[n + N.header]!;
    const identity = j[n + N.identity]!;
    const lengthWindow = j[n + N.lengthWindow]!;
    const copyFrames = tracker.copies.get(note);
    notes.push({
      frame: j[n + N.frame]! >>> 0,
      time: tracker.journal.times[(n + N.time) >> 1]!,
      fromClient: ((header >>> 24) & 1) === (clientLow ? 1 : 0),
      flags: header & 0xfff,
      seq: j[n + N.seq]! >>> 0,
      ack: j[n + N.ack]! >>> 0,
      length: lengthWindow & 0xffff,
      window: lengthWindow >>> 16,
      ttl: (header >>> 12) & 255,
      ipId: (identity & 0x1ffff) - 1,
      df: ((header >>> 25) & 1) === 1,
      tsval: (header >>> 26) & 1 ? j[n + N.tsval]! >>> 0 : -1,
      optionBytes: ((header >>> 20) & 15) << 2,
      marks: (identity >>> 17) & 255,
      duplicates: j[n + N.duplicates]!,
      head: tracker.heads.get(note) ?? '',
      ...(copyFrames === undefined ? {} : { copyFrames: [...copyFrames] }),
    });
  }
  // A rolled note stands where its direction's first one stood
  notes.sort((a, b) => a.frame - b.frame);
  return notes;
}

function totals(tracker: Tracker, record: number, low: boolean): DirectionTotals {
  const w = record * RECORD_WORDS;
  const words = tracker.table.words;
  const head = words[w + W.journal]!;
  const h = head * NOTE_WORDS;
  const j = tracker.journal.words;
  const state = words[w + W.state]!;
  const ttls = words[w + W.ttls]!;
  const repeats = head < 0 ? 0 : j[h + H.repeats]!;
  const duplicates = head < 0 ? 0 : j[h + H.duplicates]!;
  return {
    packets: words[w + (low ? W.packetsLow : W.packetsHigh)]! >>> 0,
    dataPackets: head < 0 ? 0 : j[h + (low ? H.dataLow : H.dataHigh)]! >>> 0,
    bytes: head < 0 ? 0 : j[h + (low ? H.bytesLow : H.bytesHigh)]! >>> 0,
    retransmitted: low ? repeats & 0xfff : (repeats >>> 12) & 0xfff,
    duplicates: low ? duplicates & 0xffff : duplicates >>> 16,
    ttlMin: low ? ttls & 255 : (ttls >>> 16) & 255,
    ttlMax: low ? (ttls >>> 8) & 255 : ttls >>> 24,
    sawDf: (state & (low ? S.dfLow : S.dfHigh)) !== 0,
    sawNoDf: (state & (low ? S.noDfLow : S.noDfHigh)) !== 0,
  };
}

/** Time exceeded answers a probe; it is no error of the flow. */
function isErrorOfFlow(error: IcmpError): boolean {
  return error.type !== (error.v6 ? 3 : 11);
}

/** Null: the flow has no journal (the budget was spent). */
export function tcpFlow(tracker: Tracker, record: number, ended: EndReason): TcpFlow | null {
  const id = tracker.flowId(record);
  if (id === 0) return null;
  const { low, basis } = clientOf(tracker, record);
  const packets = notesOf(tracker, record, low);
  if (packets.length === 0) return null;
  const detail = tracker.detail(record);
  const dialogue = detail instanceof Dialogue ? detail : null;
  const isn = (fromClient: boolean): number | null => {
    const note = packets.find(
      (packet) => packet.fromClient === fromClient && packet.flags & TCP_FLAG.syn && !(packet.flags & TCP_FLAG.rst),
    );
    return note === undefined ? null : note.seq;
  };
  const head = tracker.table.words[record * RECORD_WORDS + W.journal]!;
  return {
    id,
    client: { address: tracker.address(record, low), port: tracker.port(record, low) },
    server: { address: tracker.address(record, !low), port: tracker.port(record, !low) },
    clientBasis: basis,
    v6: (tracker.table.words[record * RECORD_WORDS + W.state]! & S.v6) !== 0,
    firstTime: packets[0]!.time,
    lastTime: packets.at(-1)!.time,
    ended,
    packets,
    unkept: tracker.journal.words[head * NOTE_WORDS + H.counts]! >>> 16,
    toServer: totals(tracker, record, low),
    toClient: totals(tracker, record, !low),
    trigger: dialogue?.trigger() ?? plainTrigger(packets),
    reply: dialogue?.reply ?? null,
    icmp: tracker.icmpByFlow.get(id) ?? [],
    clientIsn: isn(true),
    serverIsn: isn(false),
    opening: tracker.openings.get(record) ?? null,
    rate: rateOf(tracker, record, low, ended),
  };
}

/** A copy of the transfer's course where packets were lost or it was slow: the tracker goes on filling its own. */
function rateOf(tracker: Tracker, record: number, clientLow: boolean, ended: EndReason): TransferCourse | null {
  const trace = tracker.rates.of(record);
  if (trace === null || (trace.repeats + trace.gaps < LEAST_LOSSES && !isSlow(trace))) return null;
  // A flow that goes on is asked again, and its copy forgotten
  if (ended !== 'open' && !tracker.rates.mayKeep(trace.count)) return null;
  return {
    fromClient: trace.low === clientLow,
    skipped: trace.skipped,
    times: trace.times.slice(0, trace.count),
    numbers: trace.numbers.slice(0, trace.count),
    lengths: trace.lengths.slice(0, trace.count),
    frames: trace.frames.slice(0, trace.count),
    stamps: trace.stamps.slice(0, trace.count),
  };
}

/** First client payload of a protocol that names nothing. */
function plainTrigger(packets: readonly PacketNote[]): TriggerRecord | null {
  const first = packets.find(
    (packet) =>
      packet.fromClient &&
      packet.length > 0 &&
      !(packet.marks & (MARK.keepAlive | MARK.rolled)) &&
      !(packet.flags & TCP_FLAG.rst),
  );
  if (first === undefined) return null;
  const seq = (first.seq + (first.flags & TCP_FLAG.syn ? 1 : 0)) >>> 0;
  return {
    kind: 'other',
    frames: [first.frame],
    firstTime: first.time,
    time: first.time,
    seq,
    endSeq: (seq + first.length) >>> 0,
    name: null,
    hello: null,
    ja4: null,
    http: null,
    head: '',
    truncated: (first.marks & MARK.cut) !== 0,
  };
}

export function udpFlow(tracker: Tracker, record: number): UdpFlow | null {
  const id = tracker.flowId(record);
  if (id === 0) return null;
  const { low } = clientOf(tracker, record);
  const words = tracker.table.words;
  const w = record * RECORD_WORDS;
  const head = words[w + W.journal]!;
  if (head < 0) return null;
  // Asked of every open flow with every judgement: no object a note
  const j = tracker.journal.words;
  const sent: number[] = [];
  const received: number[] = [];
  let first = -1;
  let last = -1;
  let clientTtl = 255;
  for (let note = j[head * NOTE_WORDS]!; note >= 0; note = j[note * NOTE_WORDS]!) {
    const frame = j[note * NOTE_WORDS + N.frame]! >>> 0;
    const header = j[note * NOTE_WORDS + N.header]!;
    const isFromClient = ((header >>> 24) & 1) === (low ? 1 : 0);
    (isFromClient ? sent : received).push(frame);
    if (isFromClient) clientTtl = Math.min(clientTtl, (header >>> 12) & 255);
    if (first < 0 || frame < j[first * NOTE_WORDS + N.frame]! >>> 0) first = note;
    if (last < 0 || frame >= j[last * NOTE_WORDS + N.frame]! >>> 0) last = note;
  }
  if (first < 0) return null;
  const time = (note: number): number => tracker.journal.times[(note * NOTE_WORDS + N.time) >> 1]!;
  const side = (fromClient: boolean): UdpFlow['sent'] => ({
    datagrams: words[w + (fromClient === low ? W.packetsLow : W.packetsHigh)]! >>> 0,
    // A rolled note stands where its direction's first one stood
    frames: (fromClient ? sent : received).sort((a, b) => a - b),
  });
  const detail = tracker.detail(record);
  const quic = detail instanceof QuicDialogue ? detail : null;
  return {
    id,
    client: { address: tracker.address(record, low), port: tracker.port(record, low) },
    server: { address: tracker.address(record, !low), port: tracker.port(record, !low) },
    v6: (words[w + W.state]! & S.v6) !== 0,
    firstTime: time(first),
    lastTime: time(last),
    protocol: quic === null ? (tracker.tunnels.get(record) ?? 'other') : 'quic',
    name: quic?.name ?? null,
    sent: side(true),
    received: side(false),
    clientTtl,
    icmp: tracker.icmpByFlow.get(id) ?? [],
  };
}

/** Whether a TCP flow deserves a snapshot. Reads a few words only: it is asked of every flow. */
export function isNotable(tracker: Tracker, record: number): boolean {
  const state = tracker.table.words[record * RECORD_WORDS + W.state]!;
  if (state & (S.notable | S.rstLow | S.rstHigh)) return true;
  const request = state & (S.requestLow | S.requestHigh) || state & (S.dataLow | S.dataHigh);
  // Something was sent and nothing came back, or the other side said goodbye at once
  if ((state & S.answered) === 0) return request !== 0;
  // It answered once, and then further bytes, or a FIN sent again, were never acknowledged
  const words = tracker.table.words;
  const w = record * RECORD_WORDS;
  const head = words[w + W.journal]!;
  const repeats = head < 0 ? 0 : tracker.journal.words[head * NOTE_WORDS + H.repeats]! & 0xffffff;
  const single = repeats === 0 ? 1 : 0;
  const fromLow = (words[w + W.nextLow]! - words[w + W.ackHigh]! - (state & S.finLow ? single : 0)) | 0;
  const fromHigh = (words[w + W.nextHigh]! - words[w + W.ackLow]! - (state & S.finHigh ? single : 0)) | 0;
  // Of the server's last bytes the client may simply have had no time to say so
  const isLowClient = (state & (S.synLow | S.requestLow)) !== 0;
  const isHighClient = (state & (S.synHigh | S.requestHigh)) !== 0;
  return (isLowClient && fromLow > 0) || (isHighClient && fromHigh > 0);
}

/** SYN, RST with the SYN's acknowledgement, nothing else: a closed port says that, and scans see it by the thousand. */
export function isPlainRefusal(tracker: Tracker, record: number): boolean {
  const words = tracker.table.words;
  const w = record * RECORD_WORDS;
  const state = words[w + W.state]!;
  return (
    (state & (S.synAckLow | S.synAckHigh | S.dataLow | S.dataHigh | S.notable)) === 0 &&
    (state & (S.synLow | S.synHigh)) !== 0 &&
    (state & (S.rstLow | S.rstHigh)) !== 0 &&
    words[w + W.packetsLow]! + words[w + W.packetsHigh]! <= 6
  );
}

/** What the notes of a flow say of its opening, read in place: this is asked of every flow. */
class Opening {
  firstTime = 0;
  lastTime = 0;
  /** SYNs of the client: first and last time, count, frames (at most 16), and whether one carried data. */
  syns = 0;
  synFirst = 0;
  synLast = 0;
  frames: number[] = [];
  synData = false;
  synTtl = 0;
  /** First payload of the client. */
  asked = 0;
  /** Whether the server's first payload came before its first reset, where there was one. */
  answeredBeforeReset = false;
}

/** Used again for every flow. */
const OPENING = new Opening();

function openingOf(tracker: Tracker, record: number, clientLow: boolean): Opening | null {
  const head = tracker.table.words[record * RECORD_WORDS + W.journal]!;
  const j = tracker.journal.words;
  const times = tracker.journal.times;
  let frames: number[] | null = null;
  let firstTime = Number.NaN;
  let lastTime = Number.NaN;
  let syns = 0;
  let synFirst = 0;
  let synLast = 0;
  let synData = false;
  let synTtl = 0;
  let asked = Number.NaN;
  let firstAnswer = Number.POSITIVE_INFINITY;
  let firstReset = Number.POSITIVE_INFINITY;
  let first = -1;
  for (let note = j[head * NOTE_WORDS]!; note >= 0; note = j[note * NOTE_WORDS]!) {
    const n = note * NOTE_WORDS;
    const time = times[(n + N.time) >> 1]!;
    if (first < 0) {
      first = note;
      firstTime = time;
      lastTime = time;
    } else if (time > lastTime) lastTime = time;
    const header = j[n + N.header]!;
    const length = j[n + N.lengthWindow]! & 0xffff;
    if (((header >>> 24) & 1) !== (clientLow ? 1 : 0)) {
      if (header & TCP_FLAG.rst) firstReset = Math.min(firstReset, time);
      else if (length > 0) firstAnswer = Math.min(firstAnswer, time);
      continue;
    }
    if ((header & (TCP_FLAG.syn | TCP_FLAG.ack | TCP_FLAG.rst)) === TCP_FLAG.syn) {
      if (syns++ === 0) {
        synFirst = time;
        synTtl = (header >>> 12) & 255;
      }
      synLast = time;
      // The reset answered an earlier try
      firstReset = Number.POSITIVE_INFINITY;
      if (length > 0) synData = true;
      const frame = j[n + N.frame]! >>> 0;
      if (frames === null) frames = [frame];
      else if (frames.length < 16) frames.push(frame);
    } else if (length > 0 && Number.isNaN(asked)) asked = time;
  }
  if (first < 0) return null;
  const opening = OPENING;
  opening.firstTime = firstTime;
  opening.lastTime = lastTime;
  opening.syns = syns;
  opening.synFirst = synFirst;
  opening.synLast = synLast;
  opening.frames = frames ?? [j[first * NOTE_WORDS + N.frame]! >>> 0];
  opening.synData = synData;
  opening.synTtl = synTtl;
  opening.asked = Number.isNaN(asked) ? firstTime : asked;
  opening.answeredBeforeReset = firstAnswer < firstReset;
  return opening;
}

/** How a TCP flow's try went, or null where there was none to speak of (joined midway, no request). */
export function tcpAttempt(tracker: Tracker, record: number, ended: EndReason): Attempt | null {
  const words = tracker.table.words;
  const w = record * RECORD_WORDS;
  const state = words[w + W.state]!;
  const detail = tracker.detail(record);
  const dialogue = detail instanceof Dialogue ? detail : null;
  if ((state & (S.synLow | S.synHigh)) === 0 && dialogue === null) return null;
  const id = tracker.flowId(record);
  if (id === 0) return null;
  const { low } = clientOf(tracker, record);
  const opening = openingOf(tracker, record, low);
  if (opening === null) return null;
  const h = words[w + W.journal]! * NOTE_WORDS;
  const j = tracker.journal.words;
  const turns = j[h + H.repeats]! >>> 24;
  const ttls = words[w + W.ttls]!;
  const ttlMin = low ? ttls & 255 : (ttls >>> 16) & 255;
  const hello = dialogue?.hello ?? null;
  const name = dialogue?.name ?? null;
  return {
    flow: id,
    client: tracker.address(record, low),
    address: tracker.address(record, !low),
    port: tracker.port(record, !low),
    transport: 'tcp',
    name,
    nameFrom: name === null ? 'none' : dialogue?.kind === 'tls' ? 'sni' : dialogue?.kind === 'http' ? 'host' : 'none',
    ja4: fingerprintOf(hello),
    helloLength: hello?.length ?? null,
    firstTime: opening.firstTime,
    lastTime: opening.lastTime,
    outcome: outcomeOf(tracker, record, low, opening, turns, dialogue?.kind === 'tls', ended),
    tries: opening.syns,
    frames: opening.frames,
    trySpan: opening.syns > 1 ? (opening.synLast - opening.synFirst) / 1e9 : 0,
    received: j[h + (low ? H.bytesHigh : H.bytesLow)]! >>> 0,
    rounds: (turns + 1) >> 1,
    clientTtl: ttlMin < 255 || opening.syns === 0 ? ttlMin : opening.synTtl,
    synData: opening.synData,
  };
}

function outcomeOf(
  tracker: Tracker,
  record: number,
  low: boolean,
  opening: Opening,
  turns: number,
  isTls: boolean,
  ended: EndReason,
): AttemptOutcome {
  const words = tracker.table.words;
  const w = record * RECORD_WORDS;
  const state = words[w + W.state]!;
  const clientData = (state & (low ? S.dataLow : S.dataHigh)) !== 0;
  const serverData = (state & (low ? S.dataHigh : S.dataLow)) !== 0;
  const synAck = (state & (low ? S.synAckHigh : S.synAckLow)) !== 0;
  const serverReset = (state & (low ? S.rstHigh : S.rstLow)) !== 0;
  const clientReset = (state & (low ? S.rstLow : S.rstHigh)) !== 0;
  const serverFin = (state & (low ? S.finHigh : S.finLow)) !== 0;
  const serverPackets = words[w + (low ? W.packetsHigh : W.packetsLow)]! >>> 0;
  const clientPackets = words[w + (low ? W.packetsLow : W.packetsHigh)]! >>> 0;
  const errors = tracker.icmpByFlow.get(tracker.flowId(record));
  const isError = errors?.some(isErrorOfFlow) ?? false;

  if (clientData && serverData) {
    // A reset before the client took a second turn: of TLS, only part of the handshake came before it
    if (serverReset && turns < 2 && (isTls || !opening.answeredBeforeReset)) return 'reset';
    return turns >= 1 ? 'ok' : 'connected';
  }
  if (serverData) return clientPackets === 0 ? 'unknown' : 'connected';
  if (opening.syns > 0 && !synAck) {
    if (serverReset) return 'refused';
    if (isError) return 'icmp-error';
    if (clientData) return 'unknown';
    if (clientReset && opening.syns === 1) return 'cancelled';
    // Its place in the table was given away: the answer may have come later
    if (ended === 'cap') return 'unknown';
    if (opening.syns >= 2) return 'unanswered';
    return tracker.now - opening.lastTime < SYN_RETRY ? 'unknown' : 'cancelled';
  }
  if (serverReset) return 'reset';
  if (clientData) {
    if (serverFin) return 'closed-after-request';
    // Only one side was captured: its silence is the capture's
    if (serverPackets === 0 || ended === 'cap' || tracker.now - opening.asked < SETTLED) return 'unknown';
    return isError ? 'icmp-error' : 'silent-after-request';
  }
  return synAck ? 'connected' : 'unknown';
}

/** How a UDP flow's try went; null where the other side began it or its first packets were not captured. */
export function udpAttempt(tracker: Tracker, flow: UdpFlow, ended: EndReason): Attempt {
  const answered = flow.received.datagrams > 0;
  const isError = flow.icmp.some(isErrorOfFlow);
  const quiet = tracker.now - flow.firstTime;
  let outcome: AttemptOutcome = 'ok';
  if (!answered) outcome = isError ? 'icmp-error' : ended === 'cap' || quiet < SETTLED ? 'unknown' : 'unanswered';
  return {
    flow: flow.id,
    client: flow.client.address,
    address: flow.server.address,
    port: flow.server.port,
    transport: flow.protocol === 'quic' ? 'quic' : 'udp',
    name: flow.name,
    nameFrom: flow.name === null ? 'none' : 'sni',
    ja4: null,
    helloLength: null,
    firstTime: flow.firstTime,
    lastTime: flow.lastTime,
    outcome,
    tries: flow.sent.datagrams,
    frames: flow.sent.frames.slice(0, 16),
    trySpan: flow.sent.datagrams > 1 ? (flow.lastTime - flow.firstTime) / 1e9 : 0,
    received: flow.received.datagrams,
    rounds: Math.min(flow.sent.datagrams, flow.received.datagrams),
    clientTtl: 0,
    synData: false,
  };
}

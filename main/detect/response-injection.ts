// Replies that the server did not give: another page in place of the one asked for, or other data in the stream.
//
// Impossible: the same part of the stream with different bytes. A server sends again what it sent before.
// Families beside it: the handwriting of another stack (hop count, DF, IP ID and window of the client, one IP ID on
// many packets, no timestamps), a reply that does not acknowledge the request, one that came sooner than a packet goes
// to the server and back, and a page known as a block page after those that only look like one.
//
// Confirmed: the impossibility and a family, or a known page and another family. Likely: the impossibility alone; a known
// page alone (one of an imported list alone is possible, with a mark of another hand likely); two marks of handwriting of which one is strong; or one strong mark where the reply also leads to somebody
// else's site and ends the connection at once, came too soon, or overlooks the request. In other plain protocols whose
// server greets (mail, FTP) only the impossibility counts: confirmed with a mark, else likely. Less accuses nobody: a balancer
// in front of several servers writes in several hands. In TLS only the impossibility counts, and not alone.
// In other plain protocols whose server greets (mail, FTP) it counts too: confirmed with a mark, else likely.

import { type Confidence, surest, weaker } from '../../shared/domain/vocabulary.ts';
import type { PacketNote, TcpFlow } from '../flow/records.ts';
import { TCP_FLAG } from '../flow/records.ts';
import { isAcrossInternet, isLocalNetwork } from '../observe/address.ts';
import { type EvidenceBase, MILLISECOND } from '../observe/evidence-base.ts';
import { ConstantIds, type ReplyFacts, replyFacts } from '../observe/replies.ts';
import {
  type AlternativeItem,
  type AttributionItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';
import { attributeReply } from './fingerprints.ts';
import { injectorOfReplies, type MadeReplies } from './reset-location.ts';
import { attributeTrigger } from './trigger.ts';

const PAGE_RULE = 'http-blockpage/1';
const DATA_RULE = 'data-injection/1';
const MAX_FRAMES = 64;
/** Refusals and replacements that come as a page. */
const PAGE_STATUS: readonly number[] = [401, 402, 403, 404, 410, 451, 503];
/** RFC 6585 §6: one has to sign in to the network first. */
const PORTAL_STATUS = 511;
const TIMEOUT_STATUS = 408;

export const responseInjection: Detector = {
  rule: PAGE_RULE,
  judges: ['http-blockpage', 'data-injection'],
  rules: { 'data-injection': DATA_RULE },
  detect(base) {
    const ids = new ConstantIds(base);
    const judged: { facts: ReplyFacts; confidence: Confidence }[] = [];
    for (const flow of base.tcp) {
      if (!isJudged(flow, base)) continue;
      const facts = replyFacts(flow, base, ids);
      const confidence = facts === null ? null : levelOf(facts);
      if (facts !== null && confidence !== null) judged.push({ facts, confidence });
    }
    const ended = new Set(judged.map(({ facts }) => facts.flow.id));
    const made = new Map<string, MadeReplies>();
    for (const { facts } of judged) {
      const { address } = facts.flow.server;
      const ofAddress = made.get(address) ?? { flows: 0, ttls: new Set() };
      if (ofAddress.flows++ === 0) made.set(address, ofAddress);
      for (const { ttl } of facts.suspects) ofAddress.ttls.add(ttl);
    }
    return judged.map(({ facts, confidence }) => ({
      ...draftOf(facts, confidence, base, ended),
      injector: injectorOfReplies(facts, made.get(facts.flow.server.address)!),
    }));
  },
  limitedBy(base) {
    const { capture } = base;
    if (capture.tcpFlows > 0 && capture.oneWayShare > 0.5) return 'one-way';
    return capture.cutFrames > 0 ? 'snaplen' : null;
  },
};

/** What comes to a client from across the Internet; at the server nobody sees what is put in its place. */
function isJudged(flow: TcpFlow, base: EvidenceBase): boolean {
  if (flow.trigger === null || !isAcrossInternet(flow.server.address)) return false;
  const { local } = base.capture;
  return !(local.has(flow.server.address) && !local.has(flow.client.address));
}

/** Marks of another stack, and how many of them no balancer or proxy leaves. */
function marksOf({ handwriting }: ReplyFacts): { all: number; strong: number } {
  const { ttl, df, ipIdMirror, windowMirror, ipIdConstant, stampMissing } = handwriting;
  const strong = [ttl, ipIdMirror, ipIdConstant].filter((mark) => mark !== null).length;
  return { all: strong + [df, windowMirror, stampMissing].filter((mark) => mark !== null).length, strong };
}

function levelOf(facts: ReplyFacts): Confidence | null {
  const level = ownLevelOf(facts);
  const { page, tooSoon } = facts;
  if (page?.kind !== 'listed' || page.vague === true || facts.flow.trigger!.kind !== 'http-request') return level;
  // Nobody here checked an imported list, so its word alone is worth less than that of a page known here
  const isMarked = marksOf(facts).all > 0 || tooSoon !== null;
  const listed = isMarked && !isPortal(facts) ? 'likely' : 'possible';
  return level === null ? listed : surest(level, listed);
}

function ownLevelOf(facts: ReplyFacts): Confidence | null {
  const { flow, conflict, fin, redirect, tooSoon } = facts;
  const page = facts.page?.kind === 'listed' ? null : facts.page;
  const { all, strong } = marksOf(facts);
  const isHttp = flow.trigger!.kind === 'http-request';
  // Mail and other plain protocols: two answers in one place, as in HTTP
  if (flow.reply === null) return conflict === null ? null : all > 0 ? 'confirmed' : 'likely';
  if (!isHttp) return conflict !== null && all >= 2 ? 'likely' : null;
  // A server that tires of waiting says so before it has read anything
  const isEarly = facts.unacknowledged > 0 && flow.reply!.http?.status !== TIMEOUT_STATUS;
  const families = (all > 0 ? 1 : 0) + (isEarly ? 1 : 0) + (tooSoon !== null ? 1 : 0) + (page !== null ? 1 : 0);
  if (conflict !== null) return families > 0 ? 'confirmed' : 'likely';
  if (page !== null) return families > 1 ? 'confirmed' : isPortal(facts) ? 'possible' : 'likely';
  const isElsewhere = redirect !== null && fin;
  // All that is known of the server is its SYN-ACK, which a proxy in front of it may have made
  const isThin = facts.genuine.every((packet) => (packet.flags & TCP_FLAG.syn) !== 0);
  if (strong > 0 && all >= 2 && fin && !isThin) return isPortal(facts) ? 'possible' : 'likely';
  if (strong > 0 && (isElsewhere || isEarly) && (!isThin || all >= 2)) return isPortal(facts) ? 'possible' : 'likely';
  if (strong > 0 && tooSoon !== null && fin) return isPortal(facts) ? 'possible' : 'likely';
  if (tooSoon !== null && tooSoon.samples >= 2 && isElsewhere) return 'possible';
  return null;
}

/** A network to which one has to sign in first leads to its own gateway, or says so. */
function isPortal({ flow, redirect }: ReplyFacts): boolean {
  if (flow.reply?.http?.status === PORTAL_STATUS) return true;
  const host = redirect === null ? null : /^https?:\/\/([^/:?#]+)/i.exec(redirect)?.[1];
  return host != null && isLocalNetwork(host);
}

function draftOf(facts: ReplyFacts, confidence: Confidence, base: EvidenceBase, ended: ReadonlySet<number>): Draft {
  const { flow, suspects, genuine, conflict } = facts;
  const trigger = flow.trigger!;
  const first = suspects[0]!;
  const isPage = pageOf(facts);
  const attributed = attributeTrigger(flow, base, ended);
  const isOther = confidence === 'confirmed' || conflict !== null || marksOf(facts).strong > 0;
  const wasLate = conflict !== null && first === conflict.second;
  return {
    key: `response ${flow.id}`,
    rule: isPage === null ? DATA_RULE : PAGE_RULE,
    confidence,
    trigger: {
      kind: attributed.kind,
      value: attributed.value,
      confidence: weaker(attributed.confidence, confidence),
    },
    interference: {
      kind: isPage === null ? 'data-injection' : 'block-page',
      variant: isPage ?? (wasLate ? 'late' : 'in-place'),
      direction: 'to-client',
    },
    stage: 'response',
    effect: wasLate ? 'survived' : 'stopped',
    place: isOther ? 'path' : 'unknown',
    target: { domain: trigger.name, address: flow.server.address, port: flow.server.port },
    flow: { id: flow.id, protocol: 'tcp', client: flow.client, server: flow.server },
    dns: null,
    firstTime: trigger.firstTime,
    lastTime: Math.max(first.time, ...genuine.map((packet) => packet.time)),
    frames: {
      trigger: flow.reply === null ? askedBefore(flow, first) : trigger.frames,
      forged: suspects.map((packet) => packet.frame),
      genuine: genuine.map((packet) => packet.frame).slice(0, MAX_FRAMES),
      affected: affectedBy(flow, first),
    },
    evidence: [...evidenceOf(facts), ...attributed.evidence],
    controls: attributed.controls,
    alternatives: alternativesOf(facts, confidence),
    attribution: attributionOf(facts),
    injector: null,
    causedBy: null,
    residual: false,
  };
}

/** How a page in place of the one asked for comes, or null where the forged reply is none. */
function pageOf({ flow, fin, redirect, page }: ReplyFacts): string | null {
  if (flow.trigger!.kind !== 'http-request') return null;
  if (redirect !== null) return 'redirect';
  const http = flow.reply!.http;
  if (page !== null || fin || (http !== null && PAGE_STATUS.includes(http.status))) return 'page';
  return null;
}

/** In a dialogue without names: what the client said last. */
function askedBefore(flow: TcpFlow, answer: PacketNote): number[] {
  const asked = flow.packets.findLast(
    (packet) => packet.fromClient && packet.length > 0 && packet.frame < answer.frame,
  );
  return asked === undefined ? [] : [asked.frame];
}

/** Resets of the client for what the server still sent. */
function affectedBy(flow: TcpFlow, first: PacketNote): number[] {
  return flow.packets
    .filter((packet) => packet.fromClient && packet.frame > first.frame && (packet.flags & TCP_FLAG.rst) !== 0)
    .map((packet) => packet.frame)
    .slice(0, MAX_FRAMES);
}

function evidenceOf(facts: ReplyFacts): EvidenceItem[] {
  const { flow, suspects, genuine, conflict, handwriting, page, redirect, tooSoon, fin } = facts;
  const first = suspects[0]!;
  const items: EvidenceItem[] = [];
  if (conflict !== null) {
    const gapMs = (conflict.second.time - conflict.first.time) / MILLISECOND;
    items.push(
      evidence('stream-rewritten', 'supports', 'strong', { gapMs }, [conflict.first.frame, conflict.second.frame]),
    );
  }
  if (page?.kind === 'listed') {
    const params = { list: page.source, entry: page.system };
    const [role, strength] = page.vague ? (['neutral', 'weak'] as const) : (['supports', 'medium'] as const);
    items.push(evidence('listed-page', role, strength, params, [first.frame]));
  } else if (page !== null) {
    items.push(
      evidence('known-page', 'supports', 'strong', { system: page.system, source: page.source }, [first.frame]),
    );
  }
  const frames = [first.frame, ...genuine.slice(0, 3).map((packet) => packet.frame)];
  const { ttl, df, ipIdMirror, windowMirror, ipIdConstant, stampMissing } = handwriting;
  if (ttl !== null) items.push(evidence('ttl-differs', 'supports', 'medium', ttl, frames));
  if (df !== null) items.push(evidence('df-differs', 'supports', 'medium', df, frames));
  if (ipIdMirror !== null) {
    const { ipId, peerIpId, peerFrame } = ipIdMirror;
    items.push(evidence('ip-id-mirrors-peer', 'supports', 'strong', { ipId, peerIpId }, [first.frame, peerFrame]));
  }
  if (ipIdConstant !== null) {
    const { ipId, packets } = ipIdConstant;
    items.push(evidence('ip-id-constant', 'supports', 'strong', { ipId, packets }, ipIdConstant.frames));
  }
  if (windowMirror !== null) {
    items.push(evidence('window-mirrors-peer', 'supports', 'medium', { window: windowMirror }, frames));
  }
  if (stampMissing !== null) {
    items.push(evidence('timestamp-missing', 'supports', 'weak', { packets: stampMissing }, frames));
  }
  if (facts.unacknowledged > 0 && flow.trigger!.kind === 'http-request') {
    items.push(
      evidence('request-overlooked', 'supports', 'medium', { bytes: facts.unacknowledged }, [
        ...flow.trigger!.frames,
        first.frame,
      ]),
    );
  }
  if (tooSoon !== null) {
    const { elapsed, leastRtt, samples } = tooSoon;
    const params = { elapsedMs: elapsed / MILLISECOND, leastRttMs: leastRtt / MILLISECOND, samples };
    items.push(evidence('too-soon', 'supports', 'medium', params, [first.frame]));
  }
  if (redirect !== null) {
    const params = { name: flow.trigger!.name!, location: redirect.slice(0, 200) };
    items.push(evidence('redirect-elsewhere', 'supports', 'weak', params, [first.frame]));
  }
  if (fin) items.push(evidence('reply-with-end', 'supports', 'weak', { bytes: first.length }, [first.frame]));
  return items;
}

function alternativesOf(facts: ReplyFacts, confidence: Confidence): AlternativeItem[] {
  const { flow, conflict } = facts;
  const { address } = flow.server;
  const isImpossible = conflict !== null;
  return [
    alternative('server-policy', isImpossible || confidence === 'confirmed' ? 'ruled-out' : 'weakened', {
      name: flow.trigger!.name ?? address,
    }),
    alternative('load-balancer', isImpossible ? 'ruled-out' : 'weakened', { address }),
    alternative('captive-portal', isPortal(facts) ? 'open' : 'weakened', { address }),
    alternative('middlebox-proxy', 'open', {}),
    alternative('local-filter', 'open', {}),
  ];
}

function attributionOf(facts: ReplyFacts): AttributionItem[] {
  const found: AttributionItem[] = [];
  const { page } = facts;
  if (page !== null && page.vague !== true) {
    const { system, country, source, date } = page;
    found.push({ system, country, matched: ['page'], source, date });
  }
  found.push(...attributeReply(facts));
  return found;
}

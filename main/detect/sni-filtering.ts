// Filtering by a name without a reset: hellos and requests that are swallowed, muted or cut off after a few packets,
// connections closed with a bare FIN, and TLS alerts that the server did not send.
//
// A dead backend, a narrow path and a bad link look alike, so silence needs a control and repetition to be likely, and
// without the other end's capture it is never more.

import { atLeast, type Confidence } from '../../shared/domain/vocabulary.ts';
import { type Attempt, MARK, type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { isAcrossInternet } from '../observe/address.ts';
import {
  CONTROL_WINDOW,
  type Compared,
  compareOtherAddresses,
  compareOtherNames,
  compareOtherPorts,
  compareRepeated,
  compareSameMinute,
  networkOf,
  networksOf,
  SAME_MINUTE,
  subjectOf,
} from '../observe/controls.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { greatestOf, leastOf } from '../observe/extremes.ts';
import { siteName } from '../observe/invented-names.ts';
import { mayExpireOnTheWay, ownTool } from '../observe/own-tool.ts';
import { LEAST_MUTE, type Silence, type SilenceKind, silences } from '../observe/silence.ts';
import { seqDiff } from '../wire/seq.ts';
import {
  type AlternativeItem,
  alternative,
  type ControlItem,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';
import { attributeTrigger } from './trigger.ts';

const RULE = 'sni-filtering/1';
/** At 1 % loss as many losses in a row come about once in 10^8. */
const ENOUGH_RETRANSMISSIONS = 3;
const ENOUGH_DISMISSALS = 3;
/** Flows of one cause break off at the same packet, give or take two. */
const SAME_POSITION = 2;
/** A repetition begins this long after another one; what begins together fails together. */
const APART = SECOND;
/** Every path carries packets of this size (RFC 8200 §5 for IPv6; in practice IPv4 too), headers off. */
const FITS_EVERY_PATH = 1200;
/** Of Ethernet's 1,500 octets without options. */
const LARGEST_SEGMENT = 1_460;
/** Share of packets sent again, in flows that did get answers, from which on the link is to blame. */
const LOSSY = 0.1;
const LOSSY_SAMPLE = 20;
const FATAL = 2;
const TTL_DIFFERENCE = 3;

export const sniFiltering: Detector = {
  rule: RULE,
  judges: ['sni-filtering', 'http-filtering'],
  detect(base, earlier) {
    const explained = new Set(earlier.flatMap(({ flow }) => (flow?.protocol === 'tcp' ? [flow.id] : [])));
    const misled = forgedAddresses(earlier);
    const groups = groupSilences(base);
    let heard: Heard | null = null;
    const whatHeard = (): Heard => {
      heard ??= whatWasHeard(base);
      return heard;
    };
    const dismissed = groupDismissals(base);
    // However much of the server's own answer came after a forged alert: nobody read it.
    const ended = new Set<number>();
    for (const flow of base.tcp) {
      const alert = judgeAlert(flow, base, ended);
      if (alert !== null && atLeast(alert.confidence, 'likely')) ended.add(flow.id);
    }
    const drafts: Draft[] = [];
    for (const flow of base.tcp) {
      if (explained.has(flow.id) || misled.has(flow.server.address) || !isJudged(flow, base)) continue;
      const draft =
        judgeSilence(flow, base, groups, whatHeard) ??
        judgeAlert(flow, base, ended) ??
        judgeDismissal(flow, base, dismissed);
      if (draft !== null) drafts.push(draft);
    }
    return drafts;
  },
  limitedBy(base) {
    const { capture } = base;
    if (capture.drops > 0) return 'drops';
    if (capture.oneWayFlows > 0 && capture.oneWayShare >= 0.5) return 'one-way';
    return capture.cutFrames > 0 && base.tcp.some((flow) => flow.trigger?.truncated === true) ? 'snaplen' : null;
  },
};

/** Where forged answers led: whoever is there never asked for such visitors and owes them nothing. */
function forgedAddresses(earlier: readonly Draft[]): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const { dns, confidence } of earlier) {
    if (dns === null || !atLeast(confidence, 'likely')) continue;
    for (const answer of dns.answers) if (answer.forged) for (const address of answer.addresses) addresses.add(address);
  }
  return addresses;
}

/** A hello or request of a real client to somewhere across the Internet, seen from that client's side of the server. */
function isJudged(flow: TcpFlow, base: EvidenceBase): boolean {
  const { trigger } = flow;
  if (trigger === null || (trigger.kind !== 'client-hello' && trigger.kind !== 'http-request')) return false;
  if (!isAcrossInternet(flow.server.address) || ownTool(flow, base.capture) !== null) return false;
  // At the server a hello without an answer means only that the server gave none.
  const { local } = base.capture;
  return !(local.has(flow.server.address) && !local.has(flow.client.address));
}

// ---- Silence

interface Member {
  readonly flow: TcpFlow;
  readonly silence: Silence;
}

type Status = AlternativeItem['status'];
type Groups = ReadonlyMap<string, readonly Member[]>;

function groupKey(flow: TcpFlow): string {
  return `${flow.client.address} ${flow.server.port} ${flow.trigger?.kind} ${flow.trigger?.name ?? ''}`;
}

/** Silent flows by client and name: what counts as repetition of one another. */
function groupSilences(base: EvidenceBase): Groups {
  const groups = new Map<string, Member[]>();
  if (base.capture.drops > 0) return groups;
  const found = silences(base);
  for (const flow of base.tcp) {
    const silence = found.get(flow.id);
    if (silence === undefined || !isJudged(flow, base) || mayExpireOnTheWay(flow)) continue;
    const key = groupKey(flow);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ flow, silence }]);
    else group.push({ flow, silence });
  }
  return groups;
}

function judgeSilence(flow: TcpFlow, base: EvidenceBase, groups: Groups, whatHeard: () => Heard): Draft | null {
  const group = groups.get(groupKey(flow)) ?? [];
  const own = group.find((member) => member.flow.id === flow.id);
  if (own === undefined) return null;
  const { silence } = own;
  if (silence.kind !== 'muted' && silence.retransmissions < ENOUGH_RETRANSMISSIONS) return null;
  const isHttp = flow.trigger!.kind === 'http-request';

  const subject = subjectOf(flow);
  const otherNames = compareOtherNames(base, subject);
  const elsewhere = compareOtherAddresses(base, subject);
  const minute = compareSameMinute(base, subject);
  const ports = compareOtherPorts(base, subject);
  const repeated = compareRepeated(base, subject);
  const alike = group.filter((member) => isAlike(own, member));
  const isRepeated = alike.some((member) => Math.abs(member.flow.trigger!.time - flow.trigger!.time) >= APART);
  // With another name nothing works here either, be it punished for the first: then the name explains nothing.
  const nothingWorksHere =
    otherNames.ok.length === 0 && (otherNames.failed.length > 0 || otherNames.residual.length > 0);
  const heard = whatHeard();
  const isAlive =
    silence.kind === 'unheard' ||
    otherNames.ok.length > 0 ||
    repeated.ok.length > 0 ||
    ports.ok.length > 0 ||
    heardDuring(heard.byAddress.get(flow.server.address), silence);
  const network = networkDown(alike, flow.client.address, heard);
  const mtu = narrowPath(silence, otherNames, minute);
  // The small tail of the hello arrives, and nothing as large as its beginning does with any name: nobody reads names.
  const largeOnes = [...otherNames.ok, ...minute.ok].filter((attempt) => isAsLarge(attempt, silence));
  if (silence.tailArrived && silence.acknowledged === 0 && largeOnes.length === 0) return null;
  const isLossy = linkIsLossy(heard.answered, silence);

  const attributed = attributeTrigger(flow, base);
  if (!atLeast(attributed.confidence, 'possible')) return null;
  // Another kind of hello with the same name that works here is the closest control there is, not a contradiction.
  const isFingerprint = attributed.kind === 'tls-fingerprint';
  const controlledHere = otherNames.ok.length > 0 || isFingerprint;
  // Not even the acknowledgement before the name arrived.
  if (saysAgainSynAck(flow)) return null;
  const controlled = controlledHere || minute.ok.length > 0;
  const explained =
    nothingWorksHere ||
    mtu === 'open' ||
    isLossy ||
    network === 'open' ||
    (repeated.ok.length > 0 && !isFingerprint) ||
    (elsewhere.ok.length > 0 && !controlledHere);
  let confidence: Confidence | null = null;
  switch (silence.kind) {
    case 'unacknowledged':
    case 'partly-acknowledged':
      // A stack acknowledges before anybody reads a name: that it does not is hardly ever an accident.
      confidence = controlled && isRepeated && !explained ? 'likely' : 'possible';
      break;
    case 'midway':
    case 'unheard':
      if (controlled && isRepeated && isAlive && !explained) confidence = 'likely';
      else if (isRepeated || controlled) confidence = 'possible';
      break;
    case 'muted':
      // A hanging process behind a living stack gives this very picture, so only the same address clears the server.
      if (nothingWorksHere) break;
      if (isHttp) {
        if (otherNames.ok.length > 0 && isRepeated) confidence = 'possible';
      } else if (
        workedMeanwhile(isFingerprint ? [...otherNames.ok, ...repeated.ok] : otherNames.ok, alike) &&
        isRepeated &&
        !explained &&
        !alike.some((member) => member.silence.stillThere) &&
        !repeated.failed.some(endedLate)
      ) {
        // What the server acknowledges or ends long afterwards shows the path open both ways, and its process hanging.
        confidence = 'likely';
      } else if (controlled) confidence = 'possible';
      break;
  }
  if (confidence === null) return null;

  const seconds = (silence.until - silence.since) / SECOND;
  const facts: EvidenceItem[] = [describe(silence, isHttp, seconds), ...attributed.evidence];
  if (alike.length >= 2) {
    const frames = alike.flatMap((member) => member.flow.trigger!.frames);
    facts.push(evidence('same-position', 'supports', 'medium', { flows: alike.length }, frames));
  }
  if (minute.ok.length > 0) {
    const [first] = minute.ok;
    const value = first!.name ?? first!.address;
    const params = { control: 'other-address', value, count: minute.ok.length };
    facts.push(evidence('control-ok', 'supports', 'weak', params, first!.frames));
  }
  if (ports.ok.length > 0) {
    const [first] = ports.ok;
    const params = { control: 'same-address-other-port', value: String(first!.port), count: ports.ok.length };
    facts.push(evidence('control-ok', 'supports', 'medium', params, first!.frames));
  }
  return {
    ...draftOf(flow, base, attributed.controls),
    confidence,
    trigger: { kind: attributed.kind, value: attributed.value, confidence: attributed.confidence },
    interference: {
      kind: 'packet-drop',
      variant: VARIANT[silence.kind][isHttp ? 'http' : 'tls'],
      direction: silence.kind === 'muted' || silence.kind === 'midway' ? 'both' : 'to-server',
    },
    stage: stageOf(flow, silence, isHttp),
    effect: 'stopped',
    lastTime: silence.until,
    frames: { trigger: flow.trigger!.frames, forged: [], genuine: silence.genuine, affected: silence.affected },
    evidence: facts,
    alternatives: silenceAlternatives(flow, siteName(flow, base), silence, {
      otherNames,
      isAlive,
      network,
      mtu,
      isLossy,
      alike,
    }),
  };
}

/** The server closed or reset it by itself, after a wait as long as a silence. */
function endedLate({ outcome, firstTime, lastTime }: Attempt): boolean {
  return (outcome === 'closed-after-request' || outcome === 'reset') && lastTime - firstTime >= LEAST_MUTE;
}

/** The server repeats its SYN-ACK after the client had acknowledged it and sent something. */
function saysAgainSynAck({ packets, trigger }: TcpFlow): boolean {
  return packets.some(
    (packet) => !packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0 && packet.time > trigger!.firstTime,
  );
}

const VARIANT: Readonly<Record<SilenceKind, { readonly tls: string; readonly http: string }>> = {
  unacknowledged: { tls: 'hello-dropped', http: 'request-dropped' },
  'partly-acknowledged': { tls: 'hello-partly-dropped', http: 'request-partly-dropped' },
  muted: { tls: 'hello-muted', http: 'request-muted' },
  midway: { tls: 'silent-after-hello', http: 'silent-after-request' },
  unheard: { tls: 'unheard-after-hello', http: 'unheard-after-request' },
};

/** What was acknowledged reached the server: then it is the answer, or what follows it, that does not come through. */
function stageOf(flow: TcpFlow, silence: Silence, isHttp: boolean): Draft['stage'] {
  if (silence.acknowledged < silence.length) return isHttp ? 'request' : 'client-hello';
  return flow.reply === null ? 'response' : 'data';
}

function describe(silence: Silence, isHttp: boolean, seconds: number): EvidenceItem {
  const { retransmissions, affected, acknowledged, length, fromServer, fromClient } = silence;
  switch (silence.kind) {
    case 'unacknowledged':
      return evidence(
        isHttp ? 'request-unacknowledged' : 'hello-unacknowledged',
        'supports',
        'medium',
        { retransmissions, seconds },
        affected,
      );
    case 'partly-acknowledged': {
      const params = { acknowledged, length, retransmissions };
      return evidence('hello-partly-acknowledged', 'supports', 'medium', params, affected);
    }
    case 'midway': {
      const params = { fromServer, fromClient, retransmissions, seconds };
      return evidence('silent-midway', 'supports', 'medium', params, affected);
    }
    case 'unheard': {
      const params = { serverAgain: silence.serverAgain, retransmissions, seconds };
      return evidence('client-unheard', 'supports', 'medium', params, [...silence.genuine.slice(-1), ...affected]);
    }
    case 'muted': {
      const params = { ackMs: silence.ackDelay! / MILLISECOND, silentSeconds: seconds };
      return evidence(isHttp ? 'request-muted' : 'hello-muted', 'supports', 'weak', params, silence.genuine);
    }
  }
}

/** The same picture within ten minutes: broken off in the same way, and at the same packet where some passed. */
/**
 * The server answered another name between two of the silences, or within a minute on both sides of all: it did not
 * hang as a whole, to be started again later.
 */
function workedMeanwhile(controls: readonly Attempt[], silent: readonly Member[]): boolean {
  const first = leastOf(silent.map(({ flow }) => flow.trigger!.time));
  const last = greatestOf(silent.map(({ silence }) => silence.until));
  const since = (time: number) =>
    controls.some(({ firstTime }) => firstTime >= time && firstTime <= time + SAME_MINUTE);
  return (
    controls.some(({ firstTime }) => firstTime >= first && firstTime <= last) ||
    (since(first - SAME_MINUTE) && since(last))
  );
}

function isAlike(own: Member, other: Member): boolean {
  if (Math.abs(own.flow.trigger!.time - other.flow.trigger!.time) > CONTROL_WINDOW) return false;
  if (own.silence.kind !== other.silence.kind) return false;
  return Math.abs(own.silence.fromServer - other.silence.fromServer) <= SAME_POSITION;
}

/** When packets of servers arrived: for each client, and for each address. Sorted; those that ended a wait left out. */
interface Heard {
  readonly byClient: ReadonlyMap<string, readonly number[]>;
  readonly byAddress: ReadonlyMap<string, readonly number[]>;
  /** Flows with data of the server that did not fall silent. */
  readonly answered: readonly TcpFlow[];
}

function whatWasHeard(base: EvidenceBase): Heard {
  const byClient = new Map<string, number[]>();
  const byAddress = new Map<string, number[]>();
  const add = (map: Map<string, number[]>, key: string, time: number): void => {
    const times = map.get(key);
    if (times === undefined) map.set(key, [time]);
    else times.push(time);
  };
  const silent = silences(base);
  for (const flow of base.tcp) {
    // A silent flow shows that its network and its server were up until it fell silent.
    const until = silent.get(flow.id)?.since ?? Number.POSITIVE_INFINITY;
    for (const { fromClient, flags, time } of flow.packets) {
      if (fromClient || time > until || (flags & TCP_FLAG.rst) !== 0) continue;
      add(byClient, flow.client.address, time);
      add(byAddress, flow.server.address, time);
    }
  }
  for (const { client, answers } of base.exchanges) {
    for (const answer of answers) add(byClient, client.address, answer.time);
  }
  for (const entry of base.index.entries()) {
    // A successful attempt was answered soon after it began; its end may be the client's own.
    for (const attempt of entry.attempts) {
      if (attempt.outcome !== 'ok') continue;
      add(byClient, entry.client, attempt.firstTime);
      add(byAddress, entry.address, attempt.firstTime);
    }
  }
  for (const times of [...byClient.values(), ...byAddress.values()]) times.sort((a, b) => a - b);
  const answered = base.tcp.filter((flow) => flow.toClient.dataPackets > 0 && !silent.has(flow.id));
  return { byClient, byAddress, answered };
}

/** While the client tried in vain: before that it was quiet itself, and an outage may have begun at any time. */
function heardDuring(times: readonly number[] | undefined, { tried: since, until }: Silence): boolean {
  if (times === undefined) return false;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= since) low = middle + 1;
    else high = middle;
  }
  return low < times.length && times[low]! < until;
}

/**
 * Whether the client's network may have been down: refuted where anything reached the client during one of these
 * silences, weakened where they lie apart, for an outage does not begin right behind a handshake twice.
 */
function networkDown(alike: readonly Member[], client: string, heard: Heard): Status {
  const times = heard.byClient.get(client);
  if (alike.some(({ silence }) => heardDuring(times, silence))) return 'ruled-out';
  const firstEnd = Math.min(...alike.map(({ silence }) => silence.until));
  return alike.some(({ flow }) => flow.firstTime > firstEnd) ? 'weakened' : 'open';
}

/** Whether the path may have been too narrow for what was lost: small segments pass, the small tail arrives. */
function narrowPath(silence: Silence, otherNames: Compared, minute: Compared): Status {
  if (silence.tailArrived) return 'open';
  if (silence.kind === 'muted' || silence.largest <= FITS_EVERY_PATH) return 'ruled-out';
  if (silence.passed >= silence.largest) return 'ruled-out';
  // What follows the lost segment is small and draws an acknowledgement wherever it arrives (RFC 5681 §4.2).
  if (silence.kind === 'unacknowledged' && silence.smallest <= FITS_EVERY_PATH) return 'weakened';
  // The large beginning arrived and the small rest did not: the other way round from a narrow path.
  if (silence.kind === 'partly-acknowledged' && silence.acknowledged >= FITS_EVERY_PATH) return 'ruled-out';
  if (otherNames.ok.some((attempt) => isAsLarge(attempt, silence))) return 'ruled-out';
  return minute.ok.some((attempt) => isAsLarge(attempt, silence)) ? 'weakened' : 'open';
}

/** As large as a segment of what was lost; where the capture is before segmentation, a frame of it holds several. */
function isAsLarge({ helloLength }: { readonly helloLength: number | null }, { largest }: Silence): boolean {
  return (helloLength ?? 0) >= Math.min(largest, LARGEST_SEGMENT);
}

/** Other flows of the same minute, answered ones, send a tenth of their packets again. */
function linkIsLossy(answered: readonly TcpFlow[], silence: Silence): boolean {
  let sent = 0;
  let again = 0;
  for (const flow of answered) {
    if (flow.firstTime > silence.until + SAME_MINUTE || flow.lastTime < silence.since - SAME_MINUTE) continue;
    sent += flow.toServer.dataPackets + flow.toClient.dataPackets;
    again += flow.toServer.retransmitted + flow.toClient.retransmitted;
  }
  return sent >= LOSSY_SAMPLE && again / sent >= LOSSY;
}

interface Explanations {
  readonly otherNames: Compared;
  readonly isAlive: boolean;
  readonly network: Status;
  readonly mtu: Status;
  readonly isLossy: boolean;
  readonly alike: readonly Member[];
}

function silenceAlternatives(
  flow: TcpFlow,
  site: string | null,
  silence: Silence,
  known: Explanations,
): AlternativeItem[] {
  const { address } = flow.server;
  const name = site ?? address;
  const hasControlHere = known.otherNames.ok.length > 0;
  const networks = new Set(known.alike.map((member) => networkOf(member.flow.server.address)));
  return [
    alternative('server-down', hasControlHere ? 'ruled-out' : known.isAlive ? 'weakened' : 'open', { address }),
    alternative('server-overloaded', hasControlHere || known.isAlive ? 'weakened' : 'open', { address }),
    alternative('server-policy', policyStatus(silence, networks.size), { name }),
    alternative('middlebox-proxy', hasControlHere ? 'weakened' : 'open', {}),
    alternative('mtu-black-hole', known.mtu, { length: silence.largest }),
    alternative('packet-loss', known.isLossy ? 'open' : silence.kind === 'muted' ? 'weakened' : 'ruled-out', {
      retransmissions: silence.retransmissions,
    }),
    alternative('network-down', known.network, {}),
    alternative('local-filter', 'open', {}),
  ];
}

/** A stack acknowledges before its application has read a name, and goes on doing so whatever that makes of it. */
function policyStatus(silence: Silence, networks: number): Status {
  if (silence.kind === 'unacknowledged' || silence.kind === 'partly-acknowledged') return 'ruled-out';
  if (silence.kind === 'unheard') return 'ruled-out';
  return silence.kind === 'midway' || networks >= 2 ? 'weakened' : 'open';
}

// ---- Alerts

/** A fatal alert before any ServerHello, held against what else the server sent. */
function judgeAlert(flow: TcpFlow, base: EvidenceBase, ended: ReadonlySet<number>): Draft | null {
  const { reply, trigger } = flow;
  if (reply === null || trigger?.kind !== 'client-hello') return null;
  if (!reply.alerts.some((alert) => alert.level === FATAL)) return null;
  const alert = flow.packets.find((packet) => packet.frame === reply.frame);
  if (alert === undefined || alert.length === 0) return null;
  const genuine = flow.packets.filter(
    (packet) => !packet.fromClient && packet.frame !== alert.frame && (packet.flags & TCP_FLAG.rst) === 0,
  );
  // Data over the same sequence numbers, longer than the alert or with other bytes: the server never sent the alert.
  const answer = genuine.find(
    (packet) =>
      packet.length > 0 &&
      packet.time > alert.time &&
      seqDiff(packet.seq, alert.seq) <= 0 &&
      seqDiff(packet.seq + packet.length, alert.seq) > 0 &&
      (packet.length > alert.length || (packet.marks & MARK.overlapDiffers) !== 0),
  );
  const facts: EvidenceItem[] = [];
  if (answer !== undefined) {
    const afterMs = (answer.time - alert.time) / MILLISECOND;
    facts.push(evidence('answer-after-reset', 'supports', 'strong', { afterMs }, [alert.frame, answer.frame]));
  }
  const identity = identityEvidence(flow, alert, genuine);
  facts.push(...identity);
  const ttlDiffers = identity.some((item) => item.kind === 'ttl-differs');
  const isPair = ttlDiffers && identity.length >= 2;
  let confidence: Confidence;
  if (answer !== undefined) confidence = isPair ? 'confirmed' : 'likely';
  else if (isPair) confidence = 'likely';
  else if (ttlDiffers) confidence = 'possible';
  // With the server's own identity it is the server's policy: alert 112 refuses an unknown name (RFC 6066 §3).
  else return null;
  const attributed = attributeTrigger(flow, base, ended);
  const hasControlHere = attributed.controls.some(
    (control) => control.kind === 'same-address-other-name' && control.outcome === 'ok',
  );
  return {
    ...draftOf(flow, base, attributed.controls),
    confidence,
    trigger: { kind: attributed.kind, value: attributed.value, confidence: attributed.confidence },
    interference: { kind: 'tls-alert', variant: 'forged-alert', direction: 'to-client' },
    stage: 'client-hello',
    effect: 'stopped',
    lastTime: (answer ?? alert).time,
    frames: {
      trigger: trigger.frames,
      forged: [alert.frame],
      genuine: genuine.map((packet) => packet.frame),
      affected: [],
    },
    evidence: [...facts, ...attributed.evidence],
    alternatives: [
      alternative('server-policy', answer !== undefined ? 'ruled-out' : 'weakened', {
        name: siteName(flow, base) ?? flow.server.address,
      }),
      alternative('load-balancer', answer !== undefined || hasControlHere ? 'weakened' : 'open', {
        address: flow.server.address,
      }),
      alternative('local-filter', 'open', {}),
    ],
  };
}

/** In what a packet differs from the others of the same endpoint, each difference one item. */
function identityEvidence(flow: TcpFlow, suspect: PacketNote, genuine: readonly PacketNote[]): EvidenceItem[] {
  if (genuine.length === 0) return [];
  const items: EvidenceItem[] = [];
  const frames = [suspect.frame, genuine[0]!.frame];
  const ttls = [...new Set(genuine.map((packet) => packet.ttl))];
  const difference = Math.min(...ttls.map((ttl) => Math.abs(ttl - suspect.ttl)));
  if (difference >= TTL_DIFFERENCE) {
    items.push(
      evidence('ttl-differs', 'supports', 'medium', { suspect: suspect.ttl, genuine: ttls, difference }, frames),
    );
  }
  if (!flow.v6 && genuine.every((packet) => packet.df !== suspect.df)) {
    items.push(evidence('df-differs', 'supports', 'medium', { suspect: suspect.df, packets: genuine.length }, frames));
  }
  const asked = flow.packets.findLast((packet) => packet.fromClient && packet.frame < suspect.frame);
  if (asked !== undefined && suspect.ipId > 1 && Math.abs(suspect.ipId - asked.ipId) <= 1) {
    const params = { ipId: suspect.ipId, peerIpId: asked.ipId };
    items.push(evidence('ip-id-mirrors-peer', 'supports', 'strong', params, [suspect.frame, asked.frame]));
  }
  // The window of a SYN-ACK is never scaled (RFC 7323 §2.2): it tells nothing of what the others would be.
  const scaled = genuine.filter((packet) => (packet.flags & TCP_FLAG.syn) === 0);
  const isOthers = scaled.length > 0 && scaled.every((packet) => packet.window !== suspect.window);
  if (asked !== undefined && suspect.window === asked.window && isOthers) {
    const params = { window: suspect.window };
    items.push(evidence('window-mirrors-peer', 'supports', 'medium', params, [suspect.frame, asked.frame]));
  }
  return items;
}

// ---- Dismissal

/**
 * The server's own looking FIN right after the request, without a byte of answer. Nothing in the packet speaks against
 * the server, so only controls do, and they make it possible at most.
 */
function judgeDismissal(
  flow: TcpFlow,
  base: EvidenceBase,
  dismissed: ReadonlyMap<string, readonly TcpFlow[]>,
): Draft | null {
  const fin = dismissal(flow);
  if (fin === null) return null;
  const subject = subjectOf(flow);
  const others = dismissed.get(groupKey(flow)) ?? [];
  const here = others.filter((other) => other.server.address === flow.server.address).length;
  const networks = networksOf(others.map((other) => other.server.address));
  const hasControlHere = compareOtherNames(base, subject).ok.length > 0;
  const isControlled = hasControlHere
    ? here >= ENOUGH_DISMISSALS || networks.length >= 2
    : networks.length >= 2 && compareSameMinute(base, subject).ok.length > 0;
  if (!isControlled || compareRepeated(base, subject).ok.length > 0) return null;
  const attributed = attributeTrigger(flow, base);
  if (!atLeast(attributed.confidence, 'possible')) return null;
  const elapsedMs = (fin.time - flow.trigger!.time) / MILLISECOND;
  return {
    ...draftOf(flow, base, attributed.controls),
    confidence: 'possible',
    trigger: { kind: attributed.kind, value: attributed.value, confidence: attributed.confidence },
    interference: { kind: 'rst-injection', variant: 'fin-without-data', direction: 'to-client' },
    stage: flow.trigger!.kind === 'client-hello' ? 'client-hello' : 'request',
    effect: 'stopped',
    lastTime: fin.time,
    frames: { trigger: flow.trigger!.frames, forged: [], genuine: [], affected: [fin.frame] },
    evidence: [
      evidence('fin-without-data', 'supports', 'medium', { elapsedMs }, [fin.frame]),
      evidence('identity-equal', 'contradicts', 'medium', {}, [fin.frame]),
      ...attributed.evidence,
    ],
    alternatives: [
      alternative('server-policy', networks.length >= 2 ? 'weakened' : 'open', {
        name: siteName(flow, base) ?? flow.server.address,
      }),
      alternative('server-closed', 'open', { timing: '' }),
      alternative('local-filter', 'open', {}),
    ],
  };
}

/** Dismissed flows by client and name, the flow itself among them. */
function groupDismissals(base: EvidenceBase): ReadonlyMap<string, readonly TcpFlow[]> {
  const groups = new Map<string, TcpFlow[]>();
  for (const flow of base.tcp) {
    if (dismissal(flow) === null || !isJudged(flow, base)) continue;
    const group = groups.get(groupKey(flow));
    if (group === undefined) groups.set(groupKey(flow), [flow]);
    else group.push(flow);
  }
  return groups;
}

/** The FIN without data that is the server's first word after the request and looks like the server's, or null. */
function dismissal(flow: TcpFlow): PacketNote | null {
  const { trigger } = flow;
  if (trigger === null || flow.toClient.bytes > 0 || flow.reply !== null || flow.serverIsn === null) return null;
  const fin = flow.packets.find(
    (packet) => !packet.fromClient && packet.time > trigger.time && (packet.flags & TCP_FLAG.fin) !== 0,
  );
  if (fin === undefined || fin.length > 0) return null;
  // The client closed first, or somebody reset: then the FIN answers that.
  const before = flow.packets.filter((packet) => packet.frame < fin.frame);
  if (before.some((packet) => (packet.flags & (TCP_FLAG.fin | TCP_FLAG.rst)) !== 0)) return null;
  const genuine = before.filter((packet) => !packet.fromClient);
  return identityEvidence(flow, fin, genuine).length === 0 ? fin : null;
}

/** What every draft about a flow has in common. */
function draftOf(flow: TcpFlow, base: EvidenceBase, controls: readonly ControlItem[]) {
  const { trigger, client, server } = flow;
  return {
    key: `sni-filtering ${flow.id}`,
    rule: RULE,
    place: 'unknown',
    target: { domain: siteName(flow, base), address: server.address, port: server.port },
    flow: { id: flow.id, protocol: 'tcp', client, server },
    dns: null,
    firstTime: trigger?.firstTime ?? flow.firstTime,
    controls,
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  } as const satisfies Partial<Draft>;
}

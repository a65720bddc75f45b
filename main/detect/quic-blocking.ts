// QUIC that draws no answer: because of the name in its first datagram, or because it is QUIC. Its datagrams show nothing
// after the opening, so there is only silence to judge, and silence needs controls.
//
// By name. Possible: at least three datagrams over a second and a half without an answer, while QUIC with other names is
// answered in the same minute. One that got an answer and then went on in vain repeats it. Likely: two such attempts or more, several seconds apart, other QUIC answered before and
// after them; the address itself answers the same name over TCP, so host and path are up; and either it answers QUIC with
// another name, or the client insisted on QUIC, which programs do where they know that the server has it. A browser that
// tries QUIC and TCP side by side may follow an outdated hint (RFC 7838) to a server that has none: possible at most.
//
// By protocol. Likely: addresses in three networks are silent to QUIC and answer TCP meanwhile, and no QUIC at all is
// answered. Whether the office, the provider or a state wants it so, nobody can see here.
//
// An ICMP error is an answer: the port is closed, or somebody says no, which is judged elsewhere.

import { type Confidence, weaker } from '../../shared/domain/vocabulary.ts';
import type { Attempt, UdpFlow } from '../flow/records.ts';
import { isAcrossInternet } from '../observe/address.ts';
import { type AttemptEntry, entryKey } from '../observe/attempt-index.ts';
import { CONTROL_WINDOW, LEAST_CLIENT_TTL, networkOf, RESIDUAL_WINDOW, SAME_MINUTE } from '../observe/controls.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import {
  type AlternativeItem,
  type AttributionItem,
  alternative,
  type ControlItem,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';

const RULE = 'quic-blocking/1';
/** A first datagram and two after their probe timeouts (RFC 9002 §6.2), seconds. */
const LEAST_DATAGRAMS = 3;
const LEAST_SPAN = 1.5;
/** Attempts that begin together fail together. */
const APART = 3 * SECOND;
/** A browser starts TCP beside QUIC, or soon after (RFC 8305 §5, and what Chromium does). */
const RACE = 1.5 * SECOND;
const LEAST_NETWORKS = 3;
/** [X] Datagrams of a server in a handshake that it never gets to finish, its repetitions included. */
const MOST_OF_HANDSHAKE = 6;
/** [X] A server acknowledges every second packet (RFC 9000 §13.2.2); so many for each of its own go in vain. */
const IN_VAIN = 3;
const LEAST_IN_VAIN = 12;
const MAX_FRAMES = 64;

/** What is matched; other filters punish a place for a while as well. */
const GFW_QUIC: AttributionItem = {
  system: 'GFW QUIC filter',
  country: 'CN',
  matched: ['other names at the place fail for up to 180 s', 'source port above destination port'],
  source: 'USENIX Security 2025, SNI-based QUIC censorship of the Great Firewall',
  date: '2025-08',
};

interface Silent {
  readonly entry: AttemptEntry;
  readonly attempts: readonly Attempt[];
  readonly flow: UdpFlow;
  readonly first: number;
  readonly last: number;
}

export const quicBlocking: Detector = {
  rule: RULE,
  judges: ['quic-blocking'],
  detect(base, earlier) {
    if (base.capture.drops > 0) return [];
    const misled = new Set(
      earlier.flatMap(({ dns }) => dns?.answers.flatMap((one) => (one.forged ? one.addresses : [])) ?? []),
    );
    const flows = new Map(base.udp.map((flow) => [flow.id, flow]));
    const quic: AttemptEntry[] = [];
    const tcp: AttemptEntry[] = [];
    for (const entry of base.index.entries()) {
      if (entry.transport === 'quic') quic.push(entry);
      else if (entry.transport === 'tcp' && (entry.counts.ok ?? 0) > 0) tcp.push(entry);
    }
    const silent = quic.flatMap((entry) => (misled.has(entry.address) ? [] : (silentOf(entry, flows) ?? [])));
    const view = new View(quic, tcp);
    const byProtocol = judgeProtocol(silent, view, base);
    if (byProtocol !== null) return [byProtocol];
    return silent.flatMap((one) => judgeName(one, silent, view) ?? []);
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    return base.capture.cutFrames > 0 ? 'snaplen' : null;
  },
};

function silentOf(entry: AttemptEntry, flows: ReadonlyMap<number, UdpFlow>): Silent | null {
  if (!isAcrossInternet(entry.address)) return null;
  const attempts = entry.attempts.filter((attempt) => {
    const flow = flows.get(attempt.flow);
    if (flow === undefined) return false;
    return (
      (attempt.outcome === 'unanswered' || isStalled(attempt, flow)) &&
      attempt.tries >= LEAST_DATAGRAMS &&
      attempt.trySpan >= LEAST_SPAN &&
      // What the client itself refuses, having given up, is no answer
      flow.icmp.every(({ from }) => from === flow.client.address) &&
      (flow.clientTtl ?? 255) >= LEAST_CLIENT_TTL
    );
  });
  const flow = flows.get(attempts[0]?.flow ?? -1);
  // Connections that stall after an answer are repetitions; alone they may be a server that went away
  if (flow === undefined || !attempts.some(({ outcome }) => outcome === 'unanswered')) return null;
  const first = Math.min(...attempts.map((attempt) => attempt.firstTime));
  const last = Math.max(...attempts.map((attempt) => attempt.lastTime));
  return { entry, attempts, flow, first, last };
}

/** The server answered, and then nothing of what the client went on to send: its datagrams no longer arrive. */
function isStalled({ outcome, trySpan }: Attempt, { sent, received }: UdpFlow): boolean {
  if (outcome !== 'ok' || trySpan < LEAST_SPAN || received.datagrams > MOST_OF_HANDSHAKE) return false;
  return sent.datagrams >= Math.max(LEAST_IN_VAIN, IN_VAIN * received.datagrams);
}

/** What else the client did, by QUIC and by TCP. */
class View {
  readonly #quic: readonly AttemptEntry[];
  readonly #tcp: readonly AttemptEntry[];

  constructor(quic: readonly AttemptEntry[], tcp: readonly AttemptEntry[]) {
    this.#quic = quic;
    this.#tcp = tcp;
  }

  /** QUIC attempts that were answered. */
  answered(client: string, from: number, to: number, isWanted: (entry: AttemptEntry) => boolean): Attempt[] {
    return this.#quic
      .filter((entry) => entry.client === client && isWanted(entry))
      .flatMap((entry) => entry.attempts)
      .filter((attempt) => attempt.outcome === 'ok' && attempt.firstTime >= from && attempt.firstTime <= to);
  }

  /** TCP attempts to the address that worked; with the name, where one is given. */
  overTcp({ client, address }: AttemptEntry, name: string | null, from: number, to: number): Attempt[] {
    return this.#tcp
      .filter((entry) => entry.client === client && entry.address === address && (name === null || entry.name === name))
      .flatMap((entry) => entry.attempts)
      .filter((attempt) => attempt.outcome === 'ok' && attempt.firstTime >= from && attempt.firstTime <= to);
  }
}

function judgeName(silent: Silent, all: readonly Silent[], view: View): Draft | null {
  const { entry, attempts, first, last } = silent;
  if (entry.name === null) return null;
  const from = first - CONTROL_WINDOW;
  const to = last + CONTROL_WINDOW;
  const here = view.answered(
    entry.client,
    from,
    to,
    (other) => other.address === entry.address && other.port === entry.port && other.name !== entry.name,
  );
  const minute = view.answered(
    entry.client,
    first - SAME_MINUTE,
    last + SAME_MINUTE,
    (other) => other.address !== entry.address && other.name !== entry.name,
  );
  const same = view
    .answered(entry.client, from, to, (other) => other === entry)
    .filter((attempt) => !attempts.includes(attempt));
  // Nothing tells whether QUIC passes here at all; or this very name does.
  if ((here.length === 0 && minute.length === 0) || same.length > 0) return null;
  const tcp = view.overTcp(entry, entry.name, first - SAME_MINUTE, last + SAME_MINUTE);
  const isRaced = attempts.some((attempt) =>
    tcp.some(({ firstTime, lastTime }) => firstTime <= attempt.firstTime + RACE && lastTime >= attempt.firstTime),
  );
  const isRepeated = attempts.some((one) => attempts.some((other) => other.firstTime - one.firstTime >= APART));
  const others = [...here, ...minute];
  const isBracketed = others.some((one) => one.firstTime <= first) && others.some((one) => one.firstTime >= last);
  const residual = residualOf(silent, all, view);
  const isAlive = tcp.length > 0 || here.length > 0;
  const speaksQuic = here.length > 0 || (!isRaced && tcp.length > 0);
  const confidence: Confidence = isRepeated && isBracketed && isAlive && speaksQuic ? 'likely' : 'possible';
  const byName: Confidence = here.length > 0 && isRepeated ? 'likely' : 'possible';
  const facts = [silenceFact(silent)];
  if (attempts.length >= 2) {
    const params = { failed: attempts.length, attempts: entry.total };
    facts.push(evidence('repeated', 'supports', 'medium', params, framesOf(attempts)));
  }
  if (here.length > 0) facts.push(controlFact('same-address-other-name', here[0]!.name ?? '', here, 'medium'));
  if (minute.length > 0) {
    facts.push(controlFact('other-address', minute[0]!.name ?? minute[0]!.address, minute, 'medium'));
  }
  if (tcp.length > 0) {
    const params = { name: entry.name, address: entry.address, count: tcp.length };
    facts.push(evidence('works-over-tcp', 'supports', 'medium', params, framesOf(tcp)));
  }
  if (residual !== null) facts.push(residual);
  const isAbove = attempts.every((attempt) => attempt.flow !== silent.flow.id || silent.flow.client.port > entry.port);
  return {
    ...draftOf(silent),
    attribution: residual !== null && isAbove ? [GFW_QUIC] : [],
    confidence,
    trigger: { kind: 'quic-sni', value: entry.name, confidence: weaker(byName, confidence) },
    interference: { kind: 'packet-drop', variant: 'quic-initial', direction: 'to-server' },
    evidence: facts,
    controls: [...controls('same-address-other-name', here), ...controls('other-address', minute)],
    alternatives: alternativesOf(silent, here.length > 0 ? 'ruled-out' : speaksQuic ? 'weakened' : 'open', {
      tcp: tcp.length > 0,
      quic: true,
    }),
  };
}

/** Another name at the same place works before the trigger, and no more for up to three minutes after it. */
function residualOf(silent: Silent, all: readonly Silent[], view: View): EvidenceItem | null {
  const { entry, first } = silent;
  const isHere = (other: AttemptEntry): boolean =>
    other.client === entry.client && other.address === entry.address && other.port === entry.port && other !== entry;
  const before = view.answered(entry.client, first - CONTROL_WINDOW, first, isHere);
  const after = all
    .filter((other) => isHere(other.entry))
    .flatMap((other) => other.attempts)
    .filter((attempt) => attempt.firstTime > first && attempt.firstTime - first <= RESIDUAL_WINDOW);
  if (before.length === 0 || after.length === 0) return null;
  const params = { control: 'same-address-other-name', value: after[0]!.name ?? '', count: after.length };
  return evidence('control-failed', 'neutral', 'medium', params, framesOf(after));
}

function judgeProtocol(silent: readonly Silent[], view: View, base: EvidenceBase): Draft | null {
  const [one] = silent;
  if (one === undefined) return null;
  const { client } = one.entry;
  const own = silent.filter((other) => other.entry.client === client);
  if (view.answered(client, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, () => true).length > 0) return null;
  const living = own.flatMap((other) => {
    const tcp = view.overTcp(other.entry, null, other.first - SAME_MINUTE, other.last + SAME_MINUTE);
    return tcp.length > 0 ? [{ silent: other, tcp }] : [];
  });
  const networks = new Set(living.map((other) => networkOf(other.silent.entry.address)));
  if (networks.size < LEAST_NETWORKS || base.capture.oneWayShare > 0.5) return null;
  const tcp = living.flatMap((other) => other.tcp);
  const addresses = [...new Set(living.map((other) => other.silent.entry.address))];
  return {
    ...draftOf(one),
    key: `quic-protocol ${client}`,
    confidence: 'likely',
    trigger: { kind: 'protocol', value: 'quic', confidence: 'likely' },
    interference: { kind: 'packet-drop', variant: 'quic', direction: 'both' },
    lastTime: Math.max(...own.map((other) => other.last)),
    frames: {
      trigger: framesOf(own.flatMap((other) => other.attempts.slice(0, 1))),
      forged: [],
      genuine: framesOf(tcp),
      affected: framesOf(own.flatMap((other) => other.attempts)),
    },
    evidence: [
      ...living.slice(0, 4).map((other) => silenceFact(other.silent)),
      evidence('quic-silent-everywhere', 'supports', 'medium', { addresses }, framesOf(own.flatMap((o) => o.attempts))),
      evidence(
        'works-over-tcp',
        'supports',
        'medium',
        { name: one.entry.name ?? one.entry.address, address: one.entry.address, count: tcp.length },
        framesOf(tcp),
      ),
    ],
    controls: [],
    alternatives: alternativesOf(one, 'weakened', { tcp: true, quic: false }),
  };
}

function silenceFact(silent: Silent): EvidenceItem {
  const attempts = silent.attempts.filter(({ outcome }) => outcome === 'unanswered');
  const datagrams = attempts.reduce((sum, attempt) => sum + attempt.tries, 0);
  const seconds = Math.max(...attempts.map((attempt) => attempt.trySpan));
  return evidence(
    'quic-unanswered',
    'supports',
    'medium',
    { datagrams, attempts: attempts.length, seconds },
    framesOf(attempts),
  );
}

function controlFact(
  control: string,
  value: string,
  attempts: readonly Attempt[],
  strength: 'medium' | 'weak',
): EvidenceItem {
  return evidence('control-ok', 'supports', strength, { control, value, count: attempts.length }, framesOf(attempts));
}

function controls(kind: ControlItem['kind'], attempts: readonly Attempt[]): ControlItem[] {
  return attempts.slice(0, 16).map((attempt) => ({
    kind,
    outcome: 'ok',
    target: { domain: attempt.name, address: attempt.address, port: attempt.port },
    frames: attempt.frames,
  }));
}

function framesOf(attempts: readonly Attempt[]): number[] {
  return [...new Set(attempts.flatMap((attempt) => attempt.frames))].sort((a, b) => a - b).slice(0, MAX_FRAMES);
}

function alternativesOf(
  { entry, attempts }: Silent,
  withoutQuic: AlternativeItem['status'],
  works: { readonly tcp: boolean; readonly quic: boolean },
): AlternativeItem[] {
  const { address } = entry;
  return [
    alternative('server-without-quic', withoutQuic, { address }),
    alternative('server-down', works.tcp ? 'ruled-out' : 'open', { address }),
    alternative('server-firewall', withoutQuic, { address }),
    alternative('local-filter', works.quic ? 'weakened' : 'open', {}),
    alternative('packet-loss', attempts.length >= 2 ? 'ruled-out' : 'weakened', {
      retransmissions: attempts[0]!.tries - 1,
    }),
  ];
}

function draftOf({ entry, attempts, flow, first, last }: Silent) {
  const frames = framesOf(attempts);
  return {
    key: `quic ${entryKey(entry)}`,
    rule: RULE,
    stage: 'client-hello',
    effect: 'stopped',
    place: 'unknown',
    target: { domain: entry.name, address: entry.address, port: entry.port },
    flow: { id: flow.id, protocol: 'udp', client: flow.client, server: flow.server },
    dns: null,
    firstTime: first,
    lastTime: last,
    frames: { trigger: frames.slice(0, 1), forged: [] as number[], genuine: [] as number[], affected: frames },
    attribution: [] as readonly AttributionItem[],
    injector: null,
    causedBy: null,
    residual: false,
  } as const;
}

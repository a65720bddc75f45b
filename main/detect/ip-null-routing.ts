// Addresses that a path does not lead to: silence on all that was tried, or a device on the way that says no. One draft
// for each client and address.
//
// Levels of silence. Silence without a control is possible, however long. Likely takes two families. The first is that
// the address as a whole is silent, over several ports and protocols, without any ICMP error: a closed port answers, a
// server's own firewall works by port, and the last router in front of a host that is down says so (RFC 1812 §5.2.7.1).
// The second is the control: the same client's network carried other traffic meanwhile, or just before and just after.
// Where only one port of an address was tried, the silence of the service's other addresses while the rest of the
// service or the web answers stands in for the first. An address that nobody named, or that answered before, stays
// possible; so does anything while the network itself is in doubt. Confirmed would take the other end's capture.

import { serviceOf, serviceOfAddress } from '../../shared/domain/services.ts';
import { type Confidence, type Place, type TriggerKind, weaker } from '../../shared/domain/vocabulary.ts';
import { type Endpoint, type IcmpError, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { areNeighbours, isAcrossInternet, isLocalNetwork, neighbourhood } from '../observe/address.ts';
import { otherAddressSameMinute, RESIDUAL_WINDOW } from '../observe/controls.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { siteName } from '../observe/invented-names.ts';
import { type AddressReach, hopsOf, isUnanswered, ReachabilityView, type SilentPort } from '../observe/reachability.ts';
import {
  type AlternativeItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';

const RULE = 'ip-null-routing/1';

/** What a filter remembers having seen. */
const NAMES: readonly TriggerKind[] = ['tls-sni', 'tls-fingerprint', 'http-host', 'http-content'];
/** Silent addresses without a name from which on a client looks like a scanner or a peer of a swarm. */
const MANY_NAMELESS = 8;
/** So many ports of one address are knocked at by scanners, and kept shut by its own firewall. */
const MANY_PORTS = 8;
/** A silence younger than this when the capture ends was cut short by it. */
const SETTLED = 3 * SECOND;
/** A router that waits for an address resolution to fail answers later than this (RFC 4861 §10: three tries of 1 s). */
const AT_ONCE = 2 * SECOND;
/** Protocol number of UDP (RFC 768). */
const UDP = 17;
const QUIC_PORT = 443;

export const ipNullRouting: Detector = {
  rule: RULE,
  judges: ['ip-null-routing', 'port-blocking', 'residual-blocking'],
  detect(base, earlier) {
    const capture = new Judgement(base, earlier);
    const drafts: Draft[] = [];
    for (const reach of capture.view.addresses) {
      if (capture.isConsequence(reach)) continue;
      const draft = judgeRejection(capture, reach) ?? judgeSilence(capture, reach);
      if (draft !== null) drafts.push(draft);
    }
    drafts.push(...judgeRepeatedSynAcks(base, earlier));
    return drafts.sort((a, b) => a.firstTime - b.firstTime);
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    return base.capture.oneWayFlows >= 2 && base.capture.oneWayShare > 0.5 ? 'one-way' : null;
  },
};

interface DnsFacts {
  /** By client and resolver, the first answer to a plain query. */
  readonly answers: ReadonlyMap<string, number>;
  /** By client and name, the addresses that answers gave. */
  readonly addresses: ReadonlyMap<string, ReadonlySet<string | null>>;
}

/** What several addresses are judged by together, found once. */
class Judgement {
  readonly base: EvidenceBase;
  readonly view: ReachabilityView;
  readonly #nameless = new Map<string, { addresses: number; silent: number; readonly ports: Set<number> }>();
  /** Silent addresses by client and announced prefix, and by client and service; answering ones likewise. */
  readonly #silentIn = new Map<string, string[]>();
  readonly #answeredIn = new Map<string, string[]>();
  readonly #forgers = new Map<string, Set<string | null>>();
  /** Findings about a name in a connection, by its client, address and port. */
  readonly #named = new Map<string, Draft[]>();
  readonly #refused = new Map<string, Set<string | null>>();
  readonly #flows = new Map<number, TcpFlow>();
  readonly #byEnds = new Map<string, TcpFlow>();
  /** Found when first asked for, as silent addresses alone are held against what DNS said. */
  #dns: DnsFacts | null = null;

  constructor(base: EvidenceBase, earlier: readonly Draft[]) {
    this.base = base;
    this.view = new ReachabilityView(base);
    for (const flow of base.tcp) {
      this.#flows.set(flow.id, flow);
      this.#byEnds.set(endsKey(flow.client, flow.server.address), flow);
    }
    const clients = new Set<string>();
    for (const reach of this.view.addresses) {
      clients.add(reach.client);
      if (!isNamed(reach)) this.#countNameless(reach);
      for (const error of reach.errors) {
        if (isProhibition(error)) addTo(this.#refused, `${reach.client} ${error.from}`, neighbourhood(reach.address));
      }
      if (reach.answered.length > 0 || reach.resets > 0 || !reach.silent.some(isUnanswered)) continue;
      append(this.#silentIn, `${reach.client} ${neighbourhood(reach.address)}`, reach.address);
      const service = reach.errors.length > 0 ? null : serviceOfReach(reach);
      if (service !== null) append(this.#silentIn, `${reach.client} ${service}`, reach.address);
    }
    for (const client of clients) {
      for (const address of this.view.answeredAddresses(client)) {
        append(this.#answeredIn, `${client} ${neighbourhood(address)}`, address);
        const service = serviceOfAddress(address);
        if (service !== null) append(this.#answeredIn, `${client} ${service}`, address);
      }
    }
    for (const draft of earlier) {
      if (draft.flow !== null && !draft.residual && NAMES.includes(draft.trigger.kind))
        append(this.#named, placeKey(draft.flow.client.address, draft.flow.server), draft);
      if (draft.interference.kind !== 'forged-answer' || draft.dns === null) continue;
      // Keys of DNS drafts begin with the client: `dns <client> <resolver> <name>`.
      const client = draft.key.split(' ', 2)[1];
      for (const answer of draft.dns.answers) {
        if (answer.forged)
          for (const address of answer.addresses) addTo(this.#forgers, `${client} ${address}`, draft.trigger.value);
      }
    }
  }

  /** Findings about a name in a connection to the same place. */
  namedAt(client: string, server: Endpoint): readonly Draft[] {
    return this.#named.get(placeKey(client, server)) ?? [];
  }

  silentIn(client: string, group: string | null): readonly string[] {
    return this.#silentIn.get(`${client} ${group}`) ?? [];
  }

  answeredIn(client: string, group: string | null): readonly string[] {
    return this.#answeredIn.get(`${client} ${group}`) ?? [];
  }

  /** A plain DNS answer of this very address, which is no null route then. */
  dnsAnswer(reach: AddressReach): number | null {
    return this.#dnsFacts().answers.get(`${reach.client} ${reach.address}`) ?? null;
  }

  flow(id: number): TcpFlow | null {
    return this.#flows.get(id) ?? null;
  }

  /** The flow whose packet an ICMP error quotes. */
  quotedFlow({ quoted }: IcmpError): TcpFlow | null {
    return this.#byEnds.get(endsKey(quoted.source, quoted.destination.address)) ?? null;
  }

  /** How many announced prefixes this sender refused the client the way to. */
  refusedNetworks(client: string, sender: string): number {
    return this.#refused.get(`${client} ${sender}`)?.size ?? 0;
  }

  /**
   * A forged answer led there, and no other name did: whatever happens at the address belongs to the answer, and the
   * address to somebody else.
   */
  isConsequence(reach: AddressReach): boolean {
    const names = this.#forgers.get(`${reach.client} ${reach.address}`);
    return names !== undefined && reach.names.every((name) => names.has(name));
  }

  /** Another address of the same kind that DNS gave for its name answers: then one server of several is down. */
  hasLiveTwin(reach: AddressReach): boolean {
    return reach.names.some((name) => {
      const twins = [...(this.#dnsFacts().addresses.get(`${reach.client} ${name}`) ?? [])];
      return twins.some(
        (twin) =>
          twin !== null &&
          twin !== reach.address &&
          twin.includes(':') === reach.v6 &&
          this.view.hasAnswered(reach.client, twin),
      );
    });
  }

  #dnsFacts(): DnsFacts {
    if (this.#dns === null) {
      const answered = new Map<string, number>();
      const addressesOf = new Map<string, Set<string | null>>();
      for (const { client, resolver, name, answers } of this.base.exchanges) {
        if (answers.length === 0) continue;
        const key = `${client.address} ${resolver.address}`;
        if (!answered.has(key)) answered.set(key, answers[0]!.frame);
        for (const { addresses } of answers)
          for (const address of addresses) addTo(addressesOf, `${client.address} ${name}`, address);
      }
      this.#dns = { answers: answered, addresses: addressesOf };
    }
    return this.#dns;
  }

  #countNameless(reach: AddressReach): void {
    const nameless = this.#nameless.get(reach.client) ?? { addresses: 0, silent: 0, ports: new Set() };
    nameless.addresses++;
    if (reach.silent.length > 0) nameless.silent++;
    for (const { port } of reach.silent) nameless.ports.add(port);
    this.#nameless.set(reach.client, nameless);
  }

  /**
   * Peers of a swarm and scanned hosts are silent by the dozen: more than answer, or each at another port, as nobody
   * agreed on one.
   */
  isSwarm(reach: AddressReach): boolean {
    const nameless = this.#nameless.get(reach.client);
    if (isNamed(reach) || nameless === undefined || nameless.addresses < MANY_NAMELESS) return false;
    const { addresses, silent, ports } = nameless;
    if (addresses > this.view.answeredAddresses(reach.client).length) return true;
    return silent >= MANY_NAMELESS && ports.size * 2 >= silent;
  }
}

function endsKey(client: Endpoint, server: string): string {
  return `${client.address} ${client.port} ${server}`;
}

function placeKey(client: string, { address, port }: Endpoint): string {
  return `${client} ${address} ${port}`;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function addTo(map: Map<string, Set<string | null>>, key: string, name: string | null): void {
  const names = map.get(key);
  if (names === undefined) map.set(key, new Set([name]));
  else names.add(name);
}

/** Somebody meant this address: a DNS answer gave it, or it belongs to a known service. */
function isNamed(reach: AddressReach): boolean {
  return reach.names.length > 0 || serviceOfAddress(reach.address) !== null;
}

/** What nothing came back from, over the whole capture. */
interface Silence {
  readonly ports: readonly SilentPort[];
  readonly tcp: readonly number[];
  /** More than one port or protocol was tried, and none of them answered at all. */
  readonly wholeAddress: boolean;
  readonly pings: number;
  readonly first: number;
  readonly last: number;
}

function silenceOf(reach: AddressReach, isAlive: boolean): Silence | null {
  const counted = reach.silent.filter(isUnanswered);
  if (counted.length === 0) return null;
  const tcp = [...new Set(reach.silent.filter((port) => port.transport === 'tcp').map((port) => port.port))];
  const overUdp = reach.silent.some((port) => port.transport !== 'tcp');
  const pings =
    reach.pings !== null && reach.pings.replies === 0 && reach.pings.requests >= 2 ? reach.pings.requests : 0;
  const kinds = tcp.length + (overUdp ? 1 : 0) + (pings > 0 ? 1 : 0);
  const answered = isAlive || reach.answered.length > 0 || reach.resets > 0 || (reach.pings?.replies ?? 0) > 0;
  return {
    ports: reach.silent,
    tcp,
    wholeAddress: kinds >= 2 && !answered,
    pings,
    first: Math.min(...reach.silent.map((port) => port.firstTime)),
    last: Math.max(...reach.silent.map((port) => port.lastTime)),
  };
}

function judgeSilence(capture: Judgement, reach: AddressReach): Draft | null {
  const { base, view } = capture;
  // Through a hole we do not accuse; and an error that came back is no silence.
  if (base.capture.drops > 0 || reach.errors.length > 0) return null;
  if (reach.v6 && view.isIpv6Broken(reach.client)) return null;
  if (view.isCutOff(reach.client) || capture.isSwarm(reach)) return null;
  const dnsAnswer = capture.dnsAnswer(reach);
  // What answers others in the same capture has a route.
  const silence = silenceOf(reach, dnsAnswer !== null || view.hasAnsweredOthers(reach.client, reach.address));
  if (silence === null) return judgeCutShort(capture, reach);
  const main = silence.ports.find(isUnanswered)!;
  const cause = residualCause(capture, reach, silence);
  if (cause !== null) return judgeResidual(capture, reach, silence, cause);
  // The same port answered later, or in between: lost packets, an overloaded server, or a penalty that ended.
  const samePort = reach.answered.filter((attempt) => attempt.port === main.port && attempt.transport === 'tcp');
  if (samePort.some((attempt) => attempt.lastTime > main.firstTime)) return null;

  const network = view.networkBetween(reach.client, reach.address, silence.first, silence.last);
  const hasControl = network.before || network.after;
  // Nothing came back from anywhere: the network was down.
  if (!network.during && (network.othersFailed || (!hasControl && network.othersSilent))) return null;
  const isSound = hasControl && !network.othersFailed && (network.during || (network.before && network.after));

  const peers = peersOf(capture, reach);
  const service = serviceFacts(capture, reach);
  // One network of a service may be down by itself; two that fall silent together were singled out.
  const wholeService = service !== null && dnsAnswer === null && new Set(service.silent.map(neighbourhood)).size >= 2;
  const isScan = silence.tcp.length >= MANY_PORTS;
  const isDown = !wholeService && capture.hasLiveTwin(reach);
  const isWide = silence.wholeAddress || (wholeService && reach.answered.length === 0 && reach.resets === 0);
  const confidence: Confidence = isSound && isWide && isNamed(reach) && !isScan && !isDown ? 'likely' : 'possible';

  const otherPort = reach.answered.find((attempt) => attempt.port !== main.port);
  const isUp = otherPort !== undefined || dnsAnswer !== null;
  const facts: EvidenceItem[] = [silentFact(reach, silence)];
  if (silence.tcp.length >= 2) {
    const frames = silence.ports.flatMap((port) => port.frames.slice(0, 1));
    facts.push(evidence('ports-silent', 'supports', 'medium', { ports: silence.tcp }, frames));
  }
  for (const port of silence.ports.filter((one) => one.transport !== 'tcp')) {
    const params = { datagrams: port.tries, seconds: port.seconds };
    facts.push(evidence('udp-unanswered', 'supports', 'weak', params, port.frames));
  }
  if (silence.pings > 0) {
    facts.push(evidence('ping-unanswered', 'supports', 'weak', { requests: silence.pings }, reach.pings!.frames));
  }
  if (peers.silent.length >= 2) {
    const params = { addresses: peers.silent, prefix: peers.prefix };
    facts.push(evidence('prefix-silent', 'supports', 'medium', params, []));
  }
  if (service !== null && service.silent.length >= 2) {
    const { name, silent, answered } = service;
    facts.push(evidence('service-silent', 'supports', 'medium', { service: name, addresses: silent, answered }, []));
  }
  if (reach.answered.length > 0) {
    const params = { succeeded: reach.answered.length, attempts: reach.answered.length + silence.ports.length };
    facts.push(evidence('attempt-succeeded', 'contradicts', 'medium', params, reach.answered[0]!.frames));
  }
  if (dnsAnswer !== null) {
    const params = { control: 'same-address-other-port', value: '53', count: 1 };
    facts.push(evidence('control-ok', 'supports', 'medium', params, [dnsAnswer]));
  }
  const { controls, fact } = controlsOf(base, reach, silence.first, silence.last, main.port);
  if (fact !== null) facts.push(fact);

  return {
    ...common(capture, reach, main.flow, main.port),
    confidence,
    trigger: !isUp
      ? { kind: 'ip-address', value: reach.address, confidence: isWide ? confidence : 'possible' }
      : { kind: 'port', value: String(main.port), confidence: 'possible' },
    interference: {
      kind: silence.wholeAddress ? 'null-route' : 'packet-drop',
      variant: peers.silent.length >= 2 ? 'prefix' : silence.wholeAddress ? 'address' : 'port',
      direction: 'both',
    },
    stage: 'syn',
    effect: 'stopped',
    place: 'unknown',
    firstTime: silence.first,
    lastTime: silence.last,
    frames: {
      trigger: main.frames.slice(0, 1),
      forged: [],
      genuine: [],
      affected: silence.ports.flatMap((port) => port.frames),
    },
    evidence: facts,
    controls,
    alternatives: [
      alternative('host-down', isUp || (samePort.length === 0 && peers.answered.length > 0) ? 'weakened' : 'open', {
        address: reach.address,
      }),
      alternative('server-firewall', silence.wholeAddress ? 'weakened' : 'open', { address: reach.address }),
      alternative('network-down', isSound ? 'ruled-out' : 'open', {}),
      alternative('routing-accident', 'open', { prefix: peers.prefix }),
      ...(reach.v6 ? [alternative('ipv6-broken', 'weakened', {})] : []),
    ],
  };
}

/** The finding whose trigger a filter may be punishing: same client, address and port, not long before. */
function residualCause(capture: Judgement, reach: AddressReach, silence: Silence): Draft | null {
  const [port] = silence.tcp;
  if (port === undefined || silence.tcp.length > 1 || silence.pings > 0) return null;
  let cause: Draft | null = null;
  for (const draft of capture.namedAt(reach.client, { address: reach.address, port })) {
    // The connection that named it may be tried for longer than others fail because of it
    const later = silence.first - draft.firstTime;
    if (later < 0 || later > RESIDUAL_WINDOW) continue;
    // Software of the device stops its connections before anybody on the way sees them.
    if (draft.place === 'this-device') continue;
    if (cause === null || draft.firstTime > cause.firstTime) cause = draft;
  }
  return cause;
}

/**
 * New connections that fail before they ask anything, in the minutes after a blocked name. Likely where two or more of
 * them failed and one succeeded when the time was over; possible as long as none has. Never surer than what it follows.
 */
function judgeResidual(capture: Judgement, reach: AddressReach, silence: Silence, cause: Draft): Draft {
  const port = silence.tcp[0]!;
  const flows = silence.ports.reduce((sum, one) => sum + one.attempts, 0);
  const after = reach.answered.find((attempt) => attempt.port === port && attempt.firstTime > silence.last);
  const facts = [silentFact(reach, silence)];
  if (after !== undefined) {
    const params = { succeeded: 1, attempts: flows + 1 };
    facts.push(evidence('attempt-succeeded', 'supports', 'medium', params, after.frames));
  }
  return {
    ...common(capture, reach, silence.ports[0]!.flow, port),
    key: `residual ${reach.client} ${reach.address} ${port}`,
    confidence: weaker(flows >= 2 && after !== undefined ? 'likely' : 'possible', cause.confidence),
    trigger: { kind: 'unknown', value: null, confidence: 'inconclusive' },
    interference: { kind: 'packet-drop', variant: 'residual', direction: 'both' },
    stage: 'syn',
    effect: 'stopped',
    place: 'unknown',
    target: { domain: cause.target.domain, address: reach.address, port },
    firstTime: silence.first,
    lastTime: silence.last,
    frames: {
      trigger: cause.frames.trigger,
      forged: [],
      genuine: after === undefined ? [] : after.frames,
      affected: silence.ports.flatMap((one) => one.frames),
    },
    evidence: facts,
    controls: [],
    alternatives: [alternative('host-down', after === undefined ? 'open' : 'ruled-out', { address: reach.address })],
    causedBy: cause.key,
    residual: true,
  };
}

/** SYNs that went unanswered until the capture ended, too few and too short to count. */
function judgeCutShort(capture: Judgement, reach: AddressReach): Draft | null {
  const { base, view } = capture;
  const port = reach.silent.find((one) => one.transport === 'tcp');
  if (port === undefined || reach.answered.length > 0 || base.capture.endTime - port.firstTime > SETTLED + SECOND)
    return null;
  const network = view.networkBetween(reach.client, reach.address, port.firstTime, port.lastTime);
  if (!network.before) return null;
  const seconds = port.seconds;
  return {
    ...common(capture, reach, port.flow, port.port),
    confidence: 'inconclusive',
    trigger: { kind: 'ip-address', value: reach.address, confidence: 'possible' },
    interference: { kind: 'packet-drop', variant: 'port', direction: 'both' },
    stage: 'syn',
    effect: 'unknown',
    place: 'unknown',
    firstTime: port.firstTime,
    lastTime: port.lastTime,
    frames: { trigger: port.frames.slice(0, 1), forged: [], genuine: [], affected: port.frames },
    evidence: [
      evidence(
        'syn-unanswered',
        'supports',
        'weak',
        { attempts: port.attempts, syns: port.tries, seconds },
        port.frames,
      ),
    ],
    controls: [],
    alternatives: [
      alternative('capture-incomplete', 'open', {}),
      alternative('host-down', 'open', { address: reach.address }),
    ],
  };
}

function silentFact(reach: AddressReach, silence: Silence): EvidenceItem {
  const tcp = silence.ports.filter((port) => port.transport === 'tcp');
  const params = {
    attempts: tcp.reduce((sum, port) => sum + port.attempts, 0),
    syns: tcp.reduce((sum, port) => sum + port.tries, 0),
    seconds: Math.max(...tcp.map((port) => port.seconds)),
  };
  return evidence(
    'syn-unanswered',
    'supports',
    reach.answered.length > 0 ? 'weak' : 'medium',
    params,
    tcp.flatMap((port) => port.frames),
  );
}

/** More addresses than this of a prefix or service are not listed. */
const LISTED = 64;

/** Other addresses of the same announced prefix: silent as well, or answering. */
function peersOf(capture: Judgement, reach: AddressReach) {
  const prefix = neighbourhood(reach.address)!;
  const silent = capture.silentIn(reach.client, prefix).slice(0, LISTED);
  const answered = capture.answeredIn(reach.client, prefix).filter((address) => address !== reach.address);
  return { silent, answered, prefix };
}

/** The addresses of the same service that are silent, and how many of them answered. */
function serviceFacts(capture: Judgement, reach: AddressReach) {
  const name = serviceOfReach(reach);
  if (name === null) return null;
  const silent = capture.silentIn(reach.client, name).slice(0, LISTED);
  return { name, silent, answered: capture.answeredIn(reach.client, name).length };
}

function serviceOfReach(reach: AddressReach): string | null {
  const port = reach.silent[0]?.port ?? reach.answered[0]?.port ?? 0;
  return serviceOf(reach.names[0] ?? null, reach.address, port, 'tcp')?.service ?? serviceOfAddress(reach.address);
}

function controlsOf(base: EvidenceBase, reach: AddressReach, firstTime: number, lastTime: number, port: number) {
  const controls = otherAddressSameMinute(base, {
    flow: null,
    client: reach.client,
    address: reach.address,
    port,
    transport: 'tcp',
    name: null,
    nameFrom: 'none',
    asked: false,
    firstTime,
    lastTime,
  });
  const ok = controls.filter((control) => control.outcome === 'ok');
  if (ok.length === 0) return { controls, fact: null };
  const params = { control: 'other-address', value: ok[0]!.target.domain ?? ok[0]!.target.address, count: ok.length };
  const frames = ok.flatMap((control) => control.frames).slice(0, 16);
  return { controls, fact: evidence('control-ok', 'supports', 'medium', params, frames) };
}

// ICMP: somebody on the way says that the address is not to be reached

/** RFC 792, RFC 1812 §5.2.7.1: communication administratively prohibited (net, host, any). */
const PROHIBITED_4: readonly number[] = [9, 10, 13];
/** RFC 4443 §3.1: administratively prohibited, failed policy, reject route. */
const PROHIBITED_6: readonly number[] = [1, 5, 6];

function isProhibition(error: IcmpError): boolean {
  return error.v6
    ? error.type === 1 && PROHIBITED_6.includes(error.code)
    : error.type === 3 && PROHIBITED_4.includes(error.code);
}

/** No route to the network or host (RFC 792; RFC 4443 §3.1 codes 0 and 3). Ports and protocols are the host's own word. */
function isUnreachable(error: IcmpError): boolean {
  return error.v6 ? error.type === 1 && (error.code === 0 || error.code === 3) : error.type === 3 && error.code <= 1;
}

/** Where the sender of an ICMP error stands. */
type Standing = 'target' | 'near-target' | 'on-the-way' | 'unknown';

function judgeRejection(capture: Judgement, reach: AddressReach): Draft | null {
  const { base, view } = capture;
  const prohibitions = reach.errors.filter(isProhibition);
  const errors = prohibitions.length > 0 ? prohibitions : reach.errors.filter(isUnreachable);
  if (errors.length === 0 || (reach.v6 && view.isIpv6Broken(reach.client))) return null;
  const first = errors[0]!;
  const { standing, hops } = standingOf(capture, reach, first);
  if (standing === 'target' && isAsFar(base, reach.address, hops)) return null;
  const place: Place = isLocalNetwork(first.from) ? 'local-network' : standing === 'on-the-way' ? 'path' : 'unknown';
  const isProhibited = prohibitions.length > 0;
  // A router that knows no way says so at once; the last one in front of a host that is down waits for it first.
  const delay = delayOf(capture, reach, first);
  if (!isProhibited && (standing !== 'on-the-way' || place === 'local-network' || delay === null || delay > AT_ONCE)) {
    return null;
  }
  const { controls, fact } = controlsOf(base, reach, first.time, errors.at(-1)!.time, first.quoted.destination.port);
  const answering = peersOf(capture, reach).answered;
  const rejected = new Set(errors.map(({ quoted }) => `${quoted.protocol} ${quoted.destination.port}`));
  const isSpecific = fact !== null;
  // Who refuses what it let through before has changed, or the client has come from another network.
  const isOfOpening = errors.some((error) => !isOfAnswered(capture, error));
  let confidence: Confidence = 'possible';
  if (standing === 'on-the-way' && isSpecific && isOfOpening) {
    // Without a prohibition it may be a route that is missing, unless the rest of its network is reached.
    if (isProhibited || (answering.length > 0 && rejected.size >= 2)) confidence = 'likely';
  }

  const otherPort = reach.answered.find((attempt) => attempt.port !== first.quoted.destination.port);
  const dnsAnswer = first.quoted.destination.port === 53 ? null : capture.dnsAnswer(reach);
  const frames = errors.map((error) => error.frame);
  const params = { type: first.type, code: first.code, from: first.from, hops };
  const facts: EvidenceItem[] = [
    isProhibited
      ? evidence('icmp-prohibited', 'supports', 'strong', params, frames)
      : evidence('icmp-unreachable', 'supports', 'medium', params, frames),
  ];
  if (errors.length >= 2) {
    facts.push(evidence('repeated', 'supports', 'medium', { failed: errors.length, attempts: errors.length }, frames));
  }
  if (fact !== null) facts.push(fact);
  if (dnsAnswer !== null) {
    const control = { control: 'same-address-other-port', value: '53', count: 1 };
    facts.push(evidence('control-ok', 'supports', 'medium', control, [dnsAnswer]));
  }
  const survived = reach.answered.some((attempt) => attempt.port === first.quoted.destination.port);
  const alternatives: AlternativeItem[] = [
    alternative('server-firewall', standing === 'on-the-way' ? 'ruled-out' : 'open', { address: reach.address }),
    alternative('host-down', isProhibited ? 'ruled-out' : 'weakened', { address: reach.address }),
    ...(isProhibited ? [] : [alternative('routing-accident', 'open', { prefix: neighbourhood(reach.address)! })]),
    ...(place === 'local-network' ? [alternative('home-router', 'open', { hops: hops ?? 1 })] : []),
  ];
  const { port } = first.quoted.destination;
  const flow = capture.quotedFlow(first)?.id ?? -1;
  // Where TCP was not refused, it is not the address that is.
  const ofSender = errors.filter(({ from }) => from === first.from);
  const isOverUdp = ofSender.every(({ quoted }) => quoted.protocol === UDP);
  const isQuic = isOverUdp && ofSender.every(({ quoted }) => quoted.destination.port === QUIC_PORT);
  const isOfAddress = otherPort === undefined && dnsAnswer === null && !(isOverUdp && answersTcp(reach));
  return {
    ...common(capture, reach, flow, port),
    ...(isQuic ? quotedDatagrams(base, first) : {}),
    confidence,
    trigger: isQuic
      ? { kind: 'protocol', value: 'quic', confidence: 'possible' }
      : isOfAddress
        ? {
            kind: 'ip-address',
            value: reach.address,
            confidence: rejected.size >= 2 ? confidence : weaker(confidence, 'possible'),
          }
        : { kind: 'port', value: String(port), confidence: 'possible' },
    interference: {
      kind: 'icmp-reject',
      variant: `icmp${first.v6 ? 'v6' : ''}-${first.type}-${first.code}`,
      direction: 'to-client',
    },
    stage: 'syn',
    effect: survived ? 'survived' : 'stopped',
    place,
    firstTime: Math.min(first.time, ...reach.silent.map((one) => one.firstTime)),
    lastTime: errors.at(-1)!.time,
    frames: { trigger: quotedFrames(capture, errors), forged: frames, genuine: [], affected: [] },
    evidence: facts,
    controls,
    alternatives,
    injector: { hopsFromVantage: hops, basis: hops === null ? 'unknown' : 'icmp-sender' },
  };
}

/**
 * A firewall of the target itself, or one in front of it, is its owner's. The sender is on the way where it is neither
 * the target, nor in its prefix, nor one of its last two hops: by the target's own distance if it ever spoke, else by
 * being nearer than that to every other host, or by having refused the way to unrelated networks.
 */
function standingOf(
  capture: Judgement,
  reach: AddressReach,
  error: IcmpError,
): { standing: Standing; hops: number | null } {
  const { base, view } = capture;
  const told = hopsOf(error.ttl);
  const travelled = reach.clientTtl > 0 && error.quoted.ttl > 1 ? reach.clientTtl - error.quoted.ttl : null;
  // The quoted packet says how far it came; where the way back differs by more than that, no distance is sure.
  const agree = told !== null && (travelled === null || Math.abs(told - travelled) <= 2);
  const hops = agree ? told : null;
  if (error.from === reach.address) return { standing: 'target', hops };
  if (areNeighbours(error.from, reach.address)) return { standing: 'near-target', hops };
  if (hops === null) return { standing: 'unknown', hops };
  const distance = distanceTo(base, [reach.address]);
  if (distance !== null) return { standing: hops + 2 < distance ? 'on-the-way' : 'near-target', hops };
  const refused = capture.refusedNetworks(reach.client, error.from);
  const nearest = distanceTo(base, view.answeredAddresses(reach.client));
  const isShared = refused >= 2 || (nearest !== null && hops + 2 < nearest);
  return { standing: isShared ? 'on-the-way' : 'unknown', hops };
}

/** Hops to the nearest of these hosts, by the hop limits of their own packets. */
function distanceTo(base: EvidenceBase, addresses: readonly string[]): number | null {
  let nearest: number | null = null;
  for (const address of addresses) {
    for (const ttl of base.index.baseline(address)?.ttls ?? []) {
      const hops = hopsOf(ttl);
      if (hops !== null && (nearest === null || hops < nearest)) nearest = hops;
    }
  }
  return nearest;
}

/** A refusal in the target's name from where its other packets come: its own firewall, as some systems bring along. */
function isAsFar(base: EvidenceBase, address: string, hops: number | null): boolean {
  const distance = distanceTo(base, [address]);
  return hops !== null && distance !== null && Math.abs(hops - distance) <= 1;
}

/** From the first packet of the flow to the error about it; null where the packet was not captured. */
function delayOf(capture: Judgement, reach: AddressReach, error: IcmpError): number | null {
  const start =
    capture.quotedFlow(error)?.firstTime ?? reach.silent.find((one) => one.firstTime <= error.time)?.firstTime;
  return start === undefined ? null : error.time - start;
}

/** The flow of datagrams that an error quotes. */
function quotedDatagrams(base: EvidenceBase, { quoted }: IcmpError): Pick<Draft, 'flow'> {
  const { source, destination } = quoted;
  const isQuoted = (one: Endpoint, other: Endpoint): boolean =>
    one.address === other.address && one.port === other.port;
  const flow = base.udp.find(({ client, server }) => isQuoted(client, source) && isQuoted(server, destination));
  if (flow === undefined) return { flow: null };
  return { flow: { id: flow.id, protocol: 'udp', client: flow.client, server: flow.server } };
}

function answersTcp({ answered }: AddressReach): boolean {
  return answered.some(({ transport }) => transport === 'tcp');
}

/** The other end had answered on this connection before, or it is older than the capture. */
function isOfAnswered(capture: Judgement, error: IcmpError): boolean {
  const flow = capture.quotedFlow(error);
  if (flow === null) return false;
  if (flow.clientIsn === null) return true;
  return flow.packets.some(
    ({ fromClient, flags, time }) => !fromClient && (flags & TCP_FLAG.rst) === 0 && time < error.time,
  );
}

/** The packets that drew the errors. */
function quotedFrames(capture: Judgement, errors: readonly IcmpError[]): number[] {
  const frames = new Set<number>();
  for (const error of errors) {
    const sent = (capture.quotedFlow(error)?.packets ?? []).filter(
      (packet) => packet.fromClient && packet.time <= error.time,
    );
    const quoted = sent.find((packet) => packet.ipId === error.quoted.ipId) ?? sent.at(-1);
    if (quoted !== undefined) frames.add(quoted.frame);
  }
  return [...frames];
}

// SYN-ACKs repeated although they were acknowledged: what the client sends does not arrive

function judgeRepeatedSynAcks(base: EvidenceBase, earlier: readonly Draft[]): Draft[] {
  if (base.capture.drops > 0) return [];
  const drafts: Draft[] = [];
  const explained = new Set(earlier.map(({ flow }) => flow?.id));
  for (const flow of base.tcp) {
    if (!isAcrossInternet(flow.server.address) || explained.has(flow.id)) continue;
    const repeats = repeatedSynAcks(flow);
    // A server that waits for data repeats its SYN-ACK as well; it takes what the client sends, though.
    const sent = flow.packets.filter((packet) => packet.fromClient && packet.length > 0);
    if (repeats.length < 2 || sent.length < 2 || flow.toClient.bytes > 0) continue;
    const { address, port } = flow.server;
    drafts.push({
      key: `syn-ack ${flow.id}`,
      rule: RULE,
      confidence: 'possible',
      trigger: { kind: 'ip-address', value: address, confidence: 'possible' },
      interference: { kind: 'packet-drop', variant: 'syn-ack-repeated', direction: 'to-server' },
      stage: 'handshake',
      effect: 'stopped',
      place: 'unknown',
      target: { domain: siteName(flow, base), address, port },
      flow: { id: flow.id, protocol: 'tcp', client: flow.client, server: flow.server },
      dns: null,
      firstTime: flow.firstTime,
      lastTime: flow.lastTime,
      frames: { trigger: [], forged: [], genuine: repeats, affected: sent.map((packet) => packet.frame) },
      evidence: [evidence('syn-ack-repeated', 'supports', 'medium', { count: repeats.length }, repeats)],
      controls: [],
      alternatives: [
        alternative('packet-loss', 'open', { retransmissions: repeats.length }),
        alternative('deferred-accept', 'weakened', { address }),
      ],
      attribution: [],
      injector: null,
      causedBy: null,
      residual: false,
    });
  }
  return drafts;
}

/** Frames of SYN-ACKs of the same sequence number that came after the client had acknowledged it. */
function repeatedSynAcks(flow: TcpFlow): number[] {
  const both = TCP_FLAG.syn | TCP_FLAG.ack;
  const acknowledged = flow.packets.find(
    (packet) => packet.fromClient && (packet.flags & (both | TCP_FLAG.rst)) === TCP_FLAG.ack && flow.serverIsn !== null,
  );
  if (acknowledged === undefined) return [];
  return flow.packets
    .filter(
      (packet) =>
        !packet.fromClient &&
        (packet.flags & both) === both &&
        packet.seq === flow.serverIsn &&
        packet.time > acknowledged.time,
    )
    .map((packet) => packet.frame);
}

function common(capture: Judgement, reach: AddressReach, flowId: number, port: number) {
  const flow = capture.flow(flowId);
  return {
    key: `address ${reach.client} ${reach.address}`,
    rule: RULE,
    target: { domain: reach.names[0] ?? null, address: reach.address, port },
    flow: flow === null ? null : { id: flow.id, protocol: 'tcp' as const, client: flow.client, server: flow.server },
    dns: null,
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}

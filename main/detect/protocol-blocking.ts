// Connections that fall silent right after a first payload that looks like no known protocol, or that gives itself away as
// a VPN's or a shell's. Some filters let pass what is text, TLS or HTTP, and drop some of the rest; others drop what they
// know by its form.
//
// Possible at most: a server that is no longer there for this protocol is as silent, and WireGuard and OpenVPN say nothing
// to whoever has a wrong key, by design.
//
// Over TCP it takes two and more such connections to the place, begun apart, whose first payload was never acknowledged
// though it was sent three times and more; none that worked; and a known protocol that the same address answered, or, over
// three and more, other traffic.
//
// Over UDP it takes three and more handshakes over five seconds and more that drew no answer and no error, none that was
// answered, other datagrams that were answered from elsewhere meanwhile, and one of two things: the host answers something
// else, or hosts in three networks are silent to the same protocol. With no more than one of the controls the capture
// cannot tell, and that is what is said.

import type { Confidence } from '../../shared/domain/vocabulary.ts';
import type { Attempt, TcpFlow, UdpFlow } from '../flow/records.ts';
import { isAcrossInternet } from '../observe/address.ts';
import { CONTROL_WINDOW, LEAST_CLIENT_TTL, networkOf, SAME_MINUTE, workedAround } from '../observe/controls.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { mayExpireOnTheWay, ownTool } from '../observe/own-tool.ts';
import { type Silence, silences } from '../observe/silence.ts';
import type { TunnelProtocol } from '../wire/first-payload.ts';
import {
  type AlternativeItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';

const RULE = 'protocol-blocking/2';
const ENOUGH_RETRANSMISSIONS = 3;
const LEAST_FLOWS = 2;
const ENOUGH_FLOWS = 3;
const APART = SECOND;
/** Less is no first message of a protocol that hides itself: keys, addresses and padding take more. */
const LEAST_LENGTH = 32;
const LEAST_HANDSHAKES = 3;
const LEAST_SPAN = 5 * SECOND;
const LEAST_NETWORKS = 3;
/** More places or attempts than this say no more. */
const ENOUGH = 64;
const MAX_FRAMES = 64;

/** As people call them. */
const NAMES: Readonly<Record<TunnelProtocol, string>> = {
  wireguard: 'WireGuard',
  openvpn: 'OpenVPN',
  ike: 'IPsec (IKE)',
  l2tp: 'L2TP',
  ssh: 'SSH',
};
/** Say nothing to whom they do not know. */
const SILENT_BY_DESIGN: readonly TunnelProtocol[] = ['wireguard', 'openvpn'];

interface Dropped {
  readonly flow: TcpFlow;
  readonly silence: Silence;
}

export const protocolBlocking: Detector = {
  rule: RULE,
  judges: ['port-blocking'],
  detect(base, earlier) {
    if (base.capture.drops > 0) return [];
    const explained = new Set(earlier.flatMap(({ flow }) => (flow?.protocol === 'tcp' ? [flow.id] : [])));
    const places = new Map<string, Dropped[]>();
    const found = silences(base);
    for (const flow of base.tcp) {
      const silence = found.get(flow.id);
      if (silence === undefined || explained.has(flow.id) || !isJudged(flow, silence, base)) continue;
      const key = `${flow.client.address} ${flow.server.address} ${flow.server.port}`;
      const place = places.get(key);
      if (place === undefined) places.set(key, [{ flow, silence }]);
      else place.push({ flow, silence });
    }
    return [...[...places.values()].flatMap((dropped) => judge(dropped, base) ?? []), ...handshakes(base, earlier)];
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    return base.capture.cutFrames > 0 ? 'snaplen' : null;
  },
};

function isJudged(flow: TcpFlow, silence: Silence, base: EvidenceBase): boolean {
  const { opening } = flow;
  if (opening == null) return false;
  if (opening.protocol === null && (opening.isExempt || opening.length < LEAST_LENGTH)) return false;
  if (silence.kind !== 'unacknowledged' || silence.retransmissions < ENOUGH_RETRANSMISSIONS) return false;
  if (!isAcrossInternet(flow.server.address) || mayExpireOnTheWay(flow)) return false;
  const { local } = base.capture;
  if (local.has(flow.server.address) && !local.has(flow.client.address)) return false;
  return ownTool(flow, base.capture) === null;
}

function judge(dropped: readonly Dropped[], base: EvidenceBase): Draft | null {
  const { flow, silence } = dropped[0]!;
  const { client, server } = flow;
  const isRepeated = dropped.some((one) => one.flow.firstTime - flow.firstTime >= APART);
  if (dropped.length < LEAST_FLOWS || !isRepeated) return null;
  const first = Math.min(...dropped.map((one) => one.flow.firstTime));
  const last = Math.max(...dropped.map((one) => one.silence.until));
  const beside = workedBeside(flow, first, last, base, ({ transport }) => transport === 'tcp');
  // The same place took it after all
  if (beside.here.some(({ port, name, ja4 }) => port === server.port && name === null && ja4 === null)) return null;
  const { here, elsewhere } = beside;
  if (here.length === 0 && (elsewhere.length === 0 || dropped.length < ENOUGH_FLOWS)) return null;
  const { protocol, bitsPerByte, printableShare, longestPrintable } = flow.opening!;
  const shape = { bitsPerByte, printablePercent: 100 * printableShare, longest: longestPrintable };
  const form =
    protocol === null
      ? evidence('fully-encrypted', 'supports', 'weak', shape, flow.trigger!.frames)
      : evidence('protocol-recognised', 'supports', 'weak', { protocol: NAMES[protocol] }, flow.trigger!.frames);
  const triggers = dropped.flatMap((one) => one.flow.trigger?.frames ?? []);
  const seconds = (silence.until - silence.since) / SECOND;
  const { retransmissions, affected } = silence;
  const facts: EvidenceItem[] = [
    form,
    evidence('request-unacknowledged', 'supports', 'medium', { retransmissions, seconds }, affected),
    evidence('same-position', 'supports', 'medium', { flows: dropped.length }, triggers.slice(0, MAX_FRAMES)),
  ];
  facts.push(...controlFacts(beside));
  return {
    key: `protocol ${client.address} ${server.address} ${server.port}`,
    rule: RULE,
    confidence: 'possible',
    trigger: {
      kind: 'protocol',
      value: protocol === null ? 'fully-encrypted' : NAMES[protocol],
      confidence: 'possible',
    },
    interference: { kind: 'packet-drop', variant: 'first-payload', direction: 'to-server' },
    stage: 'request',
    effect: 'stopped',
    place: 'unknown',
    target: { domain: null, address: server.address, port: server.port },
    flow: { id: flow.id, protocol: 'tcp', client, server },
    dns: null,
    firstTime: first,
    lastTime: last,
    frames: {
      trigger: triggers.slice(0, MAX_FRAMES),
      forged: [],
      genuine: silence.genuine,
      affected: dropped.flatMap((one) => one.silence.affected).slice(0, MAX_FRAMES),
    },
    evidence: facts,
    controls: [],
    alternatives: [
      // Whatever the program does, its system acknowledges
      ...silentByDesign(protocol, 'ruled-out'),
      alternative('server-down', here.length > 0 ? 'ruled-out' : 'open', { address: server.address }),
      alternative('server-firewall', 'open', { address: server.address }),
      alternative('middlebox-proxy', 'open', {}),
      alternative('packet-loss', 'ruled-out', { retransmissions }),
      alternative('local-filter', 'open', {}),
    ],
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}

function silentByDesign(protocol: TunnelProtocol | null, status: AlternativeItem['status']): AlternativeItem[] {
  if (protocol === null || !SILENT_BY_DESIGN.includes(protocol)) return [];
  return [alternative('silent-by-design', status, { protocol: NAMES[protocol] })];
}

/** Conversations with one place that never got beyond the first message of a protocol. */
interface Vain {
  readonly protocol: TunnelProtocol;
  readonly flows: readonly UdpFlow[];
  readonly datagrams: number;
  readonly first: number;
  readonly last: number;
}

function handshakes(base: EvidenceBase, earlier: readonly Draft[]): Draft[] {
  if (base.capture.oneWayShare > 0.5) return [];
  // A place that is silent to everything, or that a forged answer gave, was judged before
  const judged = new Set([
    ...earlier.flatMap(({ target }) => (target.domain === null ? [target.address] : [])),
    ...earlier.flatMap(({ dns }) => dns?.answers.flatMap((one) => (one.forged ? one.addresses : [])) ?? []),
  ]);
  const places = new Map<string, UdpFlow[]>();
  for (const flow of base.udp) {
    const { client, server, protocol } = flow;
    if (protocol === 'other' || protocol === 'quic' || protocol === 'telegram-call') continue;
    if (flow.received.datagrams > 0 || flow.icmp.length > 0 || judged.has(server.address)) continue;
    if (!isAcrossInternet(server.address) || (flow.clientTtl ?? 255) < LEAST_CLIENT_TTL) continue;
    if (base.capture.local.has(server.address) && !base.capture.local.has(client.address)) continue;
    const key = `${client.address} ${server.address} ${server.port} ${protocol}`;
    const place = places.get(key);
    if (place === undefined) places.set(key, [flow]);
    else place.push(flow);
  }
  const vain = [...places.values()].flatMap((flows): Vain[] => {
    const datagrams = flows.reduce((sum, { sent }) => sum + sent.datagrams, 0);
    const first = Math.min(...flows.map(({ firstTime }) => firstTime));
    const last = Math.max(...flows.map(({ lastTime }) => lastTime));
    if (datagrams < LEAST_HANDSHAKES || last - first < LEAST_SPAN) return [];
    return [{ protocol: flows[0]!.protocol as TunnelProtocol, flows, datagrams, first, last }];
  });
  const alike = new Map<string, Vain[]>();
  for (const one of vain) {
    const key = `${one.flows[0]!.client.address} ${one.protocol}`;
    const list = alike.get(key);
    if (list === undefined) alike.set(key, [one]);
    else if (list.length < ENOUGH) list.push(one);
  }
  return vain.flatMap((one) => {
    const list = alike.get(`${one.flows[0]!.client.address} ${one.protocol}`)!;
    return judgeHandshakes(one, list, base) ?? [];
  });
}

/** `alike`: places of the same protocol that the client tried in vain. */
function judgeHandshakes(vain: Vain, alike: readonly Vain[], base: EvidenceBase): Draft | null {
  const { protocol, flows, datagrams, first, last } = vain;
  const [flow] = flows;
  const { client, server } = flow!;
  const beside = workedBeside(
    flow!,
    first,
    last,
    base,
    ({ address, transport }) => address === server.address || (transport !== 'tcp' && isAcrossInternet(address)),
  );
  const { here, elsewhere } = beside;
  // The same place took it after all
  if (here.some(({ port, transport }) => port === server.port && transport === 'udp')) return null;
  const networks = new Set(alike.map((other) => networkOf(other.flows[0]!.server.address)));
  const isEverywhere = networks.size >= LEAST_NETWORKS;
  const isHostUp = here.length > 0;
  if (!isHostUp && elsewhere.length === 0) return null;
  const confidence: Confidence = elsewhere.length > 0 && (isHostUp || isEverywhere) ? 'possible' : 'inconclusive';
  const frames = flows.flatMap(({ sent }) => sent.frames).sort((a, b) => a - b);
  const seconds = (last - first) / SECOND;
  const facts: EvidenceItem[] = [
    evidence('protocol-recognised', 'supports', 'weak', { protocol: NAMES[protocol] }, frames.slice(0, 1)),
    evidence('udp-unanswered', 'supports', 'medium', { datagrams, seconds }, frames.slice(0, MAX_FRAMES)),
  ];
  if (isEverywhere) {
    const others = alike.flatMap((other) => other.flows[0]!.sent.frames.slice(0, 1));
    facts.push(evidence('repeated', 'supports', 'medium', { failed: alike.length, attempts: alike.length }, others));
  }
  facts.push(...controlFacts(beside));
  return {
    key: `handshake ${client.address} ${server.address} ${server.port} ${protocol}`,
    rule: RULE,
    confidence,
    trigger: { kind: 'protocol', value: NAMES[protocol], confidence },
    interference: { kind: 'packet-drop', variant: 'handshake', direction: 'both' },
    stage: 'handshake',
    effect: 'stopped',
    place: 'unknown',
    target: { domain: null, address: server.address, port: server.port },
    flow: { id: flow!.id, protocol: 'udp', client, server },
    dns: null,
    firstTime: first,
    lastTime: last,
    frames: { trigger: frames.slice(0, 1), forged: [], genuine: [], affected: frames.slice(0, MAX_FRAMES) },
    evidence: facts,
    controls: [],
    alternatives: [
      ...silentByDesign(protocol, 'open'),
      alternative('server-down', isHostUp || isEverywhere ? 'weakened' : 'open', { address: server.address }),
      alternative('server-firewall', isEverywhere ? 'weakened' : 'open', { address: server.address }),
      alternative('local-filter', 'open', {}),
      alternative('packet-loss', 'ruled-out', { retransmissions: datagrams - 1 }),
    ],
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}

interface Beside {
  readonly here: readonly Attempt[];
  readonly elsewhere: readonly Attempt[];
}

/** Attempts that worked meanwhile, at the address of a flow and at others. */
function workedBeside(
  { client, server }: Pick<TcpFlow, 'client' | 'server'>,
  firstTime: number,
  lastTime: number,
  base: EvidenceBase,
  counts: (attempt: Attempt) => boolean,
): Beside {
  const span = { firstTime, lastTime };
  const here = [...workedAround(base, { client: client.address, address: server.address }, span, CONTROL_WINDOW)];
  const elsewhere: Attempt[] = [];
  for (const attempt of workedAround(base, { client: client.address }, span, SAME_MINUTE)) {
    if (elsewhere.length >= ENOUGH) break;
    if (attempt.address !== server.address && counts(attempt)) elsewhere.push(attempt);
  }
  return { here: here.filter(counts), elsewhere };
}

/** Other ports of the address, and other addresses, that worked meanwhile. */
function controlFacts({ here, elsewhere }: Beside): EvidenceItem[] {
  const sides = [
    ['same-address-other-port', here],
    ['other-address', elsewhere],
  ] as const;
  return sides.flatMap(([control, attempts]) => {
    const [one] = attempts;
    if (one === undefined) return [];
    const value = control === 'other-address' ? (one.name ?? one.address) : String(one.port);
    const frames = attempts.flatMap((attempt) => attempt.frames.slice(0, 1)).slice(0, MAX_FRAMES);
    return [evidence('control-ok', 'supports', 'medium', { control, value, count: attempts.length }, frames)];
  });
}

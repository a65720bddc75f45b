// Connections that fall silent right after a first payload that looks like no known protocol. Some filters let pass what
// is text, TLS or HTTP, and drop some of the rest.
//
// Possible at most: a server that is no longer there for this protocol is as silent. It takes two and more such
// connections to the place, begun apart, whose first payload was never acknowledged though it was sent three times and
// more; none that worked; and a known protocol that the same address answered, or, over three and more, other traffic.

import type { Attempt, TcpFlow } from '../flow/records.ts';
import { isAcrossInternet } from '../observe/address.ts';
import { CONTROL_WINDOW, SAME_MINUTE } from '../observe/controls.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { mayExpireOnTheWay, ownTool } from '../observe/own-tool.ts';
import { type Silence, silences } from '../observe/silence.ts';
import { alternative, type Detector, type Draft, type EvidenceItem, evidence } from './detector.ts';

const RULE = 'protocol-blocking/1';
const ENOUGH_RETRANSMISSIONS = 3;
const LEAST_FLOWS = 2;
const ENOUGH_FLOWS = 3;
const APART = SECOND;
/** Less is no first message of a protocol that hides itself: keys, addresses and padding take more. */
const LEAST_LENGTH = 32;
const MAX_FRAMES = 64;

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
    return [...places.values()].flatMap((dropped) => judge(dropped, base) ?? []);
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    return base.capture.cutFrames > 0 ? 'snaplen' : null;
  },
};

function isJudged(flow: TcpFlow, silence: Silence, base: EvidenceBase): boolean {
  const { opening } = flow;
  if (opening == null || opening.isExempt || opening.length < LEAST_LENGTH) return false;
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
  const here: Attempt[] = [];
  const elsewhere: Attempt[] = [];
  for (const entry of base.index.entries()) {
    if (entry.client !== client.address || entry.transport !== 'tcp') continue;
    const isHere = entry.address === server.address;
    const window = isHere ? CONTROL_WINDOW : SAME_MINUTE;
    for (const attempt of entry.attempts) {
      if (attempt.outcome !== 'ok' || attempt.firstTime > last + window || attempt.lastTime < first - window) continue;
      // The same place took it after all
      if (isHere && entry.port === server.port && entry.name === null && attempt.ja4 === null) return null;
      (isHere ? here : elsewhere).push(attempt);
    }
  }
  if (here.length === 0 && (elsewhere.length === 0 || dropped.length < ENOUGH_FLOWS)) return null;
  const { bitsPerByte, printableShare, longestPrintable } = flow.opening!;
  const shape = { bitsPerByte, printablePercent: 100 * printableShare, longest: longestPrintable };
  const triggers = dropped.flatMap((one) => one.flow.trigger?.frames ?? []);
  const seconds = (silence.until - silence.since) / SECOND;
  const { retransmissions, affected } = silence;
  const facts: EvidenceItem[] = [
    evidence('fully-encrypted', 'supports', 'weak', shape, flow.trigger!.frames),
    evidence('request-unacknowledged', 'supports', 'medium', { retransmissions, seconds }, affected),
    evidence('same-position', 'supports', 'medium', { flows: dropped.length }, triggers.slice(0, MAX_FRAMES)),
  ];
  for (const [control, attempts] of [
    ['same-address-other-port', here],
    ['other-address', elsewhere],
  ] as const) {
    const [one] = attempts;
    if (one === undefined) continue;
    const value = control === 'other-address' ? (one.name ?? one.address) : String(one.port);
    const frames = attempts.flatMap((attempt) => attempt.frames.slice(0, 1)).slice(0, MAX_FRAMES);
    facts.push(evidence('control-ok', 'supports', 'medium', { control, value, count: attempts.length }, frames));
  }
  return {
    key: `protocol ${client.address} ${server.address} ${server.port}`,
    rule: RULE,
    confidence: 'possible',
    trigger: { kind: 'protocol', value: 'fully-encrypted', confidence: 'possible' },
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

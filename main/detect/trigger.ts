// What the interferer matched on, judged apart from what it did. A position right after the name makes the name
// possible; only attempts that differ in one thing make it more: another name at the same address that works, the same
// name failing in other networks, or two kinds of hello with one name to one address of which one kind fails.

import { CONFIDENCES, type Confidence, type TriggerKind } from '../../shared/domain/vocabulary.ts';
import { type Attempt, TCP_FLAG, type TcpFlow, type TriggerRecord } from '../flow/records.ts';
import {
  attemptOf,
  type Compared,
  compareOtherAddresses,
  compareOtherNames,
  compareOtherPorts,
  compareRepeated,
  compareSameMinute,
  insideResidualWindow,
  networksOf,
  type Subject,
  subjectOf,
  toControls,
} from '../observe/controls.ts';
import { type EvidenceBase, MILLISECOND } from '../observe/evidence-base.ts';
import { type InventedNames, torHello } from '../observe/invented-names.ts';
import { seqDiff } from '../wire/seq.ts';
import { type ControlItem, type EvidenceItem, evidence } from './detector.ts';

export interface TriggerAttribution {
  readonly kind: TriggerKind;
  readonly value: string | null;
  readonly confidence: Confidence;
  readonly evidence: EvidenceItem[];
  readonly controls: ControlItem[];
}

/** Interference later than ten full segments of the server's data does not point at the first request any more. */
const NEAR_TRIGGER_BYTES = 10 * 1460;
/** By this much a forged packet can be ahead of the request it answers, seen beyond the injector. */
const OVERTAKES = 100 * MILLISECOND;
const MAX_FRAMES = 16;
/** Of the bits, only ACK is set in what a client sends once it is connected. */
const CONNECTED = TCP_FLAG.syn | TCP_FLAG.ack | TCP_FLAG.rst;
const NONE: ReadonlySet<number> = new Set();
/** The value of a trigger of kind `protocol`. */
export const TOR = 'Tor';

/** `ended`: connections known to have been ended by somebody else. However far those came, they did not work. */
export function attributeTrigger(
  flow: TcpFlow,
  base: EvidenceBase,
  ended: ReadonlySet<number> = NONE,
): TriggerAttribution {
  const { trigger } = flow;
  if (trigger === null || isResetBefore(flow, trigger.firstTime, base)) return beforeAsking(flow, base);
  const tor = torHello(flow.id, base);
  if (tor !== null) return ofTor(flow, trigger, tor, base);
  // Of a request that was not captured whole nobody can say what in it was matched.
  if (trigger.truncated) return unknown();
  if (trigger.kind === 'dns-query' && trigger.name !== null) {
    return { kind: 'dns-name', value: trigger.name, confidence: 'possible', evidence: [], controls: [] };
  }
  if (trigger.name === null || (trigger.kind !== 'client-hello' && trigger.kind !== 'http-request')) {
    return afterNameless(flow, base);
  }
  return afterName(flow, base, trigger.name, ended);
}

/**
 * Whether a reset came before anything was asked. Away from the client a reset can overtake the request that drew it:
 * there it has to be earlier by more than the client needs to ask once it is connected.
 */
function isResetBefore(flow: TcpFlow, asked: number, base: EvidenceBase): boolean {
  const reset = flow.packets.find((packet) => (packet.flags & TCP_FLAG.rst) !== 0);
  const lead = base.capture.local.has(flow.client.address) || base.capture.role === 'client' ? 0 : OVERTAKES;
  return reset !== undefined && reset.time < asked - lead;
}

function failing({ ok, failed, residual }: Compared, ended: ReadonlySet<number>): Compared {
  const stopped = ok.filter((attempt) => ended.has(attempt.flow));
  if (stopped.length === 0) return { ok, failed, residual };
  return { ok: ok.filter((attempt) => !ended.has(attempt.flow)), failed: [...failed, ...stopped], residual };
}

function afterName(flow: TcpFlow, base: EvidenceBase, name: string, ended: ReadonlySet<number>): TriggerAttribution {
  const subject = subjectOf(flow);
  const isTls = subject.nameFrom === 'sni';
  const repeated = failing(compareRepeated(base, subject), ended);
  const otherNames = failing(compareOtherNames(base, subject), ended);
  const elsewhere = failing(compareOtherAddresses(base, subject), ended);
  const minute = compareSameMinute(base, subject);
  const controls = [
    ...toControls('same-address-other-name', otherNames),
    ...toControls('same-name-other-address', elsewhere),
    ...toControls('other-address', minute),
  ];
  const facts = [
    ...repetition(repeated),
    ...controlFacts('same-address-other-name', otherNames, (attempt) => attempt.name ?? ''),
    ...elsewhereFacts(flow, elsewhere),
  ];

  if (isTls) {
    const separation = separate(flow, base, repeated);
    if (separation !== null) {
      return {
        kind: 'tls-fingerprint',
        value: flow.trigger?.ja4 ?? null,
        confidence: separation.confidence,
        evidence: [separation.item, ...facts],
        controls,
      };
    }
  } else if (isAddress(name)) {
    // A Host that is only the address is no name: what else the request says may have been matched.
    return { kind: 'http-content', value: null, confidence: 'possible', evidence: facts, controls };
  }

  const failures = repeated.failed.length + 1;
  const worksWithOtherName = otherNames.ok.length > 0;
  const networks = failingNetworks(flow, elsewhere);
  const failsAcrossNetworks = networks.length >= 2;
  const everyNameFails = !worksWithOtherName && otherNames.failed.length > 0;

  if (everyNameFails && !failsAcrossNetworks) {
    return wholeAddress(flow, base, subject, facts, controls);
  }
  let confidence: Confidence = 'inconclusive';
  if (isNearTrigger(flow)) confidence = 'possible';
  if (worksWithOtherName) confidence = failures >= 2 ? 'likely' : 'possible';
  if (failsAcrossNetworks && minute.ok.length > 0 && !everyNameFails) confidence = 'likely';
  if (failsAcrossNetworks && worksWithOtherName) confidence = 'confirmed';
  // The same name got through here, or does elsewhere: something besides the name decides.
  if (repeated.ok.length >= failures) confidence = lowered(confidence);
  else if ((repeated.ok.length > 0 || elsewhere.ok.length > 0) && confidence !== 'possible') {
    confidence = lowered(confidence);
  }
  if (confidence === 'inconclusive') return { ...unknown(), evidence: facts, controls };
  return { kind: isTls ? 'tls-sni' : 'http-host', value: name, confidence, evidence: facts, controls };
}

/** Every name failed at this address and port: the whole address, this port of it, or nothing to tell. */
function wholeAddress(
  flow: TcpFlow,
  base: EvidenceBase,
  subject: Subject,
  facts: EvidenceItem[],
  controls: ControlItem[],
): TriggerAttribution {
  const ports = compareOtherPorts(base, subject);
  const items = [...facts, ...portFacts(ports)];
  const { address } = flow.server;
  if (ports.ok.length > 0) {
    return { kind: 'port', value: String(flow.server.port), confidence: 'possible', evidence: items, controls };
  }
  if (ports.failed.length > 0) {
    return { kind: 'ip-address', value: address, confidence: 'likely', evidence: items, controls };
  }
  return { ...unknown(), evidence: items, controls };
}

/** Nothing had been asked yet: neither name nor protocol can have been matched. */
function beforeAsking(flow: TcpFlow, base: EvidenceBase): TriggerAttribution {
  const subject: Subject = { ...subjectOf(flow), name: null, nameFrom: 'none', asked: false };
  // Joined midway: whatever was asked came before the capture.
  if (flow.clientIsn === null && flow.serverIsn === null) return unknown();
  // Away from the client, what it asked once connected may have been dropped on the way here.
  const isAway = !base.capture.local.has(flow.client.address) && base.capture.role !== 'client';
  if (
    isAway &&
    flow.trigger === null &&
    flow.packets.some((packet) => packet.fromClient && (packet.flags & CONNECTED) === TCP_FLAG.ack)
  ) {
    return unknown();
  }
  const own = attemptOf(base, flow);
  if (own !== null && insideResidualWindow(base, own)) return unknown();
  const here = [compareRepeated(base, subject), compareOtherNames(base, subject)];
  const ports = compareOtherPorts(base, subject);
  const minute = compareSameMinute(base, subject);
  const controls = toControls('other-address', minute);
  const succeeded = here.flatMap((one) => one.ok);
  const failed = here.flatMap((one) => one.failed);
  const facts = [...repetition({ ok: succeeded, failed, residual: [] }), ...portFacts(ports)];
  // The same address and port carried other attempts: it is not blocked as such.
  if (succeeded.length > 0) return { ...unknown(), evidence: facts, controls };
  if (ports.ok.length > 0) {
    const confidence = failed.length > 0 ? 'likely' : 'possible';
    return { kind: 'port', value: String(flow.server.port), confidence, evidence: facts, controls };
  }
  const confidence = ports.failed.length > 0 && minute.ok.length > 0 ? 'likely' : 'possible';
  return { kind: 'ip-address', value: flow.server.address, confidence, evidence: facts, controls };
}

/** The name is made up for this connection: the form of the hello, or who is asked, was matched, if anything was. */
function ofTor(
  flow: TcpFlow,
  trigger: TriggerRecord,
  { names: others, count, addresses, frames }: InventedNames,
  base: EvidenceBase,
): TriggerAttribution {
  const minute = compareSameMinute(base, subjectOf(flow));
  const isTor = (attempt: Attempt): boolean => torHello(attempt.flow, base) !== null;
  // Other relays are what it is about; only sites are something else.
  const isSite = (attempt: Attempt): boolean => !isTor(attempt);
  const sites = { ...minute, ok: minute.ok.filter(isSite), failed: minute.failed.filter(isSite) };
  const passed = minute.ok.filter(isTor);
  // Its own, those that it is held against, and of the others so many that whoever has only these comes to the same.
  const names = new Set([trigger.name ?? '', ...passed.map(({ name }) => name ?? ''), ...others]);
  const facts = [
    evidence('names-made-up', 'supports', 'weak', { protocol: TOR, names: [...names], count, addresses }, [
      ...trigger.frames,
      ...frames,
    ]),
    ...controlFacts('other-address', sites, (attempt) => attempt.name ?? attempt.address),
  ];
  if (passed.length > 0) {
    const params = { control: 'other-address', value: passed[0]!.address, count: passed.length };
    facts.push(evidence('control-ok', 'contradicts', 'medium', params, framesOf(passed)));
  }
  const confidence = sites.ok.length > 0 && passed.length === 0 ? 'possible' : 'inconclusive';
  return {
    kind: 'protocol',
    value: TOR,
    confidence,
    evidence: facts,
    controls: toControls('other-address', { ...sites, ok: [...sites.ok, ...passed] }),
  };
}

/** Something was sent that carries no readable name. */
function afterNameless(flow: TcpFlow, base: EvidenceBase): TriggerAttribution {
  const subject = subjectOf(flow);
  const repeated = compareRepeated(base, subject);
  const named = compareOtherNames(base, subject);
  const ports = compareOtherPorts(base, subject);
  const controls = toControls('same-address-other-name', named);
  const facts = [...repetition(repeated), ...portFacts(ports)];
  const isProtocol = flow.trigger?.kind === 'mtproto' || flow.trigger?.kind === 'other';
  if (isProtocol && repeated.ok.length === 0 && named.ok.length > 0) {
    // TLS or HTTP passes at the very address and port at which this protocol does not.
    const confidence = repeated.failed.length > 0 ? 'likely' : 'possible';
    const value = flow.trigger?.kind === 'mtproto' ? 'mtproto' : null;
    return { kind: 'protocol', value, confidence, evidence: facts, controls };
  }
  if (repeated.ok.length === 0 && ports.ok.length === 0 && ports.failed.length > 0) {
    return { kind: 'ip-address', value: flow.server.address, confidence: 'possible', evidence: facts, controls };
  }
  return { ...unknown(), evidence: facts, controls };
}

interface Separation {
  readonly confidence: Confidence;
  readonly item: EvidenceItem;
}

/** Which attribute of the hello sets the failing attempts with this name at this address apart from those that work. */
function separate(flow: TcpFlow, base: EvidenceBase, repeated: Compared): Separation | null {
  if (repeated.ok.length === 0) return null;
  const own = attemptOf(base, flow);
  const failing = own === null ? repeated.failed : [own, ...repeated.failed];
  if (failing.length === 0) return null;
  const enough = failing.length >= 2 && repeated.ok.length >= 2;
  for (const attribute of ['ja4', 'alpn', 'size'] as const) {
    const bad = values(failing, attribute);
    const good = values(repeated.ok, attribute);
    if (bad === null || good === null || bad.some((value) => good.includes(value))) continue;
    // A size follows session tickets and the path's MTU too; it never makes more than possible, nor does one pair.
    const confidence: Confidence = enough && attribute !== 'size' ? 'likely' : 'possible';
    if (attribute === 'size' && !enough) continue;
    const frames = [...failing, ...repeated.ok].flatMap((attempt) => attempt.frames).slice(0, MAX_FRAMES);
    return {
      confidence,
      item: evidence(
        'fingerprint-separates',
        'supports',
        'medium',
        { attribute, failing: bad.join(' '), working: good.join(' ') },
        frames,
      ),
    };
  }
  return null;
}

/** Distinct values, or null where one is not known. */
function values(attempts: readonly Attempt[], attribute: 'ja4' | 'alpn' | 'size'): string[] | null {
  const found = new Set<string>();
  for (const { ja4, helloLength } of attempts) {
    if (attribute === 'size' ? helloLength === null : ja4 === null) return null;
    // JA4 begins `t13d1516h2_`: the last two characters of that part are the ends of the first ALPN value.
    if (attribute === 'size') found.add(String(helloLength));
    else found.add(attribute === 'ja4' ? withoutAlpn(ja4!) : ja4!.slice(8, 10));
  }
  return [...found];
}

function withoutAlpn(ja4: string): string {
  return ja4.slice(0, 8) + ja4.slice(10);
}

function repetition(repeated: Compared): EvidenceItem[] {
  const failed = repeated.failed.length + 1;
  const attempts = failed + repeated.ok.length;
  const items: EvidenceItem[] = [];
  if (failed >= 2) {
    items.push(evidence('repeated', 'supports', 'medium', { failed, attempts }, framesOf(repeated.failed)));
  }
  if (repeated.ok.length > 0) {
    const params = { succeeded: repeated.ok.length, attempts };
    items.push(evidence('attempt-succeeded', 'contradicts', 'medium', params, framesOf(repeated.ok)));
  }
  return items;
}

function controlFacts(control: string, compared: Compared, label: (attempt: Attempt) => string): EvidenceItem[] {
  const items: EvidenceItem[] = [];
  const { ok, failed } = compared;
  if (ok.length > 0) {
    const params = { control, value: label(ok[0]!), count: ok.length };
    items.push(evidence('control-ok', 'supports', 'medium', params, framesOf(ok)));
  }
  if (failed.length > 0) {
    const params = { control, value: label(failed[0]!), count: failed.length };
    items.push(
      evidence('control-failed', ok.length > 0 ? 'neutral' : 'contradicts', 'medium', params, framesOf(failed)),
    );
  }
  return items;
}

function elsewhereFacts(flow: TcpFlow, elsewhere: Compared): EvidenceItem[] {
  const items: EvidenceItem[] = [];
  const networks = failingNetworks(flow, elsewhere);
  if (networks.length >= 2) {
    items.push(evidence('name-fails-in-networks', 'supports', 'medium', { networks }, framesOf(elsewhere.failed)));
  }
  if (elsewhere.ok.length > 0) {
    const params = {
      control: 'same-name-other-address',
      value: elsewhere.ok[0]!.address,
      count: elsewhere.ok.length,
    };
    items.push(evidence('control-ok', 'contradicts', 'medium', params, framesOf(elsewhere.ok)));
  }
  return items;
}

/** Other ports of the address: working ones point at this port or at what was sent, failing ones at the address. */
function portFacts(ports: Compared): EvidenceItem[] {
  const items: EvidenceItem[] = [];
  for (const [kind, attempts] of [
    ['control-ok', ports.ok],
    ['control-failed', ports.failed],
  ] as const) {
    if (attempts.length === 0) continue;
    const params = { control: 'same-address-other-port', value: String(attempts[0]!.port), count: attempts.length };
    items.push(evidence(kind, 'supports', 'medium', params, framesOf(attempts)));
  }
  return items;
}

function failingNetworks(flow: TcpFlow, elsewhere: Compared): string[] {
  const addresses = [flow.server.address, ...elsewhere.failed.map((attempt) => attempt.address)];
  return networksOf(addresses);
}

/** The interference came within the first packets after the request, as far as resets and answers tell. */
function isNearTrigger(flow: TcpFlow): boolean {
  if (flow.serverIsn === null) return true;
  let end = flow.serverIsn + 1;
  for (const packet of flow.packets) {
    if ((packet.flags & TCP_FLAG.rst) !== 0) break;
    if (!packet.fromClient && packet.length > 0 && seqDiff(packet.seq + packet.length, end) > 0) {
      end = packet.seq + packet.length;
    }
  }
  return seqDiff(end, flow.serverIsn + 1) <= NEAR_TRIGGER_BYTES;
}

function framesOf(attempts: readonly Attempt[]): number[] {
  return attempts.flatMap((attempt) => attempt.frames).slice(0, MAX_FRAMES);
}

function lowered(confidence: Confidence): Confidence {
  return CONFIDENCES[Math.min(CONFIDENCES.indexOf(confidence) + 1, CONFIDENCES.length - 1)]!;
}

function unknown(): TriggerAttribution {
  return { kind: 'unknown', value: null, confidence: 'inconclusive', evidence: [], controls: [] };
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /^[\d.]+(:\d+)?$/.test(host) || host.split(':').length > 2;
}

// Drafts of findings for tests of what comes after judging, and the input that composing takes.

import { TECHNIQUES } from '../../shared/domain/vocabulary.ts';
import { alternative, type Draft, evidence } from '../detect/detector.ts';
import type { DnsExchange, TcpFlow } from '../flow/records.ts';
import type { ComposeInput } from '../incident/compose.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';

/** A forged reset on a connection, `likely` and because of the name, unless said otherwise. */
export function resetDraft(flow: TcpFlow, forged: readonly number[], over: Partial<Draft> = {}): Draft {
  const { trigger } = flow;
  return {
    key: `rst-injection ${flow.id}`,
    rule: 'rst-injection/1',
    confidence: 'confirmed',
    trigger: { kind: trigger === null ? 'unknown' : 'tls-sni', value: trigger?.name ?? null, confidence: 'likely' },
    interference: { kind: 'rst-injection', variant: 'rst-ack-burst', direction: 'to-client' },
    stage: trigger === null ? 'syn' : 'client-hello',
    effect: 'stopped',
    place: 'path',
    target: { domain: trigger?.name ?? null, address: flow.server.address, port: flow.server.port },
    flow: { id: flow.id, protocol: 'tcp', client: flow.client, server: flow.server },
    dns: null,
    firstTime: flow.firstTime,
    lastTime: flow.lastTime,
    frames: { trigger: trigger?.frames ?? [], forged, genuine: [], affected: [] },
    evidence: [
      evidence('reset-burst', 'supports', 'strong', { count: 3, withinMs: 0.4, identical: true, ipId: 0xb90b }, forged),
      evidence('ttl-differs', 'supports', 'medium', { suspect: 128, genuine: [45], difference: 83 }, forged),
    ],
    controls: [],
    alternatives: [alternative('server-closed', 'ruled-out', { timing: 'it spoke afterwards' })],
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
    ...over,
  };
}

/** Silence of an address on every port tried. */
export function silenceDraft(address: string, over: Partial<Draft> = {}): Draft {
  return {
    key: `null-route ${address}`,
    rule: 'ip-null-routing/1',
    confidence: 'likely',
    trigger: { kind: 'ip-address', value: address, confidence: 'likely' },
    interference: { kind: 'null-route', variant: 'silence', direction: 'both' },
    stage: 'syn',
    effect: 'stopped',
    place: 'unknown',
    target: { domain: null, address, port: 443 },
    flow: null,
    dns: null,
    firstTime: 1e9,
    lastTime: 2e9,
    frames: { trigger: [], forged: [], genuine: [], affected: [1] },
    evidence: [evidence('syn-unanswered', 'supports', 'medium', { attempts: 1, syns: 4, seconds: 7 }, [1])],
    controls: [],
    alternatives: [alternative('host-down', 'weakened', { address })],
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
    ...over,
  };
}

/** The first answer of an exchange was forged. */
export function poisonDraft(exchange: DnsExchange, over: Partial<Draft> = {}): Draft {
  const [first] = exchange.answers;
  return {
    ...silenceDraft(exchange.resolver.address),
    key: `dns-poisoning ${exchange.id}`,
    rule: 'dns-poisoning/1',
    confidence: 'confirmed',
    trigger: { kind: 'dns-name', value: exchange.name, confidence: 'confirmed' },
    interference: { kind: 'forged-answer', variant: 'injected', direction: 'to-client' },
    stage: 'query',
    place: 'path',
    target: { domain: exchange.name, address: exchange.resolver.address, port: 53 },
    flow: { id: exchange.id, protocol: 'udp', client: exchange.client, server: exchange.resolver },
    dns: {
      query: {
        name: exchange.name,
        type: 'A',
        resolver: exchange.resolver.address,
        frames: exchange.queries.map((query) => query.frame),
      },
      answers: exchange.answers.map((answer, at) => ({
        frame: answer.frame,
        rcode: answer.rcode,
        addresses: answer.addresses,
        forged: at === 0,
      })),
    },
    firstTime: exchange.queries[0]?.time ?? 0,
    lastTime: exchange.answers.at(-1)?.time ?? 0,
    frames: {
      trigger: exchange.queries.map((query) => query.frame),
      forged: first === undefined ? [] : [first.frame],
      genuine: exchange.answers.slice(1).map((answer) => answer.frame),
      affected: [],
    },
    evidence: [],
    alternatives: [],
    ...over,
  };
}

/** 2018-04-16 09:00:00 UTC. */
export const BASE_SECOND = 1_523_869_200;

export function composeInput(
  base: EvidenceBase,
  drafts: readonly Draft[],
  over: Partial<ComposeInput> = {},
): ComposeInput {
  return {
    version: '0.1.0',
    capture: {
      path: 'capture.pcap',
      sha256: null,
      format: 'pcap',
      compression: null,
      linkTypes: ['ethernet'],
      packets: 183,
      bytes: 17_332,
      clock: [{ from: 0, baseSecond: BASE_SECOND }],
      firstTime: { seconds: BASE_SECOND, nanos: 0 },
      lastTime: { seconds: BASE_SECOND + 128, nanos: 0 },
      complete: true,
      stoppedAt: null,
      declared: {},
    },
    quality: [],
    error: null,
    coverage: { flows: 12, tcp: 9, udp: 3, tlsHellos: 4, dnsQueries: 3, quicInitials: 0, httpRequests: 1 },
    checked: TECHNIQUES.map((technique) => ({ technique, rule: null, state: 'not-run', because: null })),
    base,
    drafts,
    ...over,
  };
}

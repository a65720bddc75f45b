// Everything the program says is a kind from these closed unions with typed parameters. Addresses and names occur
// only in parameters, so that translating and anonymising act on values, never on prose. shared/i18n words them.

import type { Confidence, InterferenceKind, Place, TriggerKind } from './vocabulary.ts';

export type ParamValue = string | number | boolean | null | readonly string[] | readonly number[];
export type Params = { readonly [name: string]: ParamValue };

/** Facts that speak for or against interference. Times in milliseconds unless the name says otherwise. */
export interface EvidenceParams {
  // A reset or FIN, held against the same endpoint's other packets
  'data-after-reset': { afterMs: number; bytes: number };
  'answer-after-reset': { afterMs: number };
  'ack-after-reset': { afterMs: number };
  'syn-ack-after-reset': { afterMs: number };
  'reset-behind-data': { bytesBehind: number };
  'reset-sequence-jump': { bytes: number };
  'ttl-differs': { suspect: number; genuine: readonly number[]; difference: number };
  'ttl-equal': { ttl: number };
  'ip-id-mirrors-peer': { ipId: number; peerIpId: number };
  'window-mirrors-peer': { window: number };
  'df-differs': { suspect: boolean; packets: number };
  'window-nonzero': { window: number };
  'reserved-bits': { flags: number };
  // Every other packet of the endpoint carries a TCP timestamp; resets of some stacks never do
  'timestamp-missing': { packets: number };
  'reset-burst': { count: number; withinMs: number; identical: boolean; ipId: number };
  'ttl-window-step': { bursts: number; difference: number };
  'known-payload': { bytes: number; hex: string };
  'too-soon': { elapsedMs: number; leastRttMs: number; samples: number };
  'identity-equal': Record<never, never>;
  'after-trigger': { elapsedMs: number };
  'residual-window': { name: string; failed: number; least: number; most: number };
  'same-position': { flows: number };
  'client-kept-sending': { packets: number };
  'fin-without-data': { elapsedMs: number };
  'before-last-router': { lastClearTtl: number; firstResetTtl: number };
  'baseline-from-other-flows': { flows: number };
  // Silence
  'syn-unanswered': { attempts: number; syns: number; seconds: number };
  'hello-unacknowledged': { retransmissions: number; seconds: number };
  'hello-muted': { ackMs: number; silentSeconds: number };
  'hello-partly-acknowledged': { acknowledged: number; length: number; retransmissions: number };
  'request-unacknowledged': { retransmissions: number; seconds: number };
  'request-muted': { ackMs: number; silentSeconds: number };
  // The connection carried a few packets after its first request, then nothing more passed in either direction
  'silent-midway': { fromServer: number; fromClient: number; retransmissions: number; seconds: number };
  // What the client had acknowledged came again and again, and nothing further of the client was acknowledged
  'client-unheard': { serverAgain: number; retransmissions: number; seconds: number };
  'ping-unanswered': { requests: number };
  'udp-unanswered': { datagrams: number; seconds: number };
  'ports-silent': { ports: readonly number[] };
  'prefix-silent': { addresses: readonly string[]; prefix: string };
  'service-silent': { service: string; addresses: readonly string[]; answered: number };
  'syn-ack-repeated': { count: number };
  'icmp-prohibited': { type: number; code: number; from: string; hops: number | null };
  'icmp-unreachable': { type: number; code: number; from: string; hops: number | null };
  // DNS
  'answers-contradict': { answers: number; first: readonly string[]; other: readonly string[]; gapMs: number };
  'answer-too-soon': { elapsedMs: number; leastRttMs: number; samples: number };
  'answer-identity-differs': { fields: readonly string[] };
  'bogus-address': { address: string; range: string };
  'shared-bogus-address': { address: string; names: readonly string[] };
  'known-block-address': { address: string; system: string; source: string };
  // Of an imported list, which nobody here checked
  'listed-address': { address: string; list: string; entry: string };
  'known-pool-address': { address: string; system: string; source: string };
  'resolvers-disagree': { resolver: string; other: string; answer: readonly string[]; otherAnswer: readonly string[] };
  'denied-elsewhere-resolves': { rcode: number; other: string };
  'answer-not-from-resolver': { address: string };
  'foreign-service-address': { address: string; service: string };
  'query-unanswered': { queries: number; seconds: number };
  'other-names-answered': { resolver: string; names: number };
  'address-failed': { address: string };
  'address-works': { address: string };
  'teredo-address': { address: string };
  // An answer that holds only addresses of the family that was not asked for
  'answer-wrong-type': { asked: string; addresses: readonly string[] };
  'failure-before-answer': { rcode: number; answer: readonly string[]; gapMs: number };
  // Resolvers as such. Port 0: it answered to pings
  'resolver-silent': { resolver: string; names: number; queries: number; seconds: number };
  'resolver-alive': { resolver: string; port: number };
  'resolvers-silent': { resolvers: readonly string[] };
  'resolver-too-near': { resolver: string; answerMs: number; ownMs: number; samples: number };
  // Extended DNS error (RFC 8914): what the resolver itself says of its answer
  'extended-error': { code: number };
  'stream-rewritten': { gapMs: number };
  'known-page': { system: string; source: string };
  'listed-page': { list: string; entry: string };
  'ip-id-constant': { ipId: number; packets: number };
  'request-overlooked': { bytes: number };
  'redirect-elsewhere': { name: string; location: string };
  'reply-with-end': { bytes: number };
  'quic-unanswered': { datagrams: number; attempts: number; seconds: number };
  'works-over-tcp': { name: string; address: string; count: number };
  'quic-silent-everywhere': { addresses: readonly string[] };
  'frozen-after': { bytes: number; packets: number; tries: number; seconds: number };
  'same-amount': { flows: number; addresses: number; least: number; most: number };
  'smaller-passes': { address: string; count: number };
  policed: { kilobits: number; losses: number; lossPercent: number; explainedPercent: number; seconds: number };
  'arrives-in-bursts': { percent: number };
  'steady-rate': { kilobits: number; seconds: number; variationPercent: number };
  'no-queue': { queueMs: number; spreadMs: number };
  'control-faster': { control: string; value: string; times: number };
  'known-issuer': { issuer: string; system: string; source: string };
  'one-issuer-for-all': { issuer: string; owners: number; networks: number };
  'fully-encrypted': { bitsPerByte: number; printablePercent: number; longest: number };
  'protocol-recognised': { protocol: string };
  'names-made-up': { protocol: string; names: readonly string[]; count: number; addresses: number };
  // Controls and repetition
  repeated: { failed: number; attempts: number };
  'control-ok': { control: string; value: string; count: number };
  'control-failed': { control: string; value: string; count: number };
  'attempt-succeeded': { succeeded: number; attempts: number };
  // Networks are address prefixes (/16, IPv6 /32), not autonomous systems
  'name-fails-in-networks': { networks: readonly string[] };
  'fingerprint-separates': { attribute: string; failing: string; working: string };
  'names-share-fate': { names: number };
}
export type EvidenceKind = keyof EvidenceParams;

/** Innocent explanations. */
export interface AlternativeParams {
  'server-closed': { timing: string };
  'server-down': { address: string };
  'server-policy': { name: string };
  'server-overloaded': { address: string };
  'server-firewall': { address: string };
  'load-balancer': { address: string };
  'client-aborted': Record<never, never>;
  'keep-alive-race': Record<never, never>;
  'idle-timeout': { seconds: number };
  'packet-loss': { retransmissions: number };
  'mtu-black-hole': { length: number };
  'local-filter': Record<never, never>;
  'home-router': { hops: number };
  'nat-timeout': { seconds: number };
  'middlebox-proxy': Record<never, never>;
  'capture-duplicates': { frames: number };
  'capture-incomplete': Record<never, never>;
  'anycast-rehash': Record<never, never>;
  'older-segment-reordered': Record<never, never>;
  'cdn-rotation': { addresses: readonly string[] };
  'split-horizon': { address: string };
  'filtering-resolver': { resolver: string };
  'captive-portal': { address: string };
  'name-does-not-exist': { rcode: number };
  'resolver-failure': { rcode: number };
  'resolver-down': { resolver: string };
  'unseen-query': Record<never, never>;
  'network-down': Record<never, never>;
  'ipv6-broken': Record<never, never>;
  'happy-eyeballs': Record<never, never>;
  // The server waits for data before it takes the connection (TCP_DEFER_ACCEPT), repeating its SYN-ACK meanwhile
  'deferred-accept': { address: string };
  'host-down': { address: string };
  'routing-accident': { prefix: string };
  'server-without-quic': { address: string };
  // Who has no key that it knows gets no answer
  'silent-by-design': { protocol: string };
  'server-pacing': { address: string };
  'speed-limit': Record<never, never>;
  congestion: Record<never, never>;
  'own-tool': Record<never, never>;
}
export type AlternativeKind = keyof AlternativeParams;

/** What keeps a capture from telling more. */
export const QUALITY_KINDS = [
  'snaplen',
  'one-way',
  'mid-stream',
  'duplicated',
  'drops',
  'offload',
  'clock',
  'truncated',
  'damaged',
  'own-tool',
  'link-type',
  'wifi-encrypted',
  'wifi-damaged',
  'budget',
  'let-go',
] as const;
export type QualityKind = (typeof QUALITY_KINDS)[number];

/** What to do to be surer. */
export const NEXT_KINDS = [
  'other-name-same-address',
  'same-name-other-address',
  'other-resolver',
  'other-network',
  'server-side-capture',
  'capture-from-start',
  'capture-both-directions',
  'capture-full-packets',
  'capture-longer',
  'repeat-attempt',
  'check-local-filter',
  'check-routing',
  'try-ech',
  'traceroute',
  'publish-report',
] as const;
export type NextKind = (typeof NEXT_KINDS)[number];

/** What a next step is about; null where the step concerns the capture as a whole. */
export type NextParams = { readonly name: string | null; readonly address: string | null };

export const VERDICT_KINDS = [
  'reset-by-name',
  'reset-by-address',
  'reset',
  'dropped-by-name',
  'dropped',
  'closed-by-name',
  'alerted',
  'dns-forged',
  'dns-lying-resolver',
  'dns-denied',
  'dns-silent',
  'resolver-silent',
  'resolver-replaced',
  'address-silent',
  'address-rejected',
  'page-replaced',
  'cut-off',
  'slowed',
  'data-replaced',
  'intercepted',
  'other',
  'cannot-tell',
] as const;
export type VerdictKind = (typeof VERDICT_KINDS)[number];

/** What a verdict sentence is made of, whatever its kind. The words in it are those of vocabulary.ts. */
export type VerdictParams = {
  /** Names or addresses, the first three; `more` counts the others. */
  readonly targets: readonly string[];
  readonly more: number;
  readonly failed: number;
  readonly attempts: number;
  readonly interference: InterferenceKind;
  readonly confidence: Confidence;
  readonly trigger: TriggerKind;
  readonly triggerConfidence: Confidence;
  readonly place: Place;
  /** It was interfered with and got through all the same. */
  readonly survived: boolean;
  /** Further attempts that failed because of it, whatever they asked for: residual blocking. */
  readonly residual: number;
};

/** Operational problems. */
export const ERROR_CODES = [
  'not-found',
  'no-permission',
  'is-directory',
  'read-failed',
  'empty',
  'not-a-capture',
  'unsupported-version',
  'unsupported-format',
  'damaged',
  'compressed-damaged',
  'no-space',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const CONTROL_KINDS = [
  'same-address-other-name',
  'same-name-other-address',
  'other-resolver',
  'other-address',
] as const;
export type ControlKind = (typeof CONTROL_KINDS)[number];

// ---- two captures of one connection ----

export type ComparisonSide = 'a' | 'b';

/** What two captures of one connection show together. `side` names the capture that is spoken of. */
export interface ComparisonEvidenceParams {
  /** The capture at the end that a packet claims to come from has others of that end, and not this one. */
  'absent-at-sender': { side: ComparisonSide; packets: number; matched: number };
  'ids-without-gap': { side: ComparisonSide; first: number; last: number; packets: number };
  'sender-went-on': { side: ComparisonSide; packets: number };
  'other-bytes-sent': { side: ComparisonSide; bytes: number };
  'acknowledges-unseen': { side: ComparisonSide; bytes: number };
  'arrives-with-other-ttl': { side: ComparisonSide; suspect: number; genuine: number };
  'forged-both-ways': { frames: number };
  'trigger-arrived': { side: ComparisonSide };
  'trigger-swallowed': { side: ComparisonSide };
  'sent-and-absent': { side: ComparisonSide; packets: number; seconds: number };
  'never-acknowledged': { side: ComparisonSide; bytes: number };
  'nothing-after': { side: ComparisonSide; packets: number };
  'others-arrived': { side: ComparisonSide; packets: number };
  'content-differs': { bytes: number; otherBytes: number };
  'flag-differs': { flags: string; otherFlags: string };
  'same-hops-as-others': { hops: number };
  // An ICMP error in one of the captures quotes it; `routers` that it passed before, null where that cannot be told
  'icmp-rejected': { side: ComparisonSide; from: string; type: number; code: number; routers: number | null };
  'icmp-unreachable': { side: ComparisonSide; from: string; type: number; code: number; routers: number | null };
  /** It comes in the name of an end whose capture does not have it. */
  'icmp-unsent': { side: ComparisonSide };
  // Against
  'icmp-too-big': { side: ComparisonSide; from: string; type: number; code: number; routers: number | null };
  'capture-has-gaps': { side: ComparisonSide; packets: number };
  'capture-dropped': { side: ComparisonSide; drops: number };
  'capture-filtered': { side: ComparisonSide };
  'similar-packet-sent': { side: ComparisonSide };
  'loss-on-the-way': { percent: number };
}
export type ComparisonEvidenceKind = keyof ComparisonEvidenceParams;

/** What a finding of a comparison says. */
export const COMPARISON_CLAIMS = ['sent-by-neither', 'never-arrived', 'changed'] as const;
export type ComparisonClaim = (typeof COMPARISON_CLAIMS)[number];

/** What is worth knowing of the two captures, or keeps them from telling more. */
export interface ComparisonNoteParams {
  /** No connection is in both. */
  'nothing-in-common': Record<never, never>;
  terminated: { connections: number };
  translated: { from: string; to: string };
  'same-place': Record<never, never>;
  'order-unknown': { connections: number };
  'not-covered': { side: ComparisonSide; packets: number };
  'capture-lost': { side: ComparisonSide; packets: number };
  'lost-on-the-way': { from: ComparisonSide; packets: number; sent: number };
  merged: { side: ComparisonSide; packets: number };
  recut: { side: ComparisonSide; packets: number };
  'payload-cut': { connections: number };
  'header-rewritten': { field: string; packets: number };
  'answered-elsewhere': { side: ComparisonSide; connections: number };
  /** ICMP said that their TTL ran out. */
  expired: { side: ComparisonSide; packets: number };
  'over-budget': { side: ComparisonSide };
  'clock-unsteady': { spreadMs: number };
  'known-rewriting': { port: number; packets: number };
}
export type ComparisonNoteKind = keyof ComparisonNoteParams;

export const COMPARISON_VERDICTS = [
  'sent-by-neither',
  'never-arrived',
  'changed',
  'several',
  'agree',
  'nothing-in-common',
  'terminated',
  'same-place',
  'cannot-tell',
  'unreadable',
] as const;
export type ComparisonVerdict = (typeof COMPARISON_VERDICTS)[number];

export type ComparisonVerdictParams = {
  /** Names or addresses, the first three; `more` counts the others. */
  readonly targets: readonly string[];
  readonly more: number;
  readonly confidence: Confidence;
  /** Packets that the findings are about. */
  readonly packets: number;
  readonly connections: number;
};

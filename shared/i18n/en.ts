// English: plain, exact, and no surer than the packets.

import type { Params, VerdictParams } from '../domain/statements.ts';
import type { Confidence, InterferenceKind, TriggerKind } from '../domain/vocabulary.ts';
import type { Language, LiveWords } from './language.ts';
import { amount, englishCount as count } from './numbers.ts';
import { serviceName } from './words.ts';

const number = (n: number): string => amount(n, ',');

function milliseconds(ms: number): string {
  if (Math.abs(ms) >= 10_000) return `${number(ms / 1000)} s`;
  return Math.abs(ms) < 1 ? `${Math.round(ms * 1000) / 1000} ms` : `${number(ms)} ms`;
}

function seconds(s: number): string {
  return s < 10 ? `${Math.round(s * 100) / 100} s` : `${number(s)} s`;
}

function hex(n: number): string {
  return `0x${n.toString(16).padStart(4, '0')}`;
}

/** `a, b and c`; beyond `limit`, `a, b, c and 4 more`. */
function list(values: readonly (string | number)[], limit = 4, more = 0): string {
  if (values.length === 0 && more === 0) return 'none';
  const shown = values.slice(0, limit).map(String);
  const rest = values.length - shown.length + more;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]!}`;
}

/** An address list, or that there was none. */
function addresses(values: readonly string[]): string {
  return values.length === 0 ? 'no address' : list(values);
}

function text(params: Params, name: string): string | null {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function of(params: Params): string {
  const path = text(params, 'path');
  if (path === '-') return 'Standard input';
  return path ?? 'The capture';
}

const rcodes: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
};

function rcode(code: number): string {
  return rcodes[code] ?? `response code ${code}`;
}

/** RFC 8914 §4.16 to §4.18: the codes that say a name was withheld on purpose. */
const extendedErrors: Readonly<Record<number, string>> = {
  15: 'blocked by its operator',
  16: 'censored by demand of somebody else',
  17: 'filtered by wish of the client',
};

function extendedError(code: number): string {
  return extendedErrors[code] ?? 'another reason';
}

function icmp(params: { type: number; code: number; from: string; hops: number | null }): string {
  const distance = params.hops === null ? '' : `, about ${count(params.hops, 'hop')} away`;
  return `from ${params.from}${distance} (type ${params.type}, code ${params.code})`;
}

const confidenceWords: Readonly<Record<Confidence, string>> = {
  confirmed: 'confirmed',
  likely: 'likely',
  possible: 'possible',
  inconclusive: 'inconclusive',
};

const interferenceWords: Readonly<Record<InterferenceKind, string>> = {
  'rst-injection': 'forged reset',
  'forged-answer': 'forged answer',
  'packet-drop': 'dropped packets',
  'null-route': 'silence of the whole address',
  'block-page': 'block page',
  'data-injection': 'forged data',
  'tls-alert': 'forged TLS alert',
  'tls-mitm': 'TLS interception',
  'icmp-reject': 'rejection by ICMP',
  throttling: 'throttling',
  'cut-off': 'cut-off of the transfer',
};

const triggerWords: Readonly<Record<TriggerKind, string>> = {
  'dns-name': 'the queried name',
  'tls-sni': 'the site name in the TLS hello',
  'tls-fingerprint': 'the form of the TLS hello',
  'http-host': 'the site name in the request',
  'http-content': 'the content of the request',
  'quic-sni': 'the site name in the QUIC hello',
  'ip-address': 'the address',
  port: 'the port',
  protocol: 'the protocol',
  unknown: 'a cause that was not seen',
};

const because: Readonly<Record<TriggerKind, string>> = {
  'dns-name': 'because of the name',
  'tls-sni': 'because of the name',
  'tls-fingerprint': 'because of the form of the hello',
  'http-host': 'because of the name',
  'http-content': 'because of the content',
  'quic-sni': 'because of the name',
  'ip-address': 'because of the address',
  port: 'because of the port',
  protocol: 'because of the protocol',
  unknown: '',
};

/** Of one thing. */
function claimOne(confidence: Confidence, participle: string): string {
  return claim(confidence, participle).replace(/^were/, 'was');
}

/** How a claim reads at each level: `were forged`, `were probably forged`, `may have been forged`. */
function claim(confidence: Confidence, participle: string): string {
  switch (confidence) {
    case 'confirmed':
      return `were ${participle}`;
    case 'likely':
      return `were probably ${participle}`;
    default:
      return `may have been ${participle}`;
  }
}

const places: Readonly<Record<VerdictParams['place'], string>> = {
  'this-device': ' It was done on the device that captured: a local filter, not the network.',
  'local-network': ' It seems to have been done in the local network, by a router or filter close by.',
  resolver: ' It was done by the resolver that was asked.',
  path: '',
  unknown: '',
};

/** Fact, judgement, count, and both confidences apart: the interference is usually far surer than its trigger. */
function verdict(p: VerdictParams, fact: string, judgement: string, noun: string): string {
  const counted =
    p.failed > 0 && p.attempts > 0 ? ` ${number(p.failed)} of ${count(p.attempts, 'attempt')} failed.` : '';
  const survived = p.survived ? ' It got through all the same.' : '';
  const residual =
    p.residual > 0
      ? ` For a while after that ${count(p.residual, 'more attempt')} at the same place failed, whatever was asked for.`
      : '';
  const why =
    p.trigger === 'unknown' || p.triggerConfidence === 'inconclusive'
      ? 'what set it off: cannot be told'
      : `${because[p.trigger]}: ${confidenceWords[p.triggerConfidence]}`;
  const judged = judgement === '' ? '' : ` ${judgement}`;
  return `${fact}.${judged}${counted}${survived}${residual}${places[p.place]} (${noun}: ${confidenceWords[p.confidence]}; ${why})`;
}

function subject(p: VerdictParams): string {
  return list(p.targets, 3, p.more);
}

/** `after the site name in the TLS hello was sent`, for triggers that are sent. */
function after(p: VerdictParams): string {
  if (p.trigger === 'http-content') return ' after the request was sent';
  if (p.trigger === 'tls-fingerprint') return ' after the TLS hello was sent';
  const names: readonly TriggerKind[] = ['tls-sni', 'http-host', 'quic-sni'];
  return names.includes(p.trigger) ? ` after ${triggerWords[p.trigger]} was sent` : '';
}

export const en: Language = {
  code: 'en',
  direction: 'ltr',
  evidence: {
    'data-after-reset': (p) =>
      `The endpoint that is said to have reset the connection first sent ${count(p.bytes, 'byte')} of data ` +
      `${milliseconds(p.afterMs)} after that: its own stack never reset it.`,
    'answer-after-reset': (p) =>
      `The genuine answer arrived ${milliseconds(p.afterMs)} after the packet that ended the connection in its name.`,
    'ack-after-reset': (p) =>
      `${milliseconds(p.afterMs)} after its reset the endpoint still acknowledged data, as only a live connection does.`,
    'syn-ack-after-reset': (p) =>
      `${milliseconds(p.afterMs)} after the reset the server accepted the connection (SYN-ACK), as if it had sent none.`,
    'reset-behind-data': (p) =>
      `The reset's sequence number lies ${count(p.bytesBehind, 'byte')} behind what that endpoint had already sent.`,
    'reset-sequence-jump': (p) =>
      `A second reset followed whose sequence number is ${count(p.bytes, 'byte')} further than anything sent so far.`,
    'ttl-differs': (p) =>
      `TTL ${p.suspect} of the suspect packet; the same endpoint's own packets had TTL ${list(p.genuine)} ` +
      `(${count(Math.abs(p.difference), 'hop')} off).`,
    'ttl-equal': (p) => `TTL ${p.ttl} is that of the endpoint's own packets. An interferer can copy it.`,
    'ip-id-mirrors-peer': (p) =>
      `IP ID ${hex(p.ipId)} follows the other side's ${hex(p.peerIpId)}: the packet was made from the one it answers.`,
    'window-mirrors-peer': (p) => `The window of ${p.window} is a copy of the other side's.`,
    'df-differs': (p) =>
      `Don't-fragment is ${p.suspect ? 'set' : 'clear'}, unlike in all ${count(p.packets, 'earlier packet')} of that endpoint.`,
    'window-nonzero': (p) => `The reset has a window of ${p.window}, where most stacks send 0.`,
    'reserved-bits': (p) => `Reserved TCP flag bits are set (${hex(p.flags)}).`,
    'timestamp-missing': (p) =>
      `It carries no TCP timestamp, unlike all ${count(p.packets, 'packet')} of that endpoint. Resets of some stacks never do.`,
    'reset-burst': (p) =>
      `${count(p.count, p.identical ? 'identical reset' : 'reset')} (IP ID ${hex(p.ipId)}) arrived within ${milliseconds(p.withinMs)}.`,
    'ttl-window-step': (p) =>
      `In ${count(p.bursts, 'burst')} of resets TTL and window move together: window minus TTL is always ${p.difference}.`,
    'known-payload': (p) => `The reset carries ${count(p.bytes, 'byte')} known from an injector: ${p.hex}.`,
    'too-soon': (p) =>
      `It acknowledges the request after ${milliseconds(p.elapsedMs)}, but the fastest round trip to that address took ` +
      `${milliseconds(p.leastRttMs)} (${count(p.samples, 'sample')}): it came from nearer.`,
    'identity-equal': () =>
      'TTL, IP ID, window and flags are those of the endpoint itself: the packet may well be its own.',
    'after-trigger': (p) => `It came ${milliseconds(p.elapsedMs)} after the request or hello.`,
    'residual-window': (p) =>
      `After ${p.name}, ${count(p.failed, 'connection')} to the same place failed before naming anything, the last after ${seconds(p.least)}; after ${seconds(p.most)} one worked again.`,
    'same-position': (p) => `The same happened at the same point of ${count(p.flows, 'connection')}.`,
    'client-kept-sending': (p) => `The client had not closed: it sent ${count(p.packets, 'packet')} more.`,
    'fin-without-data': (p) =>
      `The connection was closed ${milliseconds(p.elapsedMs)} after the request without a byte of answer.`,
    'before-last-router': (p) =>
      `Probes with TTL ${p.lastClearTtl} drew no reset and those with TTL ${p.firstResetTtl} did: ` +
      `the interferer sits between these hops.`,
    'baseline-from-other-flows': (p) =>
      `The endpoint never spoke in this connection; it was compared with ${count(p.flows, 'other connection')} ` +
      `of the same address, which weighs less.`,
    'syn-unanswered': (p) =>
      `${count(p.syns, 'connection request')} (SYN) in ${count(p.attempts, 'attempt')} over ${seconds(p.seconds)} drew no answer at all.`,
    'hello-unacknowledged': (p) =>
      `The hello was sent again ${count(p.retransmissions, 'time')} over ${seconds(p.seconds)} and nothing of it was ever acknowledged.`,
    'hello-muted': (p) =>
      `The hello was acknowledged after ${milliseconds(p.ackMs)}, then the server stayed silent for ${seconds(p.silentSeconds)}.`,
    'hello-partly-acknowledged': (p) =>
      `Of the hello's ${count(p.length, 'byte')} only the first ${number(p.acknowledged)} were acknowledged; the rest was sent ` +
      `again ${count(p.retransmissions, 'time')}.`,
    'request-unacknowledged': (p) =>
      `The request was sent again ${count(p.retransmissions, 'time')} over ${seconds(p.seconds)} and nothing of it was ever acknowledged.`,
    'request-muted': (p) =>
      `The request was acknowledged after ${milliseconds(p.ackMs)}, then the server stayed silent for ${seconds(p.silentSeconds)}.`,
    'silent-midway': (p) =>
      `After the first request ${count(p.fromServer, 'packet')} from the server and ${number(p.fromClient)} from the client passed, ` +
      `then nothing more did for ${seconds(p.seconds)} although ${count(p.retransmissions, 'packet')} ${were(p.retransmissions)} sent again.`,
    'client-unheard': (p) =>
      `For ${seconds(p.seconds)} the server sent again what the client had acknowledged (${count(p.serverAgain, 'packet')}), ` +
      `and the client what was not (${count(p.retransmissions, 'packet')}): the server's packets arrived, the client's did not.`,
    'ping-unanswered': (p) =>
      `${count(p.requests, 'ping')} to the address ${p.requests === 1 ? 'was' : 'were'} not answered.`,
    'udp-unanswered': (p) => `${count(p.datagrams, 'datagram')} over ${seconds(p.seconds)} drew no answer.`,
    'ports-silent': (p) => `The address was silent on ${p.ports.length === 1 ? 'port' : 'ports'} ${list(p.ports, 8)}.`,
    'prefix-silent': (p) => `Other addresses of ${p.prefix} were silent as well: ${list(p.addresses)}.`,
    'service-silent': (p) =>
      `Of the addresses of ${serviceName(en, p.service)} ${list(p.addresses)} ${p.addresses.length === 1 ? 'was' : 'were'} silent, ` +
      `while ${p.answered === 0 ? 'none' : p.answered} answered.`,
    'syn-ack-repeated': (p) =>
      `The server repeated its SYN-ACK ${count(p.count, 'time')}: the client's packets did not reach it.`,
    'icmp-prohibited': (p) => `A device said that passing is prohibited: ICMP ${icmp(p)}.`,
    'icmp-unreachable': (p) => `A device said that the address cannot be reached: ICMP ${icmp(p)}.`,
    'answers-contradict': (p) =>
      `${count(p.answers, 'answer')} to one query contradict each other: ${addresses(p.first)} first, ` +
      `${addresses(p.other)} ${milliseconds(p.gapMs)} later.`,
    'answer-too-soon': (p) =>
      `The answer came after ${milliseconds(p.elapsedMs)}, but the fastest round trip to that resolver took ` +
      `${milliseconds(p.leastRttMs)} (${count(p.samples, 'sample')}).`,
    'answer-identity-differs': (p) => `The answers were made by different stacks: ${list(p.fields, 8)} differ.`,
    'bogus-address': (p) => `${p.address} (${p.range}) cannot be the address of a public name.`,
    'shared-bogus-address': (p) => `${p.address} was given for unrelated names: ${list(p.names)}.`,
    'listed-address': (p) => `${p.address} matches the entry ${p.entry} of the imported list ${p.list}.`,
    'known-block-address': (p) => `${p.address} is known as a block address of ${p.system} (${p.source}).`,
    'known-pool-address': (p) =>
      `${p.address} is one of the addresses that ${p.system} puts in forged answers (${p.source}).`,
    'resolvers-disagree': (p) =>
      `${p.resolver} answered ${addresses(p.answer)}, ${p.other} answered ${addresses(p.otherAnswer)}.`,
    'denied-elsewhere-resolves': (p) => `The answer was ${rcode(p.rcode)}, yet ${p.other} resolves the name.`,
    'answer-not-from-resolver': (p) =>
      `${p.address} answered a DNS query although nothing shows that it is a resolver.`,
    'foreign-service-address': (p) =>
      `${p.address} belongs to ${serviceName(en, p.service)}, not to the name that was asked for.`,
    'query-unanswered': (p) => `${count(p.queries, 'query', 'queries')} over ${seconds(p.seconds)} drew no answer.`,
    'other-names-answered': (p) =>
      `The same resolver ${p.resolver} answered for ${count(p.names, 'other name')} in that time.`,
    'address-failed': (p) => `A connection to ${p.address}, which the answer gave, failed.`,
    'address-works': (p) => `A connection to ${p.address}, which the answer gave, worked for that name.`,
    'teredo-address': (p) => `${p.address} is a Teredo address, as forged answers carry and public names do not.`,
    'failure-before-answer': (p) =>
      `One query was first answered ${rcode(p.rcode)} and, ${milliseconds(p.gapMs)} later, ${addresses(p.answer)}.`,
    'resolver-silent': (p) =>
      `${p.resolver} answered none of ${count(p.queries, 'query', 'queries')} about ${count(p.names, 'name')} ` +
      `in ${seconds(p.seconds)}.`,
    'resolver-alive': (p) =>
      p.port === 0
        ? `${p.resolver} is up: it answered to pings.`
        : `${p.resolver} is up: it answered on port ${p.port}.`,
    'resolvers-silent': (p) => `${list(p.resolvers, 8)} are all silent on port 53, and all up.`,
    'resolver-too-near': (p) =>
      `Answers in the name of ${p.resolver} came after ${milliseconds(p.answerMs)} (${count(p.samples, 'sample')}), ` +
      `while a packet to that address and back takes at least ${milliseconds(p.ownMs)}: somebody nearer answered.`,
    'answer-wrong-type': (p) => `The query asked for ${p.asked}, the answer holds only ${addresses(p.addresses)}.`,
    'extended-error': (p) => `The resolver itself says why (extended DNS error ${p.code}): ${extendedError(p.code)}.`,
    'stream-rewritten': (p) =>
      `The same part of the stream came twice with different bytes, ${milliseconds(p.gapMs)} apart: a server sends again ` +
      `what it sent before.`,
    'listed-page': (p) => `The page matches the entry ${p.entry} of the imported list ${p.list}.`,
    'known-page': (p) => `The page is known as a block page: ${p.system} (${p.source}).`,
    'ip-id-constant': (p) =>
      `${count(p.packets, 'different packet')} carry the same IP ID ${hex(p.ipId)}, and none of the server’s own does.`,
    'request-overlooked': (p) =>
      `It answers the request and does not acknowledge ${count(p.bytes, 'byte')} of it: whoever wrote it never received it.`,
    'redirect-elsewhere': (p) => `Whoever asked for ${p.name} is sent to ${p.location}.`,
    'reply-with-end': (p) =>
      `The whole reply is one packet of ${count(p.bytes, 'byte')} that ends the connection at once.`,
    'quic-unanswered': (p) =>
      `${count(p.datagrams, 'QUIC datagram')} in ${count(p.attempts, 'attempt')} drew no answer (up to ${seconds(p.seconds)} each).`,
    'works-over-tcp': (p) =>
      `Over TCP ${p.name} worked at ${p.address} meanwhile (${count(p.count, 'connection')}): host and path are up.`,
    'quic-silent-everywhere': (p) =>
      `No QUIC was answered by anybody, though all of these answer TCP: ${list(p.addresses, 8)}.`,
    'frozen-after': (p) =>
      `After ${count(p.bytes, 'byte')} from the server (${count(p.packets, 'packet')} in all) nothing more came for ${seconds(p.seconds)}, ` +
      `and ${count(p.tries, 'further try', 'further tries')} of the client drew no answer.`,
    'same-amount': (p) =>
      `${count(p.flows, 'connection')} to ${count(p.addresses, 'address', 'addresses')} froze at about the same amount ` +
      `(${number(p.least)} to ${number(p.most)} bytes).`,
    'smaller-passes': (p) =>
      `Smaller transfers from ${p.address} came through whole (${count(p.count, 'connection')}).`,
    policed: (p) =>
      `For ${seconds(p.seconds)} no more than ${number(p.kilobits)} kbit/s passed: ${count(p.losses, 'packet')} ` +
      `(${number(p.lossPercent)} %) were lost, and of these ${number(p.explainedPercent)} % when more had been sent than a fixed rate allows.`,
    'arrives-in-bursts': (p) =>
      `${number(p.percent)} % of the packets came in bursts at the speed of the line: nothing held them back, a queue would have spaced them.`,
    'steady-rate': (p) =>
      `For ${seconds(p.seconds)} the transfer kept to ${number(p.kilobits)} kbit/s, give or take ${number(p.variationPercent)} %, and hardly anything was lost: it was held back, not cut down.`,
    'no-queue': (p) =>
      `Had a queue dropped these packets, it would have held up others for ${milliseconds(p.queueMs)}; four of five took the same time to within ${milliseconds(p.spreadMs)}.`,
    'control-faster': (p) => `Control: ${controlWords(p.control)}, ${p.value}: ${number(p.times)} times faster.`,
    'known-issuer': (p) =>
      `The certificate is signed by "${p.issuer}", which signs for names that are not its own: ${p.system} (${p.source}).`,
    'one-issuer-for-all': (p) =>
      `"${p.issuer}" signed for names of ${count(p.owners, 'owner')} in ${count(p.networks, 'network')}, which share nothing else.`,
    'fully-encrypted': (p) =>
      `The first payload looks like nothing known: ${number(p.bitsPerByte)} bits set in a byte, ${number(p.printablePercent)} % printable, ` +
      `no more than ${p.longest} printable bytes in a row. The filter of Wu et al. (USENIX Security 2023) drops such connections.`,
    'protocol-recognised': (p) => `The first message is that of ${p.protocol}, which its form alone gives away.`,
    'names-made-up': (p) =>
      `${count(p.count, 'name')} of random letters in hellos of one form to ${count(p.addresses, 'address', 'addresses')}, each used once and ` +
      `looked up by nobody (${list(p.names, 3, p.count - p.names.length)}): ${p.protocol} makes up such a name for every connection.`,
    repeated: (p) => `${number(p.failed)} of ${count(p.attempts, 'attempt')} failed the same way.`,
    'control-ok': (p) =>
      `Control: ${controlWords(p.control)}, ${p.value}: ${p.count === 1 ? 'worked' : `worked ${number(p.count)} times`}.`,
    'control-failed': (p) =>
      `Control: ${controlWords(p.control)}, ${p.value}: ${p.count === 1 ? 'failed' : `failed ${number(p.count)} times`} as well.`,
    'attempt-succeeded': (p) => `${p.succeeded} of ${count(p.attempts, 'attempt')} to the same target succeeded.`,
    'name-fails-in-networks': (p) =>
      `The name failed the same way at addresses in ${count(p.networks.length, 'network')}: ${list(p.networks)}.`,
    'fingerprint-separates': (p) =>
      `What separates failing from working hellos is ${p.attribute}: ${p.failing} fails, ${p.working} works.`,
    'names-share-fate': (p) =>
      `${count(p.names, 'different name')} at the address failed alike, so the name is not what matters.`,
  },
  alternative: {
    'server-closed': (p) => `The server itself closed the connection${p.timing === '' ? '' : ` (${p.timing})`}.`,
    'server-down': (p) => `The server ${p.address} is down.`,
    'server-policy': (p) => `The server refuses the name ${p.name}, or clients from here.`,
    'server-overloaded': (p) => `The server ${p.address} is overloaded.`,
    'server-firewall': (p) => `A firewall of the server ${p.address} itself.`,
    'load-balancer': (p) => `A load balancer answers for ${p.address} with a stack of its own.`,
    'client-aborted': () => 'The client gave up by itself.',
    'keep-alive-race': () => 'The server closed an idle connection while the request was on its way.',
    'idle-timeout': (p) => `A timeout after ${seconds(p.seconds)} of idleness.`,
    'packet-loss': (p) =>
      `Ordinary packet loss (${p.retransmissions > 0 ? count(p.retransmissions, 'retransmission') : 'no retransmission'} seen).`,
    'mtu-black-hole': (p) => `Packets as large as ${count(p.length, 'byte')} do not fit the path (MTU).`,
    'server-without-quic': (p) => `${p.address} does not speak QUIC, or no longer.`,
    'silent-by-design': (p) => `${p.protocol} never answers whoever has a wrong or unknown key: check the keys first.`,
    'server-pacing': (p) => `${p.address} itself sends at that pace.`,
    'speed-limit': () => 'A speed limit of the contract, the office or the host.',
    congestion: () => 'A congested or weak link.',
    'local-filter': () => 'A firewall, antivirus, VPN or capture app on the device itself.',
    'home-router': (p) => `A home router or hotspot${p.hops > 0 ? `, ${count(p.hops, 'hop')} away` : ' close by'}.`,
    'nat-timeout': (p) => `A NAT forgot the connection after ${seconds(p.seconds)} of idleness.`,
    'middlebox-proxy': () => 'A transparent proxy answers in place of the server.',
    'capture-duplicates': (p) => `The capture itself doubled ${p.frames > 0 ? count(p.frames, 'frame') : 'frames'}.`,
    'capture-incomplete': () => 'The capture missed packets that would explain it.',
    'anycast-rehash': () => 'Packets of one connection reached different servers behind one address.',
    'older-segment-reordered': () => 'An older packet was merely overtaken on its way.',
    'cdn-rotation': (p) => `A content network gives changing addresses (${list(p.addresses)}).`,
    'split-horizon': (p) => `The name has another address inside this network (${p.address}).`,
    'filtering-resolver': (p) => `The resolver ${p.resolver} filters by its owner's wish.`,
    'captive-portal': (p) => `A captive portal (${p.address}) answers until one has signed in.`,
    'name-does-not-exist': (p) => `The name does not exist (${rcode(p.rcode)}).`,
    'resolver-failure': (p) => `The resolver failed (${rcode(p.rcode)}).`,
    'resolver-down': (p) => `The resolver ${p.resolver} is down.`,
    'unseen-query': () => 'Two queries were sent, of which the capture shows one.',
    'network-down': () => 'The network was down at that time.',
    'ipv6-broken': () => 'IPv6 does not work here at all.',
    'deferred-accept': (p) =>
      `The server ${p.address} waits for the first data before it takes a connection, and repeats its SYN-ACK meanwhile.`,
    'happy-eyeballs': () => 'The client raced two addresses and dropped the slower one.',
    'host-down': (p) => `The host ${p.address} is switched off or gone.`,
    'routing-accident': (p) => `A routing accident made ${p.prefix} unreachable.`,
    'own-tool': () => "The user's own circumvention or probing tool made these packets.",
  },
  quality: {
    snaplen: (_p, n) =>
      `${count(n, 'packet')} ${were(n)} cut by the snapshot length: names and contents may be missing.`,
    'one-way': (_p, n) => `Of ${count(n, 'connection')} only one direction was captured: silence proves nothing there.`,
    'mid-stream': (_p, n) => `${count(n, 'connection')} began before the capture did.`,
    duplicated: (_p, n) => `The capture holds ${count(n, 'packet')} twice; copies were not counted.`,
    drops: (_p, n) =>
      n > 0
        ? `The capture lost ${count(n, 'packet')}: silence was not judged where packets may be missing.`
        : 'The capture lost packets: silence was not judged where packets may be missing.',
    offload: (_p, n) =>
      `${n > 0 ? count(n, 'segment') : 'Segments'} larger than the network carries: the network card joined them, counts of packets are estimates.`,
    clock: (p, n) =>
      p.measured === 'program'
        ? 'Times were measured by the capturing program, not by the kernel: nothing was judged by timing, and lost packets were not counted.'
        : `Timestamps run backwards${n > 0 ? ` (${count(n, 'time')})` : ''}: nothing was judged by timing.`,
    truncated: (p) => {
      const missing = p.missing ?? p.needed;
      return `The file ends in the middle of a record${typeof missing === 'number' && missing > 0 ? ` (${count(missing, 'byte')} missing)` : ''}; all before it was analyzed.`;
    },
    damaged: (_p, n) => `${count(n, 'damaged record')} ${were(n)} passed over.`,
    'own-tool': (_p, n) =>
      `${count(n, 'packet')} ${n === 1 ? 'looks' : 'look'} made by a circumvention or probing tool of the user; left out of the judgement.`,
    'link-type': (p, n) => {
      const types = p.linkTypes ?? p.linkType;
      const named = Array.isArray(types) ? list(types as readonly (string | number)[]) : String(types ?? 'unknown');
      const code = typeof p.number === 'number' ? `, number ${p.number}` : '';
      return `${n > 0 ? count(n, 'packet') : 'Packets'} of a link type or tunnel that is not read (${named}${code}).`;
    },
    'wifi-encrypted': (_p, n) =>
      `${count(n, 'data frame')} of the Wi-Fi ${were(n)} encrypted and could not be read: capture on the device itself instead, or on its router.`,
    'wifi-damaged': (_p, n) =>
      `${count(n, 'Wi-Fi frame')} reached the capturing radio damaged and ${were(n)} passed over: capture on the device itself, where nothing is missed.`,
    budget: (p, n) =>
      p.what === 'queries'
        ? `The capture holds more than is kept at once: nothing was kept of ${count(n, 'DNS query', 'DNS queries')}, and nothing was judged of ${n === 1 ? 'it' : 'them'}.`
        : `The capture holds more than is kept at once: ${count(n, 'connection')} ${were(n)} let go or kept without packets, and no silence of theirs was judged.`,
    'let-go': (p, n) =>
      p.what === 'targets'
        ? `To make room for newer ones, ${count(n, 'older target')} ${were(n)} let go: ${n === 1 ? 'it is' : 'they are'} not listed, and nothing was compared with ${n === 1 ? 'it' : 'them'}.`
        : `The capture ran for long: details of ${count(n, 'older connection and query', 'older connections and queries')} ${were(n)} let go to make room for new ones. What was found before stays as it was said.`,
  },
  next: {
    'other-name-same-address': (p) =>
      `Visit another site at the same address${p.address === null ? '' : ` ${p.address}`} while capturing: if it works, ${p.name ?? 'the name'} is what matters.`,
    'same-name-other-address': (p) =>
      `Try ${p.name ?? 'the same service'} at another of its addresses: if it works, ${p.address ?? 'the address'} is what matters.`,
    'other-resolver': (p) =>
      `Ask another resolver, or one over HTTPS, for ${p.name ?? 'the same name'} while capturing, and compare.`,
    'other-network': (p) =>
      `Repeat with ${p.name ?? p.address ?? 'the same target'} from another network (mobile, another provider) at the same time.`,
    'server-side-capture': (p) =>
      `Capture at the server${p.address === null ? '' : ` ${p.address}`} too: a packet seen at one end only settles it.`,
    'capture-from-start': () =>
      'Start the capture before the connection: the handshake shows what the genuine server looks like.',
    'capture-both-directions': () => 'Capture both directions, best on the device itself.',
    'capture-full-packets': () => 'Capture whole packets (no snapshot length): names and contents were cut off.',
    'capture-longer': () =>
      'Let the capture run on for a minute after the failure: it ended before the silence could be judged.',
    'repeat-attempt': (p) =>
      `Try ${p.name ?? p.address ?? 'it'} several times, some minutes apart: one failure may be chance.`,
    'check-local-filter': () =>
      'Look for a firewall, antivirus, VPN or filter on this device and its router first, and repeat without it.',
    'check-routing': (p) =>
      `Look up whether the route to ${p.address ?? 'the address'} was announced elsewhere at that time (routing archives).`,
    'try-ech': (p) =>
      `Try a browser with Encrypted Client Hello, where ${p.name ?? 'the site'} offers it: if it works, the visible name is what matters.`,
    traceroute: (p) =>
      `Run a TCP traceroute to ${p.address ?? 'the address'} while capturing: it can show at which hop the packets end or are answered.`,
    'publish-report': () =>
      'Keep the capture unchanged and note where, when and on which network it was taken, so that others can check it.',
  },
  verdict: {
    'reset-by-name': (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} were reset${after(p)}`,
        `The resets ${claim(p.confidence, 'forged')}.`,
        'reset',
      ),
    'reset-by-address': (p) =>
      verdict(p, `Connections to ${subject(p)} were reset`, `The resets ${claim(p.confidence, 'forged')}.`, 'reset'),
    reset: (p) =>
      verdict(p, `Connections to ${subject(p)} were reset`, `The resets ${claim(p.confidence, 'forged')}.`, 'reset'),
    'dropped-by-name': (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} fell silent${after(p)}`,
        `Packets ${claim(p.confidence, 'dropped on the way')}.`,
        'drop',
      ),
    dropped: (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} fell silent`,
        `Packets ${claim(p.confidence, 'dropped on the way')}.`,
        'drop',
      ),
    'closed-by-name': (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} were closed${after(p)}, without an answer`,
        `The closing packets ${claim(p.confidence, 'forged')}.`,
        'closing',
      ),
    alerted: (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} were refused by a TLS alert${after(p)}`,
        `The alerts ${claim(p.confidence, 'forged')}.`,
        'alert',
      ),
    'dns-forged': (p) =>
      verdict(
        p,
        `DNS queries for ${subject(p)} got suspect answers`,
        `They ${claim(p.confidence, 'forged')}.`,
        'forged answer',
      ),
    'dns-lying-resolver': (p) =>
      verdict(
        p,
        `The resolver gave suspect answers for ${subject(p)}`,
        `They ${claim(p.confidence, 'made up')}.`,
        'false answer',
      ),
    'dns-denied': (p) =>
      verdict(
        p,
        `DNS queries for ${subject(p)} were answered that there is no such name or no answer`,
        `The denials ${claim(p.confidence, 'forged')}.`,
        'denial',
      ),
    'dns-silent': (p) =>
      verdict(p, `DNS queries for ${subject(p)} got no answer`, `They ${claim(p.confidence, 'dropped')}.`, 'drop'),
    'resolver-silent': (p) =>
      verdict(
        p,
        `The resolver ${subject(p)} answered no DNS query, whatever the name`,
        `DNS with it ${claim(p.confidence, 'dropped on the way')}.`,
        'drop',
      ),
    'resolver-replaced': (p) =>
      verdict(p, `Somebody nearer answered DNS queries in the name of ${subject(p)}`, '', 'redirection'),
    'address-silent': (p) =>
      verdict(
        p,
        `Nothing came back from ${subject(p)}`,
        `Packets ${claim(p.confidence, 'dropped on the way')}.`,
        'drop',
      ),
    'address-rejected': (p) =>
      verdict(p, `Packets to ${subject(p)} were rejected by a device on the way`, '', 'rejection'),
    'cut-off': (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} froze after a certain amount of data`,
        `The rest ${claimOne(p.confidence, 'dropped on the way')}.`,
        'cut-off',
      ),
    slowed: (p) =>
      verdict(
        p,
        `Transfers from ${subject(p)} are held to a fixed speed`,
        `Packets beyond it ${claim(p.confidence, 'dropped on the way')}.`,
        'limit',
      ),
    'page-replaced': (p) =>
      verdict(
        p,
        `Requests to ${subject(p)} got another page`,
        `It ${claimOne(p.confidence, 'put in place of the one asked for')}.`,
        'replacement',
      ),
    intercepted: (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} got a certificate of somebody who reads along`,
        `They ${claim(p.confidence, 'intercepted')}.`,
        'interception',
      ),
    'data-replaced': (p) =>
      verdict(
        p,
        `Connections to ${subject(p)} hold foreign data`,
        `It ${claimOne(p.confidence, 'forged')}.`,
        'forgery',
      ),
    other: (p) =>
      verdict(
        p,
        `Traffic with ${subject(p)} shows signs of interference (${interferenceWords[p.interference]})`,
        '',
        'interference',
      ),
    'cannot-tell': (p) =>
      verdict(
        p,
        `Something is odd about ${subject(p)} (${interferenceWords[p.interference]} is conceivable), and this capture cannot tell more`,
        '',
        'interference',
      ),
  },
  error: {
    'not-found': { text: (p) => `${of(p)}: there is no such file.`, hint: 'Check the path and its spelling.' },
    'no-permission': {
      text: (p) => `${of(p)}: reading it is not permitted.`,
      hint: 'Change the permissions of the file, or copy it to where you may read it.',
    },
    'is-directory': {
      text: (p) => `${of(p)} is a directory.`,
      hint: 'Name the capture files in it.',
    },
    'read-failed': {
      text: (p) => `${of(p)}: reading failed${text(p, 'system') === null ? '' : ` (${text(p, 'system')!})`}.`,
      hint: 'Check the disk or network drive; what was read before stands.',
    },
    empty: {
      text: (p) => `${of(p)} is empty.`,
      hint: 'Record again; the capture program may have been stopped before it wrote.',
    },
    'not-a-capture': {
      text: (p) => `${of(p)} is neither pcap nor pcapng.`,
      hint: 'Save it as pcap or pcapng, for instance with: editcap -F pcapng <in> <out>',
    },
    'unsupported-version': {
      text: (p) =>
        `${of(p)}: version ${typeof p.major === 'number' ? `${p.major}.${String(p.minor ?? 0)} ` : ''}of the file format is not read.`,
      hint: 'Convert it with a current Wireshark: editcap -F pcapng <in> <out>',
    },
    'unsupported-format': {
      text: (p) =>
        `${of(p)} has a format that is not read${text(p, 'format') === null ? '' : ` (${text(p, 'format')!})`}.`,
      hint: 'Convert it with Wireshark: editcap -F pcapng <in> <out>',
    },
    damaged: {
      text: (p) => `${of(p)} is damaged at a place that cannot be skipped.`,
      hint: 'What stands before that place was analyzed. Copy the file again if the original is whole.',
    },
    'compressed-damaged': {
      text: (p) => `${of(p)}: the compressed data are damaged.`,
      hint: 'What could be unpacked was analyzed. Copy the file again if the original is whole.',
    },
    'no-space': {
      text: (p) => `${of(p)}: there is no room left for the temporary file.`,
      hint: 'Free disk space, or unpack the capture to a file first.',
    },
  },
  control: {
    'same-address-other-name': 'same address, other name',
    'same-name-other-address': 'same name, other address',
    'other-resolver': 'other resolver',
    'other-address': 'other addresses in the same minute',
  },
  technique: {
    'rst-injection': {
      name: 'Reset injection',
      how: 'A device that watches the traffic sends a TCP reset (or FIN) in the name of the server, the client or both. Both ends then believe that the other one hung up. The device need not stand in the way of the packets; seeing them is enough.',
      packets:
        "A RST right after the request or TLS hello whose TTL, IP ID, window or don't-fragment bit is not that of the server's other packets; several identical ones at once; a RST that comes sooner than the server could have answered; and, surest of all, the server going on to speak after it had supposedly reset the connection.",
      mistaken:
        'Servers and load balancers do reset connections: when a port is closed, when an idle connection is reused, when they refuse a name. Clients reset too when a tab is closed. One odd header field is no proof; a TTL equal to that of the server is no proof of innocence.',
    },
    'dns-poisoning': {
      name: 'DNS poisoning',
      how: 'A query for a name is answered with something untrue: an address of somebody else, of a block page, of nowhere, or the claim that the name does not exist. The answer is injected by a device on the way, rewritten, or given by the resolver itself.',
      packets:
        'Two answers to one query that contradict each other, the first too soon; an address that no public name can have; an address known from forged answers; an answer from an address that is no resolver; answers of two resolvers that cannot both be right.',
      mistaken:
        'Content networks give different addresses to different askers. Resolvers that filter by the wish of the user (advertisements, parental control), company networks with names of their own, captive portals and broken resolvers look alike. A machine that resolves names itself asks the servers of their owners, of which many are badly kept: they are not held against one another.',
    },
    'dns-blocking': {
      name: 'DNS blocking',
      how: 'Queries for a name are dropped, or the connection to the resolver is reset, so that no answer ever comes.',
      packets:
        'The same query repeated over seconds without an answer, while the same resolver answers for other names in the same time.',
      mistaken: 'A resolver that is slow or down for all names, packet loss, a name whose own servers are broken.',
    },
    'sni-filtering': {
      name: 'SNI filtering',
      how: 'A device reads the name of the site from the TLS hello, where it stands unencrypted (Server Name Indication), or recognises the program by the form of its hello, and then resets the connection, drops its packets or forges an answer.',
      packets:
        'The TCP handshake succeeds; after the hello comes a reset, a TLS alert that the server did not send, or silence: the hello is sent again and again, or the server repeats what the client acknowledged long ago and hears nothing of it. A hello with another name to the same address works.',
      mistaken:
        'A server that refuses unknown names, a load balancer without a server behind it (which acknowledges and stays silent), a path on which large packets get lost. Without another name at the same address the name is not shown to be the reason.',
    },
    'ip-null-routing': {
      name: 'Address blocking (null routing)',
      how: 'Packets to an address or a whole range of addresses are dropped or rejected, whatever they carry. A router is told to send them nowhere.',
      packets:
        'Connection requests repeated over seconds on several ports without any answer, or an ICMP message from a router on the way that says it is prohibited, while other addresses answer in the same minute.',
      mistaken:
        'A host that is down, a firewall of the server, broken IPv6, an accident of routing somewhere else. Silence without a comparison is never more than possible.',
    },
    'http-filtering': {
      name: 'HTTP filtering',
      how: 'A device reads the host name or the content of an unencrypted request and interferes with it.',
      packets:
        'The handshake succeeds; after the request comes a reset, silence or a foreign answer. The same address works with another host name.',
      mistaken:
        'Servers that answer only for names they know, web application firewalls, proxies in a company network.',
    },
    'http-blockpage': {
      name: 'Block page',
      how: 'In place of the requested page comes another that says it is blocked, or a redirect to such a page.',
      packets:
        'A response known from lists of block pages, or a redirect to a foreign domain that comes too soon and ends the connection at once, with header fields that are not those of the server.',
      mistaken:
        'Captive portals, refusals by the site itself (by country, or against robots), parked domains, pages of the hosting company.',
    },
    'data-injection': {
      name: 'Data injection',
      how: 'A device sends data in the name of the server, before the server itself does. The client takes what comes first.',
      packets:
        'Two segments for the same place in the stream with different content; a response that does not acknowledge the request it answers; a refusal in the name of a mail server whose own answer follows.',
      mistaken:
        'Keep-alive probes with arbitrary content, retransmission by a middlebox that recompressed the data, a damaged capture.',
    },
    'quic-blocking': {
      name: 'QUIC blocking',
      how: 'QUIC carries its hello encrypted with a key that everybody on the path can derive. A device reads the name, or sees only that it is QUIC, and drops the packets of that connection from then on.',
      packets: 'The first datagrams are repeated without a usable answer, while the same site works over TCP.',
      mistaken:
        'Servers without QUIC, firewalls that let no UDP pass, paths too narrow for datagrams of 1,200 bytes, browsers that race TCP and QUIC.',
    },
    'port-blocking': {
      name: 'Port or protocol blocking',
      how: 'A port, or whatever looks like a certain protocol (a VPN, Tor, encrypted DNS, anything not recognised), is dropped or reset wherever it goes.',
      packets:
        'One port is silent, or a router says that it is prohibited, while another of the same address answers; the first packet passes and nothing after it; handshakes of a VPN stay without an answer at several addresses.',
      mistaken:
        'A service that does not listen on that port, firewalls of companies and hotels, a server that is down, a VPN with a wrong key: WireGuard, and OpenVPN as it is often set up, never answer then.',
    },
    'tls-mitm': {
      name: 'TLS interception',
      how: 'A device ends the encryption itself, shows a certificate of its own and reads what passes.',
      packets:
        'A certificate of an unexpected issuer, visible up to TLS 1.2. In TLS 1.3 the certificate is encrypted and a capture cannot show it.',
      mistaken: 'Antivirus programs and company proxies do the same with the knowledge of the owner of the device.',
    },
    throttling: {
      name: 'Throttling',
      how: 'Traffic of a site or service is slowed until it is useless, mostly by dropping what exceeds a small rate.',
      packets:
        'A transfer that runs at a flat, low rate. Packets are lost just when more was sent than that rate allows, and the round trip stays short, or what passes comes in bursts at the speed of the line: a queue would have made it wait. Another transfer runs many times faster in the same minute.',
      mistaken: 'Weak radio, crowded links, the limit of the contract, servers and players that pace themselves.',
    },
    'data-cutoff': {
      name: 'Cut-off of transfers',
      how: 'A connection works for the first few packets or kilobytes and is then frozen.',
      packets:
        'Several connections stop after the same amount, often 15 to 20 kB or about 25 packets, without a close, while both sides still want to send.',
      mistaken: 'Pages that simply are that long, losses in the first flight of a server, large packets that get lost.',
    },
    'residual-blocking': {
      name: 'Residual blocking',
      how: 'After one forbidden connection everything between the same two addresses is blocked for a while, often some minutes.',
      packets:
        'Connections that carry nothing forbidden fail until a fixed time after an earlier interference, and then work again. The last that failed and the first that worked say how long it went on.',
      mistaken:
        'A server that limits an address after an error, an outage that happens to end. A comparison inside the window proves nothing.',
    },
  },
  confidence: {
    confirmed: {
      word: confidenceWords.confirmed,
      sentence: 'Confirmed: the packets themselves show interference and no listed alternative fits.',
    },
    likely: {
      word: confidenceWords.likely,
      sentence: 'Likely: fits best; some alternative is only weakened.',
    },
    possible: {
      word: confidenceWords.possible,
      sentence: 'Possible: consistent with interference and with at least one ordinary cause.',
    },
    inconclusive: { word: confidenceWords.inconclusive, sentence: 'Inconclusive: the capture cannot tell.' },
  },
  trigger: triggerWords,
  interference: interferenceWords,
  outcome: {
    blocked: { word: 'blocked', sentence: 'Attempts were stopped by interference.' },
    attempted: { word: 'attempted', sentence: 'It was interfered with, and got through all the same.' },
    down: { word: 'down', sentence: 'It failed, and nothing points at interference.' },
    ok: { word: 'ok', sentence: 'It worked.' },
    insufficient: { word: 'insufficient', sentence: 'The capture does not show enough to tell.' },
  },
  stage: {
    syn: 'at the connection request',
    handshake: 'during the handshake',
    'client-hello': 'after the TLS hello',
    request: 'after the request',
    response: 'during the response',
    data: 'in the course of the transfer',
    query: 'at the DNS query',
  },
  effect: {
    stopped: 'stopped',
    degraded: 'degraded',
    survived: 'got through all the same',
    unknown: 'effect not seen',
  },
  place: {
    'this-device': 'on this device',
    'local-network': 'in the local network',
    resolver: 'at the resolver',
    path: 'on the path',
    unknown: 'at a place that cannot be told',
  },
  strength: { strong: 'strong', medium: 'medium', weak: 'weak' },
  surface: { web: 'website', app: 'app', calls: 'calls', proxy: 'proxy' },
  service: {
    telegram: 'Telegram',
    whatsapp: 'WhatsApp',
    signal: 'Signal',
    facebook: 'Facebook',
    instagram: 'Instagram',
    youtube: 'YouTube',
    x: 'X (Twitter)',
    wikipedia: 'Wikipedia',
    tor: 'Tor Project',
    discord: 'Discord',
    tiktok: 'TikTok',
    linkedin: 'LinkedIn',
    reddit: 'Reddit',
    medium: 'Medium',
    github: 'GitHub',
    openai: 'OpenAI',
    bbc: 'BBC',
    dw: 'DW',
    rferl: 'RFE/RL',
    meduza: 'Meduza',
    nytimes: 'The New York Times',
    proton: 'Proton',
    viber: 'Viber',
    line: 'LINE',
    snapchat: 'Snapchat',
    twitch: 'Twitch',
    roblox: 'Roblox',
    netflix: 'Netflix',
    spotify: 'Spotify',
    soundcloud: 'SoundCloud',
    duckduckgo: 'DuckDuckGo',
    cloudflare: 'Cloudflare',
  },
  serviceState: {
    blocked: 'blocked',
    degraded: 'partly blocked',
    reachable: 'reachable',
    inconclusive: 'cannot be told',
    'not-seen': 'not seen',
  },
  limits: [
    'who ordered an interference, or whether others are affected: it shows one place at one time',
    'what was never tried while it ran',
    'what went through a VPN or tunnel, or was encrypted past its first packets',
  ],
};

function were(n: number): string {
  return n === 1 ? 'was' : 'were';
}

function controlWords(kind: string): string {
  // Evidence alone compares ports; it is no kind of control.
  if (kind === 'same-address-other-port') return 'same address, other port';
  const words: { readonly [kind: string]: string | undefined } = en.control;
  return (Object.hasOwn(words, kind) ? words[kind] : undefined) ?? kind;
}

/** Live capture. */
export const enLive: LiveWords = {
  error: {
    'not-installed': (e) => `${e.backend} is not installed.`,
    'no-permission': (e) => `${e.backend} has no permission to capture.`,
    'no-interface': (e) => `${e.backend} knows no such interface.`,
    'interface-down': (e) => `${e.backend}: the interface is down.`,
    'bad-filter': (e) => `${e.backend} does not understand the filter.`,
    failed: (e) => `${e.backend} did not begin to capture.`,
  },
  notice: {
    'interface-gone': (p) =>
      `The interface ${text(p, 'interface') ?? ''} is gone or down. What was captured is kept; capturing goes on when it is back.`,
    'interface-back': (p) =>
      `The interface ${text(p, 'interface') ?? ''} is back; capturing goes on. What was open is not judged across the gap.`,
    'helper-ended': (p) =>
      `The capturing helper ended (${text(p, 'message') ?? 'no reason given'}) and was started again. What was open is not judged across the gap.`,
    'helper-lost': (p) =>
      `The capturing helper ends again and again (${text(p, 'message') ?? 'no reason given'}); the capture ends here. What was captured is kept.`,
    'disk-full': (p) =>
      `The disk is full: recording ended with what is in ${text(p, 'path') ?? 'the file'}. The capture itself goes on and is analyzed.`,
    'recording-failed': (p) =>
      `Recording to ${text(p, 'path') ?? 'the file'} failed (${text(p, 'system') ?? 'unknown'}). The capture itself goes on and is analyzed.`,
    slept: (p) =>
      `This machine slept for ${count(Number(p.seconds), 'second')}. Capturing goes on; what was open is not judged across the gap.`,
    drops: (p) =>
      `At least ${count(Number(p.drops), 'packet was', 'packets were')} lost while capturing: silence is no longer judged.`,
    'limit-reached': (p) => `The limit is reached: ${text(p, 'limit') ?? 'set before'}.`,
  },
  step: {
    'linux-install': 'Install dumpcap, which captures for Blockscope:',
    'linux-group': 'Let your user capture (answer "Yes" when asked whether non-superusers may):',
    'linux-login': 'Log out and in again, so that the new group counts.',
    'macos-install': 'Install Wireshark, which brings dumpcap:',
    'macos-bpf':
      'Open Wireshark and install ChmodBPF from the first page, "Install ChmodBPF", then log out and in again:',
    'windows-npcap': 'Install Npcap, which lets programs capture:',
    'windows-install': 'Install Wireshark, which brings dumpcap:',
    'try-again': 'Try again.',
    'open-instead': 'Opening saved captures needs no permission.',
  },
  userTimes: 'Times are measured by this program and lost packets are not counted: nothing is judged by timing.',
  neverRoot: 'Blockscope itself needs no more rights; do not run it as root.',
};

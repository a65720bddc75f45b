// English words of the comparison of two captures.

import type { ComparisonSide, ComparisonVerdictParams } from '../../domain/statements.ts';
import type { Confidence, InterferenceKind } from '../../domain/vocabulary.ts';
import { englishCount as count } from '../numbers.ts';
import type { ComparisonWords } from './words.ts';

const capture = (side: ComparisonSide): string => `capture ${side.toUpperCase()}`;
const Capture = (side: ComparisonSide): string => `Capture ${side.toUpperCase()}`;
const otherOf = (side: ComparisonSide): ComparisonSide => (side === 'a' ? 'b' : 'a');

const packets = (n: number): string => count(n, 'packet');
const hex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`;
const were = (n: number): string => (n === 1 ? 'was' : 'were');

function seconds(s: number): string {
  return s < 10 ? `${Math.round(s * 100) / 100} s` : `${Math.round(s)} s`;
}

function subject({ targets, more }: ComparisonVerdictParams): string {
  const rest = more > 0 ? ` and ${more} more` : '';
  if (targets.length < 2 || more > 0) return `${targets.join(', ')}${rest}`;
  return `${targets.slice(0, -1).join(', ')} and ${targets.at(-1)!}`;
}

const SURE: Readonly<Record<Confidence, string>> = {
  confirmed: 'Both captures together confirm it.',
  likely: 'Both captures together make it likely; an ordinary cause is only weakened.',
  possible: 'That is possible; an ordinary cause fits as well.',
  inconclusive: 'The captures cannot tell more.',
};

const WHAT: Partial<Record<InterferenceKind, readonly [one: string, many: string]>> = {
  'rst-injection': ['a packet that closes the connection', 'packets that close the connection'],
  'forged-answer': ['a DNS answer', 'DNS answers'],
  'data-injection': ['data', 'data'],
};

const icmpType = (p: { type: number; code: number }): string => `ICMP type ${p.type}, code ${p.code}`;

function passedRouters({ routers }: { routers: number | null }): string {
  return routers === null
    ? ''
    : ` The packet had passed ${count(routers, 'router')} until then, by the TTL in the quote.`;
}

export const enComparison: ComparisonWords = {
  evidence: {
    'absent-at-sender': (p) =>
      `${Capture(p.side)}, at the end it claims to come from, has ${packets(p.matched)} of that end in this connection, and not this one.`,
    'ids-without-gap': (p) =>
      `In ${capture(p.side)} the IP identification of the sender runs from ${hex(p.first)} to ${hex(p.last)} without a gap around that moment (${packets(p.packets)}): nothing of it is missing there.`,
    'sender-went-on': (p) =>
      `In ${capture(p.side)} the supposed sender goes on with the connection afterwards (${packets(p.packets)}).`,
    'other-bytes-sent': (p) =>
      `In ${capture(p.side)} the sender sends something else in its place (${count(p.bytes, 'byte')}).`,
    'acknowledges-unseen': (p) =>
      `It answers ${count(p.bytes, 'byte')} that, by ${capture(p.side)}, never reached the end it claims to come from.`,
    'arrives-with-other-ttl': (p) =>
      `In ${capture(p.side)} its TTL is ${p.suspect}; what both captures have of that end arrives with ${p.genuine}.`,
    'forged-both-ways': (p) =>
      `The other end got the like in its peer's name, too: ${packets(p.frames)} that ${were(p.frames)} not sent either.`,
    'trigger-arrived': (p) => `The request before it is in ${capture(p.side)}, too: it reached the other end.`,
    'trigger-swallowed': (p) => `The request before it is in ${capture(p.side)} alone: it did not reach the other end.`,
    'sent-and-absent': (p) =>
      p.packets === 1
        ? `Sent once; ${capture(p.side)} does not have it.`
        : `Sent ${count(p.packets, 'time')} within ${seconds(p.seconds)}; ${capture(p.side)} has none of them.`,
    'never-acknowledged': (p) =>
      `By ${capture(p.side)} the receiver acknowledged none of these bytes (${count(p.bytes, 'byte')} at most in one packet): it did not get them.`,
    'nothing-after': (p) =>
      `${packets(p.packets)} of this direction came through before; in ${capture(p.side)} nothing of it follows.`,
    'others-arrived': (p) =>
      `Meanwhile ${packets(p.packets)} that went the same way ${were(p.packets)} recorded in ${capture(p.side)}.`,
    'content-differs': (p) =>
      p.bytes === p.otherBytes
        ? `The same packet by its header carries other bytes when it arrives (${count(p.bytes, 'byte')}).`
        : `The same packet by its header leaves with ${count(p.bytes, 'byte')} and arrives with ${count(p.otherBytes, 'byte')}.`,
    'flag-differs': (p) =>
      `The same packet leaves with the flags ${p.flags || 'none'} and arrives with ${p.otherFlags || 'none'}.`,
    'same-hops-as-others': (p) =>
      `It passed as many routers as the others (${p.hops}): it is the sender's own packet, rewritten.`,
    'icmp-rejected': (p) =>
      `${Capture(p.side)} has a message from ${p.from} that this packet may not pass (${icmpType(p)}).${passedRouters(p)}`,
    'icmp-unreachable': (p) =>
      `${Capture(p.side)} has a message from ${p.from} that there is no way to the address (${icmpType(p)}).${passedRouters(p)} A fault of routing says the same.`,
    'icmp-unsent': (p) =>
      `That message comes in the name of the other end, whose ${capture(p.side)} does not have it: the end did not send it.`,
    'icmp-too-big': (p) =>
      `${Capture(p.side)} has a message from ${p.from} that the packet is too large for the way (${icmpType(p)}).${passedRouters(p)}`,
    'capture-has-gaps': (p) => `${Capture(p.side)} lacks ${packets(p.packets)} that did pass there: it lost some.`,
    'capture-dropped': (p) => `By its own count ${capture(p.side)} lost ${packets(p.drops)}.`,
    'capture-filtered': (p) =>
      `${Capture(p.side)} was taken with a filter on flags or bytes: packets may be missing on purpose.`,
    'similar-packet-sent': (p) =>
      `${Capture(p.side)} has one like it that did not arrive as such: it may be the same one, rewritten.`,
    'loss-on-the-way': (p) => `${p.percent} % of other packets in this direction were lost as well.`,
  },
  note: {
    'nothing-in-common': () =>
      'No connection is in both captures: they are of different connections, or of different times.',
    terminated: (p) =>
      `${count(p.connections, 'connection')} between the same ends ${p.connections === 1 ? 'shares' : 'share'} no sequence numbers: a proxy or load balancer ends ${p.connections === 1 ? 'it' : 'them'} on the way and begins anew. What was forged cannot be told there.`,
    translated: (p) => `Addresses are translated on the way: ${p.from} in capture A is ${p.to} in capture B.`,
    'same-place': () => 'Both captures were taken at the same place: they say nothing of a way between.',
    'order-unknown': (p) =>
      `Of ${count(p.connections, 'connection')} it cannot be told which capture is nearer to the client; ${p.connections === 1 ? 'it is' : 'they are'} not judged.`,
    'not-covered': (p) =>
      `${packets(p.packets)} ${p.packets === 1 ? 'falls' : 'fall'} in a time at which ${capture(p.side)} did not run yet or no longer; ${p.packets === 1 ? 'it is' : 'they are'} not judged.`,
    'capture-lost': (p) =>
      `${packets(p.packets)} passed ${capture(p.side)} unrecorded: the other end acknowledged or went on from them. Not lost on the way.`,
    'lost-on-the-way': (p) =>
      `${packets(p.packets)} of ${capture(p.from)} did not reach the other one and ${were(p.packets)} sent again or not needed: ordinary loss.`,
    merged: (p) =>
      `${packets(p.packets)} of ${capture(p.side)} ${were(p.packets)} cut or joined otherwise in the other one (segmentation by the network card).`,
    recut: (p) =>
      `${packets(p.packets)} with data in ${capture(p.side)} ${were(p.packets)} cut anew by something on the way that rewrites the stream; data are not judged there.`,
    'payload-cut': (p) =>
      `In ${count(p.connections, 'connection')} a capture kept packets only in part: changes of content cannot be seen.`,
    'header-rewritten': (p) =>
      `${p.field} differs in ${packets(p.packets)} between the captures: something on the way rewrites it, as many routers and firewalls do.`,
    'answered-elsewhere': (p) =>
      `${count(p.connections, 'connection')} of ${capture(p.side)} ${were(p.connections)} answered and ${p.connections === 1 ? 'is' : 'are'} not in the other one at all: another machine behind the same address answers, or somebody on the way. Not judged.`,
    expired: (p) =>
      `${packets(p.packets)} of ${capture(p.side)} ran out of TTL on the way, as ICMP messages say: probes of the path, or a loop. Not judged.`,
    'over-budget': (p) => `${Capture(p.side)} holds more than is compared; what is beyond is not judged.`,
    'clock-unsteady': (p) =>
      `The clocks jitter against each other by ${Math.round(p.spreadMs)} ms: order is told by packets alone.`,
    'known-rewriting': (p) =>
      `${packets(p.packets)} of port ${p.port} ${were(p.packets)} changed as translators of addresses do for that protocol.`,
  },
  verdict: {
    'sent-by-neither': (p) =>
      `Between the two ends somebody interferes with ${subject(p)}: ${packets(p.packets)} arrived that the other end never sent. ${SURE[p.confidence]}`,
    'never-arrived': (p) =>
      `Between the two ends packets with ${subject(p)} disappear: ${packets(p.packets)} left one end and never reached the other. ${SURE[p.confidence]}`,
    changed: (p) =>
      `Between the two ends packets with ${subject(p)} are changed: ${packets(p.packets)} arrived otherwise than they were sent. ${SURE[p.confidence]}`,
    several: (p) =>
      `Between the two ends somebody interferes with ${subject(p)} in several ways: ${packets(p.packets)} were forged, dropped or changed. ${SURE[p.confidence]}`,
    agree: (p) =>
      `Both captures agree: of ${count(p.connections, 'connection')} everything that one end sent reached the other, but for ordinary loss. Nothing was forged between them.`,
    'nothing-in-common': () => 'The captures have no connection in common, so they cannot be compared.',
    terminated: () =>
      'The captures cannot tell: something on the way, such as a proxy or load balancer, ends every connection and begins another.',
    'same-place': () => 'The captures were taken at the same place and cannot tell of a way between two ends.',
    'cannot-tell': () =>
      'The captures have connections in common, but cannot tell on which side of each other they were taken.',
    unreadable: () => 'A capture could not be read, so nothing was compared.',
  },
  claim: {
    'sent-by-neither': ({ interference, toServer, sender, packets: n }) => {
      const [one, many] = WHAT[interference] ?? ['a packet', 'packets'];
      return `The ${toServer ? 'server' : 'client'} got ${n === 1 ? one : `${n} ${many}`} that the ${toServer ? 'client' : 'server'} (${capture(sender)}) never sent`;
    },
    'never-arrived': ({ toServer, sender, packets: n }) =>
      `${packets(n)} of the ${toServer ? 'client' : 'server'} left ${capture(sender)} and never reached ${capture(otherOf(sender))}`,
    changed: ({ toServer, packets: n }) =>
      `${packets(n)} of the ${toServer ? 'client' : 'server'} arrived otherwise than they were sent`,
  },
  mark: {
    both: 'in both',
    forged: 'sent by neither end',
    lost: 'never arrived',
    changed: 'changed on the way',
    merged: 'cut otherwise in the other capture',
    'one-side': 'in this capture only',
  },
  state: {
    compared: 'compared',
    terminated: 'ended and begun anew on the way',
    'order-unknown': 'place of the captures unknown',
    'same-place': 'captured at one place',
    'only-one-side': 'in one capture only',
  },
  review: {
    confirmed: 'confirmed by the other end',
    refuted: 'refuted: the other end did send it',
    open: 'the other end does not settle it',
  },
  basis: {
    'both-ends': 'forged packets to both ends agree on it',
    'start-guessed': 'if the TTL started at a usual value; it can be faked',
    'like-the-sender': "the TTL is that of the sender's own packets: copied, or no guide",
    varies: 'the TTL varies from packet to packet',
    impossible: 'the TTL fits no place between the captures',
    'icmp-quote': 'by the TTL in the packet that the message quotes; one router more or less',
    'not-seen': 'a dropped or changed packet does not tell where',
  },
};

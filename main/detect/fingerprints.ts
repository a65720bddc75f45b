// Which published description a forged packet matches, attribute by attribute: one table for resets and one for replies;
// known pages and addresses have tables of their own. A match names a system for the reader to check; it never makes a
// judgement surer, and it is asked only of what was judged forged for other reasons. What was seen at other vantages
// (TTLs above all) may look different here, and headers can be imitated.
//
// Left out because nothing in a header tells them from others: the TSPU, which rewrites the server's own packet; Iran's
// injector, which copies the TTL; the hosts that answer behind the Great Firewall's forged addresses. Left out because
// no text was found that confirms it: a fixed IP ID on Airtel's packets.

import { type PacketNote, TCP_FLAG } from '../flow/records.ts';
import type { ReplyFacts } from '../observe/replies.ts';
import type { ResetBurst } from '../observe/resets.ts';
import { seqDiff } from '../wire/seq.ts';
import type { AttributionItem } from './detector.ts';

/** Payload that the provincial filter of Henan puts into its resets, as hex. */
export const HENAN_PAYLOAD = '01020304050607080900';
const HENAN_LENGTH = HENAN_PAYLOAD.length / 2;

export function hasKnownPayload(packet: PacketNote): boolean {
  return packet.length === HENAN_LENGTH && packet.head === HENAN_PAYLOAD;
}

/** Numbers ahead of the first that the resets of 2006 guess: one segment, and three. */
const GUESSES_2006 = [0, 1460, 4380];

/**
 * Resets that guess ahead in those steps, beyond everything that either side had sent or acknowledged: an endpoint that
 * answers late acknowledgements steps likewise, but never ahead of them.
 */
export function guessesAhead({ packets, jump }: ResetBurst): boolean {
  const first = packets[0]!;
  return jump > 0 && GUESSES_2006.every((ahead) => packets.some((packet) => seqDiff(packet.seq, first.seq) === ahead));
}

export interface Suspects {
  readonly burst: ResetBurst;
  /** Of the burst, those that the interferer made. */
  readonly forged: readonly PacketNote[];
  /** Window minus TTL, where it is the same in resets of different TTLs to this address. */
  readonly windowStep: number | null;
}

interface Fingerprint<T> {
  readonly system: string;
  readonly country: string | null;
  readonly source: string;
  readonly date: string;
  /** What is to be matched, in the order of the tests; all of it, or nothing. */
  readonly attributes: readonly (readonly [string, (suspects: T) => boolean])[];
}

const REGIONAL = 'IEEE S&P 2025, regional censorship in China';
const CENTRACE = 'CenTrace public captures';
const RST_BITS = TCP_FLAG.rst | TCP_FLAG.ack | TCP_FLAG.fin | TCP_FLAG.syn;

const flags = (bits: number) => (s: Suspects) => s.forged.every((packet) => (packet.flags & RST_BITS) === bits);
const count = (packets: number) => (s: Suspects) => s.forged.length === packets * s.burst.copies;
const df = (set: boolean) => (s: Suspects) => !s.burst.flow.v6 && s.forged.every((packet) => packet.df === set);
const ipId = (least: number, most: number) => (s: Suspects) =>
  s.forged.every((packet) => packet.ipId >= least && packet.ipId <= most);
const ttl = (least: number, most: number) => (s: Suspects) =>
  s.forged.every((packet) => packet.ttl >= least && packet.ttl <= most);
const window = (value: number) => (s: Suspects) => s.forged.every((packet) => packet.window === value);
const bare = (s: Suspects) => s.forged.every((packet) => packet.length === 0);
const RST = TCP_FLAG.rst;
const RST_ACK = TCP_FLAG.rst | TCP_FLAG.ack;

const RESETS: readonly Fingerprint<Suspects>[] = [
  {
    system: 'GFW type I',
    country: 'CN',
    source: REGIONAL,
    date: '2025-05',
    attributes: [
      ['1 RST', (s) => count(1)(s) && flags(RST)(s) && bare(s)],
      ['DF 0', df(false)],
      ['IP ID 0x0000', ipId(0, 0)],
      ['TTL 55-118', ttl(55, 118)],
    ],
  },
  {
    system: 'GFW type II',
    country: 'CN',
    source: REGIONAL,
    date: '2025-05',
    attributes: [
      [
        '3 identical RST+ACK',
        (s) => count(3)(s) && flags(RST_ACK)(s) && s.burst.identical.count === s.forged.length && bare(s),
      ],
      ['DF 1', df(true)],
      ['IP ID 0x00A3-0xFE5F', ipId(0x00a3, 0xfe5f)],
      ['TTL 39-238', ttl(39, 238)],
    ],
  },
  {
    system: 'GFW type II',
    country: 'CN',
    source: `${CENTRACE}; net4people/bbs#285`,
    date: '2023-09',
    attributes: [
      ['RST+ACK', flags(RST_ACK)],
      ['window - TTL constant', (s) => s.windowStep !== null],
    ],
  },
  {
    system: 'GFW type III',
    country: 'CN',
    source: REGIONAL,
    date: '2025-05',
    attributes: [
      ['1 RST+ACK', (s) => count(1)(s) && flags(RST_ACK)(s) && bare(s)],
      ['DF 0', df(false)],
      ['IP ID 0x9916-0x9933', ipId(0x9916, 0x9933)],
      ['TTL 248', ttl(248, 248)],
    ],
  },
  {
    system: 'GFW resets of port 443 (2023, 2025)',
    country: 'CN',
    source: 'net4people/bbs#285 and #511',
    date: '2025-08',
    attributes: [
      ['3 RST+ACK', (s) => count(3)(s) && flags(RST_ACK)(s) && bare(s)],
      ['answers a SYN to port 443', ({ burst }) => burst.stage === 'syn' && burst.flow.server.port === 443],
      ['sequence number 0', (s) => s.forged.every((packet) => packet.seq === 0)],
    ],
  },
  {
    system: 'GFW (2006)',
    country: 'CN',
    source: 'Clayton, Murdoch, Watson 2006, quoted in net4people/bbs#285',
    date: '2006-06',
    attributes: [
      ['3 RST', count(3)],
      ['seq, seq+1460, seq+4380', ({ burst }) => guessesAhead(burst)],
    ],
  },
  {
    system: 'Henan provincial filter',
    country: 'CN',
    source: REGIONAL,
    date: '2025-05',
    attributes: [
      ['RST+ACK', flags(RST_ACK)],
      [`payload ${HENAN_PAYLOAD}`, (s) => s.forged.every(hasKnownPayload)],
      ['window 0', window(0)],
      ['DF 0', df(false)],
      ['IP ID 0x0001', ipId(1, 1)],
    ],
  },
  {
    system: 'CenTrace device A (195.46.232.198)',
    country: null,
    source: CENTRACE,
    date: '2022',
    attributes: [
      ['1 RST+ACK', (s) => count(1)(s) && flags(RST_ACK)(s) && bare(s)],
      ['DF 0 against 1', ({ burst }) => burst.facts[0]!.df?.suspect === false],
      ['window of the client', ({ burst }) => burst.facts[0]!.windowMirror !== null],
      ['TTL of another start', ({ burst }) => Math.abs(burst.facts[0]!.ttl?.difference ?? 0) > 128],
    ],
  },
  {
    system: 'CenTrace device B (195.64.201.42)',
    country: null,
    source: CENTRACE,
    date: '2022',
    attributes: [
      ['1 RST', (s) => count(1)(s) && flags(RST)(s) && bare(s)],
      [
        'answers the FIN after a hello or request without answer',
        ({ burst }) => burst.receiverClosed !== null && burst.follows !== null && burst.stage !== 'syn',
      ],
      ['IP ID of the client', ({ burst }) => burst.facts[0]!.ipIdMirror !== null],
      ['window of the client', ({ burst }) => burst.facts[0]!.windowMirror !== null],
      ['DF 0', df(false)],
    ],
  },
  {
    system: 'CenTrace device C (103.93.208.20)',
    country: null,
    source: CENTRACE,
    date: '2022',
    attributes: [
      ['FIN+ACK with a page before it', ({ burst }) => pageBefore(burst) !== undefined],
      ['RST, window 0', (s) => flags(RST)(s) && window(0)(s)],
      ['DF 0', df(false)],
      ['next IP ID', ({ burst, forged }) => forged[0]!.ipId === pageBefore(burst)!.ipId + 1],
    ],
  },
];

function pageBefore(burst: ResetBurst): PacketNote | undefined {
  return burst.identity.doubtful.findLast(
    (packet) => packet.length > 0 && packet.window === 16_384 && packet.frame < burst.packets[0]!.frame,
  );
}

/** Two devices may answer one trigger: a burst as a whole, and what of it has the same flags. */
function byFlags(suspects: Suspects): Suspects[] {
  const kinds = new Map<number, PacketNote[]>();
  for (const packet of suspects.forged) {
    const kind = packet.flags & RST_BITS;
    kinds.set(kind, [...(kinds.get(kind) ?? []), packet]);
  }
  return kinds.size < 2 ? [suspects] : [suspects, ...[...kinds.values()].map((forged) => ({ ...suspects, forged }))];
}

/** Descriptions of which every attribute is met, each once. */
export function attributeResets(all: readonly Suspects[]): AttributionItem[] {
  const found: AttributionItem[] = [];
  for (const { attributes, ...fingerprint } of RESETS) {
    const isMet = (suspects: Suspects) =>
      suspects.forged.length > 0 && suspects.burst.kind === 'rst' && attributes.every(([, test]) => test(suspects));
    if (all.flatMap(byFlags).some(isMet))
      found.push({ ...fingerprint, matched: attributes.map(([attribute]) => attribute) });
  }
  return found;
}

const FOX_IT = { source: 'fox-it/quantuminsert, captures of BroCon 2015', date: '2015' };
const first = ({ suspects }: ReplyFacts): PacketNote => suspects[0]!;
const status = (wanted: number) => (facts: ReplyFacts) => facts.flow.reply?.http?.status === wanted;
const noDf = (facts: ReplyFacts) => !facts.flow.v6 && !first(facts).df;
const replyWindow = (value: number) => (facts: ReplyFacts) => first(facts).window === value;

const REPLIES: readonly Fingerprint<ReplyFacts>[] = [
  {
    system: 'Sandvine PacketLogic',
    country: null,
    source: 'Citizen Lab, Bad Traffic',
    date: '2018-03',
    attributes: [
      ['IP ID 0x3412', (facts) => first(facts).ipId === 0x3412],
      ['307 with FIN', (facts) => facts.fin && status(307)(facts)],
    ],
  },
  {
    system: 'PerfTech bulletin',
    country: null,
    source: 'LeeBrotherston, gist on injected notices',
    date: '2016',
    attributes: [
      ['window 1', replyWindow(1)],
      ['DF 0', noDf],
      ['Server: PerfTech', ({ flow }) => flow.reply?.http?.server?.startsWith('PerfTech') === true],
    ],
  },
  {
    system: 'CenTrace device C (103.93.208.20)',
    country: null,
    source: CENTRACE,
    date: '2022',
    attributes: [
      ['FIN+ACK with a page', (facts) => facts.fin],
      ['window 16384', replyWindow(16_384)],
      ['DF 0', noDf],
    ],
  },
  {
    system: 'CenTrace device D (62.28.164.41)',
    country: null,
    source: CENTRACE,
    date: '2022',
    attributes: [
      ['302', status(302)],
      ['IP ID 0, DF 0', (facts) => first(facts).ipId === 0 && noDf(facts)],
      ['window 123', replyWindow(123)],
    ],
  },
  {
    system: 'injector in front of id1.cn',
    country: 'CN',
    ...FOX_IT,
    attributes: [
      ['200 with FIN', (facts) => facts.fin && status(200)(facts)],
      ['IP ID of the client', ({ handwriting }) => handwriting.ipIdMirror !== null],
      ['window of the client', ({ handwriting }) => handwriting.windowMirror !== null],
      ['TTL of the server', ({ handwriting }) => handwriting.ttl === null],
    ],
  },
  {
    system: 'QUANTUMINSERT as Fox-IT rebuilt it',
    country: null,
    ...FOX_IT,
    attributes: [
      ['does not acknowledge the request', ({ unacknowledged }) => unacknowledged > 0],
      ['IP ID 0x0001', (facts) => first(facts).ipId === 1],
      ['DF 0', noDf],
      ['window 8192', replyWindow(8_192)],
    ],
  },
];

/** Descriptions of which every attribute of a forged reply is met. */
export function attributeReply(facts: ReplyFacts): AttributionItem[] {
  const met = REPLIES.filter(({ attributes }) => attributes.every(([, test]) => test(facts)));
  return met.map(({ attributes, ...fingerprint }) => ({
    ...fingerprint,
    matched: attributes.map(([attribute]) => attribute),
  }));
}

// What a judgement of forged answers says: the facts behind it, the connections that followed, whose fingerprint it is.

import { type Confidence, type Effect, type Place, weaker } from '../../shared/domain/vocabulary.ts';
import type { Attempt } from '../flow/records.ts';
import { isBogusAnswer, specialRange } from '../observe/address.ts';
import { type Answered, queryFrames, type TooSoon, tooSoon, typeName } from '../observe/dns.ts';
import { MILLISECOND } from '../observe/evidence-base.ts';
import { greatestOf, leastOf } from '../observe/extremes.ts';
import { type AlternativeItem, type AttributionItem, type Draft, type EvidenceItem, evidence } from './detector.ts';
import { blockAddressOf, poolOf } from './dns-addresses.ts';
import { alike, controlsOf, type DnsSubject, marksOf } from './dns-subject.ts';

export const POISONING_RULE = 'dns-poisoning/1';

/** How a judgement becomes a draft. */
export interface Verdict {
  readonly confidence: Confidence;
  readonly variant: 'injected' | 'injected-failure' | 'rewritten' | 'lying-resolver' | 'nxdomain';
  readonly place: Place;
  readonly forged: readonly Answered[];
  readonly genuine: readonly number[];
  readonly evidence: readonly EvidenceItem[];
  readonly alternatives: readonly AlternativeItem[];
}

export function contentFacts(subject: DnsSubject, forged: readonly Answered[]): EvidenceItem[] {
  const items = new Map<string, EvidenceItem>();
  const add = (key: string, item: EvidenceItem) => {
    const before = items.get(key);
    items.set(key, before === undefined ? item : { ...before, frames: [...before.frames, ...item.frames] });
  };
  for (const answered of forged) {
    const { exchange, answer } = answered;
    const marks = marksOf(subject, answered);
    const frames = [answer.frame];
    if (marks.known !== null) {
      const { address, system, source } = marks.known;
      add(
        `known ${address}`,
        evidence('known-block-address', 'supports', 'strong', { address, system, source }, frames),
      );
    }
    if (marks.listed !== null) {
      const { address, list, entry, vague } = marks.listed;
      const [role, strength] = vague ? (['neutral', 'weak'] as const) : (['supports', 'medium'] as const);
      add(`listed ${address}`, evidence('listed-address', role, strength, { address, list, entry }, frames));
    }
    if (marks.bogus !== null) {
      const range = specialRange(marks.bogus)!;
      if (range.use === 'teredo') {
        add('teredo', evidence('teredo-address', 'supports', 'medium', { address: marks.bogus }, frames));
      } else {
        const params = { address: marks.bogus, range: `${range.prefix}, ${range.rfc}` };
        add(`bogus ${marks.bogus}`, evidence('bogus-address', 'supports', 'medium', params, frames));
      }
    }
    if (marks.wrongType) {
      const params = { asked: typeName(exchange.type), addresses: answer.addresses };
      add('wrong-type', evidence('answer-wrong-type', 'supports', 'medium', params, frames));
    }
    if (marks.foreign !== null) {
      add(
        `foreign ${marks.foreign.address}`,
        evidence('foreign-service-address', 'supports', 'strong', marks.foreign, frames),
      );
    }
    const pool = poolOf(answer.addresses);
    if (pool !== null) {
      const params = { address: answer.addresses[0]!, system: pool.system, source: pool.source };
      add(`pool ${answer.addresses[0]}`, evidence('known-pool-address', 'supports', 'weak', params, frames));
    }
  }
  return [...items.values()];
}

export function soonest(subject: DnsSubject, answers: readonly Answered[]): (TooSoon & { frame: number }) | null {
  let found: (TooSoon & { frame: number }) | null = null;
  for (const { exchange, answer } of answers) {
    const soon = tooSoon(exchange, answer, subject.profile, subject.base);
    if (soon !== null && (found === null || soon.elapsed < found.elapsed)) found = { ...soon, frame: answer.frame };
  }
  return found;
}

export function soonFact(soon: TooSoon & { frame: number }): EvidenceItem {
  const params = {
    elapsedMs: soon.elapsed / MILLISECOND,
    leastRttMs: soon.leastRtt / MILLISECOND,
    samples: soon.samples,
  };
  return evidence('answer-too-soon', 'supports', 'medium', params, [soon.frame]);
}

/** What other paths and later connections say about the name. */
export function agreementFacts(
  subject: DnsSubject,
  forged: readonly Answered[],
  trusted: ReadonlySet<string> | null,
): EvidenceItem[] {
  const items: EvidenceItem[] = [];
  const { group } = subject;
  const made = forged[0]?.answer.addresses ?? [];
  for (const answered of forged) {
    const { addresses, frame } = answered.answer;
    const elsewhere = alike(subject.elsewhere, [answered]);
    const agreeing = elsewhere.find((one) => trusted === null || one.addresses.some((address) => trusted.has(address)));
    const other = agreeing ?? elsewhere[0];
    if (other === undefined || other.addresses.some((address) => addresses.includes(address))) continue;
    const params = {
      resolver: group.resolver,
      other: other.resolver,
      answer: addresses,
      otherAnswer: other.addresses,
    };
    items.push(evidence('resolvers-disagree', 'supports', 'medium', params, [frame, ...other.frames]));
    break;
  }
  for (const [address, { attempts }] of subject.verified) {
    if (made.includes(address)) continue;
    const frames = attempts.filter((attempt) => attempt.outcome === 'ok').flatMap((attempt) => attempt.frames);
    items.push(evidence('address-works', 'supports', 'medium', { address }, frames));
  }
  for (const address of made) {
    const frames = failuresAt(subject, address).flatMap((attempt) => attempt.frames);
    if (frames.length > 0) items.push(evidence('address-failed', 'supports', 'weak', { address }, frames));
  }
  return items;
}

export function repetitionFacts(subject: DnsSubject, exchanges: number): EvidenceItem[] {
  const { group, ordinary } = subject;
  const items: EvidenceItem[] = [];
  if (exchanges >= 2) {
    const params = { failed: exchanges, attempts: group.exchanges.length };
    items.push(evidence('repeated', 'supports', 'medium', params, []));
  }
  if (ordinary.length > 0) {
    const frames = ordinary.flatMap((other) => other.answers.map(({ answer }) => answer.frame));
    const params = { resolver: group.resolver, names: ordinary.length };
    items.push(evidence('other-names-answered', 'supports', 'medium', params, frames.slice(0, 16)));
  }
  return items;
}

/** RFC 8914: 15 blocked, 16 censored, 17 filtered. */
export function extendedErrorFacts(answers: readonly Answered[]): EvidenceItem[] {
  const codes = new Map<number, number[]>();
  for (const { answer } of answers) {
    const code = answer.extendedError;
    if (code === null || code < 15 || code > 17) continue;
    codes.set(code, [...(codes.get(code) ?? []), answer.frame]);
  }
  return [...codes].map(([code, frames]) => evidence('extended-error', 'supports', 'strong', { code }, frames));
}

export function toDraft(subject: DnsSubject, verdict: Verdict): Draft {
  const { group } = subject;
  const { forged, confidence } = verdict;
  const forgedFrames = new Set(forged.map(({ answer }) => answer.frame));
  const exchanges = new Set(forged.map((one) => one.exchange));
  const subjectExchange = forged[0]!.exchange;
  const consequences = consequencesOf(subject, forged);
  const times = [...exchanges].flatMap((exchange) => [...exchange.queries, ...exchange.answers].map((one) => one.time));
  return {
    key: `dns ${group.key}`,
    rule: POISONING_RULE,
    confidence,
    trigger: { kind: 'dns-name', value: group.name, confidence: triggerLevel(subject, confidence, exchanges.size) },
    interference: { kind: 'forged-answer', variant: verdict.variant, direction: 'to-client' },
    stage: 'query',
    effect: effectOf(subject, forged),
    place: verdict.place,
    target: { domain: group.name, address: group.resolver, port: group.port },
    flow: null,
    dns: {
      query: {
        name: group.name,
        type: typeName(subjectExchange.type),
        resolver: group.resolver,
        frames: queryFrames(group.exchanges),
      },
      answers: group.answers.map(({ answer }) => ({
        frame: answer.frame,
        rcode: answer.rcode,
        addresses: answer.addresses,
        forged: forgedFrames.has(answer.frame),
      })),
    },
    firstTime: leastOf(times),
    lastTime: greatestOf(times),
    frames: {
      trigger: queryFrames([...exchanges]),
      forged: [...forgedFrames],
      genuine: verdict.genuine,
      affected: consequences,
    },
    evidence: verdict.evidence,
    controls: controlsOf(subject, subjectExchange),
    alternatives: verdict.alternatives,
    attribution: attributionOf(subject, forged),
    // Forged answers copy the hop limit of the query or begin at any value, so it measures no distance.
    injector: null,
    causedBy: null,
    residual: false,
  };
}

/**
 * An answer is made for the name that was asked. That other names get ordinary answers from the same resolver shows
 * that the name is what decides; without such names every query may be treated alike.
 */
function triggerLevel(subject: DnsSubject, confidence: Confidence, exchanges: number): Confidence {
  if (subject.ordinary.length === 0) return 'possible';
  return weaker(confidence, exchanges >= 2 && subject.ordinary.length >= 2 ? 'confirmed' : 'likely');
}

function effectOf(subject: DnsSubject, forged: readonly Answered[]): Effect {
  const { base, group } = subject;
  const works = base.index.byName(group.client, group.name).some((entry) => (entry.counts.ok ?? 0) > 0);
  if (works) return 'survived';
  const addresses = forged.flatMap(({ answer }) => answer.addresses);
  const leadsNowhere = addresses.length === 0 || addresses.every(isBogusAnswer);
  // Whoever asks takes the first answer (RFC 5452 §4.1), and waits for no other.
  const made = new Set(forged.map(({ answer }) => answer));
  const comesFirst = forged.every(({ exchange }) => made.has(exchange.answers[0]!));
  return leadsNowhere || comesFirst || consequencesOf(subject, forged).length > 0 ? 'stopped' : 'unknown';
}

/** Connections to the addresses that the forged answers gave: failures that belong to the answers. */
function consequencesOf(subject: DnsSubject, forged: readonly Answered[]): number[] {
  const { base, group, resolvers } = subject;
  const frames = new Set<number>();
  for (const address of new Set(forged.flatMap(({ answer }) => answer.addresses))) {
    for (const name of [group.name, null]) {
      for (const entry of base.index.byAddressAndName(group.client, address, name)) {
        for (const attempt of entry.attempts) {
          if (!resolvers.isGiver(group, address, attempt.firstTime)) continue;
          for (const frame of attempt.frames) frames.add(frame);
        }
      }
    }
  }
  return [...frames].sort((a, b) => a - b);
}

/** Attempts at an address, none of which worked: with the name in them or, where nobody answered, soon after it led there. */
export function failuresAt({ base, group, resolvers }: DnsSubject, address: string): Attempt[] {
  const failed = (name: string | null): Attempt[] =>
    base.index
      .byAddressAndName(group.client, address, name)
      .filter((entry) => (entry.counts.ok ?? 0) === 0 && hasFailed(entry.counts))
      .flatMap((entry) => entry.attempts);
  const led = failed(null).filter((attempt) => resolvers.isGiver(group, address, attempt.firstTime));
  return [...failed(group.name), ...led];
}

function hasFailed(counts: Readonly<Partial<Record<string, number>>>): boolean {
  return ['unanswered', 'reset', 'refused', 'icmp-error', 'silent-after-request', 'closed-after-request'].some(
    (outcome) => (counts[outcome] ?? 0) > 0,
  );
}

/** Authoritative, and no recursion on offer (RFC 1035 §4.1.1): nobody's own resolver answers so. */
const AUTHORITATIVE = 0x8400;

function attributionOf(subject: DnsSubject, forged: readonly Answered[]): AttributionItem[] {
  const items = new Map<string, AttributionItem>();
  const pooled = new Set<string>();
  for (const answered of forged) {
    const { answer } = answered;
    const known = blockAddressOf(subject.group.name, answer.addresses, answer.cnames);
    if (known !== null) {
      const { system, country, source, date } = known;
      items.set(system, { system, country, matched: [`answer ${known.address}`], source, date });
    }
    const listed = subject.base.imported?.blockAddress(subject.group.name, answer.addresses, answer.cnames);
    if (listed != null && !listed.vague) {
      const { entry: system, country, list: source, date } = listed;
      items.set(system, { system, country, matched: [`answer ${listed.address}`], source, date });
    }
    // The whole of it is the fingerprint: the address alone is anybody's.
    if (
      answer.addresses.join() === '127.0.0.1' &&
      answer.flags === 0x8180 &&
      answer.recordTtl === 300 &&
      !subject.ownFilter
    ) {
      items.set('Turkmenistan', {
        system: 'Turkmenistan, national filter',
        country: 'TM',
        matched: ['answer 127.0.0.1', 'flags 0x8180', 'record TTL 300'],
        source: 'net4people/bbs#80',
        date: '2021',
      });
    }
    if (poolOf(answer.addresses) !== null) for (const address of answer.addresses) pooled.add(address);
  }
  const pool = poolOf([...pooled]);
  const isCyclic = forged.some(({ answer }) => answer.flags === AUTHORITATIVE && poolOf(answer.addresses) !== null);
  // One address of Facebook or Dropbox fits too many; several different ones for a name of somebody else fit the pool,
  // and so does one with the flags of the injector that goes through it in order.
  if (pool !== null && (pooled.size >= 2 || isCyclic)) {
    const { system, country, source, date } = pool;
    const matched = [...[...pooled].map((address) => `answer ${address}`), ...(isCyclic ? ['flags 0x8400'] : [])];
    items.set(system, { system, country, matched, source, date });
  }
  return [...items.values()];
}

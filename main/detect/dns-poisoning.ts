// Forged DNS answers: injected beside the genuine one, put in its place on the way, given by the resolver itself, or a
// name denied that exists. One draft for each client, resolver and name, with every exchange about it. Levels are those
// of the rules for DNS poisoning; the numbers in comments are theirs.

import { foreignService, serviceOfName } from '../../shared/domain/services.ts';
import { type Confidence, type Effect, type Place, weaker } from '../../shared/domain/vocabulary.ts';
import type { DnsAnswerRecord, DnsExchange } from '../flow/records.ts';
import { isBogusAnswer, isLocalNetwork, specialRange } from '../observe/address.ts';
import { networkOf, otherResolver } from '../observe/controls.ts';
import {
  type AnswerCluster,
  answersOf,
  type Contradiction,
  contradictionIn,
  DnsView,
  identityDifference,
  isDenial,
  isLocalResolver,
  isPublicName,
  isWrongType,
  type NameGroup,
  ownerOf,
  profileDifference,
  queryFrames,
  RCODE,
  type ResolverProfile,
  type TooSoon,
  TYPE_A,
  TYPE_AAAA,
  tooSoon,
  typeName,
  verifiedAddresses,
} from '../observe/dns.ts';
import { type EvidenceBase, MILLISECOND } from '../observe/evidence-base.ts';
import {
  type AlternativeItem,
  type AttributionItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';
import { type BlockAddress, blockAddressOf, filteringResolver, poolOf } from './dns-addresses.ts';
import { judgeSilence } from './dns-blocking.ts';

const RULE = 'dns-poisoning/1';

export const dnsPoisoning: Detector = {
  rule: RULE,
  judges: ['dns-poisoning', 'dns-blocking'],
  detect(base) {
    const resolvers = new Resolvers(base);
    const drafts: Draft[] = [];
    for (const group of resolvers.view.groups) {
      if (!isPublicName(group.name)) continue;
      const subject = subjectOf(base, resolvers, group);
      const draft = judgeRace(subject) ?? judgeAnswers(subject) ?? judgeDenial(subject) ?? judgeSilence(subject);
      if (draft !== null) drafts.push(draft);
    }
    return drafts.sort((a, b) => a.firstTime - b.firstTime);
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    return base.capture.oneWayFlows >= 2 && base.capture.oneWayShare > 0.5 ? 'one-way' : null;
  },
};

type Answered = ReturnType<typeof answersOf>[number];

/** What is asked again and again about the resolvers of a capture. */
class Resolvers {
  readonly view: DnsView;
  readonly contradictions = new Map<NameGroup, readonly Contradiction[]>();
  /** Owners of the public names that a resolver answered with this address, and between which times. */
  readonly #shared = new Map<string, { owners: Set<string>; names: Set<string>; first: number; last: number }>();

  /** Which group's answers gave an address, in order of time. */
  readonly #givers = new Map<string, { time: number; group: NameGroup }[]>();

  constructor(base: EvidenceBase) {
    this.view = new DnsView(base);
    for (const group of this.view.groups) {
      const found = group.exchanges.map(contradictionIn).filter((one) => one !== null);
      this.contradictions.set(group, found);
      for (const { answer } of answersOf(group)) {
        for (const address of answer.addresses) {
          const key = `${group.client} ${address}`;
          const list = this.#givers.get(key);
          if (list === undefined) this.#givers.set(key, [{ time: answer.time, group }]);
          else list.push({ time: answer.time, group });
        }
      }
      if (!isPublicName(group.name)) continue;
      for (const { answer } of answersOf(group)) {
        for (const address of answer.addresses) {
          if (!isBogusAnswer(address)) continue;
          const key = `${group.client} ${group.resolver} ${address}`;
          const shared = this.#shared.get(key) ?? { owners: new Set(), names: new Set(), first: answer.time, last: 0 };
          shared.owners.add(ownerOf(group.name));
          shared.names.add(group.name);
          shared.first = Math.min(shared.first, answer.time);
          shared.last = Math.max(shared.last, answer.time);
          this.#shared.set(key, shared);
        }
      }
    }
  }

  /** Whether a connection made then goes back to this group: its answer was the latest that gave the address. */
  isGiver(group: NameGroup, address: string, time: number): boolean {
    let latest: { time: number; group: NameGroup } | null = null;
    for (const giver of this.#givers.get(`${group.client} ${address}`) ?? []) {
      if (giver.time <= time && (latest === null || giver.time >= latest.time)) latest = giver;
    }
    return latest?.group === group;
  }

  sharing(group: NameGroup, address: string): { owners: ReadonlySet<string>; names: ReadonlySet<string> } {
    return this.#shared.get(`${group.client} ${group.resolver} ${address}`) ?? { owners: new Set(), names: new Set() };
  }

  /**
   * Until one has signed in, a captive portal answers every name with its gateway: then no other name got an ordinary
   * answer in the meantime, and either unrelated names or a name made to find portals led there.
   */
  isPortal(group: NameGroup, address: string): boolean {
    const shared = this.#shared.get(`${group.client} ${group.resolver} ${address}`);
    if (shared === undefined) return false;
    if (shared.owners.size < UNRELATED_NAMES && !PORTAL_CHECKS.some((name) => shared.names.has(name))) return false;
    return !this.view
      .otherNames(group)
      .some((other) =>
        answersOf(other).some(
          ({ answer }) =>
            answer.time > shared.first &&
            answer.time < shared.last &&
            answer.addresses.length > 0 &&
            !answer.addresses.some(isBogusAnswer),
        ),
      );
  }

  /**
   * Unrelated names (this one among them) that the resolver sends to this one address alone, while by another path they
   * live in networks that differ from it and from one another. Null for fewer than two: names of one content network
   * share addresses by every path.
   */
  sinkhole({ group }: DnsSubject, address: string): readonly string[] | null {
    const owners = new Map<string, string>();
    const homes = new Set<string>();
    for (const one of [group, ...this.view.otherNames(group)]) {
      const own = answersOf(one).filter(({ answer }) => answer.addresses.length > 0);
      if (own.length === 0 || own.some(({ answer }) => answer.addresses.join() !== address)) continue;
      const elsewhere = this.view
        .otherResolvers(one)
        .flatMap(answersOf)
        .flatMap(({ answer }) => answer.addresses.filter((other) => other.includes(':') === address.includes(':')));
      const networks = new Set(elsewhere.map(networkOf));
      if (networks.size === 0 || networks.has(networkOf(address)) || [...networks].some((home) => homes.has(home)))
        continue;
      if (owners.has(ownerOf(one.name))) continue;
      for (const home of networks) homes.add(home);
      owners.set(ownerOf(one.name), one.name);
    }
    return owners.size >= 2 && owners.has(ownerOf(group.name)) ? [...owners.values()] : null;
  }

  /** Other public names to which the resolver gave ordinary answers. */
  ordinaryNames(group: NameGroup): NameGroup[] {
    return this.view
      .otherNames(group)
      .filter(
        (other) =>
          this.contradictions.get(other)!.length === 0 &&
          answersOf(other).some(({ answer }) => answer.addresses.length > 0 && !answer.addresses.some(isBogusAnswer)),
      );
  }
}

/** Names at one bogus address that make it more than an owner's whim (rule 2). */
const UNRELATED_NAMES = 3;
const PORTAL_CHECKS: readonly string[] = [
  'captive.apple.com',
  'connectivitycheck.gstatic.com',
  'connectivity-check.ubuntu.com',
  'detectportal.firefox.com',
  'nmcheck.gnome.org',
  'www.msftconnecttest.com',
];

interface Elsewhere {
  readonly resolver: string;
  readonly addresses: readonly string[];
  readonly frames: readonly number[];
}

/** A name with one resolver, and all that the capture knows about both. */
export interface DnsSubject {
  readonly base: EvidenceBase;
  readonly resolvers: Resolvers;
  readonly group: NameGroup;
  readonly profile: ResolverProfile;
  readonly ordinary: readonly NameGroup[];
  /** Ordinary answers about the name that came by another path. */
  readonly elsewhere: readonly Elsewhere[];
  /** Addresses at which TLS with this very name worked. */
  readonly verified: ReadonlyMap<string, readonly number[]>;
  /** The resolver is of one's own network, or one chosen for filtering. */
  readonly ownFilter: boolean;
  readonly local: boolean;
}

function subjectOf(base: EvidenceBase, resolvers: Resolvers, group: NameGroup): DnsSubject {
  const { view } = resolvers;
  const elsewhere: Elsewhere[] = [];
  for (const other of view.otherResolvers(group)) {
    if (resolvers.contradictions.get(other)!.length > 0) continue;
    for (const { exchange, answer } of answersOf(other)) {
      const isOrdinary = answer.rcode === RCODE.noError && answer.addresses.length > 0;
      if (!isOrdinary || answer.addresses.some(isBogusAnswer) || isWrongType(exchange.type, answer)) continue;
      if (blockAddressOf(group.name, answer.addresses, answer.cnames) !== null) continue;
      elsewhere.push({ resolver: other.resolver, addresses: answer.addresses, frames: [answer.frame] });
    }
  }
  const local = isLocalResolver(group);
  return {
    base,
    resolvers,
    group,
    profile: view.profile(group),
    ordinary: resolvers.ordinaryNames(group),
    elsewhere,
    verified: verifiedAddresses(base, group.client, group.name),
    local,
    ownFilter: local || filteringResolver(group.resolver) !== null,
  };
}

/** What makes an answer suspect by itself. */
interface Marks {
  readonly known: BlockAddress | null;
  readonly bogus: string | null;
  readonly wrongType: boolean;
  readonly foreign: { readonly address: string; readonly service: string } | null;
  readonly soon: TooSoon | null;
  readonly identity: readonly string[];
}

function marksOf(subject: DnsSubject, { exchange, answer }: Answered): Marks {
  const { name } = subject.group;
  const { addresses } = answer;
  const bogus = addresses.length > 0 && addresses.every(isImpossible) ? addresses[0]! : null;
  const foreign = addresses.map((address) => ({ address, service: foreignService(name, address) }));
  const isForeign = foreign.length > 0 && foreign.every((one) => one.service !== null);
  return {
    known: blockAddressOf(name, addresses, answer.cnames),
    bogus,
    wrongType: isWrongType(exchange.type, answer),
    foreign: isForeign ? { address: foreign[0]!.address, service: foreign[0]!.service! } : null,
    soon: tooSoon(exchange, answer, subject.profile, subject.base),
    identity: profileDifference(exchange, answer, subject.profile),
  };
}

/** Lists of addresses to avoid answer 127.0.0.2 and up to names that carry an address (RFC 5782 §2.1): no bogus ones. */
function isImpossible(address: string): boolean {
  if (address.startsWith('127.') && address !== '127.0.0.1') return false;
  return isBogusAnswer(address);
}

function isMarked(marks: Marks): boolean {
  return marks.known !== null || marks.bogus !== null || marks.wrongType || marks.foreign !== null;
}

/** How a judgement becomes a draft. */
interface Verdict {
  readonly confidence: Confidence;
  readonly variant: 'injected' | 'rewritten' | 'lying-resolver' | 'nxdomain';
  readonly place: Place;
  readonly forged: readonly Answered[];
  readonly genuine: readonly number[];
  readonly evidence: readonly EvidenceItem[];
  readonly alternatives: readonly AlternativeItem[];
}

// Rule 1: answers that contradict each other

function judgeRace(subject: DnsSubject): Draft | null {
  const { base, group, profile, resolvers } = subject;
  const contradictions = resolvers.contradictions.get(group)!;
  if (contradictions.length === 0) return null;
  const forged: Answered[] = [];
  const genuine: Answered[] = [];
  for (const contradiction of contradictions) {
    const { exchange } = contradiction;
    const kept = genuineCluster(subject, contradiction);
    for (const cluster of contradiction.clusters) {
      const list = cluster === kept ? genuine : forged;
      list.push(...cluster.answers.map((answer) => ({ exchange, answer })));
    }
  }
  // What was forged in a race is forged where the genuine answer was lost, too.
  const trusted = new Set(genuine.flatMap(({ answer }) => answer.addresses));
  const made = new Set(forged.flatMap(({ answer }) => answer.addresses).filter((address) => !trusted.has(address)));
  for (const answered of answersOf(group)) {
    const { answer } = answered;
    if ([...forged, ...genuine].some((other) => other.answer === answer)) continue;
    const isMade = answer.addresses.length > 0 && answer.addresses.every((address) => made.has(address));
    if (isMade || isMarked(marksOf(subject, answered))) forged.push(answered);
  }
  forged.sort(byFrame);

  const first = contradictions[0]!;
  const early = first.clusters[0]!.answers[0]!;
  const late = first.clusters.at(-1)!.answers[0]!;
  const facts = [
    evidence(
      'answers-contradict',
      'supports',
      'strong',
      {
        answers: first.clusters.reduce((sum, cluster) => sum + cluster.answers.length, 0),
        first: early.addresses,
        other: late.addresses,
        gapMs: (late.time - early.time) / MILLISECOND,
      },
      first.clusters.flatMap((cluster) => cluster.answers.map((answer) => answer.frame)),
    ),
    ...contentFacts(subject, forged),
  ];

  // The impossibility needs a second family, so that a forwarder which passes on the answers of two upstream servers
  // is not called injection; of a resolver in one's own network, only what a forwarder makes itself counts as identity.
  let second = forged.some((one) => isMarked(marksOf(subject, one)));
  const soon = soonest(subject, forged);
  if (soon !== null) {
    second = true;
    facts.push(soonFact(soon));
  }
  const fields = raceIdentity(contradictions, genuine, forged);
  if (fields.all.length > 0) {
    const counts = subject.local ? fields.network : fields.all;
    if (isTelling(counts, fields.ttlDistance)) second = true;
    const frames = [forged[0], genuine[0]].flatMap((one) => (one === undefined ? [] : [one.answer.frame]));
    facts.push(evidence('answer-identity-differs', 'supports', 'medium', { fields: fields.all }, frames));
  }
  const agreeing = subject.elsewhere.find((other) => other.addresses.some((address) => trusted.has(address)));
  const verified = [...subject.verified].find(([address]) => trusted.has(address));
  if (agreeing !== undefined || verified !== undefined) second = true;
  facts.push(...agreementFacts(subject, forged[0], trusted));
  if (contradictions.length >= 2 && subject.ordinary.length > 0) second = true;
  facts.push(...repetitionFacts(subject, contradictions.length));

  const queryUnseen = contradictions.every((one) => one.queryUnseen);
  const confidence: Confidence = second && base.capture.drops === 0 && !queryUnseen ? 'confirmed' : 'likely';
  const verdict: Verdict = {
    confidence,
    variant: forged.every(({ answer }) => isDenial(answer)) ? 'nxdomain' : 'injected',
    place: 'path',
    forged,
    genuine: genuine.map(({ answer }) => answer.frame),
    evidence: facts,
    alternatives: [
      alternative('cdn-rotation', 'ruled-out', { addresses: [...trusted] }),
      alternative('capture-duplicates', 'ruled-out', {
        frames: forged.reduce((sum, one) => sum + one.answer.duplicates, 0),
      }),
      alternative('unseen-query', queryUnseen || base.capture.drops > 0 ? 'open' : 'ruled-out', {}),
      ...(subject.local && profile.samples === 0 ? [alternative('middlebox-proxy', 'open', {})] : []),
    ],
  };
  return toDraft(subject, verdict);
}

/**
 * The answers of which there is most reason to believe that the resolver made them; null where there is none. Decided,
 * in this order, by impossible content, by agreement with another path, by what the resolver's other answers look
 * like, and else by coming last: the forged one has to arrive first to be taken.
 */
function genuineCluster(subject: DnsSubject, contradiction: Contradiction): AnswerCluster | null {
  const { exchange } = contradiction;
  const good = new Set([...subject.elsewhere.flatMap((other) => other.addresses), ...subject.verified.keys()]);
  const ranked = contradiction.clusters.map((cluster) => {
    const marks = cluster.answers.map((answer) => marksOf(subject, { exchange, answer }));
    const oddities = (at: number): number =>
      (marks[at]!.soon === null ? 0 : 1) +
      marks[at]!.identity.length +
      (subject.profile.ttls.length > 0 && !subject.profile.ttls.includes(cluster.answers[at]!.ttl) ? 1 : 0);
    return {
      cluster,
      impossible: marks.every(isMarked) ? 1 : 0,
      agrees: [...cluster.addresses].some((address) => good.has(address)) ? 0 : 1,
      odd: Math.min(...marks.map((_, at) => oddities(at))),
      last: -Math.max(...cluster.answers.map((answer) => answer.time)),
    };
  });
  ranked.sort((a, b) => a.impossible - b.impossible || a.agrees - b.agrees || a.odd - b.odd || a.last - b.last);
  const best = ranked[0]!;
  return best.impossible === 1 ? null : best.cluster;
}

function raceIdentity(
  contradictions: readonly Contradiction[],
  genuine: readonly Answered[],
  forged: readonly Answered[],
) {
  const network = new Set<string>();
  const message = new Set<string>();
  let ttlDistance = 0;
  for (const { exchange } of contradictions) {
    const real = genuine.find((one) => one.exchange === exchange);
    if (real === undefined) continue;
    for (const one of forged) {
      if (one.exchange !== exchange) continue;
      const difference = identityDifference(one.answer, real.answer);
      for (const field of difference.network) network.add(field);
      for (const field of difference.message) message.add(field);
      ttlDistance = Math.max(ttlDistance, Math.abs(one.answer.ttl - real.answer.ttl));
    }
  }
  return { network: [...network], all: [...network, ...message], ttlDistance };
}

/** A hop count off by one or two, a record TTL or an IP ID alone may also come of two servers behind one address. */
function isTelling(fields: readonly string[], ttlDistance: number): boolean {
  if (fields.length >= 2) return fields.some((field) => field !== 'record-ttl' && field !== 'ip-id');
  const [only] = fields;
  return only === 'ttl' ? ttlDistance >= 3 : only !== undefined && only !== 'record-ttl' && only !== 'ip-id';
}

// Rules 2 to 5: one answer, and it cannot be right

function judgeAnswers(subject: DnsSubject): Draft | null {
  const { base, group, profile, resolvers } = subject;
  const suspects: { answered: Answered; marks: Marks }[] = [];
  let anyIdentity = false;
  let anySoon = false;
  for (const answered of answersOf(group)) {
    const { answer } = answered;
    if (answer.tc || answer.rcode !== RCODE.noError || answer.addresses.length === 0) continue;
    if (answer.addresses.some((address) => subject.verified.has(address))) continue;
    const marks = marksOf(subject, answered);
    // Made by somebody else than the resolver, by its hop count or options and by its time: two families, rule 1.1 C.
    const isRewritten =
      marks.soon !== null && marks.identity.length > 0 && profile.names.size >= 2 && profile.samples >= 3;
    if (!isMarked(marks) && !isRewritten && !isNoResolver(answered.exchange, answer)) continue;
    if (marks.bogus !== null && marks.known === null && isInnocentInside(subject, marks.bogus)) continue;
    anyIdentity ||= marks.identity.length > 0;
    anySoon ||= marks.soon !== null;
    suspects.push({ answered, marks });
  }
  if (suspects.length === 0) return judgeDisagreement(subject);

  const forged = suspects.map((one) => one.answered).sort(byFrame);
  const made = new Set(forged.flatMap(({ answer }) => answer.addresses));
  const agreed = subject.elsewhere.some((other) => other.addresses.some((address) => made.has(address)));
  const contradicted =
    !agreed &&
    (subject.verified.size > 0 ||
      subject.elsewhere.some((other) => !other.addresses.some((address) => made.has(address))) ||
      // The same resolver gave an ordinary answer by another transport.
      answersOf(group).some(
        ({ exchange, answer }) =>
          !forged.some((one) => one.answer === answer) &&
          forged.some((one) => one.exchange.type === exchange.type && one.exchange.transport !== exchange.transport) &&
          answer.addresses.length > 0 &&
          !answer.addresses.some(isBogusAnswer),
      ));
  const headers = anyIdentity || anySoon;
  const ownedByService = serviceOfName(group.name) !== null;
  const marks = suspects.map((one) => one.marks);
  const bogus = marks.find((one) => one.bogus !== null)?.bogus ?? null;
  const known = marks.find((one) => one.known !== null)?.known ?? null;
  const sharing = bogus === null ? null : resolvers.sharing(group, bogus);
  // Every name at the bogus address is a filter that says no to all; some among ordinary ones are a selection.
  const manyNames = sharing !== null && sharing.owners.size >= UNRELATED_NAMES && subject.ordinary.length > 0;
  const noResolver = forged.find((one) => isNoResolver(one.exchange, one.answer));

  let confidence: Confidence | null = null;
  if (noResolver !== undefined) {
    confidence = 'confirmed'; // Rule 4
  } else if (known !== null && !known.product) {
    // Rule 3. A private address may stand in somebody's own network by chance, so it wants a second family.
    const second = contradicted || headers || ownedByService || manyNames;
    confidence = isBogusAnswer(known.address) && !second ? 'likely' : 'confirmed';
  } else if (known !== null) {
    confidence = contradicted ? 'likely' : 'possible';
  } else if (bogus !== null) {
    confidence = bogusLevel(subject, bogus, { contradicted, headers, ownedByService, manyNames });
  } else if (marks.some((one) => one.foreign !== null)) {
    confidence = 'likely'; // Rule 2: a name of the service table cannot be at another service's address
  } else if (marks.some((one) => one.wrongType)) {
    // Small servers of devices and portals answer every type alike, so the wrong family alone says little.
    confidence = contradicted || headers ? 'likely' : subject.ownFilter ? null : 'possible';
  } else {
    confidence = 'likely';
  }
  if (confidence === null) return null;

  const isUnspecified =
    bogus !== null && (specialRange(bogus)?.use === 'unspecified' || bogus === '127.0.0.1' || bogus === '::1');
  const facts = [
    ...contentFacts(subject, forged),
    ...(noResolver === undefined
      ? []
      : [
          evidence('answer-not-from-resolver', 'supports', 'strong', { address: group.resolver }, [
            noResolver.answer.frame,
            ...noResolver.exchange.icmp.map((error) => error.frame),
          ]),
        ]),
    ...(manyNames && bogus !== null
      ? [evidence('shared-bogus-address', 'supports', 'medium', { address: bogus, names: [...sharing!.names] }, [])]
      : []),
  ];
  const soon = soonest(subject, forged);
  if (soon !== null) facts.push(soonFact(soon));
  if (anyIdentity) {
    const fields = [...new Set(marks.flatMap((one) => one.identity))];
    const frames = [forged[0]!.answer.frame, ...profile.frames];
    facts.push(evidence('answer-identity-differs', 'supports', 'medium', { fields }, frames));
  }
  facts.push(...extendedErrorFacts(forged));
  facts.push(...agreementFacts(subject, forged[0], null));
  facts.push(...repetitionFacts(subject, new Set(forged.map((one) => one.exchange)).size));

  const rewritten = headers && !subject.local;
  const verdict: Verdict = {
    confidence: base.capture.drops > 0 ? weaker(confidence, 'likely') : confidence,
    variant: rewritten || noResolver !== undefined ? 'rewritten' : 'lying-resolver',
    place: rewritten || noResolver !== undefined ? 'path' : 'resolver',
    forged,
    genuine: subject.elsewhere
      .filter((other) => !other.addresses.some((address) => made.has(address)))
      .flatMap((other) => other.frames),
    evidence: facts,
    alternatives: [
      alternative(
        'filtering-resolver',
        rewritten ? 'weakened' : subject.ownFilter || isUnspecified || known?.product === true ? 'open' : 'weakened',
        { resolver: group.resolver },
      ),
      ...(bogus === null || isUnspecified
        ? []
        : [alternative('split-horizon', contradicted && !subject.local ? 'weakened' : 'open', { address: bogus })]),
      ...(bogus === null || !isLocalNetwork(bogus)
        ? []
        : [alternative('captive-portal', subject.ordinary.length > 0 ? 'ruled-out' : 'open', { address: bogus })]),
    ],
  };
  return toDraft(subject, verdict);
}

/** Rule 2 for special-use addresses; null where it is how such networks are set up. */
function bogusLevel(
  subject: DnsSubject,
  bogus: string,
  by: { contradicted: boolean; headers: boolean; ownedByService: boolean; manyNames: boolean },
): Confidence | null {
  const use = specialRange(bogus)?.use;
  const isInside = use === 'private' || use === 'shared' || use === 'unique-local' || use === 'link-local';
  // Split horizon: an inside server tells inside addresses, and the outside knows others or none.
  if (subject.local && isInside) return by.ownedByService ? 'possible' : null;
  if (by.contradicted) return 'likely';
  // The filter of one's own (Pi-hole, AdGuard, parental control) answers so to whatever its owner chose.
  if (subject.ownFilter) return 'possible';
  return by.headers || by.ownedByService || by.manyNames ? 'likely' : 'possible';
}

/** A captive portal's gateway, or an inside address at which something answers: where the name really is, in there. */
function isInnocentInside({ base, group, resolvers }: DnsSubject, address: string): boolean {
  if (!isLocalNetwork(address) || specialRange(address)?.use === 'loopback') return false;
  if (resolvers.isPortal(group, address)) return true;
  return base.index
    .byAddress(address)
    .some((entry) => entry.client === group.client && (entry.counts.ok ?? 0) + (entry.counts.connected ?? 0) > 0);
}

/** Rule 4: the very address that answered says that nobody listens there (RFC 1122 §3.2.2.1). */
function isNoResolver(exchange: DnsExchange, answer: DnsAnswerRecord): boolean {
  if (exchange.queries.length !== 1 || exchange.transport !== 'udp' || answer.tc) return false;
  return exchange.icmp.some(
    (error) =>
      error.from === exchange.resolver.address &&
      (error.v6 ? error.type === 1 && error.code === 4 : error.type === 3 && error.code === 3) &&
      error.quoted.destination.port === exchange.resolver.port,
  );
}

/**
 * Rule 5: another path gave another address, and what followed speaks against the one given here. Rotating and regional
 * answers differ as well, so a difference alone is nothing. Possible where the address failed with the name while the
 * other worked, as a server may just be down, or where one address stands for two unrelated names that live in
 * unrelated networks by the other path; for three or more names, likely.
 */
function judgeDisagreement(subject: DnsSubject): Draft | null {
  const { group, elsewhere } = subject;
  if (elsewhere.length === 0) return null;
  const told = new Set(elsewhere.flatMap((other) => other.addresses));
  const networks = new Set([...told].map(networkOf));
  const different = answersOf(group).filter(
    ({ exchange, answer }) =>
      answer.rcode === RCODE.noError &&
      !answer.tc &&
      exchange.type === TYPE_A &&
      answer.addresses.length > 0 &&
      !answer.addresses.some((address) => subject.verified.has(address) || networks.has(networkOf(address))),
  );
  const failing = different.filter(({ answer }) =>
    answer.addresses.some((address) => failedWithName(subject, address)),
  );
  const isRefuted = failing.length > 0 && [...subject.verified.keys()].some((address) => told.has(address));
  const sinkhole =
    different.length === 0 ? null : subject.resolvers.sinkhole(subject, different[0]!.answer.addresses[0]!);
  if (!isRefuted && sinkhole === null) return null;
  const forged = sinkhole === null ? failing : different;
  const first = forged[0]!.answer;
  const facts = agreementFacts(subject, forged[0], null);
  if (sinkhole !== null) {
    const params = { address: first.addresses[0]!, names: sinkhole };
    facts.unshift(evidence('shared-bogus-address', 'supports', 'medium', params, [first.frame]));
  }
  return toDraft(subject, {
    confidence: sinkhole !== null && sinkhole.length >= UNRELATED_NAMES ? 'likely' : 'possible',
    variant: 'lying-resolver',
    place: 'resolver',
    forged,
    genuine: elsewhere.flatMap((other) => other.frames),
    evidence: facts,
    alternatives: [
      alternative('cdn-rotation', sinkhole === null ? 'open' : 'weakened', { addresses: first.addresses }),
      alternative('filtering-resolver', 'open', { resolver: group.resolver }),
      ...(isRefuted ? [alternative('server-down', 'open', { address: first.addresses[0]! })] : []),
    ],
  });
}

function failedWithName({ base, group }: DnsSubject, address: string): boolean {
  return base.index
    .byAddress(address)
    .some(
      (entry) =>
        entry.client === group.client &&
        entry.name === group.name &&
        (entry.counts.ok ?? 0) === 0 &&
        hasFailed(entry.counts),
    );
}

// Rule 6: the name is denied

function judgeDenial(subject: DnsSubject): Draft | null {
  const { group, resolvers } = subject;
  const denials = answersOf(group).filter(({ exchange, answer }) => {
    if (answer.tc || (exchange.type !== TYPE_A && exchange.type !== TYPE_AAAA)) return false;
    // Many names have no IPv6 address; only the lack of an IPv4 one is odd.
    if (isDenial(answer)) return answer.rcode === RCODE.nameError || exchange.type === TYPE_A;
    return answer.rcode === RCODE.serverFailure || answer.rcode === RCODE.refused;
  });
  if (denials.length === 0) return null;
  // The resolver did resolve it, or serves nobody here at all: a failure, not a denial of this name.
  if (answersOf(group).some(({ answer }) => answer.rcode === RCODE.noError && answer.addresses.length > 0)) return null;
  const servesOthers = resolvers.view
    .otherNames(group)
    .some((other) => answersOf(other).some(({ answer }) => answer.rcode === RCODE.noError));
  const { answer } = denials[0]!;
  if ((answer.rcode === RCODE.refused || answer.rcode === RCODE.serverFailure) && !servesOthers) return null;

  const resolvesElsewhere = subject.elsewhere.length > 0 || subject.verified.size > 0;
  const reasons = extendedErrorFacts(denials);
  const ede = Math.min(...reasons.map((item) => Number(item.params.code)));
  const isServiceDomain = answer.rcode === RCODE.nameError && isDomainOfService(group.name);
  if (!resolvesElsewhere && reasons.length === 0 && !isServiceDomain) return null;
  const marks = denials.map((one) => marksOf(subject, one));
  const soon = soonest(subject, denials);
  const identity = [...new Set(marks.flatMap((one) => one.identity))];
  // RFC 8914 §4.16, §4.17: blocked or censored by the resolver's own word; 17 is what its user asked for.
  const saysSo = reasons.length > 0 && ede <= 16 && !subject.ownFilter;
  const confidence: Confidence =
    resolvesElsewhere && (saysSo || (soon !== null && identity.length > 0)) ? 'likely' : 'possible';
  const facts = [...reasons];
  const other = subject.elsewhere[0];
  if (other !== undefined) {
    const frames = [answer.frame, ...other.frames];
    facts.unshift(
      evidence(
        'denied-elsewhere-resolves',
        'supports',
        'medium',
        { rcode: answer.rcode, other: other.resolver },
        frames,
      ),
    );
  }
  if (soon !== null) facts.push(soonFact(soon));
  if (identity.length > 0) {
    facts.push(evidence('answer-identity-differs', 'supports', 'medium', { fields: identity }, [answer.frame]));
  }
  facts.push(...repetitionFacts(subject, new Set(denials.map((one) => one.exchange)).size));
  return toDraft(subject, {
    confidence,
    variant: 'nxdomain',
    place: soon !== null && identity.length > 0 && !subject.local ? 'path' : 'resolver',
    forged: denials,
    genuine: subject.elsewhere.flatMap((one) => one.frames),
    evidence: facts,
    alternatives: [
      alternative('name-does-not-exist', resolvesElsewhere ? 'ruled-out' : 'open', { rcode: answer.rcode }),
      ...(answer.rcode === RCODE.serverFailure
        ? [alternative('resolver-failure', 'open', { rcode: answer.rcode })]
        : []),
      alternative('filtering-resolver', 'open', { resolver: group.resolver }),
    ],
  });
}

/** The domain itself exists for sure; a name below it may not. */
function isDomainOfService(name: string): boolean {
  const owner = ownerOf(name);
  return (name === owner || name === `www.${owner}`) && serviceOfName(name) !== null;
}

// Facts and drafts

function contentFacts(subject: DnsSubject, forged: readonly Answered[]): EvidenceItem[] {
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

function soonest(subject: DnsSubject, answers: readonly Answered[]): (TooSoon & { frame: number }) | null {
  let found: (TooSoon & { frame: number }) | null = null;
  for (const { exchange, answer } of answers) {
    const soon = tooSoon(exchange, answer, subject.profile, subject.base);
    if (soon !== null && (found === null || soon.elapsed < found.elapsed)) found = { ...soon, frame: answer.frame };
  }
  return found;
}

function soonFact(soon: TooSoon & { frame: number }): EvidenceItem {
  const params = {
    elapsedMs: soon.elapsed / MILLISECOND,
    leastRttMs: soon.leastRtt / MILLISECOND,
    samples: soon.samples,
  };
  return evidence('answer-too-soon', 'supports', 'medium', params, [soon.frame]);
}

/** What other paths and later connections say about the name. */
function agreementFacts(
  subject: DnsSubject,
  forged: Answered | undefined,
  trusted: ReadonlySet<string> | null,
): EvidenceItem[] {
  const items: EvidenceItem[] = [];
  const { base, group } = subject;
  const made = forged?.answer.addresses ?? [];
  const other =
    subject.elsewhere.find((one) => trusted === null || one.addresses.some((address) => trusted.has(address))) ??
    subject.elsewhere[0];
  if (other !== undefined && forged !== undefined && !other.addresses.some((address) => made.includes(address))) {
    const params = {
      resolver: group.resolver,
      other: other.resolver,
      answer: made,
      otherAnswer: other.addresses,
    };
    items.push(evidence('resolvers-disagree', 'supports', 'medium', params, [forged.answer.frame, ...other.frames]));
  }
  for (const [address, frames] of subject.verified) {
    if (!made.includes(address)) items.push(evidence('address-works', 'supports', 'medium', { address }, frames));
  }
  for (const address of made) {
    const frames = base.index
      .byAddress(address)
      .filter((entry) => entry.client === group.client && (entry.counts.ok ?? 0) === 0 && hasFailed(entry.counts))
      .flatMap((entry) => entry.attempts)
      .filter((attempt) => attempt.name === group.name || subject.resolvers.isGiver(group, address, attempt.firstTime))
      .flatMap((attempt) => attempt.frames);
    if (frames.length > 0) items.push(evidence('address-failed', 'supports', 'weak', { address }, frames));
  }
  return items;
}

function repetitionFacts(subject: DnsSubject, exchanges: number): EvidenceItem[] {
  const { group, ordinary } = subject;
  const items: EvidenceItem[] = [];
  if (exchanges >= 2) {
    const params = { failed: exchanges, attempts: group.exchanges.length };
    items.push(evidence('repeated', 'supports', 'medium', params, []));
  }
  if (ordinary.length > 0) {
    const frames = ordinary.flatMap((other) => answersOf(other).map(({ answer }) => answer.frame));
    const params = { resolver: group.resolver, names: ordinary.length };
    items.push(evidence('other-names-answered', 'supports', 'medium', params, frames.slice(0, 16)));
  }
  return items;
}

/** RFC 8914: 15 blocked, 16 censored, 17 filtered. */
function extendedErrorFacts(answers: readonly Answered[]): EvidenceItem[] {
  const codes = new Map<number, number[]>();
  for (const { answer } of answers) {
    const code = answer.extendedError;
    if (code === null || code < 15 || code > 17) continue;
    codes.set(code, [...(codes.get(code) ?? []), answer.frame]);
  }
  return [...codes].map(([code, frames]) => evidence('extended-error', 'supports', 'strong', { code }, frames));
}

function toDraft(subject: DnsSubject, verdict: Verdict): Draft {
  const { base, group } = subject;
  const { forged, confidence } = verdict;
  const forgedFrames = new Set(forged.map(({ answer }) => answer.frame));
  const exchanges = new Set(forged.map((one) => one.exchange));
  const subjectExchange = forged[0]!.exchange;
  const consequences = consequencesOf(subject, forged);
  const times = [...exchanges].flatMap((exchange) => [...exchange.queries, ...exchange.answers].map((one) => one.time));
  return {
    key: `dns ${group.key}`,
    rule: RULE,
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
      answers: answersOf(group).map(({ answer }) => ({
        frame: answer.frame,
        rcode: answer.rcode,
        addresses: answer.addresses,
        forged: forgedFrames.has(answer.frame),
      })),
    },
    firstTime: Math.min(...times),
    lastTime: Math.max(...times),
    frames: {
      trigger: queryFrames([...exchanges]),
      forged: [...forgedFrames],
      genuine: verdict.genuine,
      affected: consequences,
    },
    evidence: verdict.evidence,
    controls: otherResolver(base, subjectExchange),
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
  const works = base.index
    .byName(group.name)
    .some((entry) => entry.client === group.client && (entry.counts.ok ?? 0) > 0);
  if (works) return 'survived';
  const addresses = forged.flatMap(({ answer }) => answer.addresses);
  const leadsNowhere = addresses.length === 0 || addresses.every(isBogusAnswer);
  return leadsNowhere || consequencesOf(subject, forged).length > 0 ? 'stopped' : 'unknown';
}

/** Connections to the addresses that the forged answers gave: failures that belong to the answers. */
function consequencesOf(subject: DnsSubject, forged: readonly Answered[]): number[] {
  const { base, group, resolvers } = subject;
  const frames = new Set<number>();
  for (const address of new Set(forged.flatMap(({ answer }) => answer.addresses))) {
    for (const entry of base.index.byAddress(address)) {
      if (entry.client !== group.client || (entry.name !== null && entry.name !== group.name)) continue;
      for (const attempt of entry.attempts) {
        if (!resolvers.isGiver(group, address, attempt.firstTime)) continue;
        for (const frame of attempt.frames) frames.add(frame);
      }
    }
  }
  return [...frames].sort((a, b) => a - b);
}

function hasFailed(counts: Readonly<Partial<Record<string, number>>>): boolean {
  return ['unanswered', 'reset', 'refused', 'icmp-error', 'silent-after-request', 'closed-after-request'].some(
    (outcome) => (counts[outcome] ?? 0) > 0,
  );
}

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
  // One address of Facebook or Dropbox fits too many; several different ones for a name of somebody else fit the pool.
  if (pool !== null && pooled.size >= 2) {
    const { system, country, source, date } = pool;
    items.set(system, { system, country, matched: [...pooled].map((address) => `answer ${address}`), source, date });
  }
  return [...items.values()];
}

function byFrame(a: Answered, b: Answered): number {
  return a.answer.frame - b.answer.frame;
}

/** The drafts that say that an answer with this address was forged. */
export function forgersOf(drafts: readonly Draft[], client: string, address: string): Draft[] {
  return drafts.filter(
    (draft) =>
      draft.interference.kind === 'forged-answer' &&
      draft.key.startsWith(`dns ${client} `) &&
      draft.dns?.answers.some((answer) => answer.forged && answer.addresses.includes(address)),
  );
}

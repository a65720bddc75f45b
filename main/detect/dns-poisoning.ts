// Forged DNS answers: injected beside the genuine one, put in its place on the way, given by the resolver itself, or a
// name denied that exists. One draft for each client, resolver and name, with every exchange about it. Levels are those
// of the rules for DNS poisoning; the numbers in comments are theirs.

import { serviceOfName } from '../../shared/domain/services.ts';
import { type Confidence, weaker } from '../../shared/domain/vocabulary.ts';
import type { DnsAnswerRecord, DnsExchange } from '../flow/records.ts';
import { areNeighbours, isBogusAnswer, isLocalNetwork, specialRange } from '../observe/address.ts';
import { networkOf } from '../observe/controls.ts';
import {
  type AnswerCluster,
  type Answered,
  type Contradiction,
  failureFirstIn,
  identityDifference,
  isDenial,
  isPublicName,
  ownerOf,
  RCODE,
  TYPE_A,
  TYPE_AAAA,
} from '../observe/dns.ts';
import { MILLISECOND } from '../observe/evidence-base.ts';
import { alternative, type Detector, type Draft, evidence } from './detector.ts';
import { BLOCKING_RULE, judgeSilence, SilenceFacts } from './dns-blocking.ts';
import {
  agreementFacts,
  contentFacts,
  extendedErrorFacts,
  failuresAt,
  POISONING_RULE,
  repetitionFacts,
  soonest,
  soonFact,
  toDraft,
  type Verdict,
} from './dns-evidence.ts';
import { judgeResolvers } from './dns-resolvers.ts';
import {
  alike,
  DnsSubject,
  ENOUGH_ORDINARY,
  isMarked,
  type Marks,
  marksOf,
  Resolvers,
  UNRELATED_NAMES,
} from './dns-subject.ts';

export const dnsPoisoning: Detector = {
  rule: POISONING_RULE,
  judges: ['dns-poisoning', 'dns-blocking'],
  rules: { 'dns-blocking': BLOCKING_RULE },
  detect(base) {
    const resolvers = new Resolvers(base);
    const silences = new SilenceFacts(resolvers.view.groups);
    const drafts: Draft[] = [];
    for (const group of resolvers.view.groups) {
      if (!isPublicName(group.name)) continue;
      const subject = new DnsSubject(base, resolvers, group);
      const draft =
        judgeRace(subject) ??
        judgeFailureFirst(subject) ??
        judgeAnswers(subject) ??
        judgeDenial(subject) ??
        judgeSilence(subject, silences);
      if (draft !== null) drafts.push(draft);
    }
    drafts.push(...judgeResolvers(base, resolvers.view.groups));
    return drafts.sort((a, b) => a.firstTime - b.firstTime);
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    return base.capture.oneWayFlows >= 2 && base.capture.oneWayShare > 0.5 ? 'one-way' : null;
  },
};

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
  const placed = new Set([...forged, ...genuine].map(({ answer }) => answer));
  for (const answered of group.answers) {
    const { answer } = answered;
    if (placed.has(answer)) continue;
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
  // A query that is doubled beyond the capture is answered twice by one hand, and a balancer of names gives each other
  // addresses. That another resolver knows one of the answers makes the other no less genuine.
  const isOneHand = !second && contradictions.length < 2;
  const agreeing = subject.elsewhere.find((other) => other.addresses.some((address) => trusted.has(address)));
  const verified = [...subject.verified].find(([address]) => trusted.has(address));
  if (agreeing !== undefined || verified !== undefined) second = true;
  facts.push(...agreementFacts(subject, forged, trusted));
  if (contradictions.length >= 2 && subject.ordinary.length > 0) second = true;
  facts.push(...repetitionFacts(subject, contradictions.length));

  const queryUnseen = contradictions.every((one) => one.queryUnseen);
  // Queries that are doubled on the way are answered twice whatever their name is: then nobody was too many.
  const isDoubling = resolvers.answersTwice(group) && !forged.some((one) => isMarked(marksOf(subject, one)));
  let confidence: Confidence = second && base.capture.drops === 0 && !queryUnseen ? 'confirmed' : 'likely';
  if (isDoubling || isOneHand) confidence = 'possible';
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
      alternative(
        'unseen-query',
        isDoubling || isOneHand || queryUnseen || base.capture.drops > 0 ? 'open' : 'ruled-out',
        {},
      ),
      ...(subject.local && profile.samples === 0 ? [alternative('middlebox-proxy', 'open', {})] : []),
    ],
  };
  return toDraft(subject, verdict);
}

/**
 * A refusal or failure put before the genuine answer: the client takes it and gives up. No impossibility, for
 * forwarders pass such pairs on: it takes the handwriting of another stack, or more haste than the resolver has.
 */
function judgeFailureFirst(subject: DnsSubject): Draft | null {
  const { base, group } = subject;
  const pairs = group.exchanges.map(failureFirstIn).filter((one) => one !== null);
  const [first] = pairs;
  if (first === undefined) return null;
  const forged = pairs.map(({ exchange, failure }) => ({ exchange, answer: failure }));
  const genuine = pairs.map(({ exchange, answer }) => ({ exchange, answer }));
  const difference = identityDifference(first.failure, first.answer);
  const ttlDistance = Math.abs(first.failure.ttl - first.answer.ttl);
  const isOther = isTelling(
    subject.local ? difference.network : [...difference.network, ...difference.message],
    ttlDistance,
  );
  const soon = soonest(subject, forged);
  if (!isOther && soon === null) return null;
  const confidence: Confidence = base.capture.drops === 0 && subject.ordinary.length > 0 ? 'likely' : 'possible';
  const fields = [...difference.network, ...difference.message];
  return toDraft(subject, {
    confidence,
    variant: 'injected-failure',
    place: 'path',
    forged,
    genuine: genuine.map(({ answer }) => answer.frame),
    evidence: [
      evidence(
        'failure-before-answer',
        'supports',
        'medium',
        {
          rcode: first.failure.rcode,
          answer: first.answer.addresses,
          gapMs: (first.answer.time - first.failure.time) / MILLISECOND,
        },
        pairs.flatMap(({ failure, answer }) => [failure.frame, answer.frame]),
      ),
      ...(fields.length > 0
        ? [
            evidence('answer-identity-differs', 'supports', isOther ? 'medium' : 'weak', { fields }, [
              first.failure.frame,
              first.answer.frame,
            ]),
          ]
        : []),
      ...(soon === null ? [] : [soonFact(soon)]),
      ...repetitionFacts(subject, pairs.length),
    ],
    alternatives: [
      alternative('resolver-failure', isOther ? 'weakened' : 'open', { rcode: first.failure.rcode }),
      alternative('middlebox-proxy', isOther && soon !== null ? 'weakened' : 'open', {}),
      alternative('unseen-query', base.capture.drops > 0 ? 'open' : 'ruled-out', {}),
    ],
  });
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
      impossible: marks.every((one) => isMarked(one) || isRewritten(subject, one)) ? 1 : 0,
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

/** A hop count off by one or two, record TTLs and IP IDs also come of two servers behind one address. */
function isTelling(fields: readonly string[], ttlDistance: number): boolean {
  return fields.some((field) => (field === 'ttl' ? ttlDistance >= 3 : field !== 'record-ttl' && field !== 'ip-id'));
}

/** Made by somebody else than the resolver, by its hop count or options and by its time: two families, rule 1.1 C. */
function isRewritten({ profile }: DnsSubject, { soon, identity }: Marks): boolean {
  return soon !== null && identity.length > 0 && profile.names.size >= 2 && profile.samples >= 3;
}

// Rules 2 to 5: one answer, and it cannot be right

function judgeAnswers(subject: DnsSubject): Draft | null {
  const { base, group, profile, resolvers } = subject;
  const suspects: { answered: Answered; marks: Marks }[] = [];
  let anyIdentity = false;
  let anySoon = false;
  // What the resolver itself says as well is no lie, whoever else says it.
  const own = new Set<string>();
  for (const answered of group.answers) {
    const { soon, identity } = marksOf(subject, answered);
    if (soon === null && identity.length === 0) for (const address of answered.answer.addresses) own.add(address);
  }
  for (const answered of group.answers) {
    const { answer } = answered;
    if (answer.tc || answer.rcode !== RCODE.noError || answer.addresses.length === 0) continue;
    if (answer.addresses.some((address) => subject.verified.has(address))) continue;
    const marks = marksOf(subject, answered);
    const isOther = isRewritten(subject, marks) && !answer.addresses.some((address) => own.has(address));
    if (!isMarked(marks) && !isOther && !isNoResolver(answered.exchange, answer)) continue;
    if (marks.bogus !== null && marks.known === null && isInnocentInside(subject, marks.bogus)) continue;
    if (!isOther && isOwnersWish(subject, marks)) continue;
    anyIdentity ||= marks.identity.length > 0;
    anySoon ||= marks.soon !== null;
    suspects.push({ answered, marks });
  }
  if (suspects.length === 0) return judgeDisagreement(subject);

  const forged = suspects.map((one) => one.answered).sort(byFrame);
  const made = new Set(forged.flatMap(({ answer }) => answer.addresses));
  const elsewhere = alike(subject.elsewhere, forged);
  const agreed = elsewhere.some((other) => other.addresses.some((address) => made.has(address)));
  const contradicted =
    !agreed &&
    (subject.isVerifiedFor(forged) ||
      elsewhere.some((other) => !other.addresses.some((address) => made.has(address))) ||
      // The same resolver gave an ordinary answer by another transport.
      group.answers.some(
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
    confidence = contradicted && !subject.ownFilter ? 'likely' : 'possible';
  } else if (bogus !== null) {
    confidence = bogusLevel(subject, bogus, { contradicted, headers, ownedByService, manyNames });
  } else if (marks.some((one) => one.foreign !== null)) {
    confidence = 'likely'; // Rule 2: a name of the service table cannot be at another service's address
  } else if (marks.some((one) => one.wrongType)) {
    // Small servers of devices and portals answer every type alike, so the wrong family alone says little.
    confidence = contradicted || headers ? 'likely' : subject.ownFilter ? null : 'possible';
  } else if (marks.every((one) => one.listed !== null)) {
    // An imported list says so, and something else has to as well
    confidence = contradicted || headers ? 'likely' : 'possible';
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
      ? [
          evidence(
            'shared-bogus-address',
            'supports',
            'medium',
            { address: bogus, names: [...sharing!.names].slice(0, ENOUGH_ORDINARY) },
            [],
          ),
        ]
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
  facts.push(...agreementFacts(subject, forged, null));
  facts.push(...repetitionFacts(subject, new Set(forged.map((one) => one.exchange)).size));

  const rewritten = headers && !subject.local;
  const verdict: Verdict = {
    confidence: base.capture.drops > 0 ? weaker(confidence, 'likely') : confidence,
    variant: rewritten || noResolver !== undefined ? 'rewritten' : 'lying-resolver',
    place: rewritten || noResolver !== undefined ? 'path' : 'resolver',
    forged,
    genuine: elsewhere
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
  // Beside the client itself stands its own router: a network that wants people to sign in, or a household's filter.
  if (isInside && areNeighbours(subject.group.client, bogus)) return 'possible';
  // The filter of one's own (Pi-hole, AdGuard, parental control) answers so to whatever its owner chose, and that others
  // answer otherwise is what it is for.
  if (subject.ownFilter) return 'possible';
  if (by.contradicted) return 'likely';
  return by.headers || by.ownedByService || by.manyNames ? 'likely' : 'possible';
}

/** A captive portal's gateway, or an inside address at which something answers: where the name really is, in there. */
function isInnocentInside({ base, group, resolvers }: DnsSubject, address: string): boolean {
  if (!isLocalNetwork(address) || specialRange(address)?.use === 'loopback') return false;
  if (resolvers.isPortal(group, address)) return true;
  return base.index
    .byAddress(group.client, address)
    .some((entry) => (entry.counts.ok ?? 0) + (entry.counts.connected ?? 0) > 0);
}

/** An owner may say of his names what he likes, and serve it by broken programs: all that is odd is the content. */
function isOwnersWish({ group, resolvers }: DnsSubject, { known, listed, foreign }: Marks): boolean {
  if (resolvers.isComparable(group) || serviceOfName(group.name) !== null) return false;
  return known === null && listed === null && foreign === null;
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
  const { group } = subject;
  const elsewhere = subject.elsewhere.filter(({ type }) => type === TYPE_A);
  if (elsewhere.length === 0 || !subject.resolvers.isComparable(group)) return null;
  const told = new Set(elsewhere.flatMap((other) => other.addresses));
  const isNear = (address: string): boolean =>
    told.has(address) || [...told].some((other) => networkOf(other) === networkOf(address));
  const different = group.answers.filter(
    ({ exchange, answer }) =>
      answer.rcode === RCODE.noError &&
      !answer.tc &&
      exchange.type === TYPE_A &&
      answer.addresses.length > 0 &&
      !answer.addresses.some((address) => subject.verified.has(address) || isNear(address)),
  );
  const failing = different.filter(({ answer }) =>
    answer.addresses.some((address) => failuresAt(subject, address).length > 0),
  );
  const isRefuted = failing.length > 0 && [...subject.verified.keys()].some((address) => told.has(address));
  const sinkhole =
    different.length === 0 ? null : subject.resolvers.sinkhole(group, different[0]!.answer.addresses[0]!);
  if (!isRefuted && sinkhole === null) return null;
  const forged = sinkhole === null ? failing : different;
  const first = forged[0]!.answer;
  const facts = agreementFacts(subject, forged, null);
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

// Rule 6: the name is denied

function judgeDenial(subject: DnsSubject): Draft | null {
  const { group, resolvers } = subject;
  if (!resolvers.isComparable(group)) return null;
  const denials = group.answers.filter(({ exchange, answer }) => {
    if (answer.tc || (exchange.type !== TYPE_A && exchange.type !== TYPE_AAAA)) return false;
    // Many names have no IPv6 address; only the lack of an IPv4 one is odd.
    if (isDenial(answer)) return answer.rcode === RCODE.nameError || exchange.type === TYPE_A;
    return answer.rcode === RCODE.serverFailure || answer.rcode === RCODE.refused;
  });
  if (denials.length === 0) return null;
  // The resolver did resolve it, or serves nobody here at all: a failure, not a denial of this name.
  if (group.answers.some(({ answer }) => answer.rcode === RCODE.noError && answer.addresses.length > 0)) return null;
  const { answer } = denials[0]!;
  if ((answer.rcode === RCODE.refused || answer.rcode === RCODE.serverFailure) && !resolvers.servesOthers(group))
    return null;

  // That there is no such name is said of every type, that there is no such record of one.
  const isDenied = denials.some((one) => one.answer.rcode === RCODE.nameError);
  const elsewhere = isDenied ? subject.elsewhere : alike(subject.elsewhere, denials);
  const isVerified = isDenied ? subject.verified.size > 0 : subject.isVerifiedFor(denials);
  const resolvesElsewhere = elsewhere.length > 0 || isVerified;
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
  const other = elsewhere[0];
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
    genuine: elsewhere.flatMap((one) => one.frames),
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

function byFrame(a: Answered, b: Answered): number {
  return a.answer.frame - b.answer.frame;
}

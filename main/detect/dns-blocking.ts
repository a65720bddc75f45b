// DNS queries that draw no answer because of the name: dropped on the way, or, over TCP, reset.

import { atLeast, type Confidence } from '../../shared/domain/vocabulary.ts';
import { type DnsExchange, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { otherResolver } from '../observe/controls.ts';
import { answersOf, type NameGroup, queryFrames, typeName } from '../observe/dns.ts';
import { SECOND } from '../observe/evidence-base.ts';
import { alternative, type Draft, type EvidenceItem, evidence } from './detector.ts';
import type { DnsSubject } from './dns-poisoning.ts';

const RULE = 'dns-blocking/1';

/** Rule 7 [X]. */
const LEAST_QUERIES = 3;
const LEAST_SPAN = 5 * SECOND;
/**
 * A resolver that cannot resolve a name says so: BIND gives up after 10 s (resolver-query-timeout), and what failed is
 * remembered, so that a later query is refused at once (RFC 9520 §3.2). Silence that goes on longer, to a new query, is
 * not the resolver's.
 */
const RESOLVER_GIVES_UP = 10 * SECOND;
const SAME_MINUTE = 60 * SECOND;
/** How late an answer for another name may be to show that the resolver and the path to it work. */
const PROMPT = 5 * SECOND;

export function judgeSilence(subject: DnsSubject): Draft | null {
  return judgeResets(subject) ?? judgeDrops(subject);
}

/**
 * Rule 7: possible when other names were answered in the meantime. Likely takes two families: the silence repeats over
 * separate transactions past the time in which a resolver answers that it failed, and a control isolates the name, as
 * other names asked between the lost queries were answered promptly, or another resolver answered for the name.
 */
function judgeDrops(subject: DnsSubject): Draft | null {
  const { base, group } = subject;
  if (base.capture.drops > 0 || answersOf(group).length > 0) return null;
  const silent = group.exchanges.filter(
    (one) => one.transport === 'udp' && one.queries.length > 0 && one.icmp.length === 0,
  );
  const queries = silent.flatMap((exchange) => exchange.queries).sort((a, b) => a.time - b.time);
  if (queries.length < LEAST_QUERIES) return null;
  const first = queries[0]!.time;
  const last = queries.at(-1)!.time;
  if (last - first < LEAST_SPAN || queries.some((query) => query.ttl < 30)) return null;

  const answered = subject.resolvers.view
    .otherNames(group)
    .map((other) => ({ other, between: promptAnswers(other, first, last) }))
    .filter(
      ({ other, between }) =>
        between.length > 0 || promptAnswers(other, first - SAME_MINUTE, last + SAME_MINUTE).length > 0,
    );
  if (answered.length === 0) return null;
  const between = answered.flatMap((one) => one.between);
  // Other names fell silent as well: the resolver or the path lost them, whatever their name.
  const alsoSilent = subject.resolvers.view
    .otherNames(group)
    .filter((other) => isSilentBetween(other, first, last)).length;
  if (alsoSilent > answered.length) return null;

  const transactions = new Set(silent.map((exchange) => `${exchange.txid} ${exchange.client.port}`));
  const resolvedElsewhere = subject.elsewhere.length > 0;
  const outlasts = transactions.size >= 2 && last - first >= RESOLVER_GIVES_UP;
  const confidence: Confidence =
    outlasts && (between.length >= 2 || resolvedElsewhere) && alsoSilent === 0 ? 'likely' : 'possible';
  const facts: EvidenceItem[] = [
    evidence(
      'query-unanswered',
      'supports',
      'medium',
      { queries: queries.length, seconds: (last - first) / SECOND },
      queries.map((query) => query.frame),
    ),
    evidence(
      'other-names-answered',
      'supports',
      'medium',
      { resolver: group.resolver, names: answered.length },
      (between.length > 0
        ? between
        : answered.flatMap(({ other }) => answersOf(other).map(({ answer }) => answer.frame))
      ).slice(0, 16),
    ),
  ];
  if (transactions.size >= 2) {
    facts.push(
      evidence('repeated', 'supports', 'medium', { failed: transactions.size, attempts: transactions.size }, []),
    );
  }
  return silenceDraft(subject, silent, facts, confidence, outlasts ? 'weakened' : 'open');
}

/** Frames of answers that came within the span and soon after their queries. */
function promptAnswers(group: NameGroup, from: number, to: number): number[] {
  return group.exchanges.flatMap((exchange) => {
    const [query] = exchange.queries;
    if (query === undefined || query.time < from || query.time > to) return [];
    return exchange.answers
      .filter((answer) => answer.time - query.time <= PROMPT)
      .slice(0, 1)
      .map((answer) => answer.frame);
  });
}

function isSilentBetween(group: NameGroup, from: number, to: number): boolean {
  const asked = group.exchanges
    .flatMap((exchange) => exchange.queries)
    .filter((one) => one.time >= from && one.time <= to);
  return asked.length >= 2 && answersOf(group).length === 0;
}

function silenceDraft(
  subject: DnsSubject,
  silent: readonly DnsExchange[],
  facts: readonly EvidenceItem[],
  confidence: Confidence,
  failing: 'weakened' | 'open',
): Draft {
  const { base, group } = subject;
  const frames = queryFrames(silent);
  return {
    ...frame(subject, silent),
    confidence,
    interference: { kind: 'packet-drop', variant: 'query-unanswered', direction: 'both' },
    place: 'unknown',
    frames: {
      trigger: frames.slice(0, 1),
      forged: [],
      genuine: subject.elsewhere.flatMap((other) => other.frames),
      affected: frames,
    },
    trigger: { kind: 'dns-name', value: group.name, confidence },
    evidence: facts,
    controls: otherResolver(base, silent[0]!),
    alternatives: [
      alternative('resolver-down', 'ruled-out', { resolver: group.resolver }),
      alternative('resolver-failure', failing, { rcode: 2 }),
      alternative('packet-loss', failing, { retransmissions: frames.length - 1 }),
    ],
  };
}

/**
 * Queries over TCP that a reset cut off while other names pass to the same resolver. Whether the resets are forged is
 * judged apart; here the name is, so that repetition with that control makes it likely.
 */
function judgeResets(subject: DnsSubject): Draft | null {
  const { base, group } = subject;
  const overTcp = group.exchanges.filter((one) => one.transport === 'tcp');
  if (overTcp.length === 0 || overTcp.some((one) => one.answers.length > 0)) return null;
  const flows = overTcp.flatMap((exchange) => base.tcp.filter((flow) => carries(flow, exchange)));
  const resets = flows.flatMap((flow) =>
    flow.packets.filter((packet) => !packet.fromClient && (packet.flags & TCP_FLAG.rst) !== 0),
  );
  if (resets.length === 0) return null;
  const passing = subject.resolvers.view
    .otherNames(group)
    .flatMap((other) => other.exchanges)
    .filter((exchange) => exchange.transport === 'tcp' && exchange.answers.length > 0);
  if (passing.length === 0) return null;
  const confidence: Confidence = flows.length >= 3 && passing.length >= 2 ? 'likely' : 'possible';
  const resetFrames = resets.map((packet) => packet.frame);
  return {
    ...frame(subject, overTcp),
    confidence,
    interference: { kind: 'rst-injection', variant: 'dns-over-tcp', direction: 'to-client' },
    place: 'unknown',
    trigger: { kind: 'dns-name', value: group.name, confidence },
    frames: {
      trigger: queryFrames(overTcp),
      forged: atLeast(confidence, 'likely') ? resetFrames : [],
      genuine: [],
      affected: atLeast(confidence, 'likely') ? [] : resetFrames,
    },
    evidence: [
      evidence('repeated', 'supports', 'medium', { failed: flows.length, attempts: overTcp.length }, resetFrames),
      evidence(
        'other-names-answered',
        'supports',
        'medium',
        { resolver: group.resolver, names: new Set(passing.map((exchange) => exchange.name)).size },
        passing.flatMap((exchange) => exchange.answers.map((answer) => answer.frame)).slice(0, 16),
      ),
    ],
    controls: otherResolver(base, overTcp[0]!),
    alternatives: [alternative('server-policy', 'open', { name: group.name })],
  };
}

function carries(flow: TcpFlow, exchange: DnsExchange): boolean {
  return (
    flow.client.address === exchange.client.address &&
    flow.client.port === exchange.client.port &&
    flow.server.address === exchange.resolver.address &&
    flow.server.port === exchange.resolver.port
  );
}

/** What both kinds of draft have in common. */
function frame(subject: DnsSubject, exchanges: readonly DnsExchange[]) {
  const { group } = subject;
  const times = exchanges.flatMap((exchange) => exchange.queries.map((query) => query.time));
  const works = subject.base.index
    .byName(group.name)
    .some((entry) => entry.client === group.client && (entry.counts.ok ?? 0) > 0);
  return {
    key: `dns ${group.key}`,
    rule: RULE,
    stage: 'query' as const,
    effect: works ? ('survived' as const) : ('stopped' as const),
    target: { domain: group.name, address: group.resolver, port: group.port },
    flow: null,
    dns: {
      query: {
        name: group.name,
        type: typeName(exchanges[0]!.type),
        resolver: group.resolver,
        frames: queryFrames(group.exchanges),
      },
      answers: [],
    },
    firstTime: Math.min(...times),
    lastTime: Math.max(...times),
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}

// DNS queries that draw no answer because of the name: dropped on the way, or, over TCP, reset.

import { atLeast, type Confidence } from '../../shared/domain/vocabulary.ts';
import { type DnsExchange, type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { type NameGroup, queryFrames, typeName } from '../observe/dns.ts';
import { SECOND } from '../observe/evidence-base.ts';
import { greatestOf, leastOf } from '../observe/extremes.ts';
import { alternative, type Draft, type EvidenceItem, evidence } from './detector.ts';
import { append, controlsOf, type DnsSubject } from './dns-subject.ts';

export const BLOCKING_RULE = 'dns-blocking/1';

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
const SERVFAIL = 2;
/** How late an answer for another name may be to show that the resolver and the path to it work. */
const PROMPT = 5 * SECOND;
/** Asked no longer than this before or after a lost query, another name shows that the resolver answered then. */
const BESIDE = 5 * SECOND;
/** A packet that is lost now and then costs one query, not two in a row. */
const MORE_THAN_LOSS = 2;
/** So seldom would any of the names asked have lost so many queries in a row by chance [X]. */
const BY_CHANCE = 0.01;
/** More names than this change no judgement. */
const ENOUGH = 64;
const MAX_FRAMES = 16;

/** Queries in a row about a name that got no answer, or not yet. */
interface Pause {
  readonly from: number;
  readonly to: number;
  readonly group: NameGroup;
}

/** By client and resolver: answers that came soon, and names that got none. Found once for all names. */
export class SilenceFacts {
  readonly #prompt = new Map<string, { from: number; frame: number; name: string; type: number }[]>();
  readonly #failures = new Map<string, { from: number; name: string }[]>();
  readonly #silent = new Map<string, Pause[]>();
  readonly #sent = new Map<string, { names: number; queries: number; vain: number }>();

  constructor(groups: readonly NameGroup[]) {
    for (const group of groups) {
      const key = `${group.client} ${group.resolver}`;
      const sent = this.#sent.get(key) ?? { names: 0, queries: 0, vain: 0 };
      const own = sentIn(group);
      this.#sent.set(key, {
        names: sent.names + 1,
        queries: sent.queries + own.queries,
        vain: sent.vain + own.vain,
      });
      if (group.answers.length === 0) {
        const queries = group.exchanges.flatMap((exchange) => exchange.queries.map((query) => query.time));
        const times = queries.sort((a, b) => a - b);
        for (let at = 1; at < times.length; at++)
          append(this.#silent, key, { from: times[at - 1]!, to: times[at]!, group });
      }
      for (const exchange of group.exchanges) {
        const from = exchange.queries[0]?.time;
        const answer = exchange.answers[0];
        if (from === undefined || answer === undefined) continue;
        // Whoever had to ask again saw the same trouble
        const inVain = exchange.queries.filter((query) => query.time < answer.time).slice(0, -1);
        if (inVain.length >= MORE_THAN_LOSS) append(this.#silent, key, { from, to: inVain.at(-1)!.time, group });
        if (answer.rcode === SERVFAIL) append(this.#failures, key, { from, name: group.name });
        else if (inVain.length === 0 && answer.time - from <= PROMPT)
          append(this.#prompt, key, { from, frame: answer.frame, name: group.name, type: exchange.type });
      }
    }
    for (const list of this.#prompt.values()) list.sort((a, b) => a.from - b.from);
    for (const list of this.#failures.values()) list.sort((a, b) => a.from - b.from);
    for (const list of this.#silent.values()) list.sort((a, b) => a.from - b.from);
  }

  /**
   * Names other than the group's that were asked for such records within the span and answered soon; no more than change
   * anything. Some resolvers pass over whatever asks for records that they do not know.
   */
  answered(
    group: NameGroup,
    types: ReadonlySet<number>,
    from: number,
    to: number,
  ): { names: Set<string>; frames: number[] } {
    const names = new Set<string>();
    const frames: number[] = [];
    for (const one of since(this.#prompt.get(`${group.client} ${group.resolver}`), from)) {
      if (one.from > to || names.size >= ENOUGH) break;
      if (one.name === group.name || !types.has(one.type)) continue;
      names.add(one.name);
      if (frames.length < MAX_FRAMES) frames.push(one.frame);
    }
    return { names, frames };
  }

  /** The same around each of these times: an outage that began and ended in between is no silence of one name. */
  answeredBeside(
    group: NameGroup,
    types: ReadonlySet<number>,
    times: readonly number[],
  ): { names: Set<string>; frames: number[] } {
    const names = new Set<string>();
    const frames = new Set<number>();
    let until = Number.NEGATIVE_INFINITY;
    for (const time of times) {
      if (names.size >= ENOUGH) break;
      const beside = this.answered(group, types, Math.max(until, time - BESIDE), time + BESIDE);
      until = time + BESIDE;
      for (const name of beside.names) names.add(name);
      for (const frame of beside.frames) if (frames.size < MAX_FRAMES) frames.add(frame);
    }
    return { names, frames: [...frames] };
  }

  /** The resolver could not resolve another name within the span: it is in trouble, whatever the name. */
  isFailing(group: NameGroup, from: number, to: number): boolean {
    for (const failure of since(this.#failures.get(`${group.client} ${group.resolver}`), from)) {
      if (failure.from > to) return false;
      if (failure.name !== group.name) return true;
    }
    return false;
  }

  /**
   * Of how many names one expects so many lost queries in a row, by the share of other names' queries that drew no
   * answer. Where no one asks again, as several resolvers are asked at once, losses show nowhere else.
   */
  expected(group: NameGroup, lost: number): number {
    const sent = this.#sent.get(`${group.client} ${group.resolver}`)!;
    const own = sentIn(group);
    // Laplace's estimate: few queries show no small share
    const share = (sent.vain - own.vain + 1) / (sent.queries - own.queries + 2);
    return sent.names * share ** lost;
  }

  /** How many other names were asked twice or more within the span without an answer; no more than change anything. */
  silent(group: NameGroup, from: number, to: number): number {
    const found = new Set<NameGroup>();
    for (const pause of since(this.#silent.get(`${group.client} ${group.resolver}`), from)) {
      if (pause.from > to || found.size > ENOUGH) break;
      if (pause.to <= to && pause.group !== group) found.add(pause.group);
    }
    return found.size;
  }
}

/** Queries by UDP, and those that drew no answer. */
function sentIn(group: NameGroup): { queries: number; vain: number } {
  let queries = 0;
  let vain = 0;
  for (const exchange of group.exchanges) {
    if (exchange.transport !== 'udp') continue;
    queries += exchange.queries.length + exchange.unkept;
    vain += Math.max(0, exchange.queries.length - exchange.answers.length);
  }
  return { queries, vain };
}

/** Those of a list in order of time that begin no earlier. */
function* since<T extends { readonly from: number }>(list: readonly T[] = [], time: number): Generator<T> {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.from < time) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < list.length; at++) yield list[at]!;
}

export function judgeSilence(subject: DnsSubject, silences: SilenceFacts): Draft | null {
  return judgeResets(subject) ?? judgeDrops(subject, silences);
}

/**
 * Rule 7: possible when other names were answered in the meantime. Likely takes two families: the silence repeats over
 * separate transactions past the time in which a resolver answers that it failed, and a control isolates the name, as
 * other names asked beside the lost queries were answered promptly, or another resolver answered for the name.
 */
function judgeDrops(subject: DnsSubject, silences: SilenceFacts): Draft | null {
  const { base, group } = subject;
  if (base.capture.drops > 0 || group.answers.length > 0 || !subject.resolvers.isComparable(group)) return null;
  const silent = group.exchanges.filter(
    (one) => one.transport === 'udp' && one.queries.length > 0 && one.icmp.length === 0,
  );
  const queries = silent.flatMap((exchange) => exchange.queries).sort((a, b) => a.time - b.time);
  if (queries.length < LEAST_QUERIES) return null;
  const first = queries[0]!.time;
  const last = queries.at(-1)!.time;
  if (last - first < LEAST_SPAN || queries.some((query) => query.ttl < 30)) return null;

  const times = queries.map((query) => query.time);
  const types = new Set(silent.map(({ type }) => type));
  const beside = silences.answeredBeside(group, types, times);
  const answered =
    beside.names.size > 0 ? beside : silences.answered(group, types, first - SAME_MINUTE, last + SAME_MINUTE);
  if (answered.names.size === 0) return null;
  // Other names fell silent as well: the resolver or the path lost them, whatever their name.
  const alsoSilent = silences.silent(group, first, last);
  if (alsoSilent > answered.names.size) return null;

  const transactions = new Set(silent.map((exchange) => `${exchange.txid} ${exchange.client.port}`));
  const resolvedElsewhere = subject.elsewhere.length > 0;
  // A query sent again is the same one to the resolver, and both address families begin at once: neither asks anew.
  const isAskedAnew = silent.some((exchange) => exchange.queries[0]!.time - first >= LEAST_SPAN);
  const outlasts = isAskedAnew && last - first >= RESOLVER_GIVES_UP;
  const isFailing = silences.isFailing(group, first - SAME_MINUTE, last + SAME_MINUTE);
  // A forwarder at home passes on what it gets, and is silent itself where the servers of the name are dead.
  const isIsolated = resolvedElsewhere || (beside.frames.length >= 2 && !subject.local);
  const isByChance = silences.expected(group, queries.length) >= BY_CHANCE;
  const confidence: Confidence =
    outlasts && isIsolated && alsoSilent === 0 && !isFailing && !isByChance ? 'likely' : 'possible';
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
      { resolver: group.resolver, names: answered.names.size },
      answered.frames,
    ),
  ];
  if (transactions.size >= 2) {
    facts.push(
      evidence('repeated', 'supports', 'medium', { failed: transactions.size, attempts: transactions.size }, []),
    );
  }
  return silenceDraft(subject, silent, facts, confidence, outlasts ? 'weakened' : 'open');
}

function silenceDraft(
  subject: DnsSubject,
  silent: readonly DnsExchange[],
  facts: readonly EvidenceItem[],
  confidence: Confidence,
  failing: 'weakened' | 'open',
): Draft {
  const { group } = subject;
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
    controls: controlsOf(subject, silent[0]!),
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
  const { group } = subject;
  const overTcp = group.exchanges.filter((one) => one.transport === 'tcp');
  if (overTcp.length === 0 || overTcp.some((one) => one.answers.length > 0)) return null;
  // One connection carries several queries
  const all = [...new Set(overTcp.flatMap((exchange) => subject.resolvers.flowsOf(exchange)))];
  const flows = all.filter((flow) => resetsOf(flow).length > 0);
  const resets = flows.flatMap(resetsOf);
  if (resets.length === 0) return null;
  const passing = subject.resolvers.answeredOverTcp(group);
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
      evidence('repeated', 'supports', 'medium', { failed: flows.length, attempts: all.length }, resetFrames),
      evidence(
        'other-names-answered',
        'supports',
        'medium',
        { resolver: group.resolver, names: new Set(passing.map((exchange) => exchange.name)).size },
        passing.flatMap((exchange) => exchange.answers.map((answer) => answer.frame)).slice(0, 16),
      ),
    ],
    controls: controlsOf(subject, overTcp[0]!),
    alternatives: [alternative('server-policy', 'open', { name: group.name })],
  };
}

/** From the server's side, and not as whoever has closed a connection answers what comes afterwards (RFC 9293 §3.10.7). */
function resetsOf({ packets }: TcpFlow): PacketNote[] {
  const fromServer = packets.filter((packet) => !packet.fromClient);
  const closed = fromServer.findIndex((packet) => (packet.flags & TCP_FLAG.fin) !== 0);
  return fromServer.slice(0, closed < 0 ? undefined : closed).filter((packet) => (packet.flags & TCP_FLAG.rst) !== 0);
}

/** What both kinds of draft have in common. */
function frame(subject: DnsSubject, exchanges: readonly DnsExchange[]) {
  const { group } = subject;
  const times = exchanges.flatMap((exchange) => exchange.queries.map((query) => query.time));
  const works = subject.base.index.byName(group.client, group.name).some((entry) => (entry.counts.ok ?? 0) > 0);
  return {
    key: `dns ${group.key}`,
    rule: BLOCKING_RULE,
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
    firstTime: leastOf(times),
    lastTime: greatestOf(times),
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}

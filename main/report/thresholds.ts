// The limits that the rules decide by, as a report states them. A test holds this table against the code.

import type { ThresholdName } from '../../shared/report/schema.ts';

export interface Threshold {
  readonly rule: string;
  readonly name: ThresholdName;
  readonly value: string;
  /** Where it is, and how it stands there. */
  readonly file: string;
  readonly code: string;
}

export const THRESHOLDS: readonly Threshold[] = [
  {
    rule: 'rst-injection/1',
    name: 'reset-too-soon',
    value: '0.95',
    file: 'main/detect/reset-judgement.ts',
    code: 'const TOO_SOON = 0.95;',
  },
  {
    rule: 'rst-injection/1',
    name: 'ttl-hops',
    value: '3',
    file: 'main/observe/identity.ts',
    code: 'export const TTL_TOLERANCE = 3;',
  },
  {
    rule: 'rst-injection/1',
    name: 'repetitions',
    value: '3',
    file: 'main/detect/reset-judgement.ts',
    code: 'export const LEAST_REPETITIONS = 3;',
  },
  {
    rule: 'rst-injection/1',
    name: 'one-burst',
    value: '50 ms',
    file: 'main/observe/resets.ts',
    code: 'const BURST = 50 * MILLISECOND;',
  },
  {
    rule: 'sni-filtering/1',
    name: 'hello-retransmissions',
    value: '3',
    file: 'main/detect/sni-filtering.ts',
    code: 'const ENOUGH_RETRANSMISSIONS = 3;',
  },
  {
    rule: 'sni-filtering/1',
    name: 'lossy',
    value: '0.1',
    file: 'main/detect/sni-filtering.ts',
    code: 'const LOSSY = 0.1;',
  },
  {
    rule: 'dns-poisoning/1',
    name: 'answer-too-soon',
    value: '0.7',
    file: 'main/observe/dns.ts',
    code: 'const TOO_SOON_SHARE = 0.7;',
  },
  {
    rule: 'dns-poisoning/1',
    name: 'unrelated-names',
    value: '3',
    file: 'main/detect/dns-subject.ts',
    code: 'export const UNRELATED_NAMES = 3;',
  },
  {
    rule: 'dns-blocking/1',
    name: 'unanswered-queries',
    value: '3',
    file: 'main/detect/dns-blocking.ts',
    code: 'const LEAST_QUERIES = 3;',
  },
  {
    rule: 'dns-blocking/1',
    name: 'span',
    value: '5 s',
    file: 'main/detect/dns-blocking.ts',
    code: 'const LEAST_SPAN = 5 * SECOND;',
  },
  {
    rule: 'ip-null-routing/1',
    name: 'unanswered-requests',
    value: '3',
    file: 'main/observe/reachability.ts',
    code: 'export const LEAST_TRIES = 3;',
  },
  {
    rule: 'ip-null-routing/1',
    name: 'span',
    value: '3 s',
    file: 'main/observe/reachability.ts',
    code: 'export const LEAST_SPAN = 3;',
  },
  {
    rule: 'http-blockpage/1',
    name: 'page-too-soon',
    value: '0.5',
    file: 'main/observe/replies.ts',
    code: 'const TOO_SOON_SHARE = 0.5;',
  },
  {
    rule: 'quic-blocking/1',
    name: 'unanswered-datagrams',
    value: '3',
    file: 'main/detect/quic-blocking.ts',
    code: 'const LEAST_DATAGRAMS = 3;',
  },
  {
    rule: 'quic-blocking/1',
    name: 'span',
    value: '1.5 s',
    file: 'main/detect/quic-blocking.ts',
    code: 'const LEAST_SPAN = 1.5;',
  },
  {
    rule: 'data-cutoff/1',
    name: 'cutoff-least-bytes',
    value: '12000',
    file: 'main/detect/data-cutoff.ts',
    code: 'const LEAST_BYTES = 12_000;',
  },
  {
    rule: 'data-cutoff/1',
    name: 'cutoff-most-bytes',
    value: '24576',
    file: 'main/detect/data-cutoff.ts',
    code: 'const MOST_BYTES = 24_576;',
  },
  {
    rule: 'data-cutoff/1',
    name: 'cutoff-silence',
    value: '5 s',
    file: 'main/detect/data-cutoff.ts',
    code: 'const LEAST_SILENCE = 5 * SECOND;',
  },
  {
    rule: 'throttling/1',
    name: 'policer-losses',
    value: '10',
    file: 'main/observe/rates.ts',
    code: 'const LEAST_LOSSES = 10;',
  },
  {
    rule: 'throttling/1',
    name: 'policer-explained',
    value: '0.8',
    file: 'main/detect/throttling.ts',
    code: 'const EXPLAINED = 0.8;',
  },
  {
    rule: 'throttling/1',
    name: 'times-faster',
    value: '5',
    file: 'main/detect/throttling.ts',
    code: 'const TIMES_FASTER = 5;',
  },
  {
    rule: 'all',
    name: 'comparison-window',
    value: '600 s',
    file: 'main/observe/controls.ts',
    code: 'export const CONTROL_WINDOW = 600 * SECOND;',
  },
  {
    rule: 'all',
    name: 'incident-pause',
    value: '30 min',
    file: 'main/incident/incidents.ts',
    code: 'const PAUSE = 30 * 60 * SECOND;',
  },
];

// The limits that the rules decide by, as a report states them. A test holds this table against the code.

export interface Threshold {
  readonly rule: string;
  readonly name: string;
  readonly value: string;
  /** Where it is, and how it stands there. */
  readonly file: string;
  readonly code: string;
}

export const THRESHOLDS: readonly Threshold[] = [
  {
    rule: 'rst-injection/1',
    name: 'share of the least round trip below which a reset came too soon',
    value: '0.95',
    file: 'main/detect/reset-judgement.ts',
    code: 'const TOO_SOON = 0.95;',
  },
  {
    rule: 'rst-injection/1',
    name: 'hops between suspect and genuine packets from which their TTLs differ',
    value: '3',
    file: 'main/observe/identity.ts',
    code: 'export const TTL_TOLERANCE = 3;',
  },
  {
    rule: 'rst-injection/1',
    name: 'repetitions that make a pattern',
    value: '3',
    file: 'main/detect/reset-judgement.ts',
    code: 'export const LEAST_REPETITIONS = 3;',
  },
  {
    rule: 'rst-injection/1',
    name: 'time in which resets are one burst',
    value: '50 ms',
    file: 'main/observe/resets.ts',
    code: 'const BURST = 50 * MILLISECOND;',
  },
  {
    rule: 'sni-filtering/1',
    name: 'retransmissions of a hello before its silence is judged',
    value: '3',
    file: 'main/detect/sni-filtering.ts',
    code: 'const ENOUGH_RETRANSMISSIONS = 3;',
  },
  {
    rule: 'sni-filtering/1',
    name: 'share of lost packets from which silence is laid to loss',
    value: '0.1',
    file: 'main/detect/sni-filtering.ts',
    code: 'const LOSSY = 0.1;',
  },
  {
    rule: 'dns-poisoning/1',
    name: 'share of the least round trip below which an answer came too soon',
    value: '0.7',
    file: 'main/observe/dns.ts',
    code: 'const TOO_SOON_SHARE = 0.7;',
  },
  {
    rule: 'dns-poisoning/1',
    name: 'unrelated names with one false address',
    value: '3',
    file: 'main/detect/dns-subject.ts',
    code: 'export const UNRELATED_NAMES = 3;',
  },
  {
    rule: 'dns-blocking/1',
    name: 'queries without an answer before it is judged',
    value: '3',
    file: 'main/detect/dns-blocking.ts',
    code: 'const LEAST_QUERIES = 3;',
  },
  {
    rule: 'dns-blocking/1',
    name: 'time that they span',
    value: '5 s',
    file: 'main/detect/dns-blocking.ts',
    code: 'const LEAST_SPAN = 5 * SECOND;',
  },
  {
    rule: 'ip-null-routing/1',
    name: 'connection requests without an answer before it is judged',
    value: '3',
    file: 'main/observe/reachability.ts',
    code: 'export const LEAST_TRIES = 3;',
  },
  {
    rule: 'ip-null-routing/1',
    name: 'time that they span',
    value: '3 s',
    file: 'main/observe/reachability.ts',
    code: 'export const LEAST_SPAN = 3;',
  },
  {
    rule: 'all',
    name: 'time around an attempt in which another one is a comparison',
    value: '600 s',
    file: 'main/observe/controls.ts',
    code: 'export const CONTROL_WINDOW = 600 * SECOND;',
  },
  {
    rule: 'all',
    name: 'pause after which the same interference is another incident',
    value: '30 min',
    file: 'main/incident/incidents.ts',
    code: 'const PAUSE = 30 * 60 * SECOND;',
  },
];

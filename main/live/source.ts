// What every way to capture has in common: a backend says which helper to start and what its complaints mean; the helper
// writes pcap or pcapng to its standard output.

import type { BackendName, LiveError, LiveErrorCode } from '../../shared/domain/live.ts';

export interface SourceOptions {
  readonly interface: string;
  /** In the syntax of libpcap; null: everything. */
  readonly filter: string | null;
  /** Most bytes kept of a packet; null: all. */
  readonly snaplen: number | null;
}

export interface HelperCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It ends by itself when its standard input does; others get a watchdog. */
  readonly watchesInput: boolean;
  /** It is a script of Node, which another program than `file` may run. */
  readonly script?: { readonly path: string; readonly args: readonly string[] };
}

export interface Backend {
  readonly name: BackendName;
  readonly tsSource: 'kernel' | 'user';
  /** How many packets it lost is known; otherwise what it says is the least. */
  readonly countsDrops: boolean;
  /** Null where it is not installed; then `missing` says what is. */
  command(options: SourceOptions): HelperCommand | null;
  readonly missing: string;
  /** What the helper's last words mean. */
  explain(words: string): LiveErrorCode;
}

/** The first of the patterns that fits names the code. */
export function codeOf(words: string, patterns: readonly (readonly [RegExp, LiveErrorCode])[]): LiveErrorCode {
  return patterns.find(([pattern]) => pattern.test(words))?.[1] ?? 'failed';
}

/** What libpcap says, whoever passes it on. */
export const LIBPCAP_WORDS: readonly (readonly [RegExp, LiveErrorCode])[] = [
  [/permission|not permitted|EACCES|EPERM/i, 'no-permission'],
  [/capture filter|filter expression|syntax error|unknown host|parse|illegal token|expression rejects/i, 'bad-filter'],
  [/no such device|no device named|SIOCGIFHWADDR|SIOCGIFINDEX|doesn't exist/i, 'no-interface'],
  [/not up|no longer running|went down|disappeared|network is down|interface is gone/i, 'interface-down'],
];

export function errorOf(backend: Backend, words: string): LiveError {
  return { backend: backend.name, code: backend.explain(words), message: words };
}

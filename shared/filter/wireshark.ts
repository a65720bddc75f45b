// A filter as a Wireshark display filter, for everything that stands in the packets themselves. What Blockscope judged
// does not: those parts are left out where the rest then lets more through, and always named.

import type { FilterField } from '../domain/filter-kinds.ts';
import type { AddressValue, Ast, Match, TimeValue, Value } from './ast.ts';
import { matches } from './ast.ts';
import { print } from './print.ts';
import { wireName } from './punycode.ts';

export interface WiresharkNote {
  readonly field: FilterField;
  /** The part as it is written in our language. */
  readonly text: string;
  /** `missing`: left out; `near`: the packets that show it themselves, not all of their connections. */
  readonly kind: 'missing' | 'near';
  readonly start: number;
  readonly end: number;
}

export interface WiresharkFilter {
  /** Empty: every frame. */
  readonly filter: string;
  /** It lets through the very frames. */
  readonly exact: boolean;
  readonly notes: readonly WiresharkNote[];
}

export interface WiresharkContext {
  /** Seconds since the epoch at the first frame, for times of day. */
  readonly start?: number;
  /** Frames that a match stands for where only the analysis knows (a finding, a role): null where it does not. */
  readonly frames?: (match: Match) => readonly number[] | null;
  /** The connection behind a flow's number. */
  readonly flow?: (flow: number) => {
    readonly protocol: 'tcp' | 'udp';
    readonly client: { readonly address: string; readonly port: number };
    readonly server: { readonly address: string; readonly port: number };
  } | null;
}

const MOST_FRAMES = 500;

/** Null: no counterpart. `kept`: nothing of it was left out. */
interface Part {
  readonly text: string | null;
  readonly kept: boolean;
  /** Operators at its top, for parentheses. */
  readonly joined: boolean;
}

const NOTHING: Part = { text: null, kept: false, joined: false };
const atom = (text: string): Part => ({ text, kept: true, joined: false });

class Writer {
  readonly notes: WiresharkNote[] = [];
  readonly #context: WiresharkContext;

  constructor(context: WiresharkContext) {
    this.#context = context;
  }

  part(ast: Ast): Part {
    switch (ast.kind) {
      case 'all':
        return { text: '', kept: true, joined: false };
      case 'not': {
        const inner = this.part(ast.item);
        // Without a part it lets more through, and its opposite less: no counterpart.
        if (inner.text === null || !inner.kept) return this.#without(ast.item);
        return atom(`!(${inner.text})`);
      }
      case 'and': {
        const items = ast.items.map((item) => this.part(item));
        const some = items.filter((item) => item.text !== null);
        if (some.length === 0) return NOTHING;
        const kept = items.every((item) => item.kept);
        if (some.length === 1) return { ...some[0]!, kept };
        return { text: some.map(inParentheses).join(' && '), kept, joined: true };
      }
      case 'or': {
        const items = ast.items.map((item) => this.part(item));
        // One branch without counterpart may let anything through.
        if (items.some((item) => item.text === null)) return this.#without(ast);
        const kept = items.every((item) => item.kept);
        return { text: items.map(inParentheses).join(' || '), kept, joined: true };
      }
      case 'match':
        return this.#match(ast);
    }
  }

  /** All of it is left out, also what has a counterpart by itself. */
  #without(ast: Ast): Part {
    for (const match of matches(ast)) {
      const at = this.notes.findIndex((note) => note.start === match.start && note.text === print(match));
      if (at >= 0) this.notes.splice(at, 1);
      this.#note(match, 'missing');
    }
    return NOTHING;
  }

  #note(match: Match, kind: WiresharkNote['kind']): void {
    const { field, start, end } = match;
    this.notes.push({ field, text: print(match), kind, start, end });
  }

  #match(match: Match): Part {
    const listed = this.#context.frames?.(match) ?? null;
    if (listed !== null && listed.length > 0 && listed.length <= MOST_FRAMES) {
      return atom(`frame.number in {${runs(listed)}}`);
    }
    const texts: string[] = [];
    for (const value of match.values) {
      const text = this.#value(match.field, value);
      if (text === null) {
        this.#note(match, 'missing');
        return NOTHING;
      }
      texts.push(text);
    }
    if (NEAR.has(match.field)) this.#note(match, 'near');
    if (texts.length === 1) return { text: texts[0]!, kept: true, joined: texts[0]!.includes(' || ') };
    return { text: texts.map((text) => inParentheses({ text, joined: true })).join(' || '), kept: true, joined: true };
  }

  #value(field: FilterField, value: Value): string | null {
    switch (field) {
      case 'address':
      case 'client':
        return addressText(value);
      case 'resolver': {
        const text = addressText(value);
        return text === null ? null : `dns && (${text})`;
      }
      case 'target':
        return value.kind === 'domain' ? nameText(value) : addressText(value);
      case 'domain':
        return nameText(value);
      case 'port':
        if (value.kind === 'any') return 'tcp.port || udp.port';
        return value.kind === 'number' ? `${eachOf('tcp.port', value)} || ${eachOf('udp.port', value)}` : null;
      case 'protocol':
        if (value.kind === 'any') return 'frame';
        return value.kind === 'word' ? (PROTOCOLS[value.word] ?? null) : null;
      case 'frame':
        return numberText('frame.number', value);
      case 'bytes':
        return numberText('frame.len', value);
      case 'flow':
        return this.#flow(value);
      case 'time':
        return this.#time(value);
      case 'text':
        return value.kind === 'word' && value.word !== '' ? `frame contains ${quoted(value.word)}` : null;
      default:
        return null;
    }
  }

  #flow(value: Value): string | null {
    if (value.kind !== 'number' || value.op !== '=') return null;
    const key = this.#context.flow?.(value.from);
    if (key === undefined || key === null) return null;
    const { protocol, client, server } = key;
    const ip = client.address.includes(':') ? 'ipv6' : 'ip';
    const way = (from: typeof client, to: typeof client): string =>
      `(${ip}.src == ${from.address} && ${protocol}.srcport == ${from.port} && ${ip}.dst == ${to.address} && ${protocol}.dstport == ${to.port})`;
    return `${way(client, server)} || ${way(server, client)}`;
  }

  #time(value: Value): string | null {
    if (value.kind === 'any') return 'frame';
    if (value.kind !== 'time') return null;
    const basis = (value.from ?? value.to)!.from;
    // No field of Wireshark tells the time of day.
    if (basis === 'midnight') return null;
    const name = basis === 'start' ? 'frame.time_relative' : 'frame.time_epoch';
    const at = (time: TimeValue): string => plain(time.seconds);
    const { op, from, to } = value;
    if (op === '=') return `${name} >= ${at(from!)} && ${name} < ${plain(from!.seconds + from!.unit)}`;
    if (op !== '..') return `${name} ${op} ${at(from!)}`;
    const ends = [from && `${name} >= ${at(from)}`, to && `${name} <= ${at(to)}`];
    return ends.filter((end) => end !== null).join(' && ');
  }
}

/** Fields that Wireshark sees only in the packets that carry them. */
const NEAR: ReadonlySet<FilterField> = new Set(['target', 'domain', 'client', 'resolver', 'text']);

const PROTOCOLS: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  icmpv6: 'icmpv6',
  arp: 'arp',
  dns: 'dns',
  tls: 'tls',
  quic: 'quic',
  http: 'http',
};

function inParentheses({ text, joined }: { text: string | null; joined: boolean }): string {
  return joined || text!.includes(' && ') ? `(${text})` : text!;
}

function plain(value: number): string {
  if (Number.isInteger(value)) return String(value);
  let text = value.toFixed(9);
  while (text.endsWith('0')) text = text.slice(0, -1);
  return text.endsWith('.') ? text.slice(0, -1) : text;
}

/** `1..3, 7` */
function runs(frames: readonly number[]): string {
  const sorted = [...new Set(frames)].toSorted((a, b) => a - b);
  const found: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let last = at;
    while (sorted[last + 1] === sorted[last]! + 1) last++;
    found.push(last === at ? `${sorted[at]}` : `${sorted[at]}..${sorted[last]}`);
    at = last + 1;
  }
  return found.join(', ');
}

/** What is larger would be refused by Wireshark. */
const MOST_NUMBER = 0xffffffff;
const LAST_PORT = 0xffff;
const NEVER = 'frame.number == 0';

/** The whole numbers that match, both ends among them. */
function interval(value: Value & { kind: 'number' }, most: number): { low: number; high: number } | null {
  const { op, from, to } = value;
  let low = 0;
  let high = most;
  if (op === '=' || op === '>=' || op === '..') low = Math.max(0, Math.ceil(from));
  if (op === '>') low = Math.floor(from) + 1;
  if (op === '=' || op === '<=') high = Math.floor(from);
  if (op === '<') high = Math.ceil(from) - 1;
  if (op === '..') high = Math.floor(to);
  high = Math.min(high, most);
  return low > high ? null : { low, high };
}

function numberText(name: string, value: Value): string | null {
  if (value.kind === 'any') return name;
  if (value.kind !== 'number') return null;
  const ends = interval(value, MOST_NUMBER);
  if (ends === null) return NEVER;
  const { low, high } = ends;
  if (low === high) return `${name} == ${low}`;
  if (high === MOST_NUMBER) return `${name} >= ${low}`;
  return low === 0 ? `${name} <= ${high}` : `${name} >= ${low} && ${name} <= ${high}`;
}

/** A field that stands in a packet twice: both bounds must hold of the same one. */
function eachOf(name: string, value: Value & { kind: 'number' }): string {
  const ends = interval(value, LAST_PORT);
  if (ends === null) return NEVER;
  return ends.low === ends.high ? `${name} == ${ends.low}` : `${name} in {${ends.low}..${ends.high}}`;
}

function addressText(value: Value): string | null {
  if (value.kind === 'any') return 'ip || ipv6';
  if (value.kind !== 'address') return null;
  const { bytes, bits }: AddressValue = value.address;
  const name = bytes.length === 4 ? 'ip.addr' : 'ipv6.addr';
  return `${name} == ${value.text.split('/')[0]}${bits === 8 * bytes.length ? '' : `/${bits}`}`;
}

/** The name itself and all below it, as a name stands in questions, hellos and requests. */
function nameText(value: Value): string | null {
  if (value.kind === 'any') return 'dns.qry.name || tls.handshake.extensions_server_name || http.host';
  if (value.kind !== 'domain') return null;
  const escaped = wireName(value.domain).replaceAll('.', '\\.');
  const pattern = quoted(`(^|\\.)${escaped}$`);
  const host = quoted(`(^|\\.)${escaped}(:[0-9]+)?$`);
  return `dns.qry.name matches ${pattern} || tls.handshake.extensions_server_name matches ${pattern} || http.host matches ${host}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export function toWireshark(ast: Ast, context: WiresharkContext = {}): WiresharkFilter {
  const writer = new Writer(context);
  const { text, kept } = writer.part(ast);
  return { filter: text ?? '', exact: kept && writer.notes.length === 0, notes: writer.notes };
}

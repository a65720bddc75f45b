// Formats of imported lists: told apart by their first rows, read row by row. A row that cannot be used is reported with
// its line and the reason, and passed over.

import type { ListFormat, ListKind, RowProblem } from '../../shared/domain/lists.ts';
import { parseAddress } from '../observe/address.ts';
import { ownerOf } from '../observe/dns.ts';
import { csvRows } from './csv.ts';
import {
  Entries,
  type ListEntry,
  MAX_INCLUDES,
  type PageEntry,
  type PageLocation,
  type ParsedList,
} from './list-entries.ts';
import { type CompiledPattern, compilePattern, LEAST_FIXED, MAX_PATTERN } from './pattern.ts';

export interface ListText {
  readonly name: string;
  readonly text: string;
}

/** What the publisher of a format states, for lists whose owner does not say. */
export const PUBLISHERS: Readonly<
  Record<ListFormat, { readonly source: string | null; readonly licence: string | null }>
> = {
  'censored-planet': { source: 'Censored Planet, assets-censoredplanet', licence: 'BSD-3-Clause' },
  ooni: { source: 'OONI, blocking-fingerprints', licence: null },
  'citizen-lab': { source: 'Citizen Lab, filtering-annotations', licence: 'BSD-3-Clause' },
  v2fly: { source: 'v2fly, domain-list-community', licence: 'MIT' },
  addresses: { source: null, licence: null },
  dnsmasq: { source: null, licence: null },
};

/** Null: it looks like none of them. */
export function detectFormat(text: string): ListFormat | null {
  const lines = text
    .slice(0, 65_536)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const first = (lines[0] ?? '').replace(/^\ufeff/, '');
  if (first.startsWith('{') || first.startsWith('['))
    return /"fingerprint"/.test(text.slice(0, 65_536)) ? 'censored-planet' : null;
  const columns = first.split(',');
  if (columns.includes('name') && columns.includes('expected_countries')) {
    if (columns.includes('pattern_type')) return 'ooni';
    return columns.includes('pattern') || columns.includes('response') ? 'citizen-lab' : null;
  }
  const some = lines.slice(0, 200);
  const most = (is: (line: string) => boolean): boolean => some.length > 0 && some.filter(is).length * 2 >= some.length;
  if (most((line) => line.startsWith('bogus-nxdomain='))) return 'dnsmasq';
  if (most((line) => isPrefix(firstWord(line)))) return 'addresses';
  const isRule = (line: string): boolean => {
    const [rule = '', ...rest] = line.replace(/\s#.*/, '').split(/\s+/);
    const isName = /^(include|domain|full|keyword|regexp):/.test(rule) || isDomain(rule);
    return isName && rest.every((word) => /^[@&]/.test(word));
  };
  if (most(isRule)) return 'v2fly';
  return null;
}

export function parseList(
  file: ListText,
  format: ListFormat,
  /** What the person says that it holds, where the format leaves that open. */
  as: ListKind | null,
  /** Files that it includes, by name. */
  includes: ReadonlyMap<string, ListText> = new Map(),
): ParsedList {
  const entries = new Entries();
  let kind: ListKind;
  switch (format) {
    case 'censored-planet':
      kind = censoredPlanet(file, as, entries);
      break;
    case 'ooni':
    case 'citizen-lab':
      fingerprints(file, entries);
      kind = 'block-pages';
      break;
    case 'v2fly':
      domains(file, includes, entries);
      kind = 'service';
      break;
    case 'addresses':
    case 'dnsmasq':
      kind = as === 'service' && format === 'addresses' ? 'service' : 'block-addresses';
      addresses(file, format === 'dnsmasq', entries);
  }
  return { format, kind, entries: entries.entries, faults: entries.faults, faulty: entries.faulty };
}

/** Files that a list of domains names, at whatever depth, which are not among those at hand. */
export function missingIncludes(file: ListText, at: ReadonlyMap<string, ListText>): string[] {
  const missing = new Set<string>();
  const seen = new Set([file.name]);
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const line of next.text.split('\n')) {
      const name = /^\s*include:([a-z0-9!-]{1,64})/.exec(line)?.[1];
      if (name === undefined || seen.has(name)) continue;
      seen.add(name);
      const found = at.get(name);
      if (found === undefined) missing.add(name);
      else open.push(found);
    }
  }
  return [...missing].slice(0, MAX_INCLUDES);
}

// ---- pages ----

/** Of the names of Censored Planet: what a pattern stands for. Those that stand for many things accuse nobody. */
const SCOPES_CP = /^[a-z]_(prod|nat|isp|corp|unk|gen)_/;
const VAGUE_SCOPES: readonly string[] = ['unk', 'gen', 'vbw', 'injb', 'prov'];
/** OONI and Citizen Lab rate from 0 to 10 how unlikely a false match is. */
const SURE_ENOUGH = 5;

function censoredPlanet(file: ListText, as: ListKind | null, into: Entries): ListKind {
  const rows: { line: number; name: string; pattern: string }[] = [];
  for (const { line, value, raw } of jsonRows(file.text)) {
    const row = value as { fingerprint?: unknown; pattern?: unknown } | null;
    if (row === undefined) into.fault(file.name, line, 'not-json', raw);
    else if (typeof row?.fingerprint !== 'string' || typeof row.pattern !== 'string')
      into.fault(file.name, line, 'missing-field', raw);
    else rows.push({ line, name: row.fingerprint, pattern: row.pattern });
  }
  const isNone =
    as === 'not-block-pages' ||
    (as === null &&
      (/false.?positive/i.test(file.name) || rows.filter(({ name }) => /_fp/.test(name)).length * 2 > rows.length));
  for (const { line, name, pattern } of rows) {
    const scope = SCOPES_CP.exec(name)?.[1] ?? 'unk';
    const country = /^b_nat_([a-z]{2})_/.exec(name)?.[1]?.toUpperCase() ?? null;
    const vague = !isNone && VAGUE_SCOPES.includes(scope);
    const problem = addPage(into, { name, country, vague, isNone }, 'any', 'pattern', pattern);
    if (problem !== null) into.fault(file.name, line, problem, `${name}: ${pattern}`);
  }
  return isNone ? 'not-block-pages' : 'block-pages';
}

/** A JSON array, or an object a line; `value` undefined where it is neither. */
function* jsonRows(text: string): Generator<{ line: number; value: unknown; raw: string }> {
  if (/^\s*\[/.test(text)) {
    let all: unknown;
    try {
      all = JSON.parse(text);
    } catch {
      all = undefined;
    }
    if (!Array.isArray(all)) yield { line: 1, value: undefined, raw: text.slice(0, 120) };
    else
      for (const [at, value] of all.entries()) yield { line: at + 1, value, raw: JSON.stringify(value).slice(0, 120) };
    return;
  }
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    if (raw.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(raw);
    } catch {
      value = undefined;
    }
    yield { line, value, raw };
  }
}

function addPage(
  into: Entries,
  of: Pick<PageEntry, 'name' | 'country' | 'vague' | 'isNone'>,
  where: PageLocation,
  how: PageEntry['how'],
  text: string,
): RowProblem | null {
  let pattern: CompiledPattern | RowProblem;
  if (how === 'pattern') pattern = compilePattern(text, true);
  else if (text.length > MAX_PATTERN) pattern = 'too-long';
  else pattern = text.length < LEAST_FIXED ? 'too-short' : { fixed: [text], expression: null };
  if (typeof pattern === 'string') return pattern;
  return into.add({ type: 'page', ...of, where, how, text, pattern, own: domainsIn(text) });
}

/** Owners of the hosts that a pattern names. */
function domainsIn(text: string): string[] {
  const plain = text.replaceAll('\\', '');
  const hosts = plain.match(/(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/gi) ?? [];
  return [...new Set(hosts.slice(0, 8).map((host) => ownerOf(host.toLowerCase())))];
}

const HOW: Readonly<Record<string, PageEntry['how']>> = {
  contains: 'contains',
  prefix: 'prefix',
  full: 'full',
  regexp: 'pattern',
};

/** Tables of OONI and of Citizen Lab, for pages and for DNS; OONI's grew out of the other. */
function fingerprints(file: ListText, into: Entries): void {
  let header: readonly string[] | null = null;
  for (const { line, fields } of csvRows(file.text.replace(/^\ufeff/, ''))) {
    if (fields === null) {
      into.fault(file.name, line, 'not-csv', '');
      continue;
    }
    if (header === null) {
      header = fields;
      continue;
    }
    const columns = header;
    const raw = fields.join(',');
    const field = (name: string): string => fields[columns.indexOf(name)] ?? '';
    const name = field('name');
    const text = field('pattern') || field('response');
    if (fields.length !== columns.length || name === '' || text === '') {
      into.fault(file.name, line, fields.length === columns.length ? 'missing-field' : 'not-csv', raw);
      continue;
    }
    const scope = field('scope') || field('scope_fp');
    const rating = Number.parseInt(field('confidence_no_fp'), 10);
    const named = {
      name,
      country: /\b[A-Z]{2}\b/.exec(field('expected_countries'))?.[0] ?? null,
      vague: VAGUE_SCOPES.includes(scope) || rating < SURE_ENOUGH,
    };
    const where = field('location_found') || 'dns';
    const how = columns.includes('pattern_type') ? HOW[field('pattern_type')] : 'contains';
    let problem: RowProblem | null;
    if (how === undefined) problem = 'missing-field';
    else if (where === 'dns') problem = addAnswer(into, named, text, scope);
    else {
      const location = locationOf(where);
      problem =
        location === null
          ? 'unknown-location'
          : addPage(into, { ...named, isNone: scope === 'fp' }, location, how, text);
    }
    if (problem !== null) into.fault(file.name, line, problem, raw);
  }
}

function locationOf(where: string): PageLocation | null {
  if (where === 'body') return 'body';
  if (where === 'header') return 'headers';
  const name = /^header\.([a-z0-9-]{1,64})$/i.exec(where)?.[1];
  return name === undefined ? null : `header.${name.toLowerCase()}`;
}

/** What a false answer holds: an address, or the host of a block page. */
function addAnswer(
  into: Entries,
  named: { name: string; country: string | null; vague: boolean },
  text: string,
  scope: string,
): RowProblem | null {
  // What only looks like one accuses nobody, and of addresses that is said by leaving them out
  if (scope === 'fp') return null;
  if (isPrefix(text)) return into.add({ type: 'address', ...named, address: text });
  const host = text.toLowerCase().replace(/\.$/, '');
  return isDomain(host) && !/\d$/.test(host) ? into.add({ type: 'host', ...named, host }) : 'not-an-address';
}

// ---- addresses ----

function addresses(file: ListText, isDnsmasq: boolean, into: Entries): void {
  let line = 0;
  for (const raw of file.text.replace(/^\ufeff/, '').split('\n')) {
    line++;
    const row = raw.replace(/[#;].*/, '').trim();
    if (row === '') continue;
    const text = isDnsmasq ? /^bogus-nxdomain=(.+)$/.exec(row)?.[1] : firstWord(row);
    if (text === undefined || !isPrefix(text)) {
      into.fault(file.name, line, 'not-an-address', raw);
      continue;
    }
    // Providers answer so to names that do not exist: an answer of theirs is false, and says nothing of blocking
    const entry = { type: 'address', name: text, country: null, vague: isDnsmasq, address: text } as const;
    const problem = into.add(entry);
    if (problem !== null) into.fault(file.name, line, problem, raw);
  }
}

function firstWord(line: string): string {
  return line.split(/[\s,]/, 1)[0]!;
}

export function isPrefix(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === null || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= parsed.length * 8 && Number(bits) > 0);
}

// ---- domains ----

function isDomain(text: string): boolean {
  return (
    text.length <= 253 &&
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
  );
}

/** github.com/v2fly/domain-list-community: `include:`, `domain:`, `full:`, `keyword:`, `regexp:`, `@attribute`, `#`. */
function domains(file: ListText, includes: ReadonlyMap<string, ListText>, into: Entries): void {
  const seen = new Set<string>();
  const read = (one: ListText, wanted: readonly string[], depth: number): void => {
    const key = `${one.name} ${wanted.join(' ')}`;
    if (seen.has(key) || seen.size > MAX_INCLUDES) return;
    seen.add(key);
    let line = 0;
    for (const raw of one.text.replace(/^\ufeff/, '').split('\n')) {
      line++;
      const words = raw
        .replace(/(^|\s)#.*/, '')
        .trim()
        .split(/\s+/);
      const rule = words[0]!;
      if (rule === '') continue;
      const attributes = words.filter((word) => word.startsWith('@')).map((word) => word.slice(1));
      if (rule.startsWith('include:')) {
        const included = includes.get(rule.slice(8));
        if (included === undefined || depth >= 8) into.fault(one.name, line, 'include-missing', raw);
        else read(included, attributes, depth + 1);
        continue;
      }
      // `@cn` keeps what has it, `@-cn` what has it not
      if (!wanted.every((one) => (one.startsWith('-') ? !attributes.includes(one.slice(1)) : attributes.includes(one))))
        continue;
      const isPlain = words.slice(1).every((word) => /^[@&]/.test(word));
      const entry = isPlain ? domainEntry(rule) : 'not-a-domain';
      const problem = typeof entry === 'string' ? entry : into.add(entry);
      if (problem !== null) into.fault(one.name, line, problem, raw);
    }
  };
  read(file, [], 0);
}

function domainEntry(rule: string): ListEntry | RowProblem {
  const colon = rule.indexOf(':');
  const type = colon < 0 ? 'domain' : rule.slice(0, colon);
  const text = rule.slice(colon + 1);
  switch (type) {
    case 'domain':
    case 'full': {
      const name = text.toLowerCase().replace(/\.$/, '');
      if (!isDomain(name)) return 'not-a-domain';
      return { type: 'domain', how: type === 'full' ? 'full' : 'suffix', text: name, pattern: null };
    }
    case 'keyword':
      return text.length < LEAST_FIXED
        ? 'too-short'
        : { type: 'domain', how: 'keyword', text: text.toLowerCase(), pattern: null };
    case 'regexp': {
      const pattern = compilePattern(text, false);
      return typeof pattern === 'string' ? pattern : { type: 'domain', how: 'pattern', text, pattern };
    }
    default:
      return 'not-a-domain';
  }
}

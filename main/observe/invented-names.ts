// Names that no site has: Tor puts one in the hello of each connection, `www.`, 4 to 25 characters of base32 and `.com`
// (tor, src/lib/tls, crypto_random_hostname), and asks nobody for it. What was matched then is not that name.
//
// Recorded with tor 0.4.9.11 and OpenSSL 3.0: TLS 1.3 over the older versions' cipher suites, no ALPN, the certificate
// encrypted, and one JA4 for all names, because OpenSSL pads hellos of that length to 512 bytes (RFC 7685). A JA4 follows
// the versions of both programs, so none is listed here. In a public capture of 2013 (nDPI, tor.pcap) seven hellos of
// TLS 1.0 are no different in that: no ALPN, one form, every name once. Certificates, readable then, were made up too.

import type { TcpFlow } from '../flow/records.ts';
import type { AttemptEntry } from './attempt-index.ts';
import type { EvidenceBase } from './evidence-base.ts';

const FORM = /^www\.([a-z2-7]{4,25})\.com$/;
/** Nobody's word: a digit between letters, or five consonants in a row. Of random names nine in ten. */
const NO_WORD = /[a-z][2-7]+[a-z]|[bcdfghjklmnpqrstvwxz]{5}/;
/** Another name comes with each connection: two of that kind at one place are hardly two sites. */
const LEAST_AT_PLACE = 2;
/** A client has three guards of its own choice, and one that finds none tries many, each once. */
const LEAST_ANYWHERE = 3;
const LEAST_SHARE = 0.5;
const MAX_NAMES = 16;

/** Hellos of one program with made-up names. */
export interface InventedNames {
  readonly count: number;
  readonly addresses: number;
  /** The first of them, with the first packets of their connections. */
  readonly names: readonly string[];
  readonly frames: readonly number[];
}

type Programs = ReadonlyMap<number, InventedNames>;

/** By TCP flow. A base is a snapshot, so this is worked out once. */
const known = new WeakMap<EvidenceBase, Programs>();

/** What makes the connection Tor's: its name, and others of the same program that nobody was asked for either. */
export function torHello(flow: number, base: EvidenceBase): InventedNames | null {
  let programs = known.get(base);
  if (programs === undefined) {
    programs = findPrograms(base);
    known.set(base, programs);
  }
  return programs.get(flow) ?? null;
}

/** The name that a connection gave for its server, where it is one. */
export function siteName(flow: TcpFlow, base: EvidenceBase): string | null {
  return torHello(flow.id, base) === null ? (flow.trigger?.name ?? null) : null;
}

function findPrograms(base: EvidenceBase): Programs {
  const asked = new Set<string>();
  for (const exchange of base.exchanges) if (FORM.test(exchange.name)) asked.add(exchange.name);
  // Null: it names sites as well. A list of sites to be measured has made-up looking ones, too.
  const byProgram = new Map<string, AttemptEntry[] | null>();
  for (const entry of base.index.entries()) {
    const { client, transport, name, nameFrom, total } = entry;
    if (transport !== 'tcp' || nameFrom !== 'sni' || name === null) continue;
    // Whoever means the name looks it up, and tries it again.
    const mayBeInvented =
      FORM.test(name) && total === 1 && !asked.has(name) && base.index.byName(client, name).length === 1;
    for (const { ja4 } of entry.attempts) {
      // Two characters for the first ALPN value: a browser offers some.
      if (ja4 === null || ja4.slice(8, 10) !== '00') continue;
      const key = `${client} ${ja4}`;
      const entries = byProgram.get(key);
      if (!mayBeInvented) byProgram.set(key, null);
      else if (entries === undefined) byProgram.set(key, [entry]);
      else entries?.push(entry);
    }
  }
  const found = new Map<number, InventedNames>();
  for (const entries of byProgram.values()) {
    if (entries === null || !areInvented(entries)) continue;
    const attempts = entries.flatMap((entry) => entry.attempts);
    const program: InventedNames = {
      count: entries.length,
      addresses: new Set(entries.map(({ address }) => address)).size,
      names: entries.slice(0, MAX_NAMES).map(({ name }) => name!),
      frames: attempts.slice(0, MAX_NAMES).flatMap(({ frames }) => frames.slice(0, 1)),
    };
    for (const { flow } of attempts) found.set(flow, program);
  }
  return found;
}

function areInvented(entries: readonly AttemptEntry[]): boolean {
  const places = new Map<string, number>();
  const random = entries.filter(({ name }) => NO_WORD.test(name!.slice(4, -4)));
  for (const { address, port } of random) {
    const place = `${address} ${port}`;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  if (random.length < entries.length * LEAST_SHARE) return false;
  return (
    [...places.values()].some((names) => names >= LEAST_AT_PLACE) ||
    (entries.length >= LEAST_ANYWHERE && random.length >= LEAST_AT_PLACE)
  );
}

// Readers against tshark on recorded traffic. Both get the same bytes: tshark prints the payloads beside what it read.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DNS_TYPE, type DnsMessage, parseDns } from './dns.ts';
import { parseRequestHead, parseResponseHead } from './http.ts';
import { QuicInitialReader } from './quic.ts';
import { canDecrypt } from './quic-crypto.ts';
import { isDecodeError } from './result.ts';
import { isGrease, scanTls } from './tls.ts';

const CAPTURES = join(import.meta.dirname, '../../../shared/captures');

function hasTshark(): boolean {
  try {
    return execFileSync('tshark', ['--version'], { encoding: 'utf8', stdio: 'pipe' }).startsWith('TShark');
  } catch {
    return false;
  }
}
const missing = !existsSync(CAPTURES) ? 'no captures' : hasTshark() ? '' : 'no tshark';
const name = missing === '' ? 'recorded traffic' : `recorded traffic (skipped: ${missing})`;

/** One row a packet, the fields in the order asked for; several values of one field are joined by commas. */
function tshark(file: string, filter: string, fields: readonly string[]): string[][] {
  const columns = fields.flatMap((field) => ['-e', field]);
  const options = ['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'tls.desegment_ssl_records:FALSE'];
  const args = ['-n', '-r', join(CAPTURES, file), ...options, '-Y', filter, '-T', 'fields', ...columns];
  const out = execFileSync('tshark', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const list = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(','));

describe.skipIf(missing !== '')(name, () => {
  test.each(['benign/nDPI/netflix.pcap', 'benign/nDPI/dns_exfiltration.pcap'])('DNS of %s', (file) => {
    const fields = [
      'udp.payload',
      'dns.id',
      'dns.flags',
      'dns.qry.name',
      'dns.qry.type',
      'dns.count.answers',
      'dns.a',
      'dns.aaaa',
      'dns.cname',
    ];
    const rows = tshark(file, 'dns && udp.port == 53 && !icmp && !_ws.malformed', fields);
    expect(rows.length).toBeGreaterThan(0);
    for (const [payload, id, flags, question, type, count, a, aaaa, cname] of rows) {
      const raw = bytes(payload!);
      const message = parseDns(raw, 0, raw.length) as DnsMessage;
      expect(isDecodeError(message)).toBe(false);
      expect(message).toMatchObject({ id: Number(id), flags: Number(flags), answerCount: Number(count), stop: null });
      expect(message.question).toMatchObject({ name: question!.toLowerCase(), type: Number(type) });
      if (message.authorityCount + message.additionalCount > 0) continue;
      const of = (wanted: number): (string | null)[] =>
        message.answers.filter((answer) => answer.type === wanted).map((answer) => answer.address ?? answer.target);
      expect(of(DNS_TYPE.A)).toEqual(list(a));
      expect(of(DNS_TYPE.AAAA)).toEqual(list(aaaa));
      expect(of(DNS_TYPE.CNAME)).toEqual(list(cname).map((target) => target.toLowerCase()));
    }
  });

  test.each(['benign/nDPI/instagram.pcap', 'benign/nDPI/tls_esni_sni_both.pcap', 'benign/nDPI/tls_ech.pcapng'])(
    'ClientHellos of %s',
    (file) => {
      const rows = tshark(file, 'tcp && tls.handshake.type == 1', [
        'tcp.payload',
        'tls.handshake.extensions_server_name',
        'tls.handshake.ja3_full',
      ]);
      let compared = 0;
      for (const [payload, sni, ja3] of rows) {
        const raw = bytes(payload!);
        const hello = scanTls(raw, 0, raw.length).clientHello;
        if (hello === null || hello.truncated) continue;
        compared++;
        expect(hello.sni ?? '').toBe(sni!.toLowerCase());
        const join = (codes: readonly number[]): string => codes.filter((code) => !isGrease(code)).join('-');
        const ours = [
          hello.legacyVersion,
          join(hello.cipherSuites),
          join(hello.extensions),
          join(hello.supportedGroups),
        ];
        expect(ours.join(',')).toBe(ja3!.split(',').slice(0, 4).join(','));
        expect(hello.error).toBeNull();
      }
      expect(compared).toBeGreaterThan(0);
    },
  );

  test.each([
    'benign/nDPI/quic-29.pcap',
    'benign/nDPI/quic-v2.pcapng',
    'benign/zeek/quic-multiple-initial-fragmented-crypto.pcap',
    'benign/lab/quic-loss.pcap',
  ])('QUIC hellos of %s', (file) => {
    const rows = tshark(file, 'quic', [
      'udp.stream',
      'udp.srcport',
      'udp.dstport',
      'udp.payload',
      'tls.handshake.extensions_server_name',
    ]);
    const readers = new Map<string, QuicInitialReader>();
    const names = new Map<string, string>();
    for (const [stream, source, destination, payload, sni] of rows) {
      const reader = readers.get(stream!) ?? new QuicInitialReader();
      readers.set(stream!, reader);
      const raw = bytes(payload!);
      reader.feed(raw, 0, raw.length, Number(destination) < Number(source));
      if (sni !== undefined && sni !== '') names.set(stream!, list(sni)[0]!);
    }
    let compared = 0;
    for (const [stream, sni] of names) {
      const reader = readers.get(stream)!;
      // Old drafts, which tshark still has the keys of, are named by number only.
      if (!canDecrypt(reader.version)) continue;
      compared++;
      expect(reader.clientHello?.sni).toBe(sni.toLowerCase());
      expect(reader.unreadable).toBe(0);
    }
    expect(compared).toBeGreaterThan(0);
  });

  test.each(['benign/nDPI/instagram.pcap', 'benign/nDPI/netflix.pcap'])('HTTP of %s', (file) => {
    const fields = [
      'tcp.payload',
      'http.request.method',
      'http.request.uri',
      'http.host',
      'http.response.code',
      'http.location',
      'http.server',
    ];
    let compared = 0;
    for (const [payload, method, uri, host, status, location, server] of tshark(file, 'http && tcp.payload', fields)) {
      const raw = bytes(payload!);
      const request = parseRequestHead(raw, 0, raw.length);
      const response = parseResponseHead(raw, 0, raw.length);
      if (typeof request === 'object' && request.complete) {
        expect([request.method, request.target, request.host ?? '']).toEqual([
          method,
          uri,
          host!.toLowerCase().replace(/:\d+$/, ''),
        ]);
        compared++;
      }
      if (typeof response === 'object' && response.complete) {
        expect([String(response.status), response.location ?? '', response.server ?? '']).toEqual([
          status,
          location,
          server,
        ]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});

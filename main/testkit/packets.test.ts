import { decode as decodeDns } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, u8 } from './bytes.ts';
import { type Capture, dissect, edited, readCapture, writeCapture } from './capture.ts';
import { dnsAnswer, dnsQuery, httpRequest, httpResponse } from './dns-bytes.ts';
import { echo, fragments, frame, icmpError, LINKTYPE, type LinkOptions, tcp, tcpOptions, udp } from './packets.ts';
import { cryptoFrame, quicClientFlight, quicInitial } from './quic-bytes.ts';
import { alert, applicationData, certificateDer, clientHello, clientHelloMessage, serverHello } from './tls-bytes.ts';
import { lacks, tsharkFields, withFile } from './tools.ts';

const V4 = { source: '10.0.0.2', destination: '93.184.215.14', ttl: 64, id: 7 };
const V6 = { source: '2001:db8::2', destination: '2606:2800:21f::1', ttl: 64, flowLabel: 0x12345 };
const PORTS = { sourcePort: 50_000, destinationPort: 443 };
const SEGMENT = { ...PORTS, seq: 1000, ack: 1, flags: 'PA', window: 512 };

function captureOf(packets: readonly Uint8Array[], link: LinkOptions = {}): Capture {
  const linkType = LINKTYPE[link.kind ?? 'ethernet'];
  const frames = packets.map((packet, at) => {
    const bytes = frame(packet, link);
    return { number: at + 1, time: BigInt(at) * 1_000_000n, bytes, original: bytes.length, linkType, iface: 0 };
  });
  return { format: 'pcap', frames };
}

const CHECKED = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];

function tshark(packets: readonly Uint8Array[], fields: readonly string[], link: LinkOptions = {}): string[][] {
  return withFile(writeCapture(captureOf(packets, link)), (path) => tsharkFields(path, fields, CHECKED));
}

describe.skipIf(lacks('tshark'))('read by tshark', () => {
  it('has right checksums and lengths everywhere', () => {
    const segment = tcp(
      V4,
      { ...SEGMENT, options: tcpOptions({ mss: 1460, sackPermitted: true, windowScale: 7 }) },
      clientHello(),
    );
    const packets = [
      segment,
      tcp(V6, { ...SEGMENT, flags: 'RA', reserved: 0xe00 }),
      tcp({ ...V4, options: fromHex('94040000') }, SEGMENT, u8(1, 2, 3)),
      tcp({ ...V6, extensions: [{ kind: 'hop-by-hop' }, { kind: 'destination', octets: 16 }] }, SEGMENT, u8(1)),
      udp(V4, { sourcePort: 50_001, destinationPort: 53 }, dnsQuery({ id: 1, name: 'a.example' })),
      udp(V6, { sourcePort: 50_001, destinationPort: 53 }, dnsQuery({ id: 1, name: 'a.example', edns: true })),
      icmpError({ ...V4, source: '10.0.0.1' }, { type: 3, code: 13, quoted: segment, quotedTtl: 3 }),
      icmpError(V6, { type: 1, code: 1, quoted: tcp(V6, SEGMENT) }),
      echo(V4, false, 1, 2),
      echo(V6, true, 1, 2),
    ];
    const fields = [
      'ip.checksum.status',
      'tcp.checksum.status',
      'udp.checksum.status',
      'icmp.checksum.status',
      'icmpv6.checksum.status',
      '_ws.malformed',
    ];
    const rows = tshark(packets, fields);
    expect(rows).toHaveLength(packets.length);
    for (const row of rows) {
      const statuses = row
        .slice(0, 5)
        .flatMap((cell) => cell.split(','))
        .filter((cell) => cell !== '');
      // 1 is good, 2 not checked: of a quoted packet only the beginning is there
      expect(statuses.filter((status) => status !== '1' && status !== '2')).toEqual([]);
      expect(statuses).toContain('1');
      expect(row[5] ?? '').toBe('');
    }
  });

  it('marks what is written wrong on purpose', () => {
    expect(tshark([tcp(V4, { ...SEGMENT, badChecksum: true })], ['tcp.checksum.status'])).toEqual([['0']]);
  });

  const links: LinkOptions[] = [
    {},
    { vlan: 12 },
    { serviceVlan: 40, vlan: 12 },
    { pppoe: 77 },
    { vlan: 5, pppoe: 77 },
    { kind: 'sll' },
    { kind: 'sll2', outgoing: true },
    { kind: 'null' },
    { kind: 'loop' },
    { kind: 'raw' },
  ];
  it('finds the connections behind every link layer', () => {
    const packets = [tcp(V4, SEGMENT), tcp(V6, SEGMENT)];
    const frames = links.flatMap((link) => captureOf(packets, link).frames);
    const rows = withFile(writeCapture({ format: 'pcapng', frames }), (path) =>
      tsharkFields(path, ['tcp.dstport', 'ip.dst', 'ipv6.dst']),
    );
    const seen = links.map((link, at) => [link, rows.slice(2 * at, 2 * at + 2).map((row) => row.join(' ').trim())]);
    const expected = ['443 93.184.215.14', '443  2606:2800:21f::1'];
    expect(seen).toEqual(links.map((link) => [link, expected]));
  });

  it('puts fragments together again', () => {
    const long = dnsAnswer({
      id: 9,
      name: 'many.example',
      addresses: Array.from({ length: 90 }, (_, i) => `93.184.215.${i}`),
    });
    const ports = { sourcePort: 53, destinationPort: 50_000 };
    for (const packet of [udp({ ...V4, df: false }, ports, long), udp(V6, ports, long)]) {
      const pieces = fragments(packet, 600);
      expect(pieces.length).toBeGreaterThan(2);
      expect(tshark(pieces, ['dns.count.answers']).at(-1)).toEqual(['90']);
    }
  });

  it('sees names, versions and messages of TLS', () => {
    const hello = clientHello({ sni: 'blocked.example', alpn: ['h2'], size: 517 });
    expect(hello).toHaveLength(517);
    const server = { sourcePort: 443, destinationPort: 50_000, seq: 1, ack: 1, flags: 'PA', window: 512 };
    const back = { source: V4.destination, destination: V4.source };
    const rows = tshark(
      [
        tcp(V4, SEGMENT, hello),
        tcp(back, server, serverHello({ tls12: true, names: ['blocked.example', 'www.blocked.example'] })),
      ],
      ['tls.handshake.extensions_server_name', 'tls.handshake.type', 'x509ce.dNSName', '_ws.malformed'],
    );
    expect(rows[0]!.slice(0, 2)).toEqual(['blocked.example', '1']);
    expect(rows[1]!.slice(1, 3)).toEqual(['2,11,14', 'blocked.example,www.blocked.example']);
    const others = [alert(112), applicationData(100), clientHello({ sni: null, ech: true, postQuantum: true })];
    const types = tshark(
      others.map((bytes, at) => tcp(V4, { ...SEGMENT, sourcePort: 50_001 + at }, bytes)),
      ['tls.record.content_type', 'tls.alert_message.desc'],
    );
    expect(types.map((row) => row.join(' ').trim())).toEqual(['21 112', '23', '22']);
  });

  it.each([1, 2] as const)('opens QUIC Initials of version %d', (version) => {
    const flight = quicClientFlight({ sni: 'quic.example', postQuantum: true }, { version });
    expect(flight).toHaveLength(2);
    expect(flight.map((datagram) => datagram.length)).toEqual([1200, 1200]);
    const rows = tshark(
      flight.map((datagram) => udp(V4, PORTS, datagram)),
      ['tls.handshake.extensions_server_name', 'quic.crypto.offset'],
    );
    expect(rows.map((row) => row[1])).toEqual(['0', '1100']);
    expect(rows.at(-1)![0]).toBe('quic.example');
  });
});

it('makes the Initial of RFC 9001 appendix A.2', () => {
  const hello = fromHex(
    '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff',
  );
  const packet = quicInitial({
    originalId: fromHex('8394c8f03e515708'),
    packetNumber: 2,
    frames: cryptoFrame(0, hello),
  });
  const hex = Buffer.from(packet).toString('hex');
  expect(hex.slice(0, 64)).toBe('c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11');
  expect(hex.slice(-32)).toBe('e221af44860018ab0856972e194cd934');
});

it('writes DNS that another decoder reads', () => {
  const query = decodeDns(Buffer.from(dnsQuery({ id: 5, name: 'www.example.org', edns: true })));
  expect(query.questions).toMatchObject([{ name: 'www.example.org', type: 'A' }]);
  expect(query.additionals).toHaveLength(1);
  for (const compressed of [true, false]) {
    const answer = dnsAnswer({
      id: 5,
      name: 'www.example.org',
      addresses: ['93.184.215.14', '2606::1'],
      cname: 'cdn.example.net',
      compressed,
    });
    expect(decodeDns(Buffer.from(answer)).answers).toMatchObject([
      { name: 'www.example.org', data: 'cdn.example.net' },
      { name: 'cdn.example.net', type: 'A', data: '93.184.215.14' },
      { name: 'cdn.example.net', type: 'AAAA', data: '2606::1' },
    ]);
  }
  expect(decodeDns(Buffer.from(dnsAnswer({ id: 5, name: 'x.example', rcode: 3 })))).toMatchObject({
    rcode: 'NXDOMAIN',
  });
});

it('writes HTTP heads', () => {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  expect(text(httpRequest({ host: 'a.example', target: '/x' }))).toMatch(
    /^GET \/x HTTP\/1\.1\r\nHost: a\.example\r\n[\s\S]*\r\n\r\n$/,
  );
  expect(
    text(httpResponse({ status: 302, reason: 'Found', headers: { Location: 'http://b.example/' }, body: '' })),
  ).toMatch(/^HTTP\/1\.1 302 Found\r\n[\s\S]*Location: http:\/\/b\.example\/\r\n\r\n$/);
});

it('splits a hello over records, and names the same hello the same bytes', () => {
  const whole = clientHelloMessage({ sni: 'a.example', seed: 1 });
  const split = clientHello({ sni: 'a.example', seed: 1, recordSize: 64 });
  expect(split.length).toBe(whole.length + 5 * Math.ceil(whole.length / 64));
  expect(clientHello({ sni: 'a.example', seed: 1 })).toEqual(
    concat(fromHex('160301'), u8(whole.length >> 8, whole.length), whole),
  );
  expect(certificateDer(['a.example'])[0]).toBe(0x30);
});

it('reads back what it wrote, and rights the sums of an edited frame', () => {
  const capture = captureOf([tcp(V4, SEGMENT, u8(1, 2, 3)), tcp(V6, SEGMENT)]);
  const again = readCapture(writeCapture(capture));
  expect(again.frames).toEqual(capture.frames);
  const changed = edited(again.frames[0]!, (bytes, at) => {
    bytes[at.ip + 8] = 9;
  });
  expect(changed.bytes).toEqual(frame(tcp({ ...V4, ttl: 9 }, SEGMENT, u8(1, 2, 3))));
  expect(dissect(changed)).toMatchObject({ source: '10.0.0.2', ttl: 9, destinationPort: 443, payload: 54 });
  expect(dissect(again.frames[1]!)).toMatchObject({ source: '2001:db8::2', v6: true, tcp: { seq: 1000 } });
});

import packet, { type Answer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DNS_TYPE,
  type DnsMessage,
  dnsHeader,
  dnsTcpMessages,
  isPlausibleDns,
  parseDns,
  questionHash,
  sameQuestion,
} from './dns.ts';
import { isDecodeError } from './result.ts';
import { ipv6Text } from './text.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

function parse(bytes: Uint8Array, endedBy?: 'capture' | 'record'): DnsMessage {
  const message = parseDns(bytes, 0, bytes.length, endedBy);
  if (isDecodeError(message)) throw new Error(`no message: ${JSON.stringify(message)}`);
  return message;
}

// A forged answer as it is known of the Great Firewall: flags 8180, owner a pointer to the question, the address last.
const FORGED = hex(`1234 8180 0001 0001 0000 0000
  08 74656c656772616d 03 6f7267 00 0001 0001  c00c 0001 0001 000000a7 0004 1f0d5e17`);

describe('literal messages', () => {
  test('a forged answer', () => {
    expect(parse(FORGED)).toMatchObject({
      id: 0x1234,
      flags: 0x8180,
      qr: true,
      opcode: 0,
      aa: false,
      tc: false,
      rd: true,
      ra: true,
      z: false,
      rcode: 0,
      questionCount: 1,
      answerCount: 1,
      question: { name: 'telegram.org', type: 1, class: 1 },
      answers: [
        { name: 'telegram.org', type: 1, class: 1, ttl: 167, address: '31.13.94.23', target: null, dataLength: 4 },
      ],
      edns: null,
      compressed: true,
      answersQuestion: true,
      trailing: 0,
      stop: null,
      truncatedAt: null,
    });
    const [answer] = parse(FORGED).answers;
    expect([...FORGED.subarray(answer!.dataOffset)]).toEqual([31, 13, 94, 23]);
  });

  test('the same cut by the capture keeps the question and says so', () => {
    const cut = FORGED.subarray(0, 40);
    expect(parse(cut, 'capture')).toMatchObject({
      question: { name: 'telegram.org' },
      answers: [],
      truncatedAt: 32,
      stop: { layer: 'dns', offset: 32, needed: 10, available: 8, limitedBy: 'capture' },
    });
    // The same bytes as a whole datagram are malformed.
    expect(parse(cut)).toMatchObject({ truncatedAt: null, stop: { limitedBy: 'record' } });
  });

  test('a referral names servers and tells nothing; a denial has the start of its zone (RFC 2308 §2.2)', () => {
    const question = '01 61 03 6f7267 00 0001 0001';
    const ns = 'c00e 0002 0001 00000e10 0005 02 6e73 c00e';
    const soa = 'c00e 0006 0001 00000e10 0016 00 00 00000001 00000e10 00000e10 00000e10 00000e10';
    const answer = (authority: string, counts: string, flags = '8000') =>
      parse(hex(`1234 ${flags} 0001 0000 ${counts} 0000 ${question} ${authority}`));
    expect(answer(ns, '0001')).toMatchObject({ referral: 'to-zone', answerCount: 0, stop: null });
    expect(answer(ns.replace('c00e', '00'), '0001')).toMatchObject({ referral: 'to-root', stop: null });
    expect(answer(soa, '0001')).toMatchObject({ referral: null, stop: null });
    expect(answer(`${ns} ${soa}`, '0002')).toMatchObject({ referral: null, stop: null });
    expect(answer('', '0000').referral).toBeNull();
    expect(answer(ns, '0001', '8003').referral).toBeNull();
    expect(answer(ns.slice(0, -2), '0001').referral).toBeNull();
  });

  test('fewer bytes than a header are an error with both numbers', () => {
    expect(parseDns(FORGED, 0, 11, 'capture')).toEqual({
      layer: 'dns',
      offset: 0,
      needed: 12,
      available: 11,
      limitedBy: 'capture',
    });
  });

  test('bytes copied behind the answer are counted', () => {
    const copied = hex(`1234 8180 0001 0001 0000 0001 01 61 00 0001 0001  c00c 0001 0001 0000012c 0004 7f000001 0000`);
    // The additional record that the count promises is not there: what is, stops reading.
    expect(parse(copied).stop).toMatchObject({ limitedBy: 'record' });
    expect(parse(copied).answers[0]?.address).toBe('127.0.0.1');
    const trailing = hex(`1234 8180 0001 0000 0000 0000 01 61 00 0001 0001 beef`);
    expect(parse(trailing)).toMatchObject({ trailing: 2, stop: null });
  });

  test.each([
    ['to itself', 'c00c'],
    ['in a ring', 'c00e c00c'],
    ['beyond the message', 'ffff'],
    ['reserved label type', '40 61 00'],
  ])('a pointer %s ends in an error', (_, name) => {
    const message = parse(hex(`0001 0100 0001 0000 0000 0000 ${name} 0001 0001`));
    expect(message.question).toBeNull();
    expect(message.stop).not.toBeNull();
  });

  test('a pointer may lead forwards, as forgers write it', () => {
    const message = parse(hex(`0001 8180 0000 0001 0000 0000  c01c 0001 0001 00000000 0004 01020304 01 78 00`));
    expect(message.answers[0]).toMatchObject({ name: 'x', address: '1.2.3.4' });
  });

  test('names are at most 255 bytes, also through pointers', () => {
    const label = `3f${'61'.repeat(63)}`;
    const exact = `${label.repeat(3)}3d${'61'.repeat(61)}00`;
    expect(parse(hex(`0001 0100 0001 0000 0000 0000 ${exact} 0001 0001`)).question?.name).toHaveLength(253);
    const over = `${label.repeat(3)}3e${'61'.repeat(62)}00`;
    expect(parse(hex(`0001 0100 0001 0000 0000 0000 ${over} 0001 0001`)).stop).toMatchObject({
      limitedBy: 'length-field',
    });
    const repeated = hex(`0001 0100 0001 0000 0000 0000 ${label} c00c 0001 0001`);
    expect(parse(repeated).question).toBeNull();
  });

  test('odd bytes in names are escaped, and a dot within a label is not a separator', () => {
    const message = parse(hex('0001 0100 0001 0000 0000 0000 05 41002e5cff 03 636f6d 00 0001 0001'));
    expect(message.question?.name).toBe('a\\000\\046\\092\\255.com');
  });

  test('the root is a dot', () => {
    expect(parse(hex('0001 0100 0001 0000 0000 0000 00 0002 0001')).question).toEqual({ name: '.', type: 2, class: 1 });
  });

  test('an address of the wrong length is malformed and the next record is read', () => {
    const message = parse(
      hex('0001 8180 0000 0002 0000 0000 00 0001 0001 00000000 0003 010203 00 0001 0001 00000000 0004 01020304'),
    );
    expect(message.answers.map((answer) => answer.address)).toEqual([null, '1.2.3.4']);
    expect(message.stop).toMatchObject({ limitedBy: 'length-field', needed: 4, available: 3 });
  });

  test('EDNS: size, options, extended error with its text made harmless, upper bits of the code', () => {
    const text = Buffer.from('gesperrt \u001b[31m\u202eJMStV').toString('hex');
    const dataLength = (10 + text.length / 2).toString(16).padStart(4, '0');
    const option = `000f ${(2 + text.length / 2).toString(16).padStart(4, '0')} 000f ${text}`;
    const message = parse(
      hex(`0001 8183 0000 0000 0000 0001 00 0029 04d0 01 00 8000 ${dataLength} 0003 0000 ${option}`),
    );
    expect(message.rcode).toBe(0x13);
    expect(message.edns).toEqual({
      udpSize: 1232,
      version: 0,
      dnssecOk: true,
      options: [3, 15],
      extendedError: { code: 15, text: 'gesperrt [31mJMStV' },
    });
    expect(message.stop).toBeNull();
  });

  test('HTTPS records give their hints and that ECH is offered', () => {
    const parameters =
      '0001 0003 02 6832  0004 0008 c0000201 c0000202  0005 0002 fe0d  0006 0010 20010db8000000000000000000000001';
    const length = (3 + parameters.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0');
    const message = parse(hex(`0001 8180 0000 0001 0000 0000 00 0041 0001 0000012c ${length} 0001 00 ${parameters}`));
    expect(message.answers[0]).toMatchObject({
      target: '.',
      hints: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
      ech: true,
    });
    expect(message.stop).toBeNull();
  });

  test('a zone transfer of a thousand records is walked and the first 256 kept', () => {
    const record = '00 0001 0001 00000000 0004 01020304';
    const message = parse(hex(`0001 8180 0000 03e8 0000 0000 ${record.repeat(1000)}`));
    expect(message.answers).toHaveLength(256);
    expect(message).toMatchObject({ stop: null, trailing: 0, answerCount: 1000 });
  });
});

const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9_-]{0,20}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const ipv4 = fc.ipV4();
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipv6Text(bytes, 0));
const answer = fc.oneof(
  fc.record({ type: fc.constant('A' as const), name, ttl: fc.nat(), data: ipv4 }),
  fc.record({ type: fc.constant('AAAA' as const), name, ttl: fc.nat(), data: ipv6 }),
  fc.record({
    type: fc.constantFrom('CNAME' as const, 'NS' as const, 'PTR' as const, 'DNAME' as const),
    name,
    ttl: fc.nat(),
    data: name,
  }),
  fc.record({
    type: fc.constant('MX' as const),
    name,
    ttl: fc.nat(),
    data: fc.record({ preference: fc.nat(9), exchange: name }),
  }),
  fc.record({
    type: fc.constant('SRV' as const),
    name,
    ttl: fc.nat(),
    data: fc.record({ port: fc.nat(65535), priority: fc.nat(9), weight: fc.nat(9), target: name }),
  }),
);

const expectedTarget = (record: Answer): string | null => {
  switch (record.type) {
    case 'MX':
      return record.data.exchange;
    case 'SRV':
      return record.data.target;
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'DNAME':
      return record.data;
    default:
      return null;
  }
};

test('reads what another encoder writes', () => {
  fc.assert(
    fc.property(
      fc.nat(65535),
      name,
      fc.array(answer, { maxLength: 8 }),
      fc.integer({ min: 512, max: 65535 }),
      (id, question, answers, size) => {
        const encoded = packet.encode({
          type: 'response',
          id,
          flags: packet.RECURSION_DESIRED | packet.AUTHORITATIVE_ANSWER,
          questions: [{ type: 'AAAA', name: question }],
          answers,
          authorities: [{ type: 'NS', name: question, ttl: 60, data: 'ns.example' }],
          additionals: [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: size,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
        });
        const message = parse(encoded);
        expect(message).toMatchObject({
          id,
          qr: true,
          aa: true,
          rd: true,
          question: { name: question, type: DNS_TYPE.AAAA, class: 1 },
          authorityCount: 1,
          additionalCount: 1,
          edns: { udpSize: size, options: [], extendedError: null },
          stop: null,
          trailing: 0,
        });
        expect(message.answers.map((record) => [record.name, record.ttl, record.address, record.target])).toEqual(
          answers.map((record) => [
            record.name,
            record.ttl,
            record.type === 'A' || record.type === 'AAAA' ? record.data : null,
            expectedTarget(record),
          ]),
        );
        expect(isPlausibleDns(encoded, 0, encoded.length)).toBe(true);
      },
    ),
  );
});

describe('without allocation', () => {
  const query = (question: string, type: 'A' | 'AAAA' = 'A', id = 1): Uint8Array =>
    packet.encode({ type: 'query', id, questions: [{ type, name: question }] });

  test('the header', () => {
    expect(dnsHeader.id(FORGED, 0)).toBe(0x1234);
    expect(dnsHeader.flags(FORGED, 0)).toBe(0x8180);
    expect(dnsHeader.isResponse(FORGED, 0)).toBe(true);
    expect(dnsHeader.rcode(FORGED, 0)).toBe(0);
    expect(dnsHeader.opcode(hex('0000 2800'), 0)).toBe(5);
    expect(
      [dnsHeader.questions, dnsHeader.answers, dnsHeader.authorities, dnsHeader.additionals].map((count) =>
        count(FORGED, 0),
      ),
    ).toEqual([1, 1, 0, 0]);
  });

  test('the hash groups query and answer, whatever the case of the letters (0x20) and the id', () => {
    const sent = query('TeLeGrAm.oRg', 'A', 7);
    const hash = questionHash(sent, 0, sent.length);
    expect(hash).toBe(questionHash(FORGED, 0, FORGED.length));
    for (const other of [query('telegram.org', 'AAAA'), query('telegram.orh'), query('t.elegram.org')]) {
      expect(questionHash(other, 0, other.length)).not.toBe(hash);
    }
    expect(questionHash(sent, 0, sent.length, 12345)).not.toBe(hash);
    expect(sameQuestion(parse(sent), parse(FORGED))).toBe(true);
    expect(sameQuestion(parse(query('telegram.org', 'AAAA')), parse(FORGED))).toBe(false);
  });

  test.each([
    ['a TLS record', '16030100c8010000c40303aabb'],
    ['STUN', '000100002112a442000000000000000000000000'],
    ['two questions', '0001010000020000000000000161000001000100'],
    ['a query with answers', '000101000001000100000000016100000100010000'],
    ['a class that does not exist', '0001010000010000000000000161000001abcd'],
    ['eleven bytes', '0001010000010000000000'],
  ])('%s is not plausible', (_, text) => {
    expect(isPlausibleDns(hex(text), 0, text.length / 2)).toBe(false);
  });

  test('a message cut by the capture stays plausible', () => {
    for (let end = 12; end <= FORGED.length; end++) expect(isPlausibleDns(FORGED, 0, end)).toBe(true);
  });
});

describe('DNS over TCP', () => {
  const framed = (length: number, body: Uint8Array): number[] => [length >> 8, length & 255, ...body];

  test('messages one behind another, the last unfinished', () => {
    const stream = Uint8Array.from([
      ...framed(FORGED.length, FORGED),
      ...framed(FORGED.length, FORGED.subarray(0, 20)),
    ]);
    expect([...dnsTcpMessages(stream, 0, stream.length)]).toEqual([
      { start: 2, end: 2 + FORGED.length, whole: true },
      { start: 4 + FORGED.length, end: stream.length, whole: false },
    ]);
  });

  test('a length too small for a header ends it', () => {
    expect([...dnsTcpMessages(new Uint8Array(100), 0, 100)]).toEqual([]);
  });
});

test.each([
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['20010000000100000000000100000001', '2001:0:1::1:0:1'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
  ['fe800000000000000000000000000000', 'fe80::'],
])('IPv6 address %s is written %s (RFC 5952)', (bytes, text) => {
  expect(ipv6Text(hex(bytes), 0)).toBe(text);
});

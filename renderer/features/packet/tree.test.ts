import { describe, expect, it } from 'vitest';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import { compareFields, counterparts, differing, fieldAt, filterOf, firstOpen, pathTo, treeRows } from './tree.ts';

function node(
  id: string,
  name: FieldNode['name'],
  start: number,
  length: number,
  more: Partial<FieldNode> = {},
): FieldNode {
  return { id, name, label: name, value: '', start, length, ...more };
}

/** An IPv4 header with its first fields, behind Ethernet. */
function frame(ttl: number, state: 'valid' | 'wrong' = 'valid'): FieldNode[] {
  return [
    node('0', 'eth', 0, 14, { children: [node('0.0', 'eth.type', 12, 2, { raw: 2048 })] }),
    node('1', 'ip', 14, 20, {
      value: 'a → b',
      children: [
        node('1.0', 'ip.version', 14, 1, { raw: 4, bits: 0xf0 }),
        node('1.1', 'ip.hdr_len', 14, 1, { raw: 20, bits: 0x0f }),
        node('1.2', 'ip.flags', 20, 1, {
          raw: 2,
          bits: 0xe0,
          children: [node('1.2.0', 'ip.flags.df', 20, 1, { raw: 1, bits: 0x40 })],
        }),
        node('1.3', 'ip.ttl', 22, 1, { raw: ttl, value: String(ttl) }),
        node('1.4', 'ip.checksum', 24, 2, { raw: ttl * 7, note: { kind: 'checksum', params: { state } } }),
      ],
    }),
  ];
}

describe('the tree of fields', () => {
  const fields = frame(120);

  it('shows what is open, with places for those who cannot see it', () => {
    const rows = treeRows(fields, new Set(['1']));
    expect(rows.map(({ node: { id } }) => id)).toEqual(['0', '1', '1.0', '1.1', '1.2', '1.3', '1.4']);
    expect(rows[5]).toMatchObject({ level: 2, parent: '1', position: 4, siblings: 5, open: null });
    expect(rows[0]!.open).toBe(false);
  });

  it('opens the layers above the link at first', () => {
    expect([...firstOpen(fields)]).toEqual(['1']);
  });

  it('finds the way to a field', () => {
    expect(pathTo(fields, '1.2.0').map(({ id }) => id)).toEqual(['1', '1.2', '1.2.0']);
    expect(pathTo(fields, '9')).toEqual([]);
  });

  it('knows the innermost field of a byte, and of shared bits what holds them all', () => {
    expect(fieldAt(fields, 22)!.id).toBe('1.3');
    expect(fieldAt(fields, 12)!.id).toBe('0.0');
    expect(fieldAt(fields, 3)!.id).toBe('0');
    // Version and header length share the byte: it is the header's
    expect(fieldAt(fields, 14)!.id).toBe('1');
    expect(fieldAt(fields, 99)).toBeNull();
  });
});

describe('a forged frame beside a genuine one', () => {
  it('pairs fields by name and place', () => {
    const pairs = counterparts(frame(120), frame(53));
    expect(pairs.get('1.3')!.raw).toBe(53);
    expect(pairs.has('1.2.0')).toBe(true);
  });

  it('pairs options by their kind where their order differs', () => {
    const option = (id: string, kind: number) =>
      node(id, 'blockscope.tcp.option', 0, 4, { children: [node(`${id}.0`, 'tcp.option_kind', 0, 1, { raw: kind })] });
    const pairs = counterparts([option('a', 2), option('b', 8)], [option('x', 8)]);
    expect(pairs.has('a')).toBe(false);
    expect(pairs.get('b')!.id).toBe('x');
  });

  it('compares values, and checksums by whether they are right', () => {
    const [mine, other] = [frame(120), frame(53)];
    const pairs = counterparts(mine, other);
    expect(differing(mine, pairs).map(({ id }) => id)).toEqual(['1.3']);
    expect(compareFields(mine[1]!.children![4]!, frame(53, 'wrong')[1]!.children![4])).toBe('different');
    expect(compareFields(mine[0]!, undefined)).toBe('absent');
  });
});

describe('the filter of a field', () => {
  const bytes = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
  it('is what Wireshark understands', () => {
    expect(filterOf(node('0', 'ip.ttl', 0, 1, { raw: 120 }), bytes)).toBe('ip.ttl == 120');
    expect(filterOf(node('0', 'ip.src', 0, 4, { raw: '192.0.2.1' }), bytes)).toBe('ip.src == 192.0.2.1');
    expect(filterOf(node('0', 'ipv6.src', 0, 16, { raw: '2001:db8::1' }), bytes)).toBe('ipv6.src == 2001:db8::1');
    expect(filterOf(node('0', 'tcp.payload', 0, 4, { raw: 'deadbeef' }), bytes)).toBe('tcp.payload == de:ad:be:ef');
    expect(filterOf(node('0', 'http.host', 0, 4, { raw: 'a"b\\' }), bytes)).toBe('http.host == "a\\"b\\\\"');
    expect(filterOf(node('0', 'ip', 0, 4), bytes)).toBe('ip');
    expect(filterOf(node('0', 'blockscope.fragment', 0, 4, { raw: 1 }), bytes)).toBeNull();
  });
  it('takes a name that looks like bytes for a name where the frame has other bytes', () => {
    expect(filterOf(node('0', 'http.host', 0, 4, { raw: 'cafebabe' }), bytes)).toBe('http.host == "cafebabe"');
  });
});

import { describe, expect, it } from 'vitest';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import { byName, fieldFilter, lines, openAtFirst, pathTo } from './inspect.ts';

function node(id: string, name: string, start: number, length: number, children: FieldNode[] = []): FieldNode {
  return { id, name: name as FieldNode['name'], label: name, value: '', start, length, children };
}

const fields = [
  node('0', 'eth', 0, 14),
  node('1', 'ip', 14, 20, [
    node('1.0', 'ip.ttl', 22, 1),
    node('1.1', 'ip.flags', 20, 2, [node('1.1.0', 'ip.flags.df', 20, 1)]),
  ]),
];

describe('fields and bytes', () => {
  it('find each other', () => {
    expect(pathTo(fields, 22).map(({ name }) => name)).toEqual(['ip', 'ip.ttl']);
    expect(pathTo(fields, 20).map(({ name }) => name)).toEqual(['ip', 'ip.flags', 'ip.flags.df']);
    expect(pathTo(fields, 99)).toEqual([]);
  });

  it('show what is open', () => {
    expect(lines(fields, openAtFirst(fields)).map(({ node: { name }, depth }) => `${depth}${name}`)).toEqual([
      '0eth',
      '0ip',
      '1ip.ttl',
      '1ip.flags',
    ]);
  });

  it('can be asked for in Wireshark where it has a name for them', () => {
    expect(fieldFilter({ ...node('a', 'ip.ttl', 0, 1), raw: 52 })).toBe('ip.ttl == 52');
    expect(fieldFilter({ ...node('a', 'dns.qry.name', 0, 1), raw: 'a"b' })).toBe('dns.qry.name == "a\\"b"');
    expect(fieldFilter(node('a', 'blockscope.data', 0, 1))).toBeNull();
  });

  it('are compared by name', () => {
    expect(byName(fields).get('ip.flags.df')?.id).toBe('1.1.0');
  });
});

// The fields of a frame as rows of a tree, which field a byte belongs to, and the same field of another frame.

import type { FieldNode } from '../../../shared/contract/fields.ts';
import { isWiresharkField } from '../../../shared/domain/field-names.ts';

export interface TreeRow {
  readonly node: FieldNode;
  /** 1 for a layer. */
  readonly level: number;
  readonly parent: string | null;
  readonly position: number;
  readonly siblings: number;
  /** Null: it holds no fields. */
  readonly open: boolean | null;
}

export function treeRows(fields: readonly FieldNode[], open: ReadonlySet<string>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (nodes: readonly FieldNode[], level: number, parent: string | null): void => {
    nodes.forEach((node, at) => {
      const children = node.children ?? [];
      const isOpen = children.length === 0 ? null : open.has(node.id);
      rows.push({ node, level, parent, position: at + 1, siblings: nodes.length, open: isOpen });
      if (isOpen === true) walk(children, level + 1, node.id);
    });
  };
  walk(fields, 1, null);
  return rows;
}

/** What is open at first: every layer but those of the link, which say nothing of who sent it. */
export function firstOpen(fields: readonly FieldNode[]): ReadonlySet<string> {
  const link = /^(eth|sll|null|vlan|ieee8021ad|pppoes|ppp|chdlc|radiotap|wlan|llc|mpls|pwethcw|gre|vxlan|teredo)$/;
  return new Set(fields.filter(({ name }) => !link.test(name)).map(({ id }) => id));
}

/** From the layer down to the node, both included; empty where there is no such node. */
export function pathTo(fields: readonly FieldNode[], id: string): readonly FieldNode[] {
  for (const node of fields) {
    if (node.id === id) return [node];
    const below = pathTo(node.children ?? [], id);
    if (below.length > 0) return [node, ...below];
  }
  return [];
}

function holds(node: FieldNode, byte: number): boolean {
  return byte >= node.start && byte < node.start + node.length;
}

/**
 * The field a byte belongs to: the innermost one, of several the narrowest. Bytes shared by bit fields belong to what
 * holds all of the bits.
 */
export function fieldAt(fields: readonly FieldNode[], byte: number): FieldNode | null {
  const holding = fields.filter((node) => holds(node, byte));
  const whole = holding.filter(({ bits }) => bits === undefined);
  // Several bit fields and nothing around them: the widest says most
  const candidates = whole.length > 0 ? whole : holding;
  let best: FieldNode | null = null;
  for (const node of candidates) if (best === null || node.length < best.length) best = node;
  if (best === null) return null;
  const inner = (best.children ?? []).filter((node) => node.bits === undefined);
  return fieldAt(inner, byte) ?? best;
}

/** The same field of another frame: by its name, and its place among fields of that name, from the layer down. */
export function counterparts(
  fields: readonly FieldNode[],
  others: readonly FieldNode[],
): ReadonlyMap<string, FieldNode> {
  const pairs = new Map<string, FieldNode>();
  const walk = (nodes: readonly FieldNode[], candidates: readonly FieldNode[]): void => {
    const seen = new Map<string, number>();
    for (const node of nodes) {
      const key = keyOf(node);
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      const other = candidates.filter((candidate) => keyOf(candidate) === key)[nth];
      if (other === undefined) continue;
      pairs.set(node.id, other);
      walk(node.children ?? [], other.children ?? []);
    }
  };
  walk(fields, others);
  return pairs;
}

/** Options and extensions are told apart by what they are, not by where they stand. */
function keyOf(node: FieldNode): string {
  const isNamedByKind = node.name === 'blockscope.tcp.option' || node.name === 'blockscope.tls.extension';
  const kind = isNamedByKind ? (node.children?.[0]?.raw ?? node.value.split(':')[0]) : '';
  return `${node.name} ${kind}`;
}

export type Comparison = 'equal' | 'different' | 'absent';

/** How a field stands beside the same one of another frame. A checksum differs with everything; only its state tells. */
export function compareFields(node: FieldNode, other: FieldNode | undefined): Comparison {
  if (other === undefined) return 'absent';
  if (node.note?.kind === 'checksum' && other.note?.kind === 'checksum') {
    return node.note.params.state === other.note.params.state ? 'equal' : 'different';
  }
  return (node.raw ?? node.value) === (other.raw ?? other.value) ? 'equal' : 'different';
}

/** Leaves that differ, by id: what makes this frame unlike the other. */
export function differing(fields: readonly FieldNode[], pairs: ReadonlyMap<string, FieldNode>): readonly FieldNode[] {
  return fields.flatMap((node) => {
    const below = node.bits === undefined && node.raw === undefined ? (node.children ?? []) : [];
    if (below.length > 0) return differing(below, pairs);
    return compareFields(node, pairs.get(node.id)) === 'different' ? [node] : [];
  });
}

/** `0x0a1b` as colons separate it, which is how Wireshark reads bytes. */
function colons(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1:');
}

/** Wireshark's display filter for the value of a field; null where Wireshark has no such field. */
export function filterOf(node: FieldNode, bytes: Uint8Array): string | null {
  if (!isWiresharkField(node.name)) return null;
  const { raw, name } = node;
  if (raw === undefined) return name;
  if (typeof raw === 'number') return `${name} == ${raw}`;
  if (raw === '') return name;
  const own = hexOf(bytes.subarray(node.start, node.start + node.length), '');
  if (raw === own) return `${name} == ${colons(raw)}`;
  if (/^([0-9a-f]{2}:)+[0-9a-f]{2}$/i.test(raw) || isAddress(raw)) return `${name} == ${raw}`;
  return `${name} == "${raw.replace(/[\\"]/g, (character) => `\\${character}`)}"`;
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || (/^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2);
}

export function hexOf(bytes: Uint8Array, separator = ' '): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator);
}

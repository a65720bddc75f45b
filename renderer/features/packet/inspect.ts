// Fields and bytes of a frame, each way: which field a byte belongs to, which bytes a field has.

import type { FieldNode } from '../../../shared/contract/fields.ts';

export interface Line {
  readonly node: FieldNode;
  readonly depth: number;
  readonly parent: string | null;
  readonly hasChildren: boolean;
}

/** Nodes in view from top to bottom. */
export function lines(
  fields: readonly FieldNode[],
  open: ReadonlySet<string>,
  depth = 0,
  parent: string | null = null,
): readonly Line[] {
  return fields.flatMap((node) => {
    const children = node.children ?? [];
    const line: Line = { node, depth, parent, hasChildren: children.length > 0 };
    return open.has(node.id) ? [line, ...lines(children, open, depth + 1, node.id)] : [line];
  });
}

/** The way from the top to the narrowest field that covers a byte; the last of several that are equally narrow. */
export function pathTo(fields: readonly FieldNode[], byte: number): readonly FieldNode[] {
  let best: FieldNode | null = null;
  for (const node of fields) {
    const covers = node.length > 0 && byte >= node.start && byte < node.start + node.length;
    if (covers && (best === null || node.length <= best.length)) best = node;
  }
  return best === null ? [] : [best, ...pathTo(best.children ?? [], byte)];
}

/** Every field by its name, the first of each: what is compared between two frames. */
export function byName(
  fields: readonly FieldNode[],
  found = new Map<string, FieldNode>(),
): ReadonlyMap<string, FieldNode> {
  for (const node of fields) {
    if (!found.has(node.name)) found.set(node.name, node);
    byName(node.children ?? [], found);
  }
  return found;
}

/** What is open at first: the layers, and the topmost one's fields. */
export function openAtFirst(fields: readonly FieldNode[]): ReadonlySet<string> {
  return new Set(fields.slice(1).map(({ id }) => id));
}

/** A display filter for a field, or null where Wireshark has no such name. */
export function fieldFilter({ name, raw }: FieldNode): string | null {
  if (name.startsWith('blockscope.')) return null;
  if (raw === undefined) return name;
  if (typeof raw === 'number') return `${name} == ${raw}`;
  return `${name} == "${raw.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

// The fields as a tree. Only the rows in view exist: a frame may have thousands.

import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import { visible } from '../../ui/format.ts';
import { LANGUAGE_FACTS, useLanguage, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { ForgedTag, type Forgery } from '../flow/forged.tsx';
import { compareFields, differing, type TreeRow, treeRows } from './tree.ts';
import { packetWords } from './words.ts';

const ROW = 24;
/** Longer values are read whole beside the tree. */
const LONGEST = 200;

interface Props {
  readonly fields: readonly FieldNode[];
  readonly open: ReadonlySet<string>;
  readonly toggle: (id: string, open: boolean) => void;
  readonly selected: FieldNode | null;
  readonly select: (node: FieldNode) => void;
  readonly hovered: FieldNode | null;
  readonly hover: (node: FieldNode | null) => void;
  /** The same fields of a genuine packet; null where nothing is compared. */
  readonly pairs: ReadonlyMap<string, FieldNode> | null;
  readonly forgery: Forgery | null;
}

export function FieldTree(props: Props) {
  const { fields, open, toggle, selected, select, hovered, hover, pairs, forgery } = props;
  const words = useWords(packetWords);
  const direction = LANGUAGE_FACTS[useLanguage()].direction;
  const rows = useMemo(() => treeRows(fields, open), [fields, open]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 16,
  });
  const at = rows.findIndex(({ node }) => node.id === selected?.id);
  const current = Math.max(0, at);
  // Selected elsewhere, by a byte or in the packet before: it comes into view
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [at, virtual]);

  const moveTo = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    select(row.node);
    virtual.scrollToIndex(rows.indexOf(row));
    // The row may not exist before it was scrolled to
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-field="${row.node.id}"]`)?.focus());
  };
  const pressed = (event: KeyboardEvent): void => {
    const row = rows[current];
    if (row === undefined) return;
    const [into, out] = direction === 'rtl' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft'];
    switch (event.key) {
      case 'ArrowDown':
        moveTo(current + 1);
        break;
      case 'ArrowUp':
        moveTo(current - 1);
        break;
      case 'PageDown':
        moveTo(current + 10);
        break;
      case 'PageUp':
        moveTo(current - 10);
        break;
      case 'Home':
        moveTo(0);
        break;
      case 'End':
        moveTo(rows.length - 1);
        break;
      case into:
        if (row.open === false) toggle(row.node.id, true);
        else if (row.open === true) moveTo(current + 1);
        break;
      case out:
        if (row.open === true) toggle(row.node.id, false);
        else if (row.parent !== null) moveTo(rows.findIndex(({ node }) => node.id === row.parent));
        break;
      case 'Enter':
      case ' ':
        if (row.open !== null) toggle(row.node.id, !row.open);
        break;
      case '*':
        for (const each of rows) if (each.parent === row.parent && each.open === false) toggle(each.node.id, true);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <div className={pairs === null ? 'tree' : 'tree compared-tree'}>
      <div className="tree-head" aria-hidden="true">
        <span />
        <span>
          <ForgedTag forgery={forgery} /> {words.thisPacket}
        </span>
        {pairs === null ? null : <span>{words.genuineColumn}</span>}
      </div>
      <div className="tree-rows" ref={scroller}>
        <div
          role="tree"
          aria-label={words.tree}
          style={{ blockSize: virtual.getTotalSize(), position: 'relative' }}
          onKeyDown={pressed}
        >
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const { node } = row;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
              <div
                key={node.id}
                role="treeitem"
                aria-level={row.level}
                aria-posinset={row.position}
                aria-setsize={row.siblings}
                aria-expanded={row.open ?? undefined}
                aria-selected={item.index === at}
                data-field={node.id}
                tabIndex={item.index === current ? 0 : -1}
                className={`tree-row ${row.level === 1 ? 'layer' : ''} ${node.id === hovered?.id ? 'hovered' : ''}`}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => {
                  select(node);
                  if (row.open !== null && (row.level === 1 || node.id === selected?.id)) toggle(node.id, !row.open);
                }}
                onPointerEnter={() => hover(node)}
                onPointerLeave={() => hover(null)}
              >
                <Name row={row} />
                <Value node={node} />
                {pairs === null ? null : <Compared row={row} pairs={pairs} />}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Name({ row: { node, level, open } }: { readonly row: TreeRow }) {
  const words = useWords(packetWords);
  return (
    <span className="name" style={{ paddingInlineStart: level * 16 }}>
      <span className="twist" aria-hidden="true">
        {open === null ? '' : open ? '▾' : '▸'}
      </span>
      {words.label[node.label] ?? node.label}
    </span>
  );
}

function Value({ node }: { readonly node: FieldNode }) {
  const words = useWords(packetWords);
  const { note } = node;
  const text = visible(node.value.length > LONGEST ? `${node.value.slice(0, LONGEST)}…` : node.value);
  return (
    <span className="value">
      <bdi className="m ltr">{text}</bdi>
      {note === undefined ? null : note.kind === 'checksum' ? (
        <span className={note.params.state === 'wrong' ? 'strong' : 'mut'}>
          {' '}
          {checksumWord(note.params, words.note.checksum)}
        </span>
      ) : (
        <span className="tag line">{words.tag[note.kind]}</span>
      )}
    </span>
  );
}

type ChecksumWords = (typeof packetWords)['en']['note']['checksum'];

export function checksumWord(params: Readonly<Record<string, string | number>>, words: ChecksumWords): string {
  const state = String(params.state);
  switch (state) {
    case 'wrong':
      return words.wrong(String(params.expected ?? '?'));
    case 'valid':
    case 'offloaded':
    case 'absent':
    case 'unchecked':
      return words[state];
    default:
      return state;
  }
}

function Compared({ row, pairs }: { readonly row: TreeRow; readonly pairs: ReadonlyMap<string, FieldNode> }) {
  const words = useWords(packetWords);
  const number = useNumber();
  const { node, open } = row;
  const other = pairs.get(node.id);
  const children = node.children ?? [];
  // A layer or list has no value of its own to compare: how many of its fields differ
  if (children.length > 0 && node.raw === undefined && node.bits === undefined && other !== undefined) {
    if (open === true) return <span className="other" />;
    const count = differing([node], pairs).length;
    return (
      <span className={count > 0 ? 'other differs' : 'other'}>
        {count === 0 ? '=' : `≠ ${words.differs(number(count))}`}
      </span>
    );
  }
  const comparison = compareFields(node, other);
  if (comparison === 'absent') {
    return (
      <span className="other differs">
        <span aria-hidden="true">≠ </span>
        {words.absent}
      </span>
    );
  }
  const value =
    other!.note?.kind === 'checksum' ? checksumWord(other!.note.params, words.note.checksum) : visible(other!.value);
  return (
    <span className={comparison === 'different' ? 'other differs' : 'other'}>
      <span aria-hidden="true">{comparison === 'different' ? '≠ ' : '= '}</span>
      <span className="silent">{comparison === 'different' ? words.different : words.equal}</span>
      <bdi className="m ltr">{value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}</bdi>
    </span>
  );
}

// A table of any length: only the rows in view exist. Arrow keys move, Enter opens, headings sort.

import './tables.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  /** Width in CSS grid terms. */
  readonly width: string;
  /** Key to sort by; absent where it cannot be sorted. */
  readonly sort?: string;
  readonly numeric?: boolean;
  readonly cell: (row: R) => ReactNode;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

interface Props<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly count: number;
  readonly row: (index: number) => R | undefined;
  readonly onShow?: (first: number, last: number) => void;
  readonly sort: Sort | null;
  readonly onSort?: (sort: Sort | null) => void;
  readonly onOpen?: (row: R) => void;
  readonly rowClass?: (row: R) => string | undefined;
  readonly rowHeight?: number;
}

const ROW = 28;
/** Browsers cannot draw taller elements; further rows are reached by a filter. */
const MAX_ROWS = 1_000_000;

/** Pixels below which columns would be cut off: the first number of each width, the gaps and the padding. */
function leastWidth(columns: readonly Column<never>[]): number {
  const widths = columns.reduce((sum, { width }) => sum + Number(/\d+/.exec(width)?.[0] ?? 0), 0);
  return widths + (columns.length - 1) * 8 + 48;
}

export function VirtualTable<R>(props: Props<R>) {
  const { label, columns, row, onShow, sort, onSort, onOpen, rowClass, rowHeight = ROW } = props;
  const count = Math.min(props.count, MAX_ROWS);
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (count > 0 || first === 0) onShow?.(first, last);
  }, [onShow, first, last, count]);

  const template = columns.map(({ width }) => width).join(' ');
  // What does not fit is scrolled to
  const least = { minInlineSize: leastWidth(columns) };
  const moveTo = (index: number): void => {
    const next = Math.max(0, Math.min(count - 1, index));
    setCurrent(next);
    virtual.scrollToIndex(next);
    // The row may not exist before it was scrolled to
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  const pressed = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: { readonly [key: string]: number } = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: count - 1,
    };
    const to = steps[event.key];
    const open = row(current);
    if (to !== undefined) moveTo(to);
    else if (event.key === 'Enter' && open !== undefined) onOpen?.(open);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: rows out of view do not exist, which table elements cannot say
    <div className="grid" role="grid" aria-label={label} aria-rowcount={count + 1} aria-colcount={columns.length}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its headings are focused, not the row */}
      <div className="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, ...least }}>
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: the button in it is
          <div
            key={column.key}
            role="columnheader"
            className={column.numeric === true ? 'num' : undefined}
            aria-sort={ariaSort(column, sort)}
          >
            {column.sort === undefined || onSort === undefined ? (
              column.title || <span className="silent">{label}</span>
            ) : (
              <button type="button" onClick={() => onSort(nextSort(column.sort!, sort))}>
                {column.title}
                <span aria-hidden="true">{arrow(column, sort)}</span>
              </button>
            )}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className="grid-body" ref={scroller} role="rowgroup" style={least} onKeyDown={pressed}>
        <div style={{ blockSize: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {items.map((item) => {
            const value = row(item.index);
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useKeyWithClickEvents: the row group hears the keys
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={item.index === current}
                data-row={item.index}
                tabIndex={item.index === current ? 0 : -1}
                className={`grid-row ${value === undefined ? 'pending' : (rowClass?.(value) ?? '')}`}
                style={{
                  gridTemplateColumns: template,
                  blockSize: rowHeight,
                  transform: `translateY(${item.start}px)`,
                }}
                onFocus={() => setCurrent(item.index)}
                onClick={() => setCurrent(item.index)}
                onDoubleClick={() => value !== undefined && onOpen?.(value)}
              >
                {columns.map((column) => (
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  // biome-ignore lint/a11y/useFocusableInteractive: the row is focused
                  <div key={column.key} role="gridcell" className={column.numeric === true ? 'num' : undefined}>
                    {value === undefined ? null : column.cell(value)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

export function nextSort(column: string, sort: Sort | null): Sort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

function ariaSort<R>(column: Column<R>, sort: Sort | null): 'ascending' | 'descending' | 'none' | undefined {
  if (column.sort === undefined) return undefined;
  return sort?.column !== column.sort ? 'none' : sort.descending ? 'descending' : 'ascending';
}

function arrow<R>(column: Column<R>, sort: Sort | null): string {
  return sort === null || sort.column !== column.sort ? '' : sort.descending ? ' ↓' : ' ↑';
}

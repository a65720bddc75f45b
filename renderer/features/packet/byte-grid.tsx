// The bytes of a frame. Whichever a pointer or the keys are on names its field, and a field lights up its bytes.

import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import { useWords } from '../../ui/language.ts';
import { layersOf, offsetText, printable, ROW, rowCount } from './bytes.ts';
import { fieldAt } from './tree.ts';
import { packetWords } from './words.ts';

const HEIGHT = 24;

interface Props {
  readonly bytes: Uint8Array;
  readonly fields: readonly FieldNode[];
  readonly shown: FieldNode | null;
  readonly different: readonly FieldNode[];
  readonly hover: (byte: number | null) => void;
  readonly pick: (byte: number) => void;
}

function byteOf(event: { readonly target: EventTarget }): number | null {
  const at = (event.target as HTMLElement).dataset.byte;
  return at === undefined ? null : Number(at);
}

export function ByteGrid({ bytes, fields, shown, different, hover, pick }: Props) {
  const words = useWords(packetWords);
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const virtual = useVirtualizer({
    count: rowCount(bytes.length),
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 8,
  });
  const layers = useMemo(() => layersOf(fields, bytes.length), [fields, bytes]);
  const unlike = useMemo(() => {
    const marked = new Uint8Array(bytes.length);
    for (const { start, length } of different) marked.fill(1, start, start + length);
    return marked;
  }, [different, bytes]);
  const start = shown?.start ?? null;
  useEffect(() => {
    if (start !== null && start < bytes.length) virtual.scrollToIndex(Math.floor(start / ROW), { align: 'auto' });
  }, [start, bytes, virtual]);

  const pressed = (event: KeyboardEvent): void => {
    const from = cursor ?? shown?.start ?? 0;
    const steps: { readonly [key: string]: number } = {
      ArrowRight: from + 1,
      ArrowLeft: from - 1,
      ArrowDown: from + ROW,
      ArrowUp: from - ROW,
      Home: 0,
      End: bytes.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(bytes.length - 1, to));
    setCursor(at);
    pick(at);
    virtual.scrollToIndex(Math.floor(at / ROW));
  };
  const field = cursor === null ? null : fieldAt(fields, cursor);
  const said =
    cursor === null
      ? ''
      : words.byteSays(
          String(cursor),
          (bytes[cursor] ?? 0).toString(16).padStart(2, '0'),
          field === null ? words.noField : `${words.label[field.label] ?? field.label}: ${field.value.slice(0, 80)}`,
        );

  const classOf = (at: number): string => {
    const inField = shown !== null && at >= shown.start && at < shown.start + shown.length;
    return [
      inField ? 'on' : '',
      unlike[at] === 1 ? 'unlike' : '',
      layers[at]! > 0 ? 'inner' : '',
      at === cursor ? 'cursor' : '',
    ].join(' ');
  };
  return (
    <>
      <div
        className="bytes m ltr"
        role="application"
        aria-label={`${words.bytes}. ${words.bytesHelp}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move inside it
        tabIndex={0}
        ref={scroller}
        onKeyDown={pressed}
        onClick={(event) => {
          const at = byteOf(event);
          if (at === null) return;
          setCursor(at);
          pick(at);
        }}
        onPointerOver={(event: PointerEvent) => hover(byteOf(event))}
        onPointerLeave={() => hover(null)}
      >
        <div style={{ blockSize: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const from = item.index * ROW;
            const row = Array.from(bytes.subarray(from, from + ROW));
            return (
              <div key={item.key} className="byte-row" style={{ transform: `translateY(${item.start}px)` }}>
                <i>{offsetText(from, bytes.length)}</i>
                <span className="hex">
                  {row.map((byte, place) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: bytes are their places
                    <s key={place} data-byte={from + place} className={classOf(from + place)}>
                      {byte.toString(16).padStart(2, '0')}
                    </s>
                  ))}
                </span>
                <span className="ascii">
                  {row.map((byte, place) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: bytes are their places
                    <s key={place} data-byte={from + place} className={classOf(from + place)}>
                      {printable(byte)}
                    </s>
                  ))}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      <span className="silent" role="status">
        {said}
      </span>
    </>
  );
}

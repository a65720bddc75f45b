// The filter of a capture: chips and one text field that say the same, suggestions, the zone of all times, and the way
// to Wireshark.

import './filter.css';
import { type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { ALL, join, type Match } from '../../../shared/filter/ast.ts';
import { removePart, toChips } from '../../../shared/filter/chips.ts';
import { parse } from '../../../shared/filter/parse.ts';
import { print, printValue } from '../../../shared/filter/print.ts';
import { accept, type Suggestion, suggest } from '../../../shared/filter/suggest.ts';
import { toWireshark } from '../../../shared/filter/wireshark.ts';
import { CHOICES, settings } from '../../app/settings.ts';
import { useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { clockOf, epochSeconds, useClock, useNumber } from '../../ui/moment.ts';
import { knownValues } from './known.ts';
import { filterWords } from './words.ts';

const SHOWN = 12;

export function FilterBar({ capture }: { readonly capture: string }) {
  const words = useWords(filterWords);
  const view = useView(capture);
  const start = epochSeconds(view?.head?.capture.firstTime ?? '0');
  const clock = useClock(start);
  const filter = useRoute((state) => state.filter);
  const range = useRoute((state) => state.range);
  const refine = useRoute((state) => state.refine);
  const [said, say] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => input.current?.focus() });

  const parsed = parse(filter);
  const tree = parsed.ok ? parsed.ast : ALL;
  const copy = async (): Promise<void> => {
    const { filter: text, notes } = toWireshark(tree, {
      start,
      flow: (id) => {
        const flow = view?.findings.find((finding) => finding.flow?.id === id)?.flow ?? null;
        return flow === null || flow.protocol === 'icmp' ? null : { ...flow, protocol: flow.protocol };
      },
      frames: (match) => (match.field === 'finding' && view !== null ? citedBy(view, match) : null),
    });
    await navigator.clipboard.writeText(text);
    const missing = notes.filter(({ kind }) => kind === 'missing').map((note) => note.text);
    say(missing.length === 0 ? words.copied : words.copiedPart(missing.join(', ')));
  };

  return (
    <search className="filter-bar">
      {toChips(tree).map((chip) => (
        <span key={chip.text} className="chip">
          <button
            type="button"
            className="chip-text"
            aria-label={words.edit(chip.text)}
            onClick={() => {
              refine({ filter: print(removePart(tree, chip.index)) });
              const field = input.current;
              if (field === null) return;
              field.dispatchEvent(new CustomEvent('edit-chip', { detail: chip.text }));
              field.focus();
            }}
          >
            {chip.field === null ? (
              <bdi className="m">{chip.text}</bdi>
            ) : (
              <>
                <span className="mut">
                  {chip.negated ? `${words.not} ` : ''}
                  {chip.field}
                </span>{' '}
                <bdi>{chip.values.join(', ')}</bdi>
              </>
            )}
          </button>
          <button
            type="button"
            className="chip-remove"
            aria-label={words.remove(chip.text)}
            onClick={() => refine({ filter: print(removePart(tree, chip.index)) })}
          >
            ×
          </button>
        </span>
      ))}
      {range === null ? null : (
        <span className="chip">
          <span className="mut">{words.range}</span>{' '}
          <bdi className="m ltr">
            {clock.time(start + range.from, 1)}–{clock.time(start + range.to, 1)}
          </bdi>
          <button
            type="button"
            className="chip-remove"
            aria-label={words.remove(words.range)}
            onClick={() => refine({ range: null })}
          >
            ×
          </button>
        </span>
      )}
      <Field capture={capture} input={input} />
      <ClockChoice start={start} />
      <button type="button" className="button quiet" onClick={() => void copy()}>
        {words.copy}
      </button>
      <span className="said" role="status">
        {said}
      </span>
    </search>
  );
}

/** Frames of the findings that a match names. */
function citedBy(view: CaptureView, match: Match): readonly number[] {
  const ids = new Set(match.values.map((value) => printValue('finding', value).toUpperCase()));
  return view.findings
    .filter(({ id }) => ids.has(id))
    .flatMap(({ frames }) => [...frames.trigger, ...frames.forged, ...frames.genuine, ...frames.affected]);
}

function Field({ capture, input }: { readonly capture: string; readonly input: RefObject<HTMLInputElement | null> }) {
  const words = useWords(filterWords);
  const number = useNumber();
  const view = useView(capture);
  const filter = useRoute((state) => state.filter);
  const refine = useRoute((state) => state.refine);
  const [draft, setDraft] = useState('');
  const [cursor, setCursor] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const list = useId();

  const parsed = parse(draft);
  const error = draft.trim() === '' || parsed.ok ? null : words.error[parsed.error.kind];
  const where = suggest(draft, cursor, { values: knownValues(view) });
  const items = open ? where.items.slice(0, SHOWN) : [];
  const edited = (text: string, caret: number): void => {
    setDraft(text);
    setCursor(caret);
    setAt(-1);
  };
  const take = (item: Suggestion): void => {
    const { text, cursor: caret } = accept(draft, where, item);
    edited(text, caret);
    requestAnimationFrame(() => input.current?.setSelectionRange(caret, caret));
  };
  const commit = (): void => {
    if (!parsed.ok) return;
    const before = parse(filter);
    refine({ filter: print(join('and', [before.ok ? before.ast : ALL, parsed.ast])) });
    edited('', 0);
    setOpen(false);
  };
  const pressed = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'ArrowDown' && items.length > 0) setAt((at + 1) % items.length);
    else if (event.key === 'ArrowUp' && items.length > 0) setAt((at <= 0 ? items.length : at) - 1);
    else if (event.key === 'Tab' && open && at >= 0) take(items[at]!);
    else if (event.key === 'Enter') {
      const item = items[at];
      if (item === undefined) commit();
      else take(item);
    } else if (event.key === 'Escape') {
      if (open) setOpen(false);
      else input.current?.blur();
    } else if (event.key === 'Backspace' && draft === '') {
      const before = parse(filter);
      if (before.ok) refine({ filter: print(removePart(before.ast, toChips(before.ast).length - 1)) });
    } else return;
    event.preventDefault();
  };
  return (
    <span className="filter-field">
      <input
        ref={(element) => {
          input.current = element;
          const edit = (event: Event): void => edited((event as CustomEvent<string>).detail, 0);
          element?.addEventListener('edit-chip', edit);
          return () => element?.removeEventListener('edit-chip', edit);
        }}
        className="ltr"
        type="text"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-label={words.label}
        aria-expanded={items.length > 0}
        aria-controls={list}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        aria-invalid={error !== null}
        placeholder={words.placeholder}
        value={draft}
        onChange={(event) => {
          edited(event.target.value, event.target.selectionStart ?? event.target.value.length);
          setOpen(true);
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
        onBlur={() => setOpen(false)}
        onKeyDown={pressed}
      />
      <kbd>/</kbd>
      {error === null || items.length > 0 ? null : (
        <span className="float filter-error" role="alert">
          {error}
        </span>
      )}
      <div id={list} role="listbox" aria-label={words.suggestions} className={items.length > 0 ? 'float' : 'silent'}>
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
          <div
            key={`${item.kind} ${item.insert}`}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            // The field must not lose the focus before the click
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(item)}
          >
            <bdi className="m">{item.insert}</bdi>
            {item.count === null ? null : <span className="mut">{words.rows(number(item.count))}</span>}
          </div>
        ))}
      </div>
    </span>
  );
}

function ClockChoice({ start }: { readonly start: number }) {
  const words = useWords(filterWords);
  const chosen = useStore(settings, (state) => state.clock);
  const change = useStore(settings, (state) => state.change);
  return (
    <fieldset className="segments" aria-label={words.clock}>
      {CHOICES.clock.map((kind) => (
        <button key={kind} type="button" aria-pressed={kind === chosen} onClick={() => change({ clock: kind })}>
          <bdi>{clockOf(kind, start).zone}</bdi>
        </button>
      ))}
    </fieldset>
  );
}

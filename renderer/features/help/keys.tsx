// The keys: in the help, and over any screen with `?`.

import { useEffect, useRef } from 'react';
import { useWords } from '../../ui/language.ts';
import { helpWords } from './words.ts';

const KEYS = [
  ['open', ['Ctrl O']],
  ['filter', ['/']],
  ['help', ['?']],
  ['next', ['J', 'K']],
  ['enter', ['Enter']],
  ['escape', ['Esc']],
  ['zoom', ['+', '−']],
  ['move', ['←', '→']],
  ['frame', ['F']],
  ['all', ['0']],
  ['back', ['Backspace', 'Alt ←']],
  ['lanes', ['L']],
  ['table', ['T']],
  ['bytes', ['B']],
  ['record', ['R']],
  ['steps', ['1–5']],
  ['paper', ['V']],
  ['save', ['Ctrl S']],
  ['follow', ['Space']],
  ['hold', ['P']],
] as const;

export function KeyList() {
  const words = useWords(helpWords);
  return (
    <dl className="keys">
      {KEYS.map(([name, keys]) => (
        <div key={name}>
          <dt className="ltr">
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{words.key[name]}</dd>
        </div>
      ))}
    </dl>
  );
}

export function KeyOverlay({ close }: { readonly close: () => void }) {
  const words = useWords(helpWords);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="float key-overlay" aria-labelledby="keys-title" onClose={close}>
      <h1 id="keys-title">{words.keysTitle}</h1>
      <KeyList />
      <button type="button" className="button" onClick={() => dialog.current?.close()}>
        {words.close}
      </button>
    </dialog>
  );
}

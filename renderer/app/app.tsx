// The frame of the page: three ways to open result files, the list of open captures, the one that is looked at.

import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Overview } from '../features/results/overview.tsx';
import { Result } from '../features/results/result.tsx';
import type { Problem, ResultsState, ResultsStore } from '../features/results/store.ts';
import { MarkDefinitions } from '../ui/mark.tsx';
import { words } from '../ui/words.ts';

const selectSelected = (state: ResultsState) => state.results.find((result) => result.key === state.selected) ?? null;

export function App({ store }: { readonly store: ResultsStore }) {
  const { results, problems, reading, open, select, close, dismiss } = useStore(store);
  const selected = useStore(store, selectSelected);
  const input = useRef<HTMLInputElement>(null);
  const isDragging = useOpening(input, open);

  return (
    <>
      <MarkDefinitions />
      <header className="bar">
        <strong>{words.title}</strong>
        <span className="quiet">{words.subtitle}</span>
        <button type="button" onClick={() => input.current?.click()}>
          {words.open}
        </button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          accept=".json,.ndjson,.jsonl,application/json"
          aria-label={words.open}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            // Else choosing the same file again would be no change.
            event.target.value = '';
            void open(files);
          }}
        />
      </header>
      <p className="status" role="status">
        {reading > 0 ? words.reading(reading) : words.opened(results.length)}
      </p>
      <Problems problems={problems} dismiss={dismiss} />
      {results.length === 0 ? <Welcome /> : null}
      {results.length > 0 ? (
        <Overview results={results} selected={selected?.key ?? null} select={select} close={close} />
      ) : null}
      <main>{selected === null ? null : <Result key={selected.key} analysis={selected.analysis} />}</main>
      {isDragging ? <div className="drop">{words.drop}</div> : null}
    </>
  );
}

/** Dropping files anywhere and Ctrl+O or Cmd+O. Tells whether something is being dragged over the page. */
function useOpening(input: { readonly current: HTMLInputElement | null }, open: ResultsState['open']): boolean {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const on = <K extends keyof WindowEventMap>(name: K, listener: (event: WindowEventMap[K]) => void) =>
      window.addEventListener(name, listener, { signal: stop.signal });
    on('dragover', (event) => {
      // Without this the browser would leave the page for the file.
      event.preventDefault();
      setDragging(true);
    });
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setDragging(false);
    });
    on('drop', (event) => {
      event.preventDefault();
      setDragging(false);
      void open([...(event.dataTransfer?.files ?? [])]);
    });
    on('keydown', (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key !== 'o') return;
      event.preventDefault();
      input.current?.click();
    });
    return () => stop.abort();
  }, [input, open]);
  return isDragging;
}

function Problems({ problems, dismiss }: { readonly problems: readonly Problem[]; readonly dismiss: () => void }) {
  if (problems.length === 0) return null;
  return (
    <section className="problems" role="alert" aria-label={words.problems}>
      <ul>
        {problems.map((problem) => (
          <li key={problem.key}>
            <bdi className="mono">{problem.file}</bdi>
            {': '}
            {words.problem[problem.kind](problem.where)}
          </li>
        ))}
      </ul>
      <button type="button" onClick={dismiss}>
        {words.dismiss}
      </button>
    </section>
  );
}

function Welcome() {
  return (
    <section className="welcome">
      <h1>{words.welcome.title}</h1>
      <p>{words.welcome.what}</p>
      <pre className="mono">{words.welcome.command}</pre>
      <p>{words.welcome.privacy}</p>
      <p className="quiet">{words.welcome.notYet}</p>
    </section>
  );
}

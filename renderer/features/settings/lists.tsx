// Lists that a person imported: what each is, a further one, one less. A file comes by the system's dialog on either face.

import './lists.css';
import { useRef, useState } from 'react';
import type { CallResult } from '../../../shared/contract/service.ts';
import { UPLOAD_PART } from '../../../shared/contract/service.ts';
import { pathOf } from '../../app/opening.ts';
import { type AppStore, failureOf } from '../../app/store.ts';
import { useAppStore, useCall } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { listsWords } from './lists-words.ts';

type Imported = CallResult<'lists.import'>;
type List = CallResult<'lists.list'>['lists'][number];
const SHOWN_FAULTS = 10;

async function importFile(store: AppStore, file: File): Promise<Imported | null> {
  const { client, report } = store.getState();
  const asked = { format: null, as: null };
  try {
    const path = pathOf(file);
    if (path !== null) return await client.call('lists.import', { source: { kind: 'path', path }, ...asked });
    const { upload } = await client.call('upload.begin', { name: file.name, bytes: file.size });
    for (let sent = 0; sent < file.size; sent += UPLOAD_PART) {
      const data = new Uint8Array(await file.slice(sent, sent + UPLOAD_PART).arrayBuffer());
      await client.call('upload.part', { upload, data });
    }
    return await client.call('lists.import', { source: { kind: 'upload', upload }, ...asked });
  } catch (error) {
    report(failureOf(error), file.name);
    return null;
  }
}

export function ImportedLists() {
  const words = useWords(listsWords);
  const store = useAppStore();
  const input = useRef<HTMLInputElement>(null);
  const [revision, revise] = useState(0);
  const [said, say] = useState<{ readonly text: string; readonly result: Imported | null } | null>(null);
  const asked = useCall('lists.list', {}, revision);
  const lists = asked.state === 'failed' ? [] : (asked.result?.lists ?? []);
  const bring = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const result = await importFile(store, file);
    if (result === null) return;
    const text = result.list === null ? words.failure[result.because!] : words.done(`\u2068${result.list.name}\u2069`);
    say({ text, result });
    revise((before) => before + 1);
  };
  const remove = async (list: List): Promise<void> => {
    const { client, report } = store.getState();
    try {
      await client.call('lists.remove', { name: list.name });
      say({ text: words.removed(`\u2068${list.name}\u2069`), result: null });
      revise((before) => before + 1);
    } catch (error) {
      report(failureOf(error), list.name);
    }
  };
  return (
    <>
      <h2 id="lists">{words.title}</h2>
      <p className="sec">{words.what}</p>
      {lists.length === 0 ? <p className="mut">{words.none}</p> : null}
      <ul className="lists-all">
        {lists.map((list) => (
          <ListCard key={list.name} list={list} remove={() => void remove(list)} />
        ))}
      </ul>
      <input
        ref={input}
        type="file"
        hidden
        onChange={(event) => {
          void bring(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <button type="button" className="button" onClick={() => input.current?.click()}>
        {words.import}
      </button>
      <div role="status" className="lists-said">
        {said === null ? null : <Said text={said.text} result={said.result} />}
      </div>
    </>
  );
}

function Said({ text, result }: { readonly text: string; readonly result: Imported | null }) {
  const words = useWords(listsWords);
  const number = useNumber();
  const faults = (result?.faults ?? []).slice(0, SHOWN_FAULTS);
  const more = (result?.list?.skipped ?? 0) - faults.length;
  return (
    <>
      <p className="sec">
        {text} {result?.list == null ? null : words.openAgain}
      </p>
      {faults.length === 0 ? null : (
        <>
          <p className="sec">{words.passedOver}</p>
          <ul className="mut">
            {faults.map(({ file, line, problem, row }) => (
              <li key={`${file} ${line} ${problem}`}>
                <bdi>{words.line(file, number(line))}</bdi>: {words.problem[problem]}{' '}
                <bdi className="m lists-row">{row}</bdi>
              </li>
            ))}
            {more > 0 ? <li>+{number(more)}</li> : null}
          </ul>
        </>
      )}
    </>
  );
}

function ListCard({ list, remove }: { readonly list: List; readonly remove: () => void }) {
  const words = useWords(listsWords);
  const number = useNumber();
  const rows = words.rows(number(list.entries));
  return (
    <li className="lists-card">
      <p className="lists-head">
        <bdi className="strong">{list.name}</bdi>
        <button type="button" className="link" aria-label={words.removeNamed(list.name)} onClick={remove}>
          {words.remove}
        </button>
      </p>
      <p className="sec">
        {words.kind[list.kind]} · {rows}
        {list.skipped > 0 ? ` · ${words.skipped(number(list.skipped))}` : ''}
      </p>
      <dl>
        <dt>{words.source}</dt>
        <dd>{list.source === null ? words.notStated : <bdi>{list.source}</bdi>}</dd>
        <dt>{words.licence}</dt>
        <dd>{list.licence === null ? words.notStated : <bdi>{list.licence}</bdi>}</dd>
        <dt>{words.date}</dt>
        <dd>
          {list.date === null ? words.notStated : <bdi className="m">{list.date}</bdi>} ·{' '}
          {words.imported(`\u2068${list.imported}\u2069`)}
        </dd>
        <dt>{words.hash}</dt>
        <dd>
          <bdi className="m lists-hash">{list.sha256}</bdi>
        </dd>
        {list.includes.length === 0 ? null : (
          <>
            <dt>{words.includes}</dt>
            <dd>
              <bdi className="m">{list.includes.map(({ name }) => name).join(', ')}</bdi>
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}

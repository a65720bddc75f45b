// The first screen: to a result in one step.

import './welcome.css';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Recent, Sample } from '../../../shared/contract/service.ts';
import { chooseFiles, openSample, show } from '../../app/opening.ts';
import { CHOICES, settings } from '../../app/settings.ts';
import { useApp, useAppStore, useRoute } from '../../ui/hooks.ts';
import { LANGUAGE_FACTS, useEngineWords, useWords } from '../../ui/language.ts';
import { Mark } from '../../ui/mark.tsx';
import { welcomeWords } from './words.ts';

export function Welcome() {
  const words = useWords(welcomeWords);
  const store = useAppStore();
  const info = useApp((state) => state.info);
  const go = useRoute((state) => state.go);
  const canOpenPath = info?.can.openPath === true;
  return (
    <div className="welcome">
      <section>
        <Drawing />
        <h1>{words.title}</h1>
        <p className="lead">{words.lead}</p>
        <div className="doors">
          <button type="button" className="door first" onClick={() => void chooseFiles(store)}>
            <span className="strong">{words.open}</span>
            <span>{words.openHow}</span>
            <kbd className="ltr">Ctrl O</kbd>
          </button>
          <button type="button" className="door" onClick={() => go({ screen: 'capture', test: null })}>
            <span className="strong">{words.record}</span>
            <span>{words.recordHow}</span>
            <kbd className="ltr">R</kbd>
          </button>
        </div>
        <p className="guide">
          <span className="sec">{words.guideHow}</span>{' '}
          <button type="button" className="link" onClick={() => go({ screen: 'capture', test: '' })}>
            {words.guide}
          </button>
        </p>
        {canOpenPath ? <OpenPath /> : null}
        <OpenNow />
        <Recents recent={info?.recent ?? []} />
      </section>
      <aside>
        <h2>{words.samples}</h2>
        <p className="mut">{words.samplesWhat}</p>
        <ul className="samples">
          {ordered(info?.samples ?? []).map((sample) => (
            <SampleRow key={sample.slug} sample={sample} />
          ))}
        </ul>
        <div className="share">
          <h2>{words.share}</h2>
          <p className="sec">{words.shareWhat}</p>
        </div>
        <Choices />
      </aside>
    </div>
  );
}

/** The 2018 story first, blocked before innocent. */
function ordered(samples: readonly Sample[]): readonly Sample[] {
  const place = (sample: Sample): number =>
    sample.slug.startsWith('telegram') ? 0 : sample.techniques.length > 0 ? 1 : 2;
  return [...samples].sort((a, b) => place(a) - place(b) || a.slug.localeCompare(b.slug));
}

function Drawing() {
  const words = useWords(welcomeWords);
  return (
    <svg className="drawing ltr" viewBox="0 0 752 84" aria-hidden="true">
      <path d="M8 28h348" stroke="var(--ink-1)" strokeWidth="2" />
      <circle cx="8" cy="28" r="6" fill="var(--ink-1)" />
      <path d="M360 4h32v48h-32Z" fill="var(--f-reset)" />
      <path d="M400 28h338" stroke="var(--ink-1)" strokeWidth="2" strokeDasharray="2 8" strokeLinecap="round" />
      <circle cx="744" cy="28" r="6" fill="none" stroke="var(--ink-1)" strokeWidth="2" />
      <text x="0" y="72">
        {words.you}
      </text>
      <text x="376" y="72" textAnchor="middle">
        {words.question}
      </text>
      <text x="752" y="72" textAnchor="end">
        {words.site}
      </text>
    </svg>
  );
}

function OpenPath() {
  const words = useWords(welcomeWords);
  const open = useApp((state) => state.open);
  const [path, setPath] = useState('');
  const submit = async (): Promise<void> => {
    const capture = path.trim() === '' ? null : await open({ kind: 'path', path: path.trim() });
    if (capture !== null) show(capture);
  };
  return (
    <form
      className="path"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <input
        className="field ltr m"
        value={path}
        placeholder={words.path}
        aria-label={words.path}
        onChange={(event) => setPath(event.target.value)}
      />
      <button type="submit" className="button">
        {words.openPath}
      </button>
    </form>
  );
}

function OpenNow() {
  const words = useWords(welcomeWords);
  const captures = useApp((state) => state.captures);
  const close = useApp((state) => state.close);
  if (captures.length === 0) return null;
  return (
    <>
      <h2>{words.opened}</h2>
      <ul className="recents">
        {captures.map(({ capture, name }) => (
          <li key={capture}>
            <button type="button" onClick={() => show(capture)}>
              <bdi className="m">{name}</bdi>
            </button>
            <button
              type="button"
              className="button quiet"
              aria-label={`${words.close}: ${name}`}
              onClick={() => void close(capture)}
            >
              {words.close}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Recents({ recent }: { readonly recent: readonly Recent[] }) {
  const words = useWords(welcomeWords);
  const open = useApp((state) => state.open);
  const client = useApp((state) => state.client);
  const [forgotten, forget] = useState<readonly string[]>([]);
  const shown = recent.filter((entry) => !forgotten.includes(entry.recent));
  const reopen = async (entry: Recent): Promise<void> => {
    const capture = await open({ kind: 'recent', recent: entry.recent });
    if (capture !== null) show(capture);
  };
  return (
    <>
      <h2>{words.recent}</h2>
      {shown.length === 0 ? <p className="mut">{words.noRecent}</p> : null}
      <ul className="recents">
        {shown.map((entry) => (
          <li key={entry.recent}>
            <button type="button" disabled={!entry.exists} onClick={() => void reopen(entry)}>
              <bdi className="m">{entry.name}</bdi>
              <bdi className="m mut">{entry.folder}</bdi>
            </button>
            {entry.exists ? null : <span className="mut">{words.moved}</span>}
            <bdi className="m mut">{entry.openedAt.slice(0, 10)}</bdi>
            <button
              type="button"
              className="button quiet"
              aria-label={`${words.forget}: ${entry.name}`}
              onClick={() => {
                forget((before) => [...before, entry.recent]);
                void client.call('recent.forget', { recent: entry.recent });
              }}
            >
              {words.forget}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function SampleRow({ sample }: { readonly sample: Sample }) {
  const words = useWords(welcomeWords);
  const engine = useEngineWords();
  const store = useAppStore();
  const technique = sample.techniques[0] ?? null;
  return (
    <li>
      <button type="button" onClick={() => void openSample(store, sample)}>
        {technique === null ? <Worked /> : <Mark technique={technique} confidence="confirmed" />}
        <span className="strong">{technique === null ? words.innocent : engine.technique[technique].name}</span>
        {sample.otherEnd ? <span className="sec">{words.bothEnds}</span> : null}
        <bdi className="m mut">{sample.slug}</bdi>
      </button>
    </li>
  );
}

function Worked() {
  return (
    <svg className="mark" viewBox="0 0 18 18" aria-hidden="true">
      <path d="M0 9h12M11 4.6 18 9l-7 4.4Z" stroke="currentColor" strokeWidth="1.6" fill="currentColor" />
    </svg>
  );
}

function Choices() {
  const words = useWords(welcomeWords);
  const { language, theme, languageChosen, change } = useStore(settings);
  return (
    <div className="choices">
      <fieldset aria-label={words.language}>
        {CHOICES.language.map((code) => (
          <button
            key={code}
            type="button"
            lang={LANGUAGE_FACTS[code].tag}
            aria-pressed={code === language}
            onClick={() => change({ language: code, languageChosen: true })}
          >
            {LANGUAGE_FACTS[code].name}
          </button>
        ))}
      </fieldset>
      <select
        className="field"
        aria-label={words.theme}
        value={theme}
        onChange={(event) => change({ theme: event.target.value as (typeof CHOICES.theme)[number] })}
      >
        {CHOICES.theme.map((value) => (
          <option key={value} value={value}>
            {words.themes[value]}
          </option>
        ))}
      </select>
      {languageChosen || language === 'en' ? null : (
        <button type="button" className="button" onClick={() => change({ languageChosen: true })}>
          {words.keepLanguage}
        </button>
      )}
    </div>
  );
}

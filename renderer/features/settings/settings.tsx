// What a person may choose, and what the program is.

import './settings.css';
import { useStore } from 'zustand';
import { CHOICES, type Settings, settings } from '../../app/settings.ts';
import { useApp } from '../../ui/hooks.ts';
import { LANGUAGE_FACTS, useWords } from '../../ui/language.ts';
import { byteSize } from '../../ui/moment.ts';
import { NetworksCredit } from '../networks/networks.tsx';
import { ImportedLists } from './lists.tsx';
import { settingsWords } from './words.ts';

export function SettingsScreen() {
  const words = useWords(settingsWords);
  const { change, reset, ...values } = useStore(settings);
  const info = useApp((state) => state.info);
  const names: { readonly [K in keyof typeof CHOICES]: (value: string) => string } = {
    language: (value) => {
      const facts = LANGUAGE_FACTS[value as Settings['language']];
      return facts.unreviewed ? `${facts.name} (${words.unreviewed})` : facts.name;
    },
    theme: (value) => words[value as Settings['theme']],
    contrast: (value) => words[value as Settings['contrast']],
    motion: (value) => words[value as Settings['motion']],
    clock: (value) => words[value as Settings['clock']],
    digits: (value) => (value === 'latin' ? words.latin : words.ofLanguage),
    reading: (value) => words[value as Settings['reading']],
    networks: (value) => words[value as Settings['networks']],
  };
  return (
    <section className="settings">
      <h1>{words.title}</h1>
      <p className="sec">{words.lead}</p>
      {(Object.keys(CHOICES) as (keyof typeof CHOICES)[]).map((key) => (
        <fieldset key={key}>
          <legend>{words[key]}</legend>
          {CHOICES[key].map((value) => (
            <label key={value}>
              <input
                type="radio"
                name={key}
                checked={values[key] === value}
                onChange={() => change({ [key]: value, ...(key === 'language' ? { languageChosen: true } : {}) })}
              />
              <span lang={key === 'language' ? LANGUAGE_FACTS[value as Settings['language']].tag : undefined}>
                {names[key](value)}
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      <button type="button" className="button" onClick={reset}>
        {words.reset}
      </button>
      <ImportedLists />
      <h2>{words.privacy}</h2>
      <p className="sec">{words.privacyWhat}</p>
      {info === null ? null : (
        <>
          <h2>{words.limits}</h2>
          <p className="sec">{words.limitsWhat(byteSize(info.uploadLimit))}</p>
          <h2>{words.about}</h2>
          <dl>
            <dt>{words.version}</dt>
            <dd>
              <bdi className="m">Blockscope {info.version}</bdi>
            </dd>
            <dt>{words.face}</dt>
            <dd>{words.faces[info.face]}</dd>
          </dl>
          <p className="mut">{words.credits}</p>
          <NetworksCredit data={info.networks} />
        </>
      )}
    </section>
  );
}

// What a person chose, kept by the browser or window on this computer. Anything stored that is not understood is
// replaced by the default.

import { createStore } from 'zustand/vanilla';
import type { LanguageCode } from '../ui/language.ts';

export interface Settings {
  readonly language: LanguageCode;
  readonly theme: 'system' | 'light' | 'dark';
  readonly contrast: 'system' | 'more';
  readonly motion: 'system' | 'reduced';
  /** How times are written; the zone is always printed. */
  readonly clock: 'utc' | 'local' | 'relative';
  /** Digits in prose: the language's own, or Latin ones. Technical values are always Latin. */
  readonly digits: 'language' | 'latin';
  readonly reading: 'plain' | 'technical';
  /** Whose networks addresses are in, from the table on this computer. */
  readonly networks: 'details' | 'tables' | 'hidden';
  /** False until a person saw the guessed language once. */
  readonly languageChosen: boolean;
  /** What a recording holds was read before the first one. */
  readonly recordingAgreed: boolean;
}

const KEY = 'blockscope.settings';

export const CHOICES = {
  language: ['en', 'ru', 'fa', 'zh'],
  theme: ['system', 'light', 'dark'],
  contrast: ['system', 'more'],
  motion: ['system', 'reduced'],
  clock: ['utc', 'local', 'relative'],
  digits: ['language', 'latin'],
  reading: ['plain', 'technical'],
  networks: ['details', 'tables', 'hidden'],
} as const satisfies {
  readonly [K in keyof Omit<Settings, 'languageChosen' | 'recordingAgreed'>]: readonly Settings[K][];
};

function guessedLanguage(): LanguageCode {
  const tags = typeof navigator === 'undefined' ? [] : navigator.languages;
  for (const tag of tags) {
    const code = CHOICES.language.find((language) => tag.toLowerCase().split('-')[0] === language);
    if (code !== undefined) return code;
  }
  return 'en';
}

export function defaults(): Settings {
  return {
    language: guessedLanguage(),
    theme: 'system',
    contrast: 'system',
    motion: 'system',
    clock: 'utc',
    digits: 'language',
    reading: 'plain',
    networks: 'details',
    languageChosen: false,
    recordingAgreed: false,
  };
}

function stored(): Partial<Settings> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(localStorage.getItem(KEY) ?? '{}');
  } catch {
    return {};
  }
  if (parsed === null || typeof parsed !== 'object') return {};
  const values = parsed as Record<string, unknown>;
  const known = Object.entries(CHOICES).filter(([key, choices]) =>
    (choices as readonly unknown[]).includes(values[key]),
  );
  return {
    ...Object.fromEntries(known.map(([key]) => [key, values[key]])),
    ...(values.languageChosen === true ? { languageChosen: true } : {}),
    ...(values.recordingAgreed === true ? { recordingAgreed: true } : {}),
  };
}

export interface SettingsState extends Settings {
  readonly change: (change: Partial<Settings>) => void;
  readonly reset: () => void;
}

export const settings = createStore<SettingsState>()((set, get) => {
  const save = (): void => {
    const { change: _change, reset: _reset, ...values } = get();
    try {
      localStorage.setItem(KEY, JSON.stringify(values));
    } catch {
      // A browser that keeps nothing still shows everything
    }
  };
  return {
    ...defaults(),
    ...stored(),
    change: (change) => {
      set(change);
      save();
    },
    reset: () => {
      set(defaults());
      save();
    },
  };
});

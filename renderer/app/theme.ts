// Puts language, direction, theme and motion on the root element, and follows the system where nothing was chosen.

import { LANGUAGE_FACTS } from '../ui/language.ts';
import { type Settings, settings } from './settings.ts';

export function applySettings(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = ({ language, theme, contrast, motion }: Settings): void => {
    const root = document.documentElement;
    const facts = LANGUAGE_FACTS[language];
    root.lang = facts.tag;
    root.dir = facts.direction;
    root.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
    root.dataset.contrast = contrast;
    root.dataset.motion = motion;
  };
  apply(settings.getState());
  settings.subscribe(apply);
  dark.addEventListener('change', () => apply(settings.getState()));
}

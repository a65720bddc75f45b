// Colour on a terminal, nothing elsewhere. Words carry the meaning; colour repeats it.

import { styleText } from 'node:util';
import type { Confidence } from '../../shared/domain/vocabulary.ts';

type Colour = Parameters<typeof styleText>[0];

export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly alarm: (text: string) => string;
  readonly good: (text: string) => string;
  readonly confidence: (confidence: Confidence, text: string) => string;
}

const CONFIDENCE_COLOUR: Readonly<Record<Confidence, Colour>> = {
  confirmed: ['bold', 'red'],
  likely: 'red',
  possible: 'yellow',
  inconclusive: 'gray',
};

export function styleFor(hasColour: boolean): Style {
  // Whether there is to be colour is decided here: since Node 22.13 styleText would ask standard output once more
  const paint = (colour: Colour) => (text: string) =>
    hasColour ? styleText(colour, text, { validateStream: false }) : text;
  return {
    strong: paint('bold'),
    faint: paint('gray'),
    alarm: paint('red'),
    good: paint('green'),
    confidence: (confidence, text) => paint(CONFIDENCE_COLOUR[confidence])(text),
  };
}

/** https://no-color.org: any non-empty value turns colour off. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

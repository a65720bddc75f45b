// The marks of the lanes on a canvas: hundreds of them, drawn again with every step of a zoom.

import type { Confidence, Technique } from '../../../shared/domain/vocabulary.ts';
import { familyOf, shapeOf } from '../../ui/mark.tsx';
import type { Placed } from './lanes.ts';
import type { Stretch } from './scale.ts';
import type { Worked } from './traffic.ts';

export const LANE = 44;
/** Height of the axis above the lanes. */
export const AXIS = 48;
/** The canvas is that much wider on either side: a mark at the edge is whole. */
export const BLEED = 14;
/** Where words begin, from the middle of their mark. */
const WORDS_AT = 16;
/** Line on which the marks of a lane stand, from its top. */
const MIDDLE = 22;

const FAMILY_TOKENS = {
  reset: '--f-reset',
  dns: '--f-dns',
  name: '--f-name',
  address: '--f-addr',
  content: '--f-content',
  slow: '--f-slow',
} as const;

/** The tokens a drawing needs, as they stand in this theme. */
export interface Ink {
  readonly ground: string;
  readonly strong: string;
  readonly second: string;
  readonly hair: string;
  readonly family: { readonly [name: string]: string };
  readonly mono: string;
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ground: token('--bg-0'),
    strong: token('--ink-1'),
    second: token('--ink-2'),
    hair: token('--line-hair'),
    family: Object.fromEntries(Object.entries(FAMILY_TOKENS).map(([name, variable]) => [name, token(variable)])),
    mono: token('--font-mono'),
  };
}

export interface Drawing {
  readonly width: number;
  /** Pixels of the ticks, whose lines run below everything. */
  readonly ticks: readonly number[];
  readonly marks: readonly (readonly Placed[])[];
  readonly worked: Worked | null;
  /** Finding that is selected. */
  readonly selected: string | null;
  /** By lane: the stretch of pixels under all findings of its incident, null where it has fewer than two. */
  readonly brackets: readonly (Stretch | null)[];
  readonly times: (count: number) => string;
}

const shapes = new Map<Technique | null, Path2D>();

function pathOf(technique: Technique | null): Path2D {
  let path = shapes.get(technique);
  if (path === undefined) {
    path = new Path2D(shapeOf(technique));
    shapes.set(technique, path);
  }
  return path;
}

export function paint(canvas: HTMLCanvasElement, drawing: Drawing, ink: Ink): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const { width, marks, worked } = drawing;
  const height = AXIS + (marks.length + 1) * LANE;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round((width + 2 * BLEED) * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round((width + 2 * BLEED) * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, BLEED * ratio, 0);
  context.clearRect(-BLEED, 0, width + 2 * BLEED, height);
  context.textBaseline = 'alphabetic';
  context.fillStyle = ink.hair;
  for (const x of drawing.ticks) context.fillRect(Math.round(x), AXIS, 1, height - AXIS);
  for (let lane = 0; lane <= marks.length; lane++) context.fillRect(0, AXIS + lane * LANE, width, 1);
  for (const [lane, row] of marks.entries()) {
    const top = AXIS + lane * LANE;
    // Lines and ticks of all before the first mark: none of them runs over a mark
    for (const mark of row) lines(context, mark, top, ink);
    for (const mark of row) {
      const chosen = mark.items.some(({ finding }) => finding.id === drawing.selected);
      if (chosen) ring(context, mark.x, top + MIDDLE, ink);
      context.save();
      context.translate(mark.x, top + MIDDLE);
      shape(context, mark.technique, mark.confidence, ink);
      context.restore();
    }
    for (const mark of row) words(context, mark, top, ink, drawing.times);
    const bracket = drawing.brackets[lane];
    if (bracket != null) {
      context.strokeStyle = ink.strong;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(bracket.from, top + LANE - 8);
      context.lineTo(bracket.from, top + LANE - 3);
      context.lineTo(bracket.to, top + LANE - 3);
      context.lineTo(bracket.to, top + LANE - 8);
      context.stroke();
    }
  }
  if (worked === null) return;
  const top = AXIS + marks.length * LANE;
  context.fillStyle = ink.second;
  for (const { from, to } of worked.app) context.fillRect(from, top + 14, to - from, 3);
  for (const x of worked.other) context.fillRect(x - 0.75, top + 27, 1.5, 7);
}

function colour(technique: Technique | null, ink: Ink): string {
  return ink.family[familyOf(technique)] ?? ink.strong;
}

function lines(context: CanvasRenderingContext2D, mark: Placed, top: number, ink: Ink): void {
  context.strokeStyle = context.fillStyle = colour(mark.technique, ink);
  if (mark.end !== null) {
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(mark.x, top + MIDDLE);
    context.lineTo(mark.end, top + MIDDLE);
    if (mark.confidence === 'inconclusive') context.setLineDash([2, 3]);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(mark.end, top + MIDDLE - 5);
    context.lineTo(mark.end, top + MIDDLE + 5);
    context.stroke();
  }
  if (mark.shows.ticks) for (const x of mark.ticks) context.fillRect(x - 0.6, top + 34, 1.25, 5);
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, ink: Ink): void {
  context.beginPath();
  context.roundRect(x - 13, y - 13, 26, 26, 4);
  context.fillStyle = ink.ground;
  context.fill();
  context.strokeStyle = ink.strong;
  context.lineWidth = 2;
  context.stroke();
}

/** As ui/mark.tsx draws it: solid, lower part filled, outline, dotted outline. */
function shape(context: CanvasRenderingContext2D, technique: Technique | null, confidence: Confidence, ink: Ink): void {
  const path = pathOf(technique);
  context.fillStyle = confidence === 'confirmed' ? colour(technique, ink) : ink.ground;
  context.fill(path, 'evenodd');
  if (confidence === 'likely') {
    context.save();
    context.beginPath();
    context.rect(-9, 0.5, 18, 9);
    context.clip();
    context.fillStyle = colour(technique, ink);
    context.fill(path, 'evenodd');
    context.restore();
  }
  context.strokeStyle = colour(technique, ink);
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  if (confidence === 'inconclusive') context.setLineDash([1.6, 1.5]);
  context.stroke(path);
  context.setLineDash([]);
}

function words(
  context: CanvasRenderingContext2D,
  { x, end, items, label, shows }: Placed,
  top: number,
  ink: Ink,
  times: Drawing['times'],
): void {
  const y = top + (end === null ? MIDDLE + 4 : MIDDLE - 7);
  let at = x + WORDS_AT;
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.strokeStyle = ink.ground;
  const write = (text: string, font: string, fill: string): void => {
    context.font = font;
    context.fillStyle = fill;
    context.strokeText(text, at, y);
    context.fillText(text, at, y);
    at += context.measureText(text).width + 6;
  };
  if (shows.count) write(times(items.length), `600 11px ${ink.mono}`, ink.strong);
  if (shows.label) write(label, `400 11px ${ink.mono}`, ink.second);
}

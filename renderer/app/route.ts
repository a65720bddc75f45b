// Where the person is, written in the fragment of the address: back and forward work, and a place can be noted down.
// `#/c/c1/incident/I2?filter=…&from=…&to=…`; the window of the timeline is in seconds since the first frame.

import { createStore } from 'zustand/vanilla';

export const SCREENS = ['overview', 'incidents', 'flows', 'dns', 'packets', 'report', 'test'] as const;
export type CaptureScreen = (typeof SCREENS)[number];

export type Place =
  | { readonly screen: 'welcome' }
  | { readonly screen: 'compare' }
  /** Two captures of one connection; null: not chosen yet. */
  | { readonly screen: 'two-ends'; readonly a: string | null; readonly b: string | null }
  | { readonly screen: 'settings' }
  | { readonly screen: 'help'; readonly topic: string | null }
  /** Where a recording is set up; `test`: a site to be tested, or `` for one that is still to be named. */
  | { readonly screen: 'capture'; readonly test: string | null }
  | {
      readonly screen: CaptureScreen;
      readonly capture: string;
      /** Incident id, flow number, frame number or test of what is opened on that screen. */
      readonly item: string | null;
    };

export interface Route {
  readonly place: Place;
  /** In the language of shared/filter. */
  readonly filter: string;
  /** Window of the timeline, null being the whole capture. */
  readonly range: { readonly from: number; readonly to: number } | null;
}

const START: Route = { place: { screen: 'welcome' }, filter: '', range: null };

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const parameters = new URLSearchParams(query);
  const filter = parameters.get('filter') ?? '';
  const range = rangeOf(parameters.get('from'), parameters.get('to'));
  return { place: placeOf(parts), filter, range };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function placeOf([first, second, third, fourth]: readonly string[]): Place {
  if (first === 'compare' || first === 'settings') return { screen: first };
  if (first === 'two-ends') return { screen: first, a: second ?? null, b: third ?? null };
  if (first === 'help') return { screen: 'help', topic: second ?? null };
  if (first === 'capture') return { screen: 'capture', test: second === 'test' ? (third ?? '') : null };
  if (first !== 'c' || second === undefined) return START.place;
  const screen = SCREENS.find((name) => name === third) ?? 'overview';
  return { screen, capture: second, item: fourth ?? null };
}

function rangeOf(from: string | null, to: string | null): Route['range'] {
  if (from === null || to === null) return null;
  const range = { from: Number(from), to: Number(to) };
  return Number.isFinite(range.from) && Number.isFinite(range.to) && range.from < range.to ? range : null;
}

export function routeText({ place, filter, range }: Route): string {
  const path =
    'capture' in place
      ? ['c', place.capture, place.screen, ...(place.item === null ? [] : [place.item])]
      : place.screen === 'help'
        ? ['help', ...(place.topic === null ? [] : [place.topic])]
        : place.screen === 'two-ends'
          ? ['two-ends', ...(place.a === null ? [] : [place.a, ...(place.b === null ? [] : [place.b])])]
          : place.screen === 'welcome'
            ? []
            : place.screen === 'capture'
              ? ['capture', ...(place.test === null ? [] : ['test', ...(place.test === '' ? [] : [place.test])])]
              : [place.screen];
  const query = new URLSearchParams();
  if (filter !== '') query.set('filter', filter);
  if (range !== null) {
    query.set('from', range.from.toFixed(9));
    query.set('to', range.to.toFixed(9));
  }
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

export interface RouteState extends Route {
  /** Goes somewhere else; the filter and range stay inside a capture. */
  readonly go: (place: Place) => void;
  /** Replaces the entry of the browser's history: a filter being typed is not a place. */
  readonly refine: (change: Partial<Pick<Route, 'filter' | 'range'>>) => void;
}

export const route = createStore<RouteState>()((set, get) => ({
  ...START,
  go: (place) => {
    const before = get();
    const sameCapture = 'capture' in place && 'capture' in before.place && place.capture === before.place.capture;
    const next: Route = sameCapture
      ? { place, filter: before.filter, range: before.range }
      : { place, filter: '', range: null };
    set(next);
    history.pushState(null, '', routeText(next));
  },
  refine: (change) => {
    const { place, filter, range } = get();
    const next: Route = { place, filter, range, ...change };
    set(next);
    history.replaceState(null, '', routeText(next));
  },
}));

export function followAddress(): void {
  const read = (): void => route.setState(parseRoute(location.hash));
  read();
  addEventListener('popstate', read);
  addEventListener('hashchange', read);
}

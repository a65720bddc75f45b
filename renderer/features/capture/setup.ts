// The form: what is captured, how much of each packet, until when, into how many files. Fields hold what was typed.

import { addressFilter, NAMES_FILTER, nameInFilter } from '../../../shared/domain/capture-filter.ts';

export const WHATS = ['all', 'names', 'address', 'own'] as const;
export const KEEPS = ['whole', 'beginnings', 'headers'] as const;
export const STOPS = ['manual', 'time', 'size', 'packets'] as const;

/** Bytes kept of a packet. 128 hold the headers of every layer below; most names of sites are within 512. */
const SNAPLENS: { readonly [K in (typeof KEEPS)[number]]: number | null } = {
  whole: null,
  beginnings: 512,
  headers: 128,
};

export interface Setup {
  readonly what: (typeof WHATS)[number];
  readonly address: string;
  readonly filter: string;
  readonly keep: (typeof KEEPS)[number];
  readonly stop: (typeof STOPS)[number];
  readonly minutes: string;
  readonly megabytes: string;
  readonly packets: string;
  /** Further files as it grows, of which the latest are kept. */
  readonly ring: boolean;
  readonly ringMegabytes: string;
  readonly ringFiles: string;
}

export const DEFAULT_SETUP: Setup = {
  what: 'all',
  address: '',
  filter: '',
  keep: 'whole',
  stop: 'manual',
  minutes: '5',
  megabytes: '500',
  packets: '100000',
  ring: false,
  ringMegabytes: '100',
  ringFiles: '10',
};

export type Field = 'address' | 'filter' | 'minutes' | 'megabytes' | 'packets' | 'ringMegabytes' | 'ringFiles';
export type Problem =
  | { readonly kind: 'no-address' }
  | { readonly kind: 'no-filter' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'number'; readonly most: number };

export interface CaptureRequest {
  readonly filter: string | null;
  readonly snaplen: number | null;
  readonly limits: { readonly seconds: number | null; readonly bytes: number | null; readonly packets: number | null };
  readonly ring: { readonly bytes: number; readonly files: number } | null;
}

/** Bytes of a file of a ring. */
const LEAST_FILE = 65_536;
const MOST = {
  minutes: 100_000,
  megabytes: 1_000_000,
  packets: 1_000_000_000_000,
  ringMegabytes: 100_000,
  ringFiles: 1_000,
} as const;

/** A number as it is typed in any of the languages, Persian and Arabic digits too; null where it is none. */
export function numberOf(text: string): number | null {
  const latin = text
    .trim()
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\s,٬]/g, '')
    .replace('٫', '.');
  return /^\d+(\.\d+)?$/.test(latin) ? Number(latin) : null;
}

export function requestOf(
  setup: Setup,
):
  | { readonly ok: true; readonly request: CaptureRequest }
  | { readonly ok: false; readonly problems: ReadonlyMap<Field, Problem> } {
  const problems = new Map<Field, Problem>();
  const amount = (field: keyof typeof MOST, wanted: boolean, whole: boolean): number | null => {
    if (!wanted) return null;
    const value = numberOf(setup[field]);
    if (value !== null && value > 0 && value <= MOST[field] && (!whole || Number.isInteger(value))) return value;
    problems.set(field, { kind: 'number', most: MOST[field] });
    return null;
  };
  const minutes = amount('minutes', setup.stop === 'time', false);
  const megabytes = amount('megabytes', setup.stop === 'size', false);
  const packets = amount('packets', setup.stop === 'packets', true);
  const ringMegabytes = amount('ringMegabytes', setup.ring, false);
  const ringFiles = amount('ringFiles', setup.ring, true);
  const filter = filterOf(setup, problems);
  if (problems.size > 0) return { ok: false, problems };
  return {
    ok: true,
    request: {
      filter,
      snaplen: SNAPLENS[setup.keep],
      limits: {
        seconds: minutes === null ? null : minutes * 60,
        bytes: megabytes === null ? null : Math.round(megabytes * 1e6),
        packets,
      },
      ring:
        ringMegabytes === null || ringFiles === null
          ? null
          : { bytes: Math.max(LEAST_FILE, Math.round(ringMegabytes * 1e6)), files: ringFiles },
    },
  };
}

function filterOf({ what, address, filter }: Setup, problems: Map<Field, Problem>): string | null {
  switch (what) {
    case 'all':
      return null;
    case 'names':
      return NAMES_FILTER;
    case 'address': {
      const made = addressFilter(address);
      if (made === null) problems.set('address', { kind: 'no-address' });
      return made;
    }
    case 'own': {
      const own = filter.trim();
      const name = nameInFilter(own);
      if (own === '') problems.set('filter', { kind: 'no-filter' });
      else if (name !== null) problems.set('filter', { kind: 'name', name });
      return own;
    }
  }
}

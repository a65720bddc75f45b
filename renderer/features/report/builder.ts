// What is being put together for the report of each capture: kept while the page is open, whatever screen is shown, and
// beyond it when the person saves it as a draft.

import { createStore } from 'zustand/vanilla';
import type { Incident } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import {
  DECLARED_FIELDS,
  type ReplacedValue,
  type ReportLanguage,
  type ReportRequest,
} from '../../../shared/contract/report.ts';
import type { CallResult } from '../../../shared/contract/service.ts';
import type { LanguageCode } from '../../ui/language.ts';
import { keyOf } from '../incident/disagreements.ts';

export const STEPS = ['incidents', 'vantage', 'words', 'redaction', 'export'] as const;
export type Step = (typeof STEPS)[number];

export type Options = Omit<ReportRequest, 'disagreements'>;

export interface Building {
  readonly options: Options;
  readonly step: Step;
  /** Values that were ticked, as they stood in the list. */
  readonly ticked: Readonly<Record<string, ReplacedValue>>;
  readonly printDisagreements: boolean;
  readonly isPdfWanted: boolean;
  /** The report can identify people, and its author knows. */
  readonly isExposureKnown: boolean;
  /** When the draft was last saved; null where it never was. */
  readonly savedAt: string | null;
  /** Something was changed since. */
  readonly isChanged: boolean;
}

export type Preview = CallResult<'report.preview'>;

/** What every step is given. */
export interface StepProps {
  readonly capture: string;
  readonly view: CaptureView;
  readonly building: Building;
  readonly preview: Preview | null;
}

export const LICENCE = 'CC BY 4.0';

export function reportLanguage(language: LanguageCode): ReportLanguage {
  return language === 'zh' ? 'zh-Hans' : language;
}

export function fresh(language: LanguageCode): Building {
  return {
    options: {
      incidents: [],
      language: reportLanguage(language),
      pseudonyms: 'numbered',
      payload: 'decoded',
      direction: 'both',
      keep: [],
      captureName: null,
      title: null,
      author: null,
      context: null,
      themes: [],
      licence: LICENCE,
      vantage: {},
      without: [],
      times: 'exact',
      rebaseTimestamps: false,
      networks: false,
      dated: true,
    },
    step: 'incidents',
    ticked: {},
    printDisagreements: true,
    isPdfWanted: true,
    isExposureKnown: false,
    savedAt: null,
    isChanged: false,
  };
}

export interface BuilderState {
  readonly reports: Readonly<Record<string, Building>>;
  readonly begin: (capture: string, building: Building) => void;
  readonly change: (capture: string, change: Partial<Building>) => void;
  readonly choose: (capture: string, options: Partial<Options>) => void;
}

export const builder = createStore<BuilderState>()((set) => {
  const update = (capture: string, make: (before: Building) => Building): void =>
    set(({ reports }) => {
      const before = reports[capture];
      return before === undefined ? {} : { reports: { ...reports, [capture]: make(before) } };
    });
  return {
    reports: {},
    begin: (capture, building) => set(({ reports }) => ({ reports: { ...reports, [capture]: building } })),
    change: (capture, change) => update(capture, (before) => ({ ...before, ...change })),
    choose: (capture, options) =>
      update(capture, (before) => ({ ...before, options: { ...before.options, ...options }, isChanged: true })),
  };
});

/** Ids that stay in the report, of those there are; without a choice all of them. */
export function chosenIncidents(options: Options, incidents: readonly Incident[]): readonly Incident[] {
  if (options.incidents.length === 0) return incidents;
  const chosen = incidents.filter(({ id }) => options.incidents.includes(id));
  // What was chosen may have been withdrawn by a later judgement
  return chosen.length === 0 ? incidents : chosen;
}

/** With or without one more; all and none are both written as no choice. */
export function toggled(ids: readonly string[], id: string, all: readonly string[]): string[] {
  const before = ids.length === 0 ? all : ids;
  const next = before.includes(id) ? before.filter((other) => other !== id) : [...before, id];
  return next.length === all.length ? [] : all.filter((other) => next.includes(other));
}

/** From the screen of an incident: the first one that is added begins the choice. */
export function added(ids: readonly string[], id: string): string[] {
  return ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
}

/** What is asked of the engine. */
export function requestOf(
  { options, printDisagreements }: Building,
  incidents: readonly Incident[],
  sha256: string | null,
  reasons: Readonly<Record<string, string>>,
): ReportRequest {
  const chosen = chosenIncidents(options, incidents);
  const disagreements = printDisagreements
    ? chosen.flatMap((incident) => {
        const text = reasons[keyOf(sha256, incident)];
        return text === undefined ? [] : [{ incident: incident.id, text }];
      })
    : [];
  return {
    ...options,
    incidents: options.incidents.length === 0 ? [] : chosen.map(({ id }) => id),
    title: filled(options.title),
    author: filled(options.author),
    context: filled(options.context),
    captureName: filled(options.captureName),
    licence: filled(options.licence) ?? LICENCE,
    vantage: Object.fromEntries(
      DECLARED_FIELDS.flatMap((field) => {
        const value = filled(options.vantage[field] ?? null);
        return value === null ? [] : [[field, value]];
      }),
    ),
    disagreements: disagreements.slice(0, 500),
  };
}

function filled(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** A draft as it was saved; disagreements are those of today. */
export function restored({ disagreements: _before, ...options }: ReportRequest, savedAt: string): Building {
  const ticked = Object.fromEntries(
    options.keep.map((original): [string, ReplacedValue] => [
      original,
      {
        kind: /^[\d.]+$|:/.test(original) ? 'remote-address' : 'name',
        label: '',
        original,
        replacement: '',
        places: 0,
      },
    ]),
  );
  return { ...fresh('en'), options, ticked, savedAt };
}

const ORDER = ['local-address', 'hardware-address', 'name', 'remote-address'] as const;

/** All that is replaced and all that was ticked, own things first. */
export function rowsOf(
  replaced: readonly ReplacedValue[],
  ticked: Building['ticked'],
  keep: readonly string[],
): (ReplacedValue & { readonly kept: boolean })[] {
  // A list that is older than the tick
  const rows = replaced.map((row) => ({ ...row, kept: mayStay(row) && keep.includes(row.original) }));
  const known = new Set(replaced.map(({ original }) => original));
  for (const original of keep) {
    const row = ticked[original];
    if (row !== undefined && !known.has(original)) rows.push({ ...row, kept: true });
  }
  return rows.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || number(a.label) - number(b.label));
}

function number(label: string): number {
  return Number(label.split('-').at(-1) ?? 0);
}

/** Own addresses and hardware are never printed. */
export function mayStay({ kind }: Pick<ReplacedValue, 'kind'>): boolean {
  return kind === 'remote-address' || kind === 'name';
}

export function wordCount(text: string | null): number {
  return (text ?? '').split(/\s+/u).filter((word) => word !== '').length;
}

/** Of a file that the report would be called: letters that every system takes. */
export function suggestedName(capture: string): string {
  const plain = capture
    .replace(/\.(pcap|pcapng|cap|gz|zst)\b/gi, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|[.-]+$/g, '');
  return `${plain.slice(0, 80) || 'capture'}-report`;
}

interface FileSize {
  readonly name: string;
  readonly bytes: number;
}

/** Ladders, of which a report may have thousands, as one line. */
export function gathered(files: readonly FileSize[]): readonly FileSize[] {
  const isLadder = ({ name }: FileSize): boolean => name.startsWith('ladder-');
  const ladders = files.filter(isLadder);
  if (ladders.length < 2) return files;
  const last = /\d+/.exec(ladders.at(-1)!.name)?.[0] ?? '';
  const bytes = ladders.reduce((sum, file) => sum + file.bytes, 0);
  const others = files.filter((file) => !isLadder(file));
  const line = { name: ladders[0]!.name.replace(/(\d+)/, `$1…${last}`), bytes };
  return [...others.slice(0, -1), line, ...others.slice(-1)];
}

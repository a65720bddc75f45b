// The report builder: what it is about, where it was seen from, what its author says, what is replaced, what is written;
// beside it the report itself as it would be.

import './report.css';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { DECLARED_FIELDS, REPORT_LANGUAGES, type ReportRequest } from '../../../shared/contract/report.ts';
import { failureOf } from '../../app/store.ts';
import { shellWords } from '../../app/words.ts';
import { useApp, useCall, useKeys, useRoute, useView } from '../../ui/hooks.ts';
import { LANGUAGE_FACTS, LANGUAGES, useLanguage, useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { disagreements } from '../incident/disagreements.ts';
import {
  type Building,
  builder,
  chosenIncidents,
  fresh,
  reportLanguage,
  requestOf,
  restored,
  STEPS,
  type StepProps,
  wordCount,
} from './builder.ts';
import { ExportStep } from './export-step.tsx';
import { IncidentsStep } from './incidents-step.tsx';
import { PaperPage } from './page.tsx';
import { RedactionStep } from './redaction-step.tsx';
import { VantageStep } from './vantage-step.tsx';
import { reportWords } from './words.ts';
import { WordsStep } from './words-step.tsx';
import { Writing } from './writing.tsx';

/** While somebody types, the preview waits for a pause. */
const PAUSE_MS = 400;

export function ReportBuilder({ capture }: { readonly capture: string }) {
  const words = useWords(reportWords);
  const view = useView(capture);
  const go = useRoute((state) => state.go);
  if (view === null) return null;
  if (view.state === 'done' || view.state === 'cancelled') return <Drafted capture={capture} view={view} />;
  return (
    <section className="empty">
      <p role="status">{view.state === 'gone' ? words.goneCapture : words.reading}</p>
      <button type="button" className="button" onClick={() => go({ screen: 'overview', capture, item: null })}>
        {words.overview}
      </button>
    </section>
  );
}

/** Begins with the draft that was saved of this capture, if there is one and nothing was begun since. */
function Drafted({ capture, view }: { readonly capture: string; readonly view: CaptureView }) {
  const language = useLanguage();
  const client = useApp((state) => state.client);
  const building = useStore(builder, (state) => state.reports[capture]);
  const [kept, setKept] = useState<'disk' | 'memory' | null>(null);
  useEffect(() => {
    let isGone = false;
    const begin = (made: Building): void => {
      const { reports, begin: start } = builder.getState();
      const before = reports[capture];
      if (isGone) return;
      if (before === undefined) start(capture, made);
      else if (before.savedAt === null && made.savedAt !== null) {
        // An incident was added before the builder was opened: the rest is the draft's
        const { incidents } = before.options;
        start(capture, { ...made, options: { ...made.options, incidents }, isChanged: true });
      }
    };
    client.call('report.draft', { capture }).then(
      ({ draft, kept: where }) => {
        if (!isGone) setKept(where);
        begin(draft === null ? fresh(language) : restored(draft.options, draft.savedAt));
      },
      () => begin(fresh(language)),
    );
    return () => {
      isGone = true;
    };
  }, [client, capture, language]);
  return building === undefined ? null : <Builder capture={capture} view={view} building={building} kept={kept} />;
}

function useSlowly<T>(value: T): T {
  const [slow, setSlow] = useState(value);
  const key = JSON.stringify(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the value
  useEffect(() => {
    const timer = setTimeout(() => setSlow(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return slow;
}

interface BuilderProps {
  readonly capture: string;
  readonly view: CaptureView;
  readonly building: Building;
  readonly kept: 'disk' | 'memory' | null;
}

function Builder({ capture, view, building, kept }: BuilderProps) {
  const words = useWords(reportWords);
  const shell = useWords(shellWords);
  const go = useRoute((state) => state.go);
  const reasons = useStore(disagreements, (state) => state.reasons);
  const { change } = builder.getState();
  const [isLarge, setLarge] = useState(false);
  const section = useRef<HTMLElement>(null);
  const sha256 = view.head?.capture.sha256 ?? null;
  const request = useMemo(
    () => requestOf(building, view.incidents, sha256, reasons),
    [building, view.incidents, sha256, reasons],
  );
  const asked = useCall('report.preview', { capture, options: useSlowly(request) });
  const preview = asked.state === 'failed' ? null : asked.result;
  const toStep = useCallback(
    (step: Building['step']) => {
      change(capture, { step });
      section.current?.focus();
      section.current?.scrollTo(0, 0);
    },
    [capture, change],
  );
  const { save, discard, problem } = useDraft(capture, building, request);
  useKeys({
    ...Object.fromEntries(STEPS.map((step, at) => [String(at + 1), () => toStep(step)])),
    'Ctrl+s': save,
    v: () => setLarge((before) => !before),
    Escape: () => (isLarge ? setLarge(false) : go({ screen: 'overview', capture, item: null })),
  });
  const step: StepProps = { capture, view, building, preview };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a key of the whole screen, also while typing
    <div
      className={isLarge ? 'report large' : 'report'}
      onKeyDown={(event) => {
        if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        save();
      }}
    >
      <Steps {...step} toStep={toStep}>
        <Draft building={building} kept={kept} save={save} discard={discard} problem={problem} />
      </Steps>
      <section ref={section} className="report-step" tabIndex={-1} hidden={isLarge}>
        {building.step === 'incidents' ? <IncidentsStep {...step} /> : null}
        {building.step === 'vantage' ? <VantageStep {...step} /> : null}
        {building.step === 'words' ? <WordsStep {...step} /> : null}
        {building.step === 'redaction' ? <RedactionStep {...step} /> : null}
        {building.step === 'export' ? <ExportStep {...step} toVantage={() => toStep('vantage')} /> : null}
      </section>
      <aside aria-label={words.preview}>
        <div className="report-preview">
          <p className="report-preview-bar">
            <span className="mut" role="status">
              {asked.state === 'asking' ? words.making : ''}
            </span>
            <span className="space" />
            <button type="button" className="button quiet" aria-pressed={isLarge} onClick={() => setLarge(!isLarge)}>
              {isLarge ? words.smaller : words.larger} <kbd>V</kbd>
            </button>
          </p>
          {asked.state === 'failed' ? (
            <p role="alert">
              {words.failed} {shell.failure[asked.failure.code]}
            </p>
          ) : null}
          {preview === null ? null : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must by keys too
            <section className="report-paper-scroll" tabIndex={0} aria-label={words.preview}>
              <PaperPage page={preview.page} label={words.preview} />
            </section>
          )}
        </div>
        <Writing {...step} request={request} />
      </aside>
    </div>
  );
}

function Steps({
  view,
  building,
  preview,
  capture,
  toStep,
  children,
}: StepProps & { readonly toStep: (step: Building['step']) => void; readonly children: ReactNode }) {
  const words = useWords(reportWords);
  const number = useNumber();
  const { choose } = builder.getState();
  const { options } = building;
  const written = wordCount(options.context) + wordCount(options.title) + wordCount(options.author);
  const stated = DECLARED_FIELDS.filter((field) => (options.vantage[field] ?? '').trim() !== '').length;
  const replaced = preview?.replaced.length ?? null;
  const notes: { readonly [K in (typeof STEPS)[number]]: string } = {
    incidents: words.ofAll(number(chosenIncidents(options, view.incidents).length), number(view.incidents.length)),
    vantage: words.statedOf(number(stated), number(DECLARED_FIELDS.length)),
    words: written === 0 ? words.nothingWritten : words.wordsWritten(number(written)),
    redaction: replaced === null ? '' : replaced === 0 ? words.nothingReplaced : words.replacedCount(number(replaced)),
    export: '',
  };
  return (
    <nav className="report-steps" aria-label={words.stepsLabel}>
      <h1>{words.title}</h1>
      <ol>
        {STEPS.map((step, at) => (
          <li key={step}>
            <button
              type="button"
              aria-current={building.step === step ? 'step' : undefined}
              aria-keyshortcuts={String(at + 1)}
              onClick={() => toStep(step)}
            >
              <span className="report-step-number">{number(at + 1)}</span>
              <span>
                {words.step[step]}
                <span className="report-step-note">{notes[step]}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <span className="space" />
      <label className="report-language">
        <span className="mut">{words.language}</span>
        <select
          className="field"
          value={options.language}
          onChange={(event) => {
            const language = REPORT_LANGUAGES.find((code) => code === event.target.value);
            if (language !== undefined) choose(capture, { language });
          }}
        >
          {LANGUAGES.map((code) => (
            <option key={code} value={reportLanguage(code)} lang={LANGUAGE_FACTS[code].tag}>
              {LANGUAGE_FACTS[code].name}
            </option>
          ))}
        </select>
        {options.language === 'en' ? null : <span className="mut">{words.unreviewed}</span>}
      </label>
      {children}
    </nav>
  );
}

function useDraft(capture: string, building: Building, request: ReportRequest) {
  const client = useApp((state) => state.client);
  const [problem, setProblem] = useState<string | null>(null);
  const shell = useWords(shellWords);
  const { change, begin } = builder.getState();
  const language = useLanguage();
  const save = (): void => {
    // Compared when it is done: what was typed meanwhile is not in it
    const saved = building.options;
    client.call('report.keepDraft', { capture, options: request }).then(
      ({ savedAt }) => {
        setProblem(null);
        const isSame = builder.getState().reports[capture]?.options === saved;
        change(capture, { savedAt, ...(isSame ? { isChanged: false } : {}) });
      },
      (error: unknown) => setProblem(shell.failure[failureOf(error).code]),
    );
  };
  const discard = (): void => {
    client.call('report.forgetDraft', { capture }).then(
      () => begin(capture, { ...fresh(language), step: building.step }),
      (error: unknown) => setProblem(shell.failure[failureOf(error).code]),
    );
  };
  return { save, discard, problem };
}

function Draft({
  building,
  kept,
  save,
  discard,
  problem,
}: {
  readonly building: Building;
  readonly kept: 'disk' | 'memory' | null;
  readonly save: () => void;
  readonly discard: () => void;
  readonly problem: string | null;
}) {
  const words = useWords(reportWords);
  const { savedAt, isChanged } = building;
  const time = savedAt === null ? '' : new Date(savedAt).toTimeString().slice(0, 5);
  return (
    <div className="report-draft">
      <p role="status" className="mut">
        {words.draft}: <bdi>{savedAt !== null && !isChanged ? words.draftSaved(time) : words.draftUnsaved}</bdi>
      </p>
      <p>
        <button type="button" className="button" aria-keyshortcuts="Control+S" onClick={save}>
          {words.saveDraft}
        </button>{' '}
        {savedAt === null && !isChanged ? null : (
          <button type="button" className="button quiet" onClick={discard}>
            {words.discardDraft}
          </button>
        )}
      </p>
      {problem === null ? null : <p role="alert">{problem}</p>}
      {kept === null ? null : <p className="mut">{kept === 'disk' ? words.draftDisk : words.draftMemory}</p>}
    </div>
  );
}

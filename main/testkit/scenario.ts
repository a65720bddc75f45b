// A scenario is a story on the wire and what the engine must make of it. Each is a test: it renders to capture bytes,
// goes through the whole engine, and its trace is a snapshot, so that reviewers read packets.

import { expect, it } from 'vitest';
import { type Analysis, analysisSchema, type Finding } from '../../shared/contract/analysis.ts';
import type { QualityKind } from '../../shared/domain/statements.ts';
import {
  atLeast,
  type Confidence,
  type Effect,
  type InterferenceKind,
  type Outcome,
  type Place,
  type Technique,
  type TriggerKind,
} from '../../shared/domain/vocabulary.ts';
import type { EngineOptions } from '../engine/engine.ts';
import { analyze } from './analyze.ts';
import { type Capture, writeCapture } from './capture.ts';
import { Net, type NetOptions } from './network.ts';
import { trace } from './trace.ts';

export interface ScenarioOptions extends NetOptions {
  /** What the capture was made to be: a function of cripplers.ts. Frames keep their numbers as their origin. */
  readonly crippled?: (capture: Capture) => Capture;
  /** What its user imported. */
  readonly lists?: EngineOptions['lists'];
}

/** What a finding must be. What is not named may be anything. */
export interface ExpectedFinding {
  readonly technique?: Technique;
  readonly trigger?: TriggerKind;
  readonly triggerAtLeast?: Confidence;
  readonly triggerAtMost?: Confidence;
  readonly interference?: InterferenceKind;
  readonly variant?: string;
  readonly confidence?: Confidence;
  readonly atLeast?: Confidence;
  readonly atMost?: Confidence;
  /** Domain or address. */
  readonly target?: string;
  readonly place?: Place;
  readonly effect?: Effect;
  readonly evidence?: readonly string[];
  /** Kinds of innocent explanations that must not have been passed over in silence. */
  readonly alternatives?: readonly string[];
  /** Findings about other targets as sure as it are part of the story. */
  readonly others?: 'expected';
  /** The frames it names as made by the interferer; unless said, those of the story, where it has any. */
  readonly forged?: 'as-told' | 'any';
}

export interface Innocence {
  /** The surest that a finding may be; `nothing` unless said. */
  readonly atMost?: Confidence | 'nothing';
  readonly outcome?: readonly [target: string, outcome: Outcome];
  readonly quality?: QualityKind;
}

interface Played {
  readonly analysis: Analysis;
  /** In the numbering of the capture as it was analyzed. */
  readonly forged: ReadonlySet<number>;
  readonly trace: string;
}

export interface Scenario {
  readonly title: string;
  /** At least one finding is like this, and none that is likely or surer is about anything else. */
  expect(finding: ExpectedFinding & { outcome?: readonly [target: string, outcome: Outcome] }): Scenario;
  /** Nobody interferes. */
  innocent(innocence?: Innocence): Scenario;
  /** The capture cannot tell: nothing is accused, and the quality entry says why. */
  cannotTell(quality: QualityKind): Scenario;
}

export function scenario(title: string, story: (net: Net) => void, options: ScenarioOptions = {}): Scenario {
  let played: Played | undefined;
  const once = (): Played => {
    played ??= play(story, options);
    return played;
  };
  const self: Scenario = {
    title,
    expect(wanted) {
      it(title, () => {
        const { analysis, forged, trace } = once();
        expect(trace).toMatchSnapshot();
        const found = analysis.findings.filter((finding) => isLike(finding, wanted));
        if (found.length === 0) throw new Error(`no finding is ${JSON.stringify(wanted)}; ${summary(analysis)}`);
        for (const finding of found) {
          const kinds = finding.evidence.map((evidence) => evidence.kind);
          expect(kinds).toEqual(expect.arrayContaining([...(wanted.evidence ?? [])]));
          const alternatives = finding.alternatives.map((alternative) => alternative.kind);
          expect(alternatives).toEqual(expect.arrayContaining([...(wanted.alternatives ?? [])]));
        }
        const accused = analysis.findings.filter(({ confidence }) => atLeast(confidence, 'likely'));
        const named = [...new Set(accused.flatMap((finding) => finding.frames.forged))].sort((a, b) => a - b);
        // Who is not sure accuses no frame.
        const sure = found.some(({ confidence }) => atLeast(confidence, 'likely'));
        if (wanted.forged !== 'any' && sure) expect(named).toEqual([...forged]);
        const others = wanted.others === 'expected' ? [] : accused.filter((finding) => !sameTarget(finding, found[0]!));
        expect(others.map(wordsOf)).toEqual([]);
        if (wanted.outcome !== undefined) expectOutcome(analysis, wanted.outcome);
      });
      return self;
    },
    innocent({ atMost = 'nothing', outcome, quality } = {}) {
      it(title, () => {
        const { analysis, trace } = once();
        expect(trace).toMatchSnapshot();
        const floor: Confidence = atMost === 'nothing' ? 'inconclusive' : atMost;
        const tooSure = analysis.findings.filter(
          ({ confidence }) => confidence !== floor && atLeast(confidence, floor),
        );
        expect(tooSure.map(wordsOf)).toEqual([]);
        if (outcome !== undefined) expectOutcome(analysis, outcome);
        if (quality !== undefined) expectQuality(analysis, quality);
      });
      return self;
    },
    cannotTell(quality) {
      it(title, () => {
        const { analysis, trace } = once();
        expect(trace).toMatchSnapshot();
        expect(analysis.findings.filter(({ confidence }) => confidence !== 'inconclusive').map(wordsOf)).toEqual([]);
        expectQuality(analysis, quality);
      });
      return self;
    },
  };
  return self;
}

function play(story: (net: Net) => void, options: ScenarioOptions): Played {
  const { crippled, lists, ...netOptions } = options;
  const net = new Net(netOptions);
  story(net);
  const { capture: whole, forged: made } = net.capture();
  const capture = crippled === undefined ? whole : crippled(whole);
  const forged = new Set(capture.frames.flatMap((frame, at) => (made.has(frame.number) ? [at + 1] : [])));
  const analysis = analyze(writeCapture(capture), lists === undefined ? {} : { lists });
  analysisSchema.parse(analysis);
  return { analysis, forged, trace: trace(capture, forged) };
}

function isLike(finding: Finding, wanted: ExpectedFinding): boolean {
  const { trigger, interference, confidence, target } = finding;
  return (
    (wanted.technique === undefined || finding.techniques.includes(wanted.technique)) &&
    (wanted.trigger === undefined || trigger.kind === wanted.trigger) &&
    (wanted.triggerAtLeast === undefined || atLeast(trigger.confidence, wanted.triggerAtLeast)) &&
    (wanted.triggerAtMost === undefined || atLeast(wanted.triggerAtMost, trigger.confidence)) &&
    (wanted.interference === undefined || interference.kind === wanted.interference) &&
    (wanted.variant === undefined || interference.variant === wanted.variant) &&
    (wanted.confidence === undefined || confidence === wanted.confidence) &&
    (wanted.atLeast === undefined || atLeast(confidence, wanted.atLeast)) &&
    (wanted.atMost === undefined || atLeast(wanted.atMost, confidence)) &&
    (wanted.target === undefined || target.domain === wanted.target || target.address === wanted.target) &&
    (wanted.place === undefined || finding.place === wanted.place) &&
    (wanted.effect === undefined || finding.effect === wanted.effect)
  );
}

function sameTarget(finding: Finding, other: Finding): boolean {
  if (finding.causedBy !== null) return true;
  return finding.target.domain !== null && other.target.domain !== null
    ? finding.target.domain === other.target.domain
    : finding.target.address === other.target.address;
}

function expectOutcome(analysis: Analysis, [name, outcome]: readonly [string, Outcome]): void {
  const targets = analysis.targets.filter(({ domain, addresses }) => domain === name || addresses.includes(name));
  expect(
    targets.map((target) => target.outcome),
    `outcomes of ${name}`,
  ).toContain(outcome);
}

function expectQuality(analysis: Analysis, kind: QualityKind): void {
  expect(analysis.capture.quality.map((quality) => quality.kind)).toContain(kind);
}

export function wordsOf(finding: Finding): string {
  const { trigger, interference, confidence, target, techniques } = finding;
  return (
    `${finding.id} ${confidence} ${interference.kind}/${interference.variant} because of ${trigger.kind} ` +
    `${trigger.value} (${trigger.confidence}) against ${target.domain ?? target.address}:${target.port} ` +
    `[${techniques.join(' ')}] ${finding.place} ${finding.effect}; forged ${finding.frames.forged.join(',') || '-'}; ` +
    finding.evidence.map(({ kind, role }) => (role === 'supports' ? kind : `${role} ${kind}`)).join(', ')
  );
}

export function summary(analysis: Analysis): string {
  const findings = analysis.findings.map(wordsOf);
  const quality = analysis.capture.quality.map(({ kind, count }) => `${kind} ${count}`);
  return `findings: ${findings.join('\n  ') || 'none'}; quality: ${quality.join(', ') || 'good'}`;
}

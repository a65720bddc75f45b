// A story on the wire and every judgement that the engine makes of it, one line each: what was done, how surely, to whom,
// when, with what effect and where, because of what, and whom it resembles. Frames that the interferer made have to be
// named exactly, and what set it off has to be pointed at.

import { expect, it } from 'vitest';
import { type Analysis, analysisSchema, type Finding } from '../../shared/contract/analysis.ts';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { analyze } from './analyze.ts';
import { writeCapture } from './capture.ts';
import { Net } from './network.ts';
import type { ScenarioOptions } from './scenario.ts';

export interface Told {
  /** Different judgements, in the order of their first frames; what is equal is listed once. */
  readonly judged: readonly string[];
  readonly like?: readonly string[];
  readonly outcomes?: Readonly<Record<string, string>>;
  /** `telegram web blocked`. */
  readonly surfaces?: readonly string[];
  /** Who is not sure accuses no frame; neither does who cannot see the copies that a capture folded. */
  readonly forged?: 'none';
}

export function told(title: string, story: (net: Net) => void, wanted: Told, options: ScenarioOptions = {}): void {
  it(title, () => {
    const { crippled, ...netOptions } = options;
    const net = new Net(netOptions);
    story(net);
    const { capture: whole, forged: made } = net.capture();
    const capture = crippled === undefined ? whole : crippled(whole);
    const forged = capture.frames.flatMap((frame, at) => (made.has(frame.number) ? [at + 1] : []));
    const analysis = analysisSchema.parse(analyze(writeCapture(capture)));
    const { findings } = analysis;
    expect([...new Set(findings.map(lineOf))]).toEqual(wanted.judged);
    const sure = findings.filter(({ confidence }) => atLeast(confidence, 'likely'));
    const named = new Set(sure.flatMap(({ frames }) => frames.forged));
    expect([...named].sort((a, b) => a - b)).toEqual(wanted.forged === 'none' ? [] : forged);
    for (const { trigger, frames } of findings) {
      if (trigger.kind === 'tls-sni' || trigger.kind === 'http-host') expect(frames.trigger).not.toEqual([]);
    }
    if (wanted.like !== undefined) expect(systemsOf(findings)).toEqual(wanted.like);
    for (const [name, outcome] of Object.entries(wanted.outcomes ?? {})) {
      expect([name, outcomesOf(analysis, name)]).toEqual([name, outcome]);
    }
    if (wanted.surfaces !== undefined) expect(surfacesOf(analysis)).toEqual(wanted.surfaces);
  });
}

/** `confirmed rst-injection/rst to-client after client-hello: stopped, path; tls-sni possible`. */
function lineOf({ confidence, interference, stage, effect, place, trigger, causedBy }: Finding): string {
  const { kind, variant, direction } = interference;
  const cause = causedBy === null ? '' : '; caused';
  const because = trigger.kind === 'unknown' ? 'unknown' : `${trigger.kind} ${trigger.confidence}`;
  return `${confidence} ${kind}/${variant} ${direction} after ${stage}: ${effect}, ${place}; ${because}${cause}`;
}

function systemsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.flatMap(({ attribution }) => attribution.map(({ system }) => system)))].sort();
}

/** Of all transports but DNS, whose answers alone are not what people want. */
function outcomesOf({ targets }: Analysis, name: string): string {
  const about = targets.filter(({ domain, addresses }) => domain === name || addresses.includes(name));
  const connections = about.filter(({ transport }) => transport !== 'dns');
  return [...new Set((connections.length > 0 ? connections : about).map(({ outcome }) => outcome))].join(' ');
}

function surfacesOf({ services }: Analysis): string[] {
  return services.flatMap(({ service, surfaces }) =>
    surfaces.filter(({ state }) => state !== 'not-seen').map(({ surface, state }) => `${service} ${surface} ${state}`),
  );
}

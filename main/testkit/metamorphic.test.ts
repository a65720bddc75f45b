// What must stay and what must change when a capture of known truth is changed in a known way. No expected results are
// written down here: each follows from the change.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analysis, Finding } from '../../shared/contract/analysis.ts';
import { serviceOfAddress, serviceOfName } from '../../shared/domain/services.ts';
import { atLeast, rank } from '../../shared/domain/vocabulary.ts';
import { analyze } from './analyze.ts';
import { type Capture, dissect, readCapture, TCP, writeCapture } from './capture.ts';
import {
  cutTo,
  doubledAsAny,
  doubledAsSpan,
  likeGenuine,
  mergedByOffload,
  oneDirection,
  readdressed,
  renamed,
  shifted,
  withFrameAfter,
  withoutFrames,
  withoutHandshakes,
} from './cripplers.ts';
import { labelledCaptures, samples } from './labelled.ts';
import { LINKTYPE, type LinkKind, frame as linkFrame, tcp } from './packets.ts';
import { summary, wordsOf } from './scenario.ts';

/** A capture with what is true of it. */
interface Subject {
  readonly name: string;
  readonly capture: Capture;
  readonly analysis: Analysis;
  readonly forged: ReadonlySet<number>;
  /** The interferer threw packets away as well, so that something is left when its own are taken out. */
  readonly drops: boolean;
  /** Names and addresses that were interfered with; null: those of the unchanged capture's findings. */
  readonly victims: ReadonlySet<string>;
}

/** Larger captures are told by their truth alone, and would take most of the time here. */
const LARGE = 300_000;

const sure = (analysis: Analysis): Finding[] =>
  analysis.findings.filter(({ confidence }) => atLeast(confidence, 'likely'));
const ends = ({ target }: Finding): string[] => [target.address, ...(target.domain === null ? [] : [target.domain])];

function ofSamples(): Subject[] {
  return samples().map(({ slug, path, truth }) => {
    const bytes = readFileSync(path);
    const victims = truth.interference.flatMap(({ domain, addresses }) => [
      ...addresses,
      ...(domain === null ? [] : [domain]),
    ]);
    return {
      name: slug,
      capture: readCapture(bytes),
      analysis: analyze(bytes),
      forged: new Set(truth.interference.flatMap(({ forgedFrames }) => forgedFrames)),
      drops: truth.interference.some(
        ({ droppedByCensor, forgedFrames }) => droppedByCensor > 0 || forgedFrames.length === 0,
      ),
      victims: new Set(victims),
    };
  });
}

function ofLabelled(): Subject[] {
  const wanted = labelledCaptures().filter(({ kind, file }) => kind === 'positive' || file.startsWith('benign/lab/'));
  return wanted.flatMap(({ file, path, forged }) => {
    const bytes = readFileSync(path);
    if (bytes.length > LARGE) return [];
    const analysis = analyze(bytes);
    return [
      {
        name: basename(file),
        capture: readCapture(bytes),
        analysis,
        forged: new Set(forged),
        drops: true,
        victims: new Set(sure(analysis).flatMap(ends)),
      },
    ];
  });
}

const own = ofSamples();
const shared = ofLabelled();
const all = [...own, ...shared];
const named = (subjects: readonly Subject[]): [string, Subject][] => subjects.map((subject) => [subject.name, subject]);
const withForged = all.filter(({ forged }) => forged.size > 0);
const innocent = own.filter(({ victims }) => victims.size === 0);

const again = (capture: Capture): Analysis => analyze(writeCapture(capture));

/** Frame numbers of a changed capture, as they were before. */
function originsOf(capture: Capture, frames: readonly number[]): number[] {
  return [...new Set(frames.map((frame) => capture.frames[frame - 1]!.number))].sort((a, b) => a - b);
}

/** What a finding says apart from names, addresses, times and services. */
function essence({
  confidence,
  techniques,
  trigger,
  interference,
  stage,
  effect,
  place,
  frames,
  evidence,
}: Finding): unknown {
  const kinds = evidence.map(({ kind, role }) => `${role} ${kind}`).sort();
  return {
    confidence,
    techniques,
    trigger: [trigger.kind, trigger.confidence],
    interference,
    stage,
    effect,
    place,
    frames,
    kinds,
  };
}

describe.runIf(shared.length === 0)('labelled captures', () => {
  it.skip(
    'are not beside the project: the samples alone are tried (a folder ../shared/captures with labels.tsv adds them)',
  );
});

describe('without what the interferer made', () => {
  it.each(named(withForged))('%s', (_, { capture, analysis, forged, drops }) => {
    const rest = again(withoutFrames(capture, forged));
    // Frames that were forged make findings of these kinds; silence that remains is a finding in its own right.
    const kinds = new Set(
      sure(analysis)
        .filter(({ frames }) => frames.forged.length > 0)
        .map(({ interference }) => interference.kind),
    );
    const left = sure(rest).filter(({ interference }) => (drops ? kinds.has(interference.kind) : true));
    expect(left.map(wordsOf)).toEqual([]);
  });
});

describe('names, addresses and times do not matter', () => {
  const touched = all.filter(({ analysis }) => analysis.findings.length > 0);

  it.each(named(touched))('another name: %s', (_, { capture, analysis }) => {
    // Names of services are known, and what is known of them may count.
    // and one that stands in QUIC, under encryption, cannot be changed here.
    const fixed = new Set(analysis.targets.flatMap(({ domain, transport }) => (transport === 'quic' ? [domain] : [])));
    const names = new Set(
      analysis.targets.flatMap(({ domain }) =>
        domain === null || serviceOfName(domain) !== null || fixed.has(domain) ? [] : [domain],
      ),
    );
    const other = (name: string): string => {
      const [label = '', ...rest] = name.split('.');
      const turned = label.replace(/[a-z]/g, (letter) =>
        String.fromCharCode(((letter.charCodeAt(0) - 97 + 11) % 26) + 97),
      );
      return [label === 'www' ? label : turned, ...rest].join('.');
    };
    const changed = [...names].reduce((current, name) => renamed(current, name, other(name)), capture);
    expect(again(changed).findings.map(essence)).toEqual(analysis.findings.map(essence));
  });

  it.each(named(touched))('other addresses: %s', (_, { capture, analysis }) => {
    const servers = new Set<string>();
    const resolvers = new Set<string>();
    for (const frame of capture.frames) {
      const at = dissect(frame);
      if (at?.tcp != null && (at.tcp.flags & (TCP.syn | TCP.ack)) === TCP.syn) servers.add(at.destination);
      if (at !== null && at.destinationPort === 53) resolvers.add(at.destination);
    }
    const first = new Map<string, number>();
    const fresh = [77, 78, 81, 84, 88, 109, 130, 138, 141, 143, 153, 159];
    const map = (address: string): string => {
      const [a = '', ...rest] = address.split('.');
      const isKept =
        ['10', '127', '172', '192', '100', '169', '198', '203', '0'].includes(a) || serviceOfAddress(address) !== null;
      if (!servers.has(address) || resolvers.has(address) || isKept) return address;
      if (!first.has(a)) first.set(a, fresh[first.size % fresh.length]!);
      return [first.get(a)!, ...rest].join('.');
    };
    expect(again(readdressed(capture, map)).findings.map(essence)).toEqual(analysis.findings.map(essence));
  });

  it.each(named(touched))('a year later: %s', (_, { capture, analysis }) => {
    expect(again(shifted(capture, 31_536_000)).findings.map(essence)).toEqual(analysis.findings.map(essence));
  });
});

describe('forged like genuine', () => {
  const ofResets = withForged.filter(({ analysis }) =>
    analysis.findings.some(({ interference }) => interference.kind === 'rst-injection'),
  );
  const IDENTITY = ['ttl-differs', 'df-differs', 'ip-id-mirrors-peer', 'window-mirrors-peer', 'window-nonzero'];

  it.each(named(ofResets))('%s', (_, { capture, analysis, forged }) => {
    const careful = again(likeGenuine(capture, forged));
    const strongest = (of: Analysis): number =>
      Math.max(
        -1,
        ...of.findings
          .filter(({ interference }) => interference.kind === 'rst-injection')
          .map(({ confidence }) => rank(confidence)),
      );
    expect(strongest(careful)).toBeLessThanOrEqual(strongest(analysis));
    // Where every packet is there twice, with two TTLs, the forger cannot know which one to take.
    if (analysis.capture.linkTypes.includes('linux-sll2')) return;
    const identity = sure(careful)
      .filter(({ frames }) => frames.forged.some((frame) => forged.has(frame)))
      .flatMap(({ evidence }) => evidence.filter(({ kind, role }) => role === 'supports' && IDENTITY.includes(kind)));
    expect(identity).toEqual([]);
  });
});

describe('one forged reset among innocent ones is found', () => {
  it.each(named(innocent))('%s', (_, { capture }) => {
    const request = capture.frames.find((frame) => {
      const at = dissect(frame);
      if (at?.tcp == null || at.v6 || at.end - at.payload < 50 || ![80, 443].includes(at.destinationPort)) return false;
      // Something must come after it, so that the reset is the first end of this connection.
      return capture.frames.some((later) => {
        const other = dissect(later);
        return (
          later.number > frame.number &&
          other?.tcp != null &&
          other.sourcePort === at.destinationPort &&
          other.destinationPort === at.sourcePort &&
          other.end > other.payload
        );
      });
    });
    if (request === undefined) return;
    const at = dissect(request)!;
    const link = (Object.keys(LINKTYPE) as LinkKind[]).find((kind) => LINKTYPE[kind] === request.linkType)!;
    const changed = withFrameAfter(capture, request.number, () =>
      linkFrame(
        tcp(
          { source: at.destination, destination: at.source, ttl: 201, id: at.id, df: false },
          {
            sourcePort: at.destinationPort,
            destinationPort: at.sourcePort,
            seq: at.tcp!.ack,
            ack: at.tcp!.seq + at.end - at.payload,
            flags: 'RA',
            window: at.tcp!.window,
          },
        ),
        { kind: link },
      ),
    );
    const found = again(changed);
    const accused = sure(found).map(({ frames }) => originsOf(changed, frames.forged));
    expect(accused, summary(found)).toEqual([[-1]]);
  });
});

/** `keeps`: nothing that was found may be lost by it. */
const CRIPPLERS: readonly { how: string; cripple: (capture: Capture) => Capture; keeps: boolean; ownOnly?: true }[] = [
  { how: 'only what clients sent', cripple: (capture) => oneDirection(capture, 'from-client'), keeps: false },
  { how: 'only what clients received', cripple: (capture) => oneDirection(capture, 'to-client'), keeps: false },
  { how: 'cut to 54 bytes', cripple: (capture) => cutTo(capture, 54), keeps: false },
  { how: 'cut to 128 bytes', cripple: (capture) => cutTo(capture, 128), keeps: false, ownOnly: true },
  { how: 'without handshakes', cripple: withoutHandshakes, keeps: false },
  { how: 'doubled by `any`', cripple: doubledAsAny, keeps: true },
  { how: 'doubled by a mirror port', cripple: doubledAsSpan, keeps: true, ownOnly: true },
  { how: 'merged by offload', cripple: mergedByOffload, keeps: true, ownOnly: true },
];

describe.each(CRIPPLERS)('$how: the right verdict or none', ({ cripple, keeps, ownOnly }) => {
  it.each(named(ownOnly ? own : all))('%s', (_, { capture, analysis, forged, victims, drops }) => {
    const crippled = cripple(capture);
    const result = again(crippled);
    const findings = sure(result);
    const wrong = findings.filter(
      (finding) => finding.causedBy === null && !ends(finding).some((end) => victims.has(end)),
    );
    expect(wrong.map(wordsOf)).toEqual([]);
    if (forged.size > 0 && !drops) {
      const named = findings.flatMap(({ frames }) => originsOf(crippled, frames.forged));
      expect(named.filter((number) => !forged.has(number))).toEqual([]);
    }
    if (!keeps) return;
    const still = new Set(result.findings.flatMap(ends));
    const lost = sure(analysis).filter((finding) => !ends(finding).some((end) => still.has(end)));
    expect(lost.map(wordsOf)).toEqual([]);
  });
});

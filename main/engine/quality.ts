// What keeps the capture from telling more, and which techniques were judged in spite of it.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { Params, QualityKind } from '../../shared/domain/statements.ts';
import { TECHNIQUES, type Technique } from '../../shared/domain/vocabulary.ts';
import type { CaptureReader } from '../capture-file/reader.ts';
import { DETECTORS } from '../detect/registry.ts';
import type { QualityItem } from '../incident/compose.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import { ownToolSummary } from '../observe/own-tool.ts';
import { isReadableLinkType, linkTypeName, type PassedOver } from '../wire/packet.ts';

/** Techniques judged by what did not come. */
const BY_SILENCE: readonly Technique[] = ['sni-filtering', 'ip-null-routing', 'dns-blocking'];
/** Techniques that need the bytes behind the headers. */
const BY_CONTENT: readonly Technique[] = ['sni-filtering', 'dns-poisoning', 'dns-blocking', 'http-filtering'];
/** Shares of all packets or flows from which on the whole capture counts as affected. */
const MOST = 0.5;

export interface QualityCounts {
  readonly reader: CaptureReader;
  /** Times were taken by a program and not by the kernel. */
  readonly userTimes: boolean;
  readonly passedOver: PassedOver;
  readonly backwardSteps: number;
  readonly cutFrames: number;
  readonly offloaded: number;
  readonly duplicates: number;
  readonly evictedByCap: number;
  readonly withoutJournal: number;
  readonly snapshotsDropped: number;
  readonly midStream: number;
  /** The compressed stream around the capture ends too early. */
  readonly compressedTruncated: boolean;
}

export function qualityOf(base: EvidenceBase, counts: QualityCounts): QualityItem[] {
  const items: QualityItem[] = [];
  const add = (kind: QualityKind, count: number, params: Params = {}, prevents: readonly Technique[] = []): void => {
    if (count > 0) items.push({ kind, params, count, prevents });
  };
  const { reader, passedOver } = counts;
  const problems = reader.problemCounts;
  const first = (kind: string): Params => reader.problems.find((problem) => problem.kind === kind)?.params ?? {};
  const { capture } = base;
  const packets = Math.max(1, reader.packets);

  add('snaplen', counts.cutFrames, {}, counts.cutFrames / packets > MOST ? BY_CONTENT : []);
  add('one-way', capture.oneWayFlows, { share: capture.oneWayShare }, capture.oneWayShare > MOST ? BY_SILENCE : []);
  add('mid-stream', counts.midStream);
  add('duplicated', counts.duplicates, { share: capture.duplicatedShare });
  add('drops', capture.drops, {}, BY_SILENCE);
  add('offload', counts.offloaded);
  add('clock', counts.backwardSteps + (problems.clock ?? 0));
  if (counts.userTimes) add('clock', 1, { measured: 'program' });
  add('truncated', (problems.truncated ?? 0) + (counts.compressedTruncated ? 1 : 0), first('truncated'));
  const damaged =
    (problems.damaged ?? 0) +
    (problems.oversized ?? 0) +
    (problems['captured-above-original'] ?? 0) +
    (problems['unknown-interface'] ?? 0) +
    (problems['no-time'] ?? 0);
  add('damaged', damaged, first('damaged'));
  const own = ownToolSummary(base);
  if (own !== null) add('own-tool', own.count, { frames: own.frames });
  for (const [linkType, count] of passedOver.linkTypes)
    add('link-type', count, { linkType: linkTypeName(linkType), number: linkType });
  for (const [tunnel, count] of passedOver.tunnels) add('link-type', count, { linkType: tunnel });
  add('budget', counts.evictedByCap + counts.withoutJournal + counts.snapshotsDropped);
  return items;
}

/** For every technique: judged by which rule, and what kept the rule from judging all it could. */
export function checkedTechniques(base: EvidenceBase, readsSomething: boolean): Analysis['checked'] {
  return TECHNIQUES.map((technique) => {
    const detector = DETECTORS.find(({ judges }) => judges.includes(technique));
    if (detector === undefined) return { technique, rule: null, state: 'not-run', because: null };
    const because = readsSomething ? detector.limitedBy(base) : 'link-type';
    return {
      technique,
      rule: detector.rules?.[technique] ?? detector.rule,
      state: because === null ? 'run' : 'limited',
      because,
    };
  });
}

export function readsSomething(reader: CaptureReader): boolean {
  return reader.interfaces.length === 0 || reader.interfaces.some(({ linkType }) => isReadableLinkType(linkType));
}

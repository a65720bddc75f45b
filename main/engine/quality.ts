// What keeps the capture from telling more, and which techniques were judged in spite of it.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { Params, QualityKind } from '../../shared/domain/statements.ts';
import { TECHNIQUES, type Technique } from '../../shared/domain/vocabulary.ts';
import type { CaptureReader } from '../capture-file/reader.ts';
import { DETECTORS } from '../detect/registry.ts';
import type { QualityItem } from '../incident/compose.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import { ownToolSummary } from '../observe/own-tool.ts';
import { isReadableLinkType, linkTypeName, type PassedOver, tunnelNumber } from '../wire/packet.ts';

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
  /** Packets that were read. */
  readonly followed: number;
  readonly backwardSteps: number;
  readonly cutFrames: number;
  readonly offloaded: number;
  readonly duplicates: number;
  /** Frames of IEEE 802.11 sent once more. */
  readonly sentAgain: number;
  readonly evictedByCap: number;
  readonly withoutJournal: number;
  readonly snapshotsDropped: number;
  /** DNS exchanges that nothing is kept of. */
  readonly queriesRefused: number;
  /** Older things that made room for new ones. */
  readonly letGo: number;
  /** Targets that did: nobody is told how attempts at them went. */
  readonly targetsForgotten: number;
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
  add('duplicated', counts.duplicates + counts.sentAgain, { share: capture.duplicatedShare });
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
  for (const [tunnel, count] of passedOver.tunnels) {
    const number = tunnelNumber(tunnel);
    add('link-type', count, number === null ? { linkType: tunnel } : { linkType: tunnel, number });
  }
  add('wifi-encrypted', passedOver.encrypted, {}, isMostlyEncrypted(counts) ? TECHNIQUES : []);
  add('wifi-damaged', passedOver.corrupted, {}, passedOver.corrupted > counts.followed * MOST ? BY_SILENCE : []);
  add('budget', counts.evictedByCap + counts.withoutJournal + counts.snapshotsDropped);
  add('budget', counts.queriesRefused, { what: 'queries' });
  add('let-go', counts.letGo);
  add('let-go', counts.targetsForgotten, { what: 'targets' });
  return items;
}

/** For every technique: judged by which rule, and what kept the rule from judging all it could. */
export function checkedTechniques(base: EvidenceBase, unreadable: QualityKind | null): Analysis['checked'] {
  return TECHNIQUES.map((technique) => {
    const detector = DETECTORS.find(({ judges }) => judges.includes(technique));
    if (detector === undefined) return { technique, rule: null, state: 'not-run', because: null };
    const because = unreadable ?? detector.limitedBy(base);
    return {
      technique,
      rule: detector.rules?.[technique] ?? detector.rule,
      state: because === null ? 'run' : 'limited',
      because,
    };
  });
}

/** What keeps nearly all of the capture from being read, or null. */
export function unreadable(counts: Pick<QualityCounts, 'reader' | 'passedOver' | 'followed'>): QualityKind | null {
  const { interfaces } = counts.reader;
  if (interfaces.length > 0 && !interfaces.some(({ linkType }) => isReadableLinkType(linkType))) return 'link-type';
  return isMostlyEncrypted(counts) ? 'wifi-encrypted' : null;
}

/** Of the frames with data; beacons and acknowledgements, which are most of what a radio hears, say nothing of it. */
function isMostlyEncrypted({ passedOver, followed }: Pick<QualityCounts, 'passedOver' | 'followed'>): boolean {
  return passedOver.encrypted > followed;
}

// The innocent explanations that every report goes through, whether or not a detector weighed them.

import type { Finding, Quality } from '../contract/analysis.ts';
import type { AlternativeKind, QualityKind } from '../domain/statements.ts';
import {
  CHECKLIST_ITEMS,
  type Check,
  type ChecklistItem,
  type ChecklistReason,
  type ChecklistState,
} from './schema.ts';

/** Where each alternative of a detector is listed; a new one does not compile without a row. */
const ITEM_OF: { readonly [K in AlternativeKind]: ChecklistItem } = {
  'server-closed': 'server-closed',
  'server-down': 'server-closed',
  'host-down': 'server-closed',
  'server-overloaded': 'server-closed',
  'keep-alive-race': 'server-closed',
  'idle-timeout': 'server-closed',
  'deferred-accept': 'server-closed',
  'server-policy': 'server-policy',
  'server-firewall': 'server-policy',
  'server-without-quic': 'server-policy',
  'silent-by-design': 'server-policy',
  'server-pacing': 'server-policy',
  'speed-limit': 'gateway',
  'load-balancer': 'server-policy',
  'local-filter': 'local-filter',
  'own-tool': 'local-filter',
  'client-aborted': 'local-filter',
  'home-router': 'gateway',
  'captive-portal': 'gateway',
  'nat-timeout': 'gateway',
  'middlebox-proxy': 'gateway',
  'network-down': 'loss',
  'ipv6-broken': 'loss',
  'packet-loss': 'loss',
  congestion: 'loss',
  'mtu-black-hole': 'loss',
  'older-segment-reordered': 'loss',
  'anycast-rehash': 'loss',
  'routing-accident': 'loss',
  'happy-eyeballs': 'loss',
  'cdn-rotation': 'dns-variation',
  'split-horizon': 'dns-variation',
  'filtering-resolver': 'dns-variation',
  'name-does-not-exist': 'dns-variation',
  'resolver-failure': 'dns-variation',
  'resolver-down': 'dns-variation',
  'unseen-query': 'dns-variation',
  'capture-duplicates': 'capture',
  'capture-incomplete': 'capture',
};

/** What a capture may lack that could explain what was seen. */
const LACKS: ReadonlySet<QualityKind> = new Set([
  'snaplen',
  'one-way',
  'mid-stream',
  'drops',
  'offload',
  'truncated',
  'damaged',
  'wifi-encrypted',
  'wifi-damaged',
  'budget',
  'let-go',
]);

const WORST: readonly ChecklistState[] = ['ruled-out', 'weakened', 'open'];

type Alternative = Finding['alternatives'][number];

export function checklistOf(findings: readonly Finding[], quality: readonly Quality[]): Check[] {
  const alternatives = merged(findings);
  return CHECKLIST_ITEMS.map((item): Check => {
    const by = alternatives.filter(({ kind }) => itemOf(kind) === item);
    if (by.length > 0) {
      const state = by.reduce<ChecklistState>(
        (worst, { status }) => (WORST.indexOf(status) > WORST.indexOf(worst) ? status : worst),
        'ruled-out',
      );
      return { item, state, by, reason: null };
    }
    const [state, reason] = unweighed(item, findings, quality);
    return { item, state, by: [], reason };
  });
}

function itemOf(kind: string): ChecklistItem | undefined {
  return Object.hasOwn(ITEM_OF, kind) ? ITEM_OF[kind as AlternativeKind] : undefined;
}

/** One of a kind: as the finding says that leaves most open. */
function merged(findings: readonly Finding[]): Alternative[] {
  const worst = new Map<string, Alternative>();
  for (const finding of findings) {
    for (const item of finding.alternatives) {
      const before = worst.get(item.kind);
      if (before === undefined || WORST.indexOf(item.status) > WORST.indexOf(before.status)) worst.set(item.kind, item);
    }
  }
  return [...worst.values()];
}

function unweighed(
  item: ChecklistItem,
  findings: readonly Finding[],
  quality: readonly Quality[],
): [ChecklistState, ChecklistReason] {
  const isDns = findings.some(({ dns }) => dns !== null);
  const shows = (...kinds: readonly string[]): boolean =>
    findings.some((finding) => finding.evidence.some(({ kind }) => kinds.includes(kind)));
  switch (item) {
    case 'dns-variation':
    case 'stale-cache':
      return isDns ? ['not-examined', 'not-weighed'] : ['does-not-apply', 'no-dns-involved'];
    case 'capture':
      return quality.some(({ kind }) => LACKS.has(kind))
        ? ['open', 'capture-lacks']
        : ['ruled-out', 'capture-is-whole'];
    case 'clock':
      return quality.some(({ kind }) => kind === 'clock') ? ['open', 'clock-jumps'] : ['ruled-out', 'clock-is-steady'];
    case 'ttl-mirroring':
      if (shows('ttl-differs')) return ['ruled-out', 'ttl-differs'];
      return shows('ttl-equal', 'identity-equal') ? ['open', 'ttl-equal'] : ['not-examined', 'not-weighed'];
    default:
      return ['not-examined', 'not-weighed'];
  }
}

// What the page itself says; what is said about captures comes from the result and from shared/i18n. In one table, so
// that a language can be added beside it.

import { count } from './format.ts';

export type ProblemKind =
  | 'empty'
  | 'too-large'
  | 'too-many'
  | 'unreadable'
  | 'not-json'
  | 'no-result'
  | 'other-version';

export const words = {
  title: 'Blockscope',
  subtitle: 'reader of results',
  open: 'Open results (Ctrl+O)',
  drop: 'Drop result files to open them',
  reading: (files: number) => `Reading ${count(files, 'file')}`,
  opened: (captures: number) => (captures === 0 ? 'Nothing is open.' : `${count(captures, 'capture')} open`),
  problems: 'Files that could not be opened',
  dismiss: 'Dismiss',
  welcome: {
    title: 'Open the results of an analysis',
    what: 'Choose files, drop them here, or press Ctrl+O (Cmd+O). A result file is made by the command line:',
    command: 'blockscope analyze --format json --output result.json capture.pcapng',
    privacy: 'The files stay in this page. It loads nothing and sends nothing.',
    notYet: 'This page reads results. It does not open captures, and it does not record.',
  },
  problem: {
    empty: () => 'the file is empty.',
    'too-large': (limit) => `the file is larger than this page reads (${limit}). Analyze fewer captures into one file.`,
    'too-many': (limit) => `no more than ${limit} captures can be open at once; the others were left out.`,
    unreadable: () => 'the browser could not read the file. Was it moved or changed?',
    'not-json': (where) =>
      `not JSON${where === null ? '' : ` (${where})`}. Captures are analyzed by the command line: blockscope analyze --format json --output result.json <capture>`,
    'no-result': (where) => `not a result of blockscope analyze (${where}).`,
    'other-version': (where) => `a result of another version (${where}); this page reads blockscope.analysis/1.`,
  } satisfies { readonly [K in ProblemKind]: (where: string | null) => string },

  captures: 'Captures',
  service: 'Service',
  capture: 'Capture',
  close: (path: string) => `Close ${path}`,
  closeWord: 'Close',
  notSeen: 'not seen',
  noInterference: 'No interference was recognised. That is no proof that nothing is blocked.',
  lookedAt: 'Looked at',
  incomplete: (where: string) => `Incomplete: reading stopped${where}. What follows holds for what was read.`,
  stoppedAfter: (frame: string, reason: string) => ` after frame ${frame} (${reason})`,
  atByte: (offset: string) => `At byte ${offset} of the uncompressed capture.`,
  interferenceIsPossible: 'interference is possible',
  verdict: 'Verdict',
  services: 'Services',
  timeline: 'Timeline',
  timelineOf: (zone: string) => `Incidents by technique and time (${zone})`,
  timelineTable: 'The same as a table',
  timelineMore: (more: number) => `${count(more, 'further incident')} not drawn; the file holds all.`,
  otherLane: 'Other',
  incidents: 'Incidents',
  technique: 'Technique',
  target: 'Target',
  confidence: 'Confidence',
  outcome: 'Outcome',
  from: 'From',
  to: 'To',
  findingsOf: (id: string) => `Findings of ${id}`,
  nextSteps: 'What to do next',
  trigger: 'because of',
  triggerUnknown: 'What set it off is unknown.',
  evidence: { supports: 'Evidence for', contradicts: 'Evidence against', neutral: 'Also seen' },
  alternatives: 'What else could explain it',
  alternative: { open: 'open', weakened: 'weakened', 'ruled-out': 'ruled out' },
  controls: 'Comparisons in this capture',
  worked: 'worked',
  failed: 'failed',
  frames: 'Frames',
  frameRoles: { trigger: 'trigger', forged: 'forged', genuine: 'genuine', affected: 'affected' },
  framesMore: (more: number) => `and ${more} more`,
  connection: 'Connection',
  question: 'Question',
  answers: 'Answers',
  noAnswer: 'none',
  forged: 'forged',
  causedBy: (id: string) => `A consequence of ${id}.`,
  withdrawn: 'withdrawn',
  resemblance: 'Who did it: resemblance and distance',
  looksLike: (system: string, matched: string, source: string) =>
    `Looks like ${system}: ${matched}. Source: ${source}.`,
  distance: (hops: number | null, basis: string) =>
    `${hops === null ? 'Distance of the interferer unknown' : `Interferer about ${count(hops, 'hop')} away`} (${basis}); a TTL can be faked.`,
  more: (more: number, what: string) => `and ${count(more, what)} not shown; the file holds all.`,
  targets: 'Targets',
  attempts: 'Attempts',
  succeeded: 'Succeeded',
  failedAttempts: 'Failed',
  nameFromDns: 'name from DNS',
  quality: 'Quality of the capture',
  limits: (techniques: string) => `Limits: ${techniques}.`,
  checked: 'What was checked',
  checkedState: { run: 'judged', limited: 'limited', 'not-run': 'not judged' },
  cannotTell: 'What this capture cannot tell',
  aboutCapture: 'About the capture',
  sha256: 'SHA-256',
  takenAt: (role: string, basis: string) => `taken at the ${role} (${basis})`,
  packets: 'packet',
  coverage: [
    ['tcp', 'TCP connection', 'TCP connections'],
    ['tlsHellos', 'TLS hello', 'TLS hellos'],
    ['dnsQueries', 'DNS query', 'DNS queries'],
    ['httpRequests', 'HTTP request', 'HTTP requests'],
    ['quicInitials', 'QUIC hello', 'QUIC hellos'],
  ],
} as const;

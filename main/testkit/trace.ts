// A capture as text in packetdrill's notation, one line a frame, for reviewers and snapshots: what happened is read, not
// decoded. Sequence numbers are relative to the flow's first SYN of each side.
//
//   5   +0.084  203.0.113.7:443 > 10.0.0.2:50000  R. 1:1(0) ack 518 win 0  ttl 249 id 0 -df  forged

import { type Capture, type CaptureFrame, type Dissection, dissect } from './capture.ts';

const LETTERS = [
  [1, 'F'],
  [2, 'S'],
  [4, 'R'],
  [8, 'P'],
  [32, 'U'],
  [64, 'E'],
  [128, 'W'],
  [16, '.'],
] as const;

export function trace(capture: Capture, forged: ReadonlySet<number> = new Set()): string {
  const isns = new Map<string, number>();
  const start = capture.frames[0]?.time ?? 0n;
  const lines = capture.frames.map((frame, index) => {
    const number = index + 1;
    const seconds = Number(frame.time - start) / 1e9;
    const what = describe(frame, isns);
    return [`${number}`.padStart(3), `+${seconds.toFixed(4)}`.padStart(9), what, forged.has(number) ? 'forged' : '']
      .join('  ')
      .trimEnd();
  });
  return `\n${lines.join('\n')}\n`;
}

function describe(frame: CaptureFrame, isns: Map<string, number>): string {
  const at = dissect(frame);
  if (at === null) return `${frame.original} bytes`;
  const bracket = (address: string): string => (at.v6 ? `[${address}]` : address);
  const from = `${bracket(at.source)}:${at.sourcePort}`;
  const to = `${bracket(at.destination)}:${at.destinationPort}`;
  const identity = `ttl ${at.ttl}${at.v6 ? '' : ` id ${at.id}${at.df ? '' : ' -df'}`}`;
  const cut = frame.bytes.length < frame.original ? `  cut to ${frame.bytes.length}` : '';
  const doubled = outgoingWord(frame);
  if (at.fragment) return `${at.source} > ${at.destination}  fragment  ${identity}${cut}`;
  const content = contentOf(frame, at);
  if (at.tcp === null) {
    const ported = at.protocol === 17;
    const ends = ported ? `${from} > ${to}` : `${at.source} > ${at.destination}`;
    return `${ends}  ${ported ? `udp (${at.end - at.payload})` : 'icmp'}${content}  ${identity}${doubled}${cut}`;
  }
  const { seq, ack, flags, window } = at.tcp;
  const key = `${from} ${to}`;
  if ((flags & 2) !== 0 && (!isns.has(key) || (flags & 16) === 0)) isns.set(key, seq);
  const own = isns.get(key);
  const peer = isns.get(`${to} ${from}`);
  const relative = (value: number, isn: number | undefined): number => (isn === undefined ? value : (value - isn) | 0);
  const letters = LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  const reserved = flags >> 8 === 0 ? '' : `+0x${(flags & 0xf00).toString(16)}`;
  const length = at.end - at.payload;
  const first = relative(seq, own);
  const acknowledges = (flags & 16) === 0 ? '' : ` ack ${relative(ack, peer)}`;
  return (
    `${from} > ${to}  ${letters.join('') || '-'}${reserved} ${first}:${first + length}(${length})${acknowledges} ` +
    `win ${window}  ${identity}${content}${doubled}${cut}`
  );
}

function outgoingWord(frame: CaptureFrame): string {
  if (frame.linkType === 113) return frame.bytes[1] === 4 ? '  out' : '  in';
  if (frame.linkType === 276) return frame.bytes[10] === 4 ? '  out' : '  in';
  return '';
}

/** A word or two on the payload: names, statuses and addresses only. */
function contentOf(frame: CaptureFrame, at: Dissection): string {
  const bytes = frame.bytes.subarray(at.payload, at.end);
  if (at.protocol === 1 || at.protocol === 58) return ` ${frame.bytes[at.transport]}/${frame.bytes[at.transport + 1]}`;
  if (bytes.length === 0) return '';
  const text = String.fromCharCode(...bytes.subarray(0, 400));
  if (at.protocol === 17 && (at.sourcePort === 53 || at.destinationPort === 53)) {
    const answers = ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0);
    const isAnswer = ((bytes[2] ?? 0) & 0x80) !== 0;
    return isAnswer ? ` answer rcode ${(bytes[3] ?? 0) & 15}, ${answers} records` : ' query';
  }
  const head = text.match(/^(?:GET|POST|HEAD) \S+|^HTTP\/1\.[01] \d+/);
  if (head !== null) return `  ${head[0]}`;
  if (bytes[0] === 22 && bytes[5] === 1) return '  ClientHello';
  if (bytes[0] === 22 && bytes[5] === 2) return '  ServerHello';
  if (bytes[0] === 21 && bytes.length < 32) return `  Alert ${bytes[6]}`;
  return '';
}

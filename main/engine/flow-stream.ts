// Follow-stream: what the two ends of a flow said, put in order from its packets.

import type { CallResult, PacketRow } from '../../shared/contract/service.ts';

type Turn = CallResult<'flow.stream'>['turns'][number];

export interface Piece {
  readonly row: PacketRow;
  readonly bytes: Uint8Array;
  /** On the wire; of which `bytes` were captured. */
  readonly length: number;
  /** Null in UDP. */
  readonly seq: number | null;
  readonly isForged: boolean;
}

/** Pieces that came before the bytes in front of them wait here, of each direction. */
const MAX_WAITING = 256;

/** What two ends said, in the order of the sequence numbers of each and of time between them. */
export class StreamOfFlow {
  readonly #limit: number;
  readonly #turns: { turn: Omit<Turn, 'data'>; data: Uint8Array[] }[] = [];
  readonly #next: [number | null, number | null] = [null, null];
  readonly #waiting: [Piece[], Piece[]] = [[], []];
  #size = 0;
  cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: Piece): void {
    const side = piece.row.fromClient === true ? 0 : 1;
    // A forged packet is told apart: it is no part of either stream
    if (piece.seq === null || piece.isForged) {
      this.#append(piece, piece.bytes, 0);
      return;
    }
    this.#next[side] ??=
      piece.row.tcp?.relativeSeq === null ? piece.seq : (piece.seq - ((piece.row.tcp?.relativeSeq ?? 1) - 1)) >>> 0;
    const waiting = this.#waiting[side];
    waiting.push(piece);
    waiting.sort((a, b) => (a.seq! - b.seq!) | 0 || a.row.frame - b.row.frame);
    this.#drain(side, waiting.length > MAX_WAITING);
  }

  #drain(side: 0 | 1, isForced: boolean): void {
    const waiting = this.#waiting[side];
    while (waiting.length > 0) {
      const piece = waiting[0]!;
      const ahead = (piece.seq! - this.#next[side]!) | 0;
      if (ahead > 0 && !isForced) return;
      isForced = false;
      waiting.shift();
      // A number far ahead or behind is no stream's
      const missing = ahead > 0 && ahead < 1 << 30 ? ahead : 0;
      const known = ahead < 0 ? -ahead : 0;
      if (known >= piece.length) continue;
      this.#append(piece, piece.bytes.subarray(Math.min(known, piece.bytes.length)), missing);
      this.#next[side] = (piece.seq! + piece.length) >>> 0;
      const lost = piece.length - Math.max(known, piece.bytes.length);
      if (lost > 0) this.#lost[side] += lost;
    }
  }

  /** Bytes of the last piece that were not captured. */
  readonly #lost: [number, number] = [0, 0];

  #append(piece: Piece, bytes: Uint8Array, missing: number): void {
    const fromClient = piece.row.fromClient === true;
    const side = fromClient ? 0 : 1;
    missing += piece.isForged ? 0 : this.#lost[side];
    if (!piece.isForged) this.#lost[side] = 0;
    if (this.#size + bytes.length > this.#limit) {
      bytes = bytes.subarray(0, this.#limit - this.#size);
      this.cut = true;
    }
    if (bytes.length === 0 && missing === 0) return;
    this.#size += bytes.length;
    const last = this.#turns.at(-1);
    const goesOn =
      last !== undefined && last.turn.fromClient === fromClient && last.turn.forged === piece.isForged && missing === 0;
    if (goesOn && piece.seq !== null) {
      last.turn.frames.push(piece.row.frame);
      last.data.push(bytes);
      return;
    }
    this.#turns.push({
      turn: { fromClient, offset: piece.row.offset, frames: [piece.row.frame], missing, forged: piece.isForged },
      data: [bytes],
    });
  }

  result(): CallResult<'flow.stream'> {
    for (const side of [0, 1] as const) {
      while (this.#waiting[side].length > 0 && !this.cut) this.#drain(side, true);
    }
    return {
      turns: this.#turns.map(({ turn, data }) => ({ ...turn, data: joined(data) })),
      cut: this.cut,
    };
  }
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

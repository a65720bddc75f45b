// What the first payload of a connection looks like to a filter that lets pass whatever is like a known protocol and drops
// the rest: Algorithm 1 of Wu et al., "How the Great Firewall of China Detects and Blocks Fully Encrypted Traffic"
// (USENIX Security 2023).

export interface PayloadShape {
  readonly length: number;
  /** Bits set for each byte: 4 in what is random. */
  readonly bitsPerByte: number;
  readonly printableShare: number;
  readonly longestPrintable: number;
  /** Something in it exempts it: text, a tilt of its bits, or the beginning of TLS or HTTP. */
  readonly isExempt: boolean;
}

const LEAST_BITS = 3.4;
const MOST_BITS = 4.6;
const LEADING_PRINTABLE = 6;
const LONGEST_RUN = 20;
const PRINTABLE_SHARE = 0.5;
/** The beginning is what is looked at; more says no more. */
const MAX_LENGTH = 1_460;

/** Bits set in each byte. */
const BITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
});

export function payloadShape(bytes: Uint8Array, start: number, end: number): PayloadShape {
  const stop = Math.min(end, start + MAX_LENGTH);
  const length = stop - start;
  let bits = 0;
  let printable = 0;
  let run = 0;
  let longest = 0;
  let leading = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at]!;
    bits += BITS[byte]!;
    if (byte >= 0x20 && byte <= 0x7e) {
      printable++;
      run++;
      if (run > longest) longest = run;
      if (run === at - start + 1) leading = run;
    } else run = 0;
  }
  const bitsPerByte = length === 0 ? 0 : bits / length;
  const printableShare = length === 0 ? 0 : printable / length;
  const isExempt =
    length === 0 ||
    bitsPerByte <= LEAST_BITS ||
    bitsPerByte >= MOST_BITS ||
    leading >= LEADING_PRINTABLE ||
    longest > LONGEST_RUN ||
    printableShare > PRINTABLE_SHARE ||
    isTls(bytes, start, stop);
  return { length: end - start, bitsPerByte, printableShare, longestPrintable: longest, isExempt };
}

/** A record of handshake or data of any version; HTTP begins with six printable bytes and more. */
function isTls(bytes: Uint8Array, start: number, end: number): boolean {
  const type = bytes[start];
  return end - start >= 3 && (type === 0x16 || type === 0x17) && bytes[start + 1] === 3 && bytes[start + 2]! <= 9;
}

// Bytes as people read them.

/** Printable ASCII and line ends as they are, everything else as a dot: bytes of a capture never become markup or tricks. */
export function readable(data: Uint8Array): string {
  let text = '';
  for (const byte of data) {
    if (byte === 10 || byte === 9 || (byte >= 32 && byte < 127)) text += String.fromCharCode(byte);
    else if (byte !== 13) text += '·';
  }
  return text;
}

export interface HexRow {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** `0000  16 03 01 …  ......` */
  readonly text: string;
}

export function hexRows(data: Uint8Array, perRow = 16): readonly HexRow[] {
  const rows: HexRow[] = [];
  for (let offset = 0; offset < data.length; offset += perRow) {
    const bytes = data.subarray(offset, offset + perRow);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...bytes].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    rows.push({
      offset,
      bytes,
      text: `${offset.toString(16).padStart(4, '0')}  ${hex.padEnd(perRow * 3 - 1)}  ${text}`,
    });
  }
  return rows;
}

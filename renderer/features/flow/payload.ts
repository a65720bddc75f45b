// Bytes of a stream as people read them.

const utf8 = new TextDecoder('utf-8');

/** Controls but line ends and tabs, marks that turn the direction of writing, what is no UTF-8; joiners belong to letters. */
const UNREADABLE = /[^\P{Cc}\n\t]|[^\P{Cf}\u200c\u200d]|[\u2028\u2029\ufffd]/gu;

/** Text in UTF-8, and a dot for each thing else: what was captured never becomes markup or plays tricks. */
export function readable(data: Uint8Array): string {
  return utf8.decode(data).replaceAll('\r\n', '\n').replace(UNREADABLE, '·');
}

/** Share of bytes that are printable ASCII, tabs and line ends: whether it is worth showing as text. */
export function isText(data: Uint8Array): boolean {
  const looked = data.subarray(0, 512);
  if (looked.length === 0) return true;
  let plain = 0;
  for (const byte of looked) if (byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127)) plain++;
  // Text in other scripts is mostly bytes above 127 that are valid UTF-8
  return plain / looked.length > 0.85 || !utf8.decode(looked.subarray(0, -4)).includes('\ufffd');
}

// A message as one binary frame and back, for ways that carry bytes only. A frame is the length of the header (4 bytes,
// little-endian), 4 bytes of zero, the header as JSON, then the bytes of each typed array at a multiple of 8. In the
// header a typed array is null; `arrays` says where it belongs. What is read is hostile: nothing but the frame's own
// length decides how much is taken, and whatever does not fit gives null.

// Every platform that this runs on has them; `shared` names no platform's types.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };

type Path = readonly (string | number)[];
interface ArrayEntry {
  readonly path: Path;
  readonly type: 'u8' | 'u32';
  /** Of elements. */
  readonly length: number;
}

/** Typed arrays of one message; a timeline has one for each lane. */
const MAX_ARRAYS = 4_096;
/** How deep a typed array may lie. */
const MAX_DEPTH = 16;
const HEAD = 8;

const aligned = (at: number): number => Math.ceil(at / 8) * 8;

/** Typed arrays taken out of a value; containers on the way to one are copied, everything else stays as it is. */
function taken(value: unknown, path: (string | number)[], out: { entry: ArrayEntry; bytes: Uint8Array }[]): unknown {
  if (value instanceof Uint8Array) {
    out.push({ entry: { path: [...path], type: 'u8', length: value.length }, bytes: value });
    return null;
  }
  if (value instanceof Uint32Array) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    out.push({ entry: { path: [...path], type: 'u32', length: value.length }, bytes });
    return null;
  }
  if (typeof value !== 'object' || value === null || path.length >= MAX_DEPTH) return value;
  let copy: Record<string | number, unknown> | null = null;
  const each = (key: string | number, item: unknown): void => {
    if (typeof item !== 'object' || item === null) return;
    path.push(key);
    const kept = taken(item, path, out);
    path.pop();
    if (kept === item) return;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
    copy[key] = kept;
  };
  if (Array.isArray(value)) value.forEach((item, at) => void each(at, item));
  else for (const key of Object.keys(value)) each(key, (value as Record<string, unknown>)[key]);
  return copy ?? value;
}

export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { entry: ArrayEntry; bytes: Uint8Array }[] = [];
  const plain = taken(message, [], arrays);
  const header = new TextEncoder().encode(JSON.stringify({ message: plain, arrays: arrays.map(({ entry }) => entry) }));
  let size = HEAD + header.length;
  for (const { bytes } of arrays) size = aligned(size) + bytes.length;
  const frame = new Uint8Array(size);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  frame.set(header, HEAD);
  let at = HEAD + header.length;
  for (const { bytes } of arrays) {
    at = aligned(at);
    frame.set(bytes, at);
    at += bytes.length;
  }
  return frame;
}

/** The message of a frame; null where it is none. Typed arrays are views of the frame where it lies aligned. */
export function decodeFrame(frame: Uint8Array): { readonly message: unknown } | null {
  if (frame.length < HEAD) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > frame.length - HEAD) return null;
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(HEAD, HEAD + length)));
  } catch {
    return null;
  }
  if (!isRecord(header) || !Array.isArray(header.arrays) || header.arrays.length > MAX_ARRAYS) return null;
  if (!Object.hasOwn(header, 'message')) return null;
  let at = HEAD + length;
  for (const entry of header.arrays as unknown[]) {
    if (!isEntry(entry)) return null;
    at = aligned(at);
    const bytes = entry.type === 'u8' ? entry.length : entry.length * 4;
    if (bytes > frame.length - at) return null;
    if (!put(header.message, entry.path, arrayAt(frame, at, entry))) return null;
    at += bytes;
  }
  return at === frame.length ? { message: header.message } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEntry(value: unknown): value is ArrayEntry {
  if (!isRecord(value) || (value.type !== 'u8' && value.type !== 'u32')) return false;
  if (!Number.isSafeInteger(value.length) || (value.length as number) < 0) return false;
  const { path } = value;
  return (
    Array.isArray(path) &&
    path.length > 0 &&
    path.length <= MAX_DEPTH &&
    path.every((step) => typeof step === 'string' || (Number.isSafeInteger(step) && step >= 0))
  );
}

function arrayAt(frame: Uint8Array, at: number, { type, length }: ArrayEntry): Uint8Array | Uint32Array {
  if (type === 'u8') return frame.subarray(at, at + length);
  const start = frame.byteOffset + at;
  if (start % 4 === 0) return new Uint32Array(frame.buffer, start, length);
  return new Uint32Array(frame.slice(at, at + length * 4).buffer);
}

/** Puts the array where its null stands; a place that is not there, or holds something else, is refused. */
function put(message: unknown, path: Path, array: Uint8Array | Uint32Array): boolean {
  let holder = message;
  path.forEach((step, depth) => {
    if (typeof holder !== 'object' || holder === null || depth === path.length - 1) return;
    holder = Object.hasOwn(holder, step) ? (holder as Record<string | number, unknown>)[step] : null;
  });
  const last = path[path.length - 1]!;
  // An own `__proto__`, as JSON can make one, is no place of ours
  if (typeof holder !== 'object' || holder === null || last === '__proto__' || !Object.hasOwn(holder, last))
    return false;
  if ((holder as Record<string | number, unknown>)[last] !== null) return false;
  (holder as Record<string | number, unknown>)[last] = array;
  return true;
}

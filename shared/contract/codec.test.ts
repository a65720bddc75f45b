import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.ts';

const array = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint32Array({ maxLength: 20 }));
const message = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    array,
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

test('A message comes out of its frame as it went in, wherever the frame lies in memory', () => {
  fc.assert(
    fc.property(message, fc.integer({ min: 0, max: 7 }), (value, shift) => {
      const frame = encodeFrame({ value });
      const moved = new Uint8Array(frame.length + shift).subarray(shift);
      moved.set(frame);
      expect(decodeFrame(moved)).toEqual({ message: { value } });
    }),
  );
});

test('Typed arrays start at multiples of 8', () => {
  const frame = encodeFrame({ a: new Uint8Array([0xa1]), b: new Uint32Array([0xb2b3b4b5]) });
  expect(frame.indexOf(0xa1) % 8).toBe(0);
  expect(frame.lastIndexOf(0xb5) % 8).toBe(0);
});

test('What is sent is left as it was', () => {
  const data = new Uint8Array([1, 2]);
  const sent = { type: 'event', payload: { deep: [{ data }] } };
  encodeFrame(sent);
  expect(sent.payload.deep[0]!.data).toBe(data);
});

test('Arbitrary bytes give a message or nothing, and a damaged frame never throws', () => {
  const whole = encodeFrame({ a: new Uint32Array([1, 2, 3]), b: 'text', c: [new Uint8Array(9)] });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), fc.nat(255), (bytes, at, value) => {
      decodeFrame(bytes);
      const damaged = whole.slice();
      damaged[at] = value;
      decodeFrame(damaged);
      decodeFrame(whole.subarray(0, at));
    }),
  );
});

function framed(header: unknown, after: number): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + text.length) / 8) * 8;
  const frame = new Uint8Array(after === 0 ? 8 + text.length : start + after);
  new DataView(frame.buffer).setUint32(0, text.length, true);
  frame.set(text, 8);
  return frame;
}

test.each([
  ['an array longer than the frame', { message: { a: null }, arrays: [{ path: ['a'], type: 'u8', length: 9 }] }, 8],
  ['an array of 2^53 bytes', { message: { a: null }, arrays: [{ path: ['a'], type: 'u32', length: 2 ** 53 - 1 }] }, 8],
  ['a negative length', { message: { a: null }, arrays: [{ path: ['a'], type: 'u8', length: -8 }] }, 8],
  ['bytes that belong to nothing', { message: { a: null }, arrays: [] }, 8],
  ['a place that is not there', { message: {}, arrays: [{ path: ['a'], type: 'u8', length: 8 }] }, 8],
  ['a place that is taken', { message: { a: 'x' }, arrays: [{ path: ['a'], type: 'u8', length: 8 }] }, 8],
  ['a place of the prototype', { message: {}, arrays: [{ path: ['__proto__', 'x'], type: 'u8', length: 8 }] }, 8],
  ['no place', { message: null, arrays: [{ path: [], type: 'u8', length: 8 }] }, 8],
  ['an unknown type', { message: { a: null }, arrays: [{ path: ['a'], type: 'f64', length: 1 }] }, 8],
  ['no message', { arrays: [] }, 0],
  ['no list of arrays', { message: 1 }, 0],
])('A frame with %s is refused', (_what, header, after) => {
  expect(decodeFrame(framed(header, after))).toBeNull();
});

test('A header that claims to be longer than its frame is refused', () => {
  const frame = encodeFrame({ a: 1 });
  new DataView(frame.buffer).setUint32(0, 0xffff_ffff, true);
  expect(decodeFrame(frame)).toBeNull();
});

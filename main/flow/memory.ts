// Memory that the kernel commits page by page as it is used, aligned to pages so that a record of 64 bytes never
// straddles two cache lines. An ordinary ArrayBuffer starts 16 bytes off.

declare const WebAssembly: { Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer } };

export function lazyBytes(bytes: number): ArrayBuffer {
  const pages = Math.max(1, Math.ceil(bytes / 65_536));
  return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
}

export function lazyWords(words: number): Int32Array<ArrayBuffer> {
  return new Int32Array(lazyBytes(words * 4), 0, words);
}

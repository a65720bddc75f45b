// What stands in a PDF as Chromium writes it: the letters of its pages by each font's own table, and every stream unpacked.
// As much of ISO 32000 as such a file uses; a test says whether it still is enough.

import { inflateSync } from 'node:zlib';

interface Stream {
  readonly head: string;
  readonly bytes: Buffer;
}

function streamsOf(pdf: Buffer): Map<number, Stream> {
  const text = pdf.toString('latin1');
  const found = new Map<number, Stream>();
  for (const match of text.matchAll(/(\d+) 0 obj\s*(<<[\s\S]*?>>)\s*(?:stream\r?\n|endobj)/g)) {
    const head = match[2]!;
    const length = /\/Length (\d+)/.exec(head)?.[1];
    if (length === undefined || !match[0].includes('stream')) continue;
    const from = match.index + match[0].length;
    const raw = pdf.subarray(from, from + Number(length));
    try {
      found.set(Number(match[1]), { head, bytes: head.includes('/FlateDecode') ? inflateSync(raw) : raw });
    } catch {
      found.set(Number(match[1]), { head, bytes: raw });
    }
  }
  return found;
}

interface Font {
  /** Hexadecimal digits of a glyph's number. */
  readonly digits: number;
  readonly letters: ReadonlyMap<number, string>;
}

/** Glyph numbers to letters (§9.10.3). */
function fontOf(map: string): Font {
  const digits = /begincodespacerange\s*<([0-9a-f]+)>/i.exec(map)?.[1]?.length ?? 4;
  const found = new Map<number, string>();
  const utf16 = (hex: string): string => Buffer.from(hex, 'hex').swap16().toString('utf16le');
  for (const [, block] of map.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, code, to] of block!.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f]+)>/gi)) {
      found.set(Number.parseInt(code!, 16), utf16(to!));
    }
  }
  for (const [, block] of map.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, from, last, to] of block!.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f]+)>\s*<([0-9a-f]+)>/gi)) {
      const first = Number.parseInt(from!, 16);
      const start = Number.parseInt(to!, 16);
      for (let code = first; code <= Number.parseInt(last!, 16); code++) {
        found.set(code, String.fromCodePoint(start + code - first));
      }
    }
  }
  return { digits, letters: found };
}

/** `text`: of all pages, a line for each piece that was drawn. `streams`: everything else that was packed, fonts aside. */
export function pdfText(bytes: Uint8Array): { readonly text: string; readonly streams: readonly Buffer[] } {
  const pdf = Buffer.from(bytes);
  const source = pdf.toString('latin1');
  const streams = streamsOf(pdf);
  const fonts = new Map<string, Font>();
  for (const [, name, font] of source.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const head = new RegExp(`(?:^|\\s)${font} 0 obj\\s*<<[\\s\\S]*?endobj`).exec(source)?.[0] ?? '';
    const table = /\/ToUnicode (\d+) 0 R/.exec(head)?.[1];
    const map = table === undefined ? undefined : streams.get(Number(table));
    if (map !== undefined) fonts.set(name!, fontOf(map.bytes.toString('latin1')));
  }
  const pieces: string[] = [];
  for (const { bytes: content } of streams.values()) {
    const drawn = content.toString('latin1');
    if (!/\bTj\b|\bTJ\b/.test(drawn)) continue;
    let font: Font = { digits: 4, letters: new Map() };
    for (const [whole, name, hex] of drawn.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]*)>|\bET\b/g)) {
      if (name !== undefined) font = fonts.get(name) ?? font;
      else if (whole === 'ET') pieces.push('\n');
      else {
        for (let at = 0; at + font.digits <= hex!.length; at += font.digits) {
          pieces.push(font.letters.get(Number.parseInt(hex!.slice(at, at + font.digits), 16)) ?? '\ufffd');
        }
      }
    }
  }
  const others = [...streams.values()].filter(({ head }) => !/\/Length1|\/FontFile|CIDFontType0C|OpenType/.test(head));
  return { text: pieces.join(''), streams: others.map((stream) => stream.bytes) };
}

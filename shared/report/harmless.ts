// Names in captures are chosen by strangers. Here they lose what could act on a reader's screen, spreadsheet or page.

/** Controls, bidirectional overrides and isolates, zero-width and other invisible characters, halves of pairs. Not the
 * non-joiner between two Arabic letters, which is spelling. */
const INVISIBLE =
  /(?!(?<=[\p{Script=Arabic}\p{M}])\u200c(?=\p{Script=Arabic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Most texts, and much quicker to tell. */
const PLAIN = /^[ -~]*$/;
const PLAIN_LINES = /^[ -~\n]*$/;

/** Invisible characters written out: `\u{202E}`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(
    INVISIBLE,
    (found) => `\\u{${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}}`,
  );
}

/** The same for text of several lines and of scripts that need joiners: an author's own words. */
export function visibleProse(text: string): string {
  return text
    .split(/\r\n?|\n/)
    .map((line) =>
      line.replace(INVISIBLE, (found) => (found === '\u200c' || found === '\u200d' ? found : visible(found))),
    )
    .join('\n');
}

export function html(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Any ASCII punctuation that Markdown or its extensions give a meaning to, links without markup among them. */
export function markdown(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]<>#|~&$@^]/g, '\\$&')
    .replace(
      /^(\s*)([-+=]|\d+[.)](?=\s|$))/,
      (_, space: string, mark: string) => `${space}${mark.slice(0, -1)}\\${mark.slice(-1)}`,
    )
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}\\.`)
    .replaceAll('://', '\\:\\/\\/')
    .replace(/!\\\[/g, '\\!\\[');
}

/** A spreadsheet runs what begins so as a formula, also behind spaces; numbers stay numbers. */
const FORMULA = /^\s*[=+\-@\t\r|%]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const plain = visible(value);
  const safe = FORMULA.test(plain) && !NUMBER.test(plain) ? `'${plain}` : plain;
  return /[",;\n\r\t']/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(head: readonly string[], rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  // RFC 4180 ends lines with CR LF
  return `${[head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** JSON whose invisible characters are escaped, so that what an editor shows is what stands there. */
export function json(value: unknown): string {
  const raw = JSON.stringify(value, null, 2);
  if (PLAIN_LINES.test(raw)) return `${raw}\n`;
  const text = raw.replace(INVISIBLE, (found) =>
    found === '\n'
      ? found
      : Array.from(
          { length: found.length },
          (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`,
        ).join(''),
  );
  return `${text}\n`;
}

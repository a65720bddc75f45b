// Comma-separated values as RFC 4180 has them: quoted fields may hold commas, line ends and doubled quotes.

export interface CsvRow {
  /** Line on which it begins, from 1. */
  readonly line: number;
  /** Null: it could not be taken apart. */
  readonly fields: readonly string[] | null;
}

/** Characters of one row; whatever is longer is no row of a list. */
const MAX_ROW = 65_536;

export function* csvRows(text: string): Generator<CsvRow> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const began = line;
    const start = at;
    const fields: string[] = [];
    let isBroken = false;
    for (;;) {
      let field = '';
      if (text[at] === '"') {
        const close = closingQuote(text, at + 1);
        // A quote without an end would swallow the rest of the file: the row ends with its line
        if (close < 0 || close - start > MAX_ROW) {
          isBroken = true;
          at = endOfLine(text, at);
        } else {
          field = text.slice(at + 1, close).replaceAll('""', '"');
          for (let i = at; i < close; i++) if (text[i] === '\n') line++;
          at = close + 1;
        }
      }
      const end = nextBreak(text, at);
      field += text.slice(at, end);
      fields.push(field.replace(/\r$/, ''));
      at = end;
      if (text[at] !== ',') break;
      at++;
    }
    at++;
    line++;
    if (at - start > MAX_ROW) isBroken = true;
    if (!isBroken && fields.length === 1 && fields[0] === '') continue;
    yield { line: began, fields: isBroken ? null : fields };
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

function nextBreak(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++;
  return at;
}

// Names beyond ASCII travel as punycode (RFC 3492), and people type them as they read them.

const BASE = 36;
const FIRST_BIAS = 72;
const FIRST_CODE = 128;

const digit = (value: number): string => String.fromCharCode(value < 26 ? 97 + value : 22 + value);

/** RFC 3492 §6.1. */
function adapt(delta: number, count: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? 700 : 2));
  rest += Math.floor(rest / count);
  let bias = 0;
  while (rest > 455) {
    rest = Math.floor(rest / 35);
    bias += BASE;
  }
  return bias + Math.floor((36 * rest) / (rest + 38));
}

/** RFC 3492 §6.3. */
function encode(label: string): string {
  const codes = [...label].map((char) => char.codePointAt(0)!);
  let out = codes
    .filter((code) => code < FIRST_CODE)
    .map((code) => String.fromCharCode(code))
    .join('');
  const basic = out.length;
  if (basic > 0) out += '-';
  let done = basic;
  let least = FIRST_CODE;
  let delta = 0;
  let bias = FIRST_BIAS;
  while (done < codes.length) {
    const next = Math.min(...codes.filter((code) => code >= least));
    delta += (next - least) * (done + 1);
    for (const code of codes) {
      if (code < next) delta++;
      if (code !== next) continue;
      let rest = delta;
      for (let place = BASE; ; place += BASE) {
        const threshold = Math.max(1, Math.min(26, place - bias));
        if (rest < threshold) break;
        out += digit(threshold + ((rest - threshold) % (BASE - threshold)));
        rest = Math.floor((rest - threshold) / (BASE - threshold));
      }
      out += digit(rest);
      bias = adapt(delta, done + 1, done === basic);
      delta = 0;
      done++;
    }
    delta++;
    least = next + 1;
  }
  return out;
}

/** A name as it stands in packets. Mapping beyond lower case and composition (UTS #46) is left out. */
export function wireName(name: string): string {
  const label = (text: string): string => {
    for (const char of text) if (char > '\u007f') return `xn--${encode(text.normalize('NFC'))}`;
    return text;
  };
  return name.split('.').map(label).join('.');
}

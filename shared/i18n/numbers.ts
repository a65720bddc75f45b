// Counts and amounts as sentences write them. Ports, frame numbers and codes are no amounts, and go through none of this.

/** At most one decimal below 100, none above, thousands apart. */
export function amount(n: number, thousands: string, point = '.'): string {
  return String(rounded(n))
    .replace('.', point)
    .replace(/\B(?=(\d{3})+$)/g, thousands);
}

function rounded(n: number): number {
  return Math.abs(n) < 100 ? Math.round(n * 10) / 10 : Math.round(n);
}

/** `1 packet`, `3,000 packets`. */
export function englishCount(n: number, one: string, many = `${one}s`): string {
  return `${amount(n, ',')} ${n === 1 ? one : many}`;
}

export function russianAmount(n: number): string {
  return amount(n, '\u00a0', ',');
}

/** Nouns after a numeral: `1 пакет`, `2 пакета`, `5 пакетов`; a fraction takes the second form. */
export function russianCount(n: number, one: string, few: string, many: string): string {
  const whole = Math.abs(rounded(n));
  const tens = whole % 100;
  const units = whole % 10;
  const isFew = !Number.isInteger(whole) || ((tens < 11 || tens > 14) && units >= 2 && units <= 4);
  const isOne = tens !== 11 && units === 1;
  return `${russianAmount(n)} ${isFew ? few : isOne ? one : many}`;
}

// Lists that a person brought along: how they come, and what they are used for.

export const LIST_FORMATS = ['censored-planet', 'ooni', 'citizen-lab', 'v2fly', 'addresses', 'dnsmasq'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/**
 * `block-pages`: what pages and answers of a filter look like. `not-block-pages`: what only looks like one, asked first.
 * `block-addresses`: where answers of a filter lead. `service`: names and addresses of one service, to name targets by.
 */
export const LIST_KINDS = ['block-pages', 'not-block-pages', 'block-addresses', 'service'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** Why a row was passed over. */
export const ROW_PROBLEMS = [
  'not-json',
  'not-csv',
  'missing-field',
  'too-long',
  'too-short',
  'bad-pattern',
  'pattern-too-large',
  'unknown-location',
  'not-an-address',
  'not-a-domain',
  'include-missing',
  'too-many',
] as const;
export type RowProblem = (typeof ROW_PROBLEMS)[number];

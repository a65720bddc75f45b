// Words of the filter language that are said to a person: its fields and what may be wrong with a filter. shared/filter
// implements them, shared/i18n words them.

export const FILTER_FIELDS = [
  'technique',
  'confidence',
  'trigger',
  'interference',
  'target',
  'domain',
  'address',
  'port',
  'protocol',
  'service',
  'surface',
  'outcome',
  'client',
  'resolver',
  'incident',
  'finding',
  'flow',
  'frame',
  'time',
  'bytes',
  'packets',
  'duration',
  'role',
  'text',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

export const FILTER_ERRORS = [
  /** `field`: what was written, `nearest`: what may have been meant, or empty. */
  'unknown-field',
  /** `field`, `value`, `nearest`. */
  'unknown-value',
  /** `field`. */
  'missing-value',
  /** `value`. */
  'bad-number',
  'bad-address',
  'bad-domain',
  'bad-time',
  'bad-size',
  'bad-duration',
  /** The range ends before it begins. `value`. */
  'backward-range',
  /** A comparison or range of what has no order. `field`. */
  'no-order',
  'unclosed-group',
  'unexpected-close',
  'empty-group',
  'unclosed-quote',
  /** `or`, `and`, `not` or `-` without a term. `word`. */
  'missing-term',
  /** `limit`. */
  'too-long',
  'too-deep',
] as const;
export type FilterErrorKind = (typeof FILTER_ERRORS)[number];

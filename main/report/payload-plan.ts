// What of one payload may be published, as the planner of its protocol decided.

/** Bytes that replace as many others, `at` counted from the start of the payload. */
export interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface PayloadPlan {
  /** First bytes of the payload that stay. */
  readonly keep: number;
  readonly edits: readonly Edit[];
}

export const NOTHING: PayloadPlan = { keep: 0, edits: [] };

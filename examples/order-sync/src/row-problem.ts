/** What can be wrong with one staged row. */
export type RowProblemCode =
  | 'PAYLOAD_INVALID'
  | 'UNKNOWN_CURRENCY'
  | 'MISSING_SKU'
  | 'NEGATIVE_QUANTITY'
  | 'TOTAL_MISMATCH'
  | 'DUPLICATE_SKU'
  | 'ITEM_NOT_SYNCED'
  | 'CARRIER_REFUSED';

/**
 * What becomes of a row with a problem: `fail` at once, because the same data would fail again; `retry` a few times,
 * because something else may arrive meanwhile.
 */
export type RowVerdict = 'fail' | 'retry';

/** A problem of one staged row. It is written to that row and never stops the others. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
  readonly code: RowProblemCode;
  readonly verdict: RowVerdict;

  constructor(code: RowProblemCode, message: string, verdict: RowVerdict = 'fail', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.verdict = verdict;
  }
}

/** What can be wrong with one staged row. */
export type RowProblemCode =
  | 'PAYLOAD_INVALID'
  | 'UNKNOWN_CURRENCY'
  | 'MISSING_SKU'
  | 'NEGATIVE_QUANTITY'
  | 'TOTAL_MISMATCH'
  | 'DUPLICATE_SKU'
  | 'ITEM_NOT_SYNCED'
  | 'ORDER_NOT_PLACED'
  | 'ITEM_IS_PARENT';

/**
 * What becomes of a row with a problem: `fail` at once, because the same data would fail again; `retry` a few times,
 * because something else may arrive meanwhile; `skip` it, because there is nothing to do.
 */
export type RowVerdict = 'fail' | 'retry' | 'skip';

/** A problem of one staged row. It is written to that row and never stops the others. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
  readonly code: RowProblemCode;
  readonly verdict: RowVerdict;

  constructor(code: RowProblemCode, message: string, verdict: RowVerdict = 'fail') {
    super(message);
    this.code = code;
    this.verdict = verdict;
  }
}

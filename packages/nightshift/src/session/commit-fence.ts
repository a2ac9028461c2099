import type { Statement } from '../database/index.ts';

/** A statement with its values. */
export interface BoundStatement {
  readonly statement: Statement;
  /** Texts, or bytes of PostgreSQL's binary form. */
  readonly values: readonly (string | Buffer)[];
}

/**
 * What must go before each COMMIT of a session whose work is owned through a claim: statements that raise when the
 * claim is lost. They travel in the same pipeline as the COMMIT.
 */
export interface CommitFence {
  /** Before a COMMIT in the middle of the run. */
  readonly check: BoundStatement;
  /** Before the last COMMIT: also removes the task. */
  readonly complete: BoundStatement;
}

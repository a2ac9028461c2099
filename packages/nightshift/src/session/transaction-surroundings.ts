import type { SavepointObserver } from './savepoint-marks.ts';
import type { SessionTrail } from './session-trail.ts';
import type { StatementWatch } from './statement-timeout.ts';

/** What a transaction asks of its session. */
export interface TransactionSurroundings extends SavepointObserver, StatementWatch {
  /** What the session leaves in the audit log. */
  trail(): SessionTrail;
  /** Grows with every change of rights. */
  rightsVersion(): number;
}

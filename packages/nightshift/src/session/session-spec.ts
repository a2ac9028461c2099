import type { StoredError } from '../foundation/index.ts';
import type { Company, User } from '../permissions/index.ts';
import type { CommitFence } from './commit-fence.ts';
import type { UserInterface } from './dialogs.ts';
import type { ClientType, Isolation, TaskClaim } from './session.ts';
import type { SessionOrigin } from './session-event.ts';
import type { SessionLink } from './session-link.ts';

/** Who runs, where, and within what limits. */
export interface SessionSpec {
  readonly user: User;
  readonly company: Company;
  readonly clientType: ClientType;
  readonly origin: SessionOrigin;
  /** Where its codeunit runs. */
  readonly isolation: Isolation;
  /** Whether the database refuses every write. */
  readonly readOnly: boolean;
  /** The sessions that started each other down to this one, outermost first; without this one. */
  readonly lineage: readonly SessionLink[];
  /** The same for everything that one piece of work has set off. */
  readonly correlationId: string;
  /** An id that was given before it began to run. Default: a new one. */
  readonly sessionId?: number;
  readonly uniqueId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly fence: CommitFence | null;
  readonly claim: TaskClaim | null;
  /** The error of the run before. */
  readonly lastError: StoredError | null;
  /** The person behind a foreground session; null in the background. */
  readonly userInterface: UserInterface | null;
}

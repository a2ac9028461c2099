import type { Database } from '../database/index.ts';
import type { Clock, StoredError } from '../foundation/index.ts';
import type { Company, User } from '../permissions/index.ts';
import type { ActiveSessions } from './active-sessions.ts';
import type { ServiceRegistry } from './caller.ts';
import type { CommitFence } from './commit-fence.ts';
import type { UserInterface } from './dialogs.ts';
import type { LogLine, Progress } from './log-line.ts';
import type { ClientType, TaskClaim } from './session.ts';
import type { SlotPool } from './slots.ts';

/** What sessions of one server instance share. */
export interface SessionHost {
  readonly clock: Clock;
  readonly database: Database;
  readonly slots: SlotPool;
  readonly active: ActiveSessions;
  readonly services: ServiceRegistry;
}

/** Who runs, where, and within what limits. */
export interface SessionSpec {
  readonly user: User;
  readonly company: Company;
  readonly clientType: ClientType;
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

/** What a run leaves behind besides its effects. */
export interface RunNotes {
  readonly sessionId: number;
  readonly lines: readonly LogLine[];
  readonly progress: Progress | null;
}

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
  /** A BCP 47 tag. Default, and null: the user's. */
  readonly language?: string | null;
  /** An IANA name. Default, and null: the user's. */
  readonly timeZone?: string | null;
  /** The same for everything that one piece of work has set off. */
  readonly correlationId: string;
  /** An id that was given before it began to run. Default: a new one. */
  readonly sessionId?: number;
  readonly uniqueId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly fence: CommitFence | null;
  /** The rights that its codeunit is lent, by their number. Default, and null: none. */
  readonly lentNo?: number | null;
  /** It fills a company that is being created; nobody else may open that. */
  readonly duringCreation?: true;
  /** Whether its codeunit's tasks share transactions; it must not do then what would not fit one, also when it is alone. */
  readonly shares?: true;
  /** Called when only the answer to its last COMMIT is missing, if it has one. Its slot serves others then. */
  readonly onLastCommit?: () => void;
  /** Told of every codeunit that is to be run in it, before that is let happen. */
  readonly onCodeunit?: (codeunit: string) => void;
  readonly claim: TaskClaim | null;
  /** The error of the run before. */
  readonly lastError: StoredError | null;
  /** The person behind a foreground session; null in the background. */
  readonly userInterface: UserInterface | null;
}

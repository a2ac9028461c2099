import type { Executor } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type { CallerDoor, ServiceKey, Session } from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { AnyWorkItems } from './work-items.ts';

/** What works over the platform's own connections, apart from the caller's transaction. */
export interface ItemsApart {
  /** Runs statements that commit at once. */
  readonly executor: Executor;
  /** The same for what may have to wait for a lock: it holds up nobody else. */
  readonly patient: Executor;
  /** Opens a background session as the caller, and runs `work` in it. Null inside an isolate. @throws what `work` threw */
  readonly session:
    | (<T>(session: Session, name: string, work: (session: Session) => Promise<T>) => Promise<T>)
    | null;
  /** Makes the partitions for what ends this month and next, unless they are there. Never rejects. */
  readonly prepare: (door: CallerDoor, items: string) => Promise<void>;
  /** What the caller may do with a table, as `RIMD`. */
  readonly tableRights: (door: CallerDoor, table: string) => Promise<string>;
  /** The number of a user. @throws NightshiftError USER_UNKNOWN */
  readonly userNo: (name: string) => Promise<number>;
}

/** The work items of one platform, as verbs find them. */
export interface WorkItemService {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** The name of the application. */
  readonly application: string;
  /** What the application declares. */
  readonly declared: readonly AnyWorkItems[];
  /** The server instance on which code runs now; null: none. */
  readonly epoch: () => string | null;
  readonly apart: ItemsApart;
}

/** Under this key `platform` registers the work items. */
export const WORK_ITEMS: ServiceKey<WorkItemService> = { name: 'work items' };

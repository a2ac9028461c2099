import type { Database } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ActiveSessions } from './active-sessions.ts';
import type { ServiceRegistry } from './caller.ts';
import type { Isolates } from './isolation/isolate-pool.ts';
import type { SessionEvents } from './session-events.ts';
import type { SlotPool } from './slots.ts';

/** What sessions of one server instance share. */
export interface SessionHost {
  readonly clock: Clock;
  readonly database: Database;
  readonly telemetry: Telemetry;
  readonly slots: SlotPool;
  readonly active: ActiveSessions;
  readonly events: SessionEvents;
  readonly services: ServiceRegistry;
  /** Null where no threads and processes can be had: the application's module is not known. */
  readonly isolates: Isolates | null;
}

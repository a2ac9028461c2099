import type { Database } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ActiveSessions } from './active-sessions.ts';
import type { ServiceRegistry } from './caller.ts';
import type { CodeunitRegistry } from './codeunit-registry.ts';
import type { Isolates } from './isolation/isolate-pool.ts';
import type { SessionAudit } from './session-audit.ts';
import type { SessionEvents } from './session-events.ts';
import type { SessionSpec } from './session-spec.ts';
import type { SlotPool } from './slots.ts';

/** What sessions of one server instance share. */
export interface SessionHost {
  readonly clock: Clock;
  readonly database: Database;
  readonly telemetry: Telemetry;
  readonly slots: SlotPool;
  readonly active: ActiveSessions;
  readonly events: SessionEvents;
  /** The application's. */
  readonly codeunits: CodeunitRegistry;
  /** Takes what sessions leave in the audit log. */
  readonly audit: SessionAudit;
  readonly services: ServiceRegistry;
  /**
   * Lets a session begin, or refuses it: whoever is gone runs nothing, and a company that comes or goes is not opened.
   * @throws NightshiftError
   */
  readonly admit: (spec: SessionSpec) => Promise<void> | null;
  /** Grows with every change of rights that this process knows of. */
  readonly rightsVersion: () => number;
  /** Null where no threads and processes can be had: the application's module is not known. */
  readonly isolates: Isolates | null;
}

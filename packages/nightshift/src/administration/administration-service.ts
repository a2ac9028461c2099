import type { Database, Migration } from '../database/index.ts';
import { type Clock, isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type {
  Authority,
  Company,
  LiveDirectory,
  ObjectType,
  PermissionSet,
  RoleNames,
  User,
} from '../permissions/index.ts';
import type {
  AnyCodeunit,
  CallerDoor,
  ServiceKey,
  Session,
  SessionOutcome,
  SessionRecording,
  UserInterface,
} from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** What an application brings that its administration needs. */
export interface AdministeredApplication {
  readonly name: string;
  /** Codeunits and reports. */
  readonly codeunits: readonly { readonly name: string; readonly objectType?: ObjectType }[];
  readonly migrations: readonly Migration[];
  /** A migration that is made when it is needed, by its name; null: there is none. */
  readonly migrationNamed?: (name: string) => Migration | null;
  readonly permissionSets: readonly PermissionSet[];
  /** Fills a new company, in a management session as its creator. Null: nothing to do. */
  readonly onCompanyCreate: ((session: Session) => Promise<void>) | null;
}

/** The administration of one platform, as its verbs find it. */
export interface AdministrationService {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly directory: LiveDirectory;
  readonly names: RoleNames;
  readonly authority: Authority;
  readonly application: AdministeredApplication;
  /**
   * Runs `work` in a management session that fills a company which is being created.
   * @throws what `work` threw; NightshiftError PLATFORM_NOT_STARTED
   */
  readonly openDuringCreation: (
    who: { readonly user: User; readonly company: Company },
    work: (session: Session) => Promise<void>,
  ) => Promise<void>;
  /** Runs a codeunit once in a foreground session, and writes down what it does. Never rejects but before it begins. */
  readonly record: (
    who: { readonly user: User; readonly company: Company },
    run: RecordedRun,
  ) => Promise<{ readonly outcome: SessionOutcome<void>; readonly recording: SessionRecording }>;
}

/** What is run to be recorded. */
export interface RecordedRun {
  readonly target: AnyCodeunit;
  readonly record: unknown;
  /** Whether what it does is committed. */
  readonly keeps: boolean;
  /** Who answers its dialogs. */
  readonly userInterface: UserInterface;
}

/** Under this key `platform` registers the administration. */
export const ADMINISTRATION: ServiceKey<AdministrationService> = { name: 'administration' };

/**
 * The administration, for a verb.
 * @throws NightshiftError PERMISSION_DENIED inside an isolated codeunit, which reaches its session's transaction only
 */
export function administrationOf(door: CallerDoor): AdministrationService {
  try {
    return door.service(ADMINISTRATION);
  } catch (cause) {
    if (!isNightshiftError(cause, 'INTERNAL')) throw cause;
    const text = 'Companies, users and rights are administered from codeunits that are not isolated.';
    throw new NightshiftError('PERMISSION_DENIED', text, { cause });
  }
}

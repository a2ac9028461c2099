import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Company, User } from '../permissions/index.ts';
import type { SessionLink } from './session-link.ts';
import type { RunNotes } from './session-outcome.ts';

/**
 * Who calls a verb: a session, or `platform.as({ user, company })`, which has no transaction and commits each call at
 * once. What the platform may do for a caller lies behind a door that user code cannot open.
 */
export interface Caller {
  readonly user: string;
  readonly company: string;
  readonly language: string;
  readonly timeZone: string;
}

/** The platform's side of a caller. */
export interface CallerDoor {
  readonly user: User;
  readonly company: Company;
  /** Whether the caller has a transaction that goes on after the call. */
  readonly transactional: boolean;
  /** Whether something was asked of the database in that transaction: locks may be held. */
  inTransaction(): boolean;
  /** @throws what ended the caller's session, or NightshiftError SESSION_ENDED: it may set off nothing any more */
  refuseIfOver(): void;
  /**
   * Refuses what would not fit a transaction that is shared with other tasks; a caller without a session has none.
   * @param what the verb, as the caller writes it
   * @throws NightshiftError SHARED_TRANSACTION
   */
  refuseIfShared?(what: string): void;
  /** The caller's session and those that started it, outermost first; empty for a caller without a session. */
  readonly lineage: readonly SessionLink[];
  /** What all that the caller sets off has in common; null for a caller without a session. */
  readonly correlationId: string | null;
  /**
   * Runs statements in the caller's transaction, or in one of their own that commits at once. `inside` is a caller whose
   * transaction that is: for the verbs of other domains.
   */
  transaction<T>(work: (tx: Executor, inside: Caller) => Promise<T>): Promise<T>;
  /** Runs `then` once what was written is committed; `otherwise` when it was not and never will be. */
  afterCommit(then: () => void, otherwise?: () => void): void;
  /** Runs `then` when the caller's session is over; a caller without a session is never over. */
  onEnd?(then: () => void): void;
  /** What the caller's session has logged and reported so far; nothing for a caller without a session. */
  notes(): Pick<RunNotes, 'lines' | 'progress' | 'errors'>;
  /** What higher floors have registered under a key. */
  service<T>(key: ServiceKey<T>): T;
}

/** Names a service of a higher floor, and its type. */
export interface ServiceKey<T> {
  readonly name: string;
  /** Never set; carries the type only. */
  readonly type?: T;
}

/** Services by key, filled by `platform` before anything runs. */
export class ServiceRegistry {
  readonly #services = new Map<ServiceKey<unknown>, unknown>();

  set<T>(key: ServiceKey<T>, service: T): void {
    this.#services.set(key, service);
  }

  /** @throws NightshiftError INTERNAL when `platform` registered none */
  get<T>(key: ServiceKey<T>): T {
    if (!this.#services.has(key)) throw new NightshiftError('INTERNAL', `No service "${key.name}".`);
    return this.#services.get(key) as T;
  }
}

type DoorResolver = (caller: Caller) => CallerDoor | null;

const resolvers: DoorResolver[] = [];
const doors = new WeakMap<Caller, CallerDoor>();

/** Teaches `doorOf` a class of callers that make their door when it is first asked for. */
export function registerDoors(resolver: DoorResolver): void {
  resolvers.push(resolver);
}

/** Gives a caller its door. */
export function openDoor(caller: Caller, door: CallerDoor): void {
  doors.set(caller, door);
}

/** The door of a caller. @throws NightshiftError VALIDATION for an object that is no caller */
export function doorOf(caller: Caller): CallerDoor {
  for (const resolve of resolvers) {
    const door = resolve(caller);
    if (door !== null) return door;
  }
  const door = doors.get(caller);
  if (door === undefined) {
    throw new NightshiftError(
      'VALIDATION',
      'Pass a session, or what platform.as() returns, as the first argument.',
      {
        field: 'session',
      },
    );
  }
  return door;
}

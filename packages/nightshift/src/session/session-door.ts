import type { Executor } from '../database/index.ts';
import type { Company, User } from '../permissions/index.ts';
import type { Caller, CallerDoor, ServiceKey, ServiceRegistry } from './caller.ts';
import { refuseInside, refuseService } from './refused-inside.ts';
import type { SessionLink } from './session-link.ts';
import type { RunNotes } from './session-outcome.ts';
import type { SessionSpec } from './session-spec.ts';

/** What the door asks of its session. */
interface DoorSession extends Caller {
  readonly id: number;
  readonly uniqueId: string;
  readonly correlationId: string;
  readonly codeunit: string;
  readonly spec: SessionSpec;
  readonly transaction: Executor & { readonly open: boolean; refuseIfEnded(): void };
  readonly surroundings: { afterCommit(then: () => void, otherwise?: () => void): void };
  /** Runs what must be awaited before the session may end. */
  verb<T>(work: () => Promise<T>): Promise<T>;
  onEnd(then: () => void): void;
  notes(): RunNotes;
}

/** What the platform may do for a session. */
export class SessionDoor implements CallerDoor {
  readonly transactional = true;
  readonly #session: DoorSession;
  readonly #services: ServiceRegistry;

  constructor(session: DoorSession, services: ServiceRegistry) {
    this.#session = session;
    this.#services = services;
  }

  get user(): User {
    return this.#session.spec.user;
  }

  get company(): Company {
    return this.#session.spec.company;
  }

  get correlationId(): string {
    return this.#session.correlationId;
  }

  get lineage(): readonly SessionLink[] {
    const { spec, id, uniqueId, codeunit } = this.#session;
    return [...spec.lineage, { id, uniqueId, codeunit }];
  }

  transaction<T>(work: (tx: Executor, inside: Caller) => Promise<T>): Promise<T> {
    const session = this.#session;
    return session.verb(() => work(session.transaction, session));
  }

  inTransaction(): boolean {
    return this.#session.transaction.open;
  }

  refuseIfOver(): void {
    this.#session.transaction.refuseIfEnded();
  }

  refuseIfShared(what: string): void {
    refuseInside(this.#session.spec, this.#session.codeunit, what);
  }

  afterCommit(then: () => void, otherwise?: () => void): void {
    this.#session.surroundings.afterCommit(then, otherwise);
  }

  onEnd(then: () => void): void {
    this.#session.onEnd(then);
  }

  notes(): RunNotes {
    return this.#session.notes();
  }

  service<T>(key: ServiceKey<T>): T {
    refuseService(this.#session.spec, this.#session.codeunit, key);
    return this.#services.get(key);
  }
}

import { classifyFailure, type Executor } from '../database/index.ts';
import { type Clock, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { User } from '../permissions/index.ts';
import { readUsers } from './task-users.sql.ts';

/** How long what was read of a user is taken for true. */
export const USER_FRESH_MS = SECOND_MS;
/** Users that are remembered; beyond that everything is forgotten and read again. */
const USERS_MAX = 10_000;
/** A connection that breaks is replaced by the next statement. */
const TRIES_MAX = 3;

/** What users of tasks are looked up with. */
export interface TaskUsersParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly directory: { userByNo(no: number): User };
  /** Whether the database is asked; otherwise what was read at the start is trusted. */
  readonly enableUserConsistencyValidationOnTasks: boolean;
}

interface Known {
  /** Null: there is none. */
  readonly user: User | null;
  /** On the monotonic clock. */
  readonly readAt: number;
}

interface UserRow {
  readonly no: number;
  readonly name: string;
  readonly language: string;
  readonly time_zone: string;
}

/** The users that tasks run as, never older than a second; those asked for at the same time share a statement. */
export class TaskUsers {
  readonly #parts: TaskUsersParts;
  readonly #known = new Map<number, Known>();
  #wanted = new Set<number>();
  #reading: Promise<void> | null = null;

  constructor(parts: TaskUsersParts) {
    this.#parts = parts;
  }

  /** The user, when that takes no wait; null: ask `lookUp`. @throws NightshiftError USER_UNKNOWN */
  fresh(userNo: number): User | null {
    const { clock, directory, enableUserConsistencyValidationOnTasks: asks } = this.#parts;
    if (!asks) return directory.userByNo(userNo);
    const known = this.#known.get(userNo);
    if (known === undefined || clock.monotonic() - known.readAt >= USER_FRESH_MS) return null;
    return present(known, userNo);
  }

  /** The user as the database has him now. @throws NightshiftError USER_UNKNOWN; the database's error */
  async lookUp(userNo: number): Promise<User> {
    this.#wanted.add(userNo);
    this.#reading ??= this.#read();
    await this.#reading;
    return present(this.#known.get(userNo), userNo);
  }

  async #read(): Promise<void> {
    await Promise.resolve(); // whoever asks in this turn comes along
    this.#reading = null;
    const wanted = [...this.#wanted];
    this.#wanted = new Set();
    const readAt = this.#parts.clock.monotonic();
    const rows = await this.#ask(wanted);
    if (this.#known.size + wanted.length > USERS_MAX) this.#known.clear();
    for (const no of wanted) {
      const row = rows.find((one) => one.no === no);
      const user = row && { no, name: row.name, language: row.language, timeZone: row.time_zone };
      this.#known.set(no, { user: user ?? null, readAt });
    }
  }

  async #ask(wanted: readonly number[]): Promise<readonly UserRow[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#parts.database.run<UserRow>(readUsers, [wanted]);
      } catch (error) {
        if (tries === TRIES_MAX || classifyFailure(error).kind !== 'connection') throw error;
      }
    }
  }
}

function present(known: Known | undefined, userNo: number): User {
  if (known?.user) return known.user;
  throw new NightshiftError('USER_UNKNOWN', `The user of the task, number ${userNo}, is there no more.`, {
    field: 'user',
  });
}

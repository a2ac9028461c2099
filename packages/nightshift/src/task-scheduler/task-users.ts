import { classifyFailure } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import {
  type Directory,
  isGone,
  type LiveDirectory,
  type User,
  type UserCard,
  userGone,
} from '../permissions/index.ts';

/** A connection that breaks is replaced by the next statement. */
const TRIES_MAX = 3;

/** What users of tasks are looked up with. */
export interface TaskUsersParts {
  readonly clock: Clock;
  readonly directory: Pick<LiveDirectory, 'isFresh' | 'current' | 'fresh' | 'confirmed'>;
  /** Whether what is known of a user must be at most a second old; otherwise what was told last will do. */
  readonly enableUserConsistencyValidationOnTasks: boolean;
}

/** The users that tasks run as. */
export class TaskUsers {
  readonly #parts: TaskUsersParts;

  constructor(parts: TaskUsersParts) {
    this.#parts = parts;
  }

  /** The user, when that takes no wait; null: ask `lookUp`. */
  fresh(userNo: number): User | null {
    const { directory, enableUserConsistencyValidationOnTasks: asks } = this.#parts;
    return asks && !directory.isFresh ? null : this.#present(directory.current, userNo);
  }

  /** The user as the database has him now. @throws NightshiftError USER_UNKNOWN, USER_DISABLED; the database's error */
  async lookUp(userNo: number): Promise<User> {
    const { directory } = this.#parts;
    const known = this.#present(await sure(() => directory.fresh()), userNo);
    if (known !== null) return known;
    // A task that fails for good must not do so by what was true a moment ago.
    const now = await sure(() => directory.confirmed());
    const user = this.#present(now, userNo);
    if (user === null) throw userGone(userOf(now, userNo));
    return user;
  }

  /** Null when he is gone, or there is none. */
  #present(directory: Directory, userNo: number): User | null {
    try {
      const user = directory.userByNo(userNo);
      return isGone(user, this.#parts.clock.now()) ? null : user;
    } catch {
      return null;
    }
  }
}

/** @throws NightshiftError USER_UNKNOWN */
function userOf(directory: Directory, userNo: number): UserCard {
  try {
    return directory.userByNo(userNo);
  } catch {
    const text = `The user of the task, number ${userNo}, is there no more.`;
    throw new NightshiftError('USER_UNKNOWN', text, { field: 'user' });
  }
}

async function sure(ask: () => Promise<Directory>): Promise<Directory> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES_MAX || classifyFailure(error).kind !== 'connection') throw error;
    }
  }
}

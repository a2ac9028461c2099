import type { JobQueueEntry } from '../job-queue/index.ts';
import { isGone, readDirectory, type UserCard } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { actsByServer } from './remote/server-of-caller.ts';
import { platformOf } from './with-caller.ts';

/** Who has to do with an entry, by name. */
export interface EntryPeople {
  readonly runAs: string;
  /** Why he is gone; null: he is there. */
  readonly runAsGone: 'disabled' | 'expired' | null;
  readonly createdBy: string;
}

const NOTED = new WeakMap<JobQueueEntry, EntryPeople>();

/** Keeps what a server says of the people of an entry. */
export function noteEntryPeople(entry: JobQueueEntry, people: EntryPeople): void {
  NOTED.set(entry, people);
}

/** Tells who has to do with entries. @param now the time at which a user may be gone */
export async function entryPeople(caller: Caller, now: Date): Promise<(entry: JobQueueEntry) => EntryPeople> {
  if (actsByServer(caller)) return (entry) => NOTED.get(entry) as EntryPeople;
  const { users } = await readDirectory(platformOf(caller).database);
  const userOf = (wanted: number) => users.find(({ no }) => no === wanted);
  return ({ runAs, createdBy }) => {
    const user = userOf(runAs);
    return {
      runAs: user?.name ?? String(runAs),
      runAsGone: user === undefined ? null : whyGone(user, now),
      createdBy: userOf(createdBy)?.name ?? String(createdBy),
    };
  };
}

function whyGone(user: UserCard, now: Date): EntryPeople['runAsGone'] {
  if (!isGone(user, now)) return null;
  return user.state === 'disabled' ? 'disabled' : 'expired';
}

import { type Opening, type OpeningCommand, opening, sendPreparation } from '../database/index.ts';
import { IDENTITY, knownSavepoint, memberSavepoint, RELEASE_MEMBERS, RESET } from './session.sql.ts';
import type { Slot } from './slot.ts';

/** How many savepoints inside each other a connection knows by name; there are seldom more of them. */
const KNOWN_SAVEPOINTS = 64;

/** Says again, in the middle of a transaction, who and where it is. */
const AGAIN: readonly OpeningCommand[] = [RESET, IDENTITY];

const AHEAD: readonly Opening[] = Array.from({ length: KNOWN_SAVEPOINTS }, (_, at) =>
  openingBehind([], at + 1),
);

/** What begins a session behind others that are not over. @param level how many savepoints are open then */
export function openingAhead(level: number): Opening {
  return AHEAD[level - 1] ?? openingBehind([], level);
}

/** What begins the transaction, and its first session. */
export const FIRST_OPENING: Opening = opening({ text: 'begin' }, IDENTITY, knownSavepoint(1));

/**
 * What begins a session: a savepoint, and that everything else is as it was when its transaction began.
 * @param before commands that go before that
 */
export function openingBehind(before: readonly OpeningCommand[], level: number): Opening {
  const savepoint = level > KNOWN_SAVEPOINTS ? { text: memberSavepoint(level) } : knownSavepoint(level);
  return opening(...before, savepoint, ...AGAIN);
}

/**
 * Lets a connection know what these begin with. Nobody waits for that: where it could not be prepared, no session begins so, and the
 * connection is given up.
 */
export function knowMembers(slot: Slot): void {
  if (slot.knowsMembers) return;
  slot.knowsMembers = true;
  const savepoints = Array.from({ length: KNOWN_SAVEPOINTS }, (_, at) => knownSavepoint(at + 1));
  sendPreparation(slot.client, [RELEASE_MEMBERS, RESET, ...savepoints], () => undefined);
}

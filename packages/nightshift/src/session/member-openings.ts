import { type Opening, type OpeningCommand, opening, sendPreparation } from '../database/index.ts';
import { backToMember, IDENTITY, knownSavepoint, RELEASE_MEMBERS, RESET } from './session.sql.ts';
import type { Slot } from './slot.ts';

/**
 * Most savepoints that are open inside each other; a connection knows them all by names. The more are open, the longer PostgreSQL
 * looks whether a row is of its own transaction.
 */
export const SAVEPOINTS_MAX = 64;

/** What begins the transaction, and its first session. */
export const FIRST_OPENING: Opening = opening({ text: 'begin' }, IDENTITY, knownSavepoint(1));

const AHEAD: readonly Opening[] = Array.from({ length: SAVEPOINTS_MAX }, (_, at) =>
  openingBehind([], at + 1),
);

/** What begins a session behind others that are not over. @param level how many savepoints are open then */
export function openingAhead(level: number): Opening {
  return AHEAD[level - 1] ?? openingBehind([], level);
}

/**
 * What begins a session: a savepoint, and that everything else is as it was when its transaction began.
 * @param before commands that go before that
 * @param level how many savepoints are open then; at most `SAVEPOINTS_MAX`
 */
export function openingBehind(before: readonly OpeningCommand[], level: number): Opening {
  return opening(...before, knownSavepoint(level), RESET, IDENTITY);
}

/** What ends sessions. @param undo the savepoint to go back to before; 0: none @param hasCursors whether they may have left any open */
export function closing(undo: number, hasCursors: boolean): readonly { readonly text: string }[] {
  return [
    ...(undo === 0 ? [] : [{ text: backToMember(undo) }]),
    RELEASE_MEMBERS,
    ...(hasCursors ? [{ text: 'close all' }] : []),
  ];
}

/** Commands as one message. */
export function asMessage(commands: readonly { readonly text: string }[]): string {
  return commands.map(({ text }) => text).join('; ');
}

const SAVEPOINTS = Array.from({ length: SAVEPOINTS_MAX }, (_, at) => knownSavepoint(at + 1));

/**
 * Lets a connection know what these consist of, as far as it does not. Nobody waits for that: where it could not be prepared, no
 * session begins so, and the connection is given up.
 * @param most how many sessions a transaction has at most
 */
export function knowMembers(slot: Slot, most: number): void {
  const { knownSavepoints: known } = slot;
  const wanted = Math.min(most, SAVEPOINTS_MAX);
  if (known >= wanted) return;
  slot.knownSavepoints = wanted;
  const others = known === 0 ? [RELEASE_MEMBERS, RESET] : [];
  sendPreparation(slot.client, [...others, ...SAVEPOINTS.slice(known, wanted)], () => undefined);
}

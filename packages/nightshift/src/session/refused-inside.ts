import type { ServiceKey } from './caller.ts';
import { notInChild, notInShared } from './session-errors.ts';
import type { SessionSpec } from './session-spec.ts';

/** Services that have effects beyond the transaction of whoever calls them. */
const BESIDE = new Set(['sessions', 'work items', 'administration', 'page tasks']);

/**
 * Refuses what does not fit the session: a transaction that is shared with other tasks, or a page that only reads.
 * @param what the verb, as the caller writes it
 * @throws NightshiftError SHARED_TRANSACTION, COMMIT_NOT_ALLOWED, CALLBACK_NOT_ALLOWED
 */
export function refuseInside({ shares, clientType }: SessionSpec, codeunit: string, what: string): void {
  if (shares === true) throw notInShared(codeunit, what);
  if (clientType === 'child' && what !== 'session.commit()') throw notInChild(codeunit, what);
}

/**
 * Keeps a child session from services that do not work in its transaction, which only reads.
 * @throws NightshiftError CALLBACK_NOT_ALLOWED
 */
export function refuseService(
  { clientType }: SessionSpec,
  codeunit: string,
  { name }: ServiceKey<unknown>,
): void {
  if (clientType === 'child' && BESIDE.has(name)) throw notInChild(codeunit, name);
}

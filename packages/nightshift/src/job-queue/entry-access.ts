import type { Verb } from '../contract/permissions.ts';
import type { Executor } from '../database/index.ts';
import { isUuid, NightshiftError } from '../foundation/index.ts';
import type { AuditObject } from '../permissions/index.ts';
import { AUTHORITY, actorOf, type CallerDoor } from '../session/index.ts';
import { entryAsksCaller, readEntry } from './job-queue.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** An entry that the caller was let through to, and the database's clock. */
export interface AdmittedEntry {
  readonly entry: JobQueueEntry;
  readonly now: Date;
}

/** How the audit log names an entry. */
export function auditedEntry({ id, entryNo, object }: Pick<JobQueueEntry, 'id' | 'entryNo' | 'object'>) {
  return { kind: 'entry', id, name: `${entryNo} (${object})` } satisfies AuditObject;
}

/** What the audit log keeps of an entry that a person changed. The run-as user is given by number. */
export function auditedState({ status, runAs }: JobQueueEntry) {
  return { status, runAs };
}

/**
 * Reads an entry and lets the caller use a verb on it. What somebody may not see does not exist for him.
 * @param lock whether its row is locked until the transaction ends
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, APPROVAL_NEEDED; ENTRY_UNKNOWN; VALIDATION for a bad id
 */
export async function admitToEntry(
  tx: Executor,
  door: CallerDoor,
  verb: Verb,
  { entryId, lock }: { readonly entryId: string; readonly lock: boolean },
): Promise<AdmittedEntry> {
  const row = await entryRow(tx, door, checkedEntryId(entryId), lock);
  const authority = door.service(AUTHORITY);
  const actor = actorOf(door);
  const object = row === undefined ? { kind: 'entry', id: entryId } : auditedEntry(entryOf(row));
  // Whoever may not use the verb at all is told that first, whether there is such an entry or not.
  const reach = await authority.demand(actor, verb, object);
  if (row === undefined) throw entryUnknown(entryId);
  if (reach === 'any' || (await isOwn(tx, door, row))) return { entry: entryOf(row), now: row.now };
  await authority.refuseOrHide(actor, verb, { ...object, read: 'entry.read' });
  throw entryUnknown(entryId);
}

/** An entry with its row locked, for whoever was let through to what stands behind it; null: there is none. */
export async function lockedEntry(
  tx: Executor,
  door: CallerDoor,
  entryId: string,
): Promise<AdmittedEntry | null> {
  const row = await entryRow(tx, door, entryId, true);
  return row === undefined ? null : { entry: entryOf(row), now: row.now };
}

async function entryRow(
  tx: Executor,
  door: CallerDoor,
  entryId: string,
  lock: boolean,
): Promise<EntryRow | undefined> {
  const { clock } = door.service(JOB_QUEUE);
  const values = [door.user.no, door.company.no, entryId, lock, clock.pinned()];
  const [row] = await tx.run<EntryRow>(readEntry, values);
  return row;
}

/** What he has created, what runs as him, and what he is asked to let run. */
async function isOwn(tx: Executor, door: CallerDoor, row: EntryRow): Promise<boolean> {
  if (row.created_by === door.user.no || row.run_as === door.user.no) return true;
  const values = [door.user.no, door.company.no, row.id];
  const [answer] = await tx.run<{ asks: boolean }>(entryAsksCaller, values);
  return answer?.asks === true;
}

/** @throws NightshiftError VALIDATION naming `entryId` */
export function checkedEntryId(entryId: string): string {
  if (typeof entryId === 'string' && isUuid(entryId)) return entryId;
  throw new NightshiftError('VALIDATION', `${JSON.stringify(entryId)} is not the id of an entry (a UUID).`, {
    field: 'entryId',
  });
}

export function entryUnknown(entryId: string): NightshiftError {
  return new NightshiftError('ENTRY_UNKNOWN', `There is no job queue entry ${entryId} in this company.`, {
    field: 'entryId',
  });
}

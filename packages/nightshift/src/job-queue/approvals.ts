import { NightshiftError, uuidV7 } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { addApproval, decideApproval, noteOfEntry, openApproval, readApprovals } from './approval.sql.ts';
import {
  admitApprover,
  admitRejecter,
  refuse,
  type SeenApproval,
  seenApproval,
  whoseApprovals,
} from './approval-access.ts';
import {
  type ApprovalRequest,
  type ApprovalRow,
  type ApprovalStatus,
  approvalConflict,
  approvalOf,
  auditedApproval,
  checkedApprovalStatus,
  checkedComment,
} from './approval-request.ts';
import { withdrawerRefusal } from './approval-standing.ts';
import { type AtOnce, atOnce, type OnceCaller, onceCaller, readingCaller } from './at-once.ts';
import {
  type AdmittedEntry,
  admitToEntry,
  auditedEntry,
  auditedState,
  entryUnknown,
  lockedEntry,
} from './entry-access.ts';
import { entryConflict, makeReady, objectsOf } from './entry-change.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** Requests that `listApprovals` returns at most when it is not told. */
const LISTED_DEFAULT = 200;
const LISTED_MAX = 1_000;

/** What is said with a request or a decision. */
export interface Comment {
  /** At most 1,000 characters. Default: blank. */
  readonly comment?: string;
}

/** Which requests are listed. */
export interface ApprovalFilter {
  readonly status?: ApprovalStatus;
  /** Default: 200, at most 1,000. */
  readonly limit?: number;
}

/**
 * Lists requests for approval, newest first: with a right to decide or to audit all, else one's own and those in which one
 * is asked.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, VALIDATION
 */
export async function listApprovals(
  caller: Caller,
  filter: ApprovalFilter = {},
): Promise<readonly ApprovalRequest[]> {
  const reading = readingCaller(caller, 'approvals.list');
  const status = filter.status === undefined ? null : checkedApprovalStatus(filter.status);
  const limit = checkedLimit(filter.limit ?? LISTED_DEFAULT);
  const values = [reading.door.company.no, null, status, await whoseApprovals(reading), limit];
  const { reader } = reading.door.service(JOB_QUEUE);
  return (await reader.run<ApprovalRow>(readApprovals, values)).map(approvalOf);
}

/** One request. @throws NightshiftError APPROVAL_UNKNOWN, PERMISSION_DENIED, USER_DISABLED, VALIDATION */
export async function getApproval(caller: Caller, id: string): Promise<ApprovalRequest> {
  const reading = readingCaller(caller, 'approvals.get');
  const { row } = await seenApproval(reading, reading.door.service(JOB_QUEUE).reader, id);
  return approvalOf(row);
}

/**
 * Asks for an entry to be set Ready by somebody who may: it will run as whoever approves. For delegated administrators, and
 * users who may not schedule. Commits at once, also in a session.
 * @throws NightshiftError ENTRY_UNKNOWN, PERMISSION_DENIED, USER_DISABLED; CONFLICT when a request is open already, when the
 *   entry runs or is Ready, or in a session with an open transaction; VALIDATION
 */
export function requestApproval(
  caller: Caller,
  entryId: string,
  comment: Comment = {},
): Promise<ApprovalRequest> {
  const once = onceCaller(caller, 'jobQueue.requestApproval');
  const text = checkedComment(comment);
  return atOnce(once, { entryId }, async (parts) => {
    const { tx, door, actor, authority } = parts;
    const { entry } = await admitToEntry(tx, door, 'approval.request', { entryId, lock: true });
    if (!['On Hold', 'Error', 'Finished'].includes(entry.status)) {
      throw entryConflict(entry, 'there is nothing to approve');
    }
    const id = await openRequest(parts, entry, { comment: text, asked: null });
    await tx.run(noteOfEntry, [entryId, `${door.user.name} asks for approval.`]);
    const object = auditedEntry(entry);
    await authority.done(tx, {
      actor,
      verb: 'approval.request',
      object,
      after: { request: id, comment: text },
    });
    return approvalOf((await seenApproval(parts, tx, id)).row);
  });
}

/**
 * Opens a request about an entry whose row is locked.
 * @returns its id
 * @throws NightshiftError CONFLICT when one is open already
 */
export async function openRequest(
  { tx, door }: AtOnce,
  entry: JobQueueEntry,
  { comment, asked }: { readonly comment: string; readonly asked: number | null },
): Promise<string> {
  const [present] = await tx.run<{ id: string }>(openApproval, [entry.id]);
  if (present !== undefined) {
    throw new NightshiftError('CONFLICT', `A request about entry ${entry.entryNo} is open already.`, {
      details: { request: present.id, status: 'Open' },
    });
  }
  const { clock } = door.service(JOB_QUEUE);
  const id = uuidV7(clock.now());
  const { user, company } = door;
  await tx.run(addApproval, [id, company.no, entry.id, user.no, comment, asked, clock.pinned()]);
  return id;
}

/**
 * Approves a request and sets its entry Ready: it runs as the caller, or as the application user that the request names.
 * That is rehearsed with the rights of whom it will run as. Commits at once, also in a session.
 * @throws NightshiftError APPROVAL_UNKNOWN; PERMISSION_DENIED for one's own request, for one that asks somebody else, and with
 *   all that is missing in `details.missing`; APPROVAL_NEEDED for a delegated administrator; USER_DISABLED; CONFLICT when it
 *   is not open any more, while the entry still runs, or in a session with an open transaction; VALIDATION
 */
export async function approve(caller: Caller, id: string, comment: Comment = {}): Promise<ApprovalRequest> {
  const once = onceCaller(caller, 'approvals.approve');
  const text = checkedComment(comment);
  const seen = await seenApproval(once, once.door.service(JOB_QUEUE).reader, id);
  const runAs = await admitApprover(once, seen);
  return atOnce(once, { runAs, entryId: seen.row.entry_id }, async (parts) => {
    const { tx, inside, actor, authority } = parts;
    const admitted = await lockedRequest(parts, id);
    const { entry } = admitted;
    const object = auditedApproval(seen.row);
    const wish = { ...object, objects: objectsOf(inside, entry), runAs: runAs.no };
    await authority.rehearse(actor, 'approval.decide', wish);
    // First the request, then the entry: what is decided is not settled by setting it Ready.
    await decide(parts, id, { status: 'Approved', comment: text });
    const ready = await makeReady(tx, inside, admitted);
    const before = { status: 'Open', entry: auditedState(entry) };
    const after = { status: 'Approved', comment: text, entry: auditedState(ready) };
    await authority.done(tx, { actor, verb: 'approval.decide', object, before, after });
    return approvalOf((await seenApproval(parts, tx, id)).row);
  });
}

/**
 * Rejects a request; its entry stays as it is, and says so in its note. Commits at once, also in a session.
 * @throws NightshiftError APPROVAL_UNKNOWN; PERMISSION_DENIED, APPROVAL_NEEDED, USER_DISABLED; CONFLICT when it is not open any
 *   more, or in a session with an open transaction; VALIDATION
 */
export async function reject(caller: Caller, id: string, comment: Comment = {}): Promise<ApprovalRequest> {
  const once = onceCaller(caller, 'approvals.reject');
  const text = checkedComment(comment);
  const seen = await seenApproval(once, once.door.service(JOB_QUEUE).reader, id);
  await admitRejecter(once, seen);
  const why = text === '' ? '.' : `: ${text}`;
  const note = `Rejected by ${once.door.user.name}${why}`;
  return close(once, seen, { status: 'Rejected', comment: text, note });
}

/**
 * Takes a request back; only who has made it can. Its entry stays as it is. Commits at once, also in a session.
 * @throws NightshiftError APPROVAL_UNKNOWN, PERMISSION_DENIED, USER_DISABLED; CONFLICT when it is not open any more, or in a
 *   session with an open transaction; VALIDATION
 */
export async function withdraw(caller: Caller, id: string, comment: Comment = {}): Promise<ApprovalRequest> {
  const once = onceCaller(caller, 'approvals.withdraw');
  const text = checkedComment(comment);
  const seen = await seenApproval(once, once.door.service(JOB_QUEUE).reader, id);
  const reason = withdrawerRefusal({ ...seen, self: once.door.user });
  if (reason !== null) await refuse(once, seen, reason);
  return close(once, seen, { status: 'Withdrawn', comment: text, note: null });
}

/** A decision that leaves the entry alone. */
interface Closing {
  readonly status: 'Rejected' | 'Withdrawn';
  readonly comment: string;
  /** What the entry says of it. */
  readonly note: string | null;
}

function close(
  once: OnceCaller,
  seen: SeenApproval,
  { status, comment, note }: Closing,
): Promise<ApprovalRequest> {
  const { id, entry_id: entryId } = seen.row;
  return atOnce(once, { entryId }, async (parts) => {
    const { tx, actor, authority } = parts;
    const { entry } = await lockedRequest(parts, id);
    await decide(parts, id, { status, comment });
    await tx.run(noteOfEntry, [entry.id, note]);
    const verb = status === 'Rejected' ? 'approval.decide' : 'approval.request';
    const object = auditedApproval(seen.row);
    await authority.done(tx, { actor, verb, object, before: { status: 'Open' }, after: { status, comment } });
    return approvalOf((await seenApproval(parts, tx, id)).row);
  });
}

/** Locks the entry of a request that is open. @throws NightshiftError CONFLICT when somebody was faster */
async function lockedRequest(parts: AtOnce, id: string): Promise<AdmittedEntry> {
  const { row } = await seenApproval(parts, parts.tx, id);
  const admitted = await lockedEntry(parts.tx, parts.door, row.entry_id);
  if (admitted === null) throw entryUnknown(row.entry_id);
  // Read again behind the lock, for which somebody who decides may have been waited.
  const now = await seenApproval(parts, parts.tx, id);
  if (now.row.status !== 'Open') throw approvalConflict(now.row);
  return admitted;
}

async function decide(
  { tx, door }: AtOnce,
  id: string,
  { status, comment }: { readonly status: ApprovalStatus; readonly comment: string },
): Promise<void> {
  const { clock } = door.service(JOB_QUEUE);
  await tx.run(decideApproval, [id, status, door.user.no, comment, clock.pinned()]);
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, LISTED_MAX);
  throw new NightshiftError('VALIDATION', 'The limit is a whole number, 1 or more.', { field: 'limit' });
}

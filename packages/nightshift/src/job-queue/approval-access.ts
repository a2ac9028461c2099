import type { Executor } from '../database/index.ts';
import { isUuid, NightshiftError } from '../foundation/index.ts';
import type { UserCard } from '../permissions/index.ts';
import { readApprovals } from './approval.sql.ts';
import { type ApprovalRow, approvalUnknown, auditedApproval } from './approval-request.ts';
import { approverRefusal, asksApplication, rejecterRefusal } from './approval-standing.ts';
import type { OnceCaller } from './at-once.ts';

/** A request that the caller may see, and whom it names. */
export interface SeenApproval {
  readonly row: ApprovalRow;
  /** As whom the entry is to run; null: as whoever approves. */
  readonly asked: UserCard | null;
}

/** The number of the user whose requests the caller sees, those he made and those he is asked; null: he sees everybody's. */
export async function whoseApprovals({ door, actor, authority }: OnceCaller): Promise<number | null> {
  const reach = await authority.demand(actor, 'approval.read', { kind: 'approval', id: null });
  return reach === 'any' ? null : door.user.no;
}

/**
 * A request as it is now.
 * @throws NightshiftError APPROVAL_UNKNOWN, also for what the caller may not see; PERMISSION_DENIED, USER_DISABLED; VALIDATION
 */
export async function seenApproval(
  caller: OnceCaller,
  executor: Executor,
  id: string,
): Promise<SeenApproval> {
  if (typeof id !== 'string' || !isUuid(id)) {
    throw new NightshiftError(
      'VALIDATION',
      `${JSON.stringify(id)} is not the id of a request for approval (a UUID).`,
      { field: 'id' },
    );
  }
  const { door, authority } = caller;
  const values = [door.company.no, [id], null, await whoseApprovals(caller), 1];
  const [row] = await executor.run<ApprovalRow>(readApprovals, values);
  if (row === undefined) throw approvalUnknown(id);
  const directory = await authority.directory();
  return { row, asked: row.asked_user_no === null ? null : directory.userByNo(row.asked_user_no) };
}

/**
 * Lets the caller approve a request: nobody his own; a user who is asked only himself; for an application user a Security
 * Admin, too; of those that ask nobody in particular, whoever may decide.
 * @returns as whom the entry will run
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, APPROVAL_NEEDED
 */
export async function admitApprover(caller: OnceCaller, request: SeenApproval): Promise<UserCard> {
  const { door, actor, authority } = caller;
  const { row, asked } = request;
  const object = auditedApproval(row);
  const self = (await authority.directory()).userByNo(door.user.no);
  const standing = { row, asked, self };
  const reason = approverRefusal(standing);
  if (reason !== null) await refuse(caller, request, reason);
  if (asksApplication(standing)) await authority.demand(actor, 'user.runAsApplication', object);
  await authority.demand(actor, 'approval.decide', { ...object, isOwn: asked !== null });
  return asked ?? self;
}

/**
 * Lets the caller reject a request: who may approve it, and who may decide in general.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, APPROVAL_NEEDED
 */
export async function admitRejecter(caller: OnceCaller, request: SeenApproval): Promise<void> {
  const { door, actor, authority } = caller;
  const { row, asked } = request;
  const object = auditedApproval(row);
  const standing = { row, asked, self: door.user };
  const reason = rejecterRefusal(standing);
  if (reason !== null) await refuse(caller, request, reason);
  const isOwn =
    asked?.no === door.user.no ||
    (asksApplication(standing) && (await authority.may(actor, 'user.runAsApplication', object)));
  await authority.demand(actor, 'approval.decide', { ...object, isOwn });
}

/** Refuses for a reason that no permission set can change, and writes that down. @throws NightshiftError PERMISSION_DENIED */
export async function refuse(caller: OnceCaller, { row }: SeenApproval, reason: string): Promise<never> {
  const { actor, authority } = caller;
  const refusal = new NightshiftError('PERMISSION_DENIED', reason, {
    details: { user: actor.user.name, verb: 'approval.decide', request: row.id },
  });
  await authority.denied({ actor, verb: 'approval.decide', object: auditedApproval(row) }, refusal);
  throw refusal;
}

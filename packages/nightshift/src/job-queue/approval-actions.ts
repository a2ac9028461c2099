import type { Verb } from '../contract/permissions.ts';
import { type NightshiftError, withoutStacks } from '../foundation/index.ts';
import type { Directory } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { readApprovals } from './approval.sql.ts';
import { whoseApprovals } from './approval-access.ts';
import { type ApprovalRow, approvalConflict, auditedApproval } from './approval-request.ts';
import {
  approverRefusal,
  asksApplication,
  rejecterRefusal,
  type Standing,
  withdrawerRefusal,
} from './approval-standing.ts';
import { type OnceCaller, readingCaller } from './at-once.ts';
import { entryRuns, objectsOf } from './entry-change.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** Whether somebody may do something with a request for approval now. */
export interface ApprovalAction {
  readonly name: 'approve' | 'reject' | 'withdraw';
  /** What a right is needed for beside that of seeing the request. */
  readonly verb: Verb;
  readonly allowed: boolean;
  /** Why not, as the verb would say it; null: it would be let through. */
  readonly reason: string | null;
}

/**
 * What the caller may do with requests for approval, by their ids; those that he may not see are left out.
 * @param ids at most 1,000
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function approvalActions(
  caller: Caller,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly ApprovalAction[]>> {
  const once = readingCaller(caller, 'approvals.list');
  const values = [once.door.company.no, ids, null, await whoseApprovals(once), ids.length];
  const rows = await once.door.service(JOB_QUEUE).reader.run<ApprovalRow>(readApprovals, values);
  const directory = await once.authority.directory();
  const made = rows.map(async (row) => [row.id, await actionsOf(caller, once, directory, row)] as const);
  return new Map(await Promise.all(made));
}

async function actionsOf(caller: Caller, once: OnceCaller, directory: Directory, row: ApprovalRow) {
  const asked = row.asked_user_no === null ? null : directory.userByNo(row.asked_user_no);
  const standing = { row, asked, self: once.actor.user };
  const over = row.status === 'Open' ? null : withoutStacks(() => approvalConflict(row)).message;
  const approve =
    approverRefusal(standing) ??
    lacking(once, directory, standing, 'approve') ??
    over ??
    (await runRefusal(caller, once, standing));
  const reject = rejecterRefusal(standing) ?? lacking(once, directory, standing, 'reject') ?? over;
  return [
    action('approve', 'approval.decide', approve),
    action('reject', 'approval.decide', reject),
    action('withdraw', 'approval.request', withdrawerRefusal(standing) ?? over),
  ];
}

function action(name: ApprovalAction['name'], verb: Verb, reason: string | null): ApprovalAction {
  return { name, verb, allowed: reason === null, reason };
}

/** What is missing for a decision, as `admitApprover` and `admitRejecter` ask for it. */
function lacking(
  { actor, authority }: OnceCaller,
  directory: Directory,
  standing: Standing,
  decision: 'approve' | 'reject',
): string | null {
  const object = auditedApproval(standing.row);
  const forApplication = withoutStacks(() =>
    asksApplication(standing) ? authority.refusal(directory, actor, 'user.runAsApplication', object) : null,
  );
  if (decision === 'approve' && forApplication !== null) return forApplication.message;
  const isAsked = standing.asked?.no === standing.self.no;
  const speaksForIt = asksApplication(standing) && forApplication === null;
  const isOwn = decision === 'approve' ? standing.asked !== null : isAsked || speaksForIt;
  return messageOf(
    withoutStacks(() => authority.refusal(directory, actor, 'approval.decide', { ...object, isOwn })),
  );
}

/** What setting its entry Ready would be refused for. */
async function runRefusal(
  caller: Caller,
  { actor, authority }: OnceCaller,
  { row, asked }: Standing,
): Promise<string | null> {
  const objects = objectsOf(caller, row);
  const runAs = asked?.no ?? actor.user.no;
  const missing = await authority.rehearsal(actor, { ...auditedApproval(row), objects, runAs });
  if (missing !== null) return missing.message;
  const entry = { entryNo: Number(row.entry_no), status: row.entry_status };
  return row.entry_runs ? withoutStacks(() => entryRuns(entry)).message : null;
}

function messageOf(refusal: NightshiftError | null): string | null {
  return refusal?.message ?? null;
}

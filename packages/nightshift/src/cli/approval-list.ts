import { NightshiftError } from '../foundation/index.ts';
import { APPROVAL_STATUSES, type ApprovalRequest, type ApprovalStatus } from '../job-queue/index.ts';
import { findApproval } from './approval-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { instantText, listOf, tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { approvals } from './verbs.ts';
import { withCaller } from './with-caller.ts';

const LISTED_MAX = 1_000;

/** How `approval list` was called. */
export interface ListApprovalsOptions {
  readonly status?: string;
  readonly limit?: string;
}

/** Lists requests for approval, newest first; the open ones unless others are asked for. */
export async function listApprovalsCommand(
  invocation: Invocation,
  { status: wanted = 'open', limit }: ListApprovalsOptions,
): Promise<ExitCode> {
  const status = approvalStatusOf(wanted);
  const filter = {
    ...(status === null ? {} : { status }),
    ...(limit === undefined
      ? {}
      : { limit: parseRange(limit, 'limit', { minimum: 1, maximum: LISTED_MAX }) }),
  };
  await withCaller(invocation, {}, async (caller) => {
    const requests = await approvals.list(caller, filter);
    const zone = zoneOrUtc(caller.timeZone);
    const which = status === null ? '' : ` ${status.toLowerCase()}`;
    invocation.answer(requests, () =>
      requests.length === 0
        ? `There are no${which} requests for approval in ${caller.company}.`
        : approvalTable(requests, zone),
    );
  });
  return EXIT.ok;
}

function approvalTable(requests: readonly ApprovalRequest[], zone: string): string {
  return tableOf(
    ['Id', 'Status', 'Entry', 'Object', 'Asked by', `Asked (${zone})`, 'Runs as', 'Comment', 'Decided by'],
    requests.map((request) => [
      request.id,
      request.status,
      request.entryNo,
      request.object,
      request.requestedBy,
      wallClockText(request.requestedAt, zone),
      request.askedUser ?? 'who approves',
      request.decisionComment ?? request.comment,
      request.decidedBy,
    ]),
  );
}

/** Shows one request. */
export async function showApproval(invocation: Invocation, idOrNumber: string): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const request = await findApproval(caller, idOrNumber);
    invocation.answer(request, () => approvalText(request, caller.timeZone));
  });
  return EXIT.ok;
}

function approvalText(request: ApprovalRequest, zone: string): string {
  return listOf([
    ['Request', request.id],
    ['Status', request.status],
    ['Entry', `${request.entryNo} (${request.object}), ${request.entryStatus}`],
    ['Parameter', request.parameterString === '' ? null : request.parameterString],
    ['Description', request.description],
    ['Asked by', request.requestedBy],
    ['Asked', instantText(request.requestedAt, zone)],
    ['Comment', request.comment === '' ? null : request.comment],
    ['Will run as', request.askedUser ?? 'whoever approves'],
    ['Decided by', request.decidedBy],
    ['Decided', instantText(request.decidedAt, zone)],
    ['Decision', request.decisionComment === '' ? null : request.decisionComment],
  ]);
}

/** The status that a person means, whatever the case; null: all. @throws NightshiftError VALIDATION */
export function approvalStatusOf(text: string): ApprovalStatus | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === 'all') return null;
  const found = APPROVAL_STATUSES.find((status) => status.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new NightshiftError(
    'VALIDATION',
    `There is no status "${text}". The statuses are: ${APPROVAL_STATUSES.join(', ')}, and all.`,
    { field: 'status' },
  );
}

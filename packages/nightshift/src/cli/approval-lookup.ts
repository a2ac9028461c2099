import { NightshiftError } from '../foundation/index.ts';
import type { ApprovalRequest } from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import { approvals } from './verbs.ts';

const LISTED_MAX = 1_000;

/**
 * The request that a person means: by its id, or by the number of its entry while it is open.
 * @throws NightshiftError VALIDATION, APPROVAL_UNKNOWN, PERMISSION_DENIED
 */
export async function findApproval(caller: Caller, idOrNumber: string): Promise<ApprovalRequest> {
  const wanted = idOrNumber.trim();
  if (!/^\d+$/.test(wanted)) return approvals.get(caller, wanted.toLowerCase());
  const open = await approvals.list(caller, { status: 'Open', limit: LISTED_MAX });
  const found = open.find(({ entryNo }) => entryNo === Number(wanted));
  if (found !== undefined) return found;
  throw new NightshiftError(
    'APPROVAL_UNKNOWN',
    `There is no open request about entry ${wanted} in ${caller.company}.`,
    { field: 'id' },
  );
}

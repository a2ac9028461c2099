import type { User, UserCard } from '../permissions/index.ts';
import type { ApprovalRow } from './approval-request.ts';

// What no permission set changes about who decides a request. The verbs refuse by it, and rows say it.

/** How somebody stands to a request for approval. */
export interface Standing {
  readonly row: Pick<
    ApprovalRow,
    | 'id'
    | 'entry_no'
    | 'object'
    | 'requested_by_no'
    | 'requested_by'
    | 'entry_status'
    | 'entry_runs'
    | 'status'
    | 'decided_by'
  >;
  /** As whom the entry is to run; null: as whoever approves. */
  readonly asked: UserCard | null;
  /** Whoever would decide. */
  readonly self: Pick<User, 'no' | 'name'>;
}

/** Whether an application user is asked, and not whoever would decide: those who may have work run as such decide for it. */
export function asksApplication({ asked, self }: Standing): boolean {
  return asked !== null && asked.no !== self.no && asked.kind === 'application';
}

/** Why somebody does not approve a request, whatever his rights; null: they say. Pure. */
export function approverRefusal(standing: Standing): string | null {
  const { row, asked, self } = standing;
  if (row.requested_by_no === self.no)
    return `User ${self.name} has made this request himself; somebody else approves it.`;
  if (asked === null || asked.no === self.no || asksApplication(standing)) return null;
  return `Only ${asked.name} may approve this request: the entry will run as him.`;
}

/** Why somebody does not reject a request, whatever his rights; null: they say. Pure. */
export function rejecterRefusal({ row, self }: Standing): string | null {
  return row.requested_by_no === self.no ? 'Whoever has made a request withdraws it.' : null;
}

/** Why somebody does not take a request back; null: he does. Pure. */
export function withdrawerRefusal({ row, self }: Standing): string | null {
  if (row.requested_by_no === self.no) return null;
  return `Only ${row.requested_by} can withdraw this request; others reject it.`;
}

import { z } from 'zod';
import { NightshiftError } from '../foundation/index.ts';
import type { AuditObject } from '../permissions/index.ts';
import type { JobQueueEntryStatus } from './job-queue-entry.ts';

/** Longest comment, in characters. */
const COMMENT_LENGTH_MAX = 1_000;

/** The states of a request for approval. */
export const APPROVAL_STATUSES = ['Open', 'Approved', 'Rejected', 'Withdrawn'] as const;

/** A state of a request for approval. */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** That somebody asks for a job queue entry to be set Ready, who may not do that himself. */
export interface ApprovalRequest {
  readonly id: string;
  readonly entryId: string;
  readonly entryNo: number;
  /** What the entry runs. */
  readonly object: string;
  readonly description: string;
  readonly parameterString: string;
  readonly entryStatus: JobQueueEntryStatus;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly comment: string;
  /** As whom it is to run; null: as whoever approves. */
  readonly askedUser: string | null;
  readonly status: ApprovalStatus;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decisionComment: string | null;
}

/** A request as PostgreSQL returns it. */
export interface ApprovalRow {
  readonly id: string;
  readonly entry_id: string;
  readonly entry_no: string;
  readonly object: string;
  readonly description: string;
  readonly parameter_string: string;
  readonly entry_status: JobQueueEntryStatus;
  /** Whether a run of it is under way, or about to be. */
  readonly entry_runs: boolean;
  readonly requested_by_no: number;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly comment: string;
  readonly asked_user_no: number | null;
  readonly asked_user: string | null;
  readonly status: ApprovalStatus;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly decision_comment: string | null;
}

/** From the row to the domain. */
export function approvalOf(row: ApprovalRow): ApprovalRequest {
  return {
    id: row.id,
    entryId: row.entry_id,
    entryNo: Number(row.entry_no),
    object: row.object,
    description: row.description,
    parameterString: row.parameter_string,
    entryStatus: row.entry_status,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    comment: row.comment,
    askedUser: row.asked_user,
    status: row.status,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    decisionComment: row.decision_comment,
  };
}

/** How the audit log names a request. */
export function auditedApproval(row: Pick<ApprovalRow, 'id' | 'entry_no' | 'object'>) {
  return {
    kind: 'approval',
    id: row.id,
    name: `of entry ${row.entry_no} (${row.object})`,
  } satisfies AuditObject;
}

const commentSchema = z
  .string()
  .trim()
  .refine((text) => [...text].length <= COMMENT_LENGTH_MAX, `has at most ${COMMENT_LENGTH_MAX} characters`)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'contains characters that cannot be stored');

/** A comment, blank where none was given. @throws NightshiftError VALIDATION naming `comment` */
export function checkedComment({ comment = '' }: { readonly comment?: string }): string {
  const parsed = commentSchema.safeParse(comment);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues[0]?.message ?? 'is not text';
  throw new NightshiftError('VALIDATION', `The comment ${why}.`, { field: 'comment' });
}

/** @throws NightshiftError VALIDATION naming `status` */
export function checkedApprovalStatus(status: string): ApprovalStatus {
  const found = APPROVAL_STATUSES.find((known) => known === status);
  if (found !== undefined) return found;
  throw new NightshiftError(
    'VALIDATION',
    `There is no status "${status}". The statuses are: ${APPROVAL_STATUSES.join(', ')}.`,
    { field: 'status' },
  );
}

export function approvalUnknown(id: string): NightshiftError {
  return new NightshiftError('APPROVAL_UNKNOWN', `There is no request for approval ${id} in this company.`, {
    field: 'id',
  });
}

/** The refusal of what the status of a request does not allow. */
export function approvalConflict({
  status,
  decided_by,
}: Pick<ApprovalRow, 'status' | 'decided_by'>): NightshiftError {
  const by = decided_by === null ? '' : ` by ${decided_by}`;
  return new NightshiftError('CONFLICT', `The request is ${status} already${by}.`, { details: { status } });
}

import { type JsonValue, NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf, type ErrorMessage } from '../session/index.ts';
import { listErrorMessages } from './job-queue.sql.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** An error that a run has reported with `session.reportError`. */
export interface JobQueueErrorMessage extends Omit<ErrorMessage, 'at'> {
  /** Its place among those of the run, from 1. */
  readonly no: number;
  readonly at: Date;
}

/**
 * The errors that a run has reported, in their order; at most 1,000. How many there were, those that were not kept included, is
 * in its log entry as `errorMessages`.
 * @throws NightshiftError LOG_ENTRY_UNKNOWN, also for one that the caller may not see; VALIDATION naming `logEntryNo`;
 *   PERMISSION_DENIED, USER_DISABLED
 */
export async function errorMessages(
  caller: Caller,
  logEntryNo: number,
): Promise<readonly JobQueueErrorMessage[]> {
  const door = doorOf(caller);
  const no = checkedNo(logEntryNo);
  const { reader } = door.service(JOB_QUEUE);
  const wish = { kind: 'entry', id: null };
  const reach = await door.service(AUTHORITY).demand(actorOf(door), 'entry.read', wish);
  const values = [door.company.no, no, reach === 'any' ? null : door.user.no];
  const rows = await reader.run<ErrorMessageRow>(listErrorMessages, values);
  if (rows.length > 0) return rows.filter(isMessage).map(messageOf);
  throw new NightshiftError('LOG_ENTRY_UNKNOWN', `There is no log entry ${no} in this company.`, {
    field: 'logEntryNo',
  });
}

/** A message as PostgreSQL returns it; of a run without any, one without a number. */
interface ErrorMessageRow {
  readonly no: number | null;
  readonly at: Date;
  readonly codeunit: string;
  readonly code: string | null;
  readonly text: string;
  readonly record_table: string | null;
  readonly record_key: JsonValue;
  readonly field: string | null;
  readonly details: JsonValue;
}

function isMessage(row: ErrorMessageRow): row is ErrorMessageRow & { readonly no: number } {
  return row.no !== null;
}

function messageOf(row: ErrorMessageRow & { readonly no: number }): JobQueueErrorMessage {
  const { no, at, codeunit, code, text, field, details } = row;
  const context = row.record_table === null ? null : { table: row.record_table, key: row.record_key };
  return { no, at, codeunit, code, text, context, field, details };
}

function checkedNo(no: number): number {
  if (Number.isSafeInteger(no) && no >= 1) return no;
  throw new NightshiftError('VALIDATION', 'The number of a log entry is a whole number, 1 or more.', {
    field: 'logEntryNo',
  });
}

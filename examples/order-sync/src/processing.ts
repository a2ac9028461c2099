import type { JobSession } from './job-session.ts';
import { RowProblem } from './row-problem.ts';
import { countDue, finishRow, lockDue, postponeRow } from './staging.sql.ts';
import type { StagedRow, StagingTable } from './staging-tables.ts';

/** Rows of one transaction. */
export const CHUNK_SIZE_DEFAULT = 100;
/** Attempts a row gets before it is Failed, unless its data are plainly wrong. */
export const ATTEMPTS_MAX_DEFAULT = 3;
/** The wait after the first failed attempt; four times as long after each further one. */
export const RETRY_DELAY_SECONDS = 60;

const ERROR_TEXT_LENGTH_MAX = 2_000;

/**
 * SQLSTATE classes that say nothing about the row at hand: connection, resources, operator, system, and rights or
 * missing tables. The run ends, or it would write the same complaint to a thousand rows.
 */
const RUN_LEVEL_SQLSTATE = /^(?:08|42|53|57|58|F0|XX)...$/;

/** What a run over a staging table did. */
export interface ProcessingCounts {
  readonly processed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Left Pending for another attempt. */
  readonly postponed: number;
}

/** How to process; the defaults are the constants above. */
export interface ProcessingOptions {
  readonly chunkSize?: number;
  readonly attemptsMax?: number;
}

type Outcome = keyof ProcessingCounts;

/** What stays the same for all rows of a run. */
interface Work {
  readonly session: JobSession;
  readonly table: StagingTable;
  readonly handle: (row: StagedRow) => Promise<void>;
  readonly attemptsMax: number;
}

/**
 * Processes all due rows of a staging table, a chunk a transaction, each row behind its own savepoint: a bad one is
 * recorded and the rest go on. A run that breaks off leaves the rows of its last chunk Pending, with nothing written.
 * @param handle turns one row into business records; throws RowProblem for what is wrong with it
 */
export async function processDue(
  session: JobSession,
  table: StagingTable,
  handle: (row: StagedRow) => Promise<void>,
  options: ProcessingOptions = {},
): Promise<ProcessingCounts> {
  const { chunkSize = CHUNK_SIZE_DEFAULT, attemptsMax = ATTEMPTS_MAX_DEFAULT } = options;
  const work: Work = { session, table, handle, attemptsMax };
  const counts = { processed: 0, failed: 0, skipped: 0, postponed: 0 };
  const total = await countDue(session.db, table);
  for (let done = 0; ; ) {
    session.signal.throwIfAborted();
    const rows = await lockDue(session.db, table, chunkSize);
    for (const row of rows) {
      counts[await processRow(work, row)] += 1;
    }
    await session.commit();
    if (rows.length === 0) return counts;
    done += rows.length;
    session.progress(done, Math.max(done, total), table);
  }
}

async function processRow(work: Work, row: StagedRow): Promise<Outcome> {
  const { session, table } = work;
  const { externalId } = row;
  try {
    await session.savepoint(async () => {
      await work.handle(row);
      await finishRow(session.db, table, {
        externalId,
        status: 'Processed',
        errorCode: null,
        errorText: null,
      });
    });
    return 'processed';
  } catch (thrown) {
    if (concernsRun(session, thrown)) throw thrown;
    return recordProblem(work, row, thrown);
  }
}

/** Whether an error is about the run as a whole: stopped, claim lost, database gone, rights missing. */
function concernsRun(session: JobSession, thrown: unknown): boolean {
  if (session.signal.aborted) return true;
  // By name, because with `isolation: 'thread'` or `'process'` the error was made in another one.
  const isPlatformError = thrown instanceof Error && thrown.name === 'NightshiftError';
  return isPlatformError || RUN_LEVEL_SQLSTATE.test(codeOf(thrown));
}

async function recordProblem(work: Work, row: StagedRow, thrown: unknown): Promise<Outcome> {
  const { session, table, attemptsMax } = work;
  const { externalId } = row;
  const errorCode = codeOf(thrown);
  const errorText = textOf(thrown);
  const verdict = thrown instanceof RowProblem ? thrown.verdict : 'retry';
  if (verdict === 'skip') {
    await finishRow(session.db, table, { externalId, status: 'Skipped', errorCode, errorText });
    return 'skipped';
  }
  const attempt = row.attempts + 1;
  session.log.warning(`${table} ${externalId} failed: ${errorText}`, { externalId, errorCode, attempt });
  if (verdict === 'fail' || attempt >= attemptsMax) {
    await finishRow(session.db, table, { externalId, status: 'Failed', errorCode, errorText });
    return 'failed';
  }
  const delaySeconds = RETRY_DELAY_SECONDS * 4 ** row.attempts;
  await postponeRow(session.db, table, { externalId, delaySeconds, errorCode, errorText });
  return 'postponed';
}

function codeOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : null;
  return typeof code === 'string' ? code.slice(0, 64) : 'INTERNAL';
}

function textOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replaceAll('\0', '').toWellFormed().slice(0, ERROR_TEXT_LENGTH_MAX);
}

import {
  type Caller,
  doorOf,
  LOG_BEGINNING,
  type LogPlace,
  linesBehind,
  type NewLines,
} from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { logEntry } from './log-page.ts';
import { readRunSurroundings } from './run-facts.sql.ts';
import { unknownRun } from './run-facts.ts';

/**
 * Whether more lines may come. `silent`: they may, but the server instance that runs it does not answer now. `ended`: what
 * comes by this answer, and by those behind it while there are more, is all.
 */
type RunLinesState = 'running' | 'silent' | 'ended';

/** Lines of the log of a run that a reader has not seen. */
export interface RunLines extends NewLines {
  readonly state: RunLinesState;
}

/**
 * The lines of the log of a run behind a place, at most 250, also while it runs, on whichever server instance. Nobody has
 * any trouble with it but who asks: what runs keeps its lines to itself until then. Not for sessions in a thread or process
 * of their own.
 * @param place `place` of the answer before. Default: from the first line on
 * @throws NightshiftError LOG_ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function runLines(
  caller: Caller,
  no: number,
  place: LogPlace = LOG_BEGINNING,
): Promise<RunLines> {
  readingCaller(caller, 'jobQueue.runLines');
  const run = await logEntry(caller, no);
  if (run === null) throw unknownRun(no);
  const { lines, progress, sessionId } = run;
  if (run.status !== 'In Process') return { ...linesBehind(lines, place), progress, state: 'ended' };
  const door = doorOf(caller);
  const { reader, detached } = door.service(JOB_QUEUE);
  const [around] = await reader.run<{ session_unique_id: string }>(readRunSurroundings, [
    door.company.no,
    no,
  ]);
  if (around === undefined) throw unknownRun(no);
  const told = await detached?.sessionLines({ sessionId, uniqueId: around.session_unique_id, place });
  const nothing = { lines: [], place, startsOver: false, hasMore: false, progress };
  if (told === 'silent') return { ...nothing, state: 'silent' };
  // It is about to end, or waits for its next attempt.
  return { ...(told ?? nothing), state: 'running' };
}

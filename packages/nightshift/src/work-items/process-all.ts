import { NightshiftError } from '../foundation/index.ts';
import { doorOf, type Session } from '../session/index.ts';
import type { ChunkOptions } from './chunk-options.ts';
import type { ItemHandler } from './item-run.ts';
import { type ChunkResult, chunkRunOf, countsOf } from './process-chunk.ts';
import { WORK_ITEMS } from './work-item-service.ts';
import type { WorkItems } from './work-items.ts';

/** How all that is due is processed. */
export interface ProcessAllOptions extends ChunkOptions {
  /**
   * Called at the end when items are left that are due: starts a follow-up at once, say `(session) =>
   * taskScheduler.createTask(session, processOrders)`. Default: they are left for the next run.
   */
  readonly followUp?: (session: Session) => unknown;
}

/** Milliseconds that a run takes unless it says otherwise. */
const DEFAULT_TIME_BUDGET_MS = 5 * 60_000;

/**
 * Processes chunk after chunk until nothing is due any more or the time is up: what the thin codeunit of a job queue entry
 * calls. How many went well, failed and were skipped is in the log entry of the run; one that finds nothing to do says so.
 * @throws as `processChunk`
 */
export async function processAll<Payload, In>(
  session: Session,
  items: WorkItems<Payload, In>,
  options: ProcessAllOptions,
  handler: ItemHandler<Payload>,
): Promise<ChunkResult> {
  const { followUp, ...more } = options;
  if (followUp !== undefined && typeof followUp !== 'function') {
    throw new NightshiftError('VALIDATION', 'followUp is a function.', { field: 'followUp' });
  }
  const run = await chunkRunOf(session, items, { timeBudget: DEFAULT_TIME_BUDGET_MS, ...more }, handler);
  let isWorking = true;
  while (isWorking && !run.isOver()) isWorking = await run.next();
  const counts = countsOf(run.tally);
  const { hasMore, nextDue } = await run.remaining();
  // When nothing could be claimed although it is due, others are at it.
  const isLeft = hasMore && isWorking;
  if (isLeft) await followUp?.(session);
  else if (run.tally.done === 0) session.reportNothingToDo();
  const door = doorOf(session);
  const dimensions = { items: items.name, company: door.company.name, ...counts, hasMore: isLeft };
  door.afterCommit(() => door.service(WORK_ITEMS).telemetry.emit('NS0071', dimensions));
  return { ...counts, hasMore, nextDue };
}

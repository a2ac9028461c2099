import { NightshiftError } from '../foundation/index.ts';
import { type CallerDoor, doorOf, type Session } from '../session/index.ts';
import { type ChunkOptions, type ChunkPlan, chunkPlan } from './chunk-options.ts';
import { type ChunkWork, runChunk } from './chunk-run.ts';
import { ChunkTally, type ItemCounts } from './chunk-tally.ts';
import type { ItemHandler } from './item-run.ts';
import { WORK_ITEMS } from './work-item-service.ts';
import { remainingItems } from './work-items.sql.ts';
import type { WorkItems } from './work-items.ts';

/** What became of a chunk. */
export interface ChunkResult extends ItemCounts {
  /** Whether items are due that were not tried. */
  readonly hasMore: boolean;
  /** When the next item is due, in the past when some are; null: none waits. */
  readonly nextDue: Date | null;
}

/**
 * Processes items that are due: claims a chunk of them and commits that, so that a crash costs them an attempt; then has
 * `handler` process each behind a savepoint of its own, so that one that fails holds up no other; then writes what became of
 * them and commits once. What fails is tried again by the retry policy, at last it is Failed and left to people.
 *
 * The handler works in the session that it is given, must not commit, and must not call others outside but by `externalCall`.
 * Whatever the session has written before is committed with the claim.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED without the right `M` to the table, CLAIM_LOST, SESSION_STOPPED;
 *   SHARED_TRANSACTION. The items are due again then
 */
export async function processChunk<Payload, In>(
  session: Session,
  items: WorkItems<Payload, In>,
  options: ChunkOptions,
  handler: ItemHandler<Payload>,
): Promise<ChunkResult> {
  const run = await chunkRunOf(session, items, options, handler);
  await run.next();
  return { ...countsOf(run.tally), ...(await run.remaining()) };
}

/** A run of one chunk after another. */
export interface ChunkRun {
  readonly tally: ChunkTally;
  /** Works on the next chunk, or on several side by side. @returns whether there was anything to do */
  next(): Promise<boolean>;
  /** Whether the time is up. */
  isOver(): boolean;
  remaining(): Promise<{ readonly hasMore: boolean; readonly nextDue: Date | null }>;
}

export function countsOf({ processed, skipped, retried, failed }: ItemCounts): ItemCounts {
  return { processed, skipped, retried, failed };
}

/** Makes ready to process chunks. @throws NightshiftError VALIDATION, SHARED_TRANSACTION */
export async function chunkRunOf<Payload, In>(
  session: Session,
  items: WorkItems<Payload, In>,
  options: ChunkOptions,
  handler: ItemHandler<Payload>,
): Promise<ChunkRun> {
  const door = doorOf(session);
  door.refuseIfShared?.('processChunk');
  if (!door.transactional || typeof session.savepoint !== 'function') {
    throw new NightshiftError('VALIDATION', 'Items are processed in a session.', { field: 'session' });
  }
  const plan = chunkPlan(items, options);
  const { clock, apart } = door.service(WORK_ITEMS);
  if (plan.concurrency > 1 && apart.session === null) {
    const text = 'A codeunit with isolation works on one chunk at a time: leave concurrency out.';
    throw new NightshiftError('VALIDATION', text, { field: 'concurrency' });
  }
  await apart.prepare(door, items.name);
  const { timeBudget } = plan;
  const end = timeBudget === null ? Number.POSITIVE_INFINITY : clock.monotonic() + timeBudget;
  const isOver = () => session.signal.aborted || clock.monotonic() >= end;
  const tally = new ChunkTally();
  // What is under way counts, too: a chunk may take a while.
  const shown = new ChunkTally();
  const work: ChunkWork<Payload, In> = {
    items,
    plan,
    handler,
    isOver,
    told: { count: 0 },
    onItem: (status) => {
      if (status === 'Processed') shown.processed++;
      else if (status === 'Skipped') shown.skipped++;
      else if (status === 'Pending') shown.retried++;
      else shown.failed++;
      report(session, items.name, shown);
    },
  };
  return {
    tally,
    isOver,
    async next() {
      const done = await sideBySide(session, door, plan, work);
      for (const each of done) tally.add(each);
      return done.length > 0;
    },
    remaining: () => remaining(door, items.name),
  };
}

function report(session: Session, name: string, shown: ChunkTally): void {
  session.progress(shown.done, null, name, {
    ok: shown.processed,
    failed: shown.failed + shown.retried,
    skipped: shown.skipped,
  });
}

/** One chunk in this session, or several in sessions of their own. */
async function sideBySide<Payload, In>(
  session: Session,
  door: CallerDoor,
  { concurrency }: ChunkPlan,
  work: ChunkWork<Payload, In>,
): Promise<readonly ChunkTally[]> {
  const open = door.service(WORK_ITEMS).apart.session;
  if (concurrency === 1 || open === null)
    return [await runChunk(session, work)].filter((tally) => tally !== null);
  // The others do not wait for what this session has locked.
  await session.commit();
  const name = `work items ${work.items.name}`;
  const runs = Array.from({ length: concurrency }, () => open(session, name, (own) => runChunk(own, work)));
  const ends = await Promise.allSettled(runs);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ends.flatMap((end) => (end.status === 'fulfilled' && end.value !== null ? [end.value] : []));
}

async function remaining(door: CallerDoor, name: string) {
  const { clock } = door.service(WORK_ITEMS);
  const [row] = await door.transaction((tx) =>
    tx.run<{ is_due: boolean; next_due: Date | null }>(remainingItems, [
      door.user.no,
      door.company.no,
      name,
      clock.pinned(),
    ]),
  );
  return { hasMore: row?.is_due ?? false, nextDue: row?.next_due ?? null };
}

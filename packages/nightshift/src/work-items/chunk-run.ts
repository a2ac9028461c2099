import { randomUuid } from '../foundation/index.ts';
import { type CallerDoor, doorOf, type Session } from '../session/index.ts';
import type { ChunkPlan } from './chunk-options.ts';
import { ChunkTally } from './chunk-tally.ts';
import { type FinishedItem, type ItemHandler, runItem } from './item-run.ts';
import type { ClaimedRow } from './work-item.ts';
import { WORK_ITEMS, type WorkItemService } from './work-item-service.ts';
import { beginItems, claimItems, finishItems, releaseItems } from './work-items.sql.ts';
import type { WorkItems } from './work-items.ts';

/**
 * How long a claim is left alone before somebody has begun to process it. From then on a lock says that he is alive, however
 * long he takes.
 */
const LEASE_MS = 60_000;
/** So many times whoever processes an item may die before it is Failed; once for what is never tried again by itself. */
const LOSSES_MAX = 3;

/** One chunk to be worked on. */
export interface ChunkWork<Payload, In> {
  readonly items: WorkItems<Payload, In>;
  readonly plan: ChunkPlan;
  readonly handler: ItemHandler<Payload>;
  /** Whether no further item is begun. */
  readonly isOver: () => boolean;
  /** Told of each item that was tried. */
  readonly onItem: (outcome: FinishedItem['status']) => void;
  /** Items of the whole run that were told in its log. */
  readonly told: { count: number };
}

/**
 * Claims a chunk, commits that, has its items processed one after another, and commits what became of them.
 * @returns null when there was nothing to claim
 */
export async function runChunk<Payload, In>(
  session: Session,
  work: ChunkWork<Payload, In>,
): Promise<ChunkTally | null> {
  const door = doorOf(session);
  const service = door.service(WORK_ITEMS);
  const { items } = work;
  const claim = randomUuid();
  const claimed = await claimChunk(session, door, work, claim);
  await session.commit();
  if (claimed.length === 0) return null;
  handBackIfUndone(door, service, items.name, claim);
  const held = await door.transaction((tx) =>
    tx.run<{ id: string }>(beginItems, [door.user.no, door.company.no, items.name, claim]),
  );
  const isHeld = new Set(held.map(({ id }) => id));
  const outcomes = await runItems(
    session,
    work,
    claimed.filter(({ id }) => isHeld.has(id)),
  );
  await door.transaction((tx) =>
    tx.run(finishItems, [
      door.user.no,
      door.company.no,
      items.name,
      claim,
      ...writtenForm(outcomes),
      service.clock.pinned(),
    ]),
  );
  await session.commit();
  return tallyOf(outcomes);
}

async function claimChunk<Payload, In>(
  session: Session,
  door: CallerDoor,
  { items, plan }: ChunkWork<Payload, In>,
  claim: string,
): Promise<readonly ClaimedRow[]> {
  const { clock, epoch } = door.service(WORK_ITEMS);
  const rows = await door.transaction((tx) =>
    tx.run<ClaimedRow>(claimItems, [
      door.user.no,
      door.company.no,
      items.name,
      plan.limit,
      items.isKeyed,
      plan.newest,
      claim,
      epoch(),
      session.uniqueId,
      LEASE_MS,
      items.retryPolicy.maximumRetries === 0 ? 1 : LOSSES_MAX,
      clock.pinned(),
    ]),
  );
  const direction = plan.newest ? -1 : 1;
  return rows.toSorted((one, other) => (Number(one.id) - Number(other.id)) * direction);
}

/** When the session ends without having written what became of a chunk, others may have its items at once. */
function handBackIfUndone(door: CallerDoor, { apart }: WorkItemService, items: string, claim: string): void {
  if (apart.session === null) return; // from an isolate only the lease, or the end of its instance, does that
  const handBack = () => {
    const values = [door.user.no, door.company.no, items, claim];
    apart.patient.run(releaseItems, values).catch(() => undefined);
  };
  door.afterCommit(() => undefined, handBack);
}

async function runItems<Payload, In>(
  session: Session,
  { items, plan, handler, isOver, onItem, told }: ChunkWork<Payload, In>,
  rows: readonly ClaimedRow[],
): Promise<readonly FinishedItem[]> {
  const outcomes: FinishedItem[] = [];
  /** Keys of items that have failed: those behind them wait. */
  const blocked = new Set<string>();
  const run = { session, items, handler, maxAttempts: plan.maxAttempts, told };
  for (const row of rows) {
    const key = row.concurrency_key;
    if (isOver() || (key !== null && blocked.has(key))) {
      outcomes.push({ id: row.id, status: 'Released' });
      continue;
    }
    const outcome = await runItem(run, row);
    const isDone = outcome.status === 'Processed' || outcome.status === 'Skipped';
    if (key !== null && !isDone) blocked.add(key);
    outcomes.push(outcome);
    onItem(outcome.status);
  }
  return outcomes;
}

/** The outcomes as `items_finish` takes them: Processed by their numbers, Skipped with their notes, and the others. */
function writtenForm(outcomes: readonly FinishedItem[]): readonly [readonly string[], string, string] {
  const processed: string[] = [];
  const skipped: Record<string, string> = {};
  const others: FinishedItem[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'Processed') processed.push(outcome.id);
    else if (outcome.status === 'Skipped') skipped[outcome.id] = outcome.note ?? '';
    else others.push(outcome);
  }
  return [processed, JSON.stringify(skipped), JSON.stringify(others)];
}

function tallyOf(outcomes: readonly FinishedItem[]): ChunkTally {
  const tally = new ChunkTally();
  for (const { status } of outcomes) {
    if (status === 'Processed') tally.processed++;
    else if (status === 'Skipped') tally.skipped++;
    else if (status === 'Pending') tally.retried++;
    else if (status === 'Failed') tally.failed++;
    else tally.released++;
  }
  return tally;
}

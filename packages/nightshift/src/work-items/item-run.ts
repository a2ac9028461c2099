import { errorFingerprint, isNightshiftError, printable, storedErrorOf } from '../foundation/index.ts';
import { type CallerDoor, doorOf, type Session } from '../session/index.ts';
import { delayAfter } from './chunk-options.ts';
import { parsedPayload } from './staged-row.ts';
import { type ClaimedRow, idempotencyKeyOf, type WorkItem, workItemOf } from './work-item.ts';
import { WORK_ITEMS } from './work-item-service.ts';
import type { AnyWorkItems, WorkItems } from './work-items.ts';

/** What a handler may answer: nothing when the item is processed, or why it was passed over. */
export type ItemAnswer = undefined | { readonly skipped: string };

type Handles<Payload, Answer> = (item: WorkItem<Payload>, session: Session) => Answer;

/** Processes one item, in a savepoint of the session that it is given. What it throws is the item's error. */
export type ItemHandler<Payload> =
  | Handles<Payload, Promise<ItemAnswer | Awaited<Promise<void>>>>
  | Handles<Payload, ItemAnswer>;

/** What is written of an item, as `items_finish` takes it. */
export interface FinishedItem {
  readonly id: string;
  readonly status: 'Processed' | 'Skipped' | 'Pending' | 'Failed' | 'Released';
  readonly note?: string;
  readonly after_ms?: number;
  readonly code?: string | null;
  readonly text?: string;
  readonly stack?: string | null;
  readonly fingerprint?: string;
}

/** Longest note of an item, in characters. */
const NOTE_LENGTH_MAX = 1_000;
/** Longest stack that is kept with an item, in characters. */
const STACK_LENGTH_MAX = 4_096;
/** So many items that failed are told in the log of a run. */
const LOGGED_MAX = 50;

/** A run of several items. */
export interface ItemsRun<Payload, In> {
  readonly session: Session;
  readonly items: WorkItems<Payload, In>;
  readonly handler: ItemHandler<Payload>;
  readonly maxAttempts: number | null;
  /** Items of this run that were told in its log. */
  readonly told: { count: number };
}

/**
 * Has one item processed, behind a savepoint.
 * @throws what has ended the session
 */
export async function runItem<Payload, In>(
  run: ItemsRun<Payload, In>,
  row: ClaimedRow,
): Promise<FinishedItem> {
  const { session, items, handler } = run;
  const door = doorOf(session);
  const idempotencyKey = idempotencyKeyOf(door.company.no, items.name, row.external_id, null);
  let entered = false;
  try {
    const answer = await session.savepoint(async () => {
      entered = true;
      const item = workItemOf(row, parsedPayload(items, row.payload), { table: items.name, idempotencyKey });
      return handler(item, session);
    });
    if (typeof answer !== 'object') return { id: row.id, status: 'Processed' };
    return { id: row.id, status: 'Skipped', note: printable(String(answer.skipped), NOTE_LENGTH_MAX) };
  } catch (error) {
    // Not the item's doing: the session was ended, or there is no transaction to work in.
    session.signal.throwIfAborted();
    door.refuseIfOver();
    if (!entered || isNightshiftError(error, 'CLAIM_LOST', 'COMMIT_UNKNOWN')) throw error;
    return failedItem(run, door, row, error);
  }
}

/** Whether an error may be gone the next time, as far as the application knows. */
function mayPass({ isRetriable }: Pick<AnyWorkItems, 'isRetriable'>, thrown: unknown): boolean {
  try {
    return isRetriable(thrown) !== false;
  } catch {
    return true;
  }
}

function failedItem<Payload, In>(
  { session, items, maxAttempts, told }: ItemsRun<Payload, In>,
  door: CallerDoor,
  row: ClaimedRow,
  thrown: unknown,
): FinishedItem {
  const error = storedErrorOf(thrown);
  const { telemetry } = door.service(WORK_ITEMS);
  const delay = mayPass(items, thrown) ? delayAfter(items, { maxAttempts }, row.attempts) : null;
  const facts = { items: items.name, externalId: row.external_id, item: Number(row.id) };
  if (told.count++ < LOGGED_MAX) {
    const what = delay === null ? 'has failed for good' : `has failed, attempt ${row.attempts}`;
    session.log.error(`${items.name} ${row.external_id} ${what}: ${error.message}`, {
      ...facts,
      code: error.code,
    });
  }
  if (delay === null) {
    const dimensions = {
      ...facts,
      company: door.company.name,
      reason: error.message,
      attempts: row.attempts,
    };
    door.afterCommit(() => telemetry.emit('NS0070', dimensions));
  }
  return {
    id: row.id,
    ...(delay === null ? { status: 'Failed' } : { status: 'Pending', after_ms: delay }),
    code: error.code,
    text: error.message,
    stack: error.stack === null ? null : printable(error.stack, STACK_LENGTH_MAX),
    fingerprint: errorFingerprint(error),
  };
}

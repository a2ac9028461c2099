import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { jsonbArray, textArray } from './array-parameters.ts';
import { type RejectedRow, rejectedRow, type StagedRow, stagedRow } from './staged-row.ts';
import { WORK_ITEMS } from './work-item-service.ts';
import { stageItems } from './work-items.sql.ts';
import type { WorkItems } from './work-items.ts';

/** Rows of one statement, unless they are long. */
const BATCH_ROWS_MAX = 4_000;
/** Characters of one statement; the last row of it may go beyond. */
const BATCH_LENGTH_MAX = 4_000_000;
/** Rejected rows that are described; the others are counted. */
const REJECTED_LISTED_MAX = 100;

/** What became of rows that were staged. */
export interface StageResult {
  /** Rows that nobody knew. */
  readonly staged: number;
  /** Rows of which an older version was known; they are processed anew. */
  readonly updated: number;
  /** Rows that are known like this, or newer. */
  readonly unchanged: number;
  readonly rejected: number;
  /** The first hundred of those that were rejected. */
  readonly rejections: readonly RejectedRow[];
}

/** Rows to stage: all at once, or as they come. */
export type Rows<In> = Iterable<In> | AsyncIterable<In>;

/**
 * Writes rows from another system into a table of work items, each once, however often it comes. A row is known by its
 * external id; a newer version of it replaces the older one and is processed anew. Rows that do not fit the declaration are
 * left out and reported. They travel in batches, so that as many as you like take no more memory than one batch. In a session
 * all is part of its transaction; a caller without one commits each batch.
 * @throws NightshiftError PERMISSION_DENIED without the right `I` to the table; VALIDATION
 */
export async function stage<In, Payload>(
  caller: Caller,
  items: WorkItems<Payload, In>,
  rows: Rows<In>,
): Promise<StageResult> {
  const door = doorOf(caller);
  const { clock } = door.service(WORK_ITEMS);
  if (!isIterable(rows)) throw new NightshiftError('VALIDATION', 'rows is a list.', { field: 'rows' });
  if (!door.transactional) await admitToStage(door, items.name);
  const result = { staged: 0, updated: 0, unchanged: 0, rejected: 0, rejections: [] as RejectedRow[] };
  const columns = Object.keys(items.columns);
  const valuesOf = (batch: readonly StagedRow[]) => [
    ...[door.user.no, door.company.no, items.name],
    textArray(batch.map(({ externalId }) => externalId)),
    jsonbArray(batch.map(({ payload }) => payload)),
    batch.every(({ more }) => more === null) ? null : jsonbArray(batch.map(({ more }) => more)),
    ...[columns, clock.pinned()],
  ];
  const write = async (values: readonly unknown[], size: number) => {
    // A caller without a session commits each batch: what loses against others is tried again, and rows come only once.
    const [done] = await door.transaction((tx) =>
      tx.run<{ staged: number; updated: number }>(stageItems, values),
    );
    result.staged += done?.staged ?? 0;
    result.updated += done?.updated ?? 0;
    result.unchanged += size - (done?.staged ?? 0) - (done?.updated ?? 0);
  };
  // A list does nothing in the session while it is gone through, so that the next batch is made while one is written.
  const isList = Symbol.iterator in rows;
  let written = Promise.resolve();
  try {
    for await (const batch of batches(items, rows, result)) {
      const values = valuesOf(batch);
      await written;
      written = write(values, batch.length);
      if (!isList) await written;
    }
  } finally {
    await written;
  }
  return Object.freeze(result);
}

/** Of a session PostgreSQL knows the rights; of a caller without one only we do. @throws NightshiftError PERMISSION_DENIED */
async function admitToStage(door: CallerDoor, table: string): Promise<void> {
  const { user, company } = door;
  const place = { kind: 'company', id: String(company.no), name: company.name };
  await door.service(AUTHORITY).demand(actorOf(door), 'company.open', place);
  const rights = await door.service(WORK_ITEMS).apart.tableRights(door, table);
  if (rights.includes('I')) return;
  const text = `User ${user.name} may not stage into ${table} in company ${company.name}: he lacks the right I to it.`;
  throw new NightshiftError('PERMISSION_DENIED', text, { details: { user: user.name, table, right: 'I' } });
}

interface Rejections {
  rejected: number;
  readonly rejections: RejectedRow[];
}

/** The rows that can be staged, in batches. */
async function* batches<In, Payload>(
  items: WorkItems<Payload, In>,
  rows: Rows<In>,
  notes: Rejections,
): AsyncGenerator<readonly StagedRow[]> {
  let batch: StagedRow[] = [];
  let length = 0;
  let index = 0;
  for await (const row of rows) {
    try {
      const staged = stagedRow(items, row);
      batch.push(staged);
      length += staged.payload.length + (staged.more?.length ?? 0);
    } catch (error) {
      notes.rejected++;
      const externalId = externalIdOf(items, row);
      if (notes.rejections.length < REJECTED_LISTED_MAX)
        notes.rejections.push(rejectedRow(index, externalId, error));
    }
    index++;
    if (batch.length < BATCH_ROWS_MAX && length < BATCH_LENGTH_MAX) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}

/** What can be told of a row that does not fit its schema. */
function externalIdOf<In, Payload>(items: WorkItems<Payload, In>, row: unknown): string | null {
  try {
    const id: unknown = items.externalId(row as Payload);
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

function isIterable(rows: unknown): boolean {
  return (
    typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows)
  );
}

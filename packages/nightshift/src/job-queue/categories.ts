import { classifyFailure, type Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, audited, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import {
  createCategory,
  deleteCategory,
  listCategories,
  lockCategory,
  modifyCategory,
} from './category.sql.ts';
import { deletionRefusal } from './category-actions.ts';
import {
  type CategoryChanges,
  type CategoryInput,
  checkCategory,
  checkCategoryChanges,
} from './category-input.ts';
import { type PlacesGiven, tellAfterCommit } from './category-places.ts';
import { categoryTransaction } from './category-turns.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

const UNIQUE_VIOLATION = '23505';

/** Of the entries that name a category, at most `parallelism` run at a time. */
export interface JobQueueCategory {
  /** 1 to 20 characters, by which entries name it. */
  readonly code: string;
  readonly description: string;
  /** How many of its entries may run at a time. */
  readonly parallelism: number;
  /** Entries that name it. */
  readonly entries: number;
  /** Those of them that run, or are about to. */
  readonly held: number;
  /** Those of them that wait for others to end. */
  readonly waiting: number;
  /** Grows with every change. */
  readonly version: number;
}

/** What can be changed of one. */
type StoredCategory = Pick<JobQueueCategory, 'code' | 'description' | 'parallelism' | 'version'>;

/** The categories of the company by code. @throws NightshiftError PERMISSION_DENIED, USER_DISABLED */
async function list(caller: Caller): Promise<readonly JobQueueCategory[]> {
  const door = doorOf(caller);
  await door.service(AUTHORITY).demand(actorOf(door), 'category.read', { kind: 'category', id: null });
  return door.service(JOB_QUEUE).reader.run<JobQueueCategory>(listCategories, [door.company.no, null]);
}

/**
 * Creates a category. One that an entry names comes into being by itself, and lets one entry run at a time.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED; VALIDATION with the field; CONFLICT when there is one of this code
 */
async function create(caller: Caller, input: CategoryInput): Promise<JobQueueCategory> {
  const door = doorOf(caller);
  door.refuseIfShared?.('categories.create');
  const { code, ...fields } = checkCategory(input);
  return door.transaction(async (tx) => {
    await demandChange(door, code);
    const values = [door.user.no, door.company.no, code, JSON.stringify(fields)];
    const [row] = await tx.run<{ code: string }>(createCategory, values);
    if (row === undefined) throw codeTaken(code);
    await auditChange(tx, door, code, { after: { code, ...fields } });
    return { code, ...fields, entries: 0, held: 0, waiting: 0, version: 1 };
  });
}

/**
 * Changes a category. Its entries follow a new code. With more parallelism those that wait begin, with less nothing is stopped.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED; CATEGORY_UNKNOWN; VALIDATION with the field; CONFLICT when
 *   somebody else has changed it since `version`, or there is one of the new code
 */
async function modify(caller: Caller, code: string, changes: CategoryChanges): Promise<void> {
  const door = doorOf(caller);
  door.refuseIfShared?.('categories.modify');
  const { version, ...fields } = checkCategoryChanges(changes);
  return categoryTransaction(door, code, async (tx, inside) => {
    await demandChange(door, code);
    const before = await lockedForChange(tx, door, code, fields.code ?? code);
    if (version !== undefined && version !== before.version) throw changedMeanwhile(before, version);
    const values = [door.user.no, door.company.no, code, JSON.stringify(fields)];
    const changed = tx.run<PlacesGiven>(modifyCategory, values).catch((error: unknown) => {
      // A code that nobody had a moment ago, taken by somebody else in the same moment.
      throw classifyFailure(error).code === UNIQUE_VIOLATION ? codeTaken(fields.code ?? code) : error;
    });
    tellAfterCommit(doorOf(inside), await changed);
    await auditChange(tx, door, code, { before, after: fields });
  });
}

/**
 * Deletes a category that no entry names.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED; CATEGORY_UNKNOWN; CONFLICT while entries name it
 */
async function remove(caller: Caller, code: string): Promise<void> {
  const door = doorOf(caller);
  door.refuseIfShared?.('categories.delete');
  return categoryTransaction(door, code, async (tx) => {
    await demandChange(door, code);
    const before = await locked(tx, door, code);
    const values = [door.user.no, door.company.no, code];
    const [row] = await tx.run<{ entries: number }>(deleteCategory, values);
    const entries = row?.entries ?? 0;
    const refusal = deletionRefusal({ code, entries });
    if (refusal !== null) throw new NightshiftError('CONFLICT', refusal, { details: { entries } });
    await auditChange(tx, door, code, { before });
  });
}

async function demandChange(door: CallerDoor, code: string): Promise<void> {
  await door.service(AUTHORITY).demand(actorOf(door), 'category.change', { kind: 'category', id: code });
}

/** Of two that are renamed into each other's codes both are locked in the same order. */
async function lockedForChange(
  tx: Executor,
  door: CallerDoor,
  code: string,
  newCode: string,
): Promise<StoredCategory> {
  if (code === newCode) return locked(tx, door, code);
  const isTaken = async () => (await lock(tx, door, newCode)) !== undefined;
  const takenBefore = newCode < code && (await isTaken());
  const row = await locked(tx, door, code);
  if (takenBefore || (newCode > code && (await isTaken()))) throw codeTaken(newCode);
  return row;
}

async function lock(tx: Executor, door: CallerDoor, code: string): Promise<StoredCategory | undefined> {
  const [row] = await tx.run<StoredCategory>(lockCategory, [door.user.no, door.company.no, code]);
  return row;
}

async function locked(tx: Executor, door: CallerDoor, code: string): Promise<StoredCategory> {
  const row = await lock(tx, door, code);
  if (row !== undefined) return row;
  throw new NightshiftError('CATEGORY_UNKNOWN', `There is no category "${code}" in this company.`, {
    field: 'code',
  });
}

function codeTaken(code: string): NightshiftError {
  return new NightshiftError('CONFLICT', `There is a category "${code}" already.`, { field: 'code' });
}

function changedMeanwhile({ code, version }: StoredCategory, seen: number): NightshiftError {
  return new NightshiftError(
    'CONFLICT',
    `Somebody changed the category "${code}"; it is version ${version} now, not ${seen}.`,
    { details: { version } },
  );
}

function auditChange(
  tx: Executor,
  door: CallerDoor,
  code: string,
  change: { readonly before?: object; readonly after?: object },
): Promise<void> {
  return audited(tx, door, { verb: 'category.change', object: { kind: 'category', id: code }, ...change });
}

/** Categories: of the entries that name one, only so many run at a time; the others wait, the most urgent first. */
export const categories = Object.freeze({ list, create, modify, delete: remove });

import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { type AtOnce, atOnce, type OnceCaller, onceCaller } from './at-once.ts';
import { admitToEntry, auditedEntry, auditedState } from './entry-access.ts';
import { entryConflict, makeOnHold, makeReady, objectsOf, removeEntry } from './entry-change.ts';
import { entriesToChange, failedEntries } from './entry-verbs.sql.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** Which entries are put On Hold at once, or released: those of a category, of an object, of both; or, said so, all. */
export interface EntrySelection {
  readonly category?: string;
  /** The name of a codeunit. */
  readonly object?: string;
  /** Instead of the others. */
  readonly wholeCompany?: boolean;
}

/** An entry that a verb about many has looked at. */
export interface LookedAt {
  readonly id: string;
  readonly entryNo: number;
  readonly object: string;
}

/** What a verb about many entries did, and what it did not. */
export interface DoneWithMany {
  readonly done: readonly LookedAt[];
  readonly notDone: readonly (LookedAt & {
    /** The code of the error. */
    readonly code: string;
    /** Why not, as a sentence. */
    readonly reason: string;
  })[];
}

/** Hears of each entry as soon as it was looked at: what it hears of is committed, or was refused. */
export interface EachEntry {
  /** Why not, as a sentence; null: it was done. */
  readonly onEach?: (entry: LookedAt, refusal: string | null) => void;
}

/** Begins the note of what was put On Hold at once; what does not have it any more is not released. */
const HELD_NOTE = 'Put On Hold with others by ';

const HELD: readonly JobQueueEntryStatus[] = ['Ready', 'Waiting', 'On Hold with Inactivity Timeout'];
const TRIED: readonly JobQueueEntryStatus[] = [...HELD, 'In Process'];

/**
 * Puts every entry of a selection On Hold that is Ready, Waiting or On Hold with Inactivity Timeout and that the caller may
 * change. What runs is left alone and listed. Each entry is a transaction of its own, also in a session.
 * @throws NightshiftError VALIDATION for the selection; CONFLICT in a session with an open transaction; PERMISSION_DENIED,
 *   USER_DISABLED
 */
export async function hold(
  caller: Caller,
  selection: EntrySelection,
  each: EachEntry = {},
): Promise<DoneWithMany> {
  const once = onceCaller(caller, 'jobQueue.hold');
  const [category, object] = checkedSelection(selection);
  const wanted = { statuses: TRIED, category, object, note: null };
  const note = `${HELD_NOTE}${once.door.user.name}.`;
  return withEach(once, each, await selected(once, 'entry.holdAll', wanted), async ({ id }) => {
    await atOnce(once, { entryId: id }, async (parts) => {
      const { entry } = await admitted(parts, 'entry.holdAll', id);
      if (!HELD.includes(entry.status)) throw entryConflict(entry, 'only what waits to run is put On Hold');
      const held = await makeOnHold(parts.tx, parts.inside, entry, note);
      await audit(parts, 'entry.holdAll', entry, held);
    });
  });
}

/**
 * Sets those entries Ready again that `hold` has put On Hold and that are so still. Nobody borrows rights: an entry runs as the
 * user who sets it Ready, so that those of other users stay On Hold, and are listed with whom they wait for.
 * @throws NightshiftError as `hold`; APPROVAL_NEEDED
 */
export async function release(
  caller: Caller,
  selection: EntrySelection,
  each: EachEntry = {},
): Promise<DoneWithMany> {
  const once = onceCaller(caller, 'jobQueue.release');
  const [category, object] = checkedSelection(selection);
  const wanted = { statuses: ['On Hold'], category, object, note: HELD_NOTE };
  return withEach(
    once,
    each,
    await selected(once, 'entry.releaseAll', wanted),
    async ({ id, run_as: runAs }) => {
      await atOnce(once, { entryId: id }, async (parts) => {
        const { entry, now } = await admitted(parts, 'entry.releaseAll', id);
        if (entry.status !== 'On Hold' || entry.note?.startsWith(HELD_NOTE) !== true) {
          throw entryConflict(entry, 'somebody changed it meanwhile');
        }
        if (entry.runAs !== once.door.user.no) {
          throw entryConflict(entry, `it runs as ${runAs}, who has to set it Ready`);
        }
        const { actor, authority, inside } = parts;
        const wish = { ...auditedEntry(entry), objects: objectsOf(inside, entry) };
        await authority.rehearse(actor, 'entry.releaseAll', wish);
        await audit(parts, 'entry.releaseAll', entry, await makeReady(parts.tx, inside, { entry, now }));
      });
    },
  );
}

/**
 * Deletes entries in Error that do not recur. Each is a transaction of its own, also in a session.
 * @param options olderThan: milliseconds that they are in Error, at least; default: 0
 * @throws NightshiftError VALIDATION naming `olderThan`; otherwise as `hold`
 */
export async function removeFailed(
  caller: Caller,
  { olderThan = 0, ...each }: EachEntry & { readonly olderThan?: number } = {},
): Promise<DoneWithMany> {
  const once = onceCaller(caller, 'jobQueue.removeFailed');
  if (!Number.isSafeInteger(olderThan) || olderThan < 0) {
    throw new NightshiftError('VALIDATION', 'olderThan is a whole number of milliseconds.', {
      field: 'olderThan',
    });
  }
  const { clock, reader } = once.door.service(JOB_QUEUE);
  const whose = await whoseOf(once, 'entry.deleteFailed');
  const values = [once.door.company.no, olderThan, whose, clock.pinned()];
  const found = await reader.run<FoundRow>(failedEntries, values);
  return withEach(once, each, found, async ({ id }) => {
    await atOnce(once, { entryId: id }, async (parts) => {
      const { entry } = await admitted(parts, 'entry.deleteFailed', id);
      if (entry.status !== 'Error') throw entryConflict(entry, 'somebody changed it meanwhile');
      await removeEntry(parts.tx, parts.inside, entry);
      await audit(parts, 'entry.deleteFailed', entry, null);
    });
  });
}

interface FoundRow {
  readonly id: string;
  readonly entry_no: string;
  readonly object: string;
  /** The name of the user as whom it runs. */
  readonly run_as: string;
}

type ManyVerb = 'entry.holdAll' | 'entry.releaseAll' | 'entry.deleteFailed';

async function selected(
  once: OnceCaller,
  verb: ManyVerb,
  wanted: {
    readonly statuses: readonly string[];
    readonly category: string | null;
    readonly object: string | null;
    readonly note: string | null;
  },
): Promise<readonly FoundRow[]> {
  const whose = await whoseOf(once, verb);
  const { statuses, category, object, note } = wanted;
  const values = [once.door.company.no, statuses, category, object, whose, note];
  return once.door.service(JOB_QUEUE).reader.run<FoundRow>(entriesToChange, values);
}

/** The number of the user whose entries the caller may change so; null: everybody's. */
async function whoseOf({ actor, authority }: OnceCaller, verb: ManyVerb): Promise<number | null> {
  const reach = await authority.demand(actor, verb, { kind: 'entry', id: null });
  return reach === 'any' ? null : actor.user.no;
}

function admitted({ tx, door }: AtOnce, verb: ManyVerb, entryId: string) {
  return admitToEntry(tx, door, verb, { entryId, lock: true });
}

/** One after another; what one of them is refused is no matter of the others. */
async function withEach(
  { door }: OnceCaller,
  { onEach }: EachEntry,
  rows: readonly FoundRow[],
  work: (row: FoundRow) => Promise<void>,
): Promise<DoneWithMany> {
  const done: LookedAt[] = [];
  const notDone: DoneWithMany['notDone'][number][] = [];
  for (const row of rows) {
    const looked = { id: row.id, entryNo: Number(row.entry_no), object: row.object };
    const refusal = await refusalOf(() => {
      door.refuseIfOver();
      return work(row);
    });
    if (refusal === null) done.push(looked);
    else notDone.push({ ...looked, code: refusal.code, reason: refusal.message });
    onEach?.(looked, refusal?.message ?? null);
  }
  return { done, notDone };
}

/** Why something was not done to an entry, where that is no matter of the others; null: it was done. */
async function refusalOf(work: () => Promise<void>): Promise<NightshiftError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!isNightshiftError(error, ...REFUSALS)) throw error;
    return error;
  }
}

/** What concerns one entry only. */
const REFUSALS = ['CONFLICT', 'ENTRY_UNKNOWN', 'PERMISSION_DENIED', 'APPROVAL_NEEDED'] as const;

function audit(
  { tx, actor, authority }: AtOnce,
  verb: ManyVerb,
  before: JobQueueEntry,
  after: JobQueueEntry | null,
) {
  const change = { before: auditedState(before), ...(after === null ? {} : { after: auditedState(after) }) };
  return authority.done(tx, { actor, verb, object: auditedEntry(before), ...change });
}

function checkedSelection(selection: EntrySelection): [category: string | null, object: string | null] {
  const { category, object, wholeCompany = false } = selection;
  const isNarrow = category !== undefined || object !== undefined;
  if (isNarrow !== wholeCompany) return [category ?? null, object ?? null];
  throw new NightshiftError(
    'VALIDATION',
    'Name a category or an object, or say wholeCompany: one or the other.',
    { field: 'selection' },
  );
}

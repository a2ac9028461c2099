import { REPORT_OUTPUT_TYPES } from '../contract/report-output-type.ts';
import { NightshiftError } from '../foundation/index.ts';
import { audited, type Caller, doorOf } from '../session/index.ts';
import { entryTransaction } from './category-turns.ts';
import { admitToEntry, auditedEntry } from './entry-access.ts';
import { entryConflict } from './entry-change.ts';
import { checkEntry, entryColumns, type JobQueueEntryInput } from './entry-input.ts';
import { modifyEntry } from './job-queue.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { WEEKDAY_FIELDS } from './schedule.ts';

/** What is to become different of an entry; what is left out stays. */
export interface JobQueueEntryChanges extends Partial<JobQueueEntryInput> {
  /** The version that the caller has seen: somebody else's change since then is not overwritten. Default: any. */
  readonly version?: number;
}

/** Fields that choose the runs by weekday. */
const BY_WEEKDAY = [...WEEKDAY_FIELDS, 'minutesBetweenRuns'] as const;
const NO_WEEKDAYS = Object.freeze(Object.fromEntries(WEEKDAY_FIELDS.map((field) => [field, false])));

/**
 * Changes an entry that is On Hold. Its attempts begin anew; whoever changes what runs (object, parameters, record) is whom it
 * runs as. Weekdays, a date formula and a cron pattern exclude each other: the one that is given replaces the others.
 * @throws NightshiftError VALIDATION, DATE_FORMULA_INVALID or CODEUNIT_UNKNOWN with the field; ENTRY_UNKNOWN;
 *   CONFLICT with the present status and version: it is not On Hold, its last run is still under way, or it was changed;
 *   PERMISSION_DENIED, USER_DISABLED
 */
export async function modify(
  caller: Caller,
  entryId: string,
  changes: JobQueueEntryChanges,
): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.modify');
  const { codeunits, clock } = door.service(JOB_QUEUE);
  const { version, ...fields } = changes;
  return entryTransaction(door, entryId, async (tx) => {
    const { entry } = await admitToEntry(tx, door, 'entry.modify', { entryId, lock: true });
    refuseUnlessModifiable(entry, version);
    const checked = checkEntry(merged(entry, fields), entry.schedule.timeZone);
    const isKnown = checked.object !== entry.object || codeunits.has(entry.object);
    const target = isKnown ? codeunits.get(checked.object) : unknownObject(entry);
    const { language: _kept, ...columns } = entryColumns(checked, target, caller.language);
    const values = [
      door.user.no,
      door.company.no,
      entryId,
      entry.version,
      JSON.stringify(columns),
      clock.pinned(),
    ];
    const [row] = await tx.run<EntryRow>(modifyEntry, values);
    if (row === undefined) throw entryConflict(entry, 'it was changed meanwhile');
    const after = entryOf(row);
    await audited(tx, door, {
      verb: 'entry.modify',
      object: auditedEntry(entry),
      ...differences(entry, after),
    });
    return after;
  });
}

function refuseUnlessModifiable(entry: JobQueueEntry, version: number | undefined): void {
  if (version !== undefined && !Number.isInteger(version)) {
    throw new NightshiftError('VALIDATION', 'version is the version of the entry.', { field: 'version' });
  }
  if (entry.status !== 'On Hold') throw entryConflict(entry, 'set it On Hold before you change it');
  if (entry.taskId !== null) throw entryConflict(entry, 'its last run is still under way');
  if (version !== undefined && version !== entry.version) {
    throw entryConflict(entry, `somebody changed it; it is version ${entry.version} now, not ${version}`);
  }
}

/** What an entry runs, where this process does not have it: it stays what it is. */
function unknownObject({ object, objectType }: JobQueueEntry) {
  const outputTypes = objectType === 'report' ? REPORT_OUTPUT_TYPES : [];
  return { name: object, objectType, outputTypes, record: null };
}

/** What another report yields is not what the one before did. */
function withOtherObject(entry: JobQueueEntry, { object = entry.object }: Partial<JobQueueEntryInput>) {
  const name = typeof object === 'string' ? object : object.name;
  return name === entry.object ? {} : { reportOutputType: null };
}

/** The entry as it would be written, with the changes; of what excludes each other, what is new stays. */
function merged(entry: JobQueueEntry, changes: Partial<JobQueueEntryInput>): JobQueueEntryInput {
  const present = { ...inputOf(entry), ...withOtherObject(entry, changes) };
  if (given(changes.cron)) {
    return { ...present, ...NO_WEEKDAYS, ...NO_FORMULA, ...NO_HOURS, minutesBetweenRuns: 0, ...changes };
  }
  if (given(changes.nextRunDateFormula)) {
    return { ...present, ...NO_WEEKDAYS, cron: null, minutesBetweenRuns: 0, ...changes };
  }
  if (BY_WEEKDAY.some((field) => Boolean(changes[field]))) {
    return { ...present, ...NO_FORMULA, cron: null, ...changes };
  }
  return { ...present, ...changes };
}

const NO_FORMULA = Object.freeze({ nextRunDateFormula: null });
const NO_HOURS = Object.freeze({ startingTime: null, endingTime: null });

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** An entry as the caller of `create` would have written it. */
export function inputOf(entry: JobQueueEntry): JobQueueEntryInput {
  const { schedule } = entry;
  return {
    ...schedule,
    object: entry.object,
    parameterString: entry.parameterString,
    parameters: entry.parameters as JobQueueEntryInput['parameters'],
    reportOutputType: entry.reportOutputType,
    recordToProcess: entry.recordToProcess,
    description: entry.description,
    earliestStart: entry.earliestStart,
    expiration: entry.expiration,
    maximumAttempts: entry.maximumAttempts,
    rerunDelaySeconds: entry.rerunDelaySeconds,
    timeout: entry.timeout,
    inactivityTimeoutMinutes: entry.inactivityTimeoutMinutes,
    manualRecurrence: entry.manualRecurrence,
    category: entry.category,
    priority: entry.priority,
    notifyOnSuccess: entry.notifyOnSuccess,
    expectedDuration: entry.expectedDuration,
    keepLogDays: entry.keepLogDays,
    tags: [...entry.tags],
    missedRuns: entry.missedRuns,
    afterFinalError: entry.afterFinalError,
  };
}

/** What differs, before and after, of what people fill in. */
function differences(before: JobQueueEntry, after: JobQueueEntry) {
  const [one, other] = [inputOf(before), inputOf(after)] as Record<string, unknown>[];
  const names = Object.keys(one ?? {}).filter(
    (name) => JSON.stringify(one?.[name]) !== JSON.stringify(other?.[name]),
  );
  const pick = (from: Record<string, unknown> | undefined) =>
    Object.fromEntries(names.map((name) => [name, from?.[name] ?? null]));
  return { before: pick(one), after: pick(other) };
}

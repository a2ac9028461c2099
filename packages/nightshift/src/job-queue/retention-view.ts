import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import { countOld } from './job-queue-retention.sql.ts';
import { JOB_QUEUE, type RetentionDays } from './job-queue-service.ts';

const DAYS_MAX = 3_650;
const COUNTED_MAX = 10_000;

/** What is kept how long, and what the next round of housekeeping removes. */
export interface RetentionView extends RetentionDays {
  /** Entries of the company that say themselves how long theirs is kept. */
  readonly ownDaysEntries: number;
  /** What would go if log entries were kept for so many days; of those that say it themselves, what goes by that. */
  readonly preview: {
    readonly days: number;
    /** Log entries; counted up to 10,001. */
    readonly logEntries: number;
    /** Finished entries; counted up to 10,001. */
    readonly finishedEntries: number;
  };
}

/**
 * How long things are kept, by the options of this server instance, and what of the caller's company would be removed; nothing is.
 * Whoever sees only his own is told of that. Not for sessions in a thread or process of their own.
 * @param days 1 to 3,650; default: as the option says
 * @throws NightshiftError VALIDATION naming `days`; PERMISSION_DENIED, USER_DISABLED
 */
export async function retention(
  caller: Caller,
  { days: wanted }: { readonly days?: number } = {},
): Promise<RetentionView> {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= DAYS_MAX))
    throw new NightshiftError('VALIDATION', `days is a whole number from 1 to ${DAYS_MAX}.`, {
      field: 'days',
    });
  readingCaller(caller, 'jobQueue.retention');
  const door = doorOf(caller);
  const wish = { kind: 'entry', id: null };
  const reach = await door.service(AUTHORITY).demand(actorOf(door), 'entry.read', wish);
  const { reader, clock, detached } = door.service(JOB_QUEUE);
  if (detached === null) throw new NightshiftError('INTERNAL', 'There are no options here.');
  const days = wanted ?? detached.retention.logEntryDays;
  const own = reach === 'any' ? null : door.user.no;
  const values = [clock.pinned(), door.company.no, own, days, COUNTED_MAX + 1];
  const [row] = await reader.run<CountedRow>(countOld, values);
  return {
    ...detached.retention,
    ownDaysEntries: row?.own_days_entries ?? 0,
    preview: { days, logEntries: row?.log_entries ?? 0, finishedEntries: row?.finished_entries ?? 0 },
  };
}

interface CountedRow {
  readonly own_days_entries: number;
  readonly log_entries: number;
  readonly finished_entries: number;
}

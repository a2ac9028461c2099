import { NightshiftError } from '../foundation/index.ts';
import {
  JOB_QUEUE_ENTRY_STATUSES,
  type JobQueueEntry,
  type JobQueueEntryStatus,
} from '../job-queue/index.ts';
import { type Directory, readDirectory } from '../permissions/index.ts';
import { jobQueue } from '../platform/index.ts';
import { findEntry } from './entry-lookup.ts';
import { entryView, nextRunOf } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText, tableOf } from './showing.ts';
import { identityOf, withPlatform } from './with-platform.ts';

/** Lists the entries of the company by number. */
export async function listEntries(
  invocation: Invocation,
  options: { readonly status?: string },
): Promise<ExitCode> {
  const status = options.status === undefined ? undefined : statusOf(options.status);
  await withPlatform(invocation, {}, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const [directory, entries] = await Promise.all([
      readDirectory(platform.database),
      jobQueue.list(caller, status === undefined ? {} : { status }),
    ]);
    const views = entries.map((entry) => entryView(entry, directory));
    const which = status === undefined ? '' : ` with status ${status}`;
    invocation.answer(views, () =>
      entries.length === 0
        ? `There are no job queue entries${which} in ${caller.company}.`
        : entryTable(entries, directory),
    );
  });
  return EXIT.ok;
}

/** The status that a person means, whatever the case. @throws NightshiftError VALIDATION */
export function statusOf(text: string): JobQueueEntryStatus {
  const wanted = text.trim().toLowerCase();
  const found = JOB_QUEUE_ENTRY_STATUSES.find((status) => status.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new NightshiftError(
    'VALIDATION',
    `There is no status "${text}". The statuses are: ${JOB_QUEUE_ENTRY_STATUSES.join(', ')}.`,
    { field: 'status' },
  );
}

function entryTable(entries: readonly JobQueueEntry[], directory: Directory): string {
  return tableOf(
    ['No', 'Status', 'Object', 'Parameter', 'Description', 'Next run', 'User', 'Last error'],
    entries.map((entry) => {
      const { entryNo, status, object, parameterString, description, schedule, error } = entry;
      return [
        entryNo,
        status,
        object,
        parameterString,
        description === object ? null : description,
        instantText(nextRunOf(entry), schedule.timeZone),
        entryView(entry, directory).runAs,
        error?.message ?? null,
      ];
    }),
  );
}

/** Sets an entry Ready or On Hold. */
export async function setEntryStatus(
  invocation: Invocation,
  idOrNumber: string,
  status: 'Ready' | 'On Hold',
): Promise<ExitCode> {
  await withPlatform(invocation, {}, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const { id } = await findEntry(caller, idOrNumber);
    const entry = await (status === 'Ready'
      ? jobQueue.setStatusToReady(caller, id)
      : jobQueue.setOnHold(caller, id));
    const directory = await readDirectory(platform.database);
    invocation.answer(entryView(entry, directory), () => statusSentence(entry));
  });
  return EXIT.ok;
}

/** What an entry that was just changed does next. */
export function statusSentence(entry: JobQueueEntry): string {
  const { entryNo, object, status, schedule } = entry;
  const next = nextRunOf(entry);
  const plan = next === null ? '' : `; it runs at ${instantText(next, schedule.timeZone)}`;
  return `Entry ${entryNo} (${object}) is ${status}${plan}.`;
}

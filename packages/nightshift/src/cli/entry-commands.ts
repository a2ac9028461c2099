import { NightshiftError } from '../foundation/index.ts';
import {
  JOB_QUEUE_ENTRY_STATUSES,
  type JobQueueEntry,
  type JobQueueEntryStatus,
} from '../job-queue/index.ts';
import { readDirectory } from '../permissions/index.ts';
import { jobQueue, type Platform } from '../platform/index.ts';
import { findEntry } from './entry-lookup.ts';
import { entryView, nextRunOf, runAsText } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText, tableOf } from './showing.ts';
import { identityOf, namedApplication, withPlatform } from './with-platform.ts';

/** How `entry list` was called. */
export interface ListEntriesOptions {
  readonly status?: string;
  readonly gone?: boolean;
}

/** Lists the entries of the company by number. */
export async function listEntries(invocation: Invocation, options: ListEntriesOptions): Promise<ExitCode> {
  const status = options.status === undefined ? undefined : statusOf(options.status);
  const userGone = options.gone === true;
  await withPlatform(invocation, {}, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const [directory, entries] = await Promise.all([
      readDirectory(platform.database),
      jobQueue.list(caller, { userGone, ...(status === undefined ? {} : { status }) }),
    ]);
    const now = invocation.surroundings.clock.now();
    const views = entries.map((entry) => entryView(entry, directory, now));
    const which = status === undefined ? '' : ` with status ${status}`;
    const whose = userGone ? ' that run as someone who is gone' : '';
    invocation.answer(views, () =>
      entries.length === 0
        ? `There are no job queue entries${which}${whose} in ${caller.company}.`
        : `${entryTable(entries, views.map(runAsText))}${userGone ? `\n\n${GONE_HELP}` : ''}`,
    );
  });
  return EXIT.ok;
}

const GONE_HELP =
  'They fail when they are to run. "nightshift entry reassign <id> <user>" has one run as somebody else, who has to agree.';

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

function entryTable(entries: readonly JobQueueEntry[], users: readonly string[]): string {
  return tableOf(
    ['No', 'Status', 'Object', 'Parameter', 'Description', 'Next run', 'User', 'Last error, note'],
    entries.map((entry, index) => {
      const { entryNo, status, object, parameterString, description, schedule, error } = entry;
      return [
        entryNo,
        status,
        object,
        parameterString,
        description === object ? null : description,
        instantText(nextRunOf(entry), schedule.timeZone),
        users[index] ?? null,
        error?.message ?? entry.note,
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
  // With the application at hand, it is also rehearsed what its object needs.
  const loaded = status === 'Ready' ? await namedApplication(invocation) : {};
  await withPlatform(invocation, loaded, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const { id } = await findEntry(caller, idOrNumber);
    const entry = await (status === 'Ready'
      ? jobQueue.setStatusToReady(caller, id)
      : jobQueue.setOnHold(caller, id));
    const warnings = status === 'Ready' ? await jobQueue.scheduleWarnings(caller, id) : [];
    const told = warnings.map(({ text }) => `Note: ${text}`);
    await answerEntry(invocation, platform, entry, [statusSentence(entry), ...told].join('\n'));
  });
  return EXIT.ok;
}

/** Answers with an entry that was just changed. */
export async function answerEntry(
  invocation: Invocation,
  platform: Platform,
  entry: JobQueueEntry,
  sentence: string,
): Promise<void> {
  const directory = await readDirectory(platform.database);
  const view = entryView(entry, directory, invocation.surroundings.clock.now());
  invocation.answer(view, () => sentence);
}

/** What an entry that was just changed does next. */
export function statusSentence(entry: JobQueueEntry): string {
  const { entryNo, object, status, schedule } = entry;
  const next = nextRunOf(entry);
  const plan = next === null ? '' : `; it runs at ${instantText(next, schedule.timeZone)}`;
  return `Entry ${entryNo} (${object}) is ${status}${plan}.`;
}

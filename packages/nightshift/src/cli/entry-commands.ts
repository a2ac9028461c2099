import { NightshiftError } from '../foundation/index.ts';
import {
  type EntryDeclaration,
  JOB_QUEUE_ENTRY_STATUSES,
  type JobQueueEntry,
  type JobQueueEntryStatus,
} from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import { findEntry } from './entry-lookup.ts';
import { entryPeople } from './entry-people.ts';
import { entryView, nextRunOf, runAsText } from './entry-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText, tableOf } from './showing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication, neededApplication } from './with-platform.ts';

/** How `entry list` was called. */
export interface ListEntriesOptions {
  readonly status?: string;
  readonly gone?: boolean;
  readonly all?: boolean;
}

/** Lists the entries of the company by number. */
export async function listEntries(invocation: Invocation, options: ListEntriesOptions): Promise<ExitCode> {
  const status = options.status === undefined ? undefined : statusOf(options.status);
  const userGone = options.gone === true;
  // With the application at hand, it is also known what it declares now.
  await withCaller(invocation, await namedApplication(invocation), async (caller) => {
    const filter = { userGone, finished: options.all === true, ...(status === undefined ? {} : { status }) };
    const now = invocation.surroundings.clock.now();
    const [peopleOf, entries, declarations] = await Promise.all([
      entryPeople(caller, now),
      jobQueue.list(caller, filter),
      jobQueue.declarations(caller),
    ]);
    const declared = new Map(declarations.map(({ entryId, entryNo: _, ...rest }) => [entryId, rest]));
    const views = entries.map((entry) => ({
      ...entryView(entry, peopleOf(entry)),
      declaration: declared.get(entry.id) ?? null,
    }));
    const which = status === undefined ? '' : ` with status ${status}`;
    const whose = userGone ? ' that run as someone who is gone' : '';
    invocation.answer(views, () =>
      entries.length === 0
        ? `There are no job queue entries${which}${whose} in ${caller.company}.`
        : `${entryTable(views)}${userGone ? `\n\n${GONE_HELP}` : ''}`,
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

type ListedView = ReturnType<typeof entryView> & { readonly declaration: EntryDeclaration | null };

function entryTable(views: readonly ListedView[]): string {
  const isAnyDeclared = views.some(({ declaration }) => declaration !== null);
  const code = isAnyDeclared ? ['Code'] : [];
  return tableOf(
    ['No', 'Status', 'Object', 'Parameter', 'Description', 'Next run', 'User', ...code, 'Last error, note'],
    views.map((view) => [
      view.entryNo,
      view.status,
      view.object,
      view.parameterString,
      view.description === view.object ? null : view.description,
      instantText(view.nextRun, view.schedule.timeZone),
      runAsText(view),
      ...(isAnyDeclared ? [codeMark(view.declaration)] : []),
      view.error?.message ?? view.note,
    ]),
  );
}

/** How an entry stands to the code that declares it, in a word; null: none does. */
function codeMark(declaration: EntryDeclaration | null): string | null {
  if (declaration === null) return null;
  return declaration.changedByPeople.length + declaration.changedInCode.length > 0 ? 'differs' : 'same';
}

/** Has an entry be again what the code says that declares it. */
export async function resetEntryToCode(invocation: Invocation, idOrNumber: string): Promise<ExitCode> {
  await withCaller(invocation, await neededApplication(invocation), async (caller) => {
    const entry = await jobQueue.resetToCode(caller, (await findEntry(caller, idOrNumber)).id);
    const sentence = `Entry ${entry.entryNo} (${entry.object}) is what the code says; it is version ${entry.version}.`;
    await answerEntry(invocation, caller, entry, sentence);
  });
  return EXIT.ok;
}

/** Sets an entry Ready or On Hold. */
export async function setEntryStatus(
  invocation: Invocation,
  idOrNumber: string,
  status: 'Ready' | 'On Hold',
): Promise<ExitCode> {
  // With the application at hand, it is also rehearsed what its object needs.
  const loaded = status === 'Ready' ? await namedApplication(invocation) : {};
  await withCaller(invocation, loaded, async (caller) => {
    const { id } = await findEntry(caller, idOrNumber);
    const entry = await (status === 'Ready'
      ? jobQueue.setStatusToReady(caller, id)
      : jobQueue.setOnHold(caller, id));
    const warnings = status === 'Ready' ? await jobQueue.scheduleWarnings(caller, id) : [];
    const told = warnings.map(({ text }) => `Note: ${text}`);
    await answerEntry(invocation, caller, entry, [statusSentence(entry), ...told].join('\n'));
  });
  return EXIT.ok;
}

/** Answers with an entry that was just changed. */
export async function answerEntry(
  invocation: Invocation,
  caller: Caller,
  entry: JobQueueEntry,
  sentence: string,
): Promise<void> {
  const peopleOf = await entryPeople(caller, invocation.surroundings.clock.now());
  const view = entryView(entry, peopleOf(entry));
  invocation.answer(view, () => sentence);
}

/** What an entry that was just changed does next. */
export function statusSentence(entry: JobQueueEntry): string {
  const { entryNo, object, status, schedule } = entry;
  const next = nextRunOf(entry);
  const plan = next === null ? '' : `; it runs at ${instantText(next, schedule.timeZone)}`;
  return `Entry ${entryNo} (${object}) is ${status}${plan}.`;
}

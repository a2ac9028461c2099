import type { DoneWithMany, EachEntry, EntrySelection } from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import { answerEntry, statusSentence } from './entry-commands.ts';
import { priorityOf } from './entry-fields.ts';
import { findEntry } from './entry-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseDuration } from './parsing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

/** Begins anew with an entry, or has it run now. */
export async function replanEntry(
  invocation: Invocation,
  idOrNumber: string,
  verb: 'restart' | 'runNow',
): Promise<ExitCode> {
  // With the application at hand, it is also rehearsed what its object needs.
  await withCaller(invocation, await namedApplication(invocation), async (caller) => {
    const entry = await jobQueue[verb](caller, (await findEntry(caller, idOrNumber)).id);
    await answerEntry(invocation, caller, entry, statusSentence(entry));
  });
  return EXIT.ok;
}

/** Stops the run of an entry that is under way. */
export function stopEntryRun(
  invocation: Invocation,
  idOrNumber: string,
  { comment }: { readonly comment?: string },
): Promise<ExitCode> {
  return change(invocation, async (caller) => {
    const entry = await jobQueue.stopRun(caller, (await findEntry(caller, idOrNumber)).id, comment);
    const sentence = `The run of entry ${entry.entryNo} (${entry.object}) was told to stop.`;
    await answerEntry(invocation, caller, entry, sentence);
  });
}

/** Creates an entry with the fields of another one. */
export function copyEntry(invocation: Invocation, idOrNumber: string): Promise<ExitCode> {
  return change(invocation, async (caller) => {
    const entry = await jobQueue.copy(caller, (await findEntry(caller, idOrNumber)).id);
    await answerEntry(invocation, caller, entry, `${statusSentence(entry)}\n${entry.id}`);
  });
}

/** Deletes an entry. */
export function deleteEntry(invocation: Invocation, idOrNumber: string): Promise<ExitCode> {
  return change(invocation, async (caller) => {
    const { id, entryNo, object } = await findEntry(caller, idOrNumber);
    await jobQueue.delete(caller, id);
    invocation.answer({ id, entryNo, object }, () => `Entry ${entryNo} (${object}) is deleted.`);
  });
}

/** Sets which entry of its category comes first. */
export function prioritizeEntry(
  invocation: Invocation,
  idOrNumber: string,
  priority: string,
): Promise<ExitCode> {
  return change(invocation, async (caller) => {
    const { id } = await findEntry(caller, idOrNumber);
    const entry = await jobQueue.setPriority(caller, id, priorityOf(priority));
    const sentence = `Entry ${entry.entryNo} (${entry.object}) has priority ${entry.priority}.`;
    await answerEntry(invocation, caller, entry, sentence);
  });
}

/** How `hold-all` and `release-all` were called. */
export type SelectOptions = EntrySelection;

/** Puts many entries On Hold, or sets them Ready again. */
export function changeMany(
  invocation: Invocation,
  selection: SelectOptions,
  verb: 'hold' | 'release',
): Promise<ExitCode> {
  const what = verb === 'hold' ? 'put On Hold' : 'set Ready';
  return many(invocation, what, (caller, each) => jobQueue[verb](caller, selection, each));
}

/** Deletes entries that failed for good. */
export function removeFailedEntries(
  invocation: Invocation,
  { olderThan }: { readonly olderThan?: string },
): Promise<ExitCode> {
  const age = olderThan === undefined ? {} : { olderThan: parseDuration(olderThan, 'olderThan') };
  return many(invocation, 'deleted', (caller, each) => jobQueue.removeFailed(caller, { ...age, ...each }));
}

/** Exit code 1 when something was not done. */
async function many(
  invocation: Invocation,
  what: string,
  verb: (caller: Caller, each: EachEntry) => Promise<DoneWithMany>,
): Promise<ExitCode> {
  const heard: DoneWithMany['done'][number][] = [];
  const onEach: EachEntry['onEach'] = (entry, refusal) => {
    if (refusal === null) heard.push(entry);
  };
  // With the application at hand, it is also rehearsed what its objects need.
  return withCaller(invocation, await namedApplication(invocation), async (caller) => {
    const answer = await verb(caller, { onEach }).catch((error: unknown) => {
      // What was done until then is done.
      if (heard.length > 0) invocation.notice(manyText({ done: heard, notDone: [] }, what));
      throw error;
    });
    invocation.answer(answer, () => manyText(answer, what));
    return answer.notDone.length === 0 ? EXIT.ok : EXIT.failed;
  });
}

function manyText({ done, notDone }: DoneWithMany, what: string): string {
  const count = done.length === 1 ? '1 entry was' : `${done.length} entries were`;
  const numbers = done.length === 0 ? '' : `: ${done.map(({ entryNo }) => entryNo).join(', ')}`;
  return [`${count} ${what}${numbers}.`, ...notDone.map(({ reason }) => `Not: ${reason}`)].join('\n');
}

async function change(invocation: Invocation, work: (caller: Caller) => Promise<void>): Promise<ExitCode> {
  await withCaller(invocation, {}, work);
  return EXIT.ok;
}

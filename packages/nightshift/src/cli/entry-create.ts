import type { JobQueueEntry, JobQueueEntryInput } from '../job-queue/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { answerEntry, statusSentence } from './entry-commands.ts';
import { entryChangesOf, type FieldOptions } from './entry-fields.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { actsByServer } from './remote/server-of-caller.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { neededApplication } from './with-platform.ts';

/** How `entry create` was called. */
export interface CreateOptions extends FieldOptions {
  readonly object: string;
  readonly ready?: boolean;
}

/** Creates an entry, On Hold, or with `--ready` at once Ready. */
export async function createEntry(invocation: Invocation, options: CreateOptions): Promise<ExitCode> {
  const loaded = await neededApplication(invocation);
  await withCaller(invocation, loaded, async (caller) => {
    const input = entryInputOf(options, caller.timeZone);
    const entry = await (options.ready === true
      ? createReady(caller, input)
      : jobQueue.create(caller, input));
    await answerEntry(invocation, caller, entry, `${statusSentence(entry)}\n${entry.id}`);
  });
  return EXIT.ok;
}

/** In one transaction: an entry that cannot be set Ready is not left behind. */
function createReady(caller: Caller, input: JobQueueEntryInput): Promise<JobQueueEntry> {
  if (actsByServer(caller)) return createReadyByServer(caller, input);
  return doorOf(caller).transaction(async (_tx, inside) => {
    const { id } = await jobQueue.create(inside, input);
    return jobQueue.setStatusToReady(inside, id);
  });
}

/** A server has a transaction for each request: what cannot be set Ready is deleted again. */
async function createReadyByServer(caller: Caller, input: JobQueueEntryInput): Promise<JobQueueEntry> {
  const { id } = await jobQueue.create(caller, input);
  try {
    return await jobQueue.setStatusToReady(caller, id);
  } catch (error) {
    // Whoever may create need not be allowed to delete; why it is not Ready is what he has to know.
    await jobQueue.delete(caller, id).catch(() => undefined);
    throw error;
  }
}

/** What the options say. @throws NightshiftError VALIDATION */
export function entryInputOf(
  { object, ready: _, ...fields }: CreateOptions,
  zone: string,
): JobQueueEntryInput {
  return { object, ...entryChangesOf(fields, zone) };
}

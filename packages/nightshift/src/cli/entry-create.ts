import type { JobQueueEntry, JobQueueEntryInput } from '../job-queue/index.ts';
import { jobQueue } from '../platform/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { answerEntry, statusSentence } from './entry-commands.ts';
import { entryChangesOf, type FieldOptions } from './entry-fields.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { identityOf, requiredApplication, withPlatform } from './with-platform.ts';

/** How `entry create` was called. */
export interface CreateOptions extends FieldOptions {
  readonly object: string;
  readonly ready?: boolean;
}

/** Creates an entry, On Hold, or with `--ready` at once Ready. */
export async function createEntry(invocation: Invocation, options: CreateOptions): Promise<ExitCode> {
  const loaded = await requiredApplication(invocation);
  await withPlatform(invocation, loaded, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const input = entryInputOf(options, caller.timeZone);
    const entry = await (options.ready === true
      ? createReady(caller, input)
      : jobQueue.create(caller, input));
    await answerEntry(invocation, platform, entry, `${statusSentence(entry)}\n${entry.id}`);
  });
  return EXIT.ok;
}

/** In one transaction: an entry that cannot be set Ready is not left behind. */
function createReady(caller: Caller, input: JobQueueEntryInput): Promise<JobQueueEntry> {
  return doorOf(caller).transaction(async (_tx, inside) => {
    const { id } = await jobQueue.create(inside, input);
    return jobQueue.setStatusToReady(inside, id);
  });
}

/** What the options say. @throws NightshiftError VALIDATION */
export function entryInputOf(
  { object, ready: _, ...fields }: CreateOptions,
  zone: string,
): JobQueueEntryInput {
  return { object, ...entryChangesOf(fields, zone) };
}

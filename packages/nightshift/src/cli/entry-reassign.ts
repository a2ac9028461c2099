import { answerEntry } from './entry-commands.ts';
import { findEntry } from './entry-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

/** Has an entry run as another user, who has to agree. */
export async function reassignEntry(
  invocation: Invocation,
  what: { readonly id: string; readonly user: string },
  options: { readonly comment?: string },
): Promise<ExitCode> {
  await withCaller(invocation, await namedApplication(invocation), async (caller) => {
    const { id } = await findEntry(caller, what.id);
    const entry = await jobQueue.reassign(caller, id, { user: what.user, ...options });
    const sentence = `Entry ${entry.entryNo} (${entry.object}) is On Hold until ${what.user} approves or sets it Ready.`;
    await answerEntry(invocation, caller, entry, sentence);
  });
  return EXIT.ok;
}

import { answerEntry } from './entry-commands.ts';
import { entryChangesOf, type FieldOptions } from './entry-fields.ts';
import { findEntry } from './entry-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseWholeNumber } from './parsing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

/** How `entry modify` was called. */
export interface ModifyOptions extends FieldOptions {
  readonly object?: string;
  readonly ifVersion?: string;
}

/** Changes an entry that is On Hold. */
export async function modifyEntry(
  invocation: Invocation,
  idOrNumber: string,
  { object, ifVersion, ...fields }: ModifyOptions,
): Promise<ExitCode> {
  await withCaller(invocation, await namedApplication(invocation), async (caller) => {
    const found = await findEntry(caller, idOrNumber);
    const entry = await jobQueue.modify(caller, found.id, {
      ...entryChangesOf(fields, found.schedule.timeZone),
      ...(object === undefined ? {} : { object }),
      ...(ifVersion === undefined ? {} : { version: parseWholeNumber(ifVersion, 'version') }),
    });
    const sentence = `Entry ${entry.entryNo} (${entry.object}) is changed; it is version ${entry.version}.`;
    await answerEntry(invocation, caller, entry, sentence);
  });
  return EXIT.ok;
}

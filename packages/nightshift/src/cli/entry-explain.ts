import type { EntryExplanation } from '../job-queue/index.ts';
import { findEntry } from './entry-lookup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';
import { namedApplication } from './with-platform.ts';

/** Says why an entry is not running. */
export async function explainEntry(invocation: Invocation, idOrNumber: string): Promise<ExitCode> {
  // With the application at hand, it is also known what its object needs.
  const loaded = await namedApplication(invocation);
  await withCaller(invocation, loaded, async (caller) => {
    const { id, entryNo } = await findEntry(caller, idOrNumber);
    const explanation = await jobQueue.explain(caller, id);
    invocation.answer({ id, entryNo, ...explanation }, () => explanationText(explanation));
  });
  return EXIT.ok;
}

/** The sentence, and below it what else is known. */
export function explanationText({ sentence, facts }: EntryExplanation): string {
  return [sentence, ...facts.slice(1).map(({ text }) => `  - ${text}`)].join('\n');
}

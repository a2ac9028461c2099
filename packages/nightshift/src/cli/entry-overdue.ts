import { describeDuration } from '../foundation/index.ts';
import type { WatchCase } from '../job-queue/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { instantText, tableOf } from './showing.ts';
import { jobQueue } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** Lists the entries that should have run and did not, and the runs that take too long. */
export async function listOverdue(invocation: Invocation): Promise<ExitCode> {
  await withCaller(invocation, {}, async (caller) => {
    const cases = await jobQueue.watch(caller);
    invocation.answer(cases, () =>
      cases.length === 0
        ? `Every job queue entry in ${caller.company} runs as it should.`
        : casesTable(cases, caller.timeZone),
    );
  });
  return EXIT.ok;
}

const WORDS = {
  overdue: 'should have run',
  overrun: 'runs too long',
  'nothing-ran': 'nothing runs',
} as const satisfies Record<WatchCase['kind'], string>;

function casesTable(cases: readonly WatchCase[], timeZone: string): string {
  return tableOf(
    ['No', 'Status', 'Object', 'What', 'Since', 'By'],
    cases.map(({ entryNo, status, object, kind, since, byMs }) => [
      entryNo,
      status,
      object,
      WORDS[kind],
      instantText(since, timeZone),
      describeDuration(byMs),
    ]),
  );
}

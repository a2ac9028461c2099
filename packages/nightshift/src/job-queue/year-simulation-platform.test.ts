import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type Chance, chance, diceOf, simulatedEntry } from '../testing/simulated-entries.ts';
import { slowYear } from '../testing/slow-year.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { scheduleOf } from './schedule.ts';

const DAY_MS = 86_400_000;
/** No entry is followed further. */
const STEPS_MAX = 30;

const clock = new FakeClock();
/** How long the run that comes next takes. */
let takes = 0;
const sync = codeunit({
  name: 'Sync',
  onRun: () => clock.at(new Date(clock.now().getTime() + takes)),
});
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], clock });
});
afterAll(() => kit.stop());

/** Nights in which the clocks of an entry's zone are set. */
const NIGHTS: readonly (readonly [no: number, night: string])[] = [
  [0, '2026-03-08T07:00Z'], // New York
  [7, '2026-03-29T01:00Z'], // Berlin
  [6, '2026-04-04T15:00Z'], // Lord Howe
  [2, '2026-04-23T22:00Z'], // Cairo
  [14, '2026-10-03T15:30Z'], // Lord Howe
  [23, '2026-10-25T01:00Z'], // Berlin
  [15, '2026-11-01T06:00Z'], // New York
  [88, '2027-09-25T14:00Z'], // Chatham
  [29, '2028-03-26T01:00Z'], // Berlin
  [100, '2028-10-29T01:00Z'], // Berlin
];

test.each(NIGHTS)('entry %i around %s: planned as the slow reference says', async (no, night) => {
  const { name, schedule, missedRuns } = simulatedEntry(no);
  const order = { schedule: scheduleOf(schedule), missedRuns };
  const from = Date.parse(night) - 5 * DAY_MS;
  const steps = slowYear({ ...order, from, until: from + 14 * DAY_MS }, calm(no)).slice(0, STEPS_MAX);

  clock.at(new Date(from));
  const { id } = await create(kit.admin, { object: sync, ...schedule, missedRuns });
  let entry = await setStatusToReady(kit.admin, id);
  const next = calm(no);
  for (const _ of steps) {
    const { late, takes: length } = next();
    takes = length;
    entry = await comeUp(entry, late);
  }
  await setOnHold(kit.admin, id);
  const logs = await logEntries(kit.admin, { entryId: id, limit: 1_000 });
  // On a starved machine a run may be taken up again.
  const ended = logs.filter(({ status }) => status !== 'Lost');
  const planned = ended.map(({ plannedAt, status }) => `${plannedAt?.toISOString()} ${status}`);
  // A run that stands for several has an entry for the others, too.
  const expected = steps.flatMap(({ planned: when, what, missed }) =>
    [...(what === 'run' ? ['Success'] : []), ...(what !== 'run' || missed > 1 ? ['Skipped'] : [])].map(
      (status) => `${new Date(when).toISOString()} ${status}`,
    ),
  );
  expect(planned.toSorted(), name).toEqual(expected.toSorted());
});

/** What happens to runs, but nobody sets the entry Ready again. */
function calm(no: number): () => Chance {
  const dice = diceOf(no);
  return () => ({ ...chance(dice), readyBefore: null });
}

/** Lets the entry's task come up so late; returns the entry as it is planned then. */
function comeUp(entry: JobQueueEntry, late: number): Promise<JobQueueEntry> {
  clock.at(new Date((entry.earliestStart as Date).getTime() + late));
  kit.platform.instance.wake();
  return until('it has come up and is planned again', async () => {
    const now = await get(kit.admin, entry.id);
    return now.status === 'Ready' && now.taskId !== entry.taskId && now;
  });
}

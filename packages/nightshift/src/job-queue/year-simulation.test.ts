import { expect, test } from 'vitest';
import { PLAIN_ENTRY } from '../testing/plain-entry.ts';
import { type Chance, chance, diceOf, simulatedEntry } from '../testing/simulated-entries.ts';
import { type SlowOrder, type SlowStep, slowYear } from '../testing/slow-year.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { scheduleOf } from './schedule.ts';
import { afterSuccess, decideDispatch, firstRun } from './transitions.ts';

const ENTRIES = 200;

/** As `slowYear`, with the rules of the product. */
function productYear(
  { schedule, missedRuns, from, until }: SlowOrder,
  next: () => Chance,
): readonly SlowStep[] {
  const steps: SlowStep[] = [];
  let entry: JobQueueEntry = { ...PLAIN_ENTRY, schedule, missedRuns };
  const plan = (earliestStart: Date | null) => {
    entry = { ...entry, status: 'Ready', earliestStart };
    return earliestStart?.getTime() ?? Number.POSITIVE_INFINITY;
  };
  for (let planned = plan(firstRun(entry, new Date(from))); planned < until; ) {
    const { late, takes, readyBefore } = next();
    if (readyBefore !== null) {
      planned = plan(firstRun({ ...entry, earliestStart: null }, new Date(planned - readyBefore)));
    }
    const now = planned + late;
    const decision = decideDispatch(entry, null, new Date(now));
    if (decision.kind === 'not-ready' || decision.kind === 'expired') throw new Error(decision.kind);
    steps.push({ planned, what: decision.kind, missed: decision.missed?.count ?? 0 });
    if (decision.kind !== 'run') {
      planned = plan(decision.runAt);
      continue;
    }
    const finished = new Date(now + takes);
    planned = plan(afterSuccess({ ...entry, status: 'In Process' }, finished).runAt);
  }
  return steps;
}

const shown = ({ planned, what, missed }: SlowStep) => `${new Date(planned).toISOString()} ${what} ${missed}`;

/** The seed of what happens to the runs of an entry, the same for both. */
const fate = (no: number) => {
  const dice = diceOf(no + 1_000_003);
  return () => chance(dice);
};

test.each(Array.from({ length: ENTRIES / 20 }, (_, at) => at * 20))(
  'a year of twenty entries, from entry %i, goes as the slow reference says',
  (first) => {
    for (let no = first; no < first + 20; no++) {
      const { name, schedule, ...rest } = simulatedEntry(no);
      const order = { ...rest, schedule: scheduleOf(schedule) };
      const product = productYear(order, fate(no)).map(shown);
      const reference = slowYear(order, fate(no)).map(shown);
      expect(product, name).toEqual(reference);
    }
  },
);

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EVERY_DAY } from '../testing/every-day.ts';
import { HookedEntries } from '../testing/hooked-entries.ts';
import { setOnHold } from './job-queue.ts';

const kit = new HookedEntries();
beforeAll(() => kit.start());
afterAll(() => kit.stop());
afterEach(() => kit.expectSound());

const later = (ms: number) => new Date(kit.now().getTime() + ms);

describe('an entry with manual recurrence', () => {
  const MANUAL = { manualRecurrence: true };

  test('runs again when its object says, run after run, and stands On Hold when it says nothing', async () => {
    let runs = 0;
    const entry = await kit.readyEntry(
      (session) => {
        if (++runs === 3) return;
        session.planNextRun(later(1_000));
        session.planNextRun(later(runs * 60_000));
      },
      {},
      MANUAL,
    );
    for (const run of [1, 2]) {
      await kit.ended(entry, run);
      expect(await kit.inStatus(entry, 'Ready')).toMatchObject({
        earliestStart: later(run * 60_000),
        attempts: 0,
      });
      kit.travel(run * 60_000);
    }
    await kit.ended(entry, 3);
    expect(await kit.inStatus(entry, 'On Hold')).toMatchObject({ taskId: null });
  });

  test('a run that fails has planned nothing', async () => {
    const entry = await kit.readyEntry(
      (session) => {
        session.planNextRun(later(60_000));
        throw new Error('no');
      },
      {},
      MANUAL,
    );
    expect(await kit.inStatus(entry, 'Error')).toMatchObject({ taskId: null });
  });

  test('what it plans comes before its schedule, and before a rest', async () => {
    const entry = await kit.readyEntry(
      (session) => {
        session.reportNothingToDo();
        session.planNextRun(later(90_000));
      },
      { nextRun: () => later(1_000) },
      { ...MANUAL, ...EVERY_DAY, minutesBetweenRuns: 10 },
    );
    await kit.ended(entry, 1);
    expect(await kit.inStatus(entry, 'Ready')).toMatchObject({ earliestStart: later(90_000) });
    await setOnHold(kit.admin, entry.id);
  });

  test('that is put On Hold while it runs stays so', async () => {
    const entry = await kit.readyEntry(
      async (session) => {
        session.planNextRun(later(60_000));
        await setOnHold(kit.admin, entry.id);
      },
      {},
      MANUAL,
    );
    await kit.ended(entry, 1);
    expect(await kit.inStatus(entry, 'On Hold')).toMatchObject({ taskId: null });
  });

  test.each<readonly [what: string, at: () => unknown]>([
    ['now', () => kit.now()],
    ['the past', () => later(-1)],
    ['no time', () => new Date(Number.NaN)],
    ['a text', () => '2030-01-01'],
    ['nothing', () => undefined],
    ['the year 10000', () => new Date(Date.UTC(10_000, 0, 1))],
  ])('%s is refused', async (_, at) => {
    const entry = await kit.readyEntry((session) => session.planNextRun(at() as Date), {}, MANUAL);
    expect((await kit.inStatus(entry, 'Error')).error).toMatchObject({ code: 'VALIDATION', field: 'at' });
  });
});

test('without manual recurrence it has no effect', async () => {
  const entry = await kit.readyEntry((session) => session.planNextRun(later(60_000)), {});
  await kit.inStatus(entry, 'Finished');
});

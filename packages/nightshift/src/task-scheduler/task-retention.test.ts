import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { HOUR_MS } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { removeOldFailedTasks, taskRetentionOf } from './task-retention.ts';
import { taskSchedulerOptions } from './task-scheduler-options.ts';

const DAY_MS = 24 * HOUR_MS;
let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openDatabase({ url: target.url, applicationName: 'retention' });
});
afterAll(async () => {
  await database.close();
  await target.drop();
});
beforeEach(() => target.query('delete from nightshift.failed_task'));

function kitOf(more: Parameters<typeof taskSchedulerOptions>[0] = {}) {
  // Noon in the time zone of this process, whichever that is.
  const clock = new FakeClock('2026-03-10T12:00:00');
  const recorded = new RecordedTelemetry();
  const telemetry = new Telemetry([recorded.receive]);
  return { clock, recorded, parts: { database, clock, telemetry, options: taskSchedulerOptions(more) } };
}

/** Failed tasks of so many days ago, in two companies. */
function addFailed(clock: FakeClock, days: number, tasks = 1): Promise<unknown> {
  return target.query(
    `insert into nightshift.failed_task (id, lane, user_no, codeunit, due, attempt, error, created_at, failed_at)
    select gen_random_uuid(), 1 + n % 2, 1, 'C', $1, 0, '{}', $1, $1 from generate_series(1, $2) n`,
    [new Date(clock.now().getTime() - days * DAY_MS), tasks],
  );
}

/** Until a service has done its round. */
const rests = (clock: FakeClock) => until('it rests', () => clock.sleeping > 0);
const left = async () => (await target.query('select from nightshift.failed_task')).length;

describe('failed tasks', () => {
  test('are removed when they are older than the option says, in chunks, those of all companies', async () => {
    const { clock, recorded, parts } = kitOf({ failedTaskRetentionDays: 30 });
    await addFailed(clock, 31, 7);
    await addFailed(clock, 29, 2);
    expect(await removeOldFailedTasks(parts, undefined, 3)).toBe(7);
    expect(await left()).toBe(2);
    expect(recorded.events('NS0019').map(({ dimensions }) => dimensions)).toEqual([{ tasks: 7, days: 30 }]);
    expect(await removeOldFailedTasks(parts, undefined, 3)).toBe(0);
    expect(recorded.events()).toHaveLength(1);
  });

  test('a round that is stopped has removed what it has removed; the next one goes on', async () => {
    const { clock, parts } = kitOf();
    await addFailed(clock, 91, 5);
    const stop = new AbortController();
    const slow = {
      ...parts,
      database: {
        run: async (...args: Parameters<Database['run']>) => {
          const rows = await database.run(...args);
          stop.abort();
          return rows;
        },
      } as Database,
    };
    expect(await removeOldFailedTasks(slow, stop.signal, 2)).toBe(2);
    expect(await left()).toBe(3);
    expect(await removeOldFailedTasks(parts, undefined, 2)).toBe(3);
  });

  test('are removed once each when several instances do so at the same time', async () => {
    const { clock, parts } = kitOf();
    await addFailed(clock, 91, 40);
    const removed = await Promise.all(
      Array.from({ length: 4 }, () => removeOldFailedTasks(parts, undefined, 3)),
    );
    const sum = removed.reduce((one, other) => one + other, 0);
    expect(sum + (await removeOldFailedTasks(parts))).toBe(40);
    expect(await left()).toBe(0);
  });

  test('are removed soon after the start, and then each hour', async () => {
    const { clock, recorded, parts } = kitOf();
    await addFailed(clock, 91);
    await addFailed(clock, 90 - 1 / 48);
    const service = taskRetentionOf(parts);
    await service.start();
    await clock.advance(20_000);
    await recorded.waitFor('NS0019', ({ tasks }) => tasks === 1);
    expect(await left()).toBe(1);
    await rests(clock);
    await clock.advance(HOUR_MS);
    await recorded.waitFor('NS0019', () => recorded.events('NS0019').length === 2);
    expect(await left()).toBe(0);
    await service.stop();
  });

  test('stay until the hours of system tasks begin', async () => {
    const { clock, recorded, parts } = kitOf({
      taskSchedulerSystemTaskStartTime: '13:30',
      taskSchedulerSystemTaskEndTime: '14:00',
    });
    await addFailed(clock, 91);
    const service = taskRetentionOf(parts);
    await service.start();
    for (const ms of [20_000, HOUR_MS, 29 * 60_000]) {
      await clock.advance(ms);
      await rests(clock);
    }
    expect(await left()).toBe(1);
    await clock.advance(60_000);
    await recorded.waitFor('NS0019');
    expect(await left()).toBe(0);
    await service.stop();
  });

  test('that cannot be removed are told, and tried again', async () => {
    const { clock, recorded, parts } = kitOf();
    await target.query('alter table nightshift.failed_task rename to failed_task_gone');
    const service = taskRetentionOf(parts);
    await service.start();
    await clock.advance(20_000);
    await recorded.waitFor('NS0030');
    await target.query('alter table nightshift.failed_task_gone rename to failed_task');
    await addFailed(clock, 91);
    await rests(clock);
    await clock.advance(60_000);
    await recorded.waitFor('NS0019');
    await service.stop();
  });
});

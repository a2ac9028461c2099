import { expect, test } from 'vitest';
import { SECOND_MS } from '../foundation/index.ts';
import { behaviours, leaveEffect } from '../task-scheduler/fixtures/behaviours.ts';
import { EFFECTS } from '../task-scheduler/fixtures/effects.sql.ts';
import { createTask } from '../task-scheduler/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform } from '../testing/test-platform.ts';

// The heartbeat thread beats by the machine's clock; this instance's own clock runs ahead, so that the beats seem to stay
// away for more than ten seconds although the lease is kept.
test('an instance that cannot beat stops its work in time; what it held runs again, one effect', async () => {
  const { main, codeunits, choose } = behaviours();
  const clock = new FakeClock();
  await using kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock });
  const { epoch } = kit.platform.instance;
  const ends: unknown[] = [];
  let begun = 0;
  const record = choose(async (session) => {
    await leaveEffect(session);
    if (++begun > 1) return;
    await session.sleep(3_600_000).catch((error: unknown) => {
      ends.push(error);
      throw error;
    });
  });
  const task = await createTask(kit.admin, main, { record });
  await until('it runs', () => begun === 1);
  await clock.advance(12 * SECOND_MS);
  await kit.waitFor('NS0007', ({ taskId }) => taskId === task);
  expect(ends).toMatchObject([{ code: 'CLAIM_LOST' }]);
  expect(await kit.query('select from co_1.effect')).toEqual([]);
  const [held] = await kit.query('select claimed_by from nightshift.scheduled_task where id = $1', [task]);
  expect(held).toEqual({ claimed_by: epoch });
  for (let seconds = 0; seconds < 60 && begun === 1; seconds++) await clock.advance(SECOND_MS);
  await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
  expect(await kit.query('select note from co_1.effect where task = $1', [task])).toEqual([{ note: 'done' }]);
  expect(kit.platform.instance.epoch).toBe(epoch);
});

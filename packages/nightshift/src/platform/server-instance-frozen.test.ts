import { expect, test } from 'vitest';
import { behaviours, leaveEffect } from '../task-scheduler/fixtures/behaviours.ts';
import { EFFECTS } from '../task-scheduler/fixtures/effects.sql.ts';
import { createTask } from '../task-scheduler/index.ts';
import { within } from '../testing/condition.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { forkInstance } from './fixtures/instance-fork.ts';

// Slow: the lease is 15 s, and the time is the database's.
test('a process that is frozen beyond its lease changes nothing when it wakes', async () => {
  const { main, codeunits, choose } = behaviours();
  await using database = await createTestDatabase();
  await using kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], database, start: false });
  const instance = await forkInstance(database.url);
  try {
    const record = choose((session) => leaveEffect(session, 'elsewhere'));
    const task = await createTask(kit.admin, main, { record });
    await within(
      'the process runs the task',
      instance.told(({ kind }) => kind === 'running'),
    );
    await kit.platform.start();
    instance.process.kill('SIGSTOP');
    await kit.telemetry.waitFor('LC0043', ({ taskId }) => taskId === task, 30_000);
    instance.process.send('go on');
    instance.process.kill('SIGCONT');
    await within(
      'the zombie learns that it was declared dead',
      instance.told((message) => message.kind === 'event' && message.id === 'NS0004'),
    );
    await within(
      'and starts anew',
      instance.told((message) => message.kind === 'event' && message.id === 'NS0001'),
    );
    const rows = await database.query('select note from co_1.effect where task = $1', [task]);
    expect(rows).toEqual([{ note: 'elsewhere' }]);
    expect(await database.query('select from nightshift.scheduled_task')).toEqual([]);
    expect(await database.query('select from nightshift.failed_task')).toEqual([]);
  } finally {
    await instance.end();
  }
});

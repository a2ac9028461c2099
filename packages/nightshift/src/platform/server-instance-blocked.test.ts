import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { createTask, LEASE_MS } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { type ForkedInstance, forkInstance } from '../testing/instance-fork.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { findingsOf } from './doctor.ts';
import { gatherFacts } from './doctor-facts.ts';

/** Longer than the lease, and than the time after which an instance that cannot beat stops its own work. */
const BLOCK_MS = LEASE_MS + 2_000;
const BLOCKING_FILE = fileURLToPath(import.meta.resolve('../testing/instance-process.ts'));

async function blockingLine(): Promise<number> {
  const lines = (await readFile(BLOCKING_FILE, 'utf8')).split('\n');
  return lines.findIndex((line) => line.includes('while (')) + 1;
}

async function heard(instance: ForkedInstance, id: string, taskId?: string) {
  const message = await within(
    `the process tells of ${id}`,
    instance.told(
      (told) => told.kind === 'event' && told.id === id && (taskId === undefined || told.taskId === taskId),
    ),
    60_000,
  );
  return message.kind === 'event' ? message.dimensions : {};
}

test('a codeunit that blocks its instance for longer than the lease is named meanwhile, and loses nothing', async () => {
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
    instance.process.send(BLOCK_MS);
    const line = await blockingLine();
    const [row] = await until('the row says so', () =>
      database
        .query<{ place: number; by: object }>(
          'select place, blocked_by as by from nightshift.server_instance where blocked_since is not null',
        )
        .then((rows) => (rows.length > 0 ? rows : null)),
    );
    expect(row?.by).toEqual({
      codeunit: 'Main',
      sessionId: expect.any(Number),
      company: 'CRONUS',
      user: 'ADMIN',
      file: BLOCKING_FILE,
      line,
      function: 'blockFor',
    });
    const findings = findingsOf(await gatherFacts(database.url, systemClock));
    const pid = instance.process.pid;
    expect(findings.filter(({ topic, level }) => topic === 'instances' && level !== 'ok')).toEqual([
      {
        level: 'warning',
        topic: 'instances',
        message: expect.stringMatching(
          `^Instance ${row?.place} \\(process ${pid} on .*\\): its main thread has been blocked for [5-9]\\.\\d s by codeunit Main at .*instance-process.ts:${line}: nothing else runs there\\.$`,
        ),
        help: expect.stringContaining("isolation: 'thread'"),
      },
    ]);
    const over = await heard(instance, 'NS0010');
    expect(over).toMatchObject({ codeunit: 'Main', file: BLOCKING_FILE, line, function: 'blockFor' });
    expect(over['ms']).toBeGreaterThan(BLOCK_MS - 100);
    expect(over['ms']).toBeLessThan(BLOCK_MS + 2_000);
    expect(await heard(instance, 'NS0009')).toMatchObject({ codeunit: 'Main', line });
    await heard(instance, 'LC0043', task);
    expect(kit.telemetry.events('NS0003')).toEqual([]);
    expect(await database.query('select note from co_1.effect')).toEqual([{ note: 'of the process' }]);
    await until('the row is as before', async () => {
      const rows = await database.query(
        'select from nightshift.server_instance where blocked_since is null and blocked_by is null and ended_at is null',
      );
      return rows.length === 2;
    });
  } finally {
    await instance.end();
  }
}, 120_000);

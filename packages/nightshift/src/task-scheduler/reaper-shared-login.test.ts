import { expect, onTestFinished, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { reapOnce } from './reaper.ts';

// Where codeunits enforce, sessions have the platform's own login.
test('of an instance that is taken for dead, the connections of sessions end, whatever they call themselves, and no other', async () => {
  const kit = await startTestPlatform({
    migrations: [
      { name: '0001_note', sql: "create table note (text text); insert into note values ('kept')" },
    ],
    permissions: { enforcement: 'codeunit' },
  });
  onTestFinished(() => kit.stop());
  const holds = Promise.withResolvers<number>();
  const over = Promise.withResolvers<void>();
  const frozen = kit.open(async (session) => {
    const name = "select set_config('application_name', 'psql', false), pg_backend_pid() as pid";
    const { rows } = await session.db.query<{ pid: number }>(name);
    await session.db.query("update note set text = 'stolen'");
    holds.resolve(rows[0]?.pid ?? 0);
    await over.promise;
    await session.db.query('select 1');
  });
  frozen.catch(() => undefined);
  const pid = await holds.promise;
  const others = () =>
    kit.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> $1
        and application_name like 'nightshift test%' order by pid`,
      [pid],
    );
  const before = await others();
  expect(before.length).toBeGreaterThan(2);
  const { database, instance } = kit.platform;
  await reapOnce(
    {
      database,
      clock: instance.host.clock,
      telemetry: new Telemetry([]),
      epoch: randomUuid(),
      slotPrefix: 'ns_000000_s',
      onReleased: () => undefined,
    },
    { held: 0, gone: 0 },
  );
  await until('the backend is gone', async () => {
    return (await kit.query('select from pg_stat_activity where pid = $1', [pid])).length === 0;
  });
  // Nobody holds the row any more.
  expect(await kit.query("update co_1.note set text = 'mine' returning text")).toEqual([{ text: 'mine' }]);
  const after = (await others()).map((row) => row.pid);
  expect(after).toEqual(expect.arrayContaining(before.map((row) => row.pid)));
  over.resolve();
  await expect(frozen).rejects.toThrow();
  expect(await kit.query('select number, epoch, backend from nightshift.slot')).toEqual([
    { number: 1, epoch: null, backend: null },
  ]);
});

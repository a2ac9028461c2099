import { expect, test } from 'vitest';
import { codeunit, companies, createPlatform, jobQueue, type Session } from '../index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { createOwnedDatabase } from '../testing/plain-login.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform } from '../testing/test-platform.ts';

const STAGED = {
  name: '0001_staged',
  sql: 'create table staged (no integer); create table later (no integer)',
};

/** An object that never finds anything. */
function lookAt(...wakeOn: readonly string[]) {
  return codeunit({
    name: 'Look',
    wakeOn,
    onRun: (session: Session) => session.reportNothingToDo(),
  });
}

const HOURLY = {
  ...EVERY_DAY,
  minutesBetweenRuns: 60,
  inactivityTimeoutMinutes: 1_440,
};

const TRIGGERS = `select format('%s.%s', t.tgrelid::regclass, t.tgname) as name from pg_trigger t
  where t.tgname like 'nightshift%' order by 1`;
const COUNTERS = `select c.relname as name from pg_class c where c.relnamespace = 'nightshift'::regnamespace
  and c.relkind = 'S' and c.relname like 'change%' order by 1`;

test('by itself, within seconds, in the company of the row only, and in companies that come later', async () => {
  const object = lookAt('staged');
  await using kit = await startTestPlatform({ codeunits: [object], migrations: [STAGED] });
  await companies.create(kit.admin, { name: 'NEW' });
  await companies.copy(kit.admin, { from: 'CRONUS', to: 'COPY' });
  const tables = await kit.query<{ name: string }>(TRIGGERS);
  expect(tables.map(({ name }) => name)).toEqual(
    ['co_1', 'co_2', 'co_3'].flatMap((schema) => [
      `${schema}.staged.nightshift_inserted`,
      `${schema}.staged.nightshift_updated`,
    ]),
  );
  const entries = await Promise.all(
    ['CRONUS', 'NEW', 'COPY'].map(async (company) => {
      const caller = kit.platform.as({ ...ADMIN, company });
      const { id } = await jobQueue.create(caller, { object, ...HOURLY });
      await jobQueue.setStatusToReady(caller, id);
      await until(`it rests in ${company}`, async () =>
        (await jobQueue.get(caller, id)).status.startsWith('On Hold with'),
      );
      return { caller, id };
    }),
  );
  await kit.query('insert into co_2.staged values (1)');
  const runsOf = ({ caller, id }: (typeof entries)[number]) =>
    jobQueue.logEntries(caller, { entryId: id }).then((logs) => logs.length);
  await until('that in the second company has run again', async () => {
    const [, second] = entries;
    return second !== undefined && (await runsOf(second)) === 2;
  });
  expect(await Promise.all(entries.map(runsOf))).toEqual([1, 2, 1]);
  expect(await kit.query(COUNTERS)).toHaveLength(3);
  await companies.delete(kit.admin, 'NEW', { confirm: 'NEW' });
  expect(await kit.query(COUNTERS)).toHaveLength(2);
});

test('what an application declares no more is counted no more', async () => {
  await using database = await createTestDatabase();
  const start = (...wakeOn: string[]) =>
    startTestPlatform({ database, codeunits: [lookAt(...wakeOn)], migrations: [STAGED], start: false });
  const names = async (text: string) =>
    (await database.query<{ name: string }>(text)).map(({ name }) => name);
  for (const wakeOn of [['staged', 'later'], ['staged'], ['staged'], ['later'], []]) {
    await using kit = await start(...wakeOn);
    expect(kit.platform.applied.length).toBeGreaterThanOrEqual(0);
    const triggers = [...wakeOn]
      .sort()
      .flatMap((table) => [`co_1.${table}.nightshift_inserted`, `co_1.${table}.nightshift_updated`]);
    expect(await names(TRIGGERS)).toEqual(triggers);
    expect(await names(COUNTERS)).toHaveLength(wakeOn.length);
  }
});

test('a table that a company does not have is an error of the application', async () => {
  await expect(
    startTestPlatform({ codeunits: [lookAt('stagde')], migrations: [STAGED] }),
  ).rejects.toMatchObject({
    code: 'APPLICATION_INVALID',
    field: 'wakeOn',
    message: 'Codeunit "Look" is woken by changes of table stagde, which company CRONUS does not have.',
  });
});

test.each([
  [['*']],
  [['']],
  [['a\0']],
  [['staged', 'staged']],
  [[1 as never]],
  [Array.from({ length: 21 }, (_, no) => `t${no}`)],
])('wakeOn: %j is refused', (wakeOn) => {
  expect(() => lookAt(...wakeOn)).toThrow(expect.objectContaining({ code: 'VALIDATION', field: 'wakeOn' }));
});

test('with a login that is no superuser', async () => {
  const { target, url } = await createOwnedDatabase('createrole');
  const application = { name: 'plain', codeunits: [lookAt('staged')], migrations: [STAGED] };
  const platform = await createPlatform({ ...application, database: { url } });
  try {
    await target.query('insert into co_1.staged values (1)');
    await platform.start();
    await platform.open(ADMIN, (session) => session.db.query('insert into staged values (2)'));
    const [row] = await target.query<{ changes: string }>(
      'select nightshift.changes(array(select no from nightshift.watched_table)) as changes',
    );
    expect(row?.changes).toBe('2');
  } finally {
    await platform.stop();
  }
});

import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/app.ts', import.meta.url));

const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

async function setup() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const ns = (...words: string[]) => run([...words, '--database-url', database.url]);
  await ns('migrate', '--app', APP);
  const [row] = await database.query<{ mark: string }>('select mark from nightshift.environment');
  return { database, ns, mark: row?.mark ?? '' };
}

test('roles are made ahead, compared, and repaired', async () => {
  const { database, ns, mark } = await setup();
  await database.query("insert into nightshift.company (name) values ('Other')");
  expect((await ns('rights', 'prepare')).out).toBe('6 roles made.');
  expect((await ns('rights', 'prepare')).out).toBe('0 roles made.');
  const fine = await ns('rights', 'check');
  expect([fine.exitCode, fine.out]).toEqual([0, 'Roles and grants are as the permission sets say.']);

  const byHand = `grant truncate on co_1.row_written to ns_${mark}_u1_c1; alter role ns_${mark}_u1_c2 createdb`;
  await database.query(byHand);
  const found = await ns('rights', 'check');
  expect(found.exitCode).toBe(1);
  expect(found.out.split('\n')).toEqual([
    `Role ns_${mark}_u1_c2 has CREATEDB, and must not.`,
    `Role ns_${mark}_u1_c1 has TRUNCATE on table co_1.row_written, and must not.`,
    '2 differences. "nightshift rights repair" puts them right.',
  ]);
  const doctor = json(await ns('doctor', '--json')) as { findings: { topic: string; help: string }[] };
  expect(doctor.findings).toContainEqual(
    expect.objectContaining({
      topic: 'rights',
      level: 'error',
      help: expect.stringContaining('rights repair'),
    }),
  );
  const repaired = await ns('rights', 'repair');
  expect([repaired.exitCode, repaired.out.split('\n').at(-1)]).toEqual([0, '2 differences repaired.']);
  expect((await ns('rights', 'check')).exitCode).toBe(0);
  expect((await ns('rights', 'repair')).out).toMatch(/nothing was changed/);
  const audit =
    "select user_name, verb, after from nightshift.audit_log where verb like 'rights.%' order by at";
  expect(await database.query(audit)).toEqual([
    { user_name: 'ADMIN', verb: 'rights.repair', after: { made: 6 } },
    { user_name: 'ADMIN', verb: 'rights.repair', after: { repaired: 2, remaining: 0 } },
  ]);
});

test('migrate puts right what was changed by hand, and says so in the audit log', async () => {
  const { database, ns, mark } = await setup();
  await ns('rights', 'prepare');
  const byHand = `grant truncate on co_1.row_written to ns_${mark}_u1_c1`;
  await database.query(byHand);
  await ns('migrate', '--app', APP);
  expect((await ns('rights', 'check')).exitCode).toBe(0);
  const audit = "select user_name, before from nightshift.audit_log where verb = 'rights.drift'";
  expect(await database.query(audit)).toEqual([
    { user_name: '', before: [expect.stringMatching(/TRUNCATE on table co_1.row_written/)] },
  ]);
});

test('who administers no rights repairs none', async () => {
  const { database, ns } = await setup();
  await database.query("insert into nightshift.app_user (name) values ('NOBODY')");
  for (const verb of ['check', 'repair', 'prepare']) {
    const { err } = await ns('rights', verb, '--user', 'NOBODY', '--json');
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  }
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { codeunit, type Session, startSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import application, { inMain, inProcess, inThread } from '../testing/fixtures/isolated-app.ts';
import { APPLICATION_MODULE } from '../testing/isolation-kit.ts';
import { createOwnedDatabase, type OwnedDatabase } from '../testing/plain-login.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import {
  ADMIN,
  startTestPlatform,
  type TestPlatform,
  type TestPlatformOptions,
} from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { findingsOf } from './doctor.ts';
import { gatherFacts } from './doctor-facts.ts';
import { createPlatform } from './platform.ts';
import { jobQueue, taskScheduler } from './verbs.ts';

const CLERK = { user: 'CLERK', company: 'CRONUS' };
const SECOND = { user: 'SECOND', company: 'Other' };
const NOTE = {
  name: '0001_note',
  sql: "create type mood as enum ('good'); create table note (no int generated always as identity, text text)",
};

const write = (session: Session, text: string) =>
  session.db.query('insert into note (text) values ($1)', [text]);
const standing = codeunit({ name: 'Standing', onRun: (session) => write(session, 'by an entry') });

async function start(
  owned: { url: string },
  options: Partial<TestPlatformOptions> = {},
): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    migrations: [NOTE],
    permissions: { enforcement: 'codeunit' },
    codeunits: [standing],
    database: owned,
    ...options,
  });
  onTestFinished(() => kit.stop());
  return kit;
}

const rolesOf = ({ target }: OwnedDatabase) =>
  target.query<{ name: string }>(
    `select rolname as name from pg_roles, nightshift.environment e where starts_with(rolname, 'ns_' || e.mark || '_')
     order by 1`,
  );
const rightsFindings = async (url: string) =>
  findingsOf(await gatherFacts(url, systemClock)).filter(({ topic }) => topic === 'rights');
const notes = async ({ target }: OwnedDatabase, company = 1) =>
  (await target.query<{ text: string }>(notesOf(company))).map(({ text }) => text);

function notesOf(company: number): string {
  return `select text from co_${company}.note order by text`;
}

describe('with a login that may not create roles', () => {
  it("enforcement 'database' fails, and says what to do; so does the doctor", async () => {
    const { url } = await createOwnedDatabase();
    const wayOut = expect.stringContaining('--enforcement codeunit');
    for (const permissions of [{}, { enforcement: 'database' }] as const) {
      const refused = createPlatform({ database: { url }, permissions });
      await expect(refused).rejects.toMatchObject({ code: 'DATABASE_RIGHTS', message: wayOut });
    }
    expect(await rightsFindings(url)).toMatchObject([{ level: 'error', help: wayOut }]);
  });

  it("a whole application runs with enforcement 'codeunit': no role is made", async () => {
    const owned = await createOwnedDatabase();
    const { codeunits, migrations } = application;
    const kit = await start(owned, {
      codeunits: [...codeunits, standing],
      migrations: [...migrations, NOTE],
      applicationModule: APPLICATION_MODULE,
    });
    expect(kit.platform.enforcement).toBe('codeunit');
    await addCompany(kit, 'Other');
    await addUsers(kit, { name: 'SECOND' });
    for (const where of [inMain, inThread, inProcess]) {
      const record = { act: 'leave', input: where.name };
      const task = await taskScheduler.createTask(kit.admin, where, { record });
      await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    }
    const record = { act: 'leave', input: 'started' };
    expect((await (await startSession(kit.admin, inMain, { record })).finished).type).toBe('Stop');
    const effects = 'select note from co_1.effect order by note';
    expect(await owned.target.query(effects)).toEqual(
      ['In Main', 'In Process', 'In Thread', 'started'].map((note) => ({ note })),
    );
    const entry = await jobQueue.create(kit.admin, { object: standing as never });
    await jobQueue.setStatusToReady(kit.admin, entry.id);
    await until('the entry has run', async () => (await notes(owned)).length > 0);
    await kit.platform.open(SECOND, async (session) => {
      await write(session, 'there');
      await session.savepoint(() => session.db.query('select 1/0')).catch(() => undefined);
      await session.commit();
      await write(session, 'twice');
    });
    await expect(kit.open((session) => session.db.query('rollback'))).rejects.toMatchObject({
      code: 'TRANSACTION_CONTROL',
    });
    const reading = kit.platform.open({ ...ADMIN, readOnly: true }, async (session) => {
      await session.db
        .query("select set_config('transaction_read_only', 'off', true)")
        .catch(() => undefined);
      await write(session, 'never');
    });
    await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^25/) });
    expect([await notes(owned), await notes(owned, 2)]).toEqual([['by an entry'], ['there', 'twice']]);
    expect(await rolesOf(owned)).toEqual([]);
  });

  it('which codeunits a user may run is checked all the same; his SQL is not', async () => {
    const owned = await createOwnedDatabase();
    const kit = await start(owned, {
      codeunits: [standing, codeunit({ name: 'Own', onRun: () => undefined })],
    });
    await addSets(kit, { Clerk: { codeunits: ['Own'] } });
    await addUsers(kit, { name: 'CLERK', sets: ['Clerk'] });
    const run = startSession(kit.platform.as(CLERK), standing);
    await expect(run).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await kit.platform.open(CLERK, (session) => write(session, 'by the clerk'));
    expect(await notes(owned)).toEqual(['by the clerk']);
  });

  it('what one user has left on a connection does not meet the next one', async () => {
    const owned = await createOwnedDatabase();
    const kit = await start(owned);
    await addCompany(kit, 'Other');
    await addUsers(kit, { name: 'SECOND' });
    const look = (session: Session) =>
      session.db.query(
        `select pg_backend_pid() as pid, current_setting('statement_timeout') as timeout, current_schema as here,
          to_regclass('pg_temp.mine') is not null as temporary,
          (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`,
      );
    const untidy = async (session: Session) => {
      const { rows } = await look(session);
      await session.db.query('create temporary table mine (n int)');
      await session.db.query("select set_config('statement_timeout', '12345', false), pg_advisory_lock(3)");
      return rows[0];
    };
    const clean = { timeout: '0', temporary: false, locks: 0 };
    const first = await kit.open(untidy);
    expect(first).toMatchObject({ ...clean, here: 'co_1' });
    expect(await kit.open(untidy)).toEqual(first);
    expect(await kit.platform.open(SECOND, untidy)).toEqual({ ...(first as object), here: 'co_2' });
  });
});

describe('the doctor', () => {
  it('says who enforces, what that means and what is missing', async () => {
    const { url, login, target } = await createOwnedDatabase();
    await start({ url });
    const [weak] = await rightsFindings(url);
    expect(weak).toMatchObject({ level: 'warning' });
    expect(weak?.message).toContain(
      `their SQL runs as login ${login} and reaches the tables of every company`,
    );
    expect(weak?.help).toMatch(/CREATEROLE, stop every server instance, .*--enforcement database/);
    const [strong] = await rightsFindings(target.url);
    expect(strong?.message).toMatch(/as login \w+, a superuser,/);
    expect(strong?.help).not.toContain('CREATEROLE');
  });

  it("says that all is well with enforcement 'database'", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    await start(database, { permissions: {} });
    expect(await rightsFindings(database.url)).toContainEqual(
      expect.objectContaining({ level: 'ok', message: expect.stringContaining('(enforcement: database)') }),
    );
  });
});

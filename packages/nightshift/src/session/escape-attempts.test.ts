import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { Session } from './session.ts';

/** Who tries: somebody who may do everything in his company. */
const CLERK = { user: 'CLERK', company: 'CRONUS' };
/** Somebody else, somewhere else. */
const SECOND = { user: 'SECOND', company: 'Other' };

const PEOPLE = `insert into nightshift.company (name) values ('Other');
  insert into nightshift.app_user (name) values ('CLERK'), ('SECOND');
  insert into nightshift.permission_assignment (user_no, set_no, company_no)
  select u.no, s.no, c.no from nightshift.app_user u, nightshift.permission_set s, nightshift.company c
  where s.name = 'SUPER' and (u.name, c.name) in (('CLERK', 'CRONUS'), ('SECOND', 'Other'))`;

let database: TestDatabase;
let world: TestPlatform;
let mark: string;
/** The session that tried last. */
let uniqueId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(PEOPLE);
  world = await startTestPlatform({
    database,
    migrations: [{ name: '0001_note', sql: 'create table note (text text not null)' }],
  });
  const [row] = await database.query<{ mark: string }>('select mark from nightshift.environment');
  mark = row?.mark ?? '';
  // Their roles are made when they are first needed.
  for (const who of [CLERK, SECOND, { user: 'ADMIN', company: 'Other' }])
    await world.platform.open(who, (session) => session.db.query('select 1'));
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

interface Attempt {
  /** What the statement answered: a SQLSTATE or our code; `done` when it was taken. */
  readonly answer: string;
  /** What the session answered after that, when the code had swallowed it. */
  readonly after: string;
  /** How the session ended. */
  readonly end: string;
}

const codeOf = (error: { code?: string }) => error.code ?? String(error);
const asked = (asking: Promise<unknown>) => asking.then(() => 'done', codeOf);

/** A codeunit that tries something, swallows what it is told, and goes on. */
async function attempt(text: string, values: readonly unknown[] = []): Promise<Attempt> {
  let answer = '';
  let after = '';
  const work = async (session: Session) => {
    uniqueId = session.uniqueId;
    await session.db.query('insert into note values ($1)', ['before']);
    answer = await asked(session.db.query(text.replaceAll('MARK', mark), values));
    after = await asked(session.db.query('insert into note values ($1)', ['after']));
  };
  const end = await asked(world.platform.open(CLERK, work));
  return { answer, after, end };
}

interface AuditRow {
  readonly kind: string;
  readonly name: string;
  readonly code: string;
  readonly reason: string;
  readonly statement: string;
}

/** The rows that the last session has left in the audit log; there must be some. */
async function audit(): Promise<readonly AuditRow[]> {
  const read = () =>
    database.query<AuditRow>(
      `select object_kind as kind, object_name as name, error_code as code, reason, after ->> 'statement' as statement
      from nightshift.audit_log
      where session_unique_id = $1 and verb = 'session.statement' and result = 'denied'
        and user_name = 'CLERK' and company_name = 'CRONUS' and correlation_id is not null
      order by id`,
      [uniqueId],
    );
  await until('what was refused is in the audit log', async () => (await read()).length > 0);
  return read();
}

const notes = async (text: string) =>
  (await database.query('select from co_1.note where text = $1', [text])).length;

/** What the session answers, and how it ends, when an attempt has ended it. */
const ENDED = { answer: 'TRANSACTION_CONTROL', after: 'TRANSACTION_CONTROL', end: 'TRANSACTION_CONTROL' };
/** PostgreSQL refuses it, which fails the transaction, and with that the session. */
const DENIED = { answer: '42501', after: '25P02', end: 'PERMISSION_DENIED' };

describe('refused before it is sent, and the end of the session', () => {
  it.each([
    ['RESET ROLE'],
    ['SET ROLE postgres'],
    ['SET ROLE ns_MARK_u3_c2'],
    ['SET LOCAL ROLE ns_MARK_app'],
    ['SET SESSION AUTHORIZATION postgres'],
    ['SET SESSION AUTHORIZATION DEFAULT'],
    ['COMMIT; BEGIN'],
    ['COMMIT AND CHAIN'],
    ['ROLLBACK AND CHAIN'],
  ])('%s', async (text) => {
    expect(await attempt(text)).toEqual(ENDED);
    const statement = text.replaceAll('MARK', mark);
    expect(await audit()).toMatchObject([
      { kind: 'statement', name: statement, code: 'TRANSACTION_CONTROL', statement },
    ]);
    expect([await notes('before'), await notes('after')]).toEqual([0, 0]);
  });

  it('set_config that gives the role back, at once', async () => {
    for (const text of [
      "select set_config('role', 'none', true)",
      "select set_config('role', 'none', false)",
      'do $$ begin reset role; end $$',
      "select query_to_xml('select set_config(''role'', ''none'', true)', true, true, '')",
    ]) {
      expect([text, await attempt(text)]).toEqual([text, ENDED]);
      expect(await audit()).toMatchObject([{ kind: 'statement', statement: text }]);
    }
    expect(await notes('before')).toBe(0);
  });

  it("taking the platform's advisory locks, which are let go at once", async () => {
    for (const text of [
      'select pg_advisory_lock(1853120628, 1)',
      'select pg_advisory_xact_lock(1853120629, 1999)',
      'select pg_try_advisory_lock_shared(1853120629, 1998)',
    ]) {
      expect([text, await attempt(text)]).toEqual([text, ENDED]);
      expect(await audit()).toMatchObject([{ kind: 'statement', statement: text }]);
    }
    const held = 'select from pg_locks where locktype = $1 and classid = 1853120628';
    expect(await database.query(held, ['advisory'])).toEqual([]);
  });
});

describe('refused by PostgreSQL', () => {
  it.each([
    ['set_config to another user', "select set_config('role', 'ns_MARK_u3_c2', true)"],
    ['set_config to the superuser', "select set_config('role', 'postgres', false)"],
    ['set_config to somebody in another company', "select set_config('role', 'ns_MARK_u1_c2', true)"],
    ['set_config of the authorization', "select set_config('session_authorization', 'postgres', true)"],
    [
      'DO with set_config around a write',
      "do $$ begin perform set_config('role', 'ns_MARK_u3_c2', true); insert into co_2.note values ('do'); end $$",
    ],
    [
      'DO that gives its role back around a write',
      "do $$ begin perform set_config('role', 'none', true); insert into co_1.note values ('do'); end $$",
    ],
    [
      'query_to_xml with a changed role',
      "select query_to_xml('select set_config(''role'', ''ns_MARK_u3_c2'', true), (select count(*) from co_2.note)', true, true, '')",
    ],
    ['a temporary table that shadows one', 'create temporary table note (text text)'],
    ['a temporary table by its schema', 'create table pg_temp.note (text text)'],
    ['dblink, installed', 'create extension dblink'],
    ['reading nightshift.scheduled_task', 'select * from nightshift.scheduled_task'],
    ['reading nightshift.audit_log', 'select * from nightshift.audit_log'],
    ['reading nightshift.slot', 'select * from nightshift.slot'],
    ["another company's table", 'select * from co_2.note'],
    ["a write to another company's table", "insert into co_2.note values ('foreign')"],
  ])('%s', async (_, written) => {
    const text = written.replaceAll('MARK', mark);
    expect(await attempt(text)).toEqual(DENIED);
    expect(await audit()).toMatchObject([
      { code: 'PERMISSION_DENIED', statement: text.replace(/\s+/g, ' ').slice(0, 300) },
    ]);
    expect([await notes('before'), await notes('after'), await notes('do')]).toEqual([0, 0, 0]);
  });

  it("ending another session's backend, or cancelling what it does", async () => {
    await world.platform.open(SECOND, async (other) => {
      const { rows } = await other.db.query<{ pid: number }>('select pg_backend_pid() as pid');
      for (const verb of ['pg_terminate_backend', 'pg_cancel_backend']) {
        expect(await attempt(`select ${verb}($1)`, [rows[0]?.pid])).toEqual(DENIED);
        expect(await audit()).toMatchObject([{ kind: 'statement', statement: `select ${verb}($1)` }]);
      }
      await other.db.query('select 1');
    });
  });

  it('dblink, where somebody has installed it', async () => {
    await database.query('create extension dblink');
    const text = `select * from public.dblink('dbname=${database.name}', 'select 1') as t(n int)`;
    expect(await attempt(text)).toEqual({ answer: '2F003', after: '25P02', end: '2F003' });
    expect(await audit()).toMatchObject([{ kind: 'statement', code: '2F003' }]);
    const unsafe = await attempt("select public.dblink_connect_u('dbname=postgres')");
    expect(unsafe).toEqual(DENIED);
    expect(await audit()).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
  });
});

describe('without effect on what comes after', () => {
  /** What another session finds on the connection of the last one. */
  const next = async () => {
    const { rows } = await world.platform.open(CLERK, (session) =>
      session.db.query(`select current_user as who, current_setting('statement_timeout') as timeout,
        (select count(*)::int from pg_locks where pid = pg_backend_pid() and locktype = 'advisory') as locks,
        to_regclass('note')::text as note, pg_my_temp_schema()::int as temp`),
    );
    return rows[0];
  };
  const FRESH = { timeout: '0', locks: 0, note: 'note', temp: 0 };

  it('set_config(…, false)', async () => {
    const set = "select set_config('statement_timeout', '1234567', false)";
    expect(await attempt(set)).toEqual({ answer: 'done', after: 'done', end: 'done' });
    expect(await audit()).toMatchObject([{ reason: expect.stringContaining('statement_timeout') }]);
    expect(await next()).toMatchObject({ ...FRESH, who: `ns_${mark}_u2_c1` });
  });

  it('an advisory lock left behind', async () => {
    expect(await attempt('select pg_advisory_lock(77)')).toEqual({
      answer: 'done',
      after: 'done',
      end: 'done',
    });
    expect(await audit()).toMatchObject([{ reason: expect.stringContaining('advisory locks: 1') }]);
    expect(await next()).toMatchObject(FRESH);
    const free = await database.query('select pg_try_advisory_lock(77) as free, pg_advisory_unlock_all()');
    expect(free).toMatchObject([{ free: true }]);
  });

  it('a temporary table that shadows a table of the company', async () => {
    await attempt('create temporary table note (text text)');
    expect(await next()).toMatchObject(FRESH);
    expect(await audit()).toHaveLength(1);
  });
});

describe('the audit log', () => {
  it('keeps what a savepoint has taken back and the session has survived', async () => {
    await world.platform.open(CLERK, async (session) => {
      uniqueId = session.uniqueId;
      const denied = session.savepoint(() => session.db.query('select * from nightshift.slot'));
      await expect(denied).rejects.toMatchObject({ code: '42501', severity: 'ERROR' });
    });
    expect(await audit()).toMatchObject([{ kind: 'statement', statement: 'select * from nightshift.slot' }]);
  });

  it('has at most twenty rows of a session; the last one counts the rest', async () => {
    await world.platform.open(CLERK, async (session) => {
      uniqueId = session.uniqueId;
      for (let count = 0; count < 50; count++)
        await session
          .savepoint(() => session.db.query('select * from nightshift.slot'))
          .catch(() => undefined);
    });
    const rows = () =>
      database.query<{ further: number | null }>(
        `select (after ->> 'further')::int as further from nightshift.audit_log where session_unique_id = $1 order by id`,
        [uniqueId],
      );
    await until('all are there', async () => (await rows()).length === 20);
    expect((await rows()).map(({ further }) => further)).toEqual([...Array(19).fill(null), 30]);
  });

  it('takes any text, and cuts it', async () => {
    const text = `select '\u{1f600}${'x'.repeat(5_000)}' from nightshift.slot -- \ud800`;
    await attempt(text);
    const [row] = await audit();
    expect(row?.statement.startsWith("select '\u{1f600}xxx")).toBe(true);
    expect(row?.statement.length).toBeLessThanOrEqual(400);
  });
});

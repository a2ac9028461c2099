import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SQLSTATE_CLAIM_LOST, SQLSTATE_NOT_THE_CALLER } from '../database/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { Session } from './session.ts';

const SECOND = { user: 'SECOND', company: 'CRONUS' };
const ELSEWHERE = { user: 'ADMIN', company: 'Other' };
const GUESS = '00000000-0000-4000-8000-00000000dead';

let database: TestDatabase;
let world: TestPlatform;
let mark: string;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  await database.query("insert into nightshift.app_user (name) values ('SECOND')");
  await database.query(
    `insert into nightshift.permission_assignment (user_no, set_no)
    select u.no, s.no from nightshift.app_user u, nightshift.permission_set s
    where u.name = 'SECOND' and s.name = 'SUPER'`,
  );
  world = await startTestPlatform({
    database,
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
  });
  // Their roles are made when they are first needed.
  for (const who of [SECOND, ELSEWHERE])
    await world.platform.open(who, (session) => session.db.query('select 1'));
  [{ mark }] = (await database.query('select mark from nightshift.environment')) as [{ mark: string }];
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

/** What PostgreSQL says to a statement of user code: its SQLSTATE, or null when it takes it. */
async function answerTo(text: string, first = 'select 1'): Promise<string | null> {
  return world
    .open(async (session) => {
      await session.db.query(first);
      await session.db.query(text.replaceAll('MARK', mark));
      throw new Error('taken');
    })
    .catch((error: { code?: string; details?: { sqlState?: string } }) => {
      return error.details?.sqlState ?? error.code ?? null;
    });
}

describe('user code may not', () => {
  it.each([
    'select * from nightshift.scheduled_task',
    'select * from nightshift.environment',
    'select * from nightshift.migration',
    'select * from nightshift.slot',
    'select * from nightshift.job_queue_entry',
    'delete from nightshift.scheduled_task',
    'select nightshift.check_caller(1, 1)',
    'select * from co_2.note',
    'insert into co_2.note values (1)',
    "select query_to_xml('select * from nightshift.environment', true, true, '')",
    'create table co_1.mine (n int)',
    'create table public.mine (n int)',
    'create temporary table mine (n int)',
    'create schema mine',
    'create function co_1.f() returns int language sql as $$ select 1 $$',
    'drop table co_1.note',
    'truncate co_1.note',
    'alter table co_1.note add column n int',
    'create role mine',
    'alter role ns_MARK_s1 superuser',
    "alter role ns_MARK_s1 password 'known'",
    'grant ns_MARK_u2_c1 to ns_MARK_s1',
    'grant ns_MARK_app to ns_MARK_u1_c1',
    'create extension dblink',
    "copy co_1.note to '/tmp/note'",
    "copy co_1.note to program 'cat'",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "load '/tmp/evil.so'",
    'select pg_reload_conf()',
    'alter system set fsync = off',
    'alter database postgres set search_path = public',
    'checkpoint',
  ])('%s', async (text) => {
    expect(await answerTo(text)).toMatch(/^(?:42501|0A000|25001)$/);
  });

  it.each([
    ['the owner of the tables', 'ns_MARK_app'],
    ['another user', 'ns_MARK_u2_c1'],
    ['itself in another company', 'ns_MARK_u1_c2'],
    ['the superuser', 'postgres'],
  ])('become %s, whichever way', async (_, role) => {
    const ways = [
      `select set_config('role', '${role}', true)`,
      `select set_config('role', '${role}', false)`,
      `do $$ begin set local role ${role}; end $$`,
      `do $$ begin execute 'set role ${role}'; end $$`,
      `do $$ begin perform set_config('role', '${role}', false); end $$`,
      `select query_to_xml('select set_config(''role'', ''${role}'', true)', true, true, '')`,
    ];
    for (const way of ways) expect([way, await answerTo(way)]).toEqual([way, '42501']);
  });

  it('become another slot', async () => {
    await world.open(async (session) => {
      const mine = await session.db.query<{ login: string }>('select session_user as login');
      await world.platform
        .open(SECOND, async (other) => {
          const theirs = await other.db.query<{ login: string }>('select session_user as login');
          expect(theirs.rows[0]?.login).not.toBe(mine.rows[0]?.login);
          const become = other.db.query("select set_config('role', $1, true)", [mine.rows[0]?.login]);
          await expect(become).rejects.toMatchObject({ code: '42501' });
          throw new Error('seen');
        })
        .catch((error: Error) => expect(error.message).toBe('seen'));
    });
  });

  it('become anybody by a change of the session authorization', async () => {
    for (const way of [
      "select set_config('session_authorization', 'postgres', true)",
      'do $$ begin set local session authorization postgres; end $$',
    ])
      expect([way, await answerTo(way)]).toEqual([way, '42501']);
  });

  it('gain by giving its role back: what is left has no rights at all', async () => {
    // Written so that nobody who reads the statement would see it.
    for (const back of [
      "select set_config('ro' || 'le', 'none', true)",
      "select set_config('ro' || 'le', 'none', false)",
      "do $$ begin execute 'reset ro' || 'le'; end $$",
      "do $$ begin execute 'reset all'; perform set_config('ro' || 'le', 'none', true); end $$",
      "select set_config('ro' || 'le', 'ns_MARK_session', true)",
    ]) {
      const first = back.replaceAll('MARK', mark);
      for (const text of ['select * from co_1.note', 'select * from nightshift.slot', 'create table x ()'])
        expect([back, text, await answerTo(text, first)]).toEqual([
          back,
          text,
          expect.stringMatching(/42501|3F000/),
        ]);
    }
  });

  it('act as somebody else after giving its role back', async () => {
    for (const back of [
      "select set_config('ro' || 'le', 'none', true)",
      "select set_config('ro' || 'le', 'ns_MARK_session', true)",
    ]) {
      const call = "select nightshift_session.create_tasks(1, 1, '[]', null)";
      expect(await answerTo(call, back.replaceAll('MARK', mark))).toMatch(/^(?:NS002|42501)$/);
    }
  });

  it('end or cancel the work of others', async () => {
    await world.platform.open(SECOND, async (other) => {
      const { rows } = await other.db.query<{ pid: number }>('select pg_backend_pid() as pid');
      for (const verb of ['pg_terminate_backend', 'pg_cancel_backend'])
        expect(await answerTo(`select ${verb}(${rows[0]?.pid})`)).toBe('42501');
      await other.db.query('select 1');
    });
  });
});

describe('the functions for sessions', () => {
  const task = JSON.stringify([
    {
      id: GUESS,
      codeunit: 'X',
      failure_codeunit: null,
      ready: true,
      due: null,
      record: null,
      timeout_ms: 1_000,
    },
  ]);
  const as = (user: number, company: number): readonly (readonly [string, string])[] => [
    ['create_tasks', `select nightshift_session.create_tasks(${user}, ${company}, '${task}', null)`],
    ['set_task_ready', `select nightshift_session.set_task_ready(${user}, ${company}, '${GUESS}', null)`],
    ['task_exists', `select nightshift_session.task_exists(${user}, ${company}, '${GUESS}')`],
    ['cancel_task', `select nightshift_session.cancel_task(${user}, ${company}, '${GUESS}')`],
    ['entry_read', `select nightshift_session.entry_read(${user}, ${company}, '${GUESS}', false)`],
    ['log_add', `select nightshift_session.log_add(${user}, ${company}, '${GUESS}', '{}')`],
    [
      'entry_set_status',
      `select nightshift_session.entry_set_status(${user}, ${company}, '${GUESS}', 'Ready', '{}', null)`,
    ],
  ];

  it.each([...as(2, 1), ...as(1, 2), ...as(2, 2)])(
    '%s as somebody else or elsewhere is refused',
    async (_, text) => {
      expect(await answerTo(text)).toBe(SQLSTATE_NOT_THE_CALLER);
    },
  );

  it('take no user and no company that is none', async () => {
    for (const [user, company] of ['null, 1', '1, null', '0, 0', '-1, 1'].map((pair) => pair.split(',')))
      expect(
        await answerTo(`select nightshift_session.create_tasks(${user}, ${company}, '${task}', null)`),
      ).toBe(SQLSTATE_NOT_THE_CALLER);
  });

  it.each([
    `select nightshift_session.check_claim('${GUESS}', '${GUESS}')`,
    `select nightshift_session.complete_task('${GUESS}', '${GUESS}')`,
    `select nightshift_session.complete_task('${GUESS}', null)`,
    `select nightshift_session.run_begin('${GUESS}', '${GUESS}', '${GUESS}', '{}', '{}')`,
    `select nightshift_session.run_end('${GUESS}', '${GUESS}', '${GUESS}', '{}', '{}')`,
  ])('%s: a guessed nonce is refused', async (text) => {
    await database.query(
      `insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms)
       values ($1, 1, 1, 'X', false, 'infinity', 1000) on conflict do nothing`,
      [GUESS],
    );
    expect(await answerTo(text)).toBe(SQLSTATE_CLAIM_LOST);
    expect(
      await database.query('select commit_number from nightshift.scheduled_task where id = $1', [GUESS]),
    ).toEqual([{ commit_number: 0 }]);
  });

  it('what stands for them in a search path of user code is not called', async () => {
    const trap = "select set_config('search_path', 'co_1, pg_temp', false)";
    expect(await answerTo(as(2, 1)[0]?.[1] ?? '', trap)).toBe(SQLSTATE_NOT_THE_CALLER);
  });
});

describe('what one session changed for its connection', () => {
  const hostile = async (session: Session) => {
    for (const [name, value] of [
      ['role', 'none'],
      ['search_path', 'pg_catalog'],
    ])
      await session.db.query('select set_config($1, $2, false)', [name, value]);
  };

  it('does not reach the next one: role, search path, user and company', async () => {
    await world.open(hostile);
    for (const identity of [{ user: 'ADMIN', company: 'CRONUS' }, SECOND, ELSEWHERE]) {
      const { rows } = await world.platform.open(identity, (session) =>
        session.db.query<{ who: string; path: string }>(
          "select current_user as who, current_setting('search_path') as path, count(*) from note",
        ),
      );
      const company = identity.company === 'Other' ? 2 : 1;
      const user = identity.user === 'SECOND' ? 2 : 1;
      expect(rows[0]).toMatchObject({
        who: `ns_${mark}_u${user}_c${company}`,
        path: `co_${company}, app_shared, pg_temp`,
      });
      await world.platform.open(identity, hostile);
    }
  });

  const settings = ['statement_timeout', 'default_transaction_read_only', 'timezone', 'datestyle'];

  it('does not reach another user: settings, locks, cursors', async () => {
    await world.open(async (session) => {
      await session.db.query("select set_config('statement_timeout', '1234', false), pg_advisory_lock(42)");
    });
    const left = await world.platform.open(SECOND, (session) =>
      session.db.query("select current_setting('statement_timeout') as timeout"),
    );
    expect(left.rows).toEqual([{ timeout: '0' }]);
    await world.platform.open(ELSEWHERE, (session) => session.db.query('select 1'));
  });

  // The slot is kept for the same user and company, and only DISCARD would undo these.
  it('nor the next session of the same user', async () => {
    const values = ['1234', 'on', 'Asia/Tokyo', 'German'];
    await world.open(async (session) => {
      for (const [index, name] of settings.entries())
        await session.db.query('select set_config($1, $2, false)', [name, values[index]]);
    });
    const { rows } = await world.open((session) =>
      session.db.query(
        'select name, setting from pg_settings where name = any($1) and setting <> reset_val',
        [
          settings.map((name) =>
            name === 'timezone' ? 'TimeZone' : name === 'datestyle' ? 'DateStyle' : name,
          ),
        ],
      ),
    );
    expect(rows).toEqual([]);
  });

  it('an advisory lock of a session ends with it', async () => {
    await world.open((session) => session.db.query('select pg_advisory_lock(77)'));
    const free = await database.query('select pg_try_advisory_lock(77) as free, pg_advisory_unlock_all()');
    expect(free).toMatchObject([{ free: true }]);
  });

  it("the platform's own locks are out of reach of user code", async () => {
    expect(await answerTo('select only_row from nightshift.environment for update')).not.toBeNull();
  });
});

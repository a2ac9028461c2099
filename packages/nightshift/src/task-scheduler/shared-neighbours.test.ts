import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { rights } from '../platform/index.ts';
import type { Session } from '../session/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { SharedKit } from '../testing/shared-kit.ts';
import { addSets, addUsers, takeSet } from '../testing/test-rights.ts';

let shared: SharedKit;

beforeAll(async () => {
  shared = await SharedKit.start();
  await shared.kit.query(`create function co_1.meddle() returns void language plpgsql as $$
    begin
      perform set_config('app.secret', 'of a neighbour', false);
      perform set_config('search_path', 'pg_catalog', false);
      perform set_config('statement_timeout', '1', false);
    end $$`);
  await shared.kit.query(`create function co_1.open_cursor() returns void language plpgsql as
    $$ declare c refcursor := 'left_open'; begin open c for select 1; end $$`);
});
afterAll(() => shared.kit.stop());

const DONE = { effects: 1, state: 'gone', attempt: 0 };
const FAILED = { effects: 0, state: 'failed', attempt: 0 };

/** What a session may find changed by the one before it. */
async function surroundings(session: Session): Promise<unknown> {
  const { rows } = await session.db.query(`select current_user, session_user = current_user as is_login,
    current_setting('search_path') as path, current_setting('statement_timeout') as timeout,
    current_setting('transaction_read_only') as read_only, current_setting('transaction_isolation') as isolation,
    nullif(current_setting('app.secret', true), '') as secret, current_setting('timezone') as zone,
    (select count(*)::int from pg_cursors) as cursors`);
  return rows[0];
}

const says = (text: string, values?: readonly unknown[]) => (session: Session) =>
  session.db.query(text, values);

/** Ends well, having changed what the next one meets. */
const LEFT_BEHIND: readonly (readonly [what: string, act: Behaviour])[] = [
  ['the search path', says("select set_config('search_path', 'pg_catalog', false)")],
  ['a statement timeout', says("select set_config('statement_timeout', '1', false)")],
  ['a setting of its own', says("select set_config('app.secret', 'of a neighbour', true)")],
  ['read only', says("select set_config('transaction_read_only', 'on', true)")],
  ['settings, by a function', says('select meddle()')],
  ['settings, by a block', says("do $$ begin set local timezone = 'Asia/Tokyo'; end $$")],
  ['an open cursor', says('declare left_open cursor for select 1')],
  ['a cursor for longer', says('declare left_open cursor with hold for select 1')],
  ['an advisory lock', says('select pg_advisory_lock(7)')],
  ['deferred constraints', says('do $$ begin set constraints all deferred; end $$')],
  ['a savepoint', says('savepoint mine')],
  [
    'two savepoints, and one step back',
    async (session) => {
      await session.db.query('savepoint a');
      await session.db.query('savepoint b');
      await session.db.query('rollback to savepoint a');
    },
  ],
];

describe('what one of them leaves behind does not meet the next', () => {
  test.each(LEFT_BEHIND)('%s', async (_, act) => {
    const met: unknown[] = [];
    const look: Behaviour = async (session) => {
      met.push(await surroundings(session));
      await leaveEffect(session);
    };
    const leave: Behaviour = async (session) => {
      await leaveEffect(session);
      await act(session);
    };
    const before = shared.kit.telemetry.events('NS0034').length;
    const tasks = await shared.claimed([look, leave, look, leave, leave]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(met[1]).toEqual(met[0]);
    expect(shared.kit.telemetry.events('NS0034')).toHaveLength(before);
    // Nor the next one on this connection.
    const next = await shared.claimed([look, look]);
    await shared.run(next);
    expect(met.slice(2)).toEqual([met[0], met[0]]);
    expect(await shared.kit.query("select from pg_locks where locktype = 'advisory' and objid = 7")).toEqual(
      [],
    );
  });

  test.each(LEFT_BEHIND)('%s, of one that fails after that', async (_, act) => {
    const met: unknown[] = [];
    const look: Behaviour = async (session) => {
      met.push(await surroundings(session));
      await leaveEffect(session);
    };
    const leave: Behaviour = async (session) => {
      await leaveEffect(session);
      await act(session);
      throw new Error('broken');
    };
    const tasks = await shared.claimed([look, leave, look, leave]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, FAILED, DONE, FAILED]);
    expect(met[1]).toEqual(met[0]);
  });
});

/** Whoever gives his role back has left his bounds: his session ends, and nobody else's does. */
test.each<[what: string, act: Behaviour]>([
  ['for the connection', says("select set_config('role', 'none', false)")],
  ['for the transaction', says("select set_config('role', 'none', true)")],
  ['by a block', says('do $$ begin reset role; end $$')],
])('a role given back %s does not meet the next', async (_, act) => {
  const met: unknown[] = [];
  const look: Behaviour = async (session) => {
    met.push(await surroundings(session));
    await leaveEffect(session);
  };
  const leave: Behaviour = async (session) => {
    await leaveEffect(session);
    await act(session);
  };
  const tasks = await shared.claimed([look, leave, look]);
  await shared.run(tasks);
  expect(await shared.fates(tasks)).toEqual([DONE, FAILED, DONE]);
  for (const found of met) expect(found).toEqual(met[0]);
});

test('rights that are taken away while one runs are not those of the next', async () => {
  await addSets(shared.kit, {
    Runs: { codeunits: ['Main'] },
    Leaves: { tables: { effect: 'RIMD' } },
  });
  await addUsers(shared.kit, { name: 'CLERK', sets: ['Runs', 'Leaves'], company: 'CRONUS' });
  shared.beginAtATime(1);
  onTestFinished(() => shared.beginAtATime(null));
  const takes: Behaviour = async (session) => {
    await leaveEffect(session);
    await takeSet(shared.kit, 'CLERK', 'Leaves');
    await rights.repair(shared.kit.admin);
    await shared.kit.platform.directory.refresh();
  };
  // Known to the connection by its name, it locks nothing anew.
  await shared.run(await shared.claimed([leaveEffect, leaveEffect, leaveEffect], { user: 'CLERK' }));
  const tasks = await shared.claimed([leaveEffect, takes, leaveEffect], { user: 'CLERK' });
  await shared.run(tasks);
  expect(await shared.fates(tasks)).toEqual([DONE, DONE, FAILED]);
});

test('a cursor that a function has left open costs the next one that does so its share', async () => {
  const open: Behaviour = async (session) => {
    await leaveEffect(session);
    await session.db.query('select open_cursor()');
  };
  const tasks = await shared.claimed([open, open, leaveEffect]);
  await shared.run(tasks);
  expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
  expect(tasks.map(({ id }) => shared.runsOf({ uniqueId: id }))).toEqual([1, 2, 1]);
});

/** Does not end well; the others must not notice. */
const HARM: readonly (readonly [what: string, act: Behaviour])[] = [
  ['a ROLLBACK', says('rollback')],
  ['a COMMIT', says('commit')],
  ['a COMMIT in a comment’s clothes', says('/* ; */ commit')],
  ['its savepoint released', says('release savepoint ns_savepoint_session')],
  ['its savepoint released, written by code points', says('release savepoint U&"ns_s\\0061vepoint_session"')],
  ['a rollback to its savepoint', says('rollback to savepoint ns_savepoint_session')],
  ['a temporary table', says('create temp table t (n int)')],
  ['a table of the platform', says('select from nightshift.scheduled_task')],
  ['an error', says('select 1/0')],
  [
    'an error that it swallows',
    async (session) => {
      await session.db.query('select 1/0').catch(() => undefined);
    },
  ],
  [
    'an error that it swallows, and goes on',
    async (session) => {
      await session.db.query('select 1/0').catch(() => undefined);
      await session.db.query('select 1').catch(() => undefined);
    },
  ],
  ['a query that it does not await', (session) => void session.db.query('select pg_sleep(0.05)')],
  [
    'several queries that it does not await',
    (session) => {
      for (let n = 0; n < 5; n++) leaveEffect(session, `stray ${n}`).catch(() => undefined);
    },
  ],
  [
    'a savepoint that it does not await',
    (session) => {
      session.savepoint(() => leaveEffect(session)).catch(() => undefined);
    },
  ],
  [
    'a statement that takes longer than it may',
    async (session) => {
      const late = session.db.query({ text: 'select pg_sleep(60)', timeoutMs: 100 });
      let isOver = false;
      late.catch(() => {
        isOver = true;
      });
      await until('it was too late', async () => {
        await shared.clock.advance(50);
        return isOver;
      });
      await late;
    },
  ],
  [
    'its backend gone',
    async (session) => {
      const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
      await shared.kit.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
      await leaveEffect(session);
    },
  ],
  [
    'its backend gone, unnoticed',
    async (session) => {
      const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
      await shared.kit.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
      throw new Error('for another reason');
    },
  ],
  [
    'a duplicate',
    says("insert into effect (no, task, note) overriding system value values (1, 'x', 'x'), (1, 'x', 'x')"),
  ],
];

describe('what one of them does wrong does not harm the others', () => {
  beforeAll(async () => {
    await shared.kit.query('create unique index on co_1.effect (no)');
  });

  test.each(HARM)('%s', async (_, act) => {
    const harm: Behaviour = async (session) => {
      await leaveEffect(session);
      await act(session);
    };
    const tasks = await shared.claimed([leaveEffect, harm, leaveEffect, harm, leaveEffect]);
    await shared.runAll(tasks);
    const fates = await shared.fates(tasks);
    expect([fates[0], fates[2], fates[4]]).toEqual([DONE, DONE, DONE]);
    for (const fate of [fates[1], fates[3]]) {
      expect(fate?.effects).toBe(0);
      expect(['failed', 'waiting']).toContain(fate?.state);
    }
    expect(await shared.kit.query("select from co_1.effect where note like 'stray%'")).toEqual([]);
  });
});

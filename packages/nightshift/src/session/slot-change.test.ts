import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureRoles, type RoleNames } from '../permissions/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { roleExists } from './session.sql.ts';
import { cleaned } from './slot-wire.ts';
import { type Slot, type SlotIdentity, SlotPool } from './slots.ts';

const CHANGES = 1_000;
const CALLERS = 4;

const ADMIN_HERE: SlotIdentity = { userNo: 1, companyNo: 1, lentNo: null };
const OTHER_HERE: SlotIdentity = { userNo: 2, companyNo: 1, lentNo: null };
const OTHER_THERE: SlotIdentity = { userNo: 2, companyNo: 2, lentNo: null };

let world: TestPlatform;
let names: RoleNames;

beforeAll(async () => {
  const sql = 'create table note (text text); create sequence numbers';
  world = await startTestPlatform({ migrations: [{ name: '0001_note', sql }] });
  await addCompany(world, 'Other');
  await addUsers(world, { name: 'OTHER' });
  names = await ensureRoles(world.platform.database, world.platform.directory);
  for (const company of [1, 2]) await world.query(insertInto(company), [`of company ${company}`]);
});
afterAll(() => world.stop());

function insertInto(company: number): string {
  return `insert into co_${company}.note values ($1)`;
}

/** A pool of one slot, which each identity has to change. */
async function onePool(): Promise<SlotPool> {
  const [{ epoch }] = (await world.query('select epoch from nightshift.server_instance')) as [
    { epoch: string },
  ];
  const pool = new SlotPool(world.platform.database, names, epoch, 1);
  onTestFinished(async () => {
    await pool.close();
    // It has freed those of the instance, too.
    await world.query('update nightshift.slot set epoch = $1', [epoch]);
  });
  return pool;
}

/** What a statement answers in a transaction of an identity. */
async function asked(pool: SlotPool, identity: SlotIdentity, ...texts: string[]): Promise<unknown[]> {
  const slot = await pool.acquire(identity);
  try {
    await slot.client.query(slot.preamble);
    let rows: unknown[] = [];
    for (const text of texts) ({ rows } = await slot.client.query(text));
    return rows;
  } finally {
    await slot.client.query('commit');
    pool.release(slot, true);
  }
}

/** What the slots of the pool are members of. */
async function membersOf(login: string): Promise<readonly string[]> {
  const rows = await world.query<{ role: string }>(
    'select roleid::regrole::text as role from pg_auth_members where member = $1::regrole order by 1',
    [login],
  );
  return rows.map(({ role }) => role);
}

async function numberOf(pool: SlotPool): Promise<Slot> {
  const slot = await pool.acquire(ADMIN_HERE);
  pool.release(slot, true);
  return slot;
}

describe('a slot that changes its user', () => {
  it('keeps its connection', async () => {
    const pool = await onePool();
    const pid = 'select pg_backend_pid() as pid, current_user as who, current_schema as here';
    const [first] = await asked(pool, ADMIN_HERE, pid);
    const [second] = await asked(pool, OTHER_THERE, pid);
    const { pid: backend } = first as { pid: number };
    expect(first).toEqual({ pid: backend, who: names.userInCompany(1, 1), here: 'co_1' });
    expect(second).toEqual({ pid: backend, who: names.userInCompany(2, 2), here: 'co_2' });
  });

  it('is told once where names are looked for: transactions after that change nothing, also when it was cleaned', async () => {
    const pool = await onePool();
    const paths: string[] = [];
    const here = "select current_setting('search_path') as path";
    const slotOf = async (identity: SlotIdentity) => {
      const slot = await pool.acquire(identity);
      const { connection } = slot.client as unknown as { connection: NodeJS.EventEmitter };
      connection.removeAllListeners('parameterStatus');
      connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
        if (parameterName === 'search_path') paths.push(parameterValue as string);
      });
      pool.release(slot, true);
      return slot;
    };
    for (const [identity, path] of [
      [ADMIN_HERE, 'co_1, app_shared, pg_temp'],
      [OTHER_THERE, 'co_2, app_shared, pg_temp'],
    ] as const) {
      const slot = await slotOf(identity);
      await asked(pool, identity, here);
      paths.length = 0;
      await asked(pool, identity, here);
      await cleaned(slot);
      await asked(pool, identity, here);
      // Between transactions, too; a RESET leads to no company.
      const { rows } = await slot.client.query(here);
      expect(rows).toEqual([{ path }]);
      expect(paths).toEqual([]);
      const [reset] = await asked(
        pool,
        identity,
        'reset all',
        "select current_setting('search_path') as path",
      );
      expect(reset).toEqual({ path: 'app_shared, pg_temp' });
    }
  });

  it('forgets what the last one has prepared, and pg forgets it too', async () => {
    // What is asked here, and the identity that transactions are opened with.
    const pool = await onePool();
    const count = { name: 'user_1', text: 'select count(*)::int as statements from pg_prepared_statements' };
    const statementsOf = async (identity: SlotIdentity) => {
      const slot = await pool.acquire(identity);
      const { rows } = await slot.client.query(count);
      await slot.client.query("do $$ begin execute 'prepare mine as select 42 as secret'; end $$");
      pool.release(slot, true);
      return rows;
    };
    expect(await statementsOf(ADMIN_HERE)).toEqual([{ statements: 2 }]);
    expect(await statementsOf(OTHER_HERE)).toEqual([{ statements: 2 }]);
    expect(await statementsOf(OTHER_THERE)).toEqual([{ statements: 2 }]);
    await expect(asked(pool, ADMIN_HERE, 'execute mine')).rejects.toMatchObject({ code: '26000' });
  });

  it('forgets settings, held cursors, advisory locks, channels, sequences and random numbers', async () => {
    const pool = await onePool();
    await asked(
      pool,
      ADMIN_HERE,
      "select set_config('statement_timeout', '12345', false), set_config('search_path', 'co_1', false)",
      "do $$ begin execute 'listen gossip'; execute 'declare kept cursor with hold for select 1'; end $$",
      "select pg_advisory_lock(4711), nextval('co_1.numbers'), setseed(0.5)",
      "select set_config('role', 'none', false), set_config('timezone', 'Asia/Tokyo', false)",
    );
    const [left] = await asked(
      pool,
      OTHER_HERE,
      `select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
        current_setting('timezone') as zone, current_user as who,
        (select count(*)::int from pg_cursors) as cursors, (select count(*)::int from pg_listening_channels()) as channels,
        (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`,
    );
    expect(left).toEqual({
      timeout: '0',
      path: 'co_1, app_shared, pg_temp',
      zone: 'UTC',
      who: names.userInCompany(2, 1),
      cursors: 0,
      channels: 0,
      locks: 0,
    });
    // Of the session: not defined.
    await expect(asked(pool, ADMIN_HERE, 'select lastval()')).rejects.toMatchObject({ code: '55000' });
    const random = async (identity: SlotIdentity) =>
      (await asked(pool, identity, 'select setseed(0.5)', 'select random() as number'))[0];
    const seeded = await random(OTHER_HERE);
    expect(await asked(pool, ADMIN_HERE, 'select random() as number')).not.toEqual([seeded]);
    expect(await random(ADMIN_HERE)).toEqual(seeded);
  });

  it('says in each transaction in which company it is: what RESET goes back to is none', async () => {
    const pool = await onePool();
    for (const reset of ['reset all', 'reset search_path']) {
      const gone = asked(pool, ADMIN_HERE, `do $$ begin execute '${reset}'; end $$`, 'select * from note');
      await expect(gone).rejects.toMatchObject({ code: '42P01' });
      expect(await asked(pool, ADMIN_HERE, 'select text from note')).toEqual([{ text: 'of company 1' }]);
      expect(await asked(pool, OTHER_THERE, 'select text from note')).toEqual([{ text: 'of company 2' }]);
    }
  });

  it(`two identities that alternate ${CHANGES} times on it never see each other's rows, nor have both roles`, async () => {
    const pool = await onePool();
    const { login } = await numberOf(pool);
    const wanted = [ADMIN_HERE, OTHER_THERE] as const;
    const roles = wanted.map(({ userNo, companyNo }) => names.userInCompany(userNo, companyNo));
    let left = CHANGES;
    let over = false;
    const seen = new Set<string>();
    const watch = async () => {
      while (!over) seen.add((await membersOf(login)).join(' and '));
    };
    const caller = async () => {
      for (let turn = left--; turn > 0; turn = left--) {
        const at = turn % 2;
        const text = 'select current_user as who, (select string_agg(text, $$,$$) from note) as notes';
        expect(await asked(pool, wanted[at] as SlotIdentity, text)).toEqual([
          { who: roles[at], notes: `of company ${wanted[at]?.companyNo}` },
        ]);
      }
    };
    const watching = watch();
    await Promise.all(Array.from({ length: CALLERS }, caller)).finally(() => {
      over = true;
    });
    await watching;
    expect([...seen].sort()).toEqual([...roles].sort());
  });

  it('waits for the answer to the last COMMIT of the one before', async () => {
    const pool = await onePool();
    const slot = await pool.acquire(ADMIN_HERE);
    const answer = Promise.withResolvers<void>();
    pool.handOver(slot, answer.promise);
    let changed: Slot | null = null;
    const changing = pool.acquire(OTHER_HERE).then((other) => {
      changed = other;
    });
    // More round trips than a change takes.
    for (let times = 0; times < 50; times++) await membersOf(slot.login);
    expect(changed).toBeNull();
    expect(await membersOf(slot.login)).toEqual([names.userInCompany(1, 1)]);
    answer.resolve();
    await changing;
    expect(await membersOf(slot.login)).toEqual([names.userInCompany(2, 1)]);
    pool.release(changed as unknown as Slot, true);
  });

  it('waits for whoever changes roles, and holds up nobody else meanwhile', async () => {
    const pool = await onePool();
    const { login } = await numberOf(pool);
    const { database } = world.platform;
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const changing = database.exclusively(async (client) => {
      await client.query('begin; select from nightshift.environment for update');
      begun.resolve();
      await over.promise;
      await client.query('commit');
    });
    await begun.promise;
    const asking = asked(pool, OTHER_HERE, 'select current_user as who');
    await until('it waits', async () => {
      const waiting = `select from pg_stat_activity
        where wait_event_type = 'Lock' and query ~ 'join_slot' and datname = current_database()`;
      return (await world.query(waiting)).length === 1;
    });
    // Over both of the connections that all share.
    for (let times = 0; times < 4; times++) await database.run(roleExists, [login]);
    expect(await membersOf(login)).toEqual([names.userInCompany(1, 1)]);
    over.resolve();
    await changing;
    expect(await asking).toEqual([{ who: names.userInCompany(2, 1) }]);
  });

  it('looks what there is when its connection was lost, as after a crash that forgot the change', async () => {
    const pool = await onePool();
    await asked(pool, ADMIN_HERE, 'select 1');
    const slot = await pool.acquire(OTHER_HERE);
    const { login } = slot;
    const undo = [
      `revoke ${names.userInCompany(2, 1)} from ${login}`,
      `grant ${names.userInCompany(1, 1)} to ${login} with inherit false, set true`,
      'select pg_terminate_backend($1, 5000)',
    ] as const;
    await world.query(undo[0]);
    await world.query(undo[1]);
    await world.query(undo[2], [slot.backend]);
    await expect(slot.client.query('select 1')).rejects.toThrow();
    pool.release(slot, false);
    expect(await asked(pool, OTHER_HERE, 'select current_user as who')).toEqual([
      { who: names.userInCompany(2, 1) },
    ]);
    expect(await membersOf(login)).toEqual([names.userInCompany(2, 1)]);
  });

  it('leaves every other role that somebody has granted to it', async () => {
    const pool = await onePool();
    const { login } = await numberOf(pool);
    const [{ login: here }] = (await world.query('select current_user as login')) as [{ login: string }];
    const more = [
      `grant ${names.userInCompany(2, 2)} to ${login} with inherit true, admin true`,
      `grant ${names.app} to ${login}`,
      // By another grantor than PostgreSQL would choose.
      `grant pg_read_all_data to ${login} granted by ${here}`,
    ];
    for (const grant of more) await world.query(grant);
    expect(await membersOf(login)).toHaveLength(4);
    await asked(pool, OTHER_THERE, 'select 1');
    expect(await membersOf(login)).toEqual([names.userInCompany(2, 2)]);
    const options =
      'select admin_option, inherit_option, set_option from pg_auth_members where member = $1::regrole';
    expect(await world.query(options, [login])).toEqual([
      { admin_option: false, inherit_option: false, set_option: true },
    ]);
  });

  it('that somebody else has leased meanwhile is not touched', async () => {
    const pool = await onePool();
    const { login } = await numberOf(pool);
    await world.query('update nightshift.slot set epoch = null where epoch is not null');
    await expect(pool.acquire(OTHER_HERE)).rejects.toMatchObject({ code: 'INSTANCE_LOST' });
    expect(await membersOf(login)).toEqual([names.userInCompany(1, 1)]);
  });

  it('makes the role of an identity that nobody has needed so far, and that of lent rights', async () => {
    await addUsers(world, { name: 'LATE' });
    const [user] = await world.query<{ no: number }>(
      "select no from nightshift.app_user where name = 'LATE'",
    );
    const [lent] = await world.query<{ no: number }>(
      `insert into nightshift.inherent_permission (codeunit, application, tables)
       values ('Lends', 'test', '{"note": "R"}') returning no`,
    );
    const pool = await onePool();
    const late = { userNo: user?.no ?? 0, companyNo: 2, lentNo: null };
    const who = 'select current_user as who, (select count(*)::int from note) as notes';
    expect(await asked(pool, late, who)).toEqual([{ who: names.userInCompany(late.userNo, 2), notes: 1 }]);
    const lends = { ...late, lentNo: lent?.no ?? 0 };
    const role = names.userLent(late.userNo, 2, lends.lentNo);
    expect(await asked(pool, lends, who)).toEqual([{ who: role, notes: 1 }]);
    const [noted] = await world.query(
      'select user_no, company_no, lent_no from nightshift.slot where lent_no is not null',
    );
    expect(noted).toEqual({ user_no: late.userNo, company_no: 2, lent_no: lends.lentNo });
    expect(await asked(pool, late, who)).toEqual([{ who: names.userInCompany(late.userNo, 2), notes: 1 }]);
  });

  it('gets another connection where an extension could keep something for the next user', async () => {
    const pool = await onePool();
    const pid = async (identity: SlotIdentity) =>
      (await asked(pool, identity, 'select pg_backend_pid() as pid'))[0];
    const kept = await pid(ADMIN_HERE);
    expect(await pid(OTHER_HERE)).toEqual(kept);
    await world.query("update pg_extension set extname = 'dblink' where extname = 'plpgsql'");
    try {
      const [first, second] = [await pid(ADMIN_HERE), await pid(OTHER_HERE)];
      expect(first).not.toEqual(kept);
      expect(second).not.toEqual(first);
    } finally {
      await world.query("update pg_extension set extname = 'plpgsql' where extname = 'dblink'");
    }
  });
});

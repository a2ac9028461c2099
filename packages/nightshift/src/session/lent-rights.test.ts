import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';
import { startSession } from './start-session.ts';

const CLERK = { user: 'CLERK', company: 'CRONUS' };
const TABLES = `create table note (text text not null);
  create table number_series (code text primary key, next int not null);
  create table ledger (n int);
  insert into number_series values ('A', 1)`;

/** What the codeunits with lent rights do; each test says what. */
const todo: { inner: (session: Session) => unknown; ledger: (session: Session) => unknown } = {
  inner: () => undefined,
  ledger: () => undefined,
};
const nextNumber = codeunit({
  name: 'Next Number',
  inherentPermissions: { tables: { number_series: 'RM' } },
  onRun: (session) => todo.inner(session),
});
const postLedger = codeunit({
  name: 'Post Ledger',
  inherentPermissions: { tables: { ledger: 'RI' } },
  onRun: (session) => todo.ledger(session),
});
const plain = codeunit({ name: 'Plain', onRun: () => undefined });

let database: TestDatabase;
let world: TestPlatform;
let mark: string;

const start = (codeunits: readonly (typeof plain)[]) =>
  startTestPlatform({ database, codeunits, migrations: [{ name: '0001_tables', sql: TABLES }] });

beforeAll(async () => {
  database = await createTestDatabase();
  world = await start([nextNumber, postLedger, plain]);
  await world.query(
    `insert into nightshift.permission_set (name, source, definition)
    values ('Clerk', 'administrator', '{"codeunits": ["*"], "tables": {"note": "RI"}}')`,
  );
  await addUsers(world, { name: 'CLERK', sets: ['Clerk'], company: 'CRONUS' });
  const [row] = await world.query<{ mark: string }>('select mark from nightshift.environment');
  mark = row?.mark ?? '';
  // The roles are made when they are first needed.
  for (const lent of [nextNumber, postLedger]) await open((session) => session.run(lent));
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const open = <T>(work: (session: Session) => Promise<T>) => world.platform.open(CLERK, work);
const takeNumber = async (session: Session) => {
  const taken = 'update number_series set next = next + 1 returning next';
  return (await session.db.query<{ next: number }>(taken)).rows[0]?.next ?? 0;
};
const numberNow = async () =>
  (await database.query<{ next: number }>('select next from co_1.number_series'))[0]?.next;
const who = async (session: Session) =>
  (await session.db.query<{ who: string }>('select current_user as who')).rows[0]?.who;
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
/** What PostgreSQL says to somebody who wants the lent rights, whichever way. */
const tries = async (session: Session) => {
  const role = `ns_${mark}_u2_c1_i1`;
  const answers: string[] = [];
  for (const text of [
    'select * from number_series',
    `select set_config('role', '${role}', true)`,
    `select set_config('role', 'ns_${mark}_i1_c1', false)`,
    `do $$ begin perform set_config('role', '${role}', true); update number_series set next = 0; end $$`,
    `do $$ begin execute 'set local ro' || 'le ${role}'; end $$`,
  ])
    answers.push(await codeOf(session.savepoint(() => session.db.query(text))));
  return answers;
};
const ALL_DENIED = Array(5).fill('42501');

describe('a session of a codeunit that is lent rights', () => {
  it('has them from its first line to its last, also over a commit, and no others', async () => {
    const seen: unknown[] = [];
    todo.inner = async (session) => {
      seen.push(await who(session), (await takeNumber(session)) > 0);
      await session.commit();
      await session.db.query("insert into note values ('lent')");
      seen.push(await codeOf(session.savepoint(() => session.db.query('select * from ledger'))));
      seen.push(await codeOf(session.savepoint(() => session.db.query('delete from number_series'))));
    };
    await open(async (session) => {
      const { finished } = await startSession(session, nextNumber);
      expect(await finished).toMatchObject({ type: 'Stop' });
    });
    expect(seen).toEqual([`ns_${mark}_u2_c1_i1`, true, '42501', '42501']);
    expect(await open(tries)).toEqual(ALL_DENIED);
  });
});

describe('a codeunit that is lent rights, run by another one', () => {
  it('has them, and nobody before or after it', async () => {
    todo.inner = async (session) => {
      await session.db.query("insert into note values ('nested')");
      expect(await who(session)).toBe(`ns_${mark}_u2_c1_i1`);
      await takeNumber(session);
    };
    const before = (await numberNow()) ?? 0;
    await open(async (session) => {
      expect(await tries(session)).toEqual(ALL_DENIED);
      for (let count = 0; count < 3; count++) {
        await session.run(nextNumber);
        expect(await who(session)).toBe(`ns_${mark}_u2_c1`);
        expect(await tries(session)).toEqual(ALL_DENIED);
      }
      await session.db.query("insert into note values ('after')");
    });
    expect(await numberNow()).toBe(before + 3);
    expect(await open(tries)).toEqual(ALL_DENIED);
  });

  it('takes them along when it fails, and what it did is undone', async () => {
    const before = await numberNow();
    const failures = [
      async (session: Session) => {
        await takeNumber(session);
        throw new Error('no');
      },
      async (session: Session) => {
        await takeNumber(session);
        await session.db.query('select 1/0');
      },
      async (session: Session) => {
        await takeNumber(session);
        await session.db.query('select 1/0').catch(() => undefined);
      },
      async (session: Session) => {
        await takeNumber(session);
        await session.commit();
      },
    ];
    for (const failure of failures) {
      todo.inner = failure;
      await open(async (session) => {
        await session.db.query("insert into note values ('kept')");
        await expect(session.run(nextNumber)).rejects.toThrow();
        expect(await tries(session)).toEqual(ALL_DENIED);
        await session.db.query("insert into note values ('kept')");
      });
    }
    expect(await numberNow()).toBe(before);
    expect((await database.query("select from co_1.note where text = 'kept'")).length).toBe(8);
  });

  it('takes them along past savepoints, those of before and those that it leaves open', async () => {
    todo.inner = async (session) => {
      await session.db.query('savepoint inner_one');
      await takeNumber(session);
    };
    const before = await numberNow();
    await open(async (session) => {
      await session.db.query('savepoint outer_one');
      await session.run(nextNumber);
      await session.db.query('rollback to outer_one');
      expect(await who(session)).toBe(`ns_${mark}_u2_c1`);
      expect(await tries(session)).toEqual(ALL_DENIED);
    });
    const back = open(async (session) => {
      await session.run(nextNumber);
      await session.db.query('rollback to inner_one');
    });
    await expect(back).rejects.toMatchObject({ code: '3B001' });
    expect(await numberNow()).toBe(before);
  });

  it('does not keep them by going back to a savepoint of before, nor by its own names', async () => {
    todo.inner = async (session) => {
      await session.db.query('rollback to outer_one');
      await takeNumber(session);
    };
    const back = open(async (session) => {
      await session.db.query('savepoint outer_one');
      await session.run(nextNumber);
    });
    await expect(back).rejects.toThrow();
    todo.inner = async (session) => {
      for (const text of ['rollback to ns_lent_1', 'release ns_lent_1', 'savepoint ns_lent_2'])
        expect(await codeOf(session.db.query(text))).toBe('TRANSACTION_CONTROL');
    };
    await open((session) => session.run(nextNumber));
    expect(await open(tries)).toEqual(ALL_DENIED);
  });

  it('does not share them with code that runs beside it', async () => {
    const running = Promise.withResolvers<void>();
    const tried = Promise.withResolvers<void>();
    todo.inner = async (session) => {
      await takeNumber(session);
      running.resolve();
      await tried.promise;
    };
    await open(async (session) => {
      const nested = session.run(nextNumber);
      await running.promise;
      for (const asked of [
        () => session.db.query('select * from number_series'),
        () => session.run(postLedger),
        () => session.commit(),
        () => session.savepoint(async () => 1),
      ])
        expect(await codeOf(asked())).toBe('TRANSACTION_CONTROL');
      tried.resolve();
      await nested;
      expect(await who(session)).toBe(`ns_${mark}_u2_c1`);
    });
  });

  it('has them taken back also from a transaction that has looked at everything there is', async () => {
    todo.inner = takeNumber;
    await open(async (session) => {
      // Locks on catalogues keep PostgreSQL from looking for changes where it usually does.
      await session.db.query(
        'select count(*) from pg_constraint, pg_roles, pg_namespace, pg_class where false',
      );
      await session.db.query('select count(*) from pg_auth_members');
      await session.run(nextNumber);
      expect(await tries(session)).toEqual(ALL_DENIED);
    });
  });

  it('keeps the next session from them when it is stopped', async () => {
    const running = Promise.withResolvers<Session>();
    todo.inner = async (session) => {
      await takeNumber(session);
      running.resolve(session);
      await session.db.query('select pg_sleep(60)');
    };
    const stopped = codeOf(open((session) => session.run(nextNumber)));
    const { id } = await running.promise;
    world.platform.instance.active?.stop(id, 'stopped', 'enough');
    expect(await stopped).toBe('SESSION_STOPPED');
    for (let count = 0; count < 6; count++) expect(await open(tries)).toEqual(ALL_DENIED);
  });

  it('is the one that the application has registered, not another one of its name', async () => {
    const other = codeunit({
      name: 'Next Number',
      inherentPermissions: { tables: { number_series: 'RIMD' } },
      onRun: takeNumber,
    });
    const forged = open((session) => session.run(other));
    await expect(forged).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      details: { codeunit: 'Next Number' },
    });
  });

  it('does not leave them to code that it has left behind', async () => {
    const left = Promise.withResolvers<string>();
    const over = Promise.withResolvers<void>();
    todo.inner = async (session) => {
      void over.promise.then(() =>
        codeOf(session.savepoint(() => session.db.query('select * from number_series'))).then(left.resolve),
      );
    };
    await open(async (session) => {
      await session.run(nextNumber);
      over.resolve();
      expect(await left.promise).toBe('42501');
    });
  });

  it('has its own rights only, not those of one around it, and gives back to that', async () => {
    const seen: string[] = [];
    todo.ledger = async (session) => {
      await session.db.query('insert into ledger values (1)');
      seen.push(await codeOf(session.savepoint(() => session.db.query('select * from number_series'))));
    };
    todo.inner = async (session) => {
      await takeNumber(session);
      await session.run(postLedger);
      await takeNumber(session);
      seen.push(await codeOf(session.savepoint(() => session.db.query('select * from ledger'))));
    };
    await open((session) => session.run(nextNumber));
    expect(seen).toEqual(['42501', '42501']);
  });

  it('reads in a session that only reads, and does not write there', async () => {
    todo.inner = async (session) => {
      await session.db.query('select * from number_series');
      await takeNumber(session);
    };
    const reading = world.platform.open({ ...CLERK, readOnly: true }, (session) => session.run(nextNumber));
    await expect(reading).rejects.toMatchObject({ code: 'READ_ONLY' });
  });

  it('ends the session when nobody knows whether they were taken back', async () => {
    todo.inner = async () => {
      await database.query('update nightshift.slot set epoch = null');
    };
    const [{ epoch }] = (await database.query('select epoch from nightshift.slot limit 1')) as [
      { epoch: string },
    ];
    const ended = open(async (session) => {
      await session.run(nextNumber).catch(() => undefined);
      await database.query('update nightshift.slot set epoch = $1', [epoch]);
      await session.db.query('select 1');
    });
    await expect(ended).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await open(tries)).toEqual(ALL_DENIED);
  });

  it('leaves one row a session in the audit log', async () => {
    todo.inner = takeNumber;
    let uniqueId = '';
    await open(async (session) => {
      ({ uniqueId } = session);
      await session.run(nextNumber);
      await session.run(nextNumber);
    });
    const rows = () =>
      database.query(
        `select user_name, company_name, result, object_kind, object_name, after from nightshift.audit_log
        where session_unique_id = $1 and verb = 'codeunit.run' and after ? 'inherentPermissions'`,
        [uniqueId],
      );
    await until('it is there', async () => (await rows()).length > 0);
    expect(await rows()).toEqual([
      {
        user_name: 'CLERK',
        company_name: 'CRONUS',
        result: 'allowed',
        object_kind: 'codeunit',
        object_name: 'Next Number',
        after: { inherentPermissions: { number_series: 'RM' } },
      },
    ]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codeunit, type Session } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { assignPermissionSet, unassignPermissionSet } from './assignments.ts';
import { createPermissionSet, deletePermissionSet, modifyPermissionSet } from './permission-set-changes.ts';
import { getPermissionSet, listPermissionSets } from './permission-sets.ts';
import { disableUser, enableUser, listUsers } from './users.ts';

const migrations = [
  {
    name: '0001_tables',
    sql: 'create table sales_order (no serial primary key); create table ledger (no integer)',
  },
];
const post = codeunit({ name: 'Post', onRun: () => undefined });

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ migrations, codeunits: [post] });
  await addUsers(kit, { name: 'CLERK', sets: ['Job Queue View'] });
  await createPermissionSet(kit.admin, { name: 'Sales', tables: { sales_order: 'R' } });
});
afterAll(() => kit.stop());

const sales = { user: 'CLERK', permissionSet: 'Sales', company: 'CRONUS' };
beforeEach(async () => {
  await assignPermissionSet(kit.admin, sales);
  await modifyPermissionSet(kit.admin, 'Sales', {
    tables: { sales_order: 'R' },
    codeunits: [],
    includes: [],
  });
});

const open = <T>(work: (session: Session) => Promise<T>) =>
  kit.platform.open({ user: 'CLERK', company: 'CRONUS' }, work);
const read = (session: Session) => session.db.query('select * from sales_order');
const insert = (session: Session) => session.db.query('insert into sales_order default values');
/** As PostgreSQL puts it to the code that asked; what ends a session says more. */
const denied = expect.objectContaining({ code: '42501' });
const refused = expect.objectContaining({ code: 'PERMISSION_DENIED' });

describe('a session that runs', () => {
  test('loses with its next statement what was taken, and gets with it what was given', async () => {
    await open(async (session) => {
      await read(session);
      await expect(session.savepoint(() => insert(session))).rejects.toThrow(denied);
      await modifyPermissionSet(kit.admin, 'Sales', { tables: { sales_order: 'RI' } });
      await insert(session);
    });
    await open(async (session) => {
      await read(session);
      await unassignPermissionSet(kit.admin, sales);
      await expect(session.savepoint(() => read(session))).rejects.toThrow(denied);
      await assignPermissionSet(kit.admin, sales);
      await read(session);
    });
  });

  test('loses what an included set has lost, and all of a set that is deleted', async () => {
    await createPermissionSet(kit.admin, { name: 'Books', tables: { ledger: 'R' } });
    await modifyPermissionSet(kit.admin, 'Sales', { includes: ['Books'] });
    await createPermissionSet(kit.admin, { name: 'Also', tables: { '*': 'R' } });
    const ledger = (session: Session) => session.savepoint(() => session.db.query('select * from ledger'));
    await open(async (session) => {
      await ledger(session);
      await modifyPermissionSet(kit.admin, 'Books', { tables: {} });
      await expect(ledger(session)).rejects.toThrow(denied);
      await assignPermissionSet(kit.admin, { ...sales, permissionSet: 'Also' });
      await ledger(session);
      await deletePermissionSet(kit.admin, 'Also', { unassign: true });
      await expect(ledger(session)).rejects.toThrow(denied);
      await read(session);
    });
  });

  test('of a user who is disabled meanwhile can do nothing more', async () => {
    const session = open(async (session) => {
      await read(session);
      await disableUser(kit.admin, 'CLERK');
      await read(session);
    });
    await expect(session).rejects.toThrow();
    await expect(open(read)).rejects.toMatchObject({ code: 'USER_DISABLED' });
    await enableUser(kit.admin, 'CLERK');
    await open(read);
  });

  test('may run a codeunit from the moment on at which its user may', async () => {
    await open(async (session) => {
      await expect(session.run(post)).rejects.toThrow(refused);
      await modifyPermissionSet(kit.admin, 'Sales', { codeunits: ['Post'] });
      await session.run(post);
      await unassignPermissionSet(kit.admin, sales);
      await expect(session.run(post)).rejects.toThrow(refused);
    });
  });
});

test('a change that is refused leaves roles as they were', async () => {
  await expect(
    modifyPermissionSet(kit.admin, 'Sales', { tables: { sales_order: 'RIMD' }, version: 99 }),
  ).rejects.toThrow();
  await open(async (session) => {
    await read(session);
    await expect(session.savepoint(() => insert(session))).rejects.toThrow(denied);
  });
});

test('what another process changes counts in this one as soon as it hears of it', async () => {
  await using other = await startTestPlatform({
    database: { url: kit.database?.url ?? '' },
    migrations,
    codeunits: [post],
    start: false,
  });
  const { directory } = kit.platform;
  await open(async (session) => {
    await read(session);
    const heard = Promise.withResolvers<void>();
    const stop = directory.watch(() => heard.resolve());
    await unassignPermissionSet(other.admin, sales);
    await heard.promise;
    stop();
    await expect(session.savepoint(() => read(session))).rejects.toThrow(denied);
  });
});

test('a change in a transaction that has failed counts after its savepoint is undone', async () => {
  await open(async (session) => {
    await read(session);
    await expect(
      session.savepoint(async () => {
        await session.db.query('select 1 / 0').catch(() => undefined);
        await unassignPermissionSet(kit.admin, sales);
        await read(session);
      }),
    ).rejects.toThrow();
    await expect(session.savepoint(() => read(session))).rejects.toThrow(denied);
  });
});

describe('with a thousand users and fifty sets', () => {
  beforeAll(async () => {
    await kit.query(
      `insert into nightshift.app_user (name) select 'MANY ' || n from generate_series(1, 1000) n`,
    );
    await kit.query(
      `insert into nightshift.permission_set (name, source) select 'Set ' || n, 'administrator' from generate_series(1, 50) n`,
    );
    await kit.query(
      `insert into nightshift.permission_assignment (user_no, set_no, company_no)
       select u.no, s.no, null from nightshift.app_user u, nightshift.permission_set s
       where u.name like 'MANY %' and s.name like 'Set %' and u.no % 5 = s.no % 5`,
    );
    await kit.platform.directory.refresh();
  });

  test('all are listed, and changes are made as always', async () => {
    const caller = kit.admin;
    expect(await listUsers(caller)).toHaveLength(1_002);
    const sets = await listPermissionSets(caller);
    expect(sets.filter(({ users }) => users === 200)).toHaveLength(50);
    expect(await assignPermissionSet(caller, { ...sales, user: 'MANY 7' })).toEqual({ changed: true });
    expect(await getPermissionSet(caller, 'Set 7')).toMatchObject({ users: 200 });
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PermissionSetInput, permissionSet } from '../permissions/index.ts';
import { createPlatform, type Platform } from '../platform/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { assignPermissionSet } from './assignments.ts';
import { createPermissionSet, deletePermissionSet, modifyPermissionSet } from './permission-set-changes.ts';
import { checkDeclarations } from './permission-set-declarations.ts';
import { getPermissionSet, listPermissionSets } from './permission-sets.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const invalid = expect.objectContaining({ code: 'APPLICATION_INVALID', field: 'permissionSets' });

/** Starts the application with these sets, does the work, stops it. */
async function using<T>(
  sets: readonly PermissionSetInput[],
  work: (platform: Platform) => T | Promise<T>,
  name = 'shop',
): Promise<T> {
  const platform = await createPlatform({
    name,
    permissionSets: sets.map(permissionSet),
    database: { url: database.url },
    environment: 'test',
  });
  try {
    return await work(platform);
  } finally {
    await platform.stop();
  }
}

const admin = (platform: Platform) => platform.as({ user: 'ADMIN', company: 'CRONUS' });
const declared = async (platform: Platform) =>
  (await listPermissionSets(admin(platform)))
    .filter(({ source }) => source !== 'built-in')
    .map(({ name, source, application, isObsolete, version }) => ({
      name,
      source,
      application,
      isObsolete,
      version,
    }));
const version = async () =>
  (await database.query<{ version: string }>('select version from nightshift.rights_version'))[0]?.version;
const audit = () =>
  database.query(
    `select user_no, user_name, company_no, object_name, before, after from nightshift.audit_log
     where verb = 'permissionSet.declare' order by at, id`,
  );

const CLERK = { name: 'Clerk', tables: { sales_order: 'RI' }, description: 'Sells.' };
const CHIEF = { name: 'Chief', includes: ['Clerk', 'Job Queue Admin'] };

describe('permission sets of an application', () => {
  test('come with it, follow it, and stay obsolete when it declares them no more', async () => {
    const shop = { source: 'application', application: 'shop', isObsolete: false, version: 1 };
    expect(await using([CHIEF, CLERK], declared)).toEqual([
      { ...shop, name: 'Chief' },
      { ...shop, name: 'Clerk' },
    ]);
    const before = await version();
    await using([CHIEF, CLERK], () => undefined);
    expect(await version()).toBe(before); // nothing was written
    await using([CHIEF, { ...CLERK, tables: { sales_order: 'RIM' } }], async (platform) => {
      expect((await getPermissionSet(admin(platform), 'Chief')).rights.tables).toEqual({
        sales_order: 'RIM',
      });
    });
    await using([CLERK], async (platform) => {
      expect(await declared(platform)).toEqual([
        { ...shop, name: 'Chief', isObsolete: true, version: 2 },
        { ...shop, name: 'Clerk', version: 3 },
      ]);
      expect((await getPermissionSet(admin(platform), 'Chief')).rights.builtInSets).toEqual([
        'Job Queue Admin',
      ]);
    });
    expect(await using([CHIEF, CLERK], declared)).toMatchObject([{ isObsolete: false, version: 3 }, {}]);
    const code = { user_no: null, user_name: '(code of shop)', company_no: null };
    expect((await audit()).slice(2)).toEqual([
      {
        ...code,
        object_name: 'Clerk',
        before: { tables: { sales_order: 'RI' } },
        after: { tables: { sales_order: 'RIM' } },
      },
      {
        ...code,
        object_name: 'Clerk',
        before: { tables: { sales_order: 'RIM' } },
        after: { tables: { sales_order: 'RI' } },
      },
      { ...code, object_name: 'Chief', before: { isObsolete: false }, after: { isObsolete: true } },
      { ...code, object_name: 'Chief', before: { isObsolete: true }, after: { isObsolete: false } },
    ]);
  });

  test('belong to the code while it declares them', async () => {
    await using([CLERK], async (platform) => {
      const caller = admin(platform);
      await expect(modifyPermissionSet(caller, 'Clerk', { description: '' })).rejects.toThrow(
        /declared in the code of application shop/,
      );
      await expect(deletePermissionSet(caller, 'Clerk')).rejects.toThrow(/declared in the code/);
      await assignPermissionSet(caller, { user: 'ADMIN', permissionSet: 'Clerk', company: null });
      await createPermissionSet(caller, { name: 'Ours', includes: ['Clerk'] });
    });
    await using([], async (platform) => {
      const caller = admin(platform);
      await expect(modifyPermissionSet(caller, 'Clerk', { description: '' })).resolves.toMatchObject({
        users: 1,
        isObsolete: true,
        application: 'shop',
      });
      await expect(deletePermissionSet(caller, 'Clerk')).rejects.toThrow(/excluded by Ours/);
      await deletePermissionSet(caller, 'Ours');
      await deletePermissionSet(caller, 'Clerk', { unassign: true });
      expect(await declared(platform)).toEqual([]);
    });
  });

  test('come once when many instances start together', async () => {
    await using([], () => undefined);
    await Promise.all(Array.from({ length: 4 }, () => using([CHIEF, CLERK], () => undefined)));
    expect(await audit()).toHaveLength(2);
  });

  test('of another application stay as they are', async () => {
    await using([CLERK], () => undefined);
    const other = { name: 'Packer', codeunits: ['*'] };
    expect(await using([other], declared, 'warehouse')).toMatchObject([
      { name: 'Clerk', application: 'shop', isObsolete: false },
      { name: 'Packer', application: 'warehouse' },
    ]);
  });

  test('are handed over from an application that declares them no more', async () => {
    await using([CLERK], () => undefined);
    await using([], () => undefined);
    expect(await using([CLERK], declared, 'shop 2')).toMatchObject([
      { name: 'Clerk', application: 'shop 2', isObsolete: false },
    ]);
  });
});

describe('a declared set whose name is taken', () => {
  test('does not count; everything goes on, and the set says so until the name is free', async () => {
    await using([], (platform) =>
      createPermissionSet(admin(platform), { name: 'Clerk', codeunits: ['Ours'] }),
    );
    await using([CLERK], async (platform) => {
      const caller = admin(platform);
      expect(await getPermissionSet(caller, 'Clerk')).toMatchObject({
        source: 'administrator',
        definition: { codeunits: ['Ours'], tables: {} },
        alsoDeclaredBy: 'shop',
      });
      await deletePermissionSet(caller, 'Clerk');
    });
    await using([CLERK], async (platform) => {
      expect(await getPermissionSet(admin(platform), 'Clerk')).toMatchObject({
        source: 'application',
        definition: { tables: { sales_order: 'RI' } },
        alsoDeclaredBy: null,
      });
    });
    await using([CLERK], () => undefined, 'warehouse');
    const other = await using([CLERK], (platform) => getPermissionSet(admin(platform), 'Clerk'));
    expect(other).toMatchObject({ application: 'shop', alsoDeclaredBy: 'warehouse' });
    await using([], () => undefined, 'warehouse');
    const alone = await using([CLERK], (platform) => getPermissionSet(admin(platform), 'Clerk'));
    expect(alone.alsoDeclaredBy).toBe(null);
  });
});

describe('an application is invalid', () => {
  test('with a set that names none, or leads back to itself; nothing of it is kept', async () => {
    await expect(using([{ name: 'A', includes: ['Nothing'] }], declared)).rejects.toThrow(invalid);
    const ring = [
      { name: 'A', includes: ['B'] },
      { name: 'B', excludes: ['A'] },
    ];
    await expect(using(ring, declared)).rejects.toThrow(/A → B → A/);
    await using([CLERK], (platform) =>
      createPermissionSet(admin(platform), { name: 'Ours', includes: ['Clerk'] }),
    );
    await expect(using([{ ...CLERK, includes: ['Ours'] }], declared)).rejects.toThrow(/Clerk → Ours → Clerk/);
    expect(await using([CLERK], declared)).toMatchObject([{ name: 'Clerk', version: 1 }, { name: 'Ours' }]);
  });

  test.each(['SUPER', 'Auditor', 'super'])('with a set named %s', (name) => {
    expect(() => checkDeclarations([permissionSet({ name })])).toThrow(invalid);
  });

  test('with two sets of one name', () => {
    expect(() => checkDeclarations([permissionSet(CLERK), permissionSet(CLERK)])).toThrow(invalid);
  });
});

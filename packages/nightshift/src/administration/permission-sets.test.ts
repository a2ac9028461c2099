import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PermissionSetInput } from '../permissions/index.ts';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { assignPermissionSet } from './assignments.ts';
import { createPermissionSet, deletePermissionSet, modifyPermissionSet } from './permission-set-changes.ts';
import { getPermissionSet, listPermissionSets } from './permission-sets.ts';

const post = codeunit({ name: 'Post', onRun: () => undefined });
const migrations = [{ name: '0001_tables', sql: 'create table sales_order (no integer primary key)' }];

let kit: TestPlatform;
beforeAll(async () => {
  const aging = { ...post, name: 'Aging', objectType: 'report' } as const;
  kit = await startTestPlatform({ start: false, codeunits: [post, aging], migrations });
  await addUsers(
    kit,
    { name: 'SECURITY', sets: ['Security Admin'] },
    { name: 'LOCAL SECURITY', sets: ['Security Admin'], company: 'CRONUS' },
    { name: 'CLERK', sets: ['Job Queue View'] },
  );
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });
const refusal = (code: string, field: string | null = null) => expect.objectContaining({ code, field });
const auditOf = (name: string) =>
  kit.query<Record<string, unknown>>(
    'select user_name, verb, before, after, result from nightshift.audit_log where object_name = $1 order by at, id',
    [name],
  );

describe('a new permission set', () => {
  test('is what was given, complete, with what it gives', async () => {
    const made = await createPermissionSet(as('SECURITY'), {
      name: 'Order Entry',
      description: 'Enters orders.',
      codeunits: ['Post'],
      tables: { sales_order: 'MIR' },
      includes: ['Job Queue View'],
    });
    expect(made).toEqual({
      name: 'Order Entry',
      description: 'Enters orders.',
      source: 'administrator',
      application: null,
      isObsolete: false,
      version: 1,
      users: 0,
      definition: {
        codeunits: ['Post'],
        reports: [],
        tables: { sales_order: 'RIM' },
        includes: ['Job Queue View'],
        excludes: [],
      },
      hints: [],
    });
    const { hints: _, ...listed } = made;
    expect(await listPermissionSets(as('CLERK'))).toContainEqual(listed);
    expect(await getPermissionSet(as('CLERK'), 'Order Entry')).toEqual({
      ...listed,
      alsoDeclaredBy: null,
      assignments: [],
      rights: {
        codeunits: { allBut: false, names: ['Post'] },
        reports: { allBut: false, names: [] },
        tables: { sales_order: 'RIM' },
        builtInSets: ['Job Queue View'],
        verbs: ['entry.read', 'category.read', 'item.read'],
      },
    });
    expect(await auditOf('Order Entry')).toMatchObject([
      {
        user_name: 'SECURITY',
        verb: 'permissionSet.create',
        before: null,
        after: { tables: { sales_order: 'RIM' } },
      },
    ]);
  });

  test('may name codeunits and tables that nobody knows yet, and says so', async () => {
    const { hints } = await createPermissionSet(kit.admin, {
      name: 'Early',
      codeunits: ['Post', 'Poste', '*', 'Aging'],
      reports: ['Aging', 'Ageing', 'Post'],
      tables: { sales_order: 'R', sales_ordr: 'R', '*': 'R', pg_class: 'R' },
    });
    expect(hints).toEqual([
      'No codeunit "Poste" is known, here or on a running server instance.',
      'No report "Ageing" is known, here or on a running server instance.',
      '"Aging" is a report: it belongs among the reports.',
      '"Post" is a codeunit: it belongs among the codeunits.',
      'No company has a table "sales_ordr", nor has app_shared.',
      'No company has a table "pg_class", nor has app_shared.',
    ]);
  });

  test.each(['"; drop role x --', "Sam's 🧾", 'two  spaces', 'x'.repeat(60), '🏴󠁧󠁢󠁥󠁮󠁧󠁿'.repeat(3), '__proto__'])(
    'may be called %j, and hold odd tables and codeunits',
    async (name) => {
      const tables = JSON.parse('{"__proto__": "R", "a\\"b": "D", "Ünï🧾": "I"}') as Record<string, string>;
      await createPermissionSet(kit.admin, { name, codeunits: ['constructor', '"; --'], tables });
      await assignPermissionSet(kit.admin, { user: 'CLERK', permissionSet: name, company: 'CRONUS' });
      const { rights, assignments } = await getPermissionSet(kit.admin, name);
      expect(rights.tables).toEqual(tables);
      expect(Object.keys(rights.tables)).toContain('__proto__');
      expect(rights.codeunits.names).toEqual(['"; --', 'constructor']);
      expect(assignments).toEqual([{ user: 'CLERK', company: 'CRONUS', isGone: false }]);
      await deletePermissionSet(kit.admin, name, { unassign: true });
    },
  );

  test.each<[string, unknown]>([
    ['permissionSet', null],
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(61) }],
    ['name', { name: 'a\0b' }],
    ['description', { name: 'Bad', description: 'x'.repeat(251) }],
    ['codeunits', { name: 'Bad', codeunits: 'Post' }],
    ['codeunits', { name: 'Bad', codeunits: [''] }],
    ['reports', { name: 'Bad', reports: [7] }],
    ['tables', { name: 'Bad', tables: ['sales_order'] }],
    ['tables.sales_order', { name: 'Bad', tables: { sales_order: 'X' } }],
    ['tables.sales_order', { name: 'Bad', tables: { sales_order: 'ri' } }],
    ['tables.sales_order', { name: 'Bad', tables: { sales_order: '' } }],
    [`tables.${'x'.repeat(64)}`, { name: 'Bad', tables: { ['x'.repeat(64)]: 'R' } }],
    ['includes', { name: 'Bad', includes: ['Nothing'] }],
    ['includes', { name: 'Bad', includes: ['super'] }],
    ['excludes', { name: 'Bad', excludes: ['Nothing'] }],
    ['includes', { name: 'Bad', includes: ['Bad'] }],
    ['source', { name: 'Bad', source: 'built-in' }],
    ['permissions', { name: 'Bad', permissions: [] }],
  ])('with a bad %s is refused: %j', async (field, input) => {
    await expect(createPermissionSet(kit.admin, input as PermissionSetInput)).rejects.toThrow(
      refusal('VALIDATION', field),
    );
  });

  test.each(['SUPER', 'super', 'job queue view'])('called %j is refused beside ours', async (name) => {
    await expect(createPermissionSet(kit.admin, { name })).rejects.toThrow(refusal('CONFLICT', 'name'));
  });

  test('is made once when many make it at the same time', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 6 }, () => createPermissionSet(kit.admin, { name: 'Race' })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('takes Security Admin for all companies', async () => {
    for (const user of ['LOCAL SECURITY', 'CLERK'])
      await expect(createPermissionSet(as(user), { name: 'Smuggled' })).rejects.toThrow(
        refusal('PERMISSION_DENIED'),
      );
    expect((await auditOf('Smuggled')).map(({ result }) => result)).toEqual(['denied', 'denied']);
  });
});

describe('a change of a permission set', () => {
  test('keeps what is not named, and says what became different', async () => {
    await createPermissionSet(kit.admin, {
      name: 'Purchases',
      codeunits: ['Post'],
      tables: { sales_order: 'R' },
    });
    const changed = await modifyPermissionSet(kit.admin, 'Purchases', {
      tables: { sales_order: 'RI' },
      version: 1,
    });
    expect(changed).toMatchObject({
      version: 2,
      definition: { codeunits: ['Post'], tables: { sales_order: 'RI' } },
    });
    expect(await modifyPermissionSet(kit.admin, 'Purchases', { tables: { sales_order: 'IR' } })).toEqual(
      changed,
    );
    expect((await auditOf('Purchases')).slice(1)).toEqual([
      {
        user_name: 'ADMIN',
        verb: 'permissionSet.modify',
        before: { tables: { sales_order: 'R' } },
        after: { tables: { sales_order: 'RI' } },
        result: 'allowed',
      },
    ]);
  });

  test('of two with one version, one is refused, with the current state', async () => {
    await createPermissionSet(kit.admin, { name: 'Contested' });
    const both = await Promise.allSettled([
      modifyPermissionSet(kit.admin, 'Contested', { description: 'One.', version: 1 }),
      modifyPermissionSet(as('SECURITY'), 'Contested', { description: 'Two.', version: 1 }),
    ]);
    const [lost] = both.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(lost).toMatchObject({ code: 'CONFLICT', field: 'version', details: { current: { version: 2 } } });
    const late = deletePermissionSet(kit.admin, 'Contested', { version: 1 });
    await expect(late).rejects.toThrow(refusal('CONFLICT', 'version'));
  });

  test('may not lead it back to itself', async () => {
    await createPermissionSet(kit.admin, { name: 'Ring 1' });
    await createPermissionSet(kit.admin, { name: 'Ring 2', includes: ['Ring 1'] });
    await createPermissionSet(kit.admin, { name: 'Ring 3', excludes: ['Ring 2'] });
    await expect(modifyPermissionSet(kit.admin, 'Ring 1', { includes: ['Ring 3'] })).rejects.toThrow(
      /back to itself: Ring 1 → Ring 3 → Ring 2 → Ring 1/,
    );
    await expect(modifyPermissionSet(kit.admin, 'Ring 1', { excludes: ['Ring 1'] })).rejects.toThrow(
      refusal('VALIDATION', 'excludes'),
    );
    // The two halves of a circle, at the same time.
    const halves = await Promise.allSettled([
      createPermissionSet(kit.admin, { name: 'Half' }).then(() =>
        modifyPermissionSet(kit.admin, 'Half', { includes: ['Ring 1'] }),
      ),
      createPermissionSet(kit.admin, { name: 'Other half' }).then(() =>
        modifyPermissionSet(kit.admin, 'Ring 1', { includes: ['Half'] }),
      ),
    ]);
    expect(halves.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  test.each<[string, string, unknown]>([
    ['VALIDATION', 'name', { name: 'Other' }],
    ['VALIDATION', 'changes', 7],
    ['VALIDATION', 'version', { version: 1.5 }],
    ['VALIDATION', 'includes', { includes: ['Nothing'] }],
    ['VALIDATION', 'codeunits', { codeunits: null }],
  ])('that is %s at %s is refused', async (code, field, changes) => {
    await expect(modifyPermissionSet(kit.admin, 'Order Entry', changes as object)).rejects.toThrow(
      refusal(code, field),
    );
  });

  test('is refused for what is built in, or unknown', async () => {
    for (const verb of [
      (name: string) => modifyPermissionSet(kit.admin, name, { description: 'x' }),
      (name: string) => deletePermissionSet(kit.admin, name),
    ]) {
      await expect(verb('SUPER')).rejects.toThrow(/SUPER is built in/);
      await expect(verb('Nothing')).rejects.toThrow(refusal('PERMISSION_SET_UNKNOWN', 'permissionSet'));
    }
  });
});

describe('a permission set that is deleted', () => {
  test('was nobody’s, and named by none', async () => {
    await createPermissionSet(kit.admin, { name: 'Used', codeunits: ['Post'] });
    await createPermissionSet(kit.admin, { name: 'Using', includes: ['Used'] });
    await assignPermissionSet(kit.admin, { user: 'CLERK', permissionSet: 'Using', company: null });
    await expect(deletePermissionSet(kit.admin, 'Used')).rejects.toThrow(/included or excluded by Using/);
    await expect(deletePermissionSet(kit.admin, 'Using')).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { users: 1 },
    });
    await expect(deletePermissionSet(kit.admin, 'Using', { force: true } as object)).rejects.toThrow(
      refusal('VALIDATION', 'force'),
    );
    await deletePermissionSet(kit.admin, 'Using', { unassign: true });
    await deletePermissionSet(kit.admin, 'Used');
    expect((await listPermissionSets(kit.admin)).map(({ name }) => name)).not.toContain('Used');
    expect((await auditOf('Using')).at(-1)).toMatchObject({
      verb: 'permissionSet.delete',
      before: { includes: ['Used'], assignments: [{ user: 'CLERK', company: null }] },
      after: null,
    });
  });
});

test('a permission set shows who has it to those who may see users, to others their own', async () => {
  expect((await getPermissionSet(as('SECURITY'), 'Security Admin')).assignments).toEqual([
    { user: 'LOCAL SECURITY', company: 'CRONUS', isGone: false },
    { user: 'SECURITY', company: null, isGone: false },
  ]);
  expect(await getPermissionSet(as('CLERK'), 'Security Admin')).toMatchObject({ users: 2, assignments: [] });
  expect(await getPermissionSet(as('CLERK'), 'Job Queue View')).toMatchObject({
    assignments: [{ user: 'CLERK', company: null }],
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { type AssignmentInput, assignPermissionSet, unassignPermissionSet } from './assignments.ts';
import { createPermissionSet, deletePermissionSet, modifyPermissionSet } from './permission-set-changes.ts';
import { createUser, disableUser, enableUser, getUser, modifyUser } from './users.ts';

const FAR = new Date('2999-01-01T00:00:00Z');

let kit: TestPlatform;
let turn = 0;
/** A user without any set, for one test. */
let user: string;
beforeAll(async () => {
  kit = await startTestPlatform({ start: false });
  await addCompany(kit, 'BRANCH');
  await addUsers(
    kit,
    { name: 'SECURITY', sets: ['Security Admin'] },
    { name: 'BRANCH SECURITY', sets: ['Security Admin'], company: 'BRANCH' },
    { name: 'BRANCH BOSS', company: 'BRANCH' },
    { name: 'ADMIN TOO' },
    { name: 'CLERK', sets: ['Job Queue View'] },
  );
  await createPermissionSet(kit.admin, { name: 'Boss', includes: ['SUPER'] });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  turn++;
  user = `USER ${turn}`;
  await createUser(kit.admin, { name: user });
});

const as = (name: string, company = 'CRONUS') => kit.platform.as({ user: name, company });
const refusal = (code: string, field: string | null = null) => expect.objectContaining({ code, field });
const denied = refusal('PERMISSION_DENIED');
const everywhere = (permissionSet: string, to = user): AssignmentInput => ({
  user: to,
  permissionSet,
  company: null,
});
const inBranch = (permissionSet: string, to = user): AssignmentInput => ({
  ...everywhere(permissionSet, to),
  company: 'BRANCH',
});
const setsOf = async (name: string) =>
  (await getUser(kit.admin, name)).assignments.map(
    ({ permissionSet, company }) => `${permissionSet} in ${company}`,
  );
const auditOf = (name: string) =>
  kit.query<Record<string, unknown>>(
    `select user_name, company_name, verb, before, after, result, error_code from nightshift.audit_log
     where object_name = $1 and verb <> 'user.create' order by at, id`,
    [name],
  );

describe('giving and taking a permission set', () => {
  test('says whether it changed anything, and who did it', async () => {
    expect(await assignPermissionSet(as('SECURITY'), everywhere('Task Admin'))).toEqual({ changed: true });
    expect(await assignPermissionSet(kit.admin, everywhere('Task Admin'))).toEqual({ changed: false });
    expect(await assignPermissionSet(kit.admin, inBranch('Task Admin'))).toEqual({ changed: true });
    expect(await setsOf(user)).toEqual(['Task Admin in null', 'Task Admin in BRANCH']);
    expect((await getUser(kit.admin, user)).assignments[0]).toMatchObject({ assignedBy: 'SECURITY' });
    expect(await unassignPermissionSet(kit.admin, everywhere('Task Admin'))).toEqual({ changed: true });
    expect(await unassignPermissionSet(kit.admin, everywhere('Task Admin'))).toEqual({ changed: false });
    expect(await setsOf(user)).toEqual(['Task Admin in BRANCH']);
    const fact = { permissionSet: 'Task Admin', company: null };
    const inCompany = { ...fact, company: 'BRANCH' };
    expect(await auditOf(user)).toMatchObject([
      {
        user_name: 'SECURITY',
        company_name: 'CRONUS',
        verb: 'permissionSet.assign',
        before: null,
        after: fact,
      },
      {
        user_name: 'ADMIN',
        company_name: 'BRANCH',
        verb: 'permissionSet.assign',
        before: null,
        after: inCompany,
      },
      {
        user_name: 'ADMIN',
        company_name: 'CRONUS',
        verb: 'permissionSet.unassign',
        before: fact,
        after: null,
      },
    ]);
  });

  test('counts once when many do it at the same time', async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, () => assignPermissionSet(kit.admin, everywhere('Auditor'))),
    );
    expect(all.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await setsOf(user)).toEqual(['Auditor in null']);
  });

  test('in one company takes Security Admin there, wherever the caller is', async () => {
    const local = as('BRANCH SECURITY', 'BRANCH');
    expect(await assignPermissionSet(local, inBranch('Task Admin'))).toEqual({ changed: true });
    expect(await assignPermissionSet(as('BRANCH SECURITY'), inBranch('Auditor'))).toEqual({ changed: true });
    await expect(assignPermissionSet(local, { ...inBranch('Auditor'), company: 'CRONUS' })).rejects.toThrow(
      denied,
    );
    await expect(assignPermissionSet(local, everywhere('Auditor'))).rejects.toThrow(denied);
    await expect(unassignPermissionSet(local, everywhere('Auditor'))).rejects.toThrow(denied);
    await expect(assignPermissionSet(as('CLERK'), inBranch('Auditor'))).rejects.toThrow(denied);
    expect(await setsOf(user)).toEqual(['Auditor in BRANCH', 'Task Admin in BRANCH']);
    const refusals = (await auditOf(user)).filter(({ result }) => result === 'denied');
    expect(refusals.map((row) => [row['user_name'], row['error_code']])).toEqual([
      ['BRANCH SECURITY', 'PERMISSION_DENIED'],
      ['BRANCH SECURITY', 'PERMISSION_DENIED'],
      ['BRANCH SECURITY', 'PERMISSION_DENIED'],
      ['CLERK', 'PERMISSION_DENIED'],
    ]);
  });

  test.each<[string, string, unknown]>([
    ['VALIDATION', 'assignment', null],
    ['VALIDATION', 'user', { permissionSet: 'Auditor', company: null }],
    ['VALIDATION', 'permissionSet', { user: 'CLERK', company: null }],
    ['VALIDATION', 'company', { user: 'CLERK', permissionSet: 'Auditor' }],
    ['VALIDATION', 'company', { user: 'CLERK', permissionSet: 'Auditor', company: 1 }],
    ['VALIDATION', 'companies', { user: 'CLERK', permissionSet: 'Auditor', company: null, companies: [] }],
    ['USER_UNKNOWN', 'user', { user: 'clerk', permissionSet: 'Auditor', company: null }],
    ['PERMISSION_SET_UNKNOWN', 'permissionSet', { user: 'CLERK', permissionSet: 'auditor', company: null }],
    ['COMPANY_UNKNOWN', 'company', { user: 'CLERK', permissionSet: 'Auditor', company: 'NUL\0' }],
  ])('with bad input is %s at %s', async (code, field, input) => {
    for (const verb of [assignPermissionSet, unassignPermissionSet])
      await expect(verb(kit.admin, input as AssignmentInput)).rejects.toThrow(refusal(code, field));
  });
});

describe('SUPER', () => {
  test('and what contains it are given and taken by those who have it', async () => {
    for (const name of ['SUPER', 'Boss']) {
      await expect(assignPermissionSet(as('SECURITY'), everywhere(name))).rejects.toThrow(denied);
      expect(await assignPermissionSet(kit.admin, everywhere(name))).toEqual({ changed: true });
      await expect(unassignPermissionSet(as('SECURITY'), everywhere(name))).rejects.toThrow(denied);
      expect(await unassignPermissionSet(kit.admin, everywhere(name))).toEqual({ changed: true });
    }
  });

  test('of one company is given there by whoever has it there', async () => {
    const boss = as('BRANCH BOSS', 'BRANCH');
    await expect(assignPermissionSet(as('BRANCH SECURITY', 'BRANCH'), inBranch('SUPER'))).rejects.toThrow(
      denied,
    );
    expect(await assignPermissionSet(boss, inBranch('SUPER'))).toEqual({ changed: true });
    await expect(assignPermissionSet(boss, everywhere('SUPER'))).rejects.toThrow(denied);
    await expect(assignPermissionSet(boss, { ...inBranch('SUPER'), company: 'CRONUS' })).rejects.toThrow(
      denied,
    );
    expect(await unassignPermissionSet(boss, inBranch('SUPER'))).toEqual({ changed: true });
  });

  test('comes into no set, and leaves none, by those who have it not', async () => {
    const security = as('SECURITY');
    await expect(createPermissionSet(security, { name: 'Mine', includes: ['Boss'] })).rejects.toThrow(denied);
    await createPermissionSet(security, { name: 'Mine', includes: ['Auditor'] });
    await expect(modifyPermissionSet(security, 'Mine', { includes: ['SUPER'] })).rejects.toThrow(denied);
    await expect(modifyPermissionSet(security, 'Boss', { includes: [] })).rejects.toThrow(denied);
    await expect(deletePermissionSet(security, 'Boss')).rejects.toThrow(denied);
    await expect(modifyPermissionSet(security, 'Boss', { excludes: ['SUPER'] })).rejects.toThrow(denied);
    expect(await modifyPermissionSet(security, 'Boss', { description: 'Everything.' })).toMatchObject({
      version: 2,
    });
    await deletePermissionSet(security, 'Mine');
  });

  test('protects those who have it from those who have it not', async () => {
    const security = as('SECURITY');
    await expect(disableUser(security, 'ADMIN TOO')).rejects.toThrow(denied);
    await expect(modifyUser(security, 'ADMIN TOO', { validUntil: FAR })).rejects.toThrow(denied);
    await expect(modifyUser(security, 'ADMIN TOO', { name: 'ADMIN 2' })).rejects.toThrow(denied);
    await expect(modifyUser(security, 'BRANCH BOSS', { canSchedule: false })).rejects.toThrow(denied);
    expect(await modifyUser(security, 'ADMIN TOO', { fullName: 'A. Too' })).toMatchObject({
      fullName: 'A. Too',
    });
  });
});

describe('own rights', () => {
  const own = refusal('OWN_RIGHTS');

  test('are changed by nobody', async () => {
    const security = as('SECURITY');
    await expect(assignPermissionSet(security, everywhere('Auditor', 'SECURITY'))).rejects.toThrow(own);
    await expect(assignPermissionSet(security, inBranch('Auditor', 'SECURITY'))).rejects.toThrow(own);
    await expect(unassignPermissionSet(security, everywhere('Security Admin', 'SECURITY'))).rejects.toThrow(
      own,
    );
    await expect(modifyUser(security, 'SECURITY', { canSchedule: false })).rejects.toThrow(own);
    await expect(modifyUser(security, 'SECURITY', { isDelegated: true })).rejects.toThrow(own);
    await expect(modifyUser(security, 'SECURITY', { validUntil: FAR })).rejects.toThrow(own);
    await expect(disableUser(security, 'SECURITY')).rejects.toThrow(own);
    expect(await modifyUser(security, 'SECURITY', { language: 'fr-FR' })).toMatchObject({
      language: 'fr-FR',
    });
    expect((await auditOf('SECURITY')).filter(({ error_code }) => error_code === 'OWN_RIGHTS')).toHaveLength(
      7,
    );
  });

  test('are not changed by the way of a set either', async () => {
    const security = as('SECURITY');
    await createPermissionSet(kit.admin, { name: 'Team', tables: { sales_order: 'R' } });
    await createPermissionSet(kit.admin, { name: 'Inner' });
    await modifyPermissionSet(kit.admin, 'Team', { includes: ['Inner'] });
    await assignPermissionSet(kit.admin, inBranch('Team', 'SECURITY'));
    await expect(modifyPermissionSet(security, 'Team', { tables: { '*': 'RIMD' } })).rejects.toThrow(own);
    await expect(modifyPermissionSet(security, 'Inner', { codeunits: ['*'] })).rejects.toThrow(own);
    await expect(deletePermissionSet(security, 'Team', { unassign: true })).rejects.toThrow(own);
    expect(await modifyPermissionSet(security, 'Team', { description: 'Ours.' })).toMatchObject({ users: 1 });
    await unassignPermissionSet(kit.admin, inBranch('Team', 'SECURITY'));
    expect(await modifyPermissionSet(security, 'Team', { tables: { '*': 'RIMD' } })).toMatchObject({
      users: 0,
    });
  });

  test('may be changed by whoever has SUPER', async () => {
    expect(await assignPermissionSet(kit.admin, everywhere('Auditor', 'ADMIN'))).toEqual({ changed: true });
    expect(await unassignPermissionSet(kit.admin, everywhere('Auditor', 'ADMIN'))).toEqual({ changed: true });
    expect(await modifyUser(kit.admin, 'ADMIN', { isDelegated: true })).toMatchObject({ isDelegated: true });
    expect(await modifyUser(kit.admin, 'ADMIN', { isDelegated: false })).toMatchObject({
      isDelegated: false,
    });
  });
});

describe('the last administrator', () => {
  const last = expect.objectContaining({ code: 'CONFLICT', details: { reason: 'LAST_ADMINISTRATOR' } });

  test('stays, whoever would have him gone', async () => {
    await unassignPermissionSet(kit.admin, everywhere('SUPER', 'ADMIN TOO'));
    await expect(disableUser(kit.admin, 'ADMIN')).rejects.toThrow(last);
    await expect(unassignPermissionSet(kit.admin, everywhere('SUPER', 'ADMIN'))).rejects.toThrow(last);
    await expect(modifyUser(kit.admin, 'ADMIN', { validUntil: new Date(0) })).rejects.toThrow(last);
    await expect(modifyUser(kit.admin, 'ADMIN', { validUntil: FAR })).rejects.toThrow(last);
    await expect(disableUser(as('SECURITY'), 'ADMIN')).rejects.toThrow(last);
  });

  test('is not made up for by one who leaves some day, is disabled, or has it in one company', async () => {
    await createUser(kit.admin, { name: `${user} leaving`, validUntil: FAR });
    await assignPermissionSet(kit.admin, everywhere('SUPER', `${user} leaving`));
    await assignPermissionSet(kit.admin, everywhere('SUPER'));
    await disableUser(kit.admin, user);
    await expect(disableUser(kit.admin, 'ADMIN')).rejects.toThrow(last);
    await enableUser(kit.admin, user);
    expect(await disableUser(kit.admin, 'ADMIN')).toMatchObject({ isGone: true });
    await expect(disableUser(as(user), user)).rejects.toThrow(last);
    await enableUser(as(user), 'ADMIN');
    await unassignPermissionSet(kit.admin, everywhere('SUPER'));
  });

  test('may have SUPER by another set, which then keeps it', async () => {
    await assignPermissionSet(kit.admin, everywhere('Boss'));
    await unassignPermissionSet(kit.admin, everywhere('SUPER', 'ADMIN'));
    const other = as(user);
    await expect(modifyPermissionSet(other, 'Boss', { includes: [] })).rejects.toThrow(last);
    await expect(modifyPermissionSet(other, 'Boss', { excludes: ['SUPER'] })).rejects.toThrow(last);
    await expect(deletePermissionSet(other, 'Boss', { unassign: true })).rejects.toThrow(last);
    await assignPermissionSet(other, everywhere('SUPER', 'ADMIN'));
    await deletePermissionSet(kit.admin, 'Boss', { unassign: true });
  });

  test('is one of two who would disable each other at the same time', async () => {
    await assignPermissionSet(kit.admin, everywhere('SUPER'));
    const both = await Promise.allSettled([disableUser(kit.admin, user), disableUser(as(user), 'ADMIN')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const enabled = await kit.query(
      `select name from nightshift.app_user where name = any($1) and state = 'enabled'`,
      [['ADMIN', user]],
    );
    expect(enabled).toHaveLength(1);
  });
});

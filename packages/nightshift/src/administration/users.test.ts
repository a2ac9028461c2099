import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import type { UserInput } from './user-input.ts';
import { createUser, disableUser, enableUser, getUser, listUsers, modifyUser } from './users.ts';

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ start: false });
  await addUsers(
    kit,
    { name: 'SECURITY', sets: ['Security Admin'] },
    { name: 'LOCAL SECURITY', sets: ['Security Admin'], company: 'CRONUS' },
    { name: 'AUDITOR', sets: ['Auditor'] },
    { name: 'CLERK', sets: ['Job Queue View'] },
  );
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: ADMIN.company });
const refusal = (code: string, field: string | null = null) => expect.objectContaining({ code, field });
const auditOf = (name: string) =>
  kit.query<{
    user_name: string;
    verb: string;
    before: object;
    after: object;
    result: string;
    error_code: string;
  }>(
    'select user_name, verb, before, after, result, error_code from nightshift.audit_log where object_name = $1 order by at, id',
    [name],
  );

describe('a new user', () => {
  test('has what was given, and defaults for the rest', async () => {
    const until = new Date('2999-01-01T00:00:00Z');
    const full: UserInput = {
      name: 'ANNA',
      fullName: 'Anna Müller',
      language: 'de-de',
      timeZone: 'Europe/Berlin',
      kind: 'application',
      canSchedule: false,
      isDelegated: true,
      validUntil: until,
    };
    const anna = await createUser(as('SECURITY'), full);
    expect(anna).toMatchObject({ ...full, language: 'de-DE', state: 'enabled', version: 1, isGone: false });
    const plain = await createUser(kit.admin, { name: 'BEN' });
    expect(plain).toMatchObject({
      fullName: '',
      language: 'en-US',
      timeZone: 'UTC',
      kind: 'person',
      canSchedule: true,
      isDelegated: false,
      validUntil: null,
    });
    expect(await getUser(kit.admin, 'ANNA')).toEqual({ ...anna, assignments: [] });
    expect(await auditOf('ANNA')).toEqual([
      {
        user_name: 'SECURITY',
        verb: 'user.create',
        before: null,
        after: { ...full, language: 'de-DE', validUntil: until.toISOString() },
        result: 'allowed',
        error_code: null,
      },
    ]);
  });

  test.each([
    `O'Brien "the boss"; drop table nightshift.app_user --`,
    'name with  spaces',
    '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '🧾'.repeat(65),
    'Ω ж 名 %s $1 \\n',
    '__proto__',
  ])('may be called %j', async (name) => {
    expect((await createUser(kit.admin, { name })).name).toBe(name);
    expect((await getUser(kit.admin, name)).name).toBe(name);
    await expect(getUser(as(name), name)).rejects.toThrow(refusal('PERMISSION_DENIED')); // he has no set yet
  });

  test.each<[string, unknown]>([
    ['user', null],
    ['user', 'HUGO'],
    ['user', []],
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 7 }],
    ['name', { name: 'x'.repeat(66) }],
    ['name', { name: ' HUGO' }],
    ['name', { name: 'HU\0GO' }],
    ['name', { name: 'HU\nGO' }],
    ['name', { name: 'HU\u2028GO' }],
    ['name', { name: 'HU\u202eGO' }],
    ['name', { name: '\u200b' }],
    ['name', { name: 'HUGO\ud83d' }],
    ['fullName', { name: 'HUGO', fullName: 'x'.repeat(101) }],
    ['fullName', { name: 'HUGO', fullName: null }],
    ['language', { name: 'HUGO', language: 'de_DE' }],
    ['timeZone', { name: 'HUGO', timeZone: 'Mars/Olympus' }],
    ['timeZone', { name: 'HUGO', timeZone: '+01:00' }],
    ['kind', { name: 'HUGO', kind: 'robot' }],
    ['canSchedule', { name: 'HUGO', canSchedule: 'yes' }],
    ['isDelegated', { name: 'HUGO', isDelegated: 1 }],
    ['validUntil', { name: 'HUGO', validUntil: '2999-01-01' }],
    ['validUntil', { name: 'HUGO', validUntil: new Date(Number.NaN) }],
    ['validUntil', { name: 'HUGO', validUntil: new Date('+012026-01-01T00:00:00Z') }],
    ['validUntil', { name: 'HUGO', validUntil: new Date('2000-01-01T00:00:00Z') }],
    ['state', { name: 'HUGO', state: 'disabled' }],
    ['no', { name: 'HUGO', no: 1 }],
    ['pasword', { name: 'HUGO', pasword: 'secret' }],
  ])('with a bad %s is refused: %j', async (field, input) => {
    await expect(createUser(kit.admin, input as UserInput)).rejects.toThrow(refusal('VALIDATION', field));
  });

  test.each([
    ['ADMIN', 'ADMIN'],
    ['admin', 'ADMIN'],
    ['AD\u200bMIN', 'ADMIN'],
    ['ＡＤＭＩＮ', 'ADMIN'],
  ])('called %j is refused beside %s', async (name, user) => {
    await expect(createUser(kit.admin, { name })).rejects.toMatchObject({
      code: 'CONFLICT',
      field: 'name',
      details: { user },
    });
  });

  test('is made once when many make him at the same time', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        createUser(kit.admin, { name: index % 2 === 0 ? 'RACER' : 'racer' }),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of made)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'CONFLICT', field: 'name' });
  });

  test('is not made by those who may not, and the attempt is in the audit log', async () => {
    for (const user of ['LOCAL SECURITY', 'AUDITOR', 'CLERK']) {
      await expect(createUser(as(user), { name: 'SMUGGLED' })).rejects.toThrow(refusal('PERMISSION_DENIED'));
    }
    await expect(createUser(as('CLERK'), { name: 'NUL\0' })).rejects.toThrow(refusal('PERMISSION_DENIED'));
    const rows = await auditOf('SMUGGLED');
    expect(rows.map(({ user_name, result, error_code }) => [user_name, result, error_code])).toEqual([
      ['LOCAL SECURITY', 'denied', 'PERMISSION_DENIED'],
      ['AUDITOR', 'denied', 'PERMISSION_DENIED'],
      ['CLERK', 'denied', 'PERMISSION_DENIED'],
    ]);
    expect(await auditOf('NUL␀')).toHaveLength(1);
  });
});

describe('a change of a user', () => {
  test('says what became different, and nothing else', async () => {
    const { version } = await createUser(kit.admin, { name: 'CARLA', fullName: 'Carla' });
    const changed = await modifyUser(as('SECURITY'), 'CARLA', {
      timeZone: 'Asia/Tokyo',
      fullName: 'Carla',
      version,
    });
    expect(changed).toMatchObject({ timeZone: 'Asia/Tokyo', fullName: 'Carla', version: 2 });
    expect(await modifyUser(kit.admin, 'CARLA', { timeZone: 'Asia/Tokyo' })).toEqual(changed);
    expect(await modifyUser(kit.admin, 'CARLA', {})).toEqual(changed);
    const rows = (await auditOf('CARLA')).slice(1);
    expect(rows).toMatchObject([
      { verb: 'user.modify', before: { timeZone: 'UTC' }, after: { timeZone: 'Asia/Tokyo' } },
    ]);
  });

  test('may be of the name; the number stays', async () => {
    const { no } = await createUser(kit.admin, { name: 'DORA' });
    expect(await modifyUser(kit.admin, 'DORA', { name: 'Dora' })).toMatchObject({ no, name: 'Dora' });
    await expect(modifyUser(kit.admin, 'Dora', { name: 'clerk' })).rejects.toThrow(
      refusal('CONFLICT', 'name'),
    );
    await expect(getUser(kit.admin, 'DORA')).rejects.toThrow(refusal('USER_UNKNOWN', 'user'));
  });

  test('of two with one version, one is refused, with the current state', async () => {
    const { version } = await createUser(kit.admin, { name: 'EVA' });
    const both = await Promise.allSettled([
      modifyUser(kit.admin, 'EVA', { fullName: 'Eva One', version }),
      modifyUser(as('SECURITY'), 'EVA', { fullName: 'Eva Two', version }),
    ]);
    const [lost] = both.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    const [won] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(won).toMatchObject({ version: version + 1 });
    expect(lost).toMatchObject({
      code: 'CONFLICT',
      field: 'version',
      details: { current: { name: 'EVA', fullName: won?.fullName, version: version + 1 } },
    });
    await expect(modifyUser(kit.admin, 'EVA', { version: 0 })).rejects.toThrow(
      refusal('VALIDATION', 'version'),
    );
  });

  test.each<[string, unknown]>([
    ['changes', null],
    ['fullName', { fullName: 'x'.repeat(101) }],
    ['language', { language: '' }],
    ['validUntil', { validUntil: 'tomorrow' }],
    ['state', { state: 'disabled' }],
    ['version', { version: '1' }],
  ])('with a bad %s is refused', async (field, changes) => {
    await expect(modifyUser(kit.admin, 'CLERK', changes as object)).rejects.toThrow(
      refusal('VALIDATION', field),
    );
  });

  test('of a user who is none', async () => {
    await expect(modifyUser(kit.admin, 'NOBODY', {})).rejects.toThrow(refusal('USER_UNKNOWN', 'user'));
    await expect(disableUser(kit.admin, 'NO\0BODY')).rejects.toThrow(refusal('USER_UNKNOWN', 'user'));
  });
});

describe('those who are gone', () => {
  test('can do nothing until they are enabled', async () => {
    await createUser(kit.admin, { name: 'FRITZ' });
    const fritz = as('FRITZ');
    await expect(getUser(fritz, 'FRITZ')).rejects.toThrow(refusal('PERMISSION_DENIED')); // no set in this company
    await addUsers(kit, { name: 'GRETA', sets: ['Auditor'] });
    const greta = as('GRETA');
    expect(await disableUser(as('SECURITY'), 'GRETA')).toMatchObject({
      state: 'disabled',
      isGone: true,
      version: 2,
    });
    expect(await disableUser(kit.admin, 'GRETA')).toMatchObject({ version: 2 });
    await expect(listUsers(greta)).rejects.toThrow(refusal('USER_DISABLED', 'user'));
    expect((await listUsers(kit.admin, { isGone: true })).map(({ name }) => name)).toEqual(['GRETA']);
    expect(await enableUser(kit.admin, 'GRETA')).toMatchObject({
      state: 'enabled',
      isGone: false,
      version: 3,
    });
    expect(await listUsers(greta)).not.toEqual([]);
    const verbs = (await auditOf('GRETA')).map(({ verb, before, after }) => [verb, before, after]);
    expect(verbs).toEqual([
      ['user.modify', { state: 'enabled' }, { state: 'disabled' }],
      ['user.modify', { state: 'disabled' }, { state: 'enabled' }],
    ]);
  });

  test('by their time too; who is enabled again stays gone until it is moved', async () => {
    await addUsers(kit, { name: 'HANS', sets: ['Auditor'] });
    const past = new Date('2020-01-01T00:00:00Z');
    expect(await modifyUser(kit.admin, 'HANS', { validUntil: past })).toMatchObject({ isGone: true });
    expect(await enableUser(kit.admin, 'HANS')).toMatchObject({ isGone: true });
    await expect(listUsers(as('HANS'))).rejects.toThrow(/was valid until 2020-01-01/);
    expect(await modifyUser(kit.admin, 'HANS', { validUntil: null })).toMatchObject({ isGone: false });
  });
});

describe('the list of users', () => {
  test('is whole for those who may see it; others see themselves', async () => {
    const names = async (user: string) => (await listUsers(as(user))).map(({ name }) => name);
    for (const user of ['ADMIN', 'SECURITY', 'LOCAL SECURITY', 'AUDITOR'])
      expect(await names(user)).toEqual(expect.arrayContaining(['ADMIN', 'CLERK', 'SECURITY']));
    expect(await names('CLERK')).toEqual(['CLERK']);
    expect(await getUser(as('CLERK'), 'CLERK')).toMatchObject({
      assignments: [{ permissionSet: 'Job Queue View', company: null, assignedBy: null }],
    });
    await expect(getUser(as('CLERK'), 'ADMIN')).rejects.toThrow(refusal('PERMISSION_DENIED'));
    await expect(getUser(as('CLERK'), 'NOBODY')).rejects.toThrow(refusal('PERMISSION_DENIED'));
  });

  test('can be narrowed, and refuses what it does not know', async () => {
    const kinds = await listUsers(kit.admin, { kind: 'application', isGone: false });
    expect(kinds.map(({ name }) => name)).toEqual(['ANNA']);
    await expect(listUsers(kit.admin, { gone: true } as object)).rejects.toThrow(
      refusal('VALIDATION', 'gone'),
    );
    await expect(listUsers(kit.admin, { isGone: 1 } as object)).rejects.toThrow(
      refusal('VALIDATION', 'isGone'),
    );
    await expect(listUsers(kit.admin, { kind: 'x' } as object)).rejects.toThrow(
      refusal('VALIDATION', 'kind'),
    );
  });
});

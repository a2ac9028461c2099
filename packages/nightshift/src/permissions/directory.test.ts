import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { type CompanyCard, directoryOf, readDirectory, type UserCard } from './directory.ts';

const CRONUS: CompanyCard = { no: 1, name: 'CRONUS', timeZone: 'UTC', state: 'open', version: 1 };
const ADMIN: UserCard = {
  no: 1,
  name: 'ADMIN',
  language: 'en-US',
  timeZone: 'UTC',
  fullName: '',
  state: 'enabled',
  kind: 'person',
  canSchedule: true,
  isDelegated: false,
  validUntil: null,
  version: 1,
};

describe('the directory', () => {
  const directory = directoryOf({
    companies: [CRONUS, { ...CRONUS, no: 7, name: 'cronus' }],
    users: [ADMIN],
    permissionSets: [],
    assignments: [],
    inherentPermissions: [],
  });

  it('finds by name and by number', () => {
    expect(directory.company('CRONUS')).toBe(CRONUS);
    expect(directory.companyByNo(7).name).toBe('cronus');
    expect(directory.user('ADMIN')).toBe(ADMIN);
    expect(directory.userByNo(1)).toBe(ADMIN);
  });

  it.each([
    ['a company', () => directory.company('Cronus'), 'COMPANY_UNKNOWN', 'company'],
    ['a company number', () => directory.companyByNo(2), 'COMPANY_UNKNOWN', 'company'],
    ['a user', () => directory.user('admin '), 'USER_UNKNOWN', 'user'],
    ['a user number', () => directory.userByNo(-1), 'USER_UNKNOWN', 'user'],
    ['a name out of a prototype', () => directory.user('__proto__'), 'USER_UNKNOWN', 'user'],
    ['no text at all', () => directory.user(null as unknown as string), 'USER_UNKNOWN', 'user'],
  ])('refuses %s that is not there', (_, ask, code, field) => {
    expect(ask).toThrow(expect.objectContaining({ code, field }));
  });

  it('is read from the database, where one user and one company are from the first day', async () => {
    await using target = await createTestDatabase();
    const database = await openDatabase({ url: target.url, applicationName: 'test' });
    const read = await readDirectory(database);
    await database.close();
    expect([read.companies, read.users]).toEqual([[CRONUS], [ADMIN]]);
  });
});

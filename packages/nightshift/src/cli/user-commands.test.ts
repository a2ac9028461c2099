import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const HOSTILE = 'sold \u001b[31mout\nState           enabled';

let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({ database, start: false });
  await addCompany(world, 'BRANCH');
  await addUsers(world, { name: 'CLERK', sets: ['Job Queue View'] });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const ns = (...words: readonly string[]) => run([...words, '--database-url', database.url]);
const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

describe('user', () => {
  test('create, show, list, modify', async () => {
    const created = await ns(
      ...[
        'user',
        'create',
        'ANNA',
        '--full-name',
        'Anna M.',
        '--language',
        'de-de',
        '--time-zone',
        'Europe/Berlin',
      ],
      ...['--kind', 'application', '--no-schedule', '--delegated', '--valid-until', '2999-01-01T00:00'],
    );
    expect([created.exitCode, created.out]).toEqual([0, expect.stringMatching(/^User ANNA is created\./)]);
    const { out } = await ns('user', 'show', 'ANNA');
    expect(out).toBe(
      [
        'User          ANNA',
        'Full name     Anna M.',
        'State         enabled',
        'Kind          application',
        'Language      de-DE',
        'Time zone     Europe/Berlin',
        'May schedule  no',
        'Delegated     yes',
        'Valid until   2999-01-01 00:00:00 UTC',
        'Version       1',
        '',
        'He has no permission set.',
      ].join('\n'),
    );
    const modified = await ns(
      ...[
        'user',
        'modify',
        'ANNA',
        '--schedule',
        '--no-delegated',
        '--valid-until',
        'never',
        '--name',
        'Anna',
        '--json',
      ],
    );
    expect(json(modified)).toMatchObject({
      name: 'Anna',
      canSchedule: true,
      isDelegated: false,
      validUntil: null,
      version: 2,
    });
    expect((await ns('user', 'list')).out).toMatch(/^Anna +Anna M\. +enabled +application +yes +no +–$/m);
    expect(await ns('user', 'list', '--gone')).toMatchObject({ out: 'There is no such user.', exitCode: 0 });
  });

  test('disable, enable', async () => {
    await ns('user', 'create', 'BEN');
    expect((await ns('user', 'disable', 'BEN')).out).toMatch(/^User BEN is disabled/);
    expect((await ns('user', 'list', '--gone')).out).toMatch(/^BEN +– +disabled/m);
    await ns('user', 'modify', 'BEN', '--valid-until', '2020-01-01T00:00Z');
    expect((await ns('user', 'enable', 'BEN')).out).toBe(
      'User BEN is enabled; he was valid until 2020-01-01 00:00:00 UTC, which --valid-until moves.',
    );
    expect((await ns('user', 'show', 'BEN')).out).toMatch(/^State +expired$/m);
    const last = await ns('user', 'disable', 'ADMIN');
    expect([last.exitCode, last.err]).toEqual([4, expect.stringMatching(/^CONFLICT: After that nobody/)]);
  });

  test('assign and unassign say whether they changed anything, and want to know where', async () => {
    const assign = (...more: readonly string[]) => ns('user', 'assign', 'CLERK', 'Task Admin', ...more);
    expect((await assign('--company', 'BRANCH')).out).toBe(
      'User CLERK has Task Admin in company BRANCH now.',
    );
    expect((await assign('--company', 'BRANCH')).out).toBe(
      'User CLERK has Task Admin in company BRANCH already.',
    );
    expect(json(await assign('--all-companies', '--json'))).toEqual({
      user: 'CLERK',
      permissionSet: 'Task Admin',
      company: null,
      changed: true,
    });
    expect((await ns('user', 'show', 'CLERK')).out).toMatch(/^Task Admin +\(all\) +ADMIN +\d{4}-/m);
    const gone = await ns('user', 'unassign', 'CLERK', 'Task Admin', '--all-companies');
    expect(gone.out).toBe('User CLERK does not have Task Admin for all companies now.');
    for (const where of [[], ['--company', 'BRANCH', '--all-companies']]) {
      const { exitCode, err } = await assign(...where);
      expect([exitCode, err]).toEqual([2, expect.stringContaining('Field: company (--company)')]);
    }
    expect((await assign('--company', 'NOWHERE')).exitCode).toBe(3);
    expect((await ns('user', 'assign', 'CLERK', 'Nothing', '--all-companies')).exitCode).toBe(3);
    const denied = await ns('user', 'assign', 'CLERK', 'SUPER', '--all-companies', '--user', 'CLERK');
    expect([denied.exitCode, denied.err]).toEqual([
      6,
      expect.stringMatching(/^PERMISSION_DENIED: User CLERK may not/),
    ]);
  });

  test.each<[string, readonly string[]]>([
    ['kind (--kind)', ['create', 'X', '--kind', 'robot']],
    ['validUntil (--valid-until)', ['create', 'X', '--valid-until', 'tomorrow']],
    ['timeZone (--time-zone)', ['create', 'X', '--time-zone', 'Mars']],
    ['language (--language)', ['modify', 'CLERK', '--language', 'de_DE']],
    ['fullName (--full-name)', ['modify', 'CLERK', '--full-name', 'x'.repeat(101)]],
  ])('refuses a bad %s', async (field, words) => {
    const { exitCode, err } = await ns('user', ...words);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`Field: ${field}`)]);
  });

  test('refuses what changes nothing, and who is not there; never prints what moves the cursor', async () => {
    expect((await ns('user', 'modify', 'CLERK')).exitCode).toBe(2);
    expect((await ns('user', 'show', 'NOBODY')).exitCode).toBe(3);
    expect((await ns('user', 'create', HOSTILE)).err).not.toMatch(/(?!\n)\p{Cc}/u);
    await database.query('update nightshift.app_user set full_name = $1 where name = $2', [HOSTILE, 'CLERK']);
    const { out } = await ns('user', 'list');
    expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe('permission-set', () => {
  test('create, show, modify, delete', async () => {
    const created = await ns(
      ...[
        'permission-set',
        'create',
        'Order Entry',
        '--tables',
        'sales_order=rim, *=R',
        '--codeunits',
        'Post, Ship',
        '--reports',
        'Sales List',
      ],
      ...['--includes', 'Job Queue View', '--description', 'Enters orders.'],
    );
    expect(created.exitCode).toBe(0);
    expect(created.out.split('\n')).toEqual([
      'Permission set Order Entry is created; nobody has it yet.',
      'Hint: No codeunit "Post" is known, here or on a running server instance.',
      'Hint: No codeunit "Ship" is known, here or on a running server instance.',
      'Hint: No report "Sales List" is known, here or on a running server instance.',
      'Hint: No company has a table "sales_order", nor has app_shared.',
    ]);
    await ns('user', 'assign', 'CLERK', 'Order Entry', '--all-companies');
    const { out } = await ns('permission-set', 'show', 'Order Entry');
    expect(out.split('\n\n')).toEqual([
      [
        'Permission set  Order Entry',
        'Description     Enters orders.',
        'Declared by     administrators',
        'Includes        Job Queue View',
        'Excludes        –',
        'Version         1',
      ].join('\n'),
      [
        'Kind      Name           Rights',
        'codeunit  Post           run',
        'codeunit  Ship           run',
        'report    Sales List     run',
        'table     (every other)  R',
        'table     sales_order    RIM',
        'verb      entry.read     see job queue entries and their log',
        'verb      category.read  see categories of job queue entries',
        'verb      item.read      see work items',
      ].join('\n'),
      'User   Company\nCLERK  (all)',
    ]);
    expect((await ns('permission-set', 'list')).out).toMatch(
      /^Order Entry +administrators +1 +2 +1 +2 +Job Queue View +Enters orders\.$/m,
    );
    const modified = await ns(
      'permission-set',
      'modify',
      'Order Entry',
      '--codeunits',
      '*',
      '--reports',
      '',
      '--tables',
      '{}',
      '--json',
    );
    expect(json(modified)).toMatchObject({
      version: 2,
      hints: [],
      definition: { codeunits: ['*'], tables: {} },
    });
    expect((await ns('permission-set', 'show', 'Order Entry')).out).toMatch(/^codeunit +\(every\) +run$/m);
    expect((await ns('permission-set', 'delete', 'Order Entry')).exitCode).toBe(4);
    const deleted = await ns('permission-set', 'delete', 'Order Entry', '--unassign', '--json');
    expect(json(deleted)).toEqual({ name: 'Order Entry', deleted: true });
  });

  test('shows ours, and who has them', async () => {
    const { out } = await ns('permission-set', 'show', 'SUPER');
    expect(out).toMatch(/^Declared by +built in$/m);
    expect(out).toMatch(/^table +\(every other\) +RIMD$/m);
    expect(out).toMatch(/^verb +user\.create +create users$/m);
    expect(out).toMatch(/^ADMIN +\(all\)$/m);
    expect((await ns('permission-set', 'show', 'SUPER', '--user', 'CLERK')).out).not.toMatch(/^ADMIN/m);
    expect((await ns('permission-set', 'show', 'super')).exitCode).toBe(3);
  });

  test.each<[string, readonly string[]]>([
    ['tables (--tables)', ['--tables', 'sales_order']],
    ['tables.sales_order', ['--tables', 'sales_order=XY']],
    ['tables (--tables)', ['--tables', '{oops']],
    ['codeunits (--codeunits)', ['--codeunits', '[1']],
    ['codeunits (--codeunits)', ['--codeunits', '[1]']],
    ['includes (--includes)', ['--includes', 'Nothing']],
    ['description (--description)', ['--description', 'x'.repeat(251)]],
  ])('refuses a bad %s', async (field, words) => {
    const { exitCode, err } = await ns('permission-set', 'create', 'Bad', ...words);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`Field: ${field}`)]);
  });

  test('takes odd names as JSON', async () => {
    const tables = { 'a,b': 'R', 'c=d': 'RI' };
    const words = ['--tables', JSON.stringify(tables), '--codeunits', '["Post, all"]', '--json'];
    const created = await ns('permission-set', 'create', 'Odd', ...words);
    expect(json(created)).toMatchObject({ definition: { tables, codeunits: ['Post, all'] } });
    expect((await ns('permission-set', 'modify', 'Odd')).exitCode).toBe(2);
  });
});

describe('audit list', () => {
  test('shows who did what, and what was refused', async () => {
    await ns('user', 'create', 'SMUGGLED', '--user', 'CLERK');
    const { out } = await ns('audit', 'list', '--by', 'CLERK', '--denied', '--verb', 'user.create');
    expect(out).toMatch(
      /CLERK +CRONUS +user\.create +user SMUGGLED +PERMISSION_DENIED +User CLERK may not create/,
    );
    const limited = await ns('audit', 'list', '--limit', '1', '--json');
    expect(JSON.parse(limited.out)).toHaveLength(1);
    const branch = await ns('audit', 'list', '--company', 'BRANCH', '--json');
    const rows = JSON.parse(branch.out) as { readonly company: string; readonly id: string }[];
    expect(new Set(rows.map(({ company }) => company))).toEqual(new Set(['BRANCH']));
    const [first] = rows;
    const next = await ns('audit', 'list', '--company', 'BRANCH', '--before', first?.id ?? '', '--json');
    expect(JSON.parse(next.out)).toEqual(rows.slice(1));
    expect((await ns('audit', 'list', '--to', '2000-01-01T00:00Z')).out).toBe(
      'There is nothing like that in the audit log.',
    );
    expect((await ns('audit', 'list', '--object', 'SMUGGLED', '--kind', 'user')).out).toContain('SMUGGLED');
  });

  test.each<[string, readonly string[]]>([
    ['limit (--limit)', ['--limit', '501']],
    ['from (--from)', ['--from', 'yesterday']],
    ['to (--to)', ['--to', '13:00']],
    ['before (--before)', ['--before', 'x']],
  ])('refuses a bad %s', async (field, words) => {
    const { exitCode, err } = await ns('audit', 'list', ...words);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`Field: ${field}`)]);
  });

  test('is not for everybody', async () => {
    expect((await ns('audit', 'list', '--user', 'CLERK')).exitCode).toBe(6);
  });
});

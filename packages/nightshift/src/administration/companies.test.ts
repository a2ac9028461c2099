import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { companies } from '../platform/index.ts';
import type { Session } from '../session/index.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';

const CUSTOMER = {
  name: '0001_customer',
  sql: 'create table customer (no integer primary key, name text not null)',
};

const nothing = async (): Promise<void> => undefined;
let fill: (session: Session) => Promise<void> = nothing;
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ migrations: [CUSTOMER], onCompanyCreate: (session) => fill(session) });
  await addUsers(
    kit,
    { name: 'CLERK', sets: ['Job Queue Run'], company: 'CRONUS' },
    { name: 'LOCAL', sets: ['SUPER'], company: 'CRONUS' },
  );
});
afterAll(() => kit.stop());

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const customersOf = (schema: string) => `select name from ${schema}.customer order by no`;
const ddl = (what: 'create' | 'drop', no: number) => `${what} schema co_${no}`;
const schemas = () =>
  kit.query(`select nspname from pg_namespace where starts_with(nspname, 'co_') order by nspname`);
const audit = (verb: string) =>
  kit.query(
    `select object_name, before, after, result from nightshift.audit_log where verb = $1 order by at desc, id desc limit 1`,
    [verb],
  );

describe('a company that is created', () => {
  test('is open at once in this process, with the tables of the application', async () => {
    const made = await companies.create(kit.admin, { name: '  Fabrikam ', timeZone: 'Europe/Berlin' });
    expect(made).toMatchObject({ name: 'Fabrikam', timeZone: 'Europe/Berlin', state: 'open', version: 1 });
    const rows = await kit.platform.open({ ...ADMIN, company: 'Fabrikam' }, async (session) => {
      await session.db.query("insert into customer values (1, 'Adatum')");
      return (await session.db.query('select name from customer')).rows;
    });
    expect(rows).toEqual([{ name: 'Adatum' }]);
    expect(await kit.query(customersOf(made.schema))).toEqual(rows);
    expect(await audit('company.create')).toEqual([
      {
        object_name: 'Fabrikam',
        before: null,
        after: { name: 'Fabrikam', timeZone: 'Europe/Berlin' },
        result: 'allowed',
      },
    ]);
  });

  test.each(['O\'Neil "Quotes" \\ ; drop--', '🎂'.repeat(30), 'ç'.repeat(30), 'co_1', '%I $1 {}'])(
    'may be called %s',
    async (name) => {
      const made = await companies.create(kit.admin, { name });
      expect(made.name).toBe(name);
      const company = await kit.platform.open(
        { ...ADMIN, company: name },
        async (session) => session.company,
      );
      expect(company).toBe(name);
      await companies.delete(kit.admin, name, { confirm: name });
    },
  );

  test.each([
    ['', 'name'],
    ['   ', 'name'],
    ['x'.repeat(31), 'name'],
    ['🎂'.repeat(31), 'name'],
    ['two\nlines', 'name'],
    ['half \ud83c', 'name'],
    [null as unknown as string, 'name'],
  ])('may not be called %j', async (name, field) => {
    await expect(companies.create(kit.admin, { name })).rejects.toThrow(refused('VALIDATION', { field }));
  });

  test('has a name that nobody else has, also by case', async () => {
    const before = await schemas();
    for (const name of ['CRONUS', 'cronus', ' CroNus '])
      await expect(companies.create(kit.admin, { name })).rejects.toThrow(
        refused('CONFLICT', { field: 'name' }),
      );
    await expect(companies.create(kit.admin, { name: 'A', timeZone: 'Berlin' })).rejects.toThrow(
      refused('VALIDATION', { field: 'timeZone' }),
    );
    expect(await schemas()).toEqual(before);
  });

  test('two of one name at once: one wins', async () => {
    const both = await Promise.allSettled(
      ['Twin', 'TWIN', 'Twin'].map((name) => companies.create(kit.admin, { name })),
    );
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } });
    expect(await kit.query("select state from nightshift.company where lower(name) = 'twin'")).toEqual([
      { state: 'open' },
    ]);
  });

  test('passes over a schema that somebody has made', async () => {
    const [row] = await kit.query<{ last_value: string }>('select last_value from nightshift.company_no_seq');
    const next = Number(row?.last_value) + 1;
    await kit.query(ddl('create', next));
    const made = await companies.create(kit.admin, { name: 'Evades' });
    expect(made.no).toBe(next + 1);
    await kit.query(ddl('drop', next));
  });

  test('is created by those only who may for all companies', async () => {
    for (const user of ['CLERK', 'LOCAL']) {
      const caller = kit.platform.as({ user, company: 'CRONUS' });
      await expect(companies.create(caller, { name: 'Mine' })).rejects.toThrow(refused('PERMISSION_DENIED'));
    }
    expect(await audit('company.create')).toMatchObject([{ object_name: 'Mine', result: 'denied' }]);
  });
});

describe('onCompanyCreate', () => {
  afterEach(() => {
    fill = nothing;
  });
  const left = async (name: string) =>
    (await kit.query('select from nightshift.company where name = $1', [name])).length;

  test('fills the company as its creator, in a management session, before anybody else gets in', async () => {
    let refusal: unknown;
    fill = async (session) => {
      const { user, company, clientType, guiAllowed } = session;
      await session.db.query('insert into customer values (1, $1)', [
        JSON.stringify({ user, company, clientType, guiAllowed }),
      ]);
      const other = kit.platform.open({ ...ADMIN, company: 'Filled' }, async () => 'in');
      refusal = await other.catch((error: unknown) => error);
    };
    const made = await companies.create(kit.admin, { name: 'Filled' });
    const [row] = await kit.query<{ name: string }>(customersOf(made.schema));
    expect(JSON.parse(row?.name ?? '')).toEqual({
      user: 'ADMIN',
      company: 'Filled',
      clientType: 'management',
      guiAllowed: false,
    });
    expect(refusal).toMatchObject({ code: 'COMPANY_CANNOT_OPEN', details: { state: 'creating' } });
  });

  test('that fails leaves nothing, and its error reaches the caller', async () => {
    const before = await schemas();
    fill = async (session) => {
      await session.db.query("insert into customer values (1, 'half')");
      throw session.error('No number series.');
    };
    await expect(companies.create(kit.admin, { name: 'Broken' })).rejects.toThrow('No number series.');
    expect(await left('Broken')).toBe(0);
    expect(await schemas()).toEqual(before);
    expect(() => kit.platform.as({ ...ADMIN, company: 'Broken' })).toThrow(refused('COMPANY_UNKNOWN'));
    fill = nothing;
    await companies.create(kit.admin, { name: 'Broken' });
  });

  test('what a process left that died in the middle is removed by the next one, or deleted', async () => {
    for (const name of ['Half', 'Half 2']) {
      const [row] = await kit.query<{ no: number }>(
        "insert into nightshift.company (name, state) values ($1, 'creating') returning no",
        [name],
      );
      await kit.query(ddl('create', row?.no ?? 0));
    }
    await kit.platform.directory.refresh();
    const opening = kit.platform.open({ ...ADMIN, company: 'Half' }, async () => 'in');
    await expect(opening).rejects.toThrow(refused('COMPANY_CANNOT_OPEN'));
    const { state } = await companies.create(kit.admin, { name: 'Half' });
    expect(state).toBe('open');
    await companies.delete(kit.admin, 'Half 2', { confirm: 'Half 2' });
    expect(await kit.query("select name from nightshift.company where name like 'Half%'")).toEqual([
      { name: 'Half' },
    ]);
  });

  test('one that is under way is left alone', async () => {
    let also: unknown;
    fill = async () => {
      const settled = await Promise.allSettled([
        companies.create(kit.admin, { name: 'Slow' }),
        companies.delete(kit.admin, 'Slow', { confirm: 'Slow' }),
        companies.copy(kit.admin, { from: 'Slow', to: 'Slow 2' }),
        companies.rename(kit.admin, 'Slow', 'Slower'),
      ]);
      also = settled.map((each) => (each.status === 'rejected' ? each.reason.code : each.value));
    };
    await companies.create(kit.admin, { name: 'Slow' });
    expect(also).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT']);
    expect(await left('Slow')).toBe(1);
  });
});

describe('companies are apart', () => {
  test('a session sees the tables of its own only', async () => {
    const { schema } = await companies.create(kit.admin, { name: 'Apart' });
    const insert = (company: string, no: number) =>
      kit.platform.open({ ...ADMIN, company }, async ({ db }) => {
        await db.query('insert into customer values ($1, $2)', [no, company]);
        return (await db.query('select no from customer')).rows;
      });
    expect(await insert('Apart', 1)).toEqual([{ no: 1 }]);
    expect(await insert('CRONUS', 1)).toEqual([{ no: 1 }]);
    await expect(kit.open(({ db }) => db.query(customersOf(schema)))).rejects.toMatchObject({
      code: expect.stringMatching(/42501|PERMISSION_DENIED/),
    });
  });

  test('whoever has no permission set in one does not know of it', async () => {
    await companies.create(kit.admin, { name: 'Secret' });
    const clerk = kit.platform.as({ user: 'CLERK', company: 'CRONUS' });
    expect((await companies.list(clerk)).map(({ name }) => name)).toEqual(['CRONUS']);
    await expect(companies.get(clerk, 'Secret')).rejects.toThrow(refused('COMPANY_UNKNOWN'));
    await expect(companies.workCalendar(clerk, 'Secret')).rejects.toThrow(refused('COMPANY_UNKNOWN'));
    const names = (await companies.list(kit.admin)).map(({ name }) => name);
    expect(names).toContain('Secret');
    expect(names).toEqual([...names].sort());
  });
});

describe('a company that is renamed', () => {
  test('keeps its number and its tables', async () => {
    const { no, version } = await companies.create(kit.admin, { name: 'Before' });
    const renamed = await companies.rename(kit.admin, 'Before', ' After ', { version });
    expect(renamed).toMatchObject({ no, name: 'After', schema: `co_${no}`, version: version + 1 });
    expect(() => kit.platform.as({ ...ADMIN, company: 'Before' })).toThrow(refused('COMPANY_UNKNOWN'));
    await kit.platform.open({ ...ADMIN, company: 'After' }, ({ db }) => db.query('select from customer'));
    expect(await audit('company.rename')).toMatchObject([
      { object_name: 'Before', before: { name: 'Before' }, after: { name: 'After' } },
    ]);
    expect(await companies.rename(kit.admin, 'After', 'AFTER')).toMatchObject({ no, name: 'AFTER' });
  });

  test('not to a name that is taken or wrong, nor by whoever knows an old state', async () => {
    const { version } = await companies.create(kit.admin, { name: 'Stays' });
    const rename = (to: string, from = 'Stays', base = version) =>
      companies.rename(kit.admin, from, to, { version: base });
    await expect(rename('cronus')).rejects.toThrow(refused('CONFLICT', { field: 'name' }));
    await expect(rename('')).rejects.toThrow(refused('VALIDATION', { field: 'name' }));
    await expect(rename('X', 'Nobody')).rejects.toThrow(refused('COMPANY_UNKNOWN'));
    await expect(rename('X', 'Stays', version - 1)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { company: { name: 'Stays', version } },
    });
  });
});

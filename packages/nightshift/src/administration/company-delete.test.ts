import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { companies, jobQueue, taskScheduler } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';

const CUSTOMER = { name: '0001_customer', sql: 'create table customer (no integer primary key)' };
const later = codeunit({ name: 'Later', onRun: () => undefined });

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [later], migrations: [CUSTOMER] });
});
afterAll(() => kit.stop());

const refused = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });
const remove = (name: string) => companies.delete(kit.admin, name, { confirm: name });
const traces = async (no: number) => {
  const [row] = await kit.query(
    `select (select count(*)::int from pg_namespace where nspname = 'co_' || $1) as schemas,
      (select count(*)::int from pg_roles where rolname ~ (select '^ns_' || mark from nightshift.environment)
        and rolname ~ ('_c' || $1 || '(_|$)')) as roles,
      (select count(*)::int from nightshift.scheduled_task where lane = $1::int) as tasks,
      (select count(*)::int from nightshift.job_queue_entry where company_no = $1::int) as entries,
      (select count(*)::int from nightshift.permission_assignment where company_no = $1::int) as assignments,
      (select count(*)::int from nightshift.application_migration where company_no = $1::int) as migrations,
      (select count(*)::int from nightshift.slot where company_no = $1::int) as slots`,
    [String(no)],
  );
  return row;
};
const NOTHING = { schemas: 0, roles: 0, tasks: 0, entries: 0, assignments: 0, migrations: 0, slots: 0 };

describe('a company that is deleted', () => {
  test('takes along all that is in it, and says what', async () => {
    const { no } = await companies.create(kit.admin, { name: 'Gone' });
    await addUsers(kit, { name: 'LOCAL', sets: ['SUPER', 'Auditor'], company: 'Gone' });
    const inside = kit.platform.as({ ...ADMIN, company: 'Gone' });
    await kit.platform.open({ ...ADMIN, company: 'Gone' }, ({ db }) =>
      db.query('insert into customer values (1)'),
    );
    await taskScheduler.createTask(inside, later, { ready: false });
    await jobQueue.create(inside, { object: later });
    await companies.setWorkCalendar(kit.admin, 'Gone', {
      timeZone: 'UTC',
      hours: [{ weekday: 1, from: '08:00', to: '24:00' }],
      holidays: [{ day: '2026-12-25', name: 'Christmas' }],
    });
    expect(await remove('Gone')).toEqual({
      no,
      name: 'Gone',
      tables: 1,
      tasks: 1,
      failedTasks: 0,
      entries: 1,
      logEntries: 0,
      assignments: 2,
    });
    expect(await traces(no)).toEqual(NOTHING);
    expect(() => kit.platform.as({ ...ADMIN, company: 'Gone' })).toThrow(refused('COMPANY_UNKNOWN'));
    await expect(remove('Gone')).rejects.toThrow(refused('COMPANY_UNKNOWN'));
    // Its name stays in the audit log, and may be had again.
    expect(
      await kit.query(
        `select object_name, before ->> 'name' as name, (after ->> 'tasks')::int as tasks
        from nightshift.audit_log where verb = 'company.delete' and result = 'allowed'`,
      ),
    ).toEqual([{ object_name: 'Gone', name: 'Gone', tasks: 1 }]);
    expect((await companies.create(kit.admin, { name: 'Gone' })).no).toBeGreaterThan(no);
  });

  test('is confirmed by its name, and is not the last one', async () => {
    await expect(companies.delete(kit.admin, 'CRONUS', { confirm: 'cronus' })).rejects.toThrow(
      refused('VALIDATION', { field: 'confirm' }),
    );
    await using alone = await startTestPlatform();
    await expect(companies.delete(alone.admin, 'CRONUS', { confirm: 'CRONUS' })).rejects.toThrow(
      refused('CONFLICT'),
    );
    await alone.open(async () => undefined);
  });

  test('is not deleted by somebody who may not', async () => {
    await addUsers(kit, { name: 'CLERK', sets: ['SUPER'], company: 'CRONUS' });
    const clerk = kit.platform.as({ user: 'CLERK', company: 'CRONUS' });
    await expect(companies.delete(clerk, 'CRONUS', { confirm: 'CRONUS' })).rejects.toThrow(
      refused('PERMISSION_DENIED'),
    );
  });

  test('is not deleted while sessions run in it, also from within', async () => {
    const { no } = await companies.create(kit.admin, { name: 'Busy' });
    await kit.platform.open({ ...ADMIN, company: 'Busy', name: 'Month end' }, async (session) => {
      await session.db.query('select from customer');
      await expect(companies.delete(session, 'Busy', { confirm: 'Busy' })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining('Month end'),
        details: { sessions: [{ codeunit: 'Month end', user: 'ADMIN', id: session.id }] },
      });
    });
    // It is open still.
    await kit.platform.open({ ...ADMIN, company: 'Busy' }, async () => undefined);
    await remove('Busy');
    expect(await traces(no)).toEqual(NOTHING);
  });

  test('half-way stays closed, and is finished by another try', async () => {
    const { no } = await companies.create(kit.admin, { name: 'Stuck' });
    await kit.query(`create function public.stuck() returns trigger language plpgsql as
      $$ begin raise exception 'the disk is on fire'; end $$`);
    await kit.query(`create trigger stuck before delete on nightshift.company
      for each row execute function public.stuck()`);
    await expect(remove('Stuck')).rejects.toThrow('the disk is on fire');
    await expect(kit.platform.open({ ...ADMIN, company: 'Stuck' }, async () => 'in')).rejects.toThrow(
      refused('COMPANY_CANNOT_OPEN', { details: { company: 'Stuck', state: 'deleting' } }),
    );
    expect(await companies.get(kit.admin, 'Stuck')).toMatchObject({ state: 'deleting' });
    await kit.query('drop trigger stuck on nightshift.company');
    expect(await remove('Stuck')).toMatchObject({ no, tables: 1 });
    expect(await traces(no)).toEqual(NOTHING);
  });

  test('two who delete it at once: one does', async () => {
    await companies.create(kit.admin, { name: 'Race' });
    const both = await Promise.allSettled([remove('Race'), remove('Race'), remove('Race')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('where codeunits enforce, and there are no roles', () => {
  test('companies come, are copied and go just the same', async () => {
    await using codeunits = await startTestPlatform({
      migrations: [CUSTOMER],
      permissions: { enforcement: 'codeunit' },
    });
    const { admin, platform } = codeunits;
    const rows = (company: string, text: string) =>
      platform.open({ ...ADMIN, company }, async ({ db }) => (await db.query(text)).rows);
    await companies.create(admin, { name: 'One' });
    await rows('One', 'insert into customer values (7)');
    await companies.copy(admin, { from: 'One', to: 'Two' });
    expect(await rows('Two', 'select no from customer')).toEqual([{ no: 7 }]);
    await companies.rename(admin, 'Two', 'Three');
    expect(await companies.delete(admin, 'One', { confirm: 'One' })).toMatchObject({ tables: 1 });
    expect(await rows('Three', 'select no from customer')).toEqual([{ no: 7 }]);
    expect((await companies.list(admin)).map(({ name }) => name)).toEqual(['CRONUS', 'Three']);
  });
});

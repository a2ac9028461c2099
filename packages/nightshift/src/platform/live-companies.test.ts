import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTask } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import {
  ADMIN,
  startTestPlatform,
  type TestPlatform,
  type TestPlatformOptions,
} from '../testing/test-platform.ts';
import { companies, jobQueue } from './verbs.ts';

const { main, codeunits, choose } = behaviours();
const record = choose(leaveEffect);
let database: TestDatabase;
/** Has tasks, and runs none. */
let office: TestPlatform;

async function instance(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return startTestPlatform({ codeunits, migrations: [EFFECTS], database, ...options });
}

beforeAll(async () => {
  database = await createTestDatabase();
  office = await instance({ taskScheduler: { enableTaskScheduler: false } });
});
afterAll(async () => {
  await office.stop();
  await database.drop();
});

async function worker(): Promise<TestPlatform> {
  const kit = await instance();
  onTestFinished(() => kit.stop());
  return kit;
}

const inside = (kit: TestPlatform, company: string) => kit.platform.as({ ...ADMIN, company });
const effectsIn = (schema: string) => database.query(countIn(schema));
const countIn = (schema: string) => `select from ${schema}.effect`;
const effects = (schema: string, count: number) =>
  until('the effects are there', async () => (await effectsIn(schema)).length === count);

describe('a company that another process has made', () => {
  test('is worked on by instances that run already', async () => {
    await worker();
    const { schema } = await companies.create(office.admin, { name: 'New' });
    for (let n = 0; n < 5; n++) await createTask(inside(office, 'New'), main, { record });
    await effects(schema, 5);
  });

  test('may be worked in as soon as it is known', async () => {
    const other = await worker();
    await companies.create(office.admin, { name: 'Known' });
    await other.platform.directory.fresh();
    await until('it is known', () => other.platform.directory.companies.some(({ name }) => name === 'Known'));
    const caller = inside(other, 'Known');
    expect(caller.company).toBe('Known');
    const { schema } = await companies.get(caller, 'Known');
    // Created and run in this process: claimed at birth.
    await createTask(caller, main, { record });
    await effects(schema, 1);
  });

  test('is renamed under its running instances', async () => {
    const other = await worker();
    const { schema } = await companies.create(office.admin, { name: 'Old name' });
    await companies.rename(office.admin, 'Old name', 'New name');
    await createTask(inside(office, 'New name'), main, { record });
    await effects(schema, 1);
    await until('its new name is known', () =>
      other.platform.directory.companies.some(({ name }) => name === 'New name'),
    );
    const { dimensions } = await other.waitFor('LC0043', ({ company }) => company === 'New name');
    expect(dimensions['company']).toBe('New name');
  });

  test('and has deleted leaves the others in peace', async () => {
    const other = await worker();
    const { no, schema } = await companies.create(office.admin, { name: 'Short' });
    await createTask(inside(office, 'Short'), main, { record });
    await effects(schema, 1);
    await until('its task is gone', async () => {
      const left = await database.query('select from nightshift.scheduled_task where lane = $1', [no]);
      return left.length === 0;
    });
    await companies.delete(office.admin, 'Short', { confirm: 'Short' });
    await until('it is known to be gone', () =>
      other.platform.directory.companies.every(({ name }) => name !== 'Short'),
    );
    // Its slots serve the other companies.
    const before = (await effectsIn('co_1')).length;
    for (let n = 0; n < 20; n++) await createTask(office.admin, main, { record });
    await effects('co_1', before + 20);
    expect(await database.query('select from nightshift.failed_task')).toEqual([]);
  });
});

describe('a copied database', () => {
  test('has the companies and entries that the original has, as they were, and is held', async () => {
    const state = (of: TestDatabase) =>
      of.query(
        `select (select jsonb_agg(c order by c.no) from nightshift.company c) as companies,
          (select jsonb_agg(e order by e.entry_no) from nightshift.job_queue_entry e) as entries,
          (select jsonb_agg(t order by t.id) from nightshift.scheduled_task t) as tasks`,
      );
    const origin = await createTestDatabase();
    onTestFinished(() => origin.drop());
    const first = await instance({ database: origin });
    await companies.create(first.admin, { name: 'Second', timeZone: 'Europe/Berlin' });
    await jobQueue.create(inside(first, 'Second'), { object: main });
    await createTask(inside(first, 'Second'), main, { record, notBefore: new Date('2999-01-01') });
    await first.stop();
    const before = await state(origin);
    const copy = await createTestDatabase({ template: origin.name });
    onTestFinished(() => copy.drop());
    const kit = await instance({ database: copy });
    onTestFinished(() => kit.stop());
    await until('it is held', () => kit.platform.instance.held !== null);
    expect(await state(copy)).toEqual(before);
    expect(kit.platform.directory.companies).toMatchObject([
      { name: 'CRONUS', state: 'open' },
      { name: 'Second', state: 'open' },
    ]);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { runCommandLine } from './command-line.ts';
import { hoursText, parseHours } from './company-hours.ts';
import { type Ran, run, type TestTerminalOptions, testTerminal } from './fixtures/test-terminal.ts';

let database: TestDatabase;
let folder: string;
let app: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'company-'));
  app = path.join(folder, 'app.ts');
  const platform = new URL('../platform/index.ts', import.meta.url).href;
  const text = `import { defineApp } from ${JSON.stringify(platform)};
    export default defineApp({
      name: 'shop',
      migrations: [{ name: '0001_customer', sql: 'create table customer (no integer primary key)' }],
      onCompanyCreate: async ({ db, company }) => {
        if (company === 'Bad') throw new Error('no number series');
        await db.query('insert into customer values (1)');
      },
    });`;
  await writeFile(app, text);
  database = await createTestDatabase();
  const kit = await startTestPlatform({ database, start: false });
  await addUsers(kit, { name: 'CLERK', sets: ['Job Queue Run'], company: 'CRONUS' });
  await kit.stop();
  expect((await run(['migrate', '--app', app, '--database-url', database.url])).exitCode).toBe(0);
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const ns = (words: readonly string[], options: TestTerminalOptions = {}) =>
  run(['company', ...words, '--app', app, '--database-url', database.url], options);
const json = ({ out }: Ran) => JSON.parse(out) as unknown;

describe('company', () => {
  test('create, list, show', async () => {
    const made = await ns(['create', 'Fabrikam', '--time-zone', 'Europe/Berlin']);
    expect(made).toMatchObject({ exitCode: 0, out: 'Company Fabrikam is created, in schema co_2.' });
    expect(await database.query('select no from co_2.customer')).toEqual([{ no: 1 }]);
    expect((await ns(['list'])).out).toMatch(/^Fabrikam +2 +co_2 +Europe\/Berlin +open$/m);
    expect(json(await ns(['list', '--json']))).toMatchObject([
      { name: 'CRONUS', schema: 'co_1' },
      { name: 'Fabrikam', timeZone: 'Europe/Berlin', version: 1 },
    ]);
    expect((await ns(['show', 'Fabrikam'])).out).toMatch(
      /^Company +Fabrikam\n[\s\S]*^Work time +around the clock \(Europe\/Berlin\)\nHolidays +none$/m,
    );
    expect((await ns(['list', '--user', 'CLERK'])).out).not.toContain('Fabrikam');
  });

  test('create tells what is wrong', async () => {
    expect(await ns(['create', 'fabrikam'])).toMatchObject({
      exitCode: 4,
      err: expect.stringContaining('differs from "fabrikam" only by case'),
    });
    expect((await ns(['create', 'x'.repeat(31)])).exitCode).toBe(2);
    expect(await ns(['create', 'Bad'])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('no number series'),
    });
    expect((await ns(['show', 'Bad'])).exitCode).toBe(3);
    const denied = await ns(['create', 'Mine', '--user', 'CLERK', '--json']);
    expect(JSON.parse(denied.err)).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
    const words = ['company', 'create', 'No app', '--database-url', database.url];
    expect(await run(words)).toMatchObject({ exitCode: 2, err: expect.stringContaining('--app') });
  });

  test('rename and copy', async () => {
    expect((await ns(['rename', 'Fabrikam', 'Fabrikam AG'])).out).toBe(
      'Company Fabrikam is called Fabrikam AG now.',
    );
    const copied = await ns(['copy', 'Fabrikam AG', 'Test']);
    expect(copied).toMatchObject({ exitCode: 0 });
    expect(copied.out).toMatch(
      /^Company Fabrikam AG is copied to Test: 1 table, 1 row\.\nJob queue entries: 0, /,
    );
    expect((await ns(['copy', 'Nobody', 'Test 2'])).exitCode).toBe(3);
    expect(json(await ns(['copy', 'Test', 'Test 2', '--json']))).toMatchObject({
      company: { name: 'Test 2', state: 'open' },
      rows: 1,
      held: 0,
    });
  });

  test('calendar and holidays', async () => {
    const hours = ['--hours', 'mon-thu=8:00-12:00,13:00-17:00', '--hours', 'fri,sun=22:00-24:00'];
    const set = await ns(['calendar', 'Test', ...hours, '--time-zone', 'UTC']);
    expect(set.out).toMatch(
      /^Work time +mon–thu 08:00–12:00 and 13:00–17:00, fri 22:00–24:00, sun 22:00–24:00 \(UTC\)$/m,
    );
    expect((await ns(['calendar', 'Test', '--hours', 'sun='])).out).toContain('fri 22:00–24:00 (UTC)');
    await ns(['holiday', 'add', 'Test', '2026-12-25', 'Christmas']);
    const added = await ns(['holiday', 'add', 'Test', '2026-12-24', 'Eve', '--json']);
    expect(json(added)).toMatchObject({
      holidays: [
        { day: '2026-12-24', name: 'Eve' },
        { day: '2026-12-25', name: 'Christmas' },
      ],
    });
    expect((await ns(['holiday', 'remove', 'Test', '2026-12-24'])).out).not.toContain('Eve');
    expect((await ns(['holiday', 'remove', 'Test', '2026-12-24'])).exitCode).toBe(2);
    const { version: _, ...calendar } = json(await ns(['calendar', 'Test', '--json'])) as Record<
      string,
      unknown
    >;
    await writeFile(path.join(folder, 'calendar.json'), JSON.stringify(calendar));
    expect((await ns(['calendar', 'Test 2', '--set', path.join(folder, 'calendar.json')])).exitCode).toBe(0);
    expect(json(await ns(['calendar', 'Test 2', '--json']))).toMatchObject(calendar);
    expect((await ns(['calendar', 'Test', '--hours', 'all='])).out).toContain('around the clock');
  });

  test.each([
    ['--hours', 'mon'],
    ['--hours', 'someday=08:00-09:00'],
    ['--hours', 'mon-=08:00-09:00'],
    ['--hours', 'mon=08:00'],
    ['--hours', 'mon=17:00-08:00'],
    ['--hours', 'mon=08:00-25:00'],
    ['--hours', 'mon=08:00-10:00,09:00-11:00'],
    ['--set', '/nowhere.json'],
    ['--time-zone', 'Berlin'],
  ])('calendar %s %s is refused', async (option, value) => {
    const { exitCode, err } = await ns(['calendar', 'Test', option, value]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`(${option})`)]);
  });

  test('delete asks for the name', async () => {
    expect((await ns(['delete', 'Test 2'])).exitCode).toBe(2);
    const answered = async (answer: string) => {
      const terminal = testTerminal({ interactive: true });
      terminal.keyboard.write(`${answer}\n`);
      const words = ['company', 'delete', 'Test 2', '--database-url', database.url];
      const exitCode = await runCommandLine(words, terminal.surroundings);
      return { exitCode, out: terminal.out.join('\n') };
    };
    expect(await answered('yes')).toMatchObject({ exitCode: 1, out: 'Nothing was deleted.' });
    expect(await answered('Test 2')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^Company Test 2 is deleted \(1 table, /),
    });
    expect(json(await ns(['delete', 'Test', '--yes', '--json']))).toMatchObject({ deleted: true, tables: 1 });
    expect((await ns(['delete', 'Test', '--yes'])).exitCode).toBe(3);
  });

  test('where the usual company is gone, another one will do', async () => {
    await ns(['rename', 'CRONUS', 'Renamed']);
    expect((await ns(['list'])).exitCode).toBe(0);
    expect((await ns(['list', '--company', 'CRONUS'])).exitCode).toBe(3);
    await ns(['delete', 'Fabrikam AG', '--yes']);
    expect((await ns(['delete', 'Renamed', '--yes'])).exitCode).toBe(4);
  });
});

describe('hours', () => {
  test('are read as they are typed', () => {
    const sunday = { weekday: 7 as const, from: '10:00', to: '11:00' };
    expect(parseHours(['sat-mon=9:00-10:00'], [sunday])).toEqual(
      ([1, 6, 7] as const).map((weekday) => ({ weekday, from: '09:00', to: '10:00' })),
    );
    expect(parseHours(['weekdays='], [sunday])).toEqual([sunday]);
    expect(hoursText(parseHours(['all=00:00-24:00'], []))).toBe('mon–sun 00:00–24:00');
  });
});

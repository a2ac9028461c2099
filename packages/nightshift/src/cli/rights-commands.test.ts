import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { run, type TestTerminalOptions } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/rights-app.ts', import.meta.url));
const USERS = `insert into nightshift.app_user (name, language, time_zone, can_schedule)
  values ('CLERK', 'en-US', 'UTC', true), ('TRAINEE', 'en-US', 'UTC', false), ('VIEWER', 'en-US', 'UTC', true)`;
const ASSIGNMENTS = `insert into nightshift.permission_assignment (user_no, set_no, company_no)
  select u.no, s.no, 1 from (values ('CLERK', 'Order Entry'), ('TRAINEE', 'Order Entry'), ('VIEWER', 'Order Statistics'))
    as wanted (user_name, set_name)
  join nightshift.app_user u on u.name = user_name join nightshift.permission_set s on s.name = set_name`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await run(['migrate', '--app', APP, '--database-url', database.url]);
  await database.query(USERS);
  await database.query(ASSIGNMENTS);
});
afterAll(() => database.drop());

const rights = (words: readonly string[], options: TestTerminalOptions = {}) =>
  run(['rights', ...words, '--app', APP, '--database-url', database.url], options);

describe('rights explain', () => {
  test('prints the verdict, then the reasoning', async () => {
    const { out, exitCode } = await rights(['explain', 'VIEWER', 'CRONUS', 'Process Orders']);
    expect(exitCode).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "User VIEWER may not run codeunit Process Orders in company CRONUS. Missing: to run codeunit Process Orders; R (read) on table archive; I (insert) on table sales_order; RIM (read, insert, modify) on table staged_order. Permission sets that give all of it: Order Entry, SUPER.

      yes   User VIEWER is enabled, and valid for ever.
      yes   VIEWER may open company CRONUS.
              Order Statistics, assigned in company CRONUS
      NO    VIEWER may not run codeunit Process Orders.
              Permission sets that give it: Order Entry, SUPER.
      NO    Table staged_order: needs RIM, VIEWER has none.
              RIM would be given by: Order Entry, SUPER
      NO    Table sales_order: needs RI, VIEWER has R.
              R: Order Statistics (assigned in company CRONUS)
              I would be given by: Order Entry, SUPER
      NO    Table archive: needs R, VIEWER has none.
              R would be given by: Archive, Order Entry, SUPER
            There is no table archive in company CRONUS, nor one that all companies share.
      yes   VIEWER may schedule work.
            VIEWER may not create job queue entries.
              Permission sets that give it: Job Queue Run, Job Queue Admin, SUPER.
            VIEWER may not set job queue entries Ready.
              Permission sets that give it: Job Queue Run, Job Queue Admin, SUPER."
    `);
  });

  test('answers in JSON', async () => {
    const { out } = await rights(['explain', 'CLERK', 'CRONUS', '50142', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      user: 'CLERK',
      codeunit: 'Process Orders',
      mayRun: true,
      maySchedule: true,
      hasDrift: false,
    });
  });

  test('refuses those who ask about others without the right to', async () => {
    const refused = await rights(['explain', 'CLERK', 'CRONUS', 'Process Orders', '--user', 'VIEWER']);
    expect(refused.err).toMatch(/^PERMISSION_DENIED: User VIEWER may not have rights explained/);
    expect((await rights(['explain', 'NOBODY', 'CRONUS', 'Process Orders'])).exitCode).toBe(3);
  });
});

describe('rights record', () => {
  test('prints the permission set that one run needed', async () => {
    const { out, err, exitCode } = await rights(['record', 'Process Orders', '--parameter', 'ORDERS']);
    expect(err).toBe('Recording Process Orders in the foreground …');
    expect(exitCode).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "Codeunit Process Orders was run as ADMIN in company CRONUS, and rolled back.

      permissionSet({
        name: 'Process Orders',
        codeunits: ['Process Orders', 'Next Number'],
        tables: {
          change_log: 'I', // I inside functions or triggers
          sales_order: 'I',
          staged_order: 'RM',
        },
      });

      Not declared in its permissions.tables: change_log I.
      A function or a trigger that runs with the rights of its owner (SECURITY DEFINER) needs none of the user.
      This is what one run needed: paths that it did not take may need more."
    `);
    expect(await database.query('select * from co_1.sales_order')).toEqual([]);
  });

  test('keeps what it does with --commit, and tells of a run that failed', async () => {
    const failed = await rights(['record', 'Process Orders', '--parameter', 'FAIL', '--json']);
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.out)).toMatchObject({
      error: { message: 'The shop is closed.' },
      byStatements: {},
    });
    const kept = await rights(['record', 'Next Number', '--commit']);
    expect(kept.out).toMatch(/^Codeunit Next Number was run as ADMIN in company CRONUS, and committed\./);
    expect(await database.query('select last from co_1.number_series')).toEqual([{ last: 2 }]);
  });

  test('refuses two records, and one that does not fit', async () => {
    const both = await rights(['record', 'Process Orders', '--parameter', 'x', '--record', '{}']);
    expect(both).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('either --parameter or --record'),
    });
    expect((await rights(['record', 'Process Orders'])).err).toMatch(/^RECORD_INVALID/m);
  });
});

describe('rights page', () => {
  test('is Markdown on standard output', async () => {
    const { out, exitCode } = await rights(['page']);
    expect(exitCode).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "# Rights of rights-test

      What a user needs to run each codeunit and report, and to have it run unattended, and who has it. Work that runs in the background runs as the user who scheduled it, with his rights at that time. SUPER gives everything.

      | Codeunit or report | Permission sets that give all of it | Permission sets that give some of it |
      |---|---|---|
      | Count Orders | Order Statistics, SUPER | – |
      | Next Number | Order Entry, SUPER | – |
      | Process Orders | Order Entry, SUPER | Archive |

      To schedule one of them, a user also has to be let schedule work (his field canSchedule), and to be no delegated administrator: those ask for approval. Job queue entries take one of these besides: Job Queue Run, Job Queue Admin.

      ## Count Orders

      | Whoever runs it needs | Permission sets that give it |
      |---|---|
      | to run codeunit Count Orders | Order Statistics, SUPER |

      It does not declare the tables that it touches (permissions.tables): what it lacks is seen when it runs.

      | Company | May run and schedule it | May run it only |
      |---|---|---|
      | CRONUS | ADMIN, VIEWER | – |

      ## Next Number

      | Whoever runs it needs | Permission sets that give it |
      |---|---|
      | to run codeunit Next Number | Order Entry, SUPER |

      It does not declare the tables that it touches (permissions.tables): what it lacks is seen when it runs.

      While it runs it is lent these rights, which its user need not have: number_series (read, modify).

      | Company | May run and schedule it | May run it only |
      |---|---|---|
      | CRONUS | ADMIN, CLERK | TRAINEE |

      ## Process Orders

      | Whoever runs it needs | Permission sets that give it |
      |---|---|
      | to run codeunit Process Orders | Order Entry, SUPER |
      | table staged_order: read, insert, modify | Order Entry, SUPER |
      | table sales_order: read, insert | Order Entry, SUPER |
      | table archive: read | Archive, Order Entry, SUPER |

      | Company | May run and schedule it | May run it only |
      |---|---|---|
      | CRONUS | ADMIN, CLERK | TRAINEE |"
    `);
  });

  test('is written as HTML or Markdown to a file', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ns-rights-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const options = { workingDirectory: folder };
    expect((await rights(['page', '--out', 'rights.html'], options)).out).toBe(
      '3 codeunits written to rights.html.',
    );
    const html = await readFile(path.join(folder, 'rights.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('<td>Process Orders</td><td>Order Entry, SUPER</td>');
    await rights(['page', '--out', 'rights.md'], options);
    expect(await readFile(path.join(folder, 'rights.md'), 'utf8')).toMatch(/^# Rights of rights-test\n/);
    expect((await rights(['page', '--out', 'rights.pdf'], options)).exitCode).toBe(2);
    expect((await rights(['page', '--out', 'no/such/rights.md'], options)).exitCode).toBe(2);
  });
});

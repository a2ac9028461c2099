import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { refusedAccess } from './refused-statement.ts';
import type { Session } from './session.ts';

const CLERK = { user: 'CLERK', company: 'CRONUS' };
const TABLES = `create table sales_order (no int primary key, text text);
  create table "Odd ""Näme" (n int);
  create table secret (n int);
  create view summary as select count(*) from sales_order;
  create sequence loose;
  insert into sales_order values (1, 'first')`;
const SETS = [
  ['Order View', { sales_order: 'R' }],
  ['Order Entry', { sales_order: 'RI' }],
  ['Order Clean-up', { sales_order: 'D' }],
  ['Order Admin', { sales_order: 'RIMD', 'Odd "Näme': 'RIMD' }],
] as const;

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({ migrations: [{ name: '0001_tables', sql: TABLES }] });
  for (const [name, tables] of SETS)
    await world.query(
      `insert into nightshift.permission_set (name, source, definition)
      values ($1, 'administrator', jsonb_build_object('tables', $2::jsonb))`,
      [name, JSON.stringify(tables)],
    );
  await addUsers(world, { name: 'CLERK', sets: ['Order View'], company: 'CRONUS' });
});
afterAll(() => world.stop());

/** What a session of the clerk ends with. */
const endOf = (work: (session: Session) => Promise<unknown>) =>
  world.platform.open(CLERK, work).then(
    () => null,
    (error: unknown) => error,
  );
const endOfStatement = (text: string) => endOf((session) => session.db.query(text));

describe('a session that PostgreSQL refused something ends with', () => {
  const lacks = (right: string, table: string, sets: string) =>
    `User CLERK lacks the right ${right} table ${table} in company CRONUS; permission sets that give it: ${sets}.`;
  const INSERTS = lacks('to insert (I) into', 'sales_order', 'Order Admin, Order Entry, SUPER');
  const MODIFIES = lacks('to modify (M)', 'sales_order', 'Order Admin, SUPER');
  const DELETES = lacks('to delete (D) from', 'sales_order', 'Order Admin, Order Clean-up, SUPER');
  const READS = lacks('to read (R) from', 'secret', 'SUPER');

  it.each([
    ["insert into sales_order values (2, 'x')", INSERTS],
    ["INSERT INTO co_1.Sales_Order AS o VALUES (2, 'x') RETURNING no", INSERTS],
    ['with n as (insert into sales_order values (3) returning no) select * from n', INSERTS],
    ['insert into sales_order (no) values (1) on conflict (no) do update set text = $$x$$', INSERTS],
    ['do $$ begin insert into sales_order values (2); end $$', INSERTS],
    ["update sales_order set text = 'x'", MODIFIES],
    ['update only "sales_order" set text = $$x$$ where no = 1', MODIFIES],
    ['select * from sales_order for update', MODIFIES],
    ['select * from sales_order o for no key update of o', MODIFIES],
    [
      'merge into sales_order o using (select 1 as no) s on o.no = s.no when matched then update set text = $$$$',
      MODIFIES,
    ],
    ['delete from sales_order', DELETES],
    ['insert into sales_order select n from secret', INSERTS],
    ['update sales_order set text = $$x$$ where no in (select n from secret)', MODIFIES],
    ['select * from secret', READS],
    ['select * from secret, sales_order', READS],
    ['table secret', READS],
    ['select * from "Odd ""Näme"', lacks('to read (R) from', 'Odd "Näme', 'Order Admin, SUPER')],
    ['insert into "Odd ""Näme" values (1)', lacks('to insert (I) into', 'Odd "Näme', 'Order Admin, SUPER')],
    ['select * from summary', lacks('to read (R) from', 'summary', 'SUPER')],
  ])('%s', async (text, message) => {
    const end = await endOfStatement(text);
    expect(end).toMatchObject({ code: 'PERMISSION_DENIED', message, retriable: false });
    expect(end).toMatchObject({
      cause: { code: '42501', severity: 'ERROR' },
      details: { sqlState: '42501' },
    });
  });

  it.each([
    [
      'select * from co_2.note',
      /schema co_2: a session in company CRONUS reaches the tables of that company/,
    ],
    ['select * from nightshift.slot', /schema nightshift: /],
    ["select nextval('loose')", /sequence loose in company CRONUS; the right to insert \(I\)/],
    ['select pg_read_file($$/etc/passwd$$)', /function pg_read_file in company CRONUS; no permission set/],
    ['select * from pg_authid', /no permission set gives it: permission denied for table pg_authid\./],
    ['drop table sales_order', /no permission set gives it: must be owner of table sales_order\./],
  ])('%s', async (text, message) => {
    await world.query('create schema if not exists co_2');
    expect(await endOfStatement(text)).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(message),
      details: { user: 'CLERK', company: 'CRONUS', sqlState: '42501' },
    });
  });

  it('the facts, for programs', async () => {
    expect(await endOfStatement('insert into sales_order values (2)')).toMatchObject({
      details: {
        user: 'CLERK',
        company: 'CRONUS',
        kind: 'table',
        table: 'sales_order',
        right: 'I',
        sets: ['Order Admin', 'Order Entry', 'SUPER'],
      },
    });
  });

  it('that, also when the code swallowed it, wrapped it, or was told only that all is lost', async () => {
    const insert = (session: Session) => session.db.query('insert into sales_order values (2)');
    const ends = [
      (session: Session) => insert(session).catch(() => undefined),
      (session: Session) =>
        insert(session).catch((cause) => {
          throw new Error('no order', { cause });
        }),
      (session: Session) => insert(session).catch(() => session.db.query('select 1')),
    ];
    for (const work of ends)
      expect(await endOf(work)).toMatchObject({ code: 'PERMISSION_DENIED', details: { right: 'I' } });
  });

  it('what the code says itself, when it says it by an error of ours', async () => {
    const end = await endOf((session) =>
      session.db.query('select * from secret').catch(() => session.error('Ask the boss.')),
    );
    expect(end).toMatchObject({ code: 'CODEUNIT_ERROR', message: 'Ask the boss.' });
  });

  it('what it says to code that catches it is what PostgreSQL said', async () => {
    const end = await endOf((session) =>
      session
        .savepoint(() => session.db.query('select * from secret'))
        .catch((error: unknown) => {
          expect(isNightshiftError(error)).toBe(false);
          expect(error).toMatchObject({ code: '42501', message: 'permission denied for table secret' });
        }),
    );
    expect(end).toBeNull();
  });
});

describe('what a statement wanted', () => {
  const denied = (table: string) => ({ message: `permission denied for table ${table}` });

  it.each([
    ['insert into t select * from u', 't', 'IR'],
    ['insert into t select * from u', 'u', 'R'],
    ['insert into a.T values (1)', 't', 'IR'],
    ['insert into "T" values (1)', 't', 'R'],
    ['insert into tt values (1)', 't', 'R'],
    ['update t set n = 1', 't', 'MR'],
    ['with x as (delete from t returning *) insert into t select * from x', 't', 'IDR'],
    [
      'merge into t using u on true when matched then delete when not matched then insert values (1)',
      't',
      'IDR',
    ],
    ['select * from t for share', 't', 'RM'],
    ['lock table t', 't', 'R'],
    ['', 't', 'R'],
  ])('%s, of %s: %s', (text, table, wanted) => {
    expect(refusedAccess(denied(table), text).wanted.join('')).toBe(wanted);
  });

  it('nobody knows when PostgreSQL speaks another language', () => {
    const message = 'keine Berechtigung für Tabelle t';
    expect(refusedAccess({ message }, 'select * from t')).toMatchObject({ kind: 'other', said: message });
  });
});

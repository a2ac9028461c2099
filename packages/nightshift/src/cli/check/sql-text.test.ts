import { expect, test } from 'vitest';
import { effectOf, headOf } from './sql-text.ts';
import { HOLE } from './value.ts';

test.each([
  'select 1',
  '  -- insert into a\n select * from b',
  '/* delete from a */ ; (select 1)',
  "select 'update a set b = 1'",
  'select "delete from" from a',
  'select $$ insert into a $$, $x$merge into b$x$',
  'select id from a where b = $1 for update skip locked',
  'select id from a for no key update',
  'with x as (select 1) select * from x',
  `select * from ${HOLE}`,
  'select last_update, updated from a',
  'values (1)',
])('%j reads', (text) => {
  expect(effectOf(text)).toBe('read');
});

test.each([
  'insert into a values (1)',
  'INSERT  INTO a values (1)',
  '-- a comment\nupdate a set b = 1',
  'delete from a',
  'merge into a using b on true when matched then delete',
  'with gone as (delete from a returning *) select * from gone',
  `with fresh as (insert into ${HOLE} values (1) returning id) select * from fresh`,
  `update ${HOLE} set b = 1`,
  'truncate a',
  'call post_all()',
  'copy a from stdin',
  'explain analyze delete from a',
])('%j writes', (text) => {
  expect(effectOf(text)).toBe('write');
});

test.each([null, '', HOLE, `${HOLE} from a`, '-- only a comment'])('%j cannot be told', (text) => {
  expect(effectOf(text)).toBe('unclear');
});

test('the head of a statement is one short line', () => {
  expect(headOf(`\n  insert into ${HOLE}\n  values ($1)`)).toBe('insert into … values ($1)');
  expect(headOf(`update a set ${'b = 1, '.repeat(20)}`)).toHaveLength(40);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardStatement, isEscape, leavesTraces, wantsLook } from './statement-guard.ts';

const REFUSED = [
  'BEGIN',
  'START TRANSACTION',
  'COMMIT',
  'COMMIT AND CHAIN',
  'COMMIT PREPARED $1',
  'END',
  'ROLLBACK',
  'ROLLBACK WORK',
  'ROLLBACK TRANSACTION',
  'ROLLBACK AND CHAIN',
  'ROLLBACK WORK AND NO CHAIN',
  "ROLLBACK PREPARED 'x'",
  'ROLLBACK /* to */ -- to x',
  'ROLLBACK WORK TRANSACTION TO x',
  'ABORT',
  "PREPARE TRANSACTION 'x'",
  'PREPARE x AS SELECT 1',
  'EXECUTE x',
  'DEALLOCATE ALL',
  'DISCARD ALL',
  'SET ROLE postgres',
  'SET LOCAL search_path TO public',
  'SET SESSION AUTHORIZATION postgres',
  'SET TRANSACTION READ WRITE',
  'SET CONSTRAINTS ALL DEFERRED',
  'RESET ROLE',
  'LISTEN x',
  'UNLISTEN *',
];

/** Refused for a name that is the session's. */
const OF_THE_SESSION = [
  'SAVEPOINT ns_savepoint_1',
  'RELEASE SAVEPOINT "ns_savepoint_1"',
  'ROLLBACK TO NS_SAVEPOINT_1',
  'RELEASE SAVEPOINT ns_savepoint_session',
  'ROLLBACK TO SAVEPOINT U&"ns\\005Fsavepoint_session"',
];

const ALLOWED = [
  'savepoint ns_savepoin_1',
  "select 'ns_savepoint_1'",
  '',
  ' ; ; ',
  '-- commit',
  '/* commit */',
  '/* /* */ commit',
  '/* commit',
  'select 1',
  'SELECT 1 -- ; commit',
  'with x as (select 1) select * from x',
  "insert into t values ('commit')",
  'update t set commit = 1',
  'delete from t',
  'merge into t using s on true when matched then delete',
  'savepoint x',
  'release savepoint x',
  'rollback to x',
  'ROLLBACK TO SAVEPOINT x',
  'rollback work to x',
  'rollback transaction to savepoint x',
  'rollback /* a */ -- b\n to /* c */ x',
  'lock table t',
  'notify x',
  'committed',
  'settle',
  'set_config',
  '"commit"',
  '(select 1)',
  '$1',
  'values (1)',
  'explain select 1',
];

const refusal = (keyword: string) =>
  expect.objectContaining({ code: 'TRANSACTION_CONTROL', details: { keyword } });
const firstWord = (text: string) => /^[A-Z]+/.exec(text)?.[0] ?? '';

describe('the guard of statements', () => {
  it.each([...REFUSED, ...OF_THE_SESSION])('refuses %s', (text) => {
    for (const written of [text, text.toLowerCase(), `${text};`])
      expect(() => guardStatement(written)).toThrow(refusal(firstWord(text)));
  });

  it.each(ALLOWED)('lets through: %s', (text) => {
    expect(() => guardStatement(text)).not.toThrow();
  });

  it.each([
    '; ; /* x /* y */ */ -- c\n commit',
    '\uFEFFcommit',
    '\t\n\r\f\v commit',
    '--x\rcommit',
    '--\ncommit',
    '/**/commit/**/',
    '/*/**/*/commit',
    '/* -- */commit',
    '-- /*\ncommit',
    ';;;;commit',
    "/* ' */commit",
    `${'/*'.repeat(2_000)}${'*/'.repeat(2_000)}commit`,
    `${' '.repeat(100_000)}commit`,
  ])('finds the keyword behind %j', (text) => {
    expect(() => guardStatement(text)).toThrow(refusal('COMMIT'));
  });

  it('takes a megabyte of comments in no time', () => {
    for (const text of ['-- x\n'.repeat(200_000), '/* x */ '.repeat(200_000), ';'.repeat(1_000_000)])
      expect(() => guardStatement(`${text}commit`)).toThrow(refusal('COMMIT'));
  });

  const comment: fc.Arbitrary<string> = fc.letrec<{ comment: string }>((tie) => ({
    comment: fc
      .array(fc.oneof({ maxDepth: 3 }, fc.stringMatching(/^[a-z ';"\n-]{0,5}$/), tie('comment')), {
        maxLength: 3,
      })
      .map((parts) => `/*${parts.join('')}*/`),
  })).comment;
  const line = fc.stringMatching(/^[a-z /*';"]{0,8}$/).map((text) => `--${text}\n`);
  const blank = fc
    .array(fc.oneof(fc.constantFrom(' ', '\n', '\t', ';', '\r\n'), line, comment), { maxLength: 8 })
    .map((parts) => parts.join(''));
  const cased = (word: string) =>
    fc
      .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
      .map((upper) =>
        [...word].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(''),
      );

  it('whatever blank is before and behind, a refused keyword is found (property)', () => {
    const keyword = fc.constantFrom(...REFUSED.map(firstWord)).chain(cased);
    fc.assert(
      fc.property(blank, keyword, blank, (before, word, behind) => {
        expect(() => guardStatement(`${before}${word}${behind}`)).toThrow(refusal(word.toUpperCase()));
      }),
    );
  });

  it('whatever blank is before and between, going back to a savepoint is let through (property)', () => {
    const words = fc.constantFrom(['rollback', 'to', 'x'], ['rollback', 'work', 'to', 'savepoint', 'x']);
    fc.assert(
      fc.property(blank, fc.array(blank, { minLength: 5, maxLength: 5 }), words, (before, between, parts) => {
        const text = parts.map((part, at) => `${part}${between[at]} `).join('');
        expect(() => guardStatement(before + text)).not.toThrow();
      }),
    );
  });
});

describe('what a statement may leave behind on its connection', () => {
  it.each([
    ["select set_config('timezone', 'UTC', false)", true],
    ['select pg_try_advisory_lock(7)', true],
    ['declare c cursor with hold for select 1', true],
    ["/* quick */ do $$ begin perform set_some('thing'); end $$", true],
    ['call tidy_up()', true],
    ['insert into t values (1) on conflict do nothing', false],
    ['insert into t values (1) on conflict (n) do update set n = 2', false],
    ['select * from on_hold_order where household = $1', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(leavesTraces(guardStatement(text), text)).toBe(expected);
  });
});

describe('a refused statement', () => {
  const isEnd = (text: string) => {
    try {
      guardStatement(text);
      return null;
    } catch (error) {
      return isEscape(error);
    }
  };

  it.each([
    'commit',
    'COMMIT; BEGIN',
    'commit and chain',
    'end',
    'abort',
    'rollback work',
    "prepare transaction 'x'",
    'prepare /* a */ -- b\n transaction $1',
    'set role postgres',
    'SET LOCAL ROLE x',
    'set session role x',
    'set/**/session/**/role x',
    'set "role" to x',
    "set Role = 'x'",
    'set u&"r\\006fle" to x',
    'set session authorization postgres',
    'set local session authorization default',
    'set session_authorization = x',
    'reset role',
    'reset session authorization',
    'reset session_authorization',
    ';;reset "role"',
  ])('ends the session: %s', (text) => {
    expect(isEnd(text)).toBe(true);
  });

  it.each([
    'begin',
    'start transaction',
    'prepare x as select 1',
    'set local search_path to role',
    "set application_name = 'role'",
    'set transaction read write',
    'set session characteristics as transaction read only',
    'reset all',
    'discard all',
    'listen role',
    'savepoint ns_savepoint_1',
    'set session local session role',
  ])('does not end it: %s', (text) => {
    expect(isEnd(text)).toBe(false);
  });
});

describe('who a session is, and what it holds, is looked at after', () => {
  it.each([
    ["select set_config('role', 'none', true)", true],
    ['do $$ begin set role none; end $$', true],
    ["select query_to_xml('select set_config(''role'', ''none'', true)', true, true, '')", true],
    ['select pg_advisory_xact_lock(1853120629, 1)', true],
    ["select set_config('my.tenant', '7', true)", false],
    ['select role from employee', false],
    ["insert into set_config_note values ('none')", false],
  ])('%s: %s', (text, expected) => {
    expect(wantsLook(text)).toBe(expected);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnyCodeunit, codeunit } from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { listLentRights } from './inherent-permissions.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const lends = (name: string, tables: Readonly<Record<string, string>>): AnyCodeunit =>
  codeunit({ name, inherentPermissions: { tables }, onRun: () => undefined }) as AnyCodeunit;

/** Runs an application once: declares what it lends. */
async function declared(codeunits: readonly AnyCodeunit[], work?: (kit: TestPlatform) => Promise<unknown>) {
  const kit = await startTestPlatform({ database, codeunits });
  try {
    await work?.(kit);
    return await listLentRights(kit.admin);
  } finally {
    await kit.stop();
  }
}

const audit = () =>
  database.query(
    `select object_name as codeunit, user_name as by, before, after, result from nightshift.audit_log
    where verb = 'codeunit.inherentPermissions' order by id`,
  );

describe('what the code of an application lends', () => {
  it('is in the database when it has started, and each change in the audit log', async () => {
    const first = await declared([lends('Post', { ledger: 'IR' }), lends('Number', { series: 'RM' })]);
    expect(first).toEqual([
      { codeunit: 'Number', application: 'test', tables: { series: 'RM' }, isObsolete: false },
      { codeunit: 'Post', application: 'test', tables: { ledger: 'RI' }, isObsolete: false },
    ]);
    await declared([lends('Post', { ledger: 'RI' }), lends('Number', { series: 'RM' })]);
    expect(await audit()).toHaveLength(2);
    const changed = await declared([lends('Number', { series: 'RM', gap: 'I' })]);
    expect(changed).toMatchObject([
      { codeunit: 'Number', tables: { series: 'RM', gap: 'I' }, isObsolete: false },
      { codeunit: 'Post', tables: { ledger: 'RI' }, isObsolete: true },
    ]);
    await declared([lends('Post', { ledger: 'R' }), lends('Number', { series: 'RM', gap: 'I' })]);
    const by = expect.stringContaining('test');
    expect(await audit()).toEqual([
      { codeunit: 'Post', by, before: null, after: { tables: { ledger: 'RI' } }, result: 'allowed' },
      { codeunit: 'Number', by, before: null, after: { tables: { series: 'RM' } }, result: 'allowed' },
      {
        codeunit: 'Number',
        by,
        before: { tables: { series: 'RM' } },
        after: { tables: { series: 'RM', gap: 'I' } },
        result: 'allowed',
      },
      {
        codeunit: 'Post',
        by,
        before: { tables: { ledger: 'RI' } },
        after: { isObsolete: true },
        result: 'allowed',
      },
      { codeunit: 'Post', by, before: null, after: { tables: { ledger: 'R' } }, result: 'allowed' },
    ]);
  });

  it('is refused when a codeunit of that name of another application lends something', async () => {
    await database.query(
      `insert into nightshift.inherent_permission (codeunit, application, tables) values ('Theirs', 'other', '{"a": "R"}')`,
    );
    await expect(declared([lends('Theirs', { a: 'R' })])).rejects.toMatchObject({
      code: 'APPLICATION_INVALID',
      message: expect.stringContaining('Theirs of test'),
    });
    await database.query(
      "update nightshift.inherent_permission set is_obsolete = true where codeunit = 'Theirs'",
    );
    expect(await declared([lends('Theirs', { a: 'R' })])).toContainEqual({
      codeunit: 'Theirs',
      application: 'test',
      tables: { a: 'R' },
      isObsolete: false,
    });
  });
});

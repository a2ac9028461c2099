import { expect, it, onTestFinished } from 'vitest';
import { codeunit, type UserInterface } from '../session/index.ts';
import { createOwnedDatabase } from '../testing/plain-login.ts';
import { startTestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';
import { recordRights } from './record-rights.ts';

let runs = 0;
const write = codeunit({
  name: 'Write',
  onRun: async (session) => {
    runs++;
    await session.db.query("insert into note values ('x') returning text");
    await session.db.query('select total from note_totals');
  },
});
const NOTE = {
  name: '0001_note',
  sql: 'create table note (text text); create view note_totals as select count(*) as total from note',
};
const nobody = {} as UserInterface;

async function start(rights: string, permissions: TestPlatformOptions['permissions']) {
  const owned = await createOwnedDatabase(rights);
  const options = { database: owned, codeunits: [write], migrations: [NOTE] };
  const kit = await startTestPlatform({ ...options, ...(permissions === undefined ? {} : { permissions }) });
  onTestFinished(() => kit.stop());
  return kit;
}

it.each(['database', 'codeunit'] as const)(
  'needs no superuser where the %s enforces: a login that may create roles is enough',
  async (enforcement) => {
    const kit = await start('createrole', { enforcement });
    const recorded = await recordRights(kit.admin, { codeunit: 'Write', userInterface: nobody });
    expect(recorded).toMatchObject({
      error: null,
      byStatements: { note: 'RI', note_totals: 'R' },
      insideFunctions: {},
      notLookedInto: [],
    });
  },
);

it('is refused before anything runs where roles cannot be made', async () => {
  const kit = await start('', { enforcement: 'codeunit' });
  const before = runs;
  await expect(
    recordRights(kit.admin, { codeunit: 'Write', keep: true, userInterface: nobody }),
  ).rejects.toMatchObject({ code: 'DATABASE_RIGHTS' });
  expect(runs).toBe(before);
});

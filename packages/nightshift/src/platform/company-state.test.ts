import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECOND_MS } from '../foundation/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const { main, codeunits, choose } = behaviours();
const clock = new FakeClock();
let kit: TestPlatform;
let mark: string;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock });
  const [row] = await kit.query<{ mark: string }>('select mark from nightshift.environment');
  mark = row?.mark ?? '';
  // So that there are slots, with a membership.
  await kit.waitFor('LC0043', task(await createTask(kit.admin, main, { record: choose(leaveEffect) })));
});
afterAll(() => kit.stop());

function task(wanted: string) {
  return ({ taskId }: Readonly<Record<string, unknown>>) => taskId === wanted;
}

/** Runs a task while the company cannot be opened, mends that, and sees it run again. */
async function failsAndHeals(why: RegExp, breaks: string, mends: string): Promise<void> {
  await kit.query(breaks);
  const id = await createTask(kit.admin, main, { record: choose(leaveEffect) });
  const { dimensions } = await kit.waitFor('LC0045', task(id)).finally(() => kit.query(mends));
  expect(dimensions).toMatchObject({ decision: 'retry', errorCode: 'COMPANY_CANNOT_OPEN' });
  expect(dimensions['reason']).toMatch(why);
  clock.at(new Date(clock.now().getTime() + 30 * SECOND_MS));
  kit.platform.instance.wake();
  await kit.waitFor('LC0043', task(id));
  expect(await kit.query('select note from co_1.effect where task = $1', [id])).toEqual([{ note: 'done' }]);
}

describe('a company that cannot be opened is retriable, and its task succeeds when it is mended:', () => {
  test('its schema is missing', () =>
    failsAndHeals(
      /there is no schema co_1/,
      'alter schema co_1 rename to co_gone',
      'alter schema co_gone rename to co_1',
    ));

  test('the user’s role has no right to the schema any more', () => {
    // That of the company, which gives its users the schema.
    const role = `ns_${mark}_c1`;
    return failsAndHeals(
      /may not use schema co_1/,
      `revoke usage on schema co_1 from ${role}`,
      `grant usage on schema co_1 to ${role}`,
    );
  });

  test('the role is missing', () => {
    const role = `ns_${mark}_u1_c1`;
    return failsAndHeals(
      /there is no role ns_/,
      `alter role ${role} rename to ${role}_gone`,
      `alter role ${role}_gone rename to ${role}`,
    );
  });

  test('the slots are no members of the role any more', () => {
    const forSlots = (command: string) => `do $$ declare r record; begin
      for r in select rolname from pg_roles where starts_with(rolname, 'ns_${mark}_s') and rolcanlogin
      loop execute format('${command}', r.rolname); end loop; end $$`;
    return failsAndHeals(
      /no member of role/,
      forSlots(`revoke ns_${mark}_u1_c1 from %I`),
      forSlots(`grant ns_${mark}_u1_c1 to %I with inherit false, set true`),
    );
  });

  test('a table that is missing in a company that is well is the code’s mistake', async () => {
    const record = choose((session) => session.db.query('select from no_such_table'));
    const id = await createTask(kit.admin, main, { record });
    expect((await kit.waitFor('LC0045', task(id))).dimensions).toMatchObject({
      decision: 'failed',
      errorCode: '42P01',
    });
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Caller, codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { explainRights } from './explain-rights.ts';

const orders = codeunit({
  name: 'Process Orders',
  id: 50_142,
  permissions: { tables: { sales_order: 'RI', 'odd "name"': 'R', nowhere: 'R' } },
  onRun: () => undefined,
});
const SALES = {
  name: '0001_sales',
  sql: 'create table sales_order (no integer); create table "odd ""name""" (no integer)',
};
/** Past all verbs, to the role of CLERK in CRONUS. */
const [GRANT, REVOKE] = ['grant delete on co_1.sales_order to', 'revoke delete on co_1.sales_order from'].map(
  (command) => `do $do$ begin
    execute format('${command} ns_%s_u%s_c1', (select mark from nightshift.environment),
      (select no from nightshift.app_user where name = 'CLERK'));
  end $do$`,
) as [string, string];
let kit: TestPlatform;
let clerk: Caller;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [orders], migrations: [SALES] });
  await addSets(kit, {
    'Order Entry': { codeunits: ['Process Orders'], tables: { sales_order: 'RI', 'odd "name"': 'R' } },
  });
  await addUsers(
    kit,
    { name: 'CLERK', sets: ['Order Entry'], company: 'CRONUS' },
    { name: 'OTHER', sets: ['Order Entry'] },
    { name: 'AUDITOR', sets: ['Auditor'], company: 'CRONUS' },
  );
  clerk = kit.platform.as({ user: 'CLERK', company: 'CRONUS' });
});
afterAll(() => kit.stop());

const ask = (user: string, codeunitName = 'Process Orders') => ({ user, codeunit: codeunitName });

it('explains by number as well, and names a table that is nowhere as a note', async () => {
  const explained = await explainRights(kit.admin, ask('CLERK', '50142'));
  expect(explained).toMatchObject({
    user: 'CLERK',
    company: 'CRONUS',
    codeunit: 'Process Orders',
    mayRun: false,
  });
  const texts = explained.steps.filter(({ about }) => about === 'table').map(({ text }) => text);
  expect(texts).toEqual([
    'Table sales_order: needs RI, CLERK has RI.',
    'Table odd "name": needs R, CLERK has R.',
    'Table nowhere: needs R, CLERK has none.',
    'There is no table nowhere in company CRONUS, nor one that all companies share.',
  ]);
});

it('asks PostgreSQL itself: what somebody granted past the permission sets is told', async () => {
  await kit.platform.open({ user: 'CLERK', company: 'CRONUS' }, (session) =>
    session.db.query('select 1 from sales_order'),
  );
  expect(await explainRights(kit.admin, ask('CLERK'))).toMatchObject({ hasDrift: false });
  await kit.query(GRANT);
  const drifted = await explainRights(kit.admin, ask('CLERK'));
  expect(drifted.hasDrift).toBe(true);
  expect(drifted.steps.find(({ text }) => text.startsWith('PostgreSQL'))?.text).toMatch(
    /^PostgreSQL gives the role of CLERK RID on co_1\.sales_order, .* ought to be RI:/,
  );
  await kit.query(REVOKE);
});

it('is for everybody about himself, and about others for who may know', async () => {
  expect((await explainRights(clerk, ask('CLERK'))).user).toBe('CLERK');
  await expect(explainRights(clerk, ask('OTHER'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  await expect(explainRights(clerk, ask('NOBODY'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  const auditor = kit.platform.as({ user: 'AUDITOR', company: 'CRONUS' });
  expect((await explainRights(auditor, ask('OTHER'))).user).toBe('OTHER');
});

it('refuses what is not there', async () => {
  await expect(explainRights(kit.admin, ask('NOBODY'))).rejects.toMatchObject({ code: 'USER_UNKNOWN' });
  await expect(explainRights(kit.admin, ask('CLERK', 'Nothing'))).rejects.toMatchObject({
    code: 'CODEUNIT_UNKNOWN',
  });
  await expect(explainRights(kit.admin, { ...ask('CLERK'), company: 'NOWHERE' })).rejects.toMatchObject({
    code: 'COMPANY_UNKNOWN',
  });
});

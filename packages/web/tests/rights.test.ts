// What people see is what they may: the screens say it, and the server holds to it when somebody goes past them.
import { jobQueue, permissionSets } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addUsers } from '../../nightshift/src/testing/test-rights.ts';
import { seriousFaults } from './accessibility.ts';
import { setAdministration } from './administration-stage.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({ codeunits: STAGE_CODEUNITS, taskScheduler: { enableTaskScheduler: false } });
  await setStage(web.kit);
  await setAdministration(web.kit);
  await addUsers(
    web.kit,
    { name: 'RUNNER', sets: ['Job Queue Run'], company: 'CRONUS' },
    { name: 'SECURITY', sets: ['Security Admin'] },
    { name: 'AUDITOR', sets: ['Auditor'] },
  );
});
afterAll(() => web?.stop());

/** What somebody would do, and what the server answers. */
const DEEDS = {
  seeEntries: ['GET', '/jobQueueEntries?limit=1', undefined],
  // It runs as ADMIN: nobody's own here.
  hold: ['POST', '/jobQueueEntries/$entry/actions/setOnHold', {}],
  category: ['POST', '/categories', { code: 'BY-$user' }],
  user: ['POST', '/users', { name: 'MADE-BY-$user' }],
  assign: ['POST', '/assignments', { user: 'ANNA', permissionSet: 'SUPER', everywhere: true }],
  audit: ['GET', '/auditLog?limit=1', undefined],
  bulk: [
    'POST',
    '/bulkOperations/actions/preview',
    { target: 'jobQueueEntries', action: 'delete', selection: { filter: {} } },
  ],
} as const;

type Deed = keyof typeof DEEDS;

const ALLOWED: Readonly<Record<string, readonly Deed[]>> = {
  READER: ['seeEntries'],
  RUNNER: ['seeEntries', 'bulk'],
  CLARA: ['seeEntries', 'hold', 'category', 'bulk'],
  SECURITY: ['user', 'audit'],
  AUDITOR: ['seeEntries', 'audit'],
};

/** Asks the server directly, as a script on the page would. */
async function asked(page: Page, deed: Deed, words: Readonly<Record<string, string>>): Promise<number> {
  const [method, path, body] = DEEDS[deed];
  const filled = (text: string) => text.replaceAll(/\$(\w+)/g, (_, name: string) => words[name] ?? '');
  return page.evaluate(
    async ([how, where, what]) => {
      const answer = await fetch(where ?? '', {
        method: how ?? '',
        headers: { 'content-type': 'application/json' },
        ...(what === undefined ? {} : { body: what }),
      });
      return answer.status;
    },
    [
      method,
      filled(`/api/v1/companies/CRONUS${path}`),
      body === undefined ? undefined : filled(JSON.stringify(body)),
    ] as const,
  );
}

test.each(Object.keys(ALLOWED))(
  '%s sees and does what the matrix says, also past the screens',
  async (user) => {
    const may = new Set(ALLOWED[user]);
    const [{ id: entry } = { id: '' }] = await web.kit.query<{ id: string }>(
      'select id from nightshift.job_queue_entry where entry_no = 1',
    );
    const page = await web.open('/job-queue-entries?company=CRONUS', { user });
    const first = page.getByRole('row').filter({ hasText: 'Shop: import orders' });
    if (may.has('seeEntries')) {
      await first.getByRole('button', { name: 'Actions for entry 1' }).click();
      const item = page.getByRole('menuitem', { name: 'Set on hold' });
      await item.waitFor();
      expect(await item.getAttribute('aria-disabled')).toBe(may.has('hold') ? null : 'true');
      await page.keyboard.press('Escape');
    } else {
      await page.getByRole('alert').getByText('You may not do that').waitFor();
    }
    await page.goto(`${web.url}/audit-log?company=CRONUS`);
    if (may.has('audit'))
      await page.getByRole('row').filter({ hasText: 'create API keys' }).first().waitFor();
    else await page.getByRole('alert').getByText('You may not do that').waitFor();
    const answers = Object.fromEntries(
      await Promise.all(
        Object.keys(DEEDS).map(async (deed) => [
          deed,
          (await asked(page, deed as Deed, { entry, user })) < 300,
        ]),
      ),
    );
    expect(answers).toEqual(
      Object.fromEntries(Object.keys(DEEDS).map((deed) => [deed, may.has(deed as Deed)])),
    );
    await page.context().close();
  },
);

test('a permission set is given and taken on the card of a user, and says in words what it gives', async () => {
  const page = await web.open('/users/READER?company=CRONUS&tab=sets', { user: 'TOM' });
  await page.getByRole('button', { name: 'Assign' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Permission set').selectOption('Session Admin');
  await dialog.getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('link', { name: 'Session Admin' }).click();
  await page.getByRole('listitem').filter({ hasText: 'stop sessions' }).waitFor();
  await page.getByRole('tab', { name: /Who has it/ }).click();
  await page.getByRole('link', { name: 'READER' }).click();
  await page.getByRole('tab', { name: 'Permission sets' }).click();
  await page.getByRole('button', { name: 'Take away Session Admin, CRONUS' }).click();
  await page.getByRole('link', { name: 'Session Admin' }).waitFor({ state: 'detached' });
  await page.context().close();
});

test('why somebody may not run a codeunit, which set would change that, and that it does', async () => {
  const page = await web.open('/rights?company=CRONUS', { user: 'TOM' });
  await page.getByText('Name a user and a codeunit').waitFor();
  await page.getByLabel('User ID').fill('ANNA');
  await page.getByLabel('Codeunit').selectOption('Count Stock');
  await page.waitForURL(/user=ANNA/);
  const verdict = page.getByRole('region', { name: 'Explain rights' });
  await verdict.getByText('User ANNA may not run codeunit Count Stock').waitFor();
  const part = (title: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name: title }) });
  await part('The codeunit or report').getByText('ANNA may not run codeunit Count Stock.').waitFor();
  const table = part('The tables that it declares')
    .getByRole('listitem')
    .filter({ hasText: 'Table stock_count: needs RIM' });
  await table.getByText('Would be given by').waitFor();
  await table.getByRole('link', { name: 'Stock Keeper' }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  // What somebody has stands with the set that he has it from.
  await page.getByLabel('Codeunit').selectOption('Import Orders');
  await verdict.getByText('User ANNA may run and schedule codeunit Import Orders').waitFor();
  await part('The codeunit or report')
    .getByText(/Order Clerk/)
    .waitFor();
  await page.getByLabel('Codeunit').selectOption('Count Stock');
  await page.getByRole('link', { name: 'Permission sets of ANNA' }).click();
  await page.getByRole('button', { name: 'Assign' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Permission set').selectOption('Stock Keeper');
  await dialog.getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('link', { name: 'Stock Keeper' }).waitFor();
  // The same on the card.
  await page.getByRole('tab', { name: 'What he may run' }).click();
  await page.getByLabel('Codeunit').selectOption('Count Stock');
  await page.getByText('User ANNA may run and schedule codeunit Count Stock').waitFor();
  await page.context().close();
});

test('the card of an entry leads to the rights of whoever it runs as', async () => {
  const runner = web.kit.platform.as({ user: 'RUNNER', company: 'CRONUS' });
  const keeper = { user: 'RUNNER', permissionSet: 'Stock Keeper', company: 'CRONUS' };
  await permissionSets.assign(web.kit.admin, keeper);
  const entry = await jobQueue.create(runner, {
    object: 'Count Stock',
    earliestStart: new Date('2099-01-01'),
  });
  await jobQueue.setStatusToReady(runner, entry.id);
  await permissionSets.unassign(web.kit.admin, keeper);
  const page = await web.open(`/job-queue-entries/${entry.id}?company=CRONUS`);
  await page.locator('header').getByRole('link', { name: 'Explain these rights' }).click();
  await page.waitForURL(/\/rights\?.*user=RUNNER.*codeunit=Count/);
  await page.getByText('User RUNNER may not run codeunit Count Stock').waitFor();
  await page.goBack();
  await page.getByRole('tabpanel').getByRole('link', { name: 'Explain these rights' }).click();
  await page.getByText('User RUNNER may not run codeunit Count Stock').waitFor();
  await page.context().close();
  // Everybody may ask about himself; of others only who administers rights.
  const own = await web.open('/rights?company=CRONUS&user=READER&codeunit=Count%20Stock', { user: 'READER' });
  await own.getByText('User READER may not run codeunit Count Stock').waitFor();
  await own.getByLabel('User ID').fill('ANNA');
  await own.keyboard.press('Enter');
  await own.getByRole('alert').waitFor();
  await own.context().close();
});

test('a key is shown once; a request is refused with a reason', async () => {
  const page = await web.open('/api-keys?company=CRONUS', { user: 'TOM' });
  await page.getByRole('button', { name: 'New API key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Reporting');
  await dialog.getByLabel('Find a verb').fill('entry.read');
  await dialog.getByRole('checkbox', { name: /see job queue entries/ }).check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  expect(await dialog.getByLabel('API key').textContent()).toMatch(/^ns_/);
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('row').filter({ hasText: 'Reporting' }).waitFor();
  await page.goto(`${web.url}/approvals?company=CRONUS`);
  await page.getByRole('button', { name: /^Actions for the request/ }).click();
  await page.getByRole('menuitem', { name: 'Reject' }).click();
  await dialog.getByLabel('Why').fill('The month is not over');
  await dialog.getByRole('button', { name: 'Reject' }).click();
  await page.getByRole('row').filter({ hasText: 'The month is not over' }).getByText('Rejected').waitFor();
  await page.context().close();
});

test('a form marks the field that names nobody, and tells above what none of its fields shows', async () => {
  const page = await web.open('/api-keys?company=CRONUS');
  await page.getByRole('button', { name: 'New API key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Reporting');
  await dialog.getByRole('textbox', { name: 'Acts as' }).fill('NOBODY');
  await dialog.getByLabel('Find a verb').fill('entry.read');
  await dialog.getByRole('checkbox', { name: /see job queue entries/ }).check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.locator('input[aria-invalid=true]').waitFor();
  expect(await dialog.locator('input[aria-invalid=true]').inputValue()).toBe('NOBODY');
  expect(await dialog.getByRole('alert').count()).toBe(0);
  const problem = {
    ...{ type: '/api/docs/problems#VALIDATION', title: 'Validation', status: 400, code: 'VALIDATION' },
    ...{ detail: 'No such scope.', correlationId: '', errors: [{ pointer: '/scopes/0', message: 'x' }] },
  };
  await page.route('**/apiKeys', (route) =>
    route.fulfill({ status: 400, contentType: 'application/problem+json', json: problem }),
  );
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByRole('alert').getByText('No such scope.').waitFor();
  await page.context().close();
});

test('entries of somebody who has left are given to somebody else, who agrees; then they run as him', async () => {
  const page = await web.open('/users/OLIVIA?company=CRONUS&tab=entries');
  await page.getByRole('row').filter({ hasText: 'Post what Olivia left' }).getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Run as somebody else' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('User ID').fill('TOM');
  await dialog.getByRole('button', { name: 'Look what would come of it' }).click();
  await dialog.getByRole('button', { name: 'Run as somebody else (1)' }).click();
  await page.waitForURL(/\/bulk-operations\//);
  await page.getByText('1 done').waitFor();
  await page.context().close();
  const tom = await web.open('/approvals?company=CRONUS&status=Open', { user: 'TOM' });
  const request = tom.getByRole('row').filter({ hasText: 'Post what Olivia left' });
  await request.getByRole('button', { name: /^Actions/ }).click();
  await tom.getByRole('menuitem', { name: 'Approve' }).click();
  await tom.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await request.waitFor({ state: 'detached' });
  const [row] = await web.kit.query(
    `select u.name, e.status from nightshift.job_queue_entry e join nightshift.app_user u on u.no = e.run_as
     where e.description = 'Post what Olivia left'`,
  );
  expect(row).toEqual({ name: 'TOM', status: 'Ready' });
  await tom.context().close();
});

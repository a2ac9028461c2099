import { jobQueue } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../nightshift/src/testing/condition.ts';
import { REPAIR_CODEUNITS, STAGED_ORDERS, setRepairs, world } from './repair-stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

let web: WebKit;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  world.customerHasTerms = false;
  web = await startWebKit({ codeunits: REPAIR_CODEUNITS, workItems: [STAGED_ORDERS] });
  ids = await setRepairs(web.kit);
});
afterAll(() => {
  // Other files share the worker, and what it has loaded.
  world.customerHasTerms = false;
  return web?.stop();
});

/** Has an entry run in the background, until it is in a state. */
async function runUntil(object: string, status: string): Promise<void> {
  const id = ids[object] ?? '';
  await jobQueue.setStatusToReady(web.kit.admin, id);
  await until(
    `${object} is ${status}`,
    async () => (await jobQueue.get(web.kit.admin, id)).status === status,
  );
}

function row(page: Page, text: string) {
  return page.getByRole('row').filter({ hasText: text });
}

test('the bell tells of a run that failed while somebody does something else, and leads to it', async () => {
  const page = await web.open('/help?company=CRONUS');
  await page.getByRole('link', { name: 'Alerts: nothing new' }).waitFor();
  await runUntil('Sync Customers', 'Error');
  await page.getByRole('link', { name: 'Alerts: 1 new' }).click();
  const alert = row(page, 'failed for good: Customer 10000 has no payment terms.');
  await alert.getByRole('link').first().click();
  await page.getByText('This run did not go well').waitFor();
  // Whoever has followed it has seen it, also in another browser.
  await page.getByRole('link', { name: 'Alerts: nothing new' }).waitFor();
  const other = await web.open('/alerts?company=CRONUS');
  await row(other, 'failed for good: Customer 10000 has no payment terms.').waitFor();
  await other.getByRole('link', { name: 'Alerts: nothing new' }).waitFor();
  // It was set Ready, and fails as before: that is told again.
  await runUntil('Sync Customers', 'Error');
  await page.getByRole('link', { name: 'Alerts: 1 new' }).click();
  await page.getByRole('button', { name: 'Mark all as seen' }).click();
  await page.getByRole('link', { name: 'Alerts: nothing new' }).waitFor();
  await page.context().close();
  await other.context().close();
});

test('Monday morning: a failed run is found, understood, retried, and seen to succeed without a reload', async () => {
  await runUntil('Sync Customers', 'Error');
  const page = await web.open('/failed-work?company=CRONUS');
  const group = page.getByRole('listitem').filter({ hasText: 'Customer 10000 has no payment terms.' });
  // All of a kind could be retried together, after a look at which.
  await group.getByRole('button', { name: 'Retry' }).click();
  const asked = page.getByRole('dialog', { name: 'Retry 1 entry?' });
  await asked.getByText('Shop: customers, at night').waitFor();
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await group.getByRole('link', { name: 'Latest run' }).click();
  // What it means for the business, what caused it, and what to do.
  await page.getByText('This run did not go well').waitFor();
  await page.getByText('No row in payment_terms with code "14 DAYS".').first().waitFor();
  await page.getByText('Correct what the message names, then retry the run.').waitFor();
  // The seven steps, in their order.
  const steps = page.getByRole('main').locator('ol > li h3');
  expect(await steps.allTextContents()).toEqual([
    'The job queue entry',
    'The log entry',
    'Permissions',
    'Questions to a person',
    'Telemetry',
    'Session events',
    'Run it once in the foreground',
  ]);
  await page.getByText('Its code had begun, and failed while it ran.').waitFor();
  const rights = page.getByRole('link', { name: 'Explain these rights' });
  expect(await rights.getAttribute('href')).toMatch(/^\/rights\?.*user=ADMIN.*codeunit=Sync/);
  await page.getByRole('tab', { name: /^Log/ }).click();
  await page.getByLabel('Search the log').fill('shop');
  await page.getByText('1 of 2 lines').waitFor();
  await page.getByRole('tab', { name: 'Error', exact: true }).click();
  await page
    .getByText(/repair-stage\.ts/)
    .first()
    .waitFor();
  world.customerHasTerms = true;
  await page.getByRole('button', { name: 'Retry run' }).click();
  const since = page.getByRole('status').filter({ hasText: 'Since then' });
  await since.getByText('Success').waitFor();
  await since.getByRole('link').click();
  await page.getByText('This run went well.').waitFor();
  await page.context().close();
});

test('which item failed: it is corrected, and only the failed ones are tried again', async () => {
  await runUntil('Process Orders', 'Error');
  const page = await web.open('/job-queue-log-entries?company=CRONUS&status=Error');
  await row(page, 'Shop: take over orders').getByRole('link').click();
  await page.getByText('Correct the 4 items that failed').waitFor();
  const runNo = new URL(page.url()).pathname.split('/').at(-1);
  await page.getByRole('tab', { name: 'Items' }).click();
  await page.getByRole('button', { name: 'Retry failed items (4)' }).first().waitFor();
  await page.getByRole('link', { name: 'Show the failed ones' }).click();
  await page.waitForURL(/\/work-items\/staged_order\?.*sessionUniqueId=/);
  await row(page, 'SO-1002').getByText('The order names no customer.').waitFor();
  expect(await row(page, 'SO-').count()).toBe(4);
  // The form asks for what the table takes, also where the order does not have it.
  await page.getByRole('link', { name: 'SO-1002' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  expect(await page.getByLabel('Customer').inputValue()).toBe('');
  expect(await page.getByLabel('Total *').getAttribute('min')).toBe('0');
  await page.getByLabel('No *').fill('SO-9');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('The external id of an item stays: SO-1002.').waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'SO-1006' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('total').fill('-1');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/Too small/).waitFor();
  await page.getByLabel('total').fill('90');
  await page.getByLabel('customer').fill('10000');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Edit' }).waitFor();
  // The other ones of a kind are nobody's mistake: they are left out with a note.
  await page.goto(`${web.url}/failed-work?company=CRONUS&of=items`);
  const group = page.getByRole('listitem').filter({ hasText: 'The order names no customer.' });
  await group.getByRole('button', { name: 'Skip' }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('Cancelled by the shop');
  await page.getByRole('dialog').getByRole('button', { name: 'Skip' }).click();
  await group.waitFor({ state: 'detached' });
  // Only what is still Failed is tried again.
  await page.goto(`${web.url}/work-items/staged_order?company=CRONUS&status=Failed`);
  await page.getByRole('checkbox', { name: 'Select item SO-1006' }).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Retry' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Retry \(1\)/ })
    .click();
  await page.getByText('1 done').waitFor();
  await page.goto(`${web.url}/job-queue-log-entries/${runNo}?company=CRONUS`);
  await page.getByRole('button', { name: 'Retry run' }).click();
  const counts = async () =>
    (
      await web.kit.query<{ status: string; items: number }>(
        `select status, count(*)::int as items from (
        select status from co_1.staged_order union all select status from co_1.staged_order_done
      ) every group by status order by status`,
      )
    ).map(({ status, items }) => `${items} ${status}`);
  await until('the corrected one is processed', async () => (await counts()).includes('3 Processed'));
  await page.goto(`${web.url}/work-items/staged_order?company=CRONUS&status=Processed`);
  await row(page, 'SO-1006').waitFor();
  await page.context().close();
});

test('a run in the foreground asks whoever started it, and goes on by his answer', async () => {
  await runUntil('Clear Archive', 'Error');
  const page = await web.open('/job-queue-log-entries?company=CRONUS&object=Clear Archive');
  await row(page, 'Clear the archive').getByRole('link').click();
  await page.getByText('It asked a person something').waitFor();
  await page.getByRole('button', { name: 'Run once in the foreground' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('12 documents are older than ten years.').waitFor();
  const question = page.getByRole('alertdialog');
  await question.getByText('Delete 12 archived documents?').waitFor();
  await question.getByRole('button', { name: 'Yes' }).click();
  await dialog.getByText('12 documents are deleted.').waitFor();
  await dialog.getByText('The archive is clear.').waitFor();
  await dialog.getByText('It went well.').waitFor();
  await dialog.getByText('How this run differed from the background').click();
  await dialog.getByRole('link', { name: /Open log entry/ }).click();
  await page.getByText('This run went well.').waitFor();
  await page.context().close();
});

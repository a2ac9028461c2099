import { jobQueue } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../nightshift/src/testing/condition.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({ codeunits: STAGE_CODEUNITS, taskScheduler: { enableTaskScheduler: false } });
  await setStage(web.kit);
});
afterAll(() => web?.stop());

const LIST = '/job-queue-entries?company=CRONUS';

function row(page: Page, text: string) {
  return page.getByRole('row').filter({ hasText: text });
}

async function statusOf(entryNo: number): Promise<string> {
  const [found] = await web.kit.query<{ status: string }>(
    'select status from nightshift.job_queue_entry where entry_no = $1',
    [entryNo],
  );
  return found?.status ?? '';
}

test('a list is searched, filtered and put in order, and the address says it all', async () => {
  const page = await web.open(LIST);
  await row(page, 'Shop: import orders').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('invoices');
  await page.waitForURL(/q=invoices/);
  await row(page, 'Shop: import orders').waitFor({ state: 'detached' });
  expect(await page.getByRole('row').count()).toBe(3);
  await page.getByRole('button', { name: 'Needs attention' }).click();
  await page.waitForURL(/status=Error/);
  await row(page, 'Post invoices of the day').waitFor();
  await page.reload();
  await row(page, 'Post invoices of the day').waitFor();
  await page.getByRole('button', { name: 'Remove the filter Status' }).click();
  await row(page, 'Shop: import orders').waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Created by' }).click();
  await page.getByRole('columnheader', { name: 'Created by' }).waitFor();
  expect(page.url()).toContain('createdBy');
  await page.context().close();
});

test('rows are reached, chosen and opened with the keyboard', async () => {
  const page = await web.open(LIST);
  await row(page, 'Shop: import orders').waitFor();
  for (const key of ['j', 'j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await page.getByText('2 entries selected').waitFor();
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Shop: import customers/ }).waitFor();
  await page.context().close();
});

test('many are set On Hold at once, after a look at which of them can be', async () => {
  const page = await web.open(LIST);
  await row(page, 'Shop: import customers').getByRole('checkbox').click();
  await row(page, 'Shop: import items').getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Set on hold' }).click();
  await page.getByText('Set on hold: 2 rows can be done').waitFor();
  await page.getByRole('button', { name: 'Set on hold (2)' }).click();
  await page.getByText('2 done').waitFor();
  expect(await statusOf(2)).toBe('On Hold');
  await page.goto(web.url + LIST);
  await row(page, 'Shop: import customers').getByText('On Hold').waitFor();
  await page.context().close();
});

test('what somebody may not do is there, closed, and says why', async () => {
  const page = await web.open(LIST, { user: 'READER' });
  await row(page, 'Shop: import orders').getByRole('button', { name: 'Actions for entry 1' }).click();
  const item = page.getByRole('menuitem', { name: 'Set on hold' });
  await item.hover();
  await page
    .getByRole('tooltip')
    .getByText(/READER/)
    .waitFor();
  expect(await item.getAttribute('aria-disabled')).toBe('true');
  await page.context().close();
});

test('a row that somebody else changes follows without a reload; what was chosen stays chosen', async () => {
  const page = await web.open(LIST);
  const first = row(page, 'Shop: import orders');
  await first.getByRole('checkbox').click();
  const { id } = (await jobQueue.list(web.kit.admin, {})).find(({ entryNo }) => entryNo === 1) ?? { id: '' };
  await jobQueue.setOnHold(web.kit.admin, id);
  await first.getByText('On Hold').waitFor();
  expect(await first.getByRole('checkbox').isChecked()).toBe(true);
  await jobQueue.setStatusToReady(web.kit.admin, id);
  await page.context().close();
});

test('an entry is held, changed and set Ready again from its card', async () => {
  const page = await web.open(LIST);
  await page.getByRole('link', { name: 'Shop: import orders' }).click();
  await page.getByText('Fields are locked').waitFor();
  await page.getByRole('button', { name: 'Put on hold and edit' }).click();
  await page.getByLabel('Description', { exact: true }).fill('Shop: orders');
  await page.getByLabel('Maximum no. of attempts', { exact: true }).fill('99');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page
    .getByText(/Too big|<=10|at most|is not valid/i)
    .first()
    .waitFor();
  await page.getByLabel('Maximum no. of attempts', { exact: true }).fill('5');
  await page.getByRole('button', { name: 'Save and set ready' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('you, ADMIN').waitFor();
  await dialog.getByText('Eligible from').waitFor();
  await dialog.getByRole('button', { name: 'Set ready' }).click();
  await page.getByText(/Eligible from .*, \d+ ahead, /).waitFor();
  await page.getByRole('heading', { name: /Shop: orders/ }).waitFor();
  await until('the entry is Ready', async () => (await statusOf(1)) === 'Ready');
  await page.context().close();
});

test('two people edit one entry: the second sees who and what, and puts his on top', async () => {
  const [{ id } = { id: '' }] = await web.kit.query<{ id: string }>(
    'select id from nightshift.job_queue_entry where entry_no = 5',
  );
  const page = await web.open(`/job-queue-entries/${id}?company=CRONUS`, { user: 'TOM' });
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Description', { exact: true }).fill('Reminders, by Tom');
  await jobQueue.modify(web.kit.platform.as({ user: 'CLARA', company: 'CRONUS' }), id, {
    description: 'Reminders, by Clara',
  });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/Changed by CLARA/).waitFor();
  await dialog.getByText('Reminders, by Clara').waitFor();
  await dialog.getByRole('button', { name: 'Apply mine on top' }).click();
  await page.getByRole('heading', { name: /Reminders, by Tom/ }).waitFor();
  await page.context().close();
});

import { readFileSync } from 'node:fs';
import { jobQueue, reportInbox } from 'nightshift';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../nightshift/src/testing/condition.ts';
import { seriousFaults } from './accessibility.ts';
import { leaveDocument, STAGE_REPORTS } from './report-stage.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { NARROW, startWebKit, type WebKit } from './web-kit.ts';

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({ codeunits: STAGE_CODEUNITS, reports: STAGE_REPORTS });
  await setStage(web.kit);
});
afterAll(() => web?.stop());

/** Takes all documents out of the inbox. */
async function emptyInbox(): Promise<void> {
  const { documents } = await reportInbox.list(web.kit.admin);
  const numbers = documents.map(({ no }) => no);
  if (numbers.length > 0) await reportInbox.delete(web.kit.admin, { numbers });
}

function row(page: Page, text: string): Locator {
  return page.getByRole('row').filter({ hasText: text });
}

function inboxLink(page: Page, unread: string): Locator {
  return page
    .getByRole('navigation', { name: 'Main navigation' })
    .getByRole('link', { name: `Report inbox${unread === '' ? '' : ` ${unread}`}`, exact: true });
}

/** Chooses something in the menu of a row. */
async function choose(page: Page, of: Locator, action: string): Promise<void> {
  await of.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

test('a report is run now: what does not fit stands at its field, and its document comes into the inbox', async () => {
  await emptyInbox();
  const inbox = await web.open('/report-inbox?company=CRONUS');
  await inbox.getByText('A report that runs as you leaves its document here').waitFor();
  const page = await web.open('/reports?company=CRONUS');
  await page.getByRole('button', { name: 'Run now: Stock List' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run Stock List' });
  await dialog.getByLabel('Heading', { exact: true }).fill('Far more than fits in a heading');
  await dialog.getByLabel('Place', { exact: true }).selectOption('West');
  await dialog.getByLabel('Report output type', { exact: true }).selectOption('CSV');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  const heading = dialog.getByLabel('Heading', { exact: true });
  await expect.poll(() => heading.getAttribute('aria-invalid')).toBe('true');
  expect(await dialog.getByText(/20 characters|<=20/).count()).toBe(1);
  expect(await seriousFaults(page)).toEqual([]);
  await heading.fill('Stock');
  // What concerns the whole is said above its fields.
  await dialog.getByLabel('From', { exact: true }).fill('2026-11-02');
  await dialog.getByLabel('Until', { exact: true }).fill('2026-11-01');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await dialog.getByText('from lies behind until').waitFor();
  await dialog.getByLabel('Until', { exact: true }).fill('2026-11-30');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Stock List is running').waitFor();
  // Somebody who looks at the inbox sees it come.
  await row(inbox, 'Stock List').getByText('Unread').waitFor();
  await inboxLink(inbox, '1 unread').waitFor();
  await page.getByRole('link', { name: 'Open the report inbox' }).click();
  await row(page, '.csv').waitFor();
  expect((await reportInbox.list(web.kit.admin)).total.value).toBe(1);
  await page.context().close();
  await inbox.context().close();
});

test('a document that is downloaded counts as read; it can be unread again', async () => {
  await emptyInbox();
  await leaveDocument(web.kit, 'CSV');
  await leaveDocument(web.kit, 'PDF');
  const page = await web.open('/report-inbox?company=CRONUS');
  await inboxLink(page, '2 unread').waitFor();
  const document = row(page, '.csv');
  const name = document.getByText(/^Stock List .*\.csv$/);
  const weight = () => name.evaluate((element) => getComputedStyle(element).fontWeight);
  expect(await weight()).toBe('700');
  const saved = page.waitForEvent('download');
  await document.getByRole('button', { name: /^Stock List .*\.csv$/ }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toMatch(/^Stock List .*\.csv$/);
  expect(readFileSync((await file.path()) ?? '', 'utf8')).toContain('Bicycle');
  await document.getByText('Read', { exact: true }).waitFor();
  await inboxLink(page, '1 unread').waitFor();
  expect(await weight()).toBe('400');
  await choose(page, document, 'Mark as unread');
  await inboxLink(page, '2 unread').waitFor();
  await page.getByRole('button', { name: 'Unread', exact: true }).click();
  await expect.poll(() => page.getByRole('row').count()).toBe(3);
  await choose(page, document, 'Mark as read');
  await document.waitFor({ state: 'detached' });
  await page.context().close();
});

test('deleting asks, for one and for many', async () => {
  await emptyInbox();
  for (const type of ['CSV', 'PDF', 'HTML'] as const) await leaveDocument(web.kit, type);
  const page = await web.open('/report-inbox?company=CRONUS');
  await choose(page, row(page, '.html'), 'Delete');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^Delete document Stock List .*\.html\?$/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).last().click();
  expect((await reportInbox.list(web.kit.admin)).total.value).toBe(3);
  await choose(page, row(page, '.html'), 'Delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await row(page, '.html').waitFor({ state: 'detached' });
  await page.getByRole('checkbox', { name: 'Select all rows on this page' }).click();
  const toolbar = page.getByRole('toolbar');
  await toolbar.getByRole('button', { name: 'Mark as read' }).click();
  await dialog.getByRole('button', { name: 'Mark as read (2)' }).click();
  await dialog.getByText('2 done').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await inboxLink(page, '').waitFor();
  await page.getByRole('checkbox', { name: 'Select all rows on this page' }).click();
  await toolbar.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByText('is gone for good').waitFor();
  await dialog.getByRole('button', { name: 'Delete (2)' }).click();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('No document yet').waitFor();
  expect((await reportInbox.list(web.kit.admin)).total.value).toBe(0);
  await page.context().close();
});

test('a document that somebody has deleted meanwhile is not saved; the server says why', async () => {
  await emptyInbox();
  await leaveDocument(web.kit);
  const page = await web.open('/report-inbox?company=CRONUS');
  await row(page, '.csv').waitFor();
  await page.getByRole('button', { name: /^Live/ }).click();
  await emptyInbox();
  await page.getByRole('button', { name: /^Stock List .*\.csv$/ }).click();
  await page
    .getByRole('alert')
    .getByText(/There is no document \d+ in your report inbox/)
    .waitFor();
  await page.context().close();
});

test('a report is scheduled: its options, what it is to yield, and its document on the card of its run', async () => {
  await emptyInbox();
  const page = await web.open('/reports?company=CRONUS');
  await page.getByRole('button', { name: 'Schedule: Stock List' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('radio', { name: /Stock List/ }).isChecked()).toBe(true);
  await dialog.getByLabel('Description', { exact: true }).fill('Stock for the auditors');
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByLabel('Heading', { exact: true }).fill('Far more than fits in a heading');
  const yields = dialog.getByLabel('Report output type', { exact: true });
  expect(await yields.inputValue()).toBe('PDF');
  expect(await yields.locator('option').allTextContents()).toContain('None (only runs)');
  await yields.selectOption('XLSX');
  expect(await dialog.getByLabel('Parameter string', { exact: true }).count()).toBe(0);
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('button', { name: 'Create on hold' }).click();
  // It leads back to where it is put right.
  const heading = dialog.getByLabel('Heading', { exact: true });
  await expect.poll(() => heading.getAttribute('aria-invalid')).toBe('true');
  await heading.fill('Stock');
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('button', { name: 'Create on hold' }).click();
  await dialog.getByText('you, ADMIN').waitFor();
  await dialog.getByRole('button', { name: 'Set ready' }).click();
  await page.getByRole('heading', { name: /Stock for the auditors/ }).waitFor();
  await page.getByText('Report', { exact: true }).waitFor();
  await page.getByRole('link', { name: /^Log entry \d+$/ }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download Stock List .*\.xlsx/ }).click();
  expect((await saved).suggestedFilename()).toMatch(/\.xlsx$/);
  await page.goto(`${web.url}/job-queue-entries?company=CRONUS`);
  await row(page, 'Stock for the auditors').getByRole('cell', { name: 'Stock List Report' }).waitFor();
  await page.goto(`${web.url}/report-inbox?company=CRONUS`);
  await row(page, 'Stock for the auditors')
    .getByRole('link', { name: /^Entry \d+$/ })
    .click();
  await page.getByRole('tab', { name: 'Report options' }).waitFor();
  await page.context().close();
});

test('the card of an entry changes what its report yields, and begins anew with another object', async () => {
  const { id } = await jobQueue.create(web.kit.admin, {
    object: 'Stock List',
    description: 'Stock, by hand',
    reportOutputType: 'HTML',
    parameters: { place: 'East' },
  });
  const page = await web.open(`/job-queue-entries/${id}?company=CRONUS&tab=parameters`);
  await page.getByRole('heading', { name: 'Report options' }).waitFor();
  await page.getByText('HTML', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Report output type', { exact: true }).selectOption('None');
  await page.getByLabel('Place', { exact: true }).selectOption('West');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('None (only runs)').waitFor();
  expect(await jobQueue.get(web.kit.admin, id)).toMatchObject({
    reportOutputType: 'None',
    parameters: { place: 'West' },
  });
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Report output type', { exact: true }).selectOption('CSV');
  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByRole('button', { name: 'Choose …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('searchbox').fill('not shipped');
  await dialog.getByRole('radio', { name: /Open Orders/ }).click();
  await page.getByRole('tab', { name: 'Report options' }).click();
  expect(await page.getByLabel('Report output type', { exact: true }).inputValue()).toBe('CSV');
  // What the report before was given does not fit: that is said where it is put right.
  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/do not fit report "Open Orders".*takes none/).waitFor();
  expect(await page.getByRole('tab', { name: 'Report options', selected: true }).count()).toBe(1);
  await page.getByLabel('Parameters as JSON', { exact: true }).fill('');
  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByLabel('Object', { exact: true }).fill('Import Orders');
  await page.getByRole('tab', { name: 'Parameters' }).click();
  expect(await page.getByLabel('Report output type', { exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor();
  expect(await jobQueue.get(web.kit.admin, id)).toMatchObject({
    object: 'Import Orders',
    objectType: 'codeunit',
    reportOutputType: null,
  });
  await page.context().close();
});

test('who may not run a report, or see what is not his, reads the sentence of the server', async () => {
  await emptyInbox();
  await leaveDocument(web.kit);
  const page = await web.open('/reports?company=CRONUS', { user: 'READER' });
  await page.getByRole('button', { name: 'Run now: Open Orders' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This report asks for nothing.').waitFor();
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await dialog
    .getByRole('alert')
    .getByText(/READER.*Open Orders/)
    .waitFor();
  await page.goto(`${web.url}/report-inbox?company=CRONUS&everyone=true`);
  await page
    .getByRole('alert')
    .getByText(/may see his own report inbox/)
    .waitFor();
  await page.goto(`${web.url}/?page=680&company=CRONUS`);
  await page.getByText('No document yet').waitFor();
  await page.context().close();
});

test('the home page shows what is unread, and rights are explained for reports, too', async () => {
  await emptyInbox();
  await leaveDocument(web.kit, 'PDF');
  const page = await web.open('/home?company=CRONUS');
  const part = page.getByRole('region', { name: 'Unread documents' });
  const saved = page.waitForEvent('download');
  await part.getByRole('button', { name: /^Download Stock List .*\.pdf/ }).click();
  await saved;
  await part.waitFor({ state: 'detached' });
  await page.goto(`${web.url}/rights?company=CRONUS&user=READER`);
  await page.getByLabel('Codeunit or report').selectOption('Stock List');
  await page.getByText('User READER may not run report Stock List').waitFor();
  await page
    .getByRole('region', { name: 'The codeunit or report' })
    .or(page.getByRole('heading', { name: 'The codeunit or report' }))
    .first()
    .waitFor();
  await page.context().close();
});

test('on a narrow screen, and by the keyboard', async () => {
  await emptyInbox();
  await leaveDocument(web.kit);
  const page = await web.open('/report-inbox?company=CRONUS', { size: NARROW });
  await page.getByRole('listitem').filter({ hasText: 'Unread' }).waitFor();
  await page.keyboard.press('j');
  const saved = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  await saved;
  await until(
    'it is read',
    async () => (await reportInbox.list(web.kit.admin, { unread: true })).total.value === 0,
  );
  await page.getByRole('listitem').filter({ hasText: 'Unread' }).waitFor({ state: 'detached' });
  await page.context().close();
});

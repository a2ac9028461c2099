import { codeunit, jobQueue, jobQueueEntryRecord } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

const importPrices = codeunit({
  name: 'Import Prices',
  record: jobQueueEntryRecord
    .extend({
      parameters: z.object({
        source: z.enum(['Shop', 'File']).describe('Where prices come from.'),
        rowsAtOnce: z.number().int().min(1).default(100),
        isTrial: z.boolean().default(false),
      }),
    })
    .describe('Reads the prices of items anew'),
  async onRun(session, { parameters }) {
    session.log.info(`From ${parameters.source}, ${parameters.rowsAtOnce} at once`);
  },
});

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({ codeunits: [...STAGE_CODEUNITS, importPrices] as never });
  await setStage(web.kit);
});
afterAll(() => web?.stop());

/** The day before the clocks of Europe go forward, next time but one at the latest. */
function dayBeforeGap(): string {
  const sunday = new Date(Date.UTC(new Date().getUTCFullYear() + 1, 2, 31));
  sunday.setUTCDate(31 - sunday.getUTCDay());
  return new Date(sunday.getTime() - 86_400_000).toISOString().slice(0, 10);
}

async function entryNamed(description: string): Promise<string> {
  const found = (await jobQueue.list(web.kit.admin, {})).find((each) => each.description === description);
  return found?.id ?? '';
}

async function isLive(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Live/ }).waitFor();
}

test('a schedule is changed safely over the night when the clocks go forward', async () => {
  const id = await entryNamed('Shop: import items and prices');
  const page = await web.open(`/job-queue-entries/${id}?company=CRONUS&tab=recurrence`);
  await page.getByText(/^Why is it not running\?/).waitFor();
  await page.getByRole('button', { name: 'Put on hold and edit' }).click();
  const next = page.getByRole('list', { name: 'Next runs' });
  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByLabel('Earliest start', { exact: true }).fill(`${dayBeforeGap()}T00:00`);
  await page.getByText('nothing is saved yet').waitFor();
  await next.getByText(/02:30 does not exist/).waitFor();
  expect(await next.getByRole('listitem').count()).toBe(5);
  await page.getByRole('tab', { name: 'Recurrence' }).click();
  await page.getByLabel('Time zone', { exact: true }).fill('Europe/Nowhere');
  await page.getByText('This is no schedule yet:').waitFor();
  await page.getByLabel('Time zone', { exact: true }).fill('Europe/Berlin');
  await page.getByLabel('Starting time', { exact: true }).fill('03:30');
  await next.getByText(/does not exist/).waitFor({ state: 'detached' });
  await next
    .getByText(/03:30 CEST/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Save and set ready' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('you, ADMIN').waitFor();
  await dialog.getByText(/(03:30 CET|02:30 UTC)/).waitFor();
  await dialog.getByRole('button', { name: 'Set ready' }).click();
  await page.getByText(/Eligible from .*(03:30 CET|02:30 UTC).*, \d+ ahead/).waitFor();
  expect((await jobQueue.get(web.kit.admin, id)).schedule.startingTime).toMatch(/^03:30/);
  await page.context().close();
});

test('the steps to a new entry lead to a run, and its log entry appears without a reload', async () => {
  const log = await web.open('/job-queue-log-entries?company=CRONUS&object=Import+Prices');
  await isLive(log);
  const page = await web.open('/job-queue-entries?company=CRONUS&new=entry');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('searchbox').fill('anew');
  await dialog.getByRole('radio', { name: /Import Prices/ }).check();
  await dialog.getByLabel('Description', { exact: true }).fill('Prices of the shop');
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByLabel('Source *', { exact: true }).selectOption('Shop');
  await dialog.getByLabel('Rows at once', { exact: true }).fill('50');
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByLabel('How often', { exact: true }).selectOption('Every few minutes');
  await dialog
    .getByText(/15 minutes/)
    .first()
    .waitFor();
  await dialog.getByLabel('How often', { exact: true }).selectOption('Once');
  await dialog.getByRole('button', { name: 'Create on hold' }).click();
  await dialog.getByText(/It is On Hold: nothing runs/).waitFor();
  await dialog.getByText('you, ADMIN').waitFor();
  await dialog.getByRole('button', { name: 'Set ready' }).click();
  await page.getByRole('heading', { name: /Prices of the shop/ }).waitFor();
  await log.getByRole('row').filter({ hasText: 'Success' }).waitFor();
  await log.context().close();
  await page.context().close();
});

test('a page that is left open over a busy queue neither grows nor moves, and keeps what was chosen', async () => {
  const page = await web.open('/job-queue-entries?company=CRONUS&columns=status,entryNo,description,note');
  await isLive(page);
  const row = page.getByRole('row').filter({ hasText: 'Send reminders' });
  await row.getByRole('checkbox').click();
  await row.getByRole('button', { name: /expand|details|show/i }).click();
  await page.getByText('It has not run yet.').waitFor();
  await change(page, 100);
  await page.evaluate(`window.moved = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.moved += entry.value;
  }).observe({ type: 'layout-shift' })`);
  const before = await countersOf(page);
  await change(page, 300);
  const after = await countersOf(page);
  expect(after.nodes - before.nodes).toBeLessThan(60);
  expect(after.listeners - before.listeners).toBeLessThan(20);
  expect(await page.evaluate('window.moved')).toBe(0);
  expect(await row.getByRole('checkbox').isChecked()).toBe(true);
  await page.getByText('It has not run yet.').waitFor();
  await page.context().close();
});

/** Has an entry changed so often, a little apart as on a busy queue, until the last of it is on the screen. */
async function change(page: Page, times: number): Promise<void> {
  for (let time = 1; time <= times; time++) {
    const note = `Change ${time} of ${times}`;
    await web.kit.query(
      "update nightshift.job_queue_entry set note = $1 where description = 'Send reminders'",
      [note],
    );
    // Each of these is shown before the next is made.
    if (time % 50 === 0) await page.getByRole('cell', { name: note, exact: true }).waitFor();
  }
}

async function countersOf(page: Page): Promise<{ readonly nodes: number; readonly listeners: number }> {
  const tools = await page.context().newCDPSession(page);
  await tools.send('HeapProfiler.collectGarbage');
  const { nodes, jsEventListeners } = await tools.send('Memory.getDOMCounters');
  await tools.detach();
  return { nodes, listeners: jsEventListeners };
}

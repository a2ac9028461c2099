import { codeunit, jobQueue, jobQueueEntryRecord, stage } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { walk } from './accessibility.ts';
import { stock } from './engine-stage.ts';
import { STAGED_ORDERS } from './repair-stage.ts';
import { STAGE_CODEUNITS, STAGE_WORK_ITEMS, setStage } from './stage.ts';
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
  web = await startWebKit({
    codeunits: [...STAGE_CODEUNITS, importPrices] as never,
    workItems: STAGE_WORK_ITEMS,
  });
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
  grewLittle(before, after);
  expect(await page.evaluate('window.moved')).toBe(0);
  expect(await row.getByRole('checkbox').isChecked()).toBe(true);
  await page.getByText('It has not run yet.').waitFor();
  await page.context().close();
});

test('a page that goes from screen to screen over a busy queue does not grow', async () => {
  stock.anew();
  const { id } = await jobQueue.create(web.kit.admin, {
    object: 'Count Stock',
    description: 'Stock of all shops',
  });
  await jobQueue.setStatusToReady(web.kit.admin, id);
  const session = await stock.counting.promise;
  session.log.info('Shop 1 is counted.');
  const [run] = await jobQueue.logEntries(web.kit.admin, { entryId: id });
  await stage(web.kit.admin, STAGED_ORDERS, [{ no: 'SO-1', total: 1 }]);
  const entry = await entryNamed('Send reminders');
  const page = await web.open('/help');
  await page.getByText('About this page and this server').waitFor();
  const screens = [
    ['/job-queue-entries?columns=status,entryNo,description,note', 'Send reminders', CHANGE_ENTRY],
    [`/job-queue-entries/${entry}?`, 'What it runs', CHANGE_ENTRY],
    [`/job-queue-log-entries/${run?.no}?tab=log`, 'Shop 1 is counted.', CHANGE_RUN],
    ['/job-queue-log-entries?', 'Stock of all shops', CHANGE_RUN],
    ['/work-items/staged_order?', 'SO-1', CHANGE_ITEM],
  ] as const;
  let changes = 0;
  const round = async () => {
    for (const [path, ready, update] of screens) {
      await walk(page, `${path}&company=CRONUS`.replace('?&', '?'));
      await page.getByText(ready).first().waitFor();
      for (let time = 0; time < 25; time++) await web.kit.query(update, [`Change ${++changes}`]);
      if (path.includes('note')) await page.getByText(`Change ${changes}`).waitFor();
    }
    await walk(page, '/help');
    await page.getByText('About this page and this server').waitFor();
  };
  // What is loaded, and kept for a while after a visit, is there after one of them.
  await round();
  const before = await countersOf(page);
  for (let time = 0; time < 3; time++) await round();
  grewLittle(before, await countersOf(page));
  stock.counted.resolve();
  await page.context().close();
});

const CHANGE_ENTRY = "update nightshift.job_queue_entry set note = $1 where description = 'Send reminders'";
const CHANGE_RUN =
  "update nightshift.job_queue_log_entry set note = $1 where description = 'Stock of all shops'";
const CHANGE_ITEM =
  "update co_1.staged_order set assigned_to = (select no from nightshift.app_user where name = 'ADMIN') where $1 <> ''";

/** Has an entry changed so often, a little apart as on a busy queue, until the last of it is on the screen. */
async function change(page: Page, times: number): Promise<void> {
  for (let time = 1; time <= times; time++) {
    const note = `Change ${time} of ${times}`;
    await web.kit.query(CHANGE_ENTRY, [note]);
    // Each of these is shown before the next is made.
    if (time % 50 === 0) await page.getByRole('cell', { name: note, exact: true }).waitFor();
  }
}

interface Counters {
  readonly nodes: number;
  readonly listeners: number;
  /** Of the heap, in kB. */
  readonly heapKb: number;
}

/**
 * Nothing is kept of each change. What the browser compiles and notes on the way is a few hundred kB; the rows of one list of
 * which each change left a copy would be tens of MB.
 */
function grewLittle(before: Counters, after: Counters): void {
  expect(after.nodes - before.nodes).toBeLessThan(60);
  expect(after.listeners - before.listeners).toBeLessThan(20);
  expect(after.heapKb - before.heapKb).toBeLessThan(4_000);
}

/** What a page holds when all that nobody holds is gone. */
async function countersOf(page: Page): Promise<Counters> {
  const tools = await page.context().newCDPSession(page);
  await tools.send('HeapProfiler.collectGarbage');
  const { nodes, jsEventListeners } = await tools.send('Memory.getDOMCounters');
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  await tools.detach();
  return { nodes, listeners: jsEventListeners, heapKb: Math.round(usedSize / 1024) };
}

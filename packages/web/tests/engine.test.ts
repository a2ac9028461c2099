import { jobQueue, startSession } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../nightshift/src/testing/condition.ts';
import { EVERY_DAY } from '../../nightshift/src/testing/every-day.ts';
import { startTestPlatform, type TestPlatform } from '../../nightshift/src/testing/test-platform.ts';
import { seriousFaults } from './accessibility.ts';
import { callBank, rebuildPrices, release, setEngine, stock } from './engine-stage.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

// What heeds no stop would have all the time of this test to stop by itself: it is killed by hand.
const WORKER = { codeunits: STAGE_CODEUNITS, sessions: { stopGraceMs: 600_000 } };

let web: WebKit;
let worker: Promise<TestPlatform> | null = null;
beforeAll(async () => {
  // The server of the pages runs no tasks.
  web = await startWebKit({ codeunits: STAGE_CODEUNITS, taskScheduler: { enableTaskScheduler: false } });
  await setStage(web.kit);
});
afterAll(async () => {
  release.resolve();
  stock.counted.resolve();
  await (await worker)?.stop();
  await web?.stop();
});

/** A server instance that runs tasks, on the same database. */
function startWorker(): Promise<TestPlatform> {
  const { database } = web.kit;
  if (database === null) throw new Error('The database is of this test.');
  worker ??= startTestPlatform({ ...WORKER, database });
  return worker;
}

function row(page: Page, text: string) {
  return page.getByRole('row').filter({ hasText: text });
}

async function statusOf(entryNo: number): Promise<string> {
  const found = await jobQueue.list(web.kit.admin, {});
  return found.find((each) => each.entryNo === entryNo)?.status ?? '';
}

/** Takes an action of a row, and answers its question. */
async function act(page: Page, of: string, action: string, why: string | null): Promise<void> {
  await row(page, of)
    .first()
    .getByRole('button', { name: /^Actions for/ })
    .click();
  await page.getByRole('menuitem', { name: action }).click();
  const dialog = page.getByRole('dialog');
  if (why !== null) await dialog.getByRole('textbox').fill(why);
  await dialog.getByRole('button', { name: action }).click();
}

test('where no instance runs tasks, Home says that nothing runs', async () => {
  const page = await web.open('/home?company=CRONUS');
  await page.locator('dd[data-tone=bad]', { hasText: 'None: nothing runs' }).waitFor();
  await page.context().close();
});

test('from which number on a cue needs attention is kept for each user, and set for a company by its administrator', async () => {
  const inQueue = (page: Page, text: string) =>
    page.getByRole('link', { name: new RegExp(`^In queue.*${text}`) }).waitFor();
  const page = await web.open('/setup?company=CRONUS');
  await page.getByRole('button', { name: 'Set up cues of the company' }).click();
  await page.getByLabel('In queue: To be looked at from').fill('1');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('CRONUS has its own.').waitFor();
  const reader = await web.open('/home?company=CRONUS', { user: 'READER' });
  await inQueue(reader, 'To be looked at');
  await reader.getByRole('button', { name: 'Set up cues' }).click();
  await reader.getByLabel('In queue: Needs attention from').fill('1');
  await reader.getByRole('button', { name: 'Save' }).click();
  await inQueue(reader, 'Needs attention');
  // Another browser knows it; the others have what the company has.
  const elsewhere = await web.open('/home?company=CRONUS', { user: 'READER' });
  await inQueue(elsewhere, 'Needs attention');
  await elsewhere.goto(`${web.url}/setup?company=CRONUS`);
  expect(await elsewhere.getByRole('button', { name: 'Set up cues of the company' }).isDisabled()).toBe(true);
  await page.goto(`${web.url}/home?company=CRONUS`);
  await inQueue(page, 'To be looked at');
  for (const each of [page, reader, elsewhere]) await each.context().close();
});

test('nothing runs because no instance is up, and the screens say so until one is', async () => {
  const page = await web.open('/?company=CRONUS');
  const banner = page.getByText('No server instance runs tasks, so nothing starts.');
  await banner.waitFor();
  await page.getByText('None: nothing runs').waitFor();
  await page.getByRole('link', { name: /In queue 3/ }).waitFor();
  await page.getByRole('link', { name: 'Health', exact: true }).first().click();
  await page.getByRole('cell', { name: 'Idle' }).waitFor();
  await banner.waitFor();
  await startWorker();
  await page.getByRole('cell', { name: 'Running' }).waitFor();
  await banner.waitFor({ state: 'detached' });
  await page.context().close();
});

test('hold, stop, kill', async () => {
  const { admin } = await startWorker();
  await startSession(admin, rebuildPrices as never);
  await startSession(admin, callBank as never);
  const page = await web.open('/?table=2000000175&company=CRONUS');
  await act(page, 'Shop: import items and prices', 'Cancel task', null);
  await page.getByText(/is cancelled/).waitFor();
  expect(await Promise.all([1, 2, 3].map(statusOf))).toEqual(['Ready', 'Ready', 'On Hold']);

  // A task says which entry it runs.
  await page.getByRole('link', { name: '1 · Shop: import orders' }).waitFor();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await act(page, 'Rebuild Prices', 'Ask to stop', 'Wrong prices');
  await row(page, 'Rebuild Prices').waitFor({ state: 'detached' });
  await act(page, 'Call Bank', 'Ask to stop', 'It hangs');
  await row(page, 'Call Bank').getByText('Stopping').waitFor();
  await act(page, 'Call Bank', 'Kill', null);
  await row(page, 'Call Bank').getByText('Lingering').waitFor();

  await page.goto(`${web.url}/?table=2000000111&company=CRONUS`);
  await row(page, 'Wrong prices').getByText('Stopped').waitFor();
  await row(page, 'It hangs').getByText('Killed').waitFor();
  await page.context().close();
});

test('the log of a run of another instance is followed while it runs, by level and by words', async () => {
  stock.anew();
  const { admin } = await startWorker();
  const { id } = await jobQueue.create(admin, { object: 'Count Stock', description: 'Stock of all shops' });
  await jobQueue.setStatusToReady(admin, id);
  const session = await stock.counting.promise;
  const [run] = await jobQueue.logEntries(admin, { entryId: id });
  const page = await web.open(`/job-queue-log-entries/${run?.no}?company=CRONUS&tab=log`);
  await page.getByText('This run has logged nothing yet.').waitFor();
  session.log.info('Shop 1 is counted.');
  session.progress(1, 40, 'Shops');
  const lines = page.getByRole('list', { name: 'Lines of the log' });
  await lines.getByText('Shop 1 is counted.').waitFor();
  await page.getByText('1 / 40').waitFor();
  for (let shop = 2; shop <= 40; shop++) session.log.info(`Shop ${shop} is counted.`);
  session.log.warning('Shop 7 counts 3 too few.');
  // Who follows sees the last line; who has gone back to read is left where he is.
  const last = lines.getByText('Shop 7 counts 3 too few.');
  await last.waitFor();
  const position = () => lines.evaluate((list) => list.scrollTop);
  await page.waitForFunction(() => {
    const list = document.querySelector('ol[aria-label="Lines of the log"]');
    return list !== null && list.scrollTop > 0 && list.scrollHeight - list.scrollTop - list.clientHeight < 2;
  });
  await lines.evaluate((list) => list.scrollTo({ top: 0 }));
  const follow = page.getByRole('checkbox', { name: 'Follow' });
  await follow.and(page.locator(':not(:checked)')).waitFor();
  session.log.info('Shop 7 is counted again.');
  await page.getByText('42 lines').waitFor();
  expect(await position()).toBe(0);
  await follow.check();
  await page.waitForFunction(
    () => (document.querySelector('ol[aria-label="Lines of the log"]')?.scrollTop ?? 0) > 0,
  );
  // Filters hold for lines that come.
  await page.getByText('Warnings', { exact: true }).click();
  await page.getByText('1 of 42 lines').waitFor();
  session.log.warning('Shop 9 counts 1 too many.');
  await page.getByText('2 of 43 lines').waitFor();
  await page.getByLabel('Search the log').fill('shop 9');
  await page.getByText('1 of 43 lines').waitFor();
  await page.getByLabel('Search the log').fill('');
  await page.getByText('All', { exact: true }).click();
  // The whole of it once, when it has ended.
  stock.counted.resolve();
  await lines.getByText('The stock is counted.').waitFor();
  await page.getByText('44 lines').waitFor();
  const said = await lines.getByRole('listitem').locator('span').allTextContents();
  expect(new Set(said).size).toBe(44);
  await follow.waitFor({ state: 'detached' });
  await page.context().close();
});

test('a run that pays no heed is asked to stop on its card, and killed there', async () => {
  const { admin } = await startWorker();
  const entry = await jobQueue.create(admin, { object: 'Call Bank', description: 'Rates of the bank' });
  await jobQueue.setStatusToReady(admin, entry.id);
  const run = await until(
    'it runs',
    async () => (await jobQueue.logEntries(admin, { entryId: entry.id }))[0],
  );
  const page = await web.open(`/job-queue-log-entries/${run.no}?company=CRONUS`);
  const kill = { name: 'Kill', exact: true } as const;
  await page.getByRole('button', { ...kill, disabled: true }).waitFor();
  await page.getByRole('button', { name: 'Ask to stop' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('The bank is closed');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask to stop' }).click();
  await page.getByRole('button', { ...kill, disabled: false }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Kill' }).click();
  await page.getByText('Killed', { exact: true }).first().waitFor();
  await page.context().close();
});

test('runs are reached with arrow keys on the timeline, and are there as a table', async () => {
  const page = await web.open('/timeline?company=CRONUS&span=3d&by=entry');
  const chart = page.getByLabel(/^Runs over time/);
  await chart.waitFor();
  await chart.getByRole('link').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  const name = (await page.locator(':focus').getAttribute('aria-label')) ?? '';
  expect(name).toMatch(/^Shop: import .*, (Planned|Success|In Process), /);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.waitForURL(/span=24h/);
  await page.getByRole('button', { name: 'Show as table' }).click();
  await page.getByRole('columnheader', { name: 'Duration' }).waitFor();
  expect(page.url()).toContain('twin=timeline');
  await page.context().close();
});

test('the timeline plans ahead', async () => {
  const fields = { object: 'Import Orders', description: 'Orders of tomorrow', ...EVERY_DAY };
  const { id } = await jobQueue.create(web.kit.admin, fields);
  await jobQueue.setStatusToReady(web.kit.admin, id);
  const page = await web.open('/timeline?company=CRONUS&span=3d&by=entry&twin=timeline');
  await page
    .getByRole('row', { name: /Orders of tomorrow.*Planned/ })
    .first()
    .waitFor();
  await page.context().close();
});

test('the setup says how long things are kept, and what fewer days would cost', async () => {
  await setEngine(web.kit);
  await web.kit.query(
    `update nightshift.job_queue_log_entry set started_at = started_at - interval '40 days', ended_at = ended_at - interval '40 days'
     where no = (select min(no) from nightshift.job_queue_log_entry where ended_at is not null and instance_name <> '')`,
  );
  const page = await web.open('/setup?company=CRONUS');
  await page.getByLabel('Try how many days').fill('30');
  await page.getByText('Older than 30 days').waitFor();
  await page.getByText('1 log entry and 0 Finished entries').waitFor();
  await page.context().close();
});

test('cues are counted in the background, and follow what happens', async () => {
  const page = await web.open('/home?company=FABRIKAM');
  await page.getByText('Three steps lead to the first run.').waitFor();
  const fabrikam = web.kit.platform.as({ user: 'ADMIN', company: 'FABRIKAM' });
  await jobQueue.create(fabrikam, { object: 'Import Orders' });
  await page.getByRole('link', { name: /Failed 0/ }).waitFor();
  await page.getByRole('img', { name: /page background task/ }).waitFor();
  const { id } = await jobQueue.create(fabrikam, {
    object: 'Import Orders',
    earliestStart: new Date('2099-01-01'),
  });
  await jobQueue.setStatusToReady(fabrikam, id);
  await page.getByRole('link', { name: /In queue 1/ }).waitFor();
  await page.context().close();
});

test('an instance that is set up to run no tasks is no reason to worry beside one that runs them', async () => {
  await startWorker();
  const page = await web.open('/home?company=CRONUS');
  const instances = page.locator('dd[data-tone]', { hasText: /instance/ });
  await expect.poll(() => instances.textContent()).toBe('1 instance');
  expect(await instances.getAttribute('data-tone')).toBe('good');
  await page.context().close();
});

test('a database that was not approved is held: the screens say why, and somebody releases it', async () => {
  await startWorker();
  const page = await web.open('/health?company=CRONUS');
  await page.getByRole('cell', { name: 'Running' }).waitFor();
  // As it is after a restore: the database is another one than that which was approved.
  await web.kit.query('update nightshift.environment set approved_oid = 1');
  await page.getByRole('heading', { name: 'This database is held' }).waitFor();
  await page.getByRole('cell', { name: 'Held' }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole('button', { name: /^Release/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/\d+ job queue entr(y is|ies are) Ready/).waitFor();
  await dialog.getByRole('button', { name: 'Release' }).click();
  await page.getByRole('heading', { name: 'This database is held' }).waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'Running' }).waitFor();
  await page.context().close();
});

import { jobQueue, startSession } from 'nightshift';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVERY_DAY } from '../../nightshift/src/testing/every-day.ts';
import { startTestPlatform, type TestPlatform } from '../../nightshift/src/testing/test-platform.ts';
import { seriousFaults } from './accessibility.ts';
import { callBank, rebuildPrices, release, setEngine } from './engine-stage.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

const WORKER = { codeunits: STAGE_CODEUNITS, sessions: { stopGraceMs: 500 } };

let web: WebKit;
let worker: Promise<TestPlatform> | null = null;
beforeAll(async () => {
  // The server of the pages runs no tasks.
  web = await startWebKit({ codeunits: STAGE_CODEUNITS, taskScheduler: { enableTaskScheduler: false } });
  await setStage(web.kit);
});
afterAll(async () => {
  release.resolve();
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
  // The task that is due last is that of the entry at 02:30.
  await act(page, 'Job Queue Dispatcher', 'Cancel task', null);
  await page.getByText(/is cancelled/).waitFor();
  const held = await Promise.all([1, 2, 3].map(statusOf));
  expect(held.filter((status) => status === 'On Hold')).toHaveLength(1);

  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await act(page, 'Rebuild Prices', 'Ask to stop', 'Wrong prices');
  await row(page, 'Rebuild Prices').waitFor({ state: 'detached' });
  await act(page, 'Call Bank', 'Ask to stop', 'It hangs');
  await row(page, 'Call Bank').getByText('Lingering').waitFor();

  await page.goto(`${web.url}/?table=2000000111&company=CRONUS`);
  await row(page, 'Wrong prices').getByText('Stopped').waitFor();
  await row(page, 'It hangs').getByText('Killed').waitFor();
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

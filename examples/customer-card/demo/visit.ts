import type { Platform } from 'nightshift';
import { chromium, type Page } from 'playwright-core';
import type { findBrowser } from '../../../scripts/find-browser.ts';

type Browser = Awaited<ReturnType<typeof findBrowser>>;

/** One thing that must hold at the end. */
export interface Check {
  readonly text: string;
  readonly holds: boolean;
}

const SKIPS = 40;
/** Tasks of one page that run at a time. */
const PAGE_MAX = 5;
const PATIENCE_MS = 60_000;
/** Milliseconds between two looks at what the server instance does. */
const LOOK_MS = 20;
const TASKS = ['Customer Turnover', 'Customer Overdue Balance', 'Customer Days to Pay'] as const;

/** Visits the card in a browser without a window, and says what it saw. */
export async function visitByBrowser(
  url: string,
  { executablePath, args }: Browser,
  platform: Platform,
): Promise<readonly Check[]> {
  const browser = await chromium.launch({ executablePath, args: [...args] });
  try {
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1360, height: 900 } });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(`${url}/#/10000`);
    await allThere(page);
    const opening = await lookAt(page, '10511');
    const skipping = await skip(page, platform);
    await page.getByRole('button', { name: 'Try to write' }).click();
    const refusal = (await page.locator('.ending.shown').textContent()) ?? '';
    console.log(`A task that tries to write: ${refusal}`);
    await page.close();
    const left = await quiet(platform, 0);
    return [
      ...opening,
      ...skipping,
      { text: 'a task that tried to write was refused', holds: refusal.includes('READ_ONLY') },
      { text: 'with the tab closed nothing runs or waits, and no page is open', holds: left },
    ];
  } finally {
    await browser.close();
  }
}

/** Opens a card, and sees when what is there. */
async function lookAt(page: Page, no: string): Promise<readonly Check[]> {
  const begun = performance.now();
  const since = () => Math.round(performance.now() - begun);
  await page.getByPlaceholder('Search').fill(no);
  await page.getByRole('button', { name: no }).click();
  await page.locator('.facts', { hasText: 'days' }).waitFor();
  await page.getByRole('textbox', { name: 'Note' }).fill(`Visited at ${new Date().toISOString()}`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  const usable = since();
  console.log(`Customer ${no}: the card was filled in, its note changed and saved after ${usable} ms`);
  await page.locator('.tile[data-status=completed]').first().waitFor();
  console.log(`  the first figure was there after ${since()} ms`);
  await allThere(page);
  console.log(
    `  all three after ${since()} ms: ${(await page.locator('.figure').allTextContents()).join(', ')}`,
  );
  await page.getByPlaceholder('Search').fill('');
  return [{ text: 'the card could be worked with, and its note was saved', holds: usable > 0 }];
}

/** Skips through customers as fast as it goes. */
async function skip(page: Page, platform: Platform): Promise<readonly Check[]> {
  const begun = performance.now();
  let most = 0;
  for (let skips = 0; skips < SKIPS; skips++) {
    await page.getByRole('button', { name: 'Next' }).click();
    most = Math.max(most, platform.instance.pages.counts.running);
  }
  const skipped = Math.round(performance.now() - begun);
  await allThere(page);
  const heading = await page.getByRole('heading', { level: 1 }).textContent();
  const cancelled = Number(await page.getByTestId('cancelled').textContent());
  console.log(
    `${SKIPS} customers skipped in ${skipped} ms: ${cancelled} tasks cancelled, ${most} at most ran at a time; then the figures of ${heading} came`,
  );
  return [
    { text: 'what nobody looked at any more was cancelled', holds: cancelled > 0 },
    { text: `of one page ${PAGE_MAX} tasks ran at most`, holds: most <= PAGE_MAX },
    { text: `of ${SKIPS} customers nothing was left running or waiting`, holds: await quiet(platform, 1) },
  ];
}

async function allThere(page: Page): Promise<void> {
  await page.locator('.tile[data-status=completed]').nth(2).waitFor();
}

/** Whether soon nothing runs or waits, and so many pages are open. */
async function quiet({ instance }: Platform, open: number): Promise<boolean> {
  const { clock } = instance.host;
  const end = clock.monotonic() + PATIENCE_MS;
  while (clock.monotonic() < end) {
    const { pages, running, waiting } = instance.pages.counts;
    if (pages === open && running + waiting === 0) return true;
    await clock.sleep(LOOK_MS);
  }
  return false;
}

/** The same figures over the API, which waits for them: what the page was like before. */
export async function visitByApi(url: string): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const codeunit of TASKS) {
    const begun = performance.now();
    const { status, body } = await run(url, codeunit, { customerNo: '10511' });
    console.log(`${codeunit}: ${Math.round(performance.now() - begun)} ms, ${JSON.stringify(body)}`);
    checks.push({ text: `${codeunit} was answered`, holds: status === 200 });
  }
  const refusal = await run(url, 'Note From The Background', { customerNo: '10511', note: 'x' });
  console.log(`A task that tries to write: ${JSON.stringify(refusal.body)}`);
  checks.push({
    text: 'a task that tried to write was refused',
    holds: (refusal.body as { code?: string }).code === 'READ_ONLY',
  });
  return checks;
}

async function run(url: string, codeunit: string, parameters: object) {
  const address = `${url}/api/v1/companies/CRONUS/backgroundTasks/${encodeURIComponent(codeunit)}/actions/run`;
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ parameters }),
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
}

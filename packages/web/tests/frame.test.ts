import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaults, walk } from './accessibility.ts';
import { STAGE_REPORTS } from './report-stage.ts';
import { SHOWN_SCREENS } from './screens.ts';
import { STAGE_CODEUNITS, STAGE_WORK_ITEMS, setStage } from './stage.ts';
import { NARROW, startWebKit, type WebKit } from './web-kit.ts';

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({
    codeunits: STAGE_CODEUNITS,
    reports: STAGE_REPORTS,
    workItems: STAGE_WORK_ITEMS,
    taskScheduler: { enableTaskScheduler: false },
  });
  await setStage(web.kit);
});
afterAll(() => web?.stop());

/** A page of each user, which goes from screen to screen: one that begins anew each time takes far longer. */
const pages = new Map<string | null, Page>();

async function pageAt(path: string, user: string | null): Promise<Page> {
  const page = pages.get(user);
  if (page === undefined) {
    const opened = await web.open(path, { user });
    pages.set(user, opened);
    return opened;
  }
  await walk(page, path);
  return page;
}

test.each(SHOWN_SCREENS)(
  'axe finds nothing serious on $name, in light and in dark',
  async ({ path, ready, user }) => {
    const page = await pageAt(await path(web.kit), user === undefined ? 'ADMIN' : user);
    await page.getByText(ready).first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  },
);

test('nobody gets in without signing in, and is led back to where he wanted to go', async () => {
  const page = await web.open('/job-queue-entries?status=Error', { user: null });
  await page.waitForURL(/\/sign-in\?to=\/job-queue-entries\?status=Error|\/sign-in\?to=/);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.context().close();
});

test('the palette goes anywhere by a few letters', async () => {
  const page = await web.open('/help');
  await page.getByText('About this page and this server').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('672');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Job queue entries' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next row').waitFor();
  await page.context().close();
});

test('what a consultant of Business Central types leads to the same thing here', async () => {
  const page = await web.open('/?page=672&company=FABRIKAM');
  await page.waitForURL(/\/job-queue-entries\?company=FABRIKAM/);
  await page.getByText('No entry yet').waitFor();
  await page.context().close();
});

test('the screens say that nothing runs since no server instance runs tasks', async () => {
  const page = await web.open('/job-queue-entries');
  await page.getByText('No server instance runs tasks, so nothing starts.').waitFor();
  await page.context().close();
});

test('on a narrow screen rows are cards, and the navigation is a drawer', async () => {
  const page = await web.open('/job-queue-entries?company=CRONUS', { size: NARROW });
  await page.getByRole('listitem').filter({ hasText: 'Shop: import orders' }).waitFor();
  expect(await page.getByRole('table').count()).toBe(0);
  await page.getByRole('button', { name: 'Open the navigation' }).click();
  await page.getByRole('link', { name: 'Help and support' }).click();
  await page.getByRole('heading', { name: 'Help and support' }).waitFor();
  await page.context().close();
});

test('files with a digest in their name are kept for ever, pages are asked for, and the policy lets nothing inside a page run', async () => {
  const answer = await fetch(web.url, { headers: { accept: 'text/html' } });
  const html = await answer.text();
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  expect(answer.headers.get('content-security-policy')).toContain("style-src 'self'");
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)/);
  const script = /\/assets\/[\w.-]+\.js/.exec(html)?.[0] ?? '';
  const file = await fetch(web.url + script);
  expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(file.headers.get('content-encoding')).toBe('gzip');
  const gone = await fetch(`${web.url}/assets/gone.js`, { headers: { accept: 'text/html' } });
  expect(gone.status).toBe(404);
  const api = await fetch(`${web.url}/api/v1/nothing`, { headers: { accept: 'text/html' } });
  expect(api.headers.get('content-type')).toContain('application/problem+json');
});

test.each(['en-US@posix', 'C', 'de-DE'])(
  'a browser whose language is %s shows numbers and times',
  async (language) => {
    const page = await web.open('/timeline?company=CRONUS', { language });
    await page.getByRole('heading', { name: 'Timeline' }).first().waitFor();
    await page.goto(`${web.url}/job-queue-entries?company=CRONUS`);
    await page.getByText('Shop: import orders').first().waitFor();
    await page.goto(`${web.url}/health?company=CRONUS`);
    await page.locator('canvas').first().waitFor();
    await page.context().close();
  },
);

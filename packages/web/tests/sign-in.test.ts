import { createHmac } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSignInLink } from '../../nightshift/src/server/index.ts';
import { STAGE_CODEUNITS, setStage } from './stage.ts';
import { startWebKit, type WebKit } from './web-kit.ts';

const PASSWORD = 'correct horse battery';

let web: WebKit;
beforeAll(async () => {
  web = await startWebKit({ codeunits: STAGE_CODEUNITS });
  await setStage(web.kit);
});
afterAll(() => web?.stop());

/** Opens a one-time link, sets the password and signs in. */
async function arrive(user: string): Promise<Page> {
  const page = await web.open(await createSignInLink(web.kit.platform, web.kit.admin, user), { user: null });
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Your password is set.').waitFor();
  await page.getByLabel('User ID').fill(user);
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

test('a one-time link sets a password, the password signs in, and signing out leads to the door', async () => {
  const page = await arrive('READER');
  await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  await page.goto(`${web.url}/help`);
  await page.getByText('READER').first().waitFor();
  expect(await page.getByText('Session', { exact: true }).count()).toBe(1);
  await page.getByRole('button', { name: 'Signed in as READER' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.goto(`${web.url}/job-queue-entries`);
  await page.waitForURL(/\/sign-in/);
  await page.getByLabel('User ID').fill('READER');
  await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.context().close();
});

test('an administrator sets up an authenticator first, and then gives its code', async () => {
  const page = await arrive('TOM');
  await page.getByText('Set up your authenticator').waitFor();
  await page.getByRole('textbox', { name: 'Your password, once more' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Begin' }).click();
  const key = (await page.locator('span', { hasText: /^[A-Z2-7]{20,}$/ }).textContent()) ?? '';
  await page.getByRole('img').waitFor();
  await page.getByLabel('The first code that it shows').fill(codeOf(key));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  await page.context().close();
});

/** What an authenticator shows now (RFC 6238). */
function codeOf(key: string): string {
  const bits = [...key]
    .map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'))
    .join('');
  const secret = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

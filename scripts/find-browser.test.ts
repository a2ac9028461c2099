import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BROWSER_PLACES, findBrowser } from './find-browser.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'find-browser-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
const fileNamed = (name: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, '');
  return file;
};

test('is looked for in the promised order', () => {
  expect(BROWSER_PLACES.map(({ from }) => from)).toEqual([
    'CHROMIUM_PATH',
    'the system',
    '@sparticuz/chromium',
    'Playwright',
  ]);
});

test('the first place that has one is taken, and none after it is asked', async () => {
  const asked: string[] = [];
  const place = (from: string, file: string | null) => ({
    from,
    find: async () => {
      asked.push(from);
      return file;
    },
  });
  const places = [place('here', null), place('there', '/bin/one'), place('nowhere', '/bin/other')];
  expect(await findBrowser(places)).toMatchObject({ executablePath: '/bin/one', from: 'there' });
  expect(asked).toEqual(['here', 'there']);
});

test('what CHROMIUM_PATH names comes before one of the system; a mistake in it is told', async () => {
  const system = fileNamed('chromium');
  const named = fileNamed('mine');
  vi.stubEnv('PATH', folder);
  vi.stubEnv('CHROMIUM_PATH', '');
  expect(await findBrowser()).toMatchObject({ executablePath: system, from: 'the system' });
  vi.stubEnv('CHROMIUM_PATH', named);
  expect(await findBrowser()).toMatchObject({ executablePath: named, from: 'CHROMIUM_PATH' });
  vi.stubEnv('CHROMIUM_PATH', path.join(folder, 'gone'));
  await expect(findBrowser()).rejects.toThrow('there is no such file');
});

test('without any it says what to install', async () => {
  await expect(findBrowser([])).rejects.toThrow(
    /apt-get install chromium.*playwright-core install chromium.*CHROMIUM_PATH/,
  );
});

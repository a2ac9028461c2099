// Finds a Chromium for tests and screenshots: CHROMIUM_PATH, one of the system, the one that npm brought, Playwright's own download.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const SYSTEM_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** Of this user alone: what somebody else has unpacked, he may not start, and should not. */
const UNPACKED = path.join(tmpdir(), `nightshift-chromium-${userInfo().uid}`);
const LOCK = path.join(UNPACKED, 'unpacking');
const LOCK_LOOKS_MAX = 600;

/** A browser, and what it is started with. */
export interface FoundBrowser {
  readonly executablePath: string;
  readonly args: readonly string[];
  /** Where it was found. */
  readonly from: string;
}

/** As root no sandbox can be made; a small /dev/shm breaks pages. */
const ARGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--font-render-hinting=none',
  '--hide-scrollbars',
];

/** Where a browser may be. */
export interface BrowserPlace {
  readonly from: string;
  /** Its file; null: there is none. */
  readonly find: () => Promise<string | null>;
}

/** In the order in which they are asked. */
export const BROWSER_PLACES: readonly BrowserPlace[] = [
  { from: 'CHROMIUM_PATH', find: async () => given() },
  { from: 'the system', find: async () => onPath() ?? SYSTEM_PATHS.find((file) => existsSync(file)) ?? null },
  { from: '@sparticuz/chromium', find: fromPackage },
  { from: 'Playwright', find: downloaded },
];

/** @throws Error that says what to install */
export async function findBrowser(places: readonly BrowserPlace[] = BROWSER_PLACES): Promise<FoundBrowser> {
  for (const { from, find } of places) {
    const executablePath = await find();
    if (executablePath !== null) return { executablePath, args: ARGS, from };
  }
  throw new Error(
    'No Chromium was found. Install one (apt-get install chromium, or npx playwright-core install chromium), or name it in CHROMIUM_PATH.',
  );
}

/** Who names one means that one: another would be a surprise. */
function given(): string | null {
  const file = process.env['CHROMIUM_PATH'] ?? '';
  if (file === '' || existsSync(file)) return file === '' ? null : file;
  throw new Error(`CHROMIUM_PATH is ${file}, and there is no such file.`);
}

async function downloaded(): Promise<string | null> {
  const { chromium } = await import('playwright-core');
  const file = chromium.executablePath();
  return existsSync(file) ? file : null;
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return SYSTEM_NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) =>
    existsSync(file),
  );
}

/** It is packed, for Linux on x64; unpacking takes some seconds, once, and by one process at a time. */
async function fromPackage(): Promise<string | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const found = await import('@sparticuz/chromium').catch(() => null);
  if (found === null) return null;
  mkdirSync(UNPACKED, { recursive: true, mode: 0o700 });
  for (let looks = 0; !takeLock(); looks++) {
    if (looks > LOCK_LOOKS_MAX) rmSync(LOCK, { recursive: true, force: true });
    await sleep(50);
  }
  const before = process.env['TMPDIR'];
  // It unpacks into the folder for temporary files, which all users share.
  process.env['TMPDIR'] = UNPACKED;
  try {
    return await found.default.executablePath();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    return false;
  }
}

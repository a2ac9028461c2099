import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../../../scripts/find-browser.ts';
import { createServer, type NightshiftServer } from '../../nightshift/src/server/index.ts';
import {
  startTestPlatform,
  type TestPlatform,
  type TestPlatformOptions,
} from '../../nightshift/src/testing/test-platform.ts';

const BUILD = fileURLToPath(new URL('../build.ts', import.meta.url));
/** Names the user of a request; only the server of a test believes it. */
const USER_HEADER = 'x-test-user';

/** How wide a page is. */
export const WIDE = { width: 1440, height: 900 } as const;
export const NARROW = { width: 390, height: 844 } as const;

/** How somebody looks at the web client. */
export interface Look {
  /** Default: ADMIN; null: nobody is signed in. */
  readonly user?: string | null;
  readonly colours?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
  /** What the browser says its language is, also where there is no such language. Default: `en-GB`. */
  readonly language?: string;
}

/** The web client on a server, a platform and a database of its own, and a browser. */
export interface WebKit {
  readonly kit: TestPlatform;
  readonly server: NightshiftServer;
  readonly url: string;
  /** Opens a page. What its console or its policy complains of fails `stop`. */
  open(path: string, look?: Look): Promise<Page>;
  /** Ends everything. @throws Error with what pages complained of */
  stop(): Promise<void>;
}

/** Starts all that a file of tests needs; once a file, since it takes two seconds. */
export async function startWebKit(options: TestPlatformOptions = {}): Promise<WebKit> {
  const built = spawnSync(process.execPath, [BUILD], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) throw new Error('The web client could not be built.');
  const found = await findBrowser();
  const [kit, browser] = await Promise.all([
    startTestPlatform(options),
    chromium.launch({ executablePath: found.executablePath, args: [...found.args] }),
  ]);
  const server = createServer(kit.platform, {
    checkAnswers: true,
    requestsPerMinute: { known: 1e9, unknown: 1e9 },
    liveConnectionsPerUser: 1_000,
    authenticate: ({ headers }) => (typeof headers[USER_HEADER] === 'string' ? headers[USER_HEADER] : null),
  });
  const url = await server.listen();
  const complaints: string[] = [];
  return {
    kit,
    server,
    url,
    async open(path, look = {}) {
      const context = await contextOf(browser, look);
      const page = await context.newPage();
      listen(page, complaints);
      await page.goto(url + path);
      return page;
    },
    async stop() {
      await browser.close();
      await server.close();
      await kit.stop();
      if (complaints.length > 0) throw new Error(`Pages complained:\n${complaints.join('\n')}`);
    },
  };
}

async function contextOf(
  browser: Browser,
  { user = 'ADMIN', colours = 'light', size = WIDE, language }: Look,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { ...size },
    colorScheme: colours,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...(user === null ? {} : { extraHTTPHeaders: { [USER_HEADER]: user } }),
  });
  if (language !== undefined)
    await context.addInitScript(
      (value) =>
        Object.defineProperty(Navigator.prototype, 'language', { get: () => value, configurable: true }),
      language,
    );
  return context;
}

/** Errors of scripts, and what the policy of the server has refused. What the interface refuses is told to people, and is no fault. */
function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isRefusal = /^Failed to load resource|WebSocket handshake: Unexpected response code: 40[13]$/.test(
      message.text(),
    );
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
}

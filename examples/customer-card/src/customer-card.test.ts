import { backgroundTaskResult, runBackgroundTask } from 'nightshift';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { daysToPay } from './days-to-pay.ts';
import { SALES } from './ledger.ts';
import { noteFromTheBackground } from './note-from-the-background.ts';
import { overdueBalance } from './overdue-balance.ts';
import { type CardInstance, type CardWorld, startCardWorld } from './testing/card-world.ts';
import { blockLedger, letRead, readersOfLedger } from './testing/ledger-lock.sql.ts';
import { turnover } from './turnover.ts';

/** How long something is waited for that happens at once on a quiet machine. */
const PATIENCE = { timeout: 40_000, interval: 20 };

let world: CardWorld;
let context: BrowserContext;
const mishaps: string[] = [];

beforeAll(async () => {
  world = await startCardWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  mishaps.length = 0;
  context = await world.browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(PATIENCE.timeout);
});
afterEach(async () => {
  await letRead(world.holder);
  for (const { proxy } of [world.patient, world.hasty]) proxy.mend();
  // One by one: a browser that only ends does not say that its pages are left.
  for (const page of context.pages()) await page.close();
  await context.close();
  expect(mishaps).toEqual([]);
});

const readers = () => readersOfLedger(world.client);
const untilReaders = async (count: number) => {
  await expect.poll(async () => (await readers()).length, PATIENCE).toBe(count);
  return readers();
};
const untilQuiet = async ({ platform }: CardInstance) => {
  await expect.poll(() => platform.instance.pages.counts, PATIENCE).toMatchObject({ running: 0, waiting: 0 });
  expect(await readers()).toEqual([]);
};
const noteOf = async (no: string) =>
  (await world.client.query('select note from co_1.customer where no = $1', [no])).rows[0].note;

/** Opens a tab at the card of a customer. */
async function openCard(no: string, { proxy }: CardInstance = world.patient): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => mishaps.push(message));
  page.on('console', (message) => {
    // What a cut cable breaks is told, too.
    const isCut = /Failed to load resource|WebSocket connection/.test(message.text());
    if (message.type() === 'error' && !isCut) mishaps.push(message.text());
  });
  await page.goto(`${proxy.url}/#/${no}`);
  await page.getByText(`Customer ${no}`, { exact: true }).waitFor();
  return page;
}

const noteField = (page: Page) => page.getByRole('textbox', { name: 'Note' });
const tiles = (page: Page, status: string) => page.locator(`.tile[data-status=${status}]`);
const untilComplete = (page: Page) => expect.poll(() => tiles(page, 'completed').count(), PATIENCE).toBe(3);
/** Where everything is that statistics could move. */
const boxes = (page: Page) =>
  page.evaluate<
    string[]
  >(`[...document.querySelectorAll('.panel, .figure, .picture, .tile footer')].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    return [part.className.replace(' former', ''), x, y, width, height].join(' ');
  })`);

interface Entry {
  readonly customer_no: string;
  readonly document_type: string;
  readonly posted: string;
  readonly due: string;
  readonly closed: string | null;
  readonly amount: number;
  readonly remaining: number;
  readonly days: number | null;
}

const DAY_MS = 86_400_000;
const dayNo = (day: string) => Date.parse(day) / DAY_MS;
const near = (value: number) => expect.closeTo(value, 1);
const total = (entries: readonly Entry[], of: (entry: Entry) => number) =>
  entries.reduce((sum, entry) => sum + of(entry), 0);

describe('the statistics', () => {
  let ledger: readonly Entry[];
  let workDate: string;
  beforeAll(async () => {
    ({ rows: ledger } = await world.client.query(
      `select customer_no, document_type, posting_date::text as posted, due_date::text as due, closed_on::text as closed,
        amount::float8, remaining_amount::float8 as remaining, closed_on - posting_date as days from co_1.customer_ledger_entry`,
    ));
    workDate = (await world.client.query('select work_date::text from co_1.ledger_setup')).rows[0].work_date;
  });
  const runs = (task: typeof turnover | typeof overdueBalance | typeof daysToPay, customerNo: string) =>
    runBackgroundTask(world.patient.platform.as(SALES), task as typeof turnover, { customerNo });
  /** The months up to the work date, `2026-03`, oldest first. */
  const months = (count: number) => {
    const [year = 0, month = 0] = workDate.split('-').map(Number);
    return Array.from({ length: count }, (_, at) =>
      new Date(Date.UTC(year, month - count + at, 1)).toISOString().slice(0, 7),
    );
  };

  test('are what the ledger says, summed up by other means', async () => {
    expect(ledger).toHaveLength(20_000);
    const sales = ledger.filter(({ document_type }) => /Invoice|Credit/.test(document_type));
    const last12 = sales.filter(({ posted }) => posted.slice(0, 7) >= (months(12)[0] ?? ''));
    const bought = (no: string) =>
      total(
        last12.filter(({ customer_no }) => customer_no === no),
        ({ amount }) => amount,
      );
    const everybody = [...new Set(ledger.map(({ customer_no }) => customer_no))];
    for (const no of ['10000', '10111', '10199']) {
      const own = sales.filter(({ customer_no }) => customer_no === no);
      const inMonth = (month: string) =>
        near(
          total(
            own.filter(({ posted }) => posted.startsWith(month)),
            ({ amount }) => amount,
          ),
        );
      expect(await runs(turnover, no)).toEqual({
        lastMonth: workDate.slice(0, 7),
        months: months(24).slice(12).map(inMonth),
        monthsBefore: months(24).slice(0, 12).map(inMonth),
        rank: 1 + everybody.filter((other) => bought(other) > bought(no)).length,
        customers: 200,
      });
      const open = ledger.filter(({ customer_no, remaining }) => customer_no === no && remaining !== 0);
      const late = open.filter(({ due }) => due < workDate);
      const sum = (entries: readonly Entry[]) => near(total(entries, ({ remaining }) => remaining));
      const age = ({ due }: Entry) => dayNo(workDate) - dayNo(due);
      const between = (least: number, most: number) =>
        sum(late.filter((entry) => age(entry) >= least && age(entry) <= most));
      expect(await runs(overdueBalance, no)).toEqual({
        balance: sum(open),
        overdue: sum(late),
        byAge: [between(1, 30), between(31, 60), between(61, 90), between(91, 9_999)],
        documents: late.length,
        oldestDays: Math.max(0, ...late.map(age)),
      });
      const paid = own.filter(
        ({ document_type, closed }) =>
          document_type === 'Invoice' && closed !== null && closed.slice(0, 7) >= (months(12)[0] ?? ''),
      );
      expect(await runs(daysToPay, no)).toMatchObject({
        payments: paid.length,
        average: near(total(paid, ({ days }) => days ?? 0) / paid.length),
      });
    }
  });

  test('travel as flat texts, and are read again by their schema', () => {
    const texts = { lastMonth: '2026-03', months: '1,2.5', monthsBefore: '', rank: '7', customers: '200' };
    expect(backgroundTaskResult(turnover, texts)).toEqual({
      lastMonth: '2026-03',
      months: [1, 2.5],
      monthsBefore: [],
      rank: 7,
      customers: 200,
    });
  });

  test('cannot be had with a task that writes, whatever its user may', async () => {
    const caller = world.patient.platform.as(SALES);
    const attempt = runBackgroundTask(caller, noteFromTheBackground, { customerNo: '10000', note: 'x' });
    await expect(attempt).rejects.toMatchObject({ code: 'READ_ONLY', details: { table: 'customer' } });
    expect(await noteOf('10000')).toBe('');
  });
});

describe('in a browser', () => {
  test('the card is usable at once; its statistics come one by one, and nothing moves', async () => {
    await blockLedger(world.holder);
    const page = await openCard('10001');
    await untilReaders(3);
    await page.getByText('30 days', { exact: true }).waitFor();
    await noteField(page).fill('Pays when the harvest is in');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(await noteOf('10001')).toBe('Pays when the harvest is in');
    expect(await page.locator('.figure').allTextContents()).toEqual(['–', '–', '–']);
    const before = await boxes(page);
    await letRead(world.holder);
    await untilComplete(page);
    expect(await boxes(page)).toEqual(before);
    expect(await page.locator('.plot canvas').count()).toBe(2);
    const { months } = await runBackgroundTask(world.patient.platform.as(SALES), turnover, {
      customerNo: '10001',
    });
    const figure = `€ ${Math.round(months.reduce((sum, each) => sum + each, 0)).toLocaleString('en')}`;
    expect((await page.locator('.figure').allTextContents())[0]).toBe(figure);
    expect(await noteField(page).inputValue()).toBe('Pays when the harvest is in');
    await untilQuiet(world.patient);
  });

  test('skipping through 100 customers leaves nothing running but what the last one needs', async () => {
    await blockLedger(world.holder);
    const page = await openCard('10000');
    await page.evaluate(`(async () => {
      for (let skips = 0; skips < 100; skips++) {
        document.querySelector('.steps button:last-child').click();
        await new Promise(requestAnimationFrame);
      }
    })()`);
    await page.getByText('Customer 10100', { exact: true }).waitFor();
    await expect
      .poll(() => world.patient.platform.instance.pages.counts, PATIENCE)
      .toEqual({
        pages: 1,
        running: 3,
        waiting: 0,
      });
    await untilReaders(3);
    await letRead(world.holder);
    await untilComplete(page);
    await untilQuiet(world.patient);
    expect(Number(await page.getByTestId('cancelled').textContent())).toBeGreaterThan(3);
    expect(await page.getByTestId('arrived').textContent()).toBe('3');
    await page.keyboard.press('k');
    await page.getByText('Customer 10099', { exact: true }).waitFor();
  });

  test('a statistic can be stopped by itself, and asked for again', async () => {
    await blockLedger(world.holder);
    const page = await openCard('10002');
    await untilReaders(3);
    await tiles(page, 'pending').first().getByRole('button', { name: 'Stop' }).click();
    await untilReaders(2);
    await letRead(world.holder);
    await expect.poll(() => tiles(page, 'completed').count(), PATIENCE).toBe(2);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await untilComplete(page);
  });

  test('closing the tab, or leaving the page, cancels at once', async () => {
    await blockLedger(world.holder);
    const page = await openCard('10003');
    await untilReaders(3);
    await page.close();
    await untilReaders(0);
    const other = await openCard('10003');
    await untilReaders(3);
    await other.goto('about:blank');
    await untilReaders(0);
    await expect.poll(() => world.patient.platform.instance.pages.counts.pages, PATIENCE).toBe(0);
  });

  test('of two tabs each has its own tasks', async () => {
    await blockLedger(world.holder);
    const one = await openCard('10004');
    const ofOne = await untilReaders(3);
    const two = await openCard('10005');
    const ofTwo = (await untilReaders(6)).filter((pid) => !ofOne.includes(pid));
    await one.keyboard.press('j');
    await one.getByText('Customer 10005', { exact: true }).waitFor();
    await expect
      .poll(async () => (await readers()).filter((pid) => ofOne.includes(pid)), PATIENCE)
      .toEqual([]);
    await untilReaders(6);
    expect(await readers()).toEqual(expect.arrayContaining([...ofTwo]));
    await one.close();
    expect(await untilReaders(3)).toEqual(ofTwo);
    await letRead(world.holder);
    await untilComplete(two);
    await untilQuiet(world.patient);
  });

  test('after a short cut the page goes on, with the same tasks', async () => {
    const { proxy } = world.patient;
    await blockLedger(world.holder);
    const page = await openCard('10006');
    const before = await untilReaders(3);
    proxy.cut();
    await page.getByText('No connection').waitFor();
    await noteField(page).fill('Typed without a connection');
    proxy.mend();
    await page.getByText('Connected', { exact: true }).waitFor();
    expect(await readers()).toEqual(before);
    await letRead(world.holder);
    await untilComplete(page);
    expect(await noteField(page).inputValue()).toBe('Typed without a connection');
    expect(await page.getByTestId('cancelled').textContent()).toBe('0');
  });

  test('after a long one its tasks are cancelled, and asked for again when it is back', async () => {
    const { proxy } = world.hasty;
    await blockLedger(world.holder);
    const page = await openCard('10007', world.hasty);
    const before = await untilReaders(3);
    proxy.cut();
    await untilReaders(0);
    const counts = () => world.hasty.platform.instance.pages.counts;
    await expect.poll(counts, PATIENCE).toEqual({ pages: 0, running: 0, waiting: 0 });
    proxy.mend();
    const after = await untilReaders(3);
    expect(after.filter((pid) => before.includes(pid) && !after.includes(pid))).toEqual([]);
    await letRead(world.holder);
    await untilComplete(page);
    await untilQuiet(world.hasty);
  });

  test('a task that tries to write is refused in plain words', async () => {
    const page = await openCard('10008');
    await page.getByRole('button', { name: 'Try to write' }).click();
    const ending = await page.locator('.ending.shown').textContent();
    expect(ending).toContain('Refused, and nothing was changed.');
    expect(ending).toContain('UPDATE (customer)');
    expect(await noteOf('10008')).toBe('');
    await untilComplete(page);
  });

  test('on a narrow screen the list and the card take turns, and nothing sticks out', async () => {
    const page = await openCard('10009');
    await page.setViewportSize({ width: 360, height: 740 });
    await untilComplete(page);
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBe(360);
    await page.getByRole('button', { name: '‹ Customers' }).click();
    await page.getByPlaceholder('Search').fill('10123');
    await page.getByRole('button', { name: '10123' }).click();
    await page.getByText('Customer 10123', { exact: true }).waitFor();
    expect(await width()).toBe(360);
  });
});

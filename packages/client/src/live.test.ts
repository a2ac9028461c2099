import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectLive, type Live, type LiveChange, type LiveEnd } from './live.ts';
import { FakeSurroundings, turn } from './testing/fake-surroundings.ts';

const ENTRIES = { list: 'jobQueueEntries', company: 'CRONUS' } as const;
const ANYTHING = { rows: null, removed: true };
const ROW = { id: 'e', version: 2, status: 'Ready' };

let browser: FakeSurroundings;
let states: [string, number | null][];
let live: Live;
let changes: LiveChange[];
let ends: LiveEnd[];
beforeEach(() => {
  browser = new FakeSurroundings();
  states = [];
  changes = [];
  ends = [];
  live = connectLive({ surroundings: browser, onState: (...state) => states.push(state) });
});
afterEach(() => live.close());

const listen = () =>
  live.subscribe(
    ENTRIES,
    (change) => changes.push(change),
    (end) => ends.push(end),
  );
const change = (position: string, id = 's1') =>
  browser.socket.say({ type: 'change', id, position, rows: [ROW], removed: false });
const lost = async (code = 1006) => {
  browser.socket.onclose?.({ code });
  await turn();
};

describe('a connection', () => {
  test('subscribes, reads first, and hears what changes', () => {
    listen();
    expect(live.state).toBe('polling');
    browser.socket.welcome();
    expect(browser.socket).toMatchObject({
      url: 'wss://jobs.example/api/v1/live',
      protocols: ['nightshift.live.v1'],
    });
    expect(browser.socket.sent).toEqual([
      { type: 'hello', version: 1 },
      { type: 'subscribe', id: 's1', ...ENTRIES },
    ]);
    browser.socket.say({ type: 'subscribed', id: 's1', position: 'p1', reset: true });
    change('p2');
    change('p2', 'another');
    expect(changes).toEqual([ANYTHING, { rows: [ROW], removed: false }]);
    expect(live.connection).toBe('c1');
    expect(states).toEqual([
      ['polling', null],
      ['live', null],
    ]);
  });

  test('comes back after growing pauses, and goes on where it was', async () => {
    listen();
    browser.socket.welcome();
    browser.socket.say({ type: 'subscribed', id: 's1', position: 'p1', reset: true });
    browser.socket.say({ type: 'message', seq: 7, run: 'r', text: 'x' });
    await lost();
    expect(live.connection).toBeNull();
    const openedAt: number[] = [];
    for (let at = 0; at < 4; at++) {
      const before = browser.sockets.length;
      while (browser.sockets.length === before) await browser.pass(500);
      openedAt.push(browser.now());
      await lost();
    }
    const pauses = openedAt.map((at, index) => at - (openedAt[index - 1] ?? 0));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000]);
    while (browser.sockets.length === 5) await browser.pass(1_000);
    browser.socket.welcome(true);
    expect(browser.socket.sent).toEqual([
      { type: 'hello', version: 1, resume: { connection: 'c1', seen: 7 } },
      { type: 'subscribe', id: 's1', ...ENTRIES, since: 'p1' },
    ]);
    browser.socket.say({ type: 'subscribed', id: 's1', position: 'p1', reset: false });
    const polled = changes.length;
    change('p2');
    expect(changes.slice(polled)).toEqual([{ rows: [ROW], removed: false }]);
  });

  test('is given up when nothing is heard for 40 s, whatever the system thinks', async () => {
    browser.socket.welcome();
    await browser.pass(35_000);
    browser.socket.say({ type: 'ping' });
    expect(browser.socket.take('pong')).toEqual([{ type: 'pong', seen: 0 }]);
    await browser.pass(35_000);
    expect(live.state).toBe('live');
    const dead = browser.socket;
    await browser.pass(10_000);
    expect(dead.isClosed).toBe(true);
    expect(browser.sockets.length).toBeGreaterThan(1);
  });

  test('does not come back by itself where that is of no use, but when it is told to', async () => {
    for (const code of [4400, 4401, 4409]) {
      browser.socket.welcome();
      await lost(code);
      expect(states.at(-1)).toEqual(['polling', code]);
      const before = browser.sockets.length;
      await browser.pass(120_000);
      expect(browser.sockets).toHaveLength(before);
      live.reconnect();
      await turn();
      expect(browser.sockets).toHaveLength(before + 1);
    }
  });

  test('says what has arrived, and drops what comes twice', () => {
    const texts: unknown[] = [];
    live.onRun({ message: ({ text }) => texts.push(text) });
    browser.socket.welcome();
    for (let seq = 1; seq <= 60; seq++)
      browser.socket.say({ type: 'message', seq, run: 'r', text: String(seq) });
    browser.socket.say({ type: 'message', seq: 60, run: 'r', text: 'again' });
    expect(texts).toHaveLength(60);
    expect(browser.socket.take('pong')).toEqual([{ type: 'pong', seen: 50 }]);
  });
});

describe('without a connection', () => {
  test('everything is read again every 10 s', async () => {
    listen();
    await browser.pass(30_000);
    expect(changes).toEqual([ANYTHING, ANYTHING, ANYTHING]);
    browser.socket.welcome();
    await browser.pass(30_000);
    expect(changes).toHaveLength(3);
  });

  test('that also holds where sockets cannot be had', async () => {
    live.close();
    browser = new FakeSurroundings();
    browser.broken = true;
    live = connectLive({ surroundings: browser, url: 'http://x/', key: 'ns_k' });
    listen();
    await browser.pass(10_000);
    expect(changes).toEqual([ANYTHING]);
    browser.broken = false;
    await browser.pass(60_000);
    expect(browser.socket).toMatchObject({
      url: 'ws://x/api/v1/live',
      protocols: ['nightshift.live.v1', 'nightshift.key.ns_k'],
    });
  });
});

describe('a hidden tab', () => {
  test('is told nothing, and all at once when it is shown', () => {
    listen();
    browser.socket.welcome();
    browser.show(false);
    expect(live.state).toBe('paused');
    change('p2');
    expect(changes).toEqual([]);
    browser.show(true);
    expect(changes).toEqual([{ rows: [ROW], removed: false }]);
    browser.show(false);
    change('p3');
    change('p4');
    browser.show(true);
    expect(changes.slice(1)).toEqual([ANYTHING]);
  });

  test('does not poll; when it is shown it reads, and connects at once', async () => {
    listen();
    await lost();
    browser.show(false);
    await browser.pass(60_000);
    expect(changes).toEqual([]);
    await lost();
    const before = browser.sockets.length;
    browser.show(true);
    await turn();
    expect(changes).toEqual([ANYTHING]);
    expect(browser.sockets).toHaveLength(before + 1);
  });
});

test('a subscription that is refused or ended says why, and is not made again', async () => {
  listen();
  listen();
  browser.socket.welcome();
  const why = { code: 'PERMISSION_DENIED', message: 'no' };
  browser.socket.say({ type: 'refused', of: 'subscribe', id: 's1', ...why });
  browser.socket.say({ type: 'ended', id: 's2', ...why });
  expect(ends).toEqual([why, why]);
  await lost();
  await browser.pass(1_000);
  browser.socket.welcome();
  expect(browser.socket.take('subscribe')).toEqual([]);
});

test('who leaves is not told any more, and answers go out', () => {
  const leave = listen();
  browser.socket.welcome();
  leave();
  leave();
  change('p2');
  expect(changes).toEqual([]);
  expect(live.answer('d', true)).toBe(true);
  expect(browser.socket.sent.slice(-2)).toEqual([
    { type: 'unsubscribe', id: 's1' },
    { type: 'answer', dialog: 'd', value: true },
  ]);
});

import { beforeEach, describe, expect, test } from 'vitest';
import { openPage, type PageSession } from './page.ts';
import { type Outgoing, PageOutbox } from './page-outbox.ts';
import { FakeLink } from './testing/fake-link.ts';

const AT_ONCE = 120;
const A_SECOND = 25;

let link: FakeLink;
beforeEach(() => {
  link = new FakeLink();
});
const types = () => link.sent.map(({ type }) => type);

describe('what pages send', () => {
  let outbox: PageOutbox;
  const message = (no: number): Outgoing => ({ type: 'enqueueTask', page: 'one', no });
  const numbers = () => link.sent.map(({ no }) => no);
  const send = (count: number) => {
    for (let no = 0; no < count; no++) outbox.send(message(no));
  };
  beforeEach(() => {
    outbox = new PageOutbox(link);
  });

  test('goes at once up to a number, then at a pace, in its order', async () => {
    send(200);
    expect(link.sent).toHaveLength(AT_ONCE);
    await link.advance(2_000);
    expect(link.sent.length).toBeGreaterThan(AT_ONCE + 2 * A_SECOND - 3);
    expect(link.sent.length).toBeLessThanOrEqual(AT_ONCE + 2 * A_SECOND);
    await link.advance(10_000);
    expect(numbers()).toEqual(Array.from({ length: 200 }, (_, no) => no));
  });

  test('is free again after a rest, and never freer than at first', async () => {
    send(AT_ONCE);
    await link.advance(3_600_000);
    link.sent.length = 0;
    send(AT_ONCE + 1);
    expect(link.sent).toHaveLength(AT_ONCE);
  });

  test('is taken back before its turn, and said so', async () => {
    send(AT_ONCE + 10);
    const stale = outbox.drop(({ no }) => Number(no) % 2 === 0);
    expect(stale.map(({ no }) => no)).toEqual([120, 122, 124, 126, 128]);
    await link.advance(60_000);
    expect(numbers().slice(AT_ONCE)).toEqual([121, 123, 125, 127, 129]);
  });

  test('is not kept without a connection, where the page says anew how things stand', async () => {
    send(AT_ONCE + 10);
    link.cut();
    await link.advance(60_000);
    link.welcome(false);
    link.sent.length = 0;
    outbox.send(message(7));
    await link.advance(60_000);
    expect(numbers()).toEqual([7]);
  });

  test('goes all at once where there is no later', () => {
    send(AT_ONCE + 10);
    outbox.sendAll();
    expect(link.sent).toHaveLength(AT_ONCE + 10);
  });
});

describe('of a page', () => {
  let page: PageSession;
  /** Other pages have used up what may go at once. */
  const exhaust = () => {
    const other = openPage(link, { company: 'CRONUS', name: 'Other' });
    for (let no = 0; no < AT_ONCE; no++) other.enqueue('Other');
    link.sent.length = 0;
  };
  const open = () => {
    page = openPage(link, { company: 'CRONUS', name: 'Customer Card', recordId: '10000' });
  };

  test('that is closed before the server has heard of it, the server never hears', async () => {
    exhaust();
    open();
    page.enqueue('Statistics');
    page.close();
    await link.advance(60_000);
    expect(link.sent.filter(({ codeunit }) => codeunit !== 'Other')).toEqual([]);
  });

  test('that the server knows, the end is said although its opening anew has not been sent', async () => {
    open();
    exhaust();
    link.welcome(false);
    link.sent.length = 0;
    page.close();
    await link.advance(60_000);
    expect(types()).toContain('closePage');
  });

  test('that moves on before its opening was sent, the server hears of the last record only', async () => {
    exhaust();
    open();
    const before = page.enqueue('Statistics', { no: '10000' });
    page.setCurrentRecord('20000');
    page.setCurrentRecord('30000');
    page.enqueue('Statistics', { no: '30000' });
    await expect(before.result).rejects.toMatchObject({ code: 'PAGE_TASK_CANCELLED' });
    await link.advance(60_000);
    const own = link.sent.slice(-2);
    expect(own.map(({ type, recordId, parameters }) => [type, recordId ?? parameters])).toEqual([
      ['openPage', '30000'],
      ['enqueueTask', { no: '30000' }],
    ]);
  });

  test('that is back at its record before the server has heard of the one between, what was under way is cancelled', async () => {
    open();
    page.enqueue('Statistics');
    exhaust();
    page.setCurrentRecord('20000');
    page.setCurrentRecord('10000');
    const again = page.enqueue('Statistics');
    await link.advance(60_000);
    expect(link.sent.slice(-2)).toMatchObject([
      { type: 'openPage', recordId: '10000', tasks: [] },
      { type: 'enqueueTask', task: again.id },
    ]);
  });

  test('that the server knows, the end is said although it is said anew how things stand', async () => {
    open();
    exhaust();
    page.setCurrentRecord('20000');
    page.setCurrentRecord('10000');
    page.close();
    await link.advance(60_000);
    expect(types().filter((type) => type !== 'enqueueTask')).toEqual(['closePage']);
  });

  test('a task that is cancelled before its turn is never sent', async () => {
    open();
    exhaust();
    page.enqueue('Statistics', { no: 'unwanted' }).cancel();
    page.enqueue('Statistics', { no: 'wanted' });
    await link.advance(60_000);
    const asked = link.sent.filter(({ codeunit }) => codeunit === 'Statistics');
    expect(asked.map(({ parameters }) => parameters)).toEqual([{ no: 'wanted' }]);
  });
});

// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPage, type PageSession } from './page.ts';
import { FakeLink } from './testing/fake-link.ts';

// The browser leaves the document, and perhaps comes back.

interface Browser {
  readonly Event: new (name: string) => object;
  dispatchEvent(event: object): void;
}
const browser = globalThis as unknown as Browser;
const happen = (name: string, more: object = {}) =>
  browser.dispatchEvent(Object.assign(new browser.Event(name), more));

let link: FakeLink;
let pages: PageSession[];
beforeEach(() => {
  link = new FakeLink();
  pages = ['One', 'Two'].map((name) => openPage(link, { company: 'CRONUS', name }));
});
afterEach(() => {
  for (const page of pages) page.close();
});
const types = () => link.sent.map(({ type }) => type);

test('whoever leaves the document closes all pages at once, whatever still waited to be sent', () => {
  for (let no = 0; no < 200; no++) pages[0]?.enqueue('Statistics', { no: `${no}` });
  link.sent.length = 0;
  happen('pagehide');
  expect(types()).toEqual(['closePage', 'closePage']);
});

test('whoever comes back to it finds them open, and what they wait for asked again', async () => {
  const task = pages[1]?.enqueue('Statistics');
  const [order] = link.take('enqueueTask');
  happen('pagehide', { persisted: true });
  link.sent.length = 0;
  happen('pageshow', { persisted: true });
  expect(types()).toEqual(['openPage', 'openPage', 'enqueueTask']);
  link.complete(order, { turnover: '18' });
  expect(await task?.result).toEqual({ turnover: '18' });
});

test('a document that is shown for the first time opens nothing twice', () => {
  link.sent.length = 0;
  happen('pageshow', { persisted: false });
  expect(types()).toEqual([]);
});

test('a page that was closed is neither closed again nor opened again', () => {
  pages[0]?.close();
  link.sent.length = 0;
  happen('pagehide');
  happen('pageshow', { persisted: true });
  expect(types()).toEqual(['closePage', 'openPage']);
});

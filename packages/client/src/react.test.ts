// @vitest-environment happy-dom
import { act, createElement, type ReactNode, StrictMode, Suspense } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PageProvider, PagesProvider, type TaskView, usePage, usePageBackgroundTask } from './react.ts';
import { FakeLink } from './testing/fake-link.ts';

/** What is shown. */
interface Place {
  readonly textContent: string;
}
const browser = globalThis as unknown as { readonly document: { createElement(tag: string): Place } };
(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let link: FakeLink;
let root: Root;
let place: Place;
beforeEach(() => {
  link = new FakeLink();
  place = browser.document.createElement('div');
  root = createRoot(place as never);
});
afterEach(async () => act(async () => root.unmount()));

const views: Record<string, TaskView> = {};

function Statistics({ id = 'one', months = '12', suspense = false }) {
  const view = usePageBackgroundTask('Statistics', { months }, { suspense });
  views[id] = view;
  return createElement(
    'p',
    null,
    `${view.status} ${view.result?.['turnover'] ?? '–'} ${view.error?.code ?? ''}`,
  );
}

function Card({ no, children }: { readonly no: string; readonly children?: ReactNode }) {
  const page = usePage('Customer Card', no);
  return createElement(PageProvider, { page }, children);
}

const draw = (node: ReactNode) =>
  act(async () =>
    root.render(
      createElement(StrictMode, null, createElement(PagesProvider, { live: link, company: 'CRONUS' }, node)),
    ),
  );
const card = (no: string, ...children: ReactNode[]) => createElement(Card, { no }, ...children);
const hear = (tell: () => void) => act(async () => tell());
const later = (ms: number) => act(async () => link.advance(ms));

test('asks once in StrictMode, and shows the answer; components that ask for the same share it', async () => {
  const one = createElement(Statistics, { key: 1, id: 'one' });
  await draw(card('10000', one, createElement(Statistics, { key: 2, id: 'two' })));
  await later(0);
  const orders = link.take('enqueueTask');
  expect(orders).toHaveLength(1);
  expect(place.textContent).toBe('pending – pending – ');
  await hear(() => link.complete(orders[0], { turnover: '18' }));
  expect(place.textContent).toBe('completed 18 completed 18 ');
});

test('follows the record: the former answer stays while the next is on its way', async () => {
  await draw(card('10000', createElement(Statistics)));
  await hear(() => link.complete(link.take('enqueueTask')[0], { turnover: '18' }));
  await draw(card('20000', createElement(Statistics)));
  await later(0);
  expect(views['one']).toMatchObject({ status: 'pending', isFormer: true, result: { turnover: '18' } });
  expect(link.sent.map(({ type }) => type).toSorted()).toEqual(['closePage', 'enqueueTask', 'openPage']);
  await hear(() => link.complete(link.take('enqueueTask')[0], { turnover: '19' }));
  expect(views['one']).toMatchObject({ status: 'completed', isFormer: false, result: { turnover: '19' } });
});

test('other parameters ask anew and cancel what was asked before', async () => {
  await draw(card('10000', createElement(Statistics)));
  const [first] = link.take('enqueueTask');
  await draw(card('10000', createElement(Statistics, { months: '6' })));
  await later(0);
  expect(link.sent.filter(({ type }) => type !== 'openPage')).toMatchObject([
    { type: 'enqueueTask', parameters: { months: '6' } },
    { type: 'cancelTask', task: first?.['task'] },
  ]);
});

test('tells an error, and cancels', async () => {
  await draw(card('10000', createElement(Statistics)));
  await hear(() => link.fail(link.take('enqueueTask')[0], 'READ_ONLY'));
  expect(place.textContent).toBe('failed – READ_ONLY');
  await draw(card('20000', createElement(Statistics)));
  await act(async () => views['one']?.cancel());
  expect(views['one']).toMatchObject({ status: 'cancelled' });
});

test('closes the page and cancels when it is not shown any more', async () => {
  await draw(card('10000', createElement(Statistics)));
  await draw(null);
  await later(0);
  expect(link.sent.map(({ type }) => type)).toEqual(['openPage', 'enqueueTask', 'closePage']);
});

test('suspends until there is an answer, however long that takes, and asks once', async () => {
  const suspending = createElement(
    Suspense,
    { fallback: 'waiting' },
    card('10000', createElement(Statistics, { suspense: true })),
  );
  await draw(suspending);
  expect(place.textContent).toBe('waiting');
  for (let step = 0; step < 4; step++) await later(5_000);
  const orders = link.take('enqueueTask');
  expect(orders).toHaveLength(1);
  await hear(() => link.complete(orders[0], { turnover: '18' }));
  expect(place.textContent).toBe('completed 18 ');
  expect(link.take('enqueueTask')).toEqual([]);
  await draw(null);
  await later(10_000);
  expect(link.sent.map(({ type }) => type)).toContain('closePage');
});

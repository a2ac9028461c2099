// @vitest-environment happy-dom
import { act, Component, createElement, type ReactNode, StrictMode, Suspense } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  PageProvider,
  PagesProvider,
  type SharedPage,
  type TaskView,
  usePage,
  usePageBackgroundTask,
} from './react.ts';
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
  root = createRoot(place as never, { onCaughtError: () => undefined });
});
afterEach(async () => act(async () => root.unmount()));

const views: Record<string, TaskView> = {};

function Statistics({ id = 'one', months = '12', suspense = false, enabled = true }) {
  const view = usePageBackgroundTask('Statistics', { months }, { suspense, enabled });
  views[id] = view;
  return createElement(
    'p',
    null,
    `${view.status} ${view.result?.['turnover'] ?? '–'} ${view.error?.code ?? ''}`,
  );
}

const shown: string[] = [];
let latest: SharedPage | undefined;
function Card({ no, children }: { readonly no: string; readonly children?: ReactNode }) {
  const page = usePage('Customer Card', no, { onNotification: ({ code }) => shown.push(code) });
  latest = page;
  return createElement(PageProvider, { page }, children);
}

/** Shows what a component below it has thrown. */
class Boundary extends Component<{ readonly children?: ReactNode }, { readonly code: string | null }> {
  override state = { code: null };
  static getDerivedStateFromError = ({ code }: { readonly code: string }) => ({ code });
  override render = () => this.state.code ?? this.props.children;
}

const draw = (node: ReactNode) =>
  act(async () =>
    root.render(
      createElement(StrictMode, null, createElement(PagesProvider, { live: link, company: 'CRONUS' }, node)),
    ),
  );
const card = (no: string, ...children: ReactNode[]) => createElement(Card, { no }, ...children);
const types = () => link.sent.map(({ type }) => type);
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
  expect(types()).toEqual(['setCurrentRecord', 'enqueueTask']);
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
  expect(types()).toEqual(['openPage', 'enqueueTask', 'closePage']);
});

test('however fast somebody skips, it is one page: with one of its tasks under way, and none left behind', async () => {
  await draw(card('10000', createElement(Statistics)));
  const [opened] = link.take('openPage');
  for (let no = 10_001; no <= 10_030; no++) await draw(card(`${no}`, createElement(Statistics)));
  await later(0);
  expect(new Set(link.sent.map(({ page }) => page))).toEqual(new Set([opened?.['page']]));
  expect(types().filter((type) => type === 'openPage' || type === 'closePage')).toEqual([]);
  expect(link.sent.at(-1)).toMatchObject({ type: 'enqueueTask', parameters: { months: '12' } });
  // Back at a record of before everything is asked anew.
  await draw(card('10000', createElement(Statistics)));
  await hear(() => link.complete(link.take('enqueueTask').at(-1), { turnover: '18' }));
  expect(place.textContent).toBe('completed 18 ');
  await draw(null);
  await later(0);
  expect(types()).toEqual(['closePage']);
});

test('what listens to the page goes on with the next record', async () => {
  await draw(card('10000', createElement(Statistics)));
  const ends: string[] = [];
  latest?.session.on('cancelled', () => ends.push('cancelled'));
  latest?.session.on('completed', ({ recordId }) => ends.push(`${recordId}`));
  link.sent.length = 0;
  await draw(card('20000', createElement(Statistics)));
  await hear(() => link.complete(link.take('enqueueTask')[0], {}));
  expect(ends).toEqual(['cancelled', '20000']);
});

test('records that are shown at the same time have pages of their own, also when they change places', async () => {
  const two = (one: string, other: string) =>
    draw([
      createElement(Card, { no: one, key: 1 }, createElement(Statistics, { id: 'one' })),
      createElement(Card, { no: other, key: 2 }, createElement(Statistics, { id: 'two' })),
    ]);
  await two('10000', '20000');
  const orders = link.sent.filter(({ type }) => type === 'enqueueTask');
  expect(new Set(orders.map(({ page }) => page)).size).toBe(2);
  link.sent.length = 0;
  await two('20000', '10000');
  await later(0);
  expect(types()).toEqual([]);
  await hear(() => link.complete(orders[0], { turnover: '1' }));
  await hear(() => link.complete(orders[1], { turnover: '2' }));
  expect(place.textContent).toBe('completed 2 completed 1 ');
  // One moves on: the other keeps its page.
  await two('30000', '10000');
  await later(0);
  expect(link.sent.map(({ type, page }) => [type, page])).toEqual([
    ['setCurrentRecord', orders[1]?.['page']],
    ['enqueueTask', orders[1]?.['page']],
  ]);
});

test('what components share is cancelled when the last of them has gone, and the page stays', async () => {
  const of = (...ids: string[]) =>
    draw(card('10000', ...ids.map((id) => createElement(Statistics, { key: id, id }))));
  await of('one', 'two');
  const [order] = link.take('enqueueTask');
  await of('two');
  await later(0);
  expect(types()).toEqual([]);
  await of();
  await later(0);
  expect(link.sent).toMatchObject([{ type: 'cancelTask', task: order?.['task'] }]);
});

test('does not ask before it is told to; its error is its own, that of others is shown', async () => {
  await draw(card('10000', createElement(Statistics, { enabled: false })));
  await later(0);
  expect(types()).toEqual(['openPage']);
  expect(views['one']).toMatchObject({ status: 'idle', result: null });
  await draw(card('10000', createElement(Statistics)));
  const [order] = link.take('enqueueTask');
  const { result } = latest?.session.enqueue('Other') ?? {};
  await hear(() => link.fail(order, 'OWN'));
  await hear(() => link.fail(link.take('enqueueTask')[0], 'OTHER'));
  await result?.catch(() => undefined);
  expect(views['one']?.error?.code).toBe('OWN');
  expect(shown).toEqual(['OTHER']);
});

test('what suspends is cancelled with its record, and throws what it failed with', async () => {
  const suspending = (no: string) =>
    draw(
      card(
        no,
        createElement(
          Boundary,
          null,
          createElement(Suspense, { fallback: 'waiting' }, createElement(Statistics, { suspense: true })),
        ),
      ),
    );
  await suspending('10000');
  expect(types()).toEqual(['openPage', 'enqueueTask']);
  const [former] = link.take('enqueueTask');
  await suspending('20000');
  await later(0);
  expect(place.textContent).toBe('waiting');
  // It asked while the former page was still shown: for a moment there were two.
  expect(types().toSorted()).toEqual(['closePage', 'enqueueTask', 'openPage']);
  expect(link.sent.find(({ type }) => type === 'closePage')?.['page']).toBe(former?.['page']);
  const [order] = link.take('enqueueTask');
  await hear(() => link.fail(order, 'BROKEN'));
  expect(place.textContent).toBe('BROKEN');
  await draw(null);
  await later(0);
  expect(types()).toContain('closePage');
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
  expect(types()).toContain('closePage');
});

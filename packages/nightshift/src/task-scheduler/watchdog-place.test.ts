import { expect, test } from 'vitest';
import { blockedBy, describeBlockedBy, type Frame, tellingFrame } from './watchdog-place.ts';

const frame = (url: string, name = 'f', line = 0): Frame => ({ id: name, url, function: name, line });
const OURS = frame(new URL('./watchdog-place.ts', import.meta.url).href, 'ours');
const NODE = frame('node:internal/process/task_queues', 'processTicksAndRejections');
const PACKAGE = frame('file:///app/node_modules/lodash/sort.js', 'sort');
const OWN = frame('file:///app/orders.ts', 'post', 11);
const EVALUATED = frame('', 'anonymous');

test('the innermost frame of one’s own code tells most, then that of a package, then ours', () => {
  const outer = frame('file:///app/main.ts', 'main');
  expect(tellingFrame([NODE, PACKAGE, OURS, OWN, outer, OURS])).toBe(OWN);
  expect(tellingFrame([NODE, EVALUATED, OURS, PACKAGE, OURS])).toBe(PACKAGE);
  expect(tellingFrame([NODE, OURS])).toBe(OURS);
  expect(tellingFrame([NODE, EVALUATED])).toBe(null);
  expect(tellingFrame([])).toBe(null);
});

test('a script that was made without a URL is known by its path', () => {
  expect(tellingFrame([NODE, frame('/app/vm.js', 'g')])?.url).toBe('/app/vm.js');
});

test('lines count from 1, and a URL becomes a path', () => {
  const running = { codeunit: 'Post Orders', sessionId: 7, company: 'CRONUS', user: 'ADMIN' };
  expect(blockedBy(frame('file:///app/my%20orders.ts', 'post', 11), running)).toEqual({
    ...running,
    file: '/app/my orders.ts',
    line: 12,
    function: 'post',
  });
});

test('nonsense is nothing known: the application may have put anything there', () => {
  const nothing = { codeunit: null, sessionId: null, company: null, user: null };
  const noPlace = { file: null, line: null, function: null };
  const hostile = { codeunit: { toString: () => 'x' }, sessionId: '7', company: 1, user: null };
  for (const running of [null, undefined, 7, 'text', [], hostile]) {
    expect(blockedBy(null, running)).toEqual({ ...nothing, ...noPlace });
  }
  expect(blockedBy(frame('file://host-elsewhere/a/%2f.ts', ''), null)).toMatchObject({
    file: 'file://host-elsewhere/a/%2f.ts',
    function: null,
  });
});

test('sentences say as much as is known', () => {
  const place = blockedBy(OWN, null);
  const nowhere = blockedBy(null, null);
  expect(describeBlockedBy({ ...place, codeunit: 'Post' })).toBe('codeunit Post at /app/orders.ts:12');
  expect(describeBlockedBy({ ...nowhere, codeunit: 'Post' })).toBe('codeunit Post');
  expect(describeBlockedBy(place)).toBe('code outside of sessions at /app/orders.ts:12');
  expect(describeBlockedBy(nowhere)).toBe('code at an unknown place');
});

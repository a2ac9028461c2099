import { describe, expect, test } from 'vitest';
import { counted, instantText, listOf, tableOf, wallClockText, zoneOrUtc } from './showing.ts';

const NOON = new Date('2026-08-01T12:00:00Z');

describe('tables', () => {
  test('columns stand beneath their headings, without lines', () => {
    expect(
      tableOf(
        ['No', 'Status'],
        [
          [1, 'Ready'],
          [22, null],
        ],
      ),
    ).toBe('No  Status\n1   Ready\n22  –');
  });

  test('wide characters keep the columns straight', () => {
    expect(
      tableOf(
        ['A', 'B'],
        [
          ['日本', 1],
          ['x', 2],
        ],
      ),
    ).toBe('A     B\n日本  1\nx     2');
  });

  test('a cell is one line, cut, and harmless', () => {
    const [, row = ''] = tableOf(['Text'], [[`\u001b[2J${'x'.repeat(100)}\nnew line`]]).split('\n');
    expect(row).toMatch(/^␛\[2Jx+…$/);
    expect(row).toHaveLength(60);
  });
});

describe('lists', () => {
  test('values stand beneath each other', () => {
    expect(
      listOf([
        ['Id', 7],
        ['Status', 'Ready'],
        ['Task', null],
      ]),
    ).toBe('Id      7\nStatus  Ready\nTask    –');
  });
});

describe('instants', () => {
  test('are said with their zone', () => {
    expect(instantText(NOON, 'Europe/Berlin')).toBe('2026-08-01 14:00:00 Europe/Berlin');
    expect(wallClockText(NOON, 'UTC')).toBe('2026-08-01 12:00:00');
    expect(instantText(null, 'UTC')).toBe('–');
  });

  test('a zone that this machine does not know is shown in UTC', () => {
    expect(zoneOrUtc('Mars/Olympus')).toBe('UTC');
    expect(instantText(NOON, 'Mars/Olympus')).toBe('2026-08-01 12:00:00 UTC');
  });
});

test('counts have their noun', () => {
  expect([counted(0, 'task'), counted(1, 'task'), counted(2, 'task')]).toEqual([
    '0 tasks',
    '1 task',
    '2 tasks',
  ]);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAKE_START, FakeClock } from '../testing/fake-clock.ts';
import { LOG_LINES_MAX, RunLog } from './run-log.ts';

const log = () => new RunLog(new FakeClock());

describe("a run's log", () => {
  it('keeps level, text, details and time', () => {
    const kept = log();
    kept.info('one', { order: 7 });
    kept.warning('two');
    kept.error('three', { nested: { list: [1, null] } });
    expect(kept.lines()).toEqual([
      { at: FAKE_START, level: 'information', text: 'one', details: { order: 7 } },
      { at: FAKE_START, level: 'warning', text: 'two', details: null },
      { at: FAKE_START, level: 'error', text: 'three', details: { nested: { list: [1, null] } } },
    ]);
  });

  it('keeps a thousand lines, and says how many more there were', () => {
    const kept = log();
    for (let line = 0; line < LOG_LINES_MAX + 5; line++) kept.info(String(line));
    expect(kept.lines()).toHaveLength(LOG_LINES_MAX + 1);
    expect(kept.lines().at(-1)).toMatchObject({ level: 'warning', text: '5 more lines were not kept' });
  });

  it.each([
    ['a bigint', { n: 10n }, { n: '10' }],
    ['NUL', { 'k\0': 'v\0' }, { 'k␀': 'v␀' }],
    ['half a character', { t: '\uD800' }, { t: '\uFFFD' }],
    ['the text of an escape', { t: '\\u0000\\\\ud800' }, { t: '\\u0000\\\\ud800' }],
    ['half a character in a key', { 'k\uDC00': 1 }, { 'k\uFFFD': 1 }],
    ['half a character after a backslash', { t: '\\\uDC00' }, { t: '\\\uFFFD' }],
    [
      'a getter that throws',
      Object.defineProperty({}, 'x', { enumerable: true, get: bomb }),
      expect.any(String),
    ],
  ])('takes details with %s', (_, details, expected) => {
    const kept = log();
    kept.info('x', details as Record<string, unknown>);
    expect(kept.lines()[0]?.details).toEqual(expected);
  });

  it('cuts long texts and long details', () => {
    const kept = log();
    kept.info('x'.repeat(100_000), { y: 'y'.repeat(100_000) });
    const [line] = kept.lines();
    expect(line?.text.length).toBeLessThan(5_000);
    expect(String(line?.details).length).toBeLessThan(9_000);
  });

  it('takes a message that is no text and cannot be made one', () => {
    log().info(Object.create(null) as string);
  });

  it('takes anything, and what it keeps can be stored (property)', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withMap: true,
    });
    const text = fc.string({ unit: 'binary' });
    const hostile = fc.dictionary(fc.constantFrom('\0', '\uD800', '\\u0000', '\\\uDC00', 'a'), text);
    fc.assert(
      fc.property(text, fc.oneof(anything, hostile), (message, details) => {
        const kept = log();
        kept.info(message, details as Record<string, unknown>);
        const stored = JSON.stringify(kept.lines());
        expect(stored).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i);
      }),
    );
  });
});

function bomb(): never {
  throw new Error('boom');
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellOf, csvOf } from './csv.ts';

test('no text becomes a formula, and every text comes back', () => {
  expect(cellOf('=1+1')).toBe("'=1+1");
  expect(cellOf('@SUM(A1)')).toBe("'@SUM(A1)");
  expect(cellOf('-1')).toBe("'-1");
  expect(cellOf(-1)).toBe('-1');
  expect(cellOf('a "b", c')).toBe('"a ""b"", c"');
  expect(cellOf(['a', 'b'])).toBe('"a, b"');
  expect(cellOf({ code: 'X', message: 'it broke' })).toBe('it broke');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const cell = cellOf(text);
      const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      expect(inner).not.toMatch(/^[=+\-@\t\r]/);
      expect([text, `'${text}`]).toContain(inner);
    }),
  );
});

test('a file goes over pages, and ends at its limit', async () => {
  const page = (from: number, next: string | null) => ({
    items: Array.from({ length: 500 }, (_, index) => ({ no: from + index, text: 'x' })),
    page: { next },
  });
  let asked = 0;
  const file = csvOf(page(0, '1'), ['no', 'text'], async () => {
    asked++;
    return page(asked * 500, 'more');
  });
  let text = '';
  for await (const part of file) text += part;
  const lines = text.trimEnd().split('\r\n');
  expect(lines[0]).toBe('\uFEFFno,text');
  expect(lines.length).toBe(100_001);
  expect(lines.at(-1)).toBe('99999,x');
});

import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digitsOf, sumOf, valueTextOf } from './column-values.ts';
import { csvDocument } from './csv-document.ts';
import { fileNameOf } from './file-document.ts';
import { htmlDocument } from './html-document.ts';
import { pdfDocument } from './pdf-document.ts';
import { type FullColumn, type ReadTable, type ReportTable, readTable } from './report-table.ts';
import { xlsxDocument } from './xlsx-document.ts';

const LOCALE = { language: 'de-DE', timeZone: 'Europe/Berlin' };
const parts = { locale: LOCALE, footer: 'CRONUS', createdAt: new Date('2026-11-23T08:00:00Z') };
const read = (table: ReportTable): Promise<ReadTable> => readTable('Sales', table, 100_000);
const SALES: ReportTable = {
  title: 'Sales <1>',
  columns: [
    { name: 'no', caption: 'No.' },
    { name: 'day', caption: 'Day', type: 'date' },
    { name: 'at', caption: 'At', type: 'datetime' },
    { name: 'open', caption: 'Open', type: 'boolean' },
    { name: 'amount', caption: 'Amount', type: 'number', decimals: 2, total: true },
  ],
  rows: [
    {
      no: '=1+1',
      day: '2026-03-29',
      at: new Date('2026-03-29T00:59:00Z'),
      open: true,
      amount: '1234567890123456.70',
    },
    { no: '<b>"x"</b>', day: null, at: '2026-03-29T01:00:00Z', open: false, amount: -0.5 },
    { no: 'a,\n"b"', amount: 10n },
  ],
};

function column(more: Partial<FullColumn>): FullColumn {
  return { name: 'a', caption: 'a', type: 'text', decimals: null, total: false, ...more };
}

/** The texts of the parts of a workbook, by name. */
function unzipped(file: Buffer): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const end = file.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = file.readUInt32LE(end + 16);
  for (let count = file.readUInt16LE(end + 10); count > 0; count--) {
    const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((place) => file.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ];
    const local = file.readUInt32LE(at + 42);
    const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const bytes = file.subarray(start, start + size);
    found[String(file.subarray(at + 46, at + 46 + name))] = String(
      method === 0 ? bytes : inflateRawSync(bytes),
    );
    at += 46 + name + extra + comment;
  }
  return found;
}

const pages = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;

describe('CSV', () => {
  test('has the values as they are, and no formulas', async () => {
    expect(String(csvDocument(await read(SALES)))).toBe(
      [
        '\uFEFFNo.,Day,At,Open,Amount',
        "'=1+1,2026-03-29,2026-03-29T00:59:00.000Z,true,1234567890123456.70",
        '"<b>""x""</b>",,2026-03-29T01:00:00Z,false,-0.5',
        '"a,\n""b""",,,,10',
        '',
      ].join('\r\n'),
    );
  });
});

describe('HTML', () => {
  test('shows values in the language and the time zone of the session, and sums them', async () => {
    const page = String(htmlDocument(await read(SALES), LOCALE, 'by & for'));
    expect(page).toContain('<h1>Sales &lt;1&gt;</h1>');
    expect(page).toContain('<td>29.03.2026</td><td>29.03.2026, 01:59</td><td>✓</td>');
    expect(page).toContain('<td></td><td>29.03.2026, 03:00</td><td>✗</td><td class="number">-0,50</td>');
    expect(page).toContain(
      '<tfoot><tr><td></td><td></td><td></td><td></td><td class="number">1.234.567.890.123.466,20</td>',
    );
    expect(page).toContain('<footer>by &amp; for</footer>');
  });

  test('has no other tags than its own, whatever is in the values', async () => {
    const table = await read({ columns: [{ name: 'a' }], rows: [] });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const page = String(htmlDocument({ ...table, title: text, rows: [{ a: text }] }, LOCALE, text));
        const tags = new Set(page.match(/<\/?[a-z!][a-z0-9]*/gi));
        expect(
          [...tags].filter(
            (tag) =>
              !/^<\/?(!doctype|html|head|meta|title|style|body|h1|p|table|thead|tbody|tr|th|td|footer)$/i.test(
                tag,
              ),
          ),
        ).toEqual([]);
        expect(page.match(/<script/i)).toBeNull();
      }),
    );
  });
});

describe('XLSX', () => {
  test('has texts as texts, numbers and days as such, and what the clock on the wall showed', async () => {
    const files = unzipped(await xlsxDocument(await read(SALES), 'Europe/Berlin'));
    const sheet = files['xl/worksheets/sheet1.xml'] ?? '';
    const shared = files['xl/sharedStrings.xml'] ?? '';
    expect(sheet).not.toContain('<f>');
    expect(shared).toContain('=1+1');
    // 29 March 2026 is day 46110; 01:59 on the wall, and an hour is left out after that: 03:00.
    expect(sheet).toMatch(/<c r="B2"[^>]*><v>46110<\/v>/);
    expect(sheet).toMatch(/<c r="C2"[^>]*><v>46110\.0826/);
    expect(sheet).toMatch(/<c r="C3"[^>]*><v>46110\.125</);
    expect(sheet).toMatch(/<c r="E3"[^>]*><v>-0\.5<\/v>/);
    // More digits than a spreadsheet keeps stay text.
    expect(shared).toContain('1234567890123456.70');
    expect(files['xl/workbook.xml']).toContain('Sales &lt;1&gt;');
  });

  test('is made of whatever texts', async () => {
    const table = await read({ columns: [{ name: 'a' }], rows: [] });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const files = unzipped(await xlsxDocument({ ...table, title: text, rows: [{ a: text }] }, 'UTC'));
        for (const part of Object.values(files))
          expect(part).not.toMatch(/(?![\t\n\r])[\p{Cc}\uFFFE\uFFFF]/u);
      }),
      { numRuns: 30 },
    );
  });
});

describe('PDF', () => {
  test('has pages, however many rows there are', async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, no) => ({ no, text: `Row ${no}` }));
    const columns = [{ name: 'no', type: 'number', total: true }, { name: 'text' }] as const;
    const many = await pdfDocument({ ...parts, table: await read({ columns, rows: rows(300) }) });
    expect([String(many.subarray(0, 5)), pages(many)]).toEqual(['%PDF-', 6]);
    expect(pages(await pdfDocument({ ...parts, table: await read({ columns, rows: [] }) }))).toBe(1);
  });

  test('is made of whatever values, in whatever many columns', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.bigInt(), fc.date(), fc.anything());
    const some = fc.array(
      fc.record({
        type: fc.constantFrom('text', 'number', 'date', 'datetime', 'boolean'),
        decimals: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }),
        values: fc.array(value, { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 50 },
    );
    await fc.assert(
      fc.asyncProperty(some, async (wanted) => {
        const columns = wanted.map(({ type, decimals }, no) =>
          column({
            name: `c${no}`,
            caption: `c${no}`,
            type: type as FullColumn['type'],
            decimals,
            total: type === 'number',
          }),
        );
        const rows = [0, 1, 2].map((at) =>
          Object.fromEntries(wanted.map(({ values }, no) => [`c${no}`, values[at]])),
        );
        const table = { title: 'x', subtitle: '', columns, rows };
        expect(pages(await pdfDocument({ ...parts, table }))).toBeGreaterThan(0);
        expect(htmlDocument(table, LOCALE, '').length).toBeGreaterThan(0);
        expect(csvDocument(table).length).toBeGreaterThan(0);
        expect((await xlsxDocument(table, 'UTC')).length).toBeGreaterThan(0);
      }),
      { numRuns: 25 },
    );
  });
});

describe('numbers', () => {
  test('are summed exactly', () => {
    expect(sumOf(['0.1', '0.2', null, 'x', undefined])).toBe('0.3');
    expect(sumOf([0.1, 0.2])).toBe('0.3');
    expect(sumOf([])).toBe('0');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.nat(6))),
        (amounts) => {
          const texts = amounts.map(([digits, scale]) => {
            const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
            const whole = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
            return `${digits < 0n ? '-' : ''}${whole}`;
          });
          const exact = amounts.reduce((sum, [digits, scale]) => sum + digits * 10n ** BigInt(6 - scale), 0n);
          const [whole = '', decimals = ''] = sumOf(texts).split('.');
          expect(BigInt(`${whole}${decimals.padEnd(6, '0')}`)).toBe(exact);
        },
      ),
    );
  });

  test('keep their digits, also very small and very large ones', () => {
    expect([1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, '1e3', '', ' 1', '-0'].map(digitsOf)).toEqual([
      ...['1000000000000000000000', '0.0000001', null, null, null, null, null, '-0'],
    ]);
    const text = valueTextOf(column({ type: 'number', decimals: 2 }), { language: 'en-US', timeZone: 'UTC' });
    expect([text('1234567890123456789.125'), text(null), text('n/a')]).toEqual([
      '1,234,567,890,123,456,789.13',
      '',
      'n/a',
    ]);
  });
});

test('file names are ones that every file system takes', () => {
  expect(fileNameOf('Sales 2026-11-23', 'PDF')).toBe('Sales 2026-11-23.pdf');
  expect(fileNameOf('sales.PDF', 'PDF')).toBe('sales.pdf');
  expect([fileNameOf('', 'CSV'), fileNameOf('..', 'CSV'), fileNameOf(undefined, 'CSV')]).toEqual([
    'report.csv',
    'report.csv',
    'undefined.csv',
  ]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (wanted) => {
      const name = fileNameOf(wanted, 'XLSX');
      expect(name).toMatch(/^[^\p{Cc}<>:"/\\|?*. ]([^\p{Cc}<>:"/\\|?*]*[^\p{Cc}<>:"/\\|?*. ])?\.xlsx$/u);
      expect([...name].length).toBeLessThanOrEqual(200);
    }),
  );
});

import { type Report, report, startSession } from 'nightshift';
import { z } from 'zod';
import { until } from '../../nightshift/src/testing/condition.ts';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';

const ITEMS = [
  { no: '1000', name: 'Bicycle', stock: 12, amount: 4_800 },
  { no: '1100', name: 'Front wheel', stock: 152, amount: 1_824.5 },
  { no: '1200', name: 'Back wheel', stock: 90, amount: 1_170 },
];

/** Tells what is in stock, of one place or of all. */
export const stockList = report({
  name: 'Stock List',
  id: 50_100,
  description: 'What is in stock, and what it is worth',
  permissions: { tables: {} },
  parameters: z
    .object({
      place: z.enum(['East', 'West']).optional().describe('Only what is stored there.'),
      minimum: z
        .number()
        .int()
        .min(0)
        .max(1_000)
        .default(0)
        .describe('Only what there is at least so much of.'),
      heading: z.string().max(20).optional(),
      from: z.iso.date().optional(),
      until: z.iso.date().optional(),
    })
    .refine(({ from, until: to }) => from === undefined || to === undefined || from <= to, {
      message: 'from lies behind until',
    }),
  onRun(_session, { parameters: { minimum, place } }) {
    return {
      subtitle: place === undefined ? 'All places' : `Place ${place}`,
      columns: [
        { name: 'no', caption: 'No.' },
        { name: 'name', caption: 'Name' },
        { name: 'stock', caption: 'In stock', type: 'number' },
        { name: 'amount', caption: 'Worth', type: 'number', decimals: 2, total: true },
      ],
      rows: ITEMS.filter(({ stock }) => stock >= minimum),
    };
  },
});

/** Takes nothing, and yields a table for spreadsheets only. */
export const openOrders = report({
  name: 'Open Orders',
  description: 'Orders that are not shipped',
  outputTypes: ['CSV'],
  onRun: () => ({ columns: [{ name: 'no', caption: 'No.' }], rows: [{ no: 'SO-1001' }] }),
});

/** The reports of the stage. */
export const STAGE_REPORTS: readonly Report[] = [stockList, openOrders] as never;

/** Has a report leave a document in the inbox of the administrator. */
export async function leaveDocument(
  kit: TestPlatform,
  outputType: 'PDF' | 'XLSX' | 'CSV' | 'HTML' = 'CSV',
): Promise<void> {
  const { finished } = await startSession(kit.admin, stockList as never, {
    record: { outputType, parameters: {} } as never,
  });
  await finished;
}

const set = new WeakMap<TestPlatform, Promise<void>>();

/** Some documents, one of which is read; once a platform. */
export function setReports(kit: TestPlatform): Promise<void> {
  const known = set.get(kit) ?? build(kit);
  set.set(kit, known);
  return known;
}

async function build(kit: TestPlatform): Promise<void> {
  for (const type of ['PDF', 'CSV', 'XLSX'] as const) await leaveDocument(kit, type);
  await until('documents are there', async () => {
    const rows = await kit.query<{ no: number }>('select no from nightshift.report_inbox');
    return rows.length === 3;
  });
  await kit.query(
    'update nightshift.report_inbox set read_at = now() where no = (select min(no) from nightshift.report_inbox)',
  );
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { jobQueue, reportInbox } from '../platform/index.ts';
import type { Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { report } from './report.ts';

const COLUMNS = [
  { name: 'no', caption: 'No.' },
  { name: 'amount', caption: 'Amount', type: 'number', decimals: 2, total: true },
] as const;
const sales = report({
  name: 'Sales List',
  description: 'What was sold',
  parameters: z.object({ from: z.iso.date().optional(), text: z.string().max(20).default('all') }),
  permissions: { tables: { sale: 'R' } },
  async onRun(session, { parameters: { text } }) {
    const { rows } = await session.db.query('select no, amount from sale order by no');
    return { subtitle: `Only ${text}`, columns: COLUMNS, rows };
  },
});

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    reports: [sales],
    migrations: [
      {
        name: '0001_sale',
        sql: "create table sale (no text, amount numeric); insert into sale values ('A', 0.1), ('B', 0.2)",
      },
    ],
  });
});
afterAll(() => kit.stop());

test('an entry that runs a report leaves a document in the inbox of the user as whom it ran', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: sales, reportOutputType: 'CSV' });
  await jobQueue.setStatusToReady(kit.admin, id);
  const finished = await until('it has ended', async () => {
    const entry = await jobQueue.get(kit.admin, id);
    return entry.status === 'Finished' || entry.status === 'Error' ? entry : null;
  });
  expect(finished).toMatchObject({ status: 'Finished', objectType: 'report', error: null });
  const { documents } = await reportInbox.list(kit.admin);
  expect(documents).toMatchObject([
    { report: 'Sales List', outputType: 'CSV', entryId: id, user: 'ADMIN', readAt: null },
  ]);
  const file = await reportInbox.fetch(kit.admin, documents[0]?.no ?? 0);
  expect(String(file.content)).toBe('\uFEFFNo.,Amount\r\nA,0.1\r\nB,0.2\r\n');
});
for (const type of ['PDF', 'XLSX', 'HTML'] as const)
  test(`as ${type}`, async () => {
    const made = await kit.open((session: Session) => session.run(sales, { outputType: type }));
    void made;
    const {
      documents: [first],
    } = await reportInbox.list(kit.admin);
    const file = await reportInbox.fetch(kit.admin, first?.no ?? 0);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(`/tmp/${file.fileName}`, file.content);
    expect(file.fileName).toMatch(/^Sales List .*/);
  });

import type { JobQueueLogEntry } from 'nightshift';
import type { OrderSyncReport } from '../src/report.ts';
import type { ShopSimulator } from '../src/simulator.ts';

/** One thing that must hold at the end. */
export interface Check {
  readonly text: string;
  readonly holds: boolean;
}

type Expected = ShopSimulator['expected'];

/** What must hold: nothing lost, nothing twice, failures only where the feed is wrong, and the sums to the cent. */
export function checksOf(report: OrderSyncReport, expected: Expected): readonly Check[] {
  const failed = Object.fromEntries(report.failed.map(({ code, count }) => [code, count]));
  return [
    {
      text: `staged ${report.staged} = ${expected.orders} orders of the shop`,
      holds: report.staged === expected.orders,
    },
    {
      text: `processed ${report.processed} = ${expected.validOrders} valid orders`,
      holds: report.processed === expected.validOrders,
    },
    { text: `pending ${report.pending} = 0`, holds: report.pending === 0 },
    { text: `duplicates ${report.duplicates} = 0`, holds: report.duplicates === 0 },
    {
      text: `failures by reason ${textOf(failed)} = invalid orders of the shop`,
      holds: sameNumbers(failed, expected.invalidByReason),
    },
    {
      text: `sum of sales orders ${textOf(report.sumByCurrency)} = sum of the feed's valid orders`,
      holds: sameNumbers(report.sumByCurrency, expected.sumByCurrency),
    },
  ];
}

/** Whether two lists of named numbers or exact amounts are the same; a missing one is zero. */
function sameNumbers(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => exact(one[name]) === exact(other[name]));
}

/** `12.50` and `12.5000` are the same amount. */
function exact(value: unknown): string {
  const text = String(value ?? 0);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function textOf(values: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** The summary, as people read it. */
export function printSummary(
  report: OrderSyncReport,
  logEntries: readonly JobQueueLogEntry[],
  checks: readonly Check[],
): void {
  console.log('\nJob queue log entries');
  for (const entry of logEntries.toReversed()) console.log(`  ${logLine(entry)}`);
  const failed = report.failed.map(({ code, count }) => `${code} ${count}`).join(', ');
  console.log('\nOrders');
  console.log(`  staged      ${report.staged}`);
  console.log(`  processed   ${report.processed}`);
  console.log(`  skipped     ${report.skipped}   (not placed: pending, cancelled, failed in the shop)`);
  console.log(`  failed      ${report.failed.reduce((sum, { count }) => sum + count, 0)}   (${failed})`);
  console.log(`  duplicates  ${report.duplicates}`);
  console.log(`  attempts    ${report.attempts}`);
  if (checks.length > 0) console.log('\nChecks');
  for (const { text, holds } of checks) console.log(`  ${holds ? 'ok    ' : 'FAILED'}  ${text}`);
}

function logLine(entry: JobQueueLogEntry): string {
  const time = entry.startedAt.toISOString().slice(11, 19);
  const seconds =
    entry.endedAt === null ? '' : ((entry.endedAt.getTime() - entry.startedAt.getTime()) / 1000).toFixed(1);
  const what = `${entry.object} ${entry.parameterString}`.padEnd(20);
  const why = entry.error?.message ?? entry.note ?? '';
  return `${time}  ${what}  ${entry.status.padEnd(10)}  ${seconds.padStart(5)} s  ${why}`.trimEnd();
}

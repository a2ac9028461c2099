import type { JobQueueLogEntry } from 'nightshift';
import { formatDecimal, parseDecimal, sumDecimals } from '../src/decimal.ts';
import type { OrderSyncReport } from '../src/report.ts';
import type { ShopSimulator } from '../src/simulator.ts';
import type { CarrierSimulator } from '../src/simulator-carrier.ts';

/** The currency of the simulator's orders that nobody knows. */
const UNKNOWN_CURRENCY = 'XTS';

/** One thing that must hold at the end. */
export interface Check {
  readonly text: string;
  readonly holds: boolean;
}

/** What must hold: nothing lost, nothing twice, failures only where the feed is wrong, and the sums to the cent. */
export function checksOf(
  report: OrderSyncReport,
  shop: ShopSimulator,
  carrier: CarrierSimulator,
): readonly Check[] {
  const expected = expectedOf(shop);
  const sentTwice =
    carrier.shipments.length - new Set(carrier.shipments.map(({ reference }) => reference)).size;
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
    {
      text: `shipments ${carrier.shipments.length} = sales orders with a tracking number ${report.shipped}`,
      holds: carrier.shipments.length === report.shipped,
    },
    { text: `orders shipped twice ${sentTwice} = 0`, holds: sentTwice === 0 },
  ];
}

/** What the shop expects, after somebody has decided that orders in an unknown currency are imported too. */
function expectedOf(shop: ShopSimulator): ShopSimulator['expected'] {
  const { invalidByReason, validOrders, sumByCurrency, ...rest } = shop.expected;
  const { UNKNOWN_CURRENCY: imported = 0, ...invalid } = invalidByReason;
  const totals = shop.orders().filter(({ currency }) => currency === UNKNOWN_CURRENCY);
  const sum = sumDecimals(totals.map(({ total }) => parseDecimal(String(total)) ?? 0n));
  return {
    ...rest,
    validOrders: validOrders + imported,
    invalidByReason: invalid,
    sumByCurrency: { ...sumByCurrency, [UNKNOWN_CURRENCY]: formatDecimal(sum, 2) },
  };
}

/** Of the entries of one category no two ran at the same time. */
export function neverOverlap(
  logEntries: readonly JobQueueLogEntry[],
  entryIds: ReadonlySet<string>,
): boolean {
  const runs = logEntries
    .filter(({ entryId }) => entryIds.has(entryId))
    .toSorted((one, other) => one.startedAt.getTime() - other.startedAt.getTime());
  return runs.every((run, at) => {
    const before = runs[at - 1];
    return before === undefined || (before.endedAt !== null && before.endedAt <= run.startedAt);
  });
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
  carrier: CarrierSimulator,
  logEntries: readonly JobQueueLogEntry[],
  checks: readonly Check[],
): void {
  console.log('\nJob queue log entries');
  for (const entry of logEntries.toReversed()) console.log(`  ${logLine(entry)}`);
  console.log('\nOrders');
  console.log(`  staged      ${report.staged}`);
  console.log(`  processed   ${report.processed}`);
  console.log(`  skipped     ${report.skipped}   (not placed: pending, cancelled, failed in the shop)`);
  console.log(`  failed      ${report.failed.reduce((sum, { count }) => sum + count, 0)}`);
  for (const { code, orders } of report.failed) console.log(`    ${code}: ${orders.join(', ')}`);
  console.log(`  duplicates  ${report.duplicates}`);
  console.log(`  attempts    ${report.attempts}`);
  const { failed, hung, twice, asked } = carrier.counts;
  console.log('\nCarrier');
  console.log(`  shipments   ${carrier.shipments.length}`);
  console.log(
    `  it failed ${failed} times, kept silent ${hung} times after it had shipped, answered twice ${twice} times`,
  );
  console.log(`  it was asked ${asked} times what had become of a call`);
  if (checks.length > 0) console.log('\nChecks');
  for (const { text, holds } of checks) console.log(`  ${holds ? 'ok    ' : 'FAILED'}  ${text}`);
}

function logLine(entry: JobQueueLogEntry): string {
  const time = entry.startedAt.toISOString().slice(11, 19);
  const seconds =
    entry.endedAt === null ? '' : ((entry.endedAt.getTime() - entry.startedAt.getTime()) / 1000).toFixed(1);
  const what = `${entry.object} ${entry.parameterString}`.padEnd(20);
  const why = entry.error?.message ?? countsOf(entry) ?? entry.note ?? '';
  return `${time}  ${what}  ${entry.status.padEnd(10)}  ${seconds.padStart(5)} s  ${why}`.trimEnd();
}

/** How many rows went well, failed and were skipped. */
function countsOf({ items }: JobQueueLogEntry): string | null {
  const counts = Object.entries(items?.counts ?? {}).filter(([, count]) => count > 0);
  return counts.length === 0 ? null : counts.map(([name, count]) => `${count} ${name}`).join(', ');
}

import { z } from 'zod';
import { findOrCreateCustomer } from './customers.ts';
import { type Decimal, formatDecimal, parseDecimal } from './decimal.ts';
import type { Database, JobSession } from './job-session.ts';
import { type CheckedOrder, checkOrder, type OrderRules } from './order-check.ts';
import { parsePayload } from './payload.ts';
import { type ProcessingCounts, type ProcessingOptions, processDue } from './processing.ts';
import { RowProblem } from './row-problem.ts';
import {
  cancelSalesOrder,
  deleteLines,
  findItemIds,
  insertLines,
  readMinorUnits,
  salesOrderExists,
  writeSalesOrder,
} from './sales-orders.sql.ts';
import type { StagedRow } from './staging-tables.ts';

/**
 * Orders the shop holds in these statuses are not placed, or no longer: they make no sales order, and cancel one made
 * before.
 */
const NOT_PLACED = new Set(['pending', 'checkout-draft', 'auto-draft', 'failed', 'cancelled', 'trash']);

const orderIdentity = z.object({ id: z.int().positive(), status: z.string() });

/** Turns all due staged orders into sales orders. */
export async function processOrders(
  session: JobSession,
  roundingTolerance: string,
  options: ProcessingOptions = {},
): Promise<ProcessingCounts> {
  const rules: OrderRules = {
    minorUnits: await readMinorUnits(session.db),
    roundingTolerance: parseDecimal(roundingTolerance) ?? 0n,
  };
  const counts = await processDue(
    session,
    'staged_order',
    (row) => processOrder(session.db, row, rules),
    options,
  );
  session.log.info('Orders processed.', { ...counts });
  return counts;
}

async function processOrder(db: Database, row: StagedRow, rules: OrderRules): Promise<void> {
  const { id, status } = parsePayload(orderIdentity, row.payload);
  if (NOT_PLACED.has(status)) {
    if (!(await salesOrderExists(db, String(id)))) {
      throw new RowProblem('ORDER_NOT_PLACED', `The shop holds the order as "${status}".`, 'skip');
    }
    return cancelSalesOrder(db, String(id), status);
  }
  const order = checkOrder(row.payload, rules);
  const itemIds = await itemIdsOf(db, order);
  const customerId = await findOrCreateCustomer(db, order.customerReference, order.billing);
  const salesOrderId = await writeSalesOrder(db, headerOf(order, customerId));
  await deleteLines(db, salesOrderId);
  await insertLines(
    db,
    salesOrderId,
    order.lines.map((line, index) => ({
      lineNo: line.lineNo,
      itemId: itemIds[index] ?? '',
      description: line.description,
      quantity: text(line.quantity),
      subtotal: text(line.subtotal),
      total: text(line.total),
      tax: text(line.tax),
    })),
  );
}

/** The item of each line. One that is not there yet may come with the next item sync, so the order waits for it. */
async function itemIdsOf(db: Database, order: CheckedOrder): Promise<string[]> {
  const known = await findItemIds(db, [...new Set(order.lines.map((line) => line.sku))]);
  return order.lines.map((line) => {
    const id = known.get(line.sku);
    if (id !== undefined) return id;
    throw new RowProblem('ITEM_NOT_SYNCED', `There is no item with the SKU "${line.sku}" yet.`, 'retry');
  });
}

function headerOf(order: CheckedOrder, customerId: string) {
  return {
    externalId: order.externalId,
    orderKey: order.orderKey,
    orderNumber: order.orderNumber,
    customerId,
    shopStatus: order.shopStatus,
    currency: order.currency,
    orderedAt: order.orderedAt,
    linesSubtotal: text(order.linesSubtotal),
    discountTotal: text(order.discountTotal),
    shippingTotal: text(order.shippingTotal),
    feeTotal: text(order.feeTotal),
    taxTotal: text(order.taxTotal),
    roundingAmount: text(order.roundingAmount),
    total: text(order.total),
  };
}

function text(amount: Decimal): string {
  return formatDecimal(amount);
}

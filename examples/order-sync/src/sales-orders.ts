import type { ItemAnswer, Session } from 'nightshift';
import { z } from 'zod';
import type { Carrier } from './carrier.ts';
import { findOrCreateCustomer } from './customers.ts';
import { type Decimal, formatDecimal } from './decimal.ts';
import type { Database } from './job-session.ts';
import { type CheckedOrder, checkOrder, type OrderRules } from './order-check.ts';
import { parsePayload } from './payload.ts';
import { RowProblem } from './row-problem.ts';
import {
  addUnconfirmedCurrency,
  cancelSalesOrder,
  deleteLines,
  findItemIds,
  insertLines,
  salesOrderExists,
  writeSalesOrder,
  writeTrackingNo,
} from './sales-orders.sql.ts';
import { ship } from './shipping.ts';
import type { StagedItem } from './staged-items.ts';

/**
 * Orders the shop holds in these statuses are not placed, or no longer: they make no sales order, and cancel one made
 * before.
 */
const NOT_PLACED = new Set(['pending', 'checkout-draft', 'auto-draft', 'failed', 'cancelled', 'trash']);
/** Paid, so that the goods go out. */
const PAID = new Set(['processing', 'completed']);

const orderIdentity = z.object({ id: z.int().positive(), status: z.string() });

/** What orders are processed with. */
export interface OrderWork {
  readonly rules: OrderRules;
  /** Null: nothing is shipped. */
  readonly carrier: Carrier | null;
}

/** Turns a staged order into a sales order, in the session's transaction. The shipment comes last, when all else is in order. */
export async function processOrder(session: Session, item: StagedItem, work: OrderWork): Promise<ItemAnswer> {
  const { db } = session;
  const { id, status } = parsePayload(orderIdentity, item.payload);
  if (NOT_PLACED.has(status)) {
    if (!(await salesOrderExists(db, String(id)))) return { skipped: `The shop holds it as "${status}".` };
    await cancelSalesOrder(db, String(id), status);
    return undefined;
  }
  const order = checkOrder(item.payload, work.rules);
  if (!work.rules.minorUnits.has(order.currency)) await addUnconfirmedCurrency(db, order.currency);
  const salesOrderId = await write(db, order);
  if (work.carrier !== null && PAID.has(order.shopStatus)) {
    await writeTrackingNo(db, salesOrderId, await ship(session, item, order, work.carrier));
  }
  return undefined;
}

async function write(db: Database, order: CheckedOrder): Promise<string> {
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
  return salesOrderId;
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

import type { Database } from './job-session.ts';

/** Decimal places by currency code, of the currencies we keep books in. */
export async function readMinorUnits(db: Database): Promise<Map<string, number>> {
  const { rows } = await db.query<{ code: string; minorUnits: number }>(
    `select code, minor_units as "minorUnits" from currency order by code`,
  );
  return new Map(rows.map((row) => [row.code, row.minorUnits]));
}

/** The ids of items by SKU; SKUs that we do not have are absent. */
export async function findItemIds(db: Database, skus: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ sku: string; id: string }>(
    `select sku, id from item where sku = any ($1::text[]) order by sku`,
    [skus],
  );
  return new Map(rows.map((row) => [row.sku, row.id]));
}

/** Whether a sales order was made of this order. */
export async function salesOrderExists(db: Database, externalId: string): Promise<boolean> {
  const { rowCount } = await db.query(`select from sales_order where external_id = $1`, [externalId]);
  return rowCount > 0;
}

/** Cancels the sales order, keeping its amounts. */
export async function cancelSalesOrder(db: Database, externalId: string, shopStatus: string): Promise<void> {
  await db.query(
    `update sales_order set status = 'Cancelled', shop_status = $2, updated_at = now() where external_id = $1`,
    [externalId, shopStatus],
  );
}

/** A header as written; amounts are decimal text. */
export interface SalesOrderRow {
  readonly externalId: string;
  readonly orderKey: string;
  readonly orderNumber: string;
  readonly customerId: string;
  readonly shopStatus: string;
  readonly currency: string;
  readonly orderedAt: Date;
  readonly linesSubtotal: string;
  readonly discountTotal: string;
  readonly shippingTotal: string;
  readonly feeTotal: string;
  readonly taxTotal: string;
  readonly roundingAmount: string;
  readonly total: string;
}

/** Writes an open sales order; one that exists for the same order is replaced, never doubled. Answers its id. */
export async function writeSalesOrder(db: Database, order: SalesOrderRow): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into sales_order
            (external_id, order_key, order_number, customer_id, status, shop_status, currency, ordered_at, lines_subtotal,
             discount_total, shipping_total, fee_total, tax_total, rounding_amount, total)
     values ($1, $2, $3, $4, 'Open', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (external_id) do update
        set order_key = excluded.order_key, order_number = excluded.order_number,
            customer_id = excluded.customer_id, status = excluded.status, shop_status = excluded.shop_status,
            currency = excluded.currency, ordered_at = excluded.ordered_at,
            lines_subtotal = excluded.lines_subtotal, discount_total = excluded.discount_total,
            shipping_total = excluded.shipping_total, fee_total = excluded.fee_total,
            tax_total = excluded.tax_total, rounding_amount = excluded.rounding_amount, total = excluded.total,
            updated_at = now()
     returning id`,
    [
      order.externalId,
      order.orderKey,
      order.orderNumber,
      order.customerId,
      order.shopStatus,
      order.currency,
      order.orderedAt,
      order.linesSubtotal,
      order.discountTotal,
      order.shippingTotal,
      order.feeTotal,
      order.taxTotal,
      order.roundingAmount,
      order.total,
    ],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('PostgreSQL returned no sales order.');
  return id;
}

/** Removes the lines of a sales order, before its new ones are written. */
export async function deleteLines(db: Database, salesOrderId: string): Promise<void> {
  await db.query(`delete from sales_order_line where sales_order_id = $1`, [salesOrderId]);
}

/** A line as written; amounts are decimal text. */
export interface SalesOrderLineRow {
  readonly lineNo: number;
  readonly itemId: string;
  readonly description: string;
  readonly quantity: string;
  readonly subtotal: string;
  readonly total: string;
  readonly tax: string;
}

/** Writes all lines of a sales order. */
export async function insertLines(
  db: Database,
  salesOrderId: string,
  lines: readonly SalesOrderLineRow[],
): Promise<void> {
  await db.query(
    `insert into sales_order_line (sales_order_id, line_no, item_id, description, quantity, subtotal, total, tax)
     select $1, line."lineNo", line."itemId", line.description, line.quantity, line.subtotal, line.total, line.tax
       from jsonb_to_recordset($2::jsonb) as line
            ("lineNo" integer, "itemId" bigint, description text, quantity numeric, subtotal numeric, total numeric, tax numeric)
      order by line."lineNo"`,
    [salesOrderId, JSON.stringify(lines)],
  );
}

/** Lets books be kept in a currency that came with an order; people look at it later. */
export async function addUnconfirmedCurrency(db: Database, code: string): Promise<void> {
  await db.query(
    'insert into currency (code, minor_units, is_confirmed) values ($1, 2, false) on conflict do nothing',
    [code],
  );
}

/** Writes down what the carrier has called the shipment. */
export async function writeTrackingNo(db: Database, salesOrderId: string, trackingNo: string): Promise<void> {
  await db.query('update sales_order set tracking_no = $2 where id = $1', [salesOrderId, trackingNo]);
}

import { abs, type Decimal, formatDecimal, parseDecimal, roundDecimal, sumDecimals } from './decimal.ts';
import { parsePayload } from './payload.ts';
import { RowProblem } from './row-problem.ts';
import { type ShopAddress, type ShopOrder, shopOrder } from './woocommerce-types.ts';

/** A line, ready to be written. */
export interface CheckedLine {
  readonly lineNo: number;
  readonly sku: string;
  readonly description: string;
  readonly quantity: Decimal;
  /** Before discounts, without tax. */
  readonly subtotal: Decimal;
  /** After discounts, without tax. */
  readonly total: Decimal;
  readonly tax: Decimal;
}

/** An order that adds up, ready to be written. */
export interface CheckedOrder {
  readonly externalId: string;
  readonly orderKey: string;
  readonly orderNumber: string;
  readonly customerReference: string;
  readonly billing: ShopAddress;
  readonly shopStatus: string;
  readonly orderedAt: Date;
  readonly currency: string;
  readonly lines: readonly CheckedLine[];
  readonly linesSubtotal: Decimal;
  readonly discountTotal: Decimal;
  readonly shippingTotal: Decimal;
  readonly feeTotal: Decimal;
  readonly taxTotal: Decimal;
  readonly roundingAmount: Decimal;
  readonly total: Decimal;
}

/** What an order is checked against. */
export interface OrderRules {
  /** Decimal places by currency code. */
  readonly minorUnits: ReadonlyMap<string, number>;
  /** How far the total may be from its parts. */
  readonly roundingTolerance: Decimal;
  /** Decimal places of a currency that is not among them; null: its orders are refused. */
  readonly unknownCurrencyDigits: number | null;
}

/** How a currency is written. */
const CURRENCY = /^[A-Z]{3}$/;

interface Precision {
  readonly minorUnits: number;
  readonly tolerance: Decimal;
}

/**
 * Reads and checks the order of a staged row.
 * @throws RowProblem PAYLOAD_INVALID, UNKNOWN_CURRENCY, MISSING_SKU, NEGATIVE_QUANTITY or TOTAL_MISMATCH
 */
export function checkOrder(payload: unknown, rules: OrderRules): CheckedOrder {
  const order = parsePayload(shopOrder, payload);
  const known = rules.minorUnits.get(order.currency);
  const minorUnits = known ?? (CURRENCY.test(order.currency) ? rules.unknownCurrencyDigits : null);
  if (minorUnits === null) {
    throw new RowProblem('UNKNOWN_CURRENCY', `We keep no books in "${order.currency}".`);
  }
  if (order.date_created_gmt === null) {
    throw new RowProblem('PAYLOAD_INVALID', 'date_created_gmt: the order has no date.');
  }
  const lines = order.line_items.map(checkLine);
  return {
    externalId: String(order.id),
    orderKey: order.order_key,
    orderNumber: order.number,
    customerReference: customerReferenceOf(order),
    billing: order.billing,
    shopStatus: order.status,
    orderedAt: order.date_created_gmt,
    currency: order.currency,
    lines,
    ...addUp(order, lines, { minorUnits, tolerance: rules.roundingTolerance }),
  };
}

function checkLine(line: ShopOrder['line_items'][number], index: number): CheckedLine {
  const name = line.name === '' ? `line ${index + 1}` : `"${line.name}"`;
  const sku = line.sku.trim();
  if (sku === '') throw new RowProblem('MISSING_SKU', `${name} has no SKU.`);
  if (line.quantity < 0) {
    throw new RowProblem('NEGATIVE_QUANTITY', `${name} has the quantity ${line.quantity}.`);
  }
  return {
    lineNo: index + 1,
    sku,
    description: line.name,
    quantity: decimalOf(String(line.quantity)),
    subtotal: decimalOf(line.subtotal),
    total: decimalOf(line.total),
    tax: decimalOf(line.total_tax),
  };
}

/**
 * WooCommerce's own sum: the lines before discounts, less the discount, plus shipping, fees and tax, rounded to the
 * currency's smallest coin.
 */
function addUp(order: ShopOrder, lines: readonly CheckedLine[], precision: Precision) {
  const linesSubtotal = sumDecimals(lines.map((line) => line.subtotal));
  const discountTotal = decimalOf(order.discount_total);
  const shippingTotal = decimalOf(order.shipping_total);
  const feeTotal = sumDecimals(order.fee_lines.map((fee) => decimalOf(fee.total)));
  const taxTotal = decimalOf(order.total_tax);
  const total = decimalOf(order.total);
  const discounted = sumDecimals(lines.map((line) => line.total));
  expectEqual('lines after discount', discounted, linesSubtotal - discountTotal, precision);
  const sum = linesSubtotal - discountTotal + shippingTotal + feeTotal + taxTotal;
  expectEqual('total', total, sum, precision);
  const roundingAmount = total - sum;
  return {
    linesSubtotal,
    discountTotal,
    shippingTotal,
    feeTotal,
    taxTotal,
    roundingAmount,
    total,
  };
}

function expectEqual(what: string, stated: Decimal, computed: Decimal, precision: Precision): void {
  const { minorUnits, tolerance } = precision;
  const difference = roundDecimal(stated, minorUnits) - roundDecimal(computed, minorUnits);
  if (abs(difference) <= tolerance) return;
  throw new RowProblem(
    'TOTAL_MISMATCH',
    `The shop states ${what} ${formatDecimal(stated, minorUnits)}, the parts add up to ${formatDecimal(computed, minorUnits)}.`,
  );
}

function customerReferenceOf(order: ShopOrder): string {
  if (order.customer_id > 0) return `shop:${order.customer_id}`;
  const email = order.billing.email.trim().toLowerCase();
  return email === '' ? `order:${order.id}` : `guest:${email}`;
}

function decimalOf(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === null) throw new RowProblem('PAYLOAD_INVALID', `"${text}" is not a decimal number.`);
  return value;
}

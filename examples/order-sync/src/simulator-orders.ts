import { type Decimal, formatDecimal, roundDecimal, sumDecimals } from './decimal.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedCustomer } from './simulator-customers.ts';
import { gmt, type Sellable, type ShopElement } from './simulator-products.ts';

/** What is wrong with an order, in the words of the error code it must lead to. */
export type OrderDefect = 'UNKNOWN_CURRENCY' | 'MISSING_SKU' | 'NEGATIVE_QUANTITY' | 'TOTAL_MISMATCH';

/** An order before it is written out; all its amounts follow from this. */
export interface SimulatedOrder {
  readonly id: number;
  readonly customer: SimulatedCustomer;
  readonly status: string;
  readonly lines: readonly { readonly sellable: Sellable; readonly quantity: number }[];
  /** Percent off the lines, 0 for none. */
  readonly couponPercent: bigint;
  readonly hasGiftWrap: boolean;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly defect: OrderDefect | null;
}

/** An order written out, with its exact total in its currency. */
export interface WrittenOrder {
  readonly element: ShopElement;
  readonly currency: string;
  readonly total: Decimal;
}

/** Prices in other currencies, in percent of the base price. */
const PRICE_PERCENT = { EUR: 100n, GBP: 86n, USD: 109n } as const;
const CENT = 100n;
const SHIPPING = 490n * CENT;
const FREE_SHIPPING_FROM = 10_000n * CENT;
const GIFT_WRAP = 250n * CENT;
const FORGED_DIFFERENCE = 100n * CENT;
/** The ISO code for tests: no currency at all. */
const UNKNOWN_CURRENCY = 'XTS';

/** Draws an order. */
export function drawOrder(
  random: SeededRandom,
  sellables: readonly Sellable[],
  fixed: Pick<SimulatedOrder, 'id' | 'customer' | 'createdAt' | 'modifiedAt'>,
): SimulatedOrder {
  const lineCount = random.integer(1, 5);
  const lines = random.distinct(lineCount, sellables.length).map((index) => ({
    sellable: sellables[index] ?? random.pick(sellables),
    quantity: random.integer(1, 4),
  }));
  return {
    ...fixed,
    lines,
    status: random.pick(['processing', 'processing', 'completed', 'completed', 'on-hold']),
    couponPercent: random.fraction() < 0.15 ? random.pick([5n, 10n, 25n]) : 0n,
    hasGiftWrap: random.fraction() < 0.05,
    defect: null,
  };
}

/** Writes an order out as the API sends it. */
export function writeOrder(order: SimulatedOrder): WrittenOrder {
  const { taxPer10000, currency } = order.customer.country;
  const lines = order.lines.map((line, index) => writeLine(order, line, index));
  const subtotal = sumDecimals(lines.map((line) => line.subtotal));
  const discounted = sumDecimals(lines.map((line) => line.total));
  const shipping = discounted >= FREE_SHIPPING_FROM ? 0n : SHIPPING;
  const fee = order.hasGiftWrap ? GIFT_WRAP : 0n;
  const shippingTax = share(shipping, taxPer10000);
  const feeTax = share(fee, taxPer10000);
  const cartTax = sumDecimals(lines.map((line) => line.tax)) + feeTax;
  const honestTotal = discounted + shipping + fee + cartTax + shippingTax;
  const total = order.defect === 'TOTAL_MISMATCH' ? honestTotal + FORGED_DIFFERENCE : honestTotal;
  const statedCurrency = order.defect === 'UNKNOWN_CURRENCY' ? UNKNOWN_CURRENCY : currency;
  const element: ShopElement = {
    id: order.id,
    number: String(order.id),
    order_key: `wc_order_${order.id.toString(36).padStart(8, '0')}`,
    status: order.status,
    currency: statedCurrency,
    prices_include_tax: false,
    customer_id: order.customer.id,
    billing: order.customer.billing,
    shipping: order.customer.billing,
    discount_total: money(subtotal - discounted),
    discount_tax: money(share(subtotal - discounted, taxPer10000)),
    shipping_total: money(shipping),
    shipping_tax: money(shippingTax),
    cart_tax: money(cartTax),
    total_tax: money(cartTax + shippingTax),
    total: money(total),
    line_items: lines.map((line) => line.element),
    shipping_lines: [
      { id: 1, method_id: 'flat_rate', total: money(shipping), total_tax: money(shippingTax) },
    ],
    fee_lines: fee === 0n ? [] : [{ id: 1, name: 'Gift wrap', total: money(fee), total_tax: money(feeTax) }],
    coupon_lines:
      order.couponPercent === 0n
        ? []
        : [{ id: 1, code: `save${order.couponPercent}`, discount: money(subtotal - discounted) }],
    date_created_gmt: gmt(order.createdAt),
    date_modified_gmt: gmt(order.modifiedAt),
  };
  return { element, currency: statedCurrency, total };
}

function writeLine(order: SimulatedOrder, line: SimulatedOrder['lines'][number], index: number) {
  const { currency, taxPer10000 } = order.customer.country;
  const isFirst = index === 0;
  const quantity = isFirst && order.defect === 'NEGATIVE_QUANTITY' ? -line.quantity : line.quantity;
  const price = roundDecimal((line.sellable.price * PRICE_PERCENT[currency]) / 100n, 2);
  const subtotal = price * BigInt(quantity);
  const total = subtotal - share(subtotal, order.couponPercent * 100n);
  const tax = share(total, taxPer10000);
  const element = {
    id: order.id * 10 + index,
    name: line.sellable.name,
    product_id: line.sellable.productId,
    variation_id: line.sellable.variationId,
    sku: isFirst && order.defect === 'MISSING_SKU' ? '' : line.sellable.sku,
    quantity,
    subtotal: money(subtotal),
    subtotal_tax: money(share(subtotal, taxPer10000)),
    total: money(total),
    total_tax: money(tax),
    // WooCommerce sends this one amount as a number; nobody should compute with it.
    price: Number(formatDecimal(price, 2)),
  };
  return { element, subtotal, total, tax };
}

/** A share in hundredths of a percent, rounded to the cent. */
function share(amount: Decimal, per10000: bigint): Decimal {
  return roundDecimal((amount * per10000) / 10_000n, 2);
}

function money(amount: Decimal): string {
  return formatDecimal(amount, 2);
}

import { expect, test } from 'vitest';
import { formatDecimal, parseDecimal } from './decimal.ts';
import { checkOrder, type OrderRules } from './order-check.ts';
import { createCatalogue } from './simulator-catalogue.ts';

const rules: OrderRules = {
  minorUnits: new Map([['EUR', 2]]),
  roundingTolerance: 0n,
  unknownCurrencyDigits: null,
};

function orderWith(changes: Record<string, unknown>) {
  return {
    id: 7,
    number: '7',
    order_key: 'wc_order_7',
    status: 'processing',
    currency: 'EUR',
    date_created_gmt: '2026-02-01T10:00:00',
    date_modified_gmt: '2026-02-01T10:00:00',
    customer_id: 0,
    billing: { email: ' Anna@Example.com ', first_name: 'Anna', last_name: null },
    discount_total: '1.00',
    shipping_total: '4.90',
    total_tax: '2.65',
    total: '17.55',
    line_items: [
      { name: 'Mug', sku: 'MUG', quantity: 2, subtotal: '11.00', total: '10.00', total_tax: '1.90' },
    ],
    fee_lines: [],
    ...changes,
  };
}

function problemOf(changes: Record<string, unknown>, given: OrderRules = rules) {
  try {
    checkOrder(orderWith(changes), given);
    return null;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

const line = { name: 'Mug', sku: 'MUG', quantity: 2, subtotal: '11.00', total: '10.00', total_tax: '1.90' };

test('a sound order adds up: lines less discount plus shipping plus tax', () => {
  const order = checkOrder(orderWith({}), rules);
  expect(order.customerReference).toBe('guest:anna@example.com');
  expect(order.orderedAt.toISOString()).toBe('2026-02-01T10:00:00.000Z');
  expect(formatDecimal(order.linesSubtotal, 2)).toBe('11.00');
  expect(formatDecimal(order.total, 2)).toBe('17.55');
  expect(order.roundingAmount).toBe(0n);
});

test.each([
  ['UNKNOWN_CURRENCY', { currency: 'XTS' }],
  ['MISSING_SKU', { line_items: [{ ...line, sku: null }] }],
  ['MISSING_SKU', { line_items: [{ ...line, sku: ' ' }] }],
  ['NEGATIVE_QUANTITY', { line_items: [{ ...line, quantity: -2 }] }],
  ['TOTAL_MISMATCH', { total: '17.56' }],
  ['TOTAL_MISMATCH', { discount_total: '0.00', total: '17.55' }],
  ['TOTAL_MISMATCH', { fee_lines: [{ total: '2.50' }] }],
  ['PAYLOAD_INVALID', { total: 'free' }],
  ['PAYLOAD_INVALID', { line_items: 'none' }],
  ['PAYLOAD_INVALID', { date_created_gmt: null }],
])('%s', (code, changes) => {
  expect(problemOf(changes)).toBe(code);
});

test('amounts finer than the cent are rounded once, at the total', () => {
  const fine = { ...line, subtotal: '8.3950', total: '8.3950', total_tax: '1.5950' };
  const order = checkOrder(
    orderWith({
      line_items: [fine],
      discount_total: '0.0000',
      shipping_total: '0',
      total_tax: '1.5950',
      total: '9.99',
    }),
    rules,
  );
  expect(formatDecimal(order.total)).toBe('9.9900');
});

test('a tolerance lets the shop round its own way, and the difference is kept', () => {
  const tolerant = { ...rules, roundingTolerance: parseDecimal('0.01') ?? 0n };
  expect(problemOf({ total: '17.56' }, tolerant)).toBeNull();
  expect(problemOf({ total: '17.57' }, tolerant)).toBe('TOTAL_MISMATCH');
  expect(formatDecimal(checkOrder(orderWith({ total: '17.56' }), tolerant).roundingAmount, 2)).toBe('0.01');
});

test('every order of a faultless shop is sound', () => {
  const all = { ...rules, minorUnits: new Map(['EUR', 'GBP', 'USD'].map((code) => [code, 2])) };
  for (const order of createCatalogue(400, 9).orders()) {
    expect(checkOrder(order, all).roundingAmount).toBe(0n);
  }
});

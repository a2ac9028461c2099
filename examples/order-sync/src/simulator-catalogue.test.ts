import { expect, test } from 'vitest';
import { formatDecimal, parseDecimal, sumDecimals } from './decimal.ts';
import { createCatalogue } from './simulator-catalogue.ts';
import { ALL_FAULTS, parseFaults } from './simulator-faults.ts';

test('the same seed makes the same shop, another seed another one', () => {
  const text = (seed: number) => {
    const catalogue = createCatalogue(200, seed, ALL_FAULTS);
    return JSON.stringify([
      catalogue.products,
      catalogue.customers,
      catalogue.orders(),
      catalogue.expected(),
    ]);
  };
  expect(text(5)).toBe(text(5));
  expect(text(5)).not.toBe(text(6));
});

test('every order is expected to be valid, invalid for one reason, or skipped', () => {
  const expected = createCatalogue(1_000, 1, ALL_FAULTS).expected();
  expect(expected.invalidByReason).toEqual({
    UNKNOWN_CURRENCY: 7,
    MISSING_SKU: 11,
    NEGATIVE_QUANTITY: 5,
    TOTAL_MISMATCH: 13,
  });
  expect(expected.validOrders + expected.skippedOrders + 36).toBe(1_000);
  expect(Object.keys(expected.sumByCurrency)).toEqual(['EUR', 'GBP', 'USD']);
});

test('the expected sums are those of the amounts the API states', () => {
  const catalogue = createCatalogue(500, 3);
  const placed = catalogue
    .orders()
    .filter((order) => order['status'] !== 'pending' && order['status'] !== 'cancelled');
  const euros = placed
    .filter((order) => order['currency'] === 'EUR')
    .map((order) => parseDecimal(String(order['total'])) ?? 0n);
  expect(catalogue.expected().sumByCurrency['EUR']).toBe(formatDecimal(sumDecimals(euros), 2));
});

test('many orders share the second of their last change', () => {
  const orders = createCatalogue(300, 1).orders();
  expect(new Set(orders.map((order) => order.date_modified_gmt)).size).toBeLessThan(orders.length);
});

test('a change gives an order the newest stamp', () => {
  const catalogue = createCatalogue(50, 1);
  const before = catalogue.orders();
  const newest = before
    .map((order) => order.date_modified_gmt)
    .sort()
    .at(-1)!;
  const changed = catalogue.changeOrder(before[0]!.id, 'add-one');
  expect(changed.date_modified_gmt > newest).toBe(true);
  expect(changed['total']).not.toBe(before[0]!['total']);
});

test('faults are named on the command line', () => {
  expect(parseFaults('none')).toEqual({});
  expect(parseFaults('500, missing-sku=3')).toEqual({ serverError: 0.05, missingSku: 3 });
  expect(() => parseFaults('fire')).toThrow(/no fault "fire"/);
  expect(() => parseFaults('500=often')).toThrow(/not a number/);
});

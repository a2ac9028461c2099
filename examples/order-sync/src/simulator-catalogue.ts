import { type Decimal, formatDecimal } from './decimal.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { makeCustomer, makeCustomers, type SimulatedCustomer, toAccount } from './simulator-customers.ts';
import type { SimulatorFaults } from './simulator-faults.ts';
import { drawOrder, type OrderDefect, type SimulatedOrder, writeOrder } from './simulator-orders.ts';
import { makeProducts, type ShopElement } from './simulator-products.ts';

const PRODUCT_COUNT = 120;
const CUSTOMER_COUNT = 300;
/** One order in ten is a guest's. */
const GUEST_SHARE = 0.1;
/** One order in fifty was never placed: not paid, or cancelled. */
const NOT_PLACED_EVERY = 50;
/** Orders come in groups that were changed in the same second, as by a bulk action. */
const SAME_STAMP_GROUP = 7;
const OPENED = new Date('2026-01-05T08:00:00Z');
const FIRST_ORDER_ID = 50_001;

/** What a correct sync must arrive at. */
export interface ExpectedResult {
  readonly orders: number;
  /** Orders that must become exactly one sales order each. */
  readonly validOrders: number;
  /** Orders that were not placed, and must be skipped. */
  readonly skippedOrders: number;
  /** Orders that must fail, by the error code they must fail with. */
  readonly invalidByReason: Readonly<Partial<Record<OrderDefect, number>>>;
  /** The exact sum of the valid orders' totals by currency, such as `{ EUR: '10234.50' }`. */
  readonly sumByCurrency: Readonly<Record<string, string>>;
  /** Items with a SKU. */
  readonly items: number;
  /** Customer accounts. */
  readonly customers: number;
}

/** The contents of a simulated shop. Orders can change while it is open. */
export interface Catalogue {
  readonly products: readonly ShopElement[];
  readonly variationsByProduct: ReadonlyMap<number, readonly ShopElement[]>;
  readonly customers: readonly ShopElement[];
  /** The orders as they are now. */
  orders(): readonly ShopElement[];
  /** What a sync of the orders as they are now must arrive at. */
  expected(): ExpectedResult;
  /** Changes an order as its owner would; the change gets a newer stamp than all others. */
  changeOrder(id: number, change: OrderChange): ShopElement;
}

/** What happens to an order: one more of its first line, its defect removed, cancelled, or merely saved again. */
export type OrderChange = 'add-one' | 'repair' | 'cancel' | 'touch';

/** Makes the shop of a seed: the same seed, count and faults give the same shop, to the last byte. */
export function createCatalogue(orderCount: number, seed: number, faults: SimulatorFaults = {}): Catalogue {
  const random = seededRandom(seed);
  const { products, variationsByProduct, sellables } = makeProducts(random, PRODUCT_COUNT, OPENED);
  const customers = makeCustomers(random, CUSTOMER_COUNT);
  const drawn: SimulatedOrder[] = [];
  let createdAt = OPENED.getTime();
  for (let index = 0; index < orderCount; index += 1) {
    createdAt += random.integer(20, 900) * 1000;
    const fixed = {
      id: FIRST_ORDER_ID + index,
      customer: drawCustomer(random, customers, index),
      createdAt: new Date(createdAt),
      modifiedAt: new Date(createdAt + random.integer(0, 7_200) * 1000),
    };
    const order = drawOrder(random, sellables, fixed);
    const isPlaced = index % NOT_PLACED_EVERY !== NOT_PLACED_EVERY - 1;
    drawn.push(isPlaced ? order : { ...order, status: random.pick(['pending', 'cancelled']) });
  }
  const orders = new Map(spoil(random, shareStamps(drawn), faults).map((order) => [order.id, order]));
  let lastStamp = Math.max(
    OPENED.getTime(),
    ...[...orders.values()].map((order) => order.modifiedAt.getTime()),
  );
  let written: readonly ShopElement[] | null = null;
  return {
    products,
    variationsByProduct,
    customers: customers.map((customer) => toAccount(customer, OPENED)),
    orders: () => {
      written ??= [...orders.values()].map((order) => writeOrder(order).element);
      return written;
    },
    expected: () => expect([...orders.values()], sellables.length),
    changeOrder(id, change) {
      const order = orders.get(id);
      if (order === undefined) throw new RangeError(`There is no order ${id}.`);
      lastStamp += 60_000;
      const changed = { ...applyChange(order, change), modifiedAt: new Date(lastStamp) };
      orders.set(id, changed);
      written = null;
      return writeOrder(changed).element;
    },
  };
}

function drawCustomer(
  random: SeededRandom,
  customers: readonly SimulatedCustomer[],
  index: number,
): SimulatedCustomer {
  return random.fraction() < GUEST_SHARE ? makeCustomer(random, 0, `guest${index}`) : random.pick(customers);
}

/** Gives the orders of a group the stamp of its last one. */
function shareStamps(orders: readonly SimulatedOrder[]): SimulatedOrder[] {
  return orders.map((order, index) => {
    if (Math.floor(index / SAME_STAMP_GROUP) % 3 !== 0) return order;
    const lastOfGroup = index - (index % SAME_STAMP_GROUP) + SAME_STAMP_GROUP - 1;
    return { ...order, modifiedAt: (orders[lastOfGroup] ?? order).modifiedAt };
  });
}

/** Puts the defects of data into orders that are placed, each into another one. */
function spoil(
  random: SeededRandom,
  orders: readonly SimulatedOrder[],
  faults: SimulatorFaults,
): SimulatedOrder[] {
  const defects: OrderDefect[] = [
    ...Array.from({ length: faults.unknownCurrency ?? 0 }, () => 'UNKNOWN_CURRENCY' as const),
    ...Array.from({ length: faults.missingSku ?? 0 }, () => 'MISSING_SKU' as const),
    ...Array.from({ length: faults.negativeQuantity ?? 0 }, () => 'NEGATIVE_QUANTITY' as const),
    ...Array.from({ length: faults.changedTotals ?? 0 }, () => 'TOTAL_MISMATCH' as const),
  ];
  const placed = orders.filter(isPlaced);
  const defectById = new Map<number, OrderDefect>();
  random.distinct(defects.length, placed.length).forEach((place, index) => {
    const [order, defect] = [placed[place], defects[index]];
    if (order !== undefined && defect !== undefined) defectById.set(order.id, defect);
  });
  return orders.map((order) => ({ ...order, defect: defectById.get(order.id) ?? null }));
}

function isPlaced(order: SimulatedOrder): boolean {
  return order.status !== 'pending' && order.status !== 'cancelled';
}

function applyChange(order: SimulatedOrder, change: OrderChange): SimulatedOrder {
  if (change === 'repair') return { ...order, defect: null };
  if (change === 'cancel') return { ...order, status: 'cancelled' };
  if (change === 'touch') return order;
  const [first, ...rest] = order.lines;
  if (first === undefined) return order;
  return { ...order, lines: [{ ...first, quantity: first.quantity + 1 }, ...rest] };
}

function expect(orders: readonly SimulatedOrder[], items: number): ExpectedResult {
  const invalidByReason: Partial<Record<OrderDefect, number>> = {};
  const sums = new Map<string, Decimal>();
  let validOrders = 0;
  let skippedOrders = 0;
  for (const order of orders) {
    if (!isPlaced(order)) {
      skippedOrders += 1;
    } else if (order.defect !== null) {
      invalidByReason[order.defect] = (invalidByReason[order.defect] ?? 0) + 1;
    } else {
      const { currency, total } = writeOrder(order);
      validOrders += 1;
      sums.set(currency, (sums.get(currency) ?? 0n) + total);
    }
  }
  const sumByCurrency = Object.fromEntries(
    [...sums]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([currency, sum]) => [currency, formatDecimal(sum, 2)]),
  );
  return {
    orders: orders.length,
    validOrders,
    skippedOrders,
    invalidByReason,
    sumByCurrency,
    items,
    customers: CUSTOMER_COUNT,
  };
}

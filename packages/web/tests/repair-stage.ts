import {
  codeunit,
  externalCall,
  jobQueue,
  jobQueueEntryRecord,
  NightshiftError,
  processChunk,
  type Session,
  stage,
  type WorkItem,
} from 'nightshift';
import { EVERY_DAY } from '../../nightshift/src/testing/every-day.ts';
import { type Order, orders } from '../../nightshift/src/testing/item-orders.ts';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';

/** Orders of a web shop that are waiting to be taken over. */
export const STAGED_ORDERS = orders();

/** What is wrong in the world, until somebody puts it right. */
export const world = { customerHasTerms: false };

const syncCustomers = codeunit({
  name: 'Sync Customers',
  record: jobQueueEntryRecord,
  async onRun(session: Session, { parameterString }) {
    session.log.info('Reading customers of the shop.', { store: parameterString });
    if (world.customerHasTerms) {
      session.log.info('120 customers are up to date.');
      return;
    }
    session.log.warning('Customer 10000 has changed.');
    try {
      lookUpTerms();
    } catch (cause) {
      throw new NightshiftError('VALIDATION', 'Customer 10000 has no payment terms.', { cause });
    }
  },
});

function lookUpTerms(): never {
  throw new Error('No row in payment_terms with code "14 DAYS".');
}

const processOrders = codeunit({
  name: 'Process Orders',
  async onRun(session: Session) {
    const done = await processChunk(session, STAGED_ORDERS, { maxAttempts: 1 }, takeOver);
    session.log.info(`${done.processed} orders are taken over, ${done.failed} failed.`);
    if (done.failed > 0)
      throw new NightshiftError('VALIDATION', `${done.failed} orders could not be taken over.`);
  },
});

async function takeOver(item: WorkItem<Order>, session: Session): Promise<void> {
  const { no, customer, total } = item.payload;
  if (customer === undefined) throw new NightshiftError('VALIDATION', 'The order names no customer.');
  if (customer === 'BLOCKED') throw new NightshiftError('VALIDATION', `Customer ${customer} is blocked.`);
  if (total > 1_000) {
    await externalCall(session, item, 'credit check', {
      call: async () => {
        throw new Error(`The bank did not answer for ${no}.`);
      },
    });
  }
}

const clearArchive = codeunit({
  name: 'Clear Archive',
  async onRun(session: Session) {
    session.log.info('12 documents are older than ten years.');
    const yes = await session.confirm('Delete 12 archived documents?');
    session.log.info(yes ? '12 documents are deleted.' : 'Nothing is deleted.');
    session.message(yes ? 'The archive is clear.' : 'The archive is as it was.');
  },
});

/** The codeunits of what is repaired. */
export const REPAIR_CODEUNITS = [syncCustomers, processOrders, clearArchive] as const;

const ORDERS: readonly Order[] = [
  { no: 'SO-1001', total: 120, customer: '10000' },
  { no: 'SO-1002', total: 80 },
  { no: 'SO-1003', total: 310, customer: '20000' },
  { no: 'SO-1004', total: 45 },
  { no: 'SO-1005', total: 4_200, customer: '30000' },
  { no: 'SO-1006', total: 90, customer: 'BLOCKED' },
];

/** Puts orders into the stage, and entries into the job queue; nothing has run yet. Their ids by what they run. */
export async function setRepairs(kit: TestPlatform): Promise<Readonly<Record<string, string>>> {
  await stage(kit.admin, STAGED_ORDERS, [...ORDERS]);
  const ids: Record<string, string> = {};
  for (const [object, fields] of [
    ['Sync Customers', { description: 'Shop: customers, at night', parameterString: 'STORE-1' }],
    ['Process Orders', { description: 'Shop: take over orders' }],
    ['Clear Archive', { description: 'Clear the archive' }],
  ] as const) {
    const { id } = await jobQueue.create(kit.admin, { ...EVERY_DAY, object, ...fields } as never);
    ids[object] = id;
  }
  return ids;
}

/** Somebody who says no to everything. */
const NO = {
  confirm: async () => false,
  message: () => undefined,
  openDialog: () => ({ update: () => undefined, close: () => undefined }),
};

const failed = new WeakMap<TestPlatform, Promise<void>>();

/** Has each of them run, the once, so that there is something to look at. */
export function failOnce(kit: TestPlatform): Promise<void> {
  const known = failed.get(kit) ?? runAll(kit);
  failed.set(kit, known);
  return known;
}

async function runAll(kit: TestPlatform): Promise<void> {
  const ids = await setRepairs(kit);
  for (const object of ['Clear Archive', 'Process Orders', 'Sync Customers', 'Sync Customers']) {
    await jobQueue.runOnce(kit.admin, ids[object] ?? '', NO);
  }
}

import { type ChunkResult, codeunit, processAll, type Session } from 'nightshift';
import { parseDecimal } from './decimal.ts';
import { readAnswer } from './import-decision.sql.ts';
import { readMinorUnits } from './sales-orders.sql.ts';
import { processOrder } from './sales-orders.ts';
import { readShopSetup } from './shop-setup.sql.ts';
import { stagedOrder } from './staged-items.ts';
import { processOrdersTables } from './table-permissions.ts';

/**
 * Orders of one chunk, which commits at once. A call to the carrier may take seconds, and the chunk's locks are held as long;
 * beyond this, larger chunks gain little (`npm run chunk-sizes` measures it, the README tells what came of it).
 */
export const ORDERS_CHUNK = 25;
/** An order in a currency that we do not know yet is booked with so many decimal places. */
const UNKNOWN_CURRENCY_DIGITS = 2;

/** Turns all due staged orders into sales orders. What people have decided is read, and asked for nowhere. */
export async function processOrders(session: Session, limit = ORDERS_CHUNK): Promise<ChunkResult> {
  const setup = await readShopSetup(session.db);
  const imports = await readAnswer(session.db, 'unknown-currency');
  const work = {
    rules: {
      minorUnits: await readMinorUnits(session.db),
      roundingTolerance: parseDecimal(setup?.roundingTolerance ?? '0') ?? 0n,
      unknownCurrencyDigits: imports === true ? UNKNOWN_CURRENCY_DIGITS : null,
    },
    carrier: setup?.carrierUrl ? { url: setup.carrierUrl, timeoutMs: setup.carrierTimeoutMs } : null,
  };
  return processAll(session, stagedOrder, { limit }, (item, own) => processOrder(own, item, work));
}

/** Processes what webhooks have staged. It rests while there is nothing, and whatever is staged wakes it. */
export const processStagedOrders = codeunit({
  name: 'Process Staged Orders',
  id: 50144,
  permissions: { tables: processOrdersTables },
  wakeOn: ['staged_order'],
  onRun: async (session) => {
    await processOrders(session);
  },
});

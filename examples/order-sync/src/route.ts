import type { Session } from 'nightshift';
import { syncCustomers, syncItems, syncOrders } from './sync.ts';

/** Starts the sync that the parameter string of the job queue entry names: ORDERS, ITEMS or CUSTOMERS. */
export async function runSyncShop(session: Session, parameterString: string): Promise<void> {
  switch (parameterString.trim().toUpperCase()) {
    case 'ORDERS':
      return syncOrders(session);
    case 'ITEMS':
      return syncItems(session);
    case 'CUSTOMERS':
      return syncCustomers(session);
    default:
      throw session.error(`Unsupported job queue parameter: ${parameterString}`);
  }
}

import { type ChunkResult, processAll, type Session } from 'nightshift';
import { type CustomerRow, findCustomerId, writeCustomer } from './customers.sql.ts';
import type { Database } from './job-session.ts';
import { parsePayload } from './payload.ts';
import { type StagedItem, stagedCustomer } from './staged-items.ts';
import { type ShopAddress, shopCustomer } from './woocommerce-types.ts';

/** Turns all due staged customer accounts into customers. */
export function processCustomers(session: Session): Promise<ChunkResult> {
  return processAll(session, stagedCustomer, { limit: 200 }, (item, own) => processCustomer(own.db, item));
}

/**
 * The customer of an order. One we do not have is made of the order's billing address; one we have keeps its data,
 * because an account's own data come with the customer sync.
 */
export async function findOrCreateCustomer(
  db: Database,
  reference: string,
  billing: ShopAddress,
): Promise<string> {
  return (await findCustomerId(db, reference)) ?? writeCustomer(db, toRow(reference, billing));
}

async function processCustomer(db: Database, item: StagedItem): Promise<void> {
  const account = parsePayload(shopCustomer, item.payload);
  await writeCustomer(
    db,
    toRow(`shop:${account.id}`, {
      ...account.billing,
      email: account.email || account.billing.email,
      first_name: account.billing.first_name || account.first_name,
      last_name: account.billing.last_name || account.last_name,
    }),
  );
}

function toRow(reference: string, address: ShopAddress): CustomerRow {
  return {
    reference,
    email: address.email.trim().toLowerCase(),
    name: `${address.first_name} ${address.last_name}`.trim(),
    company: address.company,
    address1: address.address_1,
    address2: address.address_2,
    postcode: address.postcode,
    city: address.city,
    country: address.country,
  };
}

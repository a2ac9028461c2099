import { type CustomerRow, findCustomerId, writeCustomer } from './customers.sql.ts';
import type { Database, JobSession } from './job-session.ts';
import { parsePayload } from './payload.ts';
import { type ProcessingCounts, type ProcessingOptions, processDue } from './processing.ts';
import type { StagedRow } from './staging-tables.ts';
import { type ShopAddress, shopCustomer } from './woocommerce-types.ts';

/** Turns all due staged customer accounts into customers. */
export async function processCustomers(
  session: JobSession,
  options: ProcessingOptions = {},
): Promise<ProcessingCounts> {
  const counts = await processDue(
    session,
    'staged_customer',
    (row) => processCustomer(session.db, row),
    options,
  );
  session.log.info('Customers processed.', { ...counts });
  return counts;
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

async function processCustomer(db: Database, row: StagedRow): Promise<void> {
  const account = parsePayload(shopCustomer, row.payload);
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

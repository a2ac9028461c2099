import type { Database } from './job-session.ts';

/** An item as written. */
export interface ItemRow {
  readonly externalId: string;
  readonly sku: string;
  readonly description: string;
  /** Decimal text, null without a price. */
  readonly unitPrice: string | null;
}

/** The external id of the item that has this SKU, null when none has. */
export async function findSkuOwner(db: Database, sku: string): Promise<string | null> {
  const { rows } = await db.query<{ externalId: string }>(
    `select external_id as "externalId" from item where sku = $1`,
    [sku],
  );
  return rows[0]?.externalId ?? null;
}

/** Writes an item, or its new data. */
export async function writeItem(db: Database, item: ItemRow): Promise<void> {
  await db.query(
    `insert into item (external_id, sku, description, unit_price)
     values ($1, $2, $3, $4)
         on conflict (external_id) do update
        set sku = excluded.sku, description = excluded.description, unit_price = excluded.unit_price,
            updated_at = now()`,
    [item.externalId, item.sku, item.description, item.unitPrice],
  );
}

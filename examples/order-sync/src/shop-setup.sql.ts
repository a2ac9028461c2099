import type { Database } from './job-session.ts';
import type { ShopSetup } from './shop-setup.ts';

/** The row of `shop_setup`, null when there is none. */
export async function readShopSetup(db: Database): Promise<ShopSetup | null> {
  const { rows } = await db.query<ShopSetup>(`
    select url,
           consumer_key            as key,
           consumer_secret         as secret,
           page_size               as "pageSize",
           overlap_seconds         as "overlapSeconds",
           request_timeout_seconds as "requestTimeoutSeconds",
           rounding_tolerance::text as "roundingTolerance",
           carrier_url             as "carrierUrl",
           carrier_timeout_ms      as "carrierTimeoutMs"
      from shop_setup`);
  return rows[0] ?? null;
}

/** Writes the one row. */
export async function writeShopSetup(db: Database, setup: ShopSetup): Promise<void> {
  await db.query(
    `insert into shop_setup
            (url, consumer_key, consumer_secret, page_size, overlap_seconds, request_timeout_seconds, rounding_tolerance,
             carrier_url, carrier_timeout_ms)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do update
        set url = excluded.url, consumer_key = excluded.consumer_key, consumer_secret = excluded.consumer_secret,
            page_size = excluded.page_size, overlap_seconds = excluded.overlap_seconds,
            request_timeout_seconds = excluded.request_timeout_seconds,
            rounding_tolerance = excluded.rounding_tolerance, carrier_url = excluded.carrier_url,
            carrier_timeout_ms = excluded.carrier_timeout_ms`,
    [
      setup.url,
      setup.key,
      setup.secret,
      setup.pageSize,
      setup.overlapSeconds,
      setup.requestTimeoutSeconds,
      setup.roundingTolerance,
      setup.carrierUrl,
      setup.carrierTimeoutMs,
    ],
  );
}

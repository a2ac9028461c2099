import type { Database } from './job-session.ts';
import { ShopError } from './shop-error.ts';
import { readShopSetup, writeShopSetup } from './shop-setup.sql.ts';
import { parseShopSetup, type ShopSetup, type ShopSetupInput } from './shop-setup.ts';

/**
 * Reads the settings: the row of `shop_setup`, or without one ORDER_SYNC_SHOP_URL, …_KEY and …_SECRET. What comes from
 * the environment is not written to the database.
 * @throws ShopError SHOP_SETUP_INVALID when there are none
 */
export async function loadShopSetup(
  db: Database,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ShopSetup> {
  const row = await readShopSetup(db);
  if (row !== null) return parseShopSetup(row);
  const url = environment['ORDER_SYNC_SHOP_URL'];
  if (url === undefined || url === '') {
    throw new ShopError(
      'SHOP_SETUP_INVALID',
      'No shop is set up: add a row to shop_setup, or set ORDER_SYNC_SHOP_URL, ORDER_SYNC_SHOP_KEY and ORDER_SYNC_SHOP_SECRET.',
    );
  }
  return parseShopSetup({
    url,
    key: environment['ORDER_SYNC_SHOP_KEY'] ?? '',
    secret: environment['ORDER_SYNC_SHOP_SECRET'] ?? '',
  });
}

/**
 * Writes the row of `shop_setup`, replacing the old one.
 * @throws ShopError SHOP_SETUP_INVALID naming the setting
 */
export async function saveShopSetup(db: Database, input: ShopSetupInput): Promise<void> {
  await writeShopSetup(db, parseShopSetup(input));
}

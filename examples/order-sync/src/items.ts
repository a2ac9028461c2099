import { type ChunkResult, processAll, type Session } from 'nightshift';
import { findSkuOwner, writeItem } from './items.sql.ts';
import type { Database } from './job-session.ts';
import { parsePayload } from './payload.ts';
import { RowProblem } from './row-problem.ts';
import { type StagedItem, stagedItem } from './staged-items.ts';
import { shopItem } from './woocommerce-types.ts';

/** Turns all due staged products and variations into items. Nothing is called meanwhile, so chunks may be large. */
export function processItems(session: Session): Promise<ChunkResult> {
  return processAll(session, stagedItem, { limit: 200 }, (item, own) => processItem(own.db, item));
}

async function processItem(db: Database, item: StagedItem) {
  const product = parsePayload(shopItem, item.payload);
  const sku = product.sku.trim();
  const externalId = String(product.id);
  // A variable or grouped product is sold by its parts; without a SKU of its own it is not an item.
  if (sku === '' && (product.type === 'variable' || product.type === 'grouped')) {
    return { skipped: `A ${product.type} product is sold by its parts.` };
  }
  if (sku === '') throw new RowProblem('MISSING_SKU', `"${product.name}" has no SKU.`);
  const owner = await findSkuOwner(db, sku);
  if (owner !== null && owner !== externalId) {
    throw new RowProblem('DUPLICATE_SKU', `The SKU "${sku}" belongs to the shop's product ${owner}.`);
  }
  const options = product.attributes.map((attribute) => attribute.option).filter((option) => option !== '');
  const description =
    product.parent_name === '' ? product.name : [product.parent_name, ...options].join(' - ');
  await writeItem(db, {
    externalId,
    sku,
    description,
    unitPrice: product.price === '' ? null : (product.price ?? null),
  });
  return undefined;
}

import { findSkuOwner, writeItem } from './items.sql.ts';
import type { Database, JobSession } from './job-session.ts';
import { parsePayload } from './payload.ts';
import { type ProcessingCounts, type ProcessingOptions, processDue } from './processing.ts';
import { RowProblem } from './row-problem.ts';
import type { StagedRow } from './staging-tables.ts';
import { shopItem } from './woocommerce-types.ts';

/** Turns all due staged products and variations into items. */
export async function processItems(
  session: JobSession,
  options: ProcessingOptions = {},
): Promise<ProcessingCounts> {
  const counts = await processDue(session, 'staged_item', (row) => processItem(session.db, row), options);
  session.log.info('Items processed.', { ...counts });
  return counts;
}

async function processItem(db: Database, row: StagedRow): Promise<void> {
  const product = parsePayload(shopItem, row.payload);
  const sku = product.sku.trim();
  const externalId = String(product.id);
  // A variable or grouped product is sold by its parts; without a SKU of its own it is not an item.
  if (sku === '' && (product.type === 'variable' || product.type === 'grouped')) {
    throw new RowProblem('ITEM_IS_PARENT', `A ${product.type} product is sold by its parts.`, 'skip');
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
}

import { type WorkItem, type WorkItems, workItems } from 'nightshift';
import { z } from 'zod';
import { RowProblem } from './row-problem.ts';
import { stampOf } from './woocommerce-types.ts';

/**
 * What every staged row needs: an id and a stamp. The rest is kept as the shop sent it and checked when it is processed, so
 * that a row that is wrong is one that people can see, mend and try again.
 */
const shopElement = z.looseObject({
  id: z.int().positive(),
  date_created_gmt: z.string().nullish(),
  date_modified_gmt: z.string().nullish(),
  /** Of a webhook: the number under which WooCommerce logs that it was sent. */
  webhook_delivery: z.string().optional(),
  order_key: z.string().optional(),
});

type ShopElement = z.output<typeof shopElement>;
/** A staged order, product or customer. */
export type StagedItem = WorkItem<ShopElement>;
/** A table of them. */
export type StagedItems = WorkItems<ShopElement, ShopElement>;

const SECOND_MS = 1_000;

function staged(
  name: string,
  correlationIds?: (element: ShopElement) => Record<string, string>,
): StagedItems {
  return workItems({
    name,
    payload: shopElement,
    externalId: ({ id }) => String(id),
    // The shop's own stamp: a page that is read again, or a webhook that comes late, changes nothing.
    version: (element) => {
      const stamp = stampOf(element);
      if (stamp === null) throw new Error('The shop gives it no date.');
      return stamp;
    },
    retryPolicy: { delaysMs: [5, 60, 600].map((seconds) => seconds * SECOND_MS), maximumRetries: 3 },
    // The same data would fail again: such a row waits for a person at once.
    isRetriable: (error) => !(error instanceof RowProblem && error.verdict === 'fail'),
    ...(correlationIds === undefined ? {} : { correlationIds }),
  });
}

/** Orders, under which names the shop and its log of webhooks know them. */
export const stagedOrder = staged('staged_order', ({ order_key: orderKey, webhook_delivery: delivery }) => ({
  ...(orderKey === undefined ? {} : { orderKey }),
  ...(delivery === undefined ? {} : { delivery }),
}));

/** Products and their variations. */
export const stagedItem = staged('staged_item');

/** Customer accounts. */
export const stagedCustomer = staged('staged_customer');

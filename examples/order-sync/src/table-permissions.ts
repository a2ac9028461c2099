/** What the sync reads (R), inserts (I), modifies (M) and deletes (D). */
export const syncShopTables = {
  shop_setup: 'R',
  currency: 'R',
  shop_watermark: 'RIM',
  staged_order: 'RIM',
  staged_item: 'RIM',
  staged_customer: 'RIM',
  customer: 'RIM',
  item: 'RIM',
  sales_order: 'RIM',
  sales_order_line: 'RID',
} as const;

/** What the retry of failed orders needs: it calls no shop and changes no items. */
export const retryTables = {
  shop_setup: 'R',
  currency: 'R',
  staged_order: 'RM',
  customer: 'RIM',
  item: 'R',
  sales_order: 'RIM',
  sales_order_line: 'RID',
} as const;

/** What is needed to turn staged orders into sales orders: what people have decided is read, and never written. */
export const processOrdersTables = {
  shop_setup: 'R',
  import_decision: 'R',
  currency: 'RI',
  staged_order: 'RM',
  customer: 'RIM',
  item: 'R',
  sales_order: 'RIM',
  sales_order_line: 'RID',
} as const;

/** What the sync reads (R), inserts (I), modifies (M) and deletes (D). */
export const syncShopTables = {
  ...processOrdersTables,
  shop_watermark: 'RIM',
  staged_order: 'RIM',
  staged_item: 'RIM',
  staged_customer: 'RIM',
  item: 'RIM',
} as const;

const STAGING = ['staged_order', 'staged_item', 'staged_customer'];
const ENDS = ['', '_done', '_key', '_call'];
const OTHERS = [
  'import_decision',
  'shop_watermark',
  'customer_sales',
  'sales_order_line',
  'sales_order',
  'customer',
  'item',
];
const TABLES = [...STAGING.flatMap((table) => ENDS.map((end) => table + end)), ...OTHERS];

/** Removes everything that a sync has brought into the first company. */
export const EMPTY_TABLES = `truncate ${TABLES.map((table) => `co_1.${table}`).join(', ')};
  delete from co_1.currency where not is_confirmed`;

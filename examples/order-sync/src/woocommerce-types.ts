import { z } from 'zod';

/** One element of an answer, as staged: its identity and stamp are checked, the rest is checked when it is processed. */
export interface ShopRow {
  readonly externalId: string;
  readonly modifiedAt: Date;
  readonly payload: Readonly<Record<string, unknown>> & { readonly id: number };
}

/** One page of a collection. */
export interface ShopPage {
  readonly rows: readonly ShopRow[];
  /** Elements without an id or a date: not usable, only counted. */
  readonly unusable: number;
  /** `X-WP-Total` and `X-WP-TotalPages`; null when a proxy dropped the headers. */
  readonly total: number | null;
  readonly totalPages: number | null;
}

/** WooCommerce writes GMT stamps without a zone; reading them as local time would shift them by hours. */
const gmtStamp = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/)
  .transform((text) => new Date(`${text}Z`));

/** What every element needs in order to be staged. */
const shopElement = z.looseObject({
  id: z.int().positive(),
  date_created_gmt: gmtStamp.nullish(),
  date_modified_gmt: gmtStamp.nullish(),
});

/** Reads an element of an answer; null when it has no id or no date. */
export function toShopRow(element: unknown): ShopRow | null {
  const { success, data } = shopElement.safeParse(element);
  const modifiedAt = stampOf(element);
  if (!success || modifiedAt === null) return null;
  return { externalId: String(data.id), modifiedAt, payload: { ...storable(element), id: data.id } };
}

/** When an element was changed last; null: it does not say. */
export function stampOf(element: unknown): Date | null {
  const { success, data } = shopElement.safeParse(element);
  return success ? (data.date_modified_gmt ?? data.date_created_gmt ?? null) : null;
}

/** PostgreSQL's jsonb takes neither NUL nor half a surrogate pair; one such name must not cost us the order. */
export function storable(element: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(element, (_key, value: unknown) =>
      typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
    ),
  );
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const address = z.object({
  first_name: text,
  last_name: text,
  company: text,
  address_1: text,
  address_2: text,
  city: text,
  postcode: text,
  country: text,
  email: text,
});

/** An address of the shop; absent fields are empty. */
export type ShopAddress = z.output<typeof address>;

const amount = z.string().regex(/^-?\d{1,15}(\.\d{1,18})?$/, 'not an amount');
const gmtDate = gmtStamp.nullish().transform((value) => value ?? null);

/** The fields of an order that become a sales order. Amounts stay text. */
export const shopOrder = z.object({
  id: z.int().positive(),
  number: z.union([z.string(), z.int()]).transform(String),
  order_key: z.string(),
  status: z.string(),
  currency: z.string(),
  date_created_gmt: gmtDate,
  customer_id: z.int().nonnegative(),
  billing: address,
  discount_total: amount,
  shipping_total: amount,
  total_tax: amount,
  total: amount,
  line_items: z.array(
    z.object({
      name: text,
      sku: text,
      quantity: z.number(),
      subtotal: amount,
      total: amount,
      total_tax: amount,
    }),
  ),
  fee_lines: z.array(z.object({ total: amount })).default([]),
});

/** An order as we read it. */
export type ShopOrder = z.output<typeof shopOrder>;

/** The fields of a product or a product variation that become an item. */
export const shopItem = z.object({
  id: z.int().positive(),
  type: text,
  name: text,
  /** Added by us to variations, whose own name is often empty. */
  parent_name: text,
  sku: text,
  /** Empty for products without a price. */
  price: z.union([amount, z.literal('')]).nullish(),
  attributes: z.array(z.object({ option: text })).default([]),
});

/** The fields of a customer account that become a customer. */
export const shopCustomer = z.object({
  id: z.int().positive(),
  email: text,
  first_name: text,
  last_name: text,
  billing: address,
});

import { formatDecimal, parseDecimal } from './decimal.ts';
import type { SeededRandom } from './seeded-random.ts';

const THINGS = [
  'Desk',
  'Chair',
  'Lamp',
  'Shelf',
  'Notebook',
  'Backpack',
  'Mug',
  'Kettle',
  'Blanket',
  'Poster',
  'Umbrella',
  'Clock',
];
const STYLES = ['ATHENS', 'PARIS', 'London', 'Zürich', 'Oslo', 'Malmö', 'São Paulo', 'Łódź', 'Kyoto', 'Cork'];
const SIZES = ['S', 'M', 'L'];
/** One product in ten is sold by its variations only. */
const VARIABLE_EVERY = 10;

/** Something with a SKU and a price, as order lines refer to it. Prices are in ten-thousandths of the base currency. */
export interface Sellable {
  readonly productId: number;
  readonly variationId: number;
  readonly sku: string;
  readonly name: string;
  readonly price: bigint;
}

/** An element as the API sends it. */
export type ShopElement = Record<string, unknown> & {
  readonly id: number;
  readonly date_modified_gmt: string;
};

/** The products of the simulated shop. */
export interface ProductCatalogue {
  readonly products: readonly ShopElement[];
  readonly variationsByProduct: ReadonlyMap<number, readonly ShopElement[]>;
  readonly sellables: readonly Sellable[];
}

/** Makes `count` products, at most 120 of which differ in name. */
export function makeProducts(random: SeededRandom, count: number, since: Date): ProductCatalogue {
  const products: ShopElement[] = [];
  const variationsByProduct = new Map<number, readonly ShopElement[]>();
  const sellables: Sellable[] = [];
  let nextId = 1_000;
  for (let index = 0; index < count; index += 1) {
    const id = nextId;
    nextId += 1 + SIZES.length;
    const name = `${STYLES[index % STYLES.length]} ${THINGS[Math.floor(index / STYLES.length) % THINGS.length]}`;
    const sku = `${1896 + index}-${name.slice(0, 1).toUpperCase()}`;
    const price = priceOf(random);
    const modified = gmt(new Date(since.getTime() + random.integer(0, 30 * 86_400) * 1000));
    const isVariable = index % VARIABLE_EVERY === VARIABLE_EVERY - 1;
    products.push({
      id,
      name,
      type: isVariable ? 'variable' : 'simple',
      status: 'publish',
      sku: isVariable ? '' : sku,
      price: formatDecimal(price, 2),
      regular_price: formatDecimal(price, 2),
      attributes: isVariable ? [{ id: 1, name: 'Size', options: SIZES }] : [],
      date_created_gmt: gmt(since),
      date_modified_gmt: modified,
    });
    if (!isVariable) {
      sellables.push({ productId: id, variationId: 0, sku, name, price });
      continue;
    }
    const variations = SIZES.map((size, position) => {
      const variationId = id + 1 + position;
      const variationSku = `${sku}-${size}`;
      sellables.push({
        productId: id,
        variationId,
        sku: variationSku,
        name: `${name} - ${size}`,
        price,
      });
      return {
        id: variationId,
        sku: variationSku,
        price: formatDecimal(price, 2),
        attributes: [{ id: 1, name: 'Size', option: size }],
        date_created_gmt: gmt(since),
        date_modified_gmt: modified,
      };
    });
    variationsByProduct.set(id, variations);
  }
  return { products, variationsByProduct, sellables };
}

/** Writes an instant as WooCommerce does: whole seconds, GMT, without a zone. */
export function gmt(instant: Date): string {
  return instant.toISOString().slice(0, 19);
}

/** 1.99 to 249.99, always in whole cents. */
function priceOf(random: SeededRandom): bigint {
  const ending = random.pick(['00', '49', '90', '95', '99']);
  return parseDecimal(`${random.integer(1, 249)}.${ending}`) ?? 0n;
}

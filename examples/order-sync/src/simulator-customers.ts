import type { SeededRandom } from './seeded-random.ts';
import { gmt, type ShopElement } from './simulator-products.ts';

const FIRST_NAMES = [
  'Anna',
  'José',
  'Chloë',
  'Jürgen',
  'Siobhán',
  'Mia',
  'Łukasz',
  'Olivia',
  'Noah',
  '李',
  'Emma',
  'Søren',
];
const LAST_NAMES = [
  'Müller',
  "O'Neil",
  'García',
  'Nowak',
  'Jansen',
  'Smith',
  'Dubois',
  'Østergård',
  'Brown',
  '娜',
  'Rossi',
  'Taylor',
];

/** Where customers live: the currency they pay in and the tax in hundredths of a percent. */
export interface SimulatedCountry {
  readonly code: string;
  readonly city: string;
  readonly currency: 'EUR' | 'GBP' | 'USD';
  readonly taxPer10000: bigint;
}

/** The countries the simulated shop delivers to. */
export const COUNTRIES: readonly SimulatedCountry[] = [
  { code: 'DE', city: 'Köln', currency: 'EUR', taxPer10000: 1900n },
  { code: 'FR', city: 'Lyon', currency: 'EUR', taxPer10000: 2000n },
  { code: 'NL', city: 'Utrecht', currency: 'EUR', taxPer10000: 2100n },
  { code: 'IE', city: 'Galway', currency: 'EUR', taxPer10000: 2300n },
  { code: 'GB', city: 'Leeds', currency: 'GBP', taxPer10000: 2000n },
  { code: 'US', city: 'Austin', currency: 'USD', taxPer10000: 825n },
  { code: 'US', city: 'Portland', currency: 'USD', taxPer10000: 0n },
];

/** A person who orders; `id` 0 for a guest. */
export interface SimulatedCustomer {
  readonly id: number;
  readonly country: SimulatedCountry;
  readonly billing: Readonly<Record<string, string>>;
}

/** Makes `count` people with an account. */
export function makeCustomers(random: SeededRandom, count: number): SimulatedCustomer[] {
  return Array.from({ length: count }, (_, index) => makeCustomer(random, index + 1));
}

/** Makes a person; `id` 0 for a guest, told apart by `label`. */
export function makeCustomer(random: SeededRandom, id: number, label = `customer${id}`): SimulatedCustomer {
  const country = random.pick(COUNTRIES);
  return {
    id,
    country,
    billing: {
      first_name: random.pick(FIRST_NAMES),
      last_name: random.pick(LAST_NAMES),
      company: random.fraction() < 0.2 ? `${random.pick(LAST_NAMES)} & Co` : '',
      address_1: `${random.integer(1, 199)} Market Street`,
      address_2: '',
      city: country.city,
      state: '',
      postcode: String(random.integer(10_000, 99_999)),
      country: country.code,
      email: `${label}@example.com`,
      phone: '',
    },
  };
}

/** A customer account as the API sends it. */
export function toAccount(customer: SimulatedCustomer, since: Date): ShopElement {
  const stamp = gmt(new Date(since.getTime() + customer.id * 60_000));
  return {
    id: customer.id,
    role: 'customer',
    email: customer.billing['email'],
    first_name: customer.billing['first_name'],
    last_name: customer.billing['last_name'],
    username: `customer${customer.id}`,
    billing: customer.billing,
    shipping: customer.billing,
    date_created_gmt: stamp,
    date_modified_gmt: stamp,
  };
}

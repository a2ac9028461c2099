import { seededRandom } from './seeded-random.ts';

/** What the simulator does wrong, all off by default. */
export interface SimulatorFaults {
  /** Share of requests, 0 to 1, answered with status 500. */
  readonly serverError?: number;
  /** Share of requests answered with status 429 and `Retry-After`. */
  readonly tooManyRequests?: number;
  /** Seconds in `Retry-After`. Default 1. */
  readonly retryAfterSeconds?: number;
  /** Share of requests answered late. */
  readonly slow?: number;
  /** How late. Default 1,500 ms. */
  readonly slowMs?: number;
  /** Share of answers that break off in the middle of the JSON. */
  readonly truncated?: number;
  /** Share of requests whose connection is reset. */
  readonly reset?: number;
  /** How many requests in a row may fail before one succeeds. Default 2, so that a client which tries again gets on. */
  readonly consecutiveMax?: number;
  /** After so many requests every further one is answered with status 429. Default: never. */
  readonly busyAfter?: number;
  /** Every so many pages one order of the page before is sent again. Default 0, never. */
  readonly duplicateEvery?: number;
  /** Orders in a currency nobody knows. */
  readonly unknownCurrency?: number;
  /** Orders with a line that has no SKU. */
  readonly missingSku?: number;
  /** Orders with a negative quantity. */
  readonly negativeQuantity?: number;
  /** Orders whose total is not the sum of its parts. */
  readonly changedTotals?: number;
}

/** What happens to one request instead of, or before, a good answer. */
export type RequestFault = 'serverError' | 'tooManyRequests' | 'slow' | 'truncated' | 'reset';

const REQUEST_FAULTS: readonly RequestFault[] = [
  'serverError',
  'tooManyRequests',
  'truncated',
  'reset',
  'slow',
];
const CONSECUTIVE_MAX_DEFAULT = 2;

/** Draws the fault of the next request, null for none. */
export function createFaultDrawer(faults: SimulatorFaults, seed: number): () => RequestFault | null {
  const random = seededRandom(seed ^ 0x5f417);
  const consecutiveMax = faults.consecutiveMax ?? CONSECUTIVE_MAX_DEFAULT;
  let consecutive = 0;
  let requests = 0;
  return () => {
    requests += 1;
    if (requests > (faults.busyAfter ?? Number.POSITIVE_INFINITY)) return 'tooManyRequests';
    let draw = random.fraction();
    for (const fault of REQUEST_FAULTS) {
      const share = faults[fault] ?? 0;
      if (draw < share) {
        // A slow answer is still an answer.
        if (fault === 'slow') return fault;
        if (consecutive >= consecutiveMax) break;
        consecutive += 1;
        return fault;
      }
      draw -= share;
    }
    consecutive = 0;
    return null;
  };
}

/** What a name on the command line switches on, and with which number when none is given. */
const FAULT_NAMES: Readonly<Record<string, readonly [keyof SimulatorFaults, number]>> = {
  '500': ['serverError', 0.05],
  '429': ['tooManyRequests', 0.05],
  slow: ['slow', 0.05],
  truncated: ['truncated', 0.05],
  reset: ['reset', 0.05],
  duplicates: ['duplicateEvery', 2],
  'unknown-currency': ['unknownCurrency', 7],
  'missing-sku': ['missingSku', 11],
  'negative-quantity': ['negativeQuantity', 5],
  'changed-totals': ['changedTotals', 13],
};

/**
 * Reads `--faults`: `none`, `all`, or a list such as `500,429=0.2,missing-sku=11`. Shares are 0 to 1, the rest are
 * counts.
 * @throws RangeError for a name or a number it does not know
 */
export function parseFaults(text: string): SimulatorFaults {
  const wanted = text.trim();
  if (wanted === '' || wanted === 'none') return {};
  const list = wanted === 'all' ? Object.keys(FAULT_NAMES) : wanted.split(',');
  const faults: { -readonly [Name in keyof SimulatorFaults]: number } = {};
  for (const part of list) {
    const [name = '', value] = part.trim().split('=');
    const known = FAULT_NAMES[name];
    if (known === undefined) {
      throw new RangeError(
        `There is no fault "${name}"; there are ${Object.keys(FAULT_NAMES).join(', ')}, all and none.`,
      );
    }
    const number = value === undefined ? known[1] : Number(value);
    if (!Number.isFinite(number) || number < 0) {
      throw new RangeError(`"${value}" is not a number for the fault "${name}".`);
    }
    faults[known[0]] = number;
  }
  return faults;
}

/** Every fault at once, as `--faults all`. */
export const ALL_FAULTS: SimulatorFaults = Object.freeze(parseFaults('all'));

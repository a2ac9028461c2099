import { z } from 'zod';
import { ShopError } from './shop-error.ts';

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The settings of the shop. */
const shopSetupSchema = z.object({
  /** Where WordPress lives, without `/wp-json`; https, or http on this machine. */
  url: z.string().transform((text, context) => {
    const url = URL.parse(text.trim());
    if (url === null || !isAllowed(url)) {
      context.addIssue({ code: 'custom', message: 'must be an https address (http only on this machine)' });
      return z.NEVER;
    }
    return (url.origin + url.pathname).replace(/\/+$/, '');
  }),
  key: z.string().min(1),
  secret: z.string().min(1),
  /** 1 to 100, the API's limit. Default 100. */
  pageSize: z.int().min(1).max(100).default(100),
  /** How far behind the last stamp a run starts again. Default 300 s. */
  overlapSeconds: z.int().min(0).max(86_400).default(300),
  /** Default 30 s. */
  requestTimeoutSeconds: z.int().min(1).max(600).default(30),
  /** How far an order's total may be from its parts before it is a mismatch. Default none. */
  roundingTolerance: z.string().default('0'),
  /** Where parcels are ordered. Default: nothing is shipped. */
  carrierUrl: z.string().nullable().default(null),
  /** Milliseconds for an answer of the carrier. Default 10,000. */
  carrierTimeoutMs: z.int().min(1).max(600_000).default(10_000),
});

/** The settings, checked and complete. */
export type ShopSetup = z.output<typeof shopSetupSchema>;
/** The settings as given: url, key and secret; the rest has defaults. */
export type ShopSetupInput = z.input<typeof shopSetupSchema>;

/**
 * Basic authentication sends the secret readable, so it needs TLS; WooCommerce itself takes it over https only.
 * Plain http stays on the machine and is for the simulator.
 */
function isAllowed(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
}

/**
 * Checks the settings and fills in the defaults.
 * @throws ShopError SHOP_SETUP_INVALID naming the setting
 */
export function parseShopSetup(input: unknown): ShopSetup {
  const parsed = shopSetupSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ShopError(
    'SHOP_SETUP_INVALID',
    `The setting ${issue?.path.join('.') ?? ''} of the shop is not usable: ${issue?.message ?? ''}.`,
  );
}

import { type Caller, type IntakeRequest, intake, signedBody } from 'nightshift';
import { stagedOrder } from './staged-items.ts';
import { toShopRow } from './woocommerce-types.ts';

/** What the shop is answered. */
export interface WebhookAnswer {
  /** WooCommerce switches a webhook off after five answers in a row that are not 2xx. */
  readonly status: 200 | 400 | 401 | 422;
  readonly staged: number;
  readonly updated: number;
}

/** Takes one delivery of a webhook in. */
export type OrderWebhook = (caller: Caller, request: IntakeRequest) => Promise<WebhookAnswer>;

/** Topics that carry a whole order; `order.deleted` carries its id only, and the poll does not see it either. */
const TOPICS = new Set(['order.created', 'order.updated', 'order.restored']);
/** What WooCommerce sends, unsigned, when a webhook is saved: it wants to know whether somebody is there. */
const PING = /^webhook_id=\d{1,18}$/;

/**
 * Takes orders in as WooCommerce's webhooks send them: signed with the webhook's secret (`X-WC-Webhook-Signature`, the base64 of
 * the body's HMAC-SHA256). A delivery that is repeated, or comes after a newer one, changes nothing.
 * @param secret what was entered under WooCommerce → Settings → Advanced → Webhooks
 * @param wake has the entry run that processes what was staged
 */
export function orderWebhook(secret: string, wake?: (caller: Caller) => unknown): OrderWebhook {
  const take = intake({
    items: stagedOrder,
    verify: signedBody({ header: 'X-WC-Webhook-Signature', secret }),
    map: rowsOf,
    ...(wake === undefined ? {} : { wake }),
  });
  return async (caller, request) => {
    if (isPing(request)) return { status: 200, staged: 0, updated: 0 };
    const { status, result } = await take(caller, request);
    return { status, staged: result?.staged ?? 0, updated: result?.updated ?? 0 };
  };
}

/** It stages nothing, so it may come from anybody. */
function isPing({ headers, body }: IntakeRequest): boolean {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('latin1');
  return text.length < 64 && PING.test(text) && headerOf(headers, 'x-wc-webhook-signature') === null;
}

function* rowsOf(body: unknown, { headers }: IntakeRequest) {
  if (!TOPICS.has(headerOf(headers, 'x-wc-webhook-topic') ?? '')) return;
  const payload = toShopRow(body)?.payload;
  const delivery = headerOf(headers, 'x-wc-webhook-delivery-id');
  // What is no order is refused by the declaration, which says why.
  if (payload === undefined) yield body as { id: number };
  else yield delivery === null ? payload : { ...payload, webhook_delivery: delivery };
}

function headerOf(headers: IntakeRequest['headers'], wanted: string): string | null {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return typeof value === 'string' ? value : null;
}

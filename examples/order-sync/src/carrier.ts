import type { CallContext } from 'nightshift';
import { z } from 'zod';

/** Where the carrier is. */
export interface Carrier {
  readonly url: string;
  /** Milliseconds for an answer. */
  readonly timeoutMs: number;
}

/** What is to be sent, and where. */
export interface Parcel {
  /** The number of the order, which the carrier prints on the label. */
  readonly reference: string;
  readonly name: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

/** A failed call to the carrier. */
export class CarrierError extends Error {
  override readonly name = 'CarrierError';
  readonly code = 'CARRIER_FAILED';
  /** Whether a shipment may have come of it all the same. */
  readonly mayHaveShipped: boolean;
  /** Whether the same parcel would be refused again. */
  readonly isFinal: boolean;

  constructor(
    message: string,
    effect: { mayHaveShipped: boolean; isFinal?: boolean },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.mayHaveShipped = effect.mayHaveShipped;
    this.isFinal = effect.isFinal ?? false;
  }
}

const shipment = z.object({ trackingNo: z.string().min(1), key: z.string() });

/** A shipment, as it is written down. */
type Shipment = { readonly trackingNo: string };

/** Orders a shipment. @throws CarrierError, which says whether it may have been made all the same */
export async function createShipment(
  carrier: Carrier,
  context: CallContext,
  parcel: Parcel,
): Promise<Shipment> {
  const body = JSON.stringify({ ...parcel, key: context.idempotencyKey });
  const response = await send(carrier, context, '/shipments', { method: 'POST', body });
  return shipmentOf(response, context);
}

/** The shipment that was made with this key; null: there is none. @throws CarrierError */
export async function findShipment(carrier: Carrier, context: CallContext): Promise<Shipment | null> {
  const path = `/shipments?key=${encodeURIComponent(context.idempotencyKey)}`;
  const response = await send(carrier, context, path, { method: 'GET' });
  return response.status === 404 ? null : shipmentOf(response, context);
}

interface CarrierResponse {
  readonly status: number;
  readonly text: string;
}

async function send(
  { url, timeoutMs }: Carrier,
  { signal }: CallContext,
  path: string,
  request: { readonly method: 'GET' | 'POST'; readonly body?: string },
): Promise<CarrierResponse> {
  try {
    const response = await fetch(`${url}${path}`, {
      ...request,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    signal.throwIfAborted();
    // Whether it heard us nobody knows.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CarrierError(`The carrier gave no answer: ${reason}.`, { mayHaveShipped: true }, { cause });
  }
}

/** @throws CarrierError for any answer but a shipment of this very key */
function shipmentOf({ status, text }: CarrierResponse, { idempotencyKey }: CallContext): Shipment {
  if (status === 422) {
    throw new CarrierError(`The carrier refuses the parcel: ${text.slice(0, 200)}`, {
      mayHaveShipped: false,
      isFinal: true,
    });
  }
  // By its contract 503 means that nothing was done; nothing else does.
  if (status === 503) throw new CarrierError('The carrier is busy (503).', { mayHaveShipped: false });
  const { success, data } = shipment.safeParse(jsonOf(text));
  if (status >= 300 || !success)
    throw new CarrierError(`The carrier failed (${status}).`, { mayHaveShipped: true });
  // One that answers twice may have its second answer taken for that of the next question.
  if (data.key !== idempotencyKey)
    throw new CarrierError('The carrier answered for another parcel.', { mayHaveShipped: true });
  return { trackingNo: data.trackingNo };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

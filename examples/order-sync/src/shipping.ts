import { externalCall, type Session } from 'nightshift';
import { type Carrier, CarrierError, createShipment, findShipment } from './carrier.ts';
import type { CheckedOrder } from './order-check.ts';
import { RowProblem } from './row-problem.ts';
import type { StagedItem } from './staged-items.ts';

/**
 * Has the goods of an order sent, once, however often the order is processed: a newer version of it, a retry, a run after a
 * crash all find the first shipment. @returns its tracking number
 */
export async function ship(
  session: Session,
  item: StagedItem,
  order: CheckedOrder,
  carrier: Carrier,
): Promise<string> {
  const { first_name: first, last_name: last, address_1: street, postcode, city, country } = order.billing;
  const parcel = { reference: order.externalId, name: `${first} ${last}`, street, postcode, city, country };
  try {
    const { trackingNo } = await externalCall(session, item, 'shipment', {
      call: (context) => createShipment(carrier, context, parcel),
      // The carrier does not heed our key: asked twice, it ships twice. So it is asked what it knows first.
      lookup: async (context) => {
        const known = await findShipment(carrier, context);
        return known === null ? { found: false } : { found: true, answer: known };
      },
      refused: (error) => error instanceof CarrierError && !error.mayHaveShipped,
    });
    return trackingNo;
  } catch (error) {
    if (!(error instanceof CarrierError) || !error.isFinal) throw error;
    throw new RowProblem('CARRIER_REFUSED', error.message, 'fail', { cause: error });
  }
}

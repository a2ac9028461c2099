import { type JsonValue, jsonText, NightshiftError } from '../foundation/index.ts';
import { type CallerDoor, doorOf, type Session } from '../session/index.ts';
import { idempotencyKeyOf, isWorkItem, type WorkItem } from './work-item.ts';
import { type ItemsApart, WORK_ITEMS } from './work-item-service.ts';
import { beginCall, endCall } from './work-items.sql.ts';

/** What a call to a system outside is made with. */
export interface CallContext {
  /** The same whenever this call is repeated: hand it to the other system, which then does nothing twice. */
  readonly idempotencyKey: string;
  /** Aborted when the session is stopped. */
  readonly signal: AbortSignal;
}

/** What the other system says of a call whose answer was lost. */
export type LookedUp<Answer> = { readonly found: true; readonly answer: Answer } | { readonly found: false };

/** A call to a system outside. */
export interface ExternalCall<Answer> {
  /** Makes it. What it throws leaves open whether it took effect, unless `refused` knows better. */
  call(context: CallContext): Promise<Answer>;
  /** Asks the other system whether a call with this key took effect. Default: it cannot be asked. */
  lookup?(context: CallContext): Promise<LookedUp<Answer>>;
  /** The other system heeds the idempotency key, so that a call may simply be repeated. Default: false. */
  readonly isRepeatable?: boolean;
  /** Whether an error says that the call had certainly no effect. Default: none does. */
  refused?(error: unknown): boolean;
}

const KEY_LENGTH_MAX = 100;

/** One call of one item, as it is written down. */
interface KnownCall {
  readonly apart: ItemsApart;
  readonly values: readonly unknown[];
  readonly context: CallContext;
  readonly now: () => Date | null;
}

/**
 * Calls a system outside for an item, and no second time: that it will be called is written down before, and its answer after,
 * each in a transaction of its own, so that both stay when the item's work is undone. A repeat gets the answer that is
 * known. When it is not known whether a call took effect, the other system is asked (`lookup`), or called again
 * (`isRepeatable`); if neither is possible, the item fails and a person settles it.
 * @param key names the call among those of the item's external id: `shipment`. 1 to 100 characters
 * @throws what `call` threw; NightshiftError EXTERNAL_CALL_UNKNOWN, JSON_INVALID for an answer that is no plain data
 */
export function externalCall<Answer extends JsonValue>(
  session: Session,
  item: WorkItem<unknown>,
  key: string,
  call: ExternalCall<Answer>,
): Promise<Answer>;
/** The same for a call of which nothing is known but how it is made. */
export function externalCall<Answer extends JsonValue>(
  session: Session,
  item: WorkItem<unknown>,
  key: string,
  call: ExternalCall<Answer>['call'],
): Promise<Answer>;
export async function externalCall<Answer extends JsonValue>(
  session: Session,
  item: WorkItem<unknown>,
  key: string,
  call: ExternalCall<Answer> | ExternalCall<Answer>['call'],
): Promise<Answer> {
  const wanted: ExternalCall<Answer> = typeof call === 'function' ? { call } : call;
  const door = doorOf(session);
  door.refuseIfOver();
  const known = knownCall(session, door, item, key);
  const [row] = await known.apart.executor.run<CallRow>(beginCall, [
    ...known.values,
    known.context.idempotencyKey,
    session.uniqueId,
    known.now(),
  ]);
  if (row?.state === 'answered') return row.answer as Answer;
  if (row?.state === 'unknown') {
    const settled = await settle(known, wanted, row);
    if (settled !== null) return settled.answer;
  }
  return make(known, wanted);
}

interface CallRow {
  readonly state: 'new' | 'answered' | 'unknown';
  readonly answer: unknown;
  readonly intent_at: Date;
}

function knownCall(session: Session, door: CallerDoor, item: WorkItem<unknown>, key: string): KnownCall {
  if (typeof key !== 'string' || key === '' || key.length > KEY_LENGTH_MAX || key.includes('\0')) {
    throw new NightshiftError('VALIDATION', `key is a text of 1 to ${KEY_LENGTH_MAX} characters.`, {
      field: 'key',
    });
  }
  if (!isWorkItem(item)) {
    throw new NightshiftError('VALIDATION', 'item is what the handler was given.', { field: 'item' });
  }
  const { apart, clock } = door.service(WORK_ITEMS);
  const idempotencyKey = idempotencyKeyOf(door.company.no, item.table, item.externalId, key);
  return {
    apart,
    values: [door.user.no, door.company.no, item.table, item.externalId, key],
    context: { idempotencyKey, signal: session.signal },
    now: () => clock.pinned(),
  };
}

/** What became of a call whose answer was lost; null: it may be made again. @throws NightshiftError EXTERNAL_CALL_UNKNOWN */
async function settle<Answer extends JsonValue>(
  known: KnownCall,
  { lookup, isRepeatable }: ExternalCall<Answer>,
  { intent_at: since }: CallRow,
): Promise<{ readonly answer: Answer } | null> {
  if (lookup !== undefined) {
    const found = await lookup(known.context);
    return found.found ? { answer: await record(known, found.answer) } : null;
  }
  if (isRepeatable === true) return null;
  const [, , , externalId, key] = known.values;
  const text = `Whether the call "${key}" for ${externalId} of ${since.toISOString()} took effect is not known: its answer was lost.`;
  throw new NightshiftError('EXTERNAL_CALL_UNKNOWN', text, {
    details: { key, externalId, since: since.toISOString() },
  });
}

async function make<Answer extends JsonValue>(
  known: KnownCall,
  wanted: ExternalCall<Answer>,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await wanted.call(known.context);
  } catch (error) {
    if (wanted.refused?.(error) === true)
      await known.apart.executor.run(endCall, [...known.values, null, known.now()]);
    throw error;
  }
  return record(known, answer);
}

async function record<Answer extends JsonValue>(known: KnownCall, answer: Answer): Promise<Answer> {
  const text = jsonText(answer ?? null, 'answer');
  await known.apart.executor.run(endCall, [...known.values, text, known.now()]);
  return JSON.parse(text);
}

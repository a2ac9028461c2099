import type pg from 'pg';
import { type Database, farewell, streamOf } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { RoleNames } from '../permissions/index.ts';
import { freeSlots } from './session.sql.ts';
import { sessionEnded } from './session-errors.ts';
import { SharedLogin } from './shared-login.ts';
import type { Slot } from './slot.ts';
import { type LeasedSlot, type SlotAccess, type SlotIdentity, sameIdentity } from './slot-access.ts';
import { SlotLogins } from './slot-logins.ts';
import { forgetUser, settleIn } from './slot-wire.ts';
import { StatementNames } from './statement-names.ts';

export type { Slot } from './slot.ts';
export type { SlotIdentity } from './slot-access.ts';

interface Place extends LeasedSlot {
  /** Whom it works for; null when that is not known for sure, and always without a connection. */
  identity: SlotIdentity | null;
  client: pg.Client | null;
  login: string;
  slot: Slot | null;
}

/**
 * The slots that one server instance has leased. A slot that last worked for the same user and company is taken first,
 * since changing its user costs a transaction.
 */
export class SlotPool {
  readonly #database: Database;
  readonly #access: SlotAccess;
  readonly #epoch: string;
  readonly #maximum: number;
  /** Those that have not been used for longest come first. */
  readonly #idle: Place[] = [];
  readonly #inUse = new Set<Slot>();
  readonly #places = new Map<number, Place>();
  readonly #waiting: (() => void)[] = [];
  #leased = 0;
  #closed = false;

  /** @param maximum most slots leased at a time; further callers wait for one */
  constructor(database: Database, names: RoleNames, epoch: string, maximum: number) {
    this.#database = database;
    this.#access =
      names.enforcement === 'database'
        ? new SlotLogins(database, names, epoch)
        : new SharedLogin(database, epoch);
    this.#epoch = epoch;
    this.#maximum = maximum;
  }

  /** The slots that have a connection, at work or not. */
  *connected(): Generator<Slot> {
    for (const { slot } of this.#places.values()) if (slot !== null) yield slot;
  }

  /** Closes the connections that nobody uses, so that the next sessions open others. */
  renewIdle(): void {
    for (const place of this.#idle) if (place.slot?.answered === null) this.#disconnect(place);
  }

  /** A slot that is ready at once for this identity, or null; saves the hot path a turn of the event loop. */
  take(identity: SlotIdentity): Slot | null {
    const fits = ({ slot, identity: present }: Place) =>
      slot !== null && present !== null && sameIdentity(present, identity);
    let at = this.#idle.findLastIndex((place) => fits(place) && place.slot?.answered === null);
    // One that still commits is better than a new one.
    if (at === -1) at = this.#idle.findLastIndex(fits);
    const slot = at === -1 ? null : (this.#idle.splice(at, 1)[0]?.slot ?? null);
    if (slot !== null) this.#inUse.add(slot);
    return slot;
  }

  /** Waits for a slot of this identity. @throws NightshiftError DATABASE_UNAVAILABLE, PLATFORM_NOT_STARTED */
  async acquire(identity: SlotIdentity): Promise<Slot> {
    for (;;) {
      if (this.#closed) throw new NightshiftError('PLATFORM_NOT_STARTED', 'The server instance is stopping.');
      const ready = this.take(identity);
      if (ready !== null) return ready;
      const place = await this.#takeOther();
      if (place !== null) return await this.#prepare(place, identity);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** One to change, or a new one; null: there is none. One whose COMMIT is not answered only when there is no other. */
  async #takeOther(): Promise<Place | null> {
    const at = this.#idle.findIndex(({ slot }) => slot === null || slot.answered === null);
    if (at !== -1) return this.#idle.splice(at, 1)[0] ?? null;
    return this.#leased < this.#maximum ? await this.#lease() : (this.#idle.shift() ?? null);
  }

  /**
   * Gives a slot back. `healthy` false ends its connection: after a cancel, a broken transaction, a lost answer. Giving
   * it back twice does nothing the second time, or two sessions would share it.
   */
  release(slot: Slot, healthy: boolean): void {
    const place = this.#places.get(slot.number);
    if (place === undefined || !this.#inUse.delete(slot)) return;
    if (!healthy || this.#closed) this.#disconnect(place);
    this.#giveBack(place);
  }

  /**
   * Lets a slot that is at work join another role of its user: one with rights that a codeunit lends, or its own again.
   * Until its own is back, nobody else gets it without joining anew.
   * @returns the role @throws NightshiftError SESSION_ENDED when it is not at work any more; as `join`
   */
  async rejoin(slot: Slot, own: SlotIdentity, lentNo: number | null): Promise<string> {
    const place = this.#places.get(slot.number);
    const identity = { ...own, lentNo };
    if (place === undefined || !this.#inUse.has(slot)) throw sessionEnded();
    place.identity = null;
    await this.#access.join(place, identity);
    if (!this.#inUse.has(slot)) throw sessionEnded();
    if (sameIdentity(identity, own) && place.client !== null) place.identity = own;
    return this.#access.messagesFor(identity, slot.login).role;
  }

  /**
   * Gives a slot back whose last COMMIT is on its way: what the next session sends goes behind it, often in the same
   * write. @param answered its answer; must not reject
   */
  handOver(slot: Slot, answered: Promise<unknown>): void {
    slot.answered = answered;
    void answered.then(() => {
      if (slot.answered === answered) slot.answered = null;
    });
    this.release(slot, true);
  }

  /** Ends all connections, those in use at once, and gives the slots back to the database. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    // Whoever still works on one has been stopped; waiting for its statement could take for ever.
    for (const { client } of this.#inUse) streamOf(client).destroy();
    const clients = [...this.#places.values()].map((place) => place.client);
    await Promise.all(clients.map((client) => (client === null ? null : farewell(client))));
    await this.#database.run(freeSlots, [this.#epoch]).catch(() => undefined);
  }

  #giveBack(place: Place): void {
    this.#idle.push(place);
    this.#waiting.shift()?.();
  }

  async #lease(): Promise<Place> {
    this.#leased++;
    try {
      const leased = await this.#access.lease();
      const place: Place = { ...leased, identity: null, client: null, login: '', slot: null };
      this.#places.set(place.number, place);
      return place;
    } catch (error) {
      this.#leased--;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  /** Makes a slot work for somebody else. */
  async #prepare(place: Place, identity: SlotIdentity): Promise<Slot> {
    try {
      // While a COMMIT is on its way the slot is still at work: for its old user, with the rights that he has.
      await place.slot?.answered;
      // Until it is known to have worked: when its answer is lost, the next try asks what there is.
      place.identity = null;
      await this.#join(place, identity);
      const { number, client, login } = place;
      if (client === null)
        throw new NightshiftError(
          'DATABASE_UNAVAILABLE',
          'The connection of a slot broke while it was prepared.',
        );
      place.identity = identity;
      const { processID: backend } = client as pg.Client & { readonly processID: number };
      const slot = {
        ...this.#access.messagesFor(identity, login),
        number,
        client,
        login,
        backend,
        names: new StatementNames(),
        answered: null,
        knownSavepoints: 0,
      };
      settleIn(slot);
      place.slot = slot;
      this.#inUse.add(slot);
      return slot;
    } catch (error) {
      this.#disconnect(place);
      this.#giveBack(place);
      throw error;
    }
  }

  /** Joins the role while the connection forgets its last user, or while there is a new one. */
  async #join(place: Place, identity: SlotIdentity): Promise<void> {
    const had = place.client;
    const joining = this.#access.join(place, identity);
    // What takes longer goes out first: with few processors the other one would hold it up.
    const isReady =
      had === null ? this.#connect(place).then(() => true) : onceSent().then(() => forgets(had));
    const [joined, ready] = await Promise.allSettled([joining, isReady]);
    if (joined.status === 'rejected') throw joined.reason;
    if (ready.status === 'rejected') throw ready.reason;
    const isUsable = ready.value && (had === null || !joined.value);
    if (isUsable && place.client !== null && (had === null || place.client === had)) return;
    this.#disconnect(place);
    await this.#connect(place);
  }

  async #connect(place: Place): Promise<void> {
    const connection = await this.#access.connect(place, () => {
      if (place.client === connection.client) this.#disconnect(place);
    });
    place.client = connection.client;
    place.login = connection.login;
  }

  /**
   * With the connection goes what is believed of whom the slot works for: a server that crashed may have forgotten the
   * change, and it ends every connection.
   */
  #disconnect(place: Place): void {
    const { client } = place;
    place.client = null;
    place.slot = null;
    place.identity = null;
    if (client !== null) void farewell(client);
  }
}

/** When what was begun in this turn of the event loop has been sent. */
function onceSent(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** Nothing of a user runs there meanwhile. @returns whether it did: DISCARD ALL is refused inside a transaction */
async function forgets(client: pg.Client): Promise<boolean> {
  if (client.getTransactionStatus() !== 'I') return false;
  return forgetUser(client).then(
    () => true,
    () => false,
  );
}

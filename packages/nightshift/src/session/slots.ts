import type pg from 'pg';
import { connect, type Database, farewell, streamOf, type Transaction } from '../database/index.ts';
import { isNightshiftError, NightshiftError, randomSecret } from '../foundation/index.ts';
import { companySchema, lockEnvironment, type RoleNames } from '../permissions/index.ts';
import {
  addSlot,
  adoptLogin,
  changePassword,
  createLogin,
  freeSlots,
  identityAgain,
  joinRole,
  leaseFreeSlot,
  leaveRole,
  noteSlotMembership,
  preamble,
  readOnlyPreamble,
  roleExists,
  searchPath,
  slotMembership,
} from './session.sql.ts';
import { StatementNames } from './statement-names.ts';

const PASSWORD_BYTES = 24;

/** Who a slot works as. */
export interface SlotIdentity {
  readonly userNo: number;
  readonly companyNo: number;
}

/** A connection for user code: a login of its own, without rights but those of one user in one company. */
export interface Slot {
  readonly number: number;
  readonly client: pg.Client;
  readonly login: string;
  /** The process id of its backend. */
  readonly backend: number;
  /** Opens a transaction as the slot's identity; one message, sent before the first statement. */
  readonly preamble: string;
  /** The same for a session that only reads. */
  readonly readOnlyPreamble: string;
  /** Says again who and where an open transaction is. */
  readonly identityAgain: string;
  /** Names for the statements that come again. */
  readonly names: StatementNames;
  /** The answer to the COMMIT of the session before this one, while it is missing; never rejects. */
  answered: Promise<unknown> | null;
}

interface Place {
  readonly number: number;
  readonly password: string;
  identity: SlotIdentity | null;
  client: pg.Client | null;
  slot: Slot | null;
}

/**
 * The slots that one server instance has leased. A slot that last worked for the same user and company is taken first,
 * since changing its membership costs a transaction.
 */
export class SlotPool {
  readonly #database: Database;
  readonly #names: RoleNames;
  readonly #epoch: string;
  readonly #maximum: number;
  readonly #idle: Place[] = [];
  readonly #inUse = new Set<Slot>();
  readonly #places = new Map<number, Place>();
  readonly #waiting: (() => void)[] = [];
  /** The last change of a role that was begun. */
  #changing: Promise<unknown> = Promise.resolve();
  #leased = 0;
  #closed = false;

  /** @param maximum most slots leased at a time; further callers wait for one */
  constructor(database: Database, names: RoleNames, epoch: string, maximum: number) {
    this.#database = database;
    this.#names = names;
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
      const place = this.#idle.pop() ?? (this.#leased < this.#maximum ? await this.#lease() : null);
      if (place !== null) return await this.#prepare(place, identity);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * Gives a slot back. `healthy` false ends its connection: after a cancel, a broken transaction, a lost answer. Giving
   * it back twice does nothing the second time, or two sessions would share it.
   */
  release(slot: Slot, healthy: boolean): void {
    const place = this.#places.get(slot.number);
    if (place === undefined || !this.#inUse.delete(slot)) return;
    if (!healthy || this.#closed) this.#disconnect(place);
    this.#idle.push(place);
    this.#waiting.shift()?.();
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

  async #lease(): Promise<Place> {
    this.#leased++;
    const password = randomSecret(PASSWORD_BYTES);
    try {
      const row = await this.#inTurn((tx) => this.#leaseIn(tx, password));
      const identity =
        row.user_no === null || row.company_no === null
          ? null
          : { userNo: row.user_no, companyNo: row.company_no };
      const place: Place = { number: row.number, password, identity, client: null, slot: null };
      this.#places.set(place.number, place);
      return place;
    } catch (error) {
      this.#leased--;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  /** One at a time: all of them need the same lock, and waiting for it together they would take every connection. */
  #inTurn<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const done = this.#changing.then(async () => {
      try {
        return await this.#database.transaction(work);
      } catch (error) {
        // Of the work of the session, which is to run over the slot, nothing was committed.
        throw isNightshiftError(error, 'COMMIT_UNKNOWN') ? error.cause : error;
      }
    });
    this.#changing = done.catch(() => undefined);
    return done;
  }

  async #leaseIn(tx: Transaction, password: string): Promise<SlotRow> {
    await tx.run(lockEnvironment, []);
    const [free] = await tx.run<SlotRow>(leaseFreeSlot, [this.#epoch]);
    const row = free ?? (await tx.run<SlotRow>(addSlot, [this.#epoch]))[0];
    if (row === undefined) throw new NightshiftError('INTERNAL', 'No slot could be added.');
    const login = this.#names.slot(row.number);
    const [present] = await tx.run(roleExists, [login]);
    if (present !== undefined) {
      await tx.command(changePassword(login, password));
      return row;
    }
    await tx.command(createLogin(login, password));
    await tx.command(adoptLogin(login));
    // In a copy of the database, another login of that name was.
    await tx.run(noteSlotMembership, [row.number, null, null]);
    return { ...row, user_no: null, company_no: null };
  }

  async #prepare(place: Place, identity: SlotIdentity): Promise<Slot> {
    try {
      if (place.identity === null || !sameIdentity(place.identity, identity))
        await this.#join(place, identity);
      const client = place.client ?? (await this.#connect(place));
      const role = this.#names.userInCompany(identity.userNo, identity.companyNo);
      const backend = (client as pg.Client & { readonly processID: number }).processID;
      const schema = companySchema(identity.companyNo);
      place.slot = {
        number: place.number,
        client,
        login: this.#names.slot(place.number),
        backend,
        preamble: preamble(role, schema),
        readOnlyPreamble: readOnlyPreamble(role, schema),
        identityAgain: identityAgain(role),
        names: new StatementNames(),
        answered: null,
      };
      this.#inUse.add(place.slot);
      return place.slot;
    } catch (error) {
      this.#disconnect(place);
      this.#idle.push(place);
      this.#waiting.shift()?.();
      throw error;
    }
  }

  /** Makes the slot a member of exactly one (user, company) role. */
  async #join(place: Place, identity: SlotIdentity): Promise<void> {
    const login = this.#names.slot(place.number);
    // Until it is known to have worked: when its COMMIT is not answered, the next try asks what there is.
    place.identity = null;
    await this.#inTurn(async (tx) => {
      await tx.run(lockEnvironment, []);
      const [left] = await tx.run<SlotIdentity>(slotMembership, [place.number]);
      if (left !== undefined)
        await tx.command(leaveRole(this.#names.userInCompany(left.userNo, left.companyNo), login));
      await tx.command(joinRole(this.#names.userInCompany(identity.userNo, identity.companyNo), login));
      await tx.run(noteSlotMembership, [place.number, identity.userNo, identity.companyNo]);
    });
    // What user code left on the connection must not meet the next user.
    this.#disconnect(place);
    place.identity = identity;
  }

  async #connect(place: Place): Promise<pg.Client> {
    const { settings } = this.#database;
    const user = this.#names.slot(place.number);
    const client = await connect(
      {
        ...settings,
        applicationName: `${settings.applicationName} session`,
        login: { user, password: place.password },
        ...(place.identity === null
          ? {}
          : { searchPath: searchPath(companySchema(place.identity.companyNo)) }),
      },
      true,
      () => {
        if (place.client === client) this.#disconnect(place);
      },
    );
    place.client = client;
    return client;
  }

  #disconnect(place: Place): void {
    const { client } = place;
    place.client = null;
    place.slot = null;
    if (client !== null) void farewell(client);
  }
}

interface SlotRow {
  readonly number: number;
  readonly user_no: number | null;
  readonly company_no: number | null;
}

function sameIdentity(one: SlotIdentity, other: SlotIdentity): boolean {
  return one.userNo === other.userNo && one.companyNo === other.companyNo;
}

import type pg from 'pg';
import { connect, type Database, executorOver } from '../database/index.ts';
import { NightshiftError, randomSecret } from '../foundation/index.ts';
import { companySchema, lockEnvironment, type RoleNames } from '../permissions/index.ts';
import {
  addSlot,
  adoptLogin,
  changePassword,
  createLogin,
  freeSlots,
  joinRole,
  leaseFreeSlot,
  leaveRole,
  noteSlotMembership,
  preamble,
  readOnlyPreamble,
  roleExists,
} from './session.sql.ts';
import { streamOf } from './socket.ts';
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
  /** The process id of its backend. */
  readonly backend: number;
  /** Opens a transaction as the slot's identity; one message, sent before the first statement. */
  readonly preamble: string;
  /** The same for a session that only reads. */
  readonly readOnlyPreamble: string;
  /** Names for the statements that come again. */
  readonly names: StatementNames;
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
  #leased = 0;
  #closed = false;

  /** @param maximum most slots leased at a time; further callers wait for one */
  constructor(database: Database, names: RoleNames, epoch: string, maximum: number) {
    this.#database = database;
    this.#names = names;
    this.#epoch = epoch;
    this.#maximum = maximum;
  }

  /** A slot that is ready at once for this identity, or null; saves the hot path a turn of the event loop. */
  take(identity: SlotIdentity): Slot | null {
    const at = this.#idle.findLastIndex(
      (place) => place.slot !== null && place.identity !== null && sameIdentity(place.identity, identity),
    );
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

  /** Ends all connections, those in use at once, and gives the slots back to the database. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    // Whoever still works on one has been stopped; waiting for its statement could take for ever.
    for (const { client } of this.#inUse) streamOf(client).destroy();
    const clients = [...this.#places.values()].map((place) => place.client);
    await Promise.allSettled(clients.map((client) => client?.end()));
    await this.#database.run(freeSlots, [this.#epoch]).catch(() => undefined);
  }

  async #lease(): Promise<Place> {
    this.#leased++;
    const password = randomSecret(PASSWORD_BYTES);
    try {
      const row = await this.#database.exclusively((client) => this.#leaseIn(client, password));
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

  async #leaseIn(client: pg.ClientBase, password: string): Promise<SlotRow> {
    const tx = executorOver(client);
    await client.query('begin');
    try {
      await tx.run(lockEnvironment, []);
      const [free] = await tx.run<SlotRow>(leaseFreeSlot, [this.#epoch]);
      const row = free ?? (await tx.run<SlotRow>(addSlot, [this.#epoch]))[0];
      if (row === undefined) throw new NightshiftError('INTERNAL', 'No slot could be added.');
      const login = this.#names.slot(row.number);
      const [present] = await tx.run(roleExists, [login]);
      if (present === undefined) {
        await client.query(createLogin(login, password));
        await client.query(adoptLogin(login));
      } else {
        await client.query(changePassword(login, password));
      }
      await client.query('commit');
      return present === undefined ? { ...row, user_no: null, company_no: null } : row;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
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
        backend,
        preamble: preamble(role, schema),
        readOnlyPreamble: readOnlyPreamble(role, schema),
        names: new StatementNames(),
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
    const previous = place.identity;
    await this.#database.exclusively(async (client) => {
      const tx = executorOver(client);
      await client.query('begin');
      try {
        await tx.run(lockEnvironment, []);
        if (previous !== null) {
          const left = this.#names.userInCompany(previous.userNo, previous.companyNo);
          await client.query(leaveRole(left, login));
        }
        await client.query(joinRole(this.#names.userInCompany(identity.userNo, identity.companyNo), login));
        await tx.run(noteSlotMembership, [place.number, identity.userNo, identity.companyNo]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
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
    client?.end().catch(() => undefined);
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

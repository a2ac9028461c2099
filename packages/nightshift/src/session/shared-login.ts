import type pg from 'pg';
import { connect, type Database, farewell } from '../database/index.ts';
import { companySchema } from '../permissions/index.ts';
import {
  identityAgain,
  NO_ROLE,
  noteBackend,
  preamble,
  readOnlyPreamble,
  SLOT_SEARCH_PATH,
  searchPathOf,
  takeIdentity,
} from './session.sql.ts';
import type { LeasedSlot, SlotAccess, SlotConnection, SlotIdentity, SlotMessages } from './slot-access.ts';
import { leaseIn } from './slot-logins.ts';
import { SlotTurns, slotLost } from './slot-turns.ts';

/**
 * Slots that all have the platform's own login, where codeunits enforce rights: what a session's SQL may do is what that
 * login may. Whoever looks for the backends of a server instance finds them by their process ids and starts, which are
 * noted before a session uses them; the name of a connection is no such mark, since user code may set it.
 */
export class SharedLogin implements SlotAccess {
  readonly #database: Database;
  readonly #epoch: string;
  readonly #turns: SlotTurns;

  constructor(database: Database, epoch: string) {
    this.#database = database;
    this.#epoch = epoch;
    this.#turns = new SlotTurns(database);
  }

  async lease(): Promise<LeasedSlot> {
    const number = await this.#turns.transaction((tx) => leaseIn(tx, this.#epoch));
    return { number, password: '' };
  }

  /** All of them may do the same. */
  async join(): Promise<boolean> {
    return false;
  }

  async connect({ number }: LeasedSlot, onLost: () => void): Promise<SlotConnection> {
    const { settings } = this.#database;
    const client = await connect(
      {
        ...settings,
        applicationName: `${settings.applicationName} session`,
        forUserCode: true,
        searchPath: SLOT_SEARCH_PATH,
      },
      true,
      onLost,
    );
    try {
      const { processID } = client as pg.Client & { readonly processID: number };
      const values = [number, this.#epoch, processID];
      const [noted] = await this.#database.run<{ login: string }>(noteBackend, values);
      if (noted === undefined) throw slotLost();
      return { client, login: noted.login };
    } catch (error) {
      void farewell(client);
      throw error;
    }
  }

  messagesFor({ companyNo }: SlotIdentity, login: string): SlotMessages {
    const schema = companySchema(companyNo);
    return {
      role: login,
      preamble: preamble(NO_ROLE, schema),
      identity: takeIdentity(NO_ROLE, schema),
      readOnlyPreamble: readOnlyPreamble(NO_ROLE, schema),
      searchPath: searchPathOf(schema),
      identityAgain: identityAgain(NO_ROLE, schema),
    };
  }
}

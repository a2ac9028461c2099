import { connect, type Database, type Executor, type Transaction } from '../database/index.ts';
import { NightshiftError, randomSecret } from '../foundation/index.ts';
import { companySchema, lockEnvironment, type RoleNames, roleForIdentity } from '../permissions/index.ts';
import {
  addSlot,
  adoptLogin,
  changePassword,
  createLogin,
  identityAgain,
  joinSlot,
  leaseFreeSlot,
  preamble,
  readOnlyPreamble,
  roleExists,
  SLOT_SEARCH_PATH,
  searchPathOf,
  takeIdentity,
} from './session.sql.ts';
import type { LeasedSlot, SlotAccess, SlotConnection, SlotIdentity, SlotMessages } from './slot-access.ts';
import { SlotTurns, slotLost } from './slot-turns.ts';

const PASSWORD_BYTES = 24;

interface Joined {
  /** Null: the slot is not ours. */
  readonly answer: 'busy' | 'no role' | 'joined' | 'reconnect' | null;
}

/** Slots that have a login each, which is member of the role of one user in one company at a time and may do nothing else. */
export class SlotLogins implements SlotAccess {
  readonly #database: Database;
  readonly #names: RoleNames;
  readonly #epoch: string;
  readonly #turns: SlotTurns;

  constructor(database: Database, names: RoleNames, epoch: string) {
    this.#database = database;
    this.#names = names;
    this.#epoch = epoch;
    this.#turns = new SlotTurns(database);
  }

  lease(): Promise<LeasedSlot> {
    const password = randomSecret(PASSWORD_BYTES);
    return this.#turns.transaction(async (tx) => {
      const number = await leaseIn(tx, this.#epoch);
      const login = this.#names.slot(number);
      const [present] = await tx.run(roleExists, [login]);
      if (present === undefined) {
        await tx.command(createLogin(login, password));
        await tx.command(adoptLogin(login));
      } else await tx.command(changePassword(login, password));
      return { number, password };
    });
  }

  async join(slot: LeasedSlot, identity: SlotIdentity): Promise<boolean> {
    const values = [this.#epoch, slot.number, this.#names.slot(slot.number), this.#roleOf(identity)];
    const { userNo, companyNo, lentNo } = identity;
    const joinBy = async (executor: Executor, waits: boolean) => {
      const all = [...values, userNo, companyNo, lentNo, waits];
      const [answer] = await executor.run<Joined>(joinSlot, all);
      return answer?.answer;
    };
    // One message in most cases: roles are made once.
    let answer = await this.#turns.statement(joinBy);
    if (answer === 'no role') {
      answer = await this.#turns.transaction(async (tx) => {
        await tx.run(lockEnvironment, []);
        await roleForIdentity(tx, this.#names, identity);
        return joinBy(tx, true);
      });
    }
    if (answer !== 'joined' && answer !== 'reconnect') throw slotLost();
    return answer === 'reconnect';
  }

  async connect({ number, password }: LeasedSlot, onLost: () => void): Promise<SlotConnection> {
    const { settings } = this.#database;
    const user = this.#names.slot(number);
    const client = await connect(
      {
        ...settings,
        applicationName: `${settings.applicationName} session`,
        login: { user, password },
        forUserCode: true,
        searchPath: SLOT_SEARCH_PATH,
      },
      true,
      onLost,
    );
    return { client, login: user };
  }

  messagesFor(identity: SlotIdentity): SlotMessages {
    const role = this.#roleOf(identity);
    const schema = companySchema(identity.companyNo);
    return {
      role,
      preamble: preamble(role, schema),
      identity: takeIdentity(role, schema),
      readOnlyPreamble: readOnlyPreamble(role, schema),
      searchPath: searchPathOf(schema),
      identityAgain: identityAgain(role, schema),
    };
  }

  #roleOf({ userNo, companyNo, lentNo }: SlotIdentity): string {
    return lentNo === null
      ? this.#names.userInCompany(userNo, companyNo)
      : this.#names.userLent(userNo, companyNo, lentNo);
  }
}

/** Leases a slot that is free, or a new one. Takes the lock of the environment. @returns its number */
export async function leaseIn(tx: Transaction, epoch: string): Promise<number> {
  await tx.run(lockEnvironment, []);
  const [free] = await tx.run<{ number: number }>(leaseFreeSlot, [epoch]);
  const row = free ?? (await tx.run<{ number: number }>(addSlot, [epoch]))[0];
  if (row === undefined) throw new NightshiftError('INTERNAL', 'No slot could be added.');
  return row.number;
}

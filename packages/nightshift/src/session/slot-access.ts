import type pg from 'pg';
import type { Statement } from '../database/index.ts';

/** Who a slot works as. */
export interface SlotIdentity {
  readonly userNo: number;
  readonly companyNo: number;
  /** The rights that a codeunit lends the user; null: none. */
  readonly lentNo: number | null;
}

/** A slot that a server instance has leased. */
export interface LeasedSlot {
  readonly number: number;
  /** Of its login; empty when it has none of its own. */
  readonly password: string;
}

/** How transactions are begun for an identity. */
export interface SlotMessages {
  /** Whose rights they have. */
  readonly role: string;
  /** Opens one; one message, sent before the first statement. */
  readonly preamble: string;
  /** What an opening says behind BEGIN, so that it does the same as the preamble. */
  readonly identity: Statement;
  /** The same for a session that only reads. */
  readonly readOnlyPreamble: string;
  /** Where names are looked for in it: what the preamble says. */
  readonly searchPath: string;
  /** Says again, in the middle of one, who and where it is. */
  readonly identityAgain: string;
}

/** What an open connection is. */
export interface SlotConnection {
  readonly client: pg.Client;
  /** Its login, as `pg_stat_activity` shows it. */
  readonly login: string;
}

/** How slots are come by, and made to work as somebody: with logins and roles, or without. */
export interface SlotAccess {
  /** @throws the database's error */
  lease(): Promise<LeasedSlot>;
  /**
   * Makes a slot work for an identity, and for no other. Safe to repeat.
   * @returns whether a connection that has worked for somebody else is of no more use
   * @throws NightshiftError INSTANCE_LOST when the slot is leased by somebody else; the database's error
   */
  join(slot: LeasedSlot, identity: SlotIdentity): Promise<boolean>;
  /** @throws NightshiftError DATABASE_UNAVAILABLE; INSTANCE_LOST as above */
  connect(slot: LeasedSlot, onLost: () => void): Promise<SlotConnection>;
  /** @param login of the connection */
  messagesFor(identity: SlotIdentity, login: string): SlotMessages;
}

/** Whether two are the same. */
export function sameIdentity(one: SlotIdentity, other: SlotIdentity): boolean {
  return one.userNo === other.userNo && one.companyNo === other.companyNo && one.lentNo === other.lentNo;
}

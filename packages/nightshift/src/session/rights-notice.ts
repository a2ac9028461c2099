import { LOOK_FOR_CHANGES } from './session.sql.ts';
import { quietly, sendQuery } from './slot-wire.ts';
import type { Slot } from './slots.ts';

/**
 * Sees to it that a transaction knows of rights that change while it is open. PostgreSQL learns of changed grants and
 * memberships when it locks a relation anew; a prepared statement that is repeated in one transaction locks nothing anew,
 * and would go on with rights that were taken away.
 */
export class RightsNotice {
  /** Grows with every change of rights that this process knows of. */
  readonly #rights: { rightsVersion(): number };
  #known = 0;

  constructor(rights: { rightsVersion(): number }) {
    this.#rights = rights;
  }

  /** A transaction begins, which knows all that is committed. */
  begun(): void {
    this.#known = this.#rights.rightsVersion();
  }

  /** The version that a transaction is to be told of; null: it knows what this process knows. */
  get news(): number | null {
    const version = this.#rights.rightsVersion();
    return version === this.#known ? null : version;
  }

  /** The transaction has looked since there was that version. */
  looked(version: number): void {
    this.#known = version;
  }

  /** Sent in front of a statement of an open transaction. In one that has failed it fails too, and is sent again. */
  look({ client }: Slot): null {
    const version = this.news;
    if (version === null) return null;
    const looked = sendQuery(client, { text: LOOK_FOR_CHANGES, values: [], command: true });
    void quietly(looked).then(
      () => this.looked(version),
      () => undefined,
    );
    return null;
  }
}

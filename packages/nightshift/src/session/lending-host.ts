import { type Clock, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { LentRights } from './lent-rights.ts';
import type { SavepointHost } from './savepoint-stack.ts';
import { TAKE_NOTICE } from './session-look.sql.ts';
import type { SlotLease } from './slot-lease.ts';

/**
 * How long a change of the slot's role may take in the middle of a transaction. Whoever holds it up may wait for locks of
 * this very transaction (a migration does), and no server sees that circle.
 */
const REJOIN_MS_MAX = 30 * SECOND_MS;

/** A transaction in which rights are lent. */
export interface LentTransaction {
  savepoint<T>(fn: () => Promise<T>, prefix: string): Promise<T>;
  readonly savepoints: { readonly host: SavepointHost };
  destroy(): void;
  seal(reason: NightshiftError): void;
}

/** The rights that are lent in a session's transaction. */
export function lentRightsOf(transaction: LentTransaction, lease: SlotLease, clock: Clock): LentRights {
  const { host } = transaction.savepoints;
  return new LentRights({
    ownRole: () => lease.slot?.role ?? '',
    behindSavepoint: (fn) => transaction.savepoint(fn, 'ns_lent_'),
    command: (text) => host.command(text),
    rejoin: (lentNo) => inTime(clock, lease.rejoin(lentNo)),
    async confirmRole(role) {
      const answers: unknown = await lease.slot?.client.query(TAKE_NOTICE);
      const last = (Array.isArray(answers) ? answers : []).at(-1) as { rows: { who: string }[] } | undefined;
      const who = last?.rows[0]?.who;
      if (who !== role)
        throw new NightshiftError('INTERNAL', `The session has role ${who} instead of ${role}.`);
    },
    isSound: () => host.canUndo() && host.firstError() === null,
    condemn(cause) {
      transaction.destroy();
      const text = 'Whether lent rights were taken back is not known, so the session was ended.';
      transaction.seal(new NightshiftError('DATABASE_UNAVAILABLE', text, { cause }));
    },
  });
}

async function inTime<T>(clock: Clock, done: Promise<T>): Promise<T> {
  const enough = new AbortController();
  const late = clock.sleep(REJOIN_MS_MAX, enough.signal).then(() => {
    if (enough.signal.aborted) return done;
    throw new NightshiftError('DATABASE_BUSY', 'Rights could not be lent in time: roles are being changed.');
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    enough.abort();
    done.catch(() => undefined);
  }
}

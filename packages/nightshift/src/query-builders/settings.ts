import { NightshiftError } from '../foundation/index.ts';

/**
 * Refuses settings of a transaction: it is a savepoint in the session's transaction, which has its own.
 * @throws NightshiftError TRANSACTION_CONTROL naming the first setting that is given
 */
export function refuseSettings(settings: object | undefined): void {
  for (const [name, value] of Object.entries(settings ?? {})) {
    if (value === undefined) continue;
    throw new NightshiftError(
      'TRANSACTION_CONTROL',
      `${name} cannot be set: the transaction is a savepoint in the session's transaction.`,
      { field: name, details: { [name]: value } },
    );
  }
}

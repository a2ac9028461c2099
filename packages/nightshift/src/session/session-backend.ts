import type { Database, Executor } from '../database/index.ts';
import { cancelBackend, hasWritten } from './session.sql.ts';

/** Cancels what a backend is doing. Resolves when the backend was told, and never rejects. */
export function cancelVia(database: Database, backend: number): Promise<void> {
  return database.run(cancelBackend, [backend]).then(
    () => undefined,
    () => undefined,
  );
}

/** Whether a transaction holds locks that others may wait for. */
export async function holdsLocks(
  transaction: Executor & { readonly open: boolean; readonly firstError: unknown },
): Promise<boolean> {
  if (!transaction.open) return false;
  // What has failed holds its locks until it is rolled back.
  if (transaction.firstError !== null) return true;
  const [row] = await transaction.run<{ writing: boolean }>(hasWritten, []);
  return row?.writing ?? true;
}

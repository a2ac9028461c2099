import { classifyFailure, SQLSTATE_IN_FAILED_TRANSACTION, type Statement } from '../database/index.ts';
import { isNightshiftError, type NightshiftError } from '../foundation/index.ts';
import { QuietEnd } from './background-dialogs.ts';
import { parseRecord } from './codeunit.ts';
import { RunningSession } from './running-session.ts';
import { cancelBackend, terminateBackend } from './session.sql.ts';
import type { AnyCodeunit } from './session.ts';
import { unawaited } from './session-errors.ts';
import type { RunNotes, SessionHost, SessionSpec } from './session-spec.ts';
import type { SessionTransaction } from './session-transaction.ts';

/**
 * How a session ended. `committed`: its own transaction ended with the COMMIT that also completed its task; without a
 * transaction there was nothing to commit. `unknown`: the answer to that COMMIT was lost.
 */
export type SessionOutcome<T> =
  | { readonly kind: 'completed'; readonly value: T; readonly committed: boolean; readonly notes: RunNotes }
  | { readonly kind: 'quiet'; readonly notes: RunNotes }
  | { readonly kind: 'failed'; readonly error: unknown; readonly notes: RunNotes }
  | {
      readonly kind: 'unknown';
      readonly error: NightshiftError;
      readonly backend: number | null;
      readonly notes: RunNotes;
    };

/** Opens a session, runs `work` in it, and ends it: commit on success, rollback otherwise. Never rejects. */
export async function runSession<T>(
  host: SessionHost,
  spec: SessionSpec,
  codeunitName: string,
  work: (session: RunningSession) => T | Promise<T>,
): Promise<SessionOutcome<T>> {
  const session = new RunningSession(host, spec, codeunitName);
  const { transaction } = session;
  try {
    const value = await new Promise<T>((resolve, reject) => {
      host.active.add({
        id: session.id,
        deadline: host.clock.monotonic() + spec.timeoutMs,
        stop: (reason) => {
          session.stop(reason);
          const { backend } = transaction;
          if (backend !== null && transaction.pending > 0) tellBackend(host, cancelBackend, backend);
        },
        // A stopped session that never settles keeps its place; its outcome is known all the same.
        kill: () => {
          endBackend(host, transaction);
          reject(session.stopped);
        },
      });
      const remove = () => host.active.remove(session.id);
      Promise.try(work, session).then(resolve, reject).finally(remove);
    });
    return await succeed(session, value);
  } catch (error) {
    return await fail(host, session, error);
  }
}

async function succeed<T>(session: RunningSession, value: T): Promise<SessionOutcome<T>> {
  const { transaction } = session;
  if (session.stopped !== null) throw session.stopped;
  if (transaction.pending > 0) throw unawaited(transaction.pending);
  const committed = transaction.open;
  await transaction.commit(true);
  await transaction.close();
  session.committed();
  return { kind: 'completed', value, committed, notes: session.notes() };
}

async function fail<T>(
  host: SessionHost,
  session: RunningSession,
  thrown: unknown,
): Promise<SessionOutcome<T>> {
  const { transaction } = session;
  const { backend, firstError } = transaction;
  if (transaction.pending > 0) endBackend(host, transaction);
  await transaction.close();
  session.rolledBack();
  const notes = session.notes();
  if (isNightshiftError(thrown, 'COMMIT_UNKNOWN')) return { kind: 'unknown', error: thrown, backend, notes };
  if (session.stopped !== null) return { kind: 'failed', error: session.stopped, notes };
  if (QuietEnd.is(thrown)) return { kind: 'quiet', notes };
  // "Current transaction is aborted" tells nothing; what aborted it does.
  const aborted = classifyFailure(thrown).code === SQLSTATE_IN_FAILED_TRANSACTION;
  return { kind: 'failed', error: aborted && firstError !== null ? firstError : thrown, notes };
}

/** Closing the socket is not enough: a backend that is at work notices only when its statement ends. */
function endBackend(host: SessionHost, transaction: SessionTransaction): void {
  const { backend } = transaction;
  transaction.destroy();
  if (backend !== null) tellBackend(host, terminateBackend, backend);
}

function tellBackend(host: SessionHost, what: Statement, backend: number): void {
  host.database.run(what, [backend]).catch(() => undefined);
}

/** Runs a codeunit in an open session: its record through its schema, then `onRun`. */
export function enterCodeunit(session: RunningSession, target: AnyCodeunit, record: unknown): unknown {
  const value: unknown = parseRecord(target, record);
  if (target.onRunPrivileged !== null)
    return target.onRunPrivileged(session, value as never, session.privileged());
  return target.onRun(session, value);
}

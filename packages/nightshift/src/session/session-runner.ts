import { classifyFailure, SQLSTATE_IN_FAILED_TRANSACTION, type Statement } from '../database/index.ts';
import { isNightshiftError, type NightshiftError } from '../foundation/index.ts';
import { ActiveSession, type SessionEnds } from './active-sessions.ts';
import { QuietEnd } from './background-dialogs.ts';
import { parseRecord } from './codeunit.ts';
import { runIsolated } from './isolation/isolated-run.ts';
import { runningCode } from './running-code.ts';
import { RunningSession } from './running-session.ts';
import { cancelBackend, terminateBackend } from './session.sql.ts';
import type { AnyCodeunit } from './session.ts';
import { CLOSE_OF_LINGERING, endOf } from './session-end.ts';
import { unawaited } from './session-errors.ts';
import type { SessionHost } from './session-host.ts';
import type { SessionOutcome } from './session-outcome.ts';
import type { SessionSpec } from './session-spec.ts';
import type { SessionTransaction } from './session-transaction.ts';
import type { ToldSoFar } from './told-lines.ts';

/** The user code of a session: whether it has settled, and how to end the wait for it. */
export class Code {
  settled = true;
  onSettled: (() => void) | null = null;
  abandon: ((reason: unknown) => void) | null = null;
}

/** What runs in a session. */
export type SessionWork<T> = (session: RunningSession) => T | Promise<T>;

/** Opens a session, runs `work` in it, and ends it: commit on success, rollback otherwise. Never rejects. */
export async function runSession<T>(
  host: SessionHost,
  spec: SessionSpec,
  codeunitName: string,
  work: SessionWork<T>,
): Promise<SessionOutcome<T>> {
  const session = new RunningSession(host, spec, codeunitName);
  const code = new Code();
  const active = activeSession(host, session, code);
  const outcome = await runIn(host, active, session, { code, work });
  if (outcome.kind === 'completed') session.committed();
  return leave(host, active, code, outcome);
}

/** Runs the code, and ends the session's transaction. What waits for the commit is left to the caller. */
export async function runIn<T>(
  host: SessionHost,
  active: ActiveSession,
  session: RunningSession,
  { code, work }: { readonly code: Code; readonly work: SessionWork<T> },
): Promise<SessionOutcome<T>> {
  host.active.add(active);
  try {
    const admission = host.admit(session.spec);
    if (admission !== null) await admission;
    if (session.stopped !== null) throw session.stopped;
    if ((session.spec.lentNo ?? null) !== null) session.trail.lent(session.codeunit);
    const value = await enter(session, code, work);
    return await succeed(session, value);
  } catch (error) {
    return await fail(host, session, error);
  } finally {
    session.leftTrail?.end();
    session.ended();
  }
}

/** Runs the user code; the wait for it can be given up. */
function enter<T>(session: RunningSession, code: Code, work: SessionWork<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    code.settled = false;
    code.abandon = reject;
    const settling =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        code.settled = true;
        settle(value);
        code.onSettled?.();
      };
    runningCode.run(session, () => Promise.try(work, session)).then(settling(resolve), settling(reject));
  });
}

/** The session as those see it that end it from outside. */
export function activeSession(host: SessionHost, session: RunningSession, code: Code): ActiveSession {
  const { spec } = session;
  const begun = host.clock.monotonic();
  const seed = {
    id: session.id,
    spec,
    codeunit: session.codeunit,
    startedAt: host.clock.now(),
    begun,
    deadline: begun + spec.timeoutMs,
    state: 'Running' as const,
  };
  return new ActiveSession(seed, new Ends(host, session, code));
}

/** How a session here is ended. */
class Ends implements SessionEnds {
  readonly #host: SessionHost;
  readonly #session: RunningSession;
  readonly #code: Code;

  constructor(host: SessionHost, session: RunningSession, code: Code) {
    this.#host = host;
    this.#session = session;
    this.#code = code;
  }

  stop(reason: NightshiftError): void {
    this.#session.stop(reason);
    const { backend, pending, isAlone } = this.#session.transaction;
    // While the session before this one still commits there, a cancel would hit that; there is another one soon.
    if (backend !== null && pending > 0 && isAlone) tellBackend(this.#host, cancelBackend, backend);
  }

  kill(): void {
    endBackend(this.#host, this.#session.transaction);
    this.#session.killed();
    // A thread or process ends when it is told to; code on the main thread may never.
    if (this.#session.spec.isolation === 'main') this.#code.abandon?.(this.#session.stopped);
  }

  whatRuns(): string {
    return this.#session.whatRuns();
  }

  told(): ToldSoFar {
    return this.#session.reports.soFar();
  }
}

/** Strikes the session off and says how it ended. One that was killed keeps its place until its code has settled. */
export function leave<T>(
  host: SessionHost,
  active: ActiveSession,
  code: Code,
  outcome: SessionOutcome<T>,
): SessionOutcome<T> {
  const end = endOf(active, outcome);
  if (code.settled || outcome.kind !== 'failed') {
    host.active.remove(active);
    host.events.ended(active, end);
    return outcome;
  }
  host.events.changed(active);
  host.events.ended(active, end, true);
  const lingering = new Promise<void>((resolve) => {
    code.onSettled = () => {
      host.active.remove(active);
      host.events.ended(active, CLOSE_OF_LINGERING);
      resolve();
    };
  });
  return { ...outcome, lingering };
}

async function succeed<T>(session: RunningSession, value: T): Promise<SessionOutcome<T>> {
  const { transaction } = session;
  if (session.stopped !== null) throw session.stopped;
  if (session.underWay > 0) throw unawaited(session.underWay);
  const committed = transaction.open;
  await transaction.commit(true);
  await transaction.close();
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
  if (isNightshiftError(thrown, 'COMMIT_UNKNOWN'))
    return { kind: 'unknown', error: thrown, backend: transaction.committedBy ?? backend, notes };
  if (session.stopped !== null) return { kind: 'failed', error: session.endedBy, notes };
  if (QuietEnd.is(thrown)) return { kind: 'quiet', notes };
  // "Current transaction is aborted" tells nothing; what aborted it does.
  const aborted = classifyFailure(thrown).code === SQLSTATE_IN_FAILED_TRANSACTION;
  const error = aborted && firstError !== null ? firstError : thrown;
  return { kind: 'failed', error: session.leftTrail?.explain(error) ?? error, notes };
}

function endBackend(host: SessionHost, transaction: SessionTransaction): void {
  const { backend } = transaction;
  transaction.destroy();
  if (backend !== null) terminate(host, backend);
}

/** Closing the socket is not enough: a backend that is at work notices only when its statement ends. */
export function terminate(host: SessionHost, backend: number): void {
  tellBackend(host, terminateBackend, backend);
}

function tellBackend(host: SessionHost, what: Statement, backend: number): void {
  host.database.run(what, [backend]).catch(() => undefined);
}

/** Runs a codeunit in an open session: its record through its schema, then `onRun`. That the user may is asked before. */
export function enterCodeunit(session: RunningSession, target: AnyCodeunit, record: unknown): unknown {
  const value: unknown = parseRecord(target, record);
  if (target.onRunPrivileged !== null)
    return target.onRunPrivileged(session, value as never, session.privileged());
  // With a person behind it, it runs here: that is the way to debug it.
  if (target.isolation !== 'main' && !session.guiAllowed)
    return runIsolated(session, target.isolation, target.name, record);
  return target.onRun(session, value);
}

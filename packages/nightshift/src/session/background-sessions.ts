import { NightshiftError, uuidV7 } from '../foundation/index.ts';
import type { Directory } from '../permissions/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { ActiveSession } from './active-sessions.ts';
import { demandRun } from './authority.ts';
import { type CallerDoor, doorOf } from './caller.ts';
import type { CodeunitRegistry } from './codeunit-registry.ts';
import { guardedPromise } from './guarded-promise.ts';
import { lentNoOf } from './lent-rights.ts';
import type { AnyCodeunit } from './session.ts';
import { endOf } from './session-end.ts';
import { wouldBlock } from './session-errors.ts';
import type { SessionHost } from './session-host.ts';
import type { SessionOptions } from './session-options.ts';
import { NO_NOTES, type SessionOutcome } from './session-outcome.ts';
import { enterCodeunit, runSession } from './session-runner.ts';
import type { SessionSpec } from './session-spec.ts';
import { refuseTooDeep } from './start-depth.ts';
import type { SessionResult, StartedSession, StartRequest } from './start-session.ts';
import { StartWaits } from './start-waits.ts';
import type { StartWatch } from './start-watch.ts';
import { NOTHING_TOLD } from './told-lines.ts';

const SHUTTING_DOWN = 'the server instance is shutting down';
/** What sessions of StartSession are run with. */
export interface BackgroundSessionsParts {
  readonly host: SessionHost;
  readonly codeunits: CodeunitRegistry;
  readonly directory: Directory;
  readonly options: SessionOptions;
  readonly telemetry: Telemetry;
  readonly watch: StartWatch;
}

/** A session that was accepted and has not ended. */
interface Accepted {
  readonly spec: SessionSpec;
  readonly target: AnyCodeunit;
  readonly record: unknown;
  /** Its entry in the registry while it waits. */
  readonly waiting: ActiveSession;
  readonly started: PromiseWithResolvers<void>;
  readonly finished: PromiseWithResolvers<SessionResult>;
  /** `held`: waits for its caller's commit; `queued`: for a place. */
  state: 'held' | 'queued' | 'running' | 'ended';
  /** Whether its code was reached. */
  hasStarted: boolean;
}

/** The sessions that StartSession began on this server instance: so many run, so many wait, the rest is refused. */
export class BackgroundSessions {
  readonly #parts: BackgroundSessionsParts;
  readonly #queue: Accepted[] = [];
  readonly #running = new Map<number, Promise<void>>();
  readonly #waits = new StartWaits();
  #held = 0;
  #closed = false;

  constructor(parts: BackgroundSessionsParts) {
    this.#parts = parts;
  }

  /** Refuses what the caller may not run. @throws NightshiftError PERMISSION_DENIED, CODEUNIT_UNKNOWN, COMPANY_UNKNOWN */
  async demandRun(caller: CallerDoor, request: StartRequest): Promise<void> {
    const target = this.#parts.codeunits.get(request.codeunit);
    await demandRun(caller, target, this.#companyOf(caller, request));
  }

  /** @throws NightshiftError as `SessionService.start` */
  start(caller: CallerDoor, request: StartRequest): StartedSession {
    if (this.#closed) {
      throw new NightshiftError('PLATFORM_NOT_STARTED', 'The server instance is shutting down.');
    }
    caller.refuseIfOver();
    const target = this.#parts.codeunits.get(request.codeunit);
    refuseTooDeep(caller.lineage, target.name);
    const spec = this.#specOf(caller, target, request);
    this.#refuseTooMany(target.name);
    const accepted = this.#accept(spec, target, request.record);
    if (request.afterCommit && caller.transactional) this.#hold(caller, accepted);
    else this.#enqueue(accepted);
    const guarded = <T>(promise: Promise<T>) =>
      guardedPromise(promise, () => this.#refusalToWait(caller, accepted, promise));
    return {
      id: accepted.waiting.id,
      uniqueId: spec.uniqueId,
      started: guarded(accepted.started.promise),
      finished: guarded(accepted.finished.promise),
    };
  }

  /** Accepts no more and ends those that wait; those that run are left to whoever drains the instance. */
  close(): void {
    this.#closed = true;
    for (const { waiting } of [...this.#queue]) {
      this.#parts.host.active.stop(waiting.id, 'closing', SHUTTING_DOWN);
    }
  }

  /** Resolves when none runs. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #specOf(caller: CallerDoor, target: AnyCodeunit, request: StartRequest): SessionSpec {
    const { host, options } = this.#parts;
    const uniqueId = uuidV7(host.clock.now());
    return {
      user: caller.user,
      company: this.#companyOf(caller, request),
      clientType: 'background',
      origin: 'start-session',
      isolation: target.isolation,
      lentNo: lentNoOf(host.audit.directory, target),
      readOnly: request.readOnly,
      lineage: caller.lineage,
      language: request.language,
      timeZone: request.timeZone,
      correlationId: caller.correlationId ?? uniqueId,
      sessionId: host.active.newId(),
      uniqueId,
      idempotencyKey: uniqueId,
      attempt: 0,
      timeoutMs: request.timeoutMs ?? options.backgroundSessionsDefaultTimeoutMs,
      fence: null,
      claim: null,
      lastError: null,
      userInterface: null,
    };
  }

  #companyOf(caller: CallerDoor, { company }: StartRequest) {
    return company === null ? caller.company : this.#parts.directory.company(company);
  }

  #refuseTooMany(codeunit: string): void {
    const { backgroundSessionsMaxConcurrent: places, backgroundSessionsMaxQueued: queue } =
      this.#parts.options;
    const waiting = this.#held + this.#queue.length;
    // Those that are held will want a place, too.
    if (places > 0 && this.#running.size + waiting < places + queue) return;
    throw new NightshiftError(
      'SESSION_LIMIT_REACHED',
      `Codeunit "${codeunit}" was not started: ${this.#running.size} sessions of StartSession run on this server instance and ${waiting} wait.`,
      { details: { running: this.#running.size, waiting, places, queue } },
    );
  }

  #accept(spec: SessionSpec, target: AnyCodeunit, record: unknown): Accepted {
    const { clock, active } = this.#parts.host;
    const begun = clock.monotonic();
    const id = spec.sessionId ?? active.newId();
    const seed = {
      id,
      spec,
      codeunit: target.name,
      startedAt: clock.now(),
      begun,
      // It does not wait for a place yet.
      deadline: Number.POSITIVE_INFINITY,
      state: 'Queued' as const,
    };
    const waiting = new ActiveSession(seed, {
      stop: (reason) => this.#endWaiting(accepted, reason),
      kill: () => undefined,
      whatRuns: () => null,
      told: () => NOTHING_TOLD,
    });
    const accepted: Accepted = {
      spec,
      target,
      record,
      waiting,
      started: Promise.withResolvers(),
      finished: Promise.withResolvers(),
      state: 'queued',
      hasStarted: false,
    };
    accepted.started.promise.catch(() => undefined);
    active.add(waiting);
    return accepted;
  }

  #hold(caller: CallerDoor, accepted: Accepted): void {
    const { active } = this.#parts.host;
    const { id } = accepted.waiting;
    accepted.state = 'held';
    this.#held++;
    caller.afterCommit(
      () => {
        if (accepted.state !== 'held') return;
        this.#held--;
        this.#enqueue(accepted);
      },
      () => active.stop(id, 'stopped', 'its caller is not known to have committed'),
    );
  }

  #enqueue(accepted: Accepted): void {
    const { host, options } = this.#parts;
    accepted.state = 'queued';
    accepted.waiting.deadline = host.clock.monotonic() + options.backgroundSessionsWaitTimeoutMs;
    this.#queue.push(accepted);
    if (this.#closed) host.active.stop(accepted.waiting.id, 'closing', SHUTTING_DOWN);
    else this.#pump();
  }

  #pump(): void {
    const { backgroundSessionsMaxConcurrent: places } = this.#parts.options;
    while (this.#running.size < places) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      next.state = 'running';
      const id = next.waiting.id;
      const run = this.#run(next).finally(() => {
        this.#running.delete(id);
        this.#pump();
      });
      this.#running.set(id, run);
    }
  }

  async #run(accepted: Accepted): Promise<void> {
    const { host, telemetry, watch } = this.#parts;
    const { spec, target, record, started, finished } = accepted;
    let active = accepted.waiting;
    const begun = host.clock.monotonic();
    const outcome = await runSession(host, spec, target.name, async (session) => {
      active = host.active.get(spec.sessionId ?? session.id) ?? active;
      // Committed before the first line of user code, so that a session which never ends is found.
      await host.events.announceNow(active);
      await demandRun(doorOf(session), target);
      if (session.stopped !== null) throw session.stopped;
      accepted.hasStarted = true;
      started.resolve();
      telemetry.emit('NS0014', { sessionId: session.id, codeunit: target.name, uniqueId: spec.uniqueId });
      await enterCodeunit(session, target, record);
    });
    accepted.state = 'ended';
    const result = resultOf(active, outcome);
    if (!accepted.hasStarted) {
      const cause = outcome.kind === 'failed' ? outcome.error : undefined;
      started.reject(new NightshiftError('SESSION_ENDED', 'The session ended before it started.', { cause }));
    }
    finished.resolve(result);
    const { type } = result;
    telemetry.emit('NS0015', { sessionId: active.id, codeunit: target.name, uniqueId: spec.uniqueId, type });
    watch.ended(target.name, host.clock.monotonic() - begun);
    // A killed session whose code still runs keeps its place.
    if (outcome.kind === 'failed') await outcome.lingering;
  }

  /** Ends a session that has not begun. */
  #endWaiting(accepted: Accepted, reason: NightshiftError): void {
    const { host } = this.#parts;
    if (accepted.state === 'held') this.#held--;
    const at = this.#queue.indexOf(accepted);
    if (at !== -1) this.#queue.splice(at, 1);
    accepted.state = 'ended';
    host.active.remove(accepted.waiting);
    const outcome = { kind: 'failed' as const, error: reason, notes: NO_NOTES };
    host.events.ended(accepted.waiting, endOf(accepted.waiting, outcome));
    accepted.started.reject(reason);
    accepted.finished.resolve(resultOf(accepted.waiting, outcome));
  }

  /** Why a caller must not wait until `over` settles; null when it may. */
  #refusalToWait(caller: CallerDoor, accepted: Accepted, over: Promise<unknown>): NightshiftError | null {
    const { state } = accepted;
    if (state === 'ended' || (accepted.hasStarted && over === accepted.started.promise)) return null;
    if (state === 'held') return wouldBlock('It starts when its caller commits: commit first.');
    if (state === 'queued' && caller.inTransaction())
      return wouldBlock(
        'No place is free for it, and its caller may hold what others wait for: commit first.',
      );
    const own = caller.lineage.at(-1)?.id;
    if (own === undefined || !this.#running.has(own)) return null;
    return this.#waits.mayWait(own, accepted, over, this.#running.keys())
      ? null
      : wouldBlock('Every session that has a place would wait for one that has none: do not wait.');
  }
}

function resultOf(active: ActiveSession, outcome: SessionOutcome<unknown>): SessionResult {
  const { type, comment, error } = endOf(active, outcome);
  return { type, succeeded: outcome.kind === 'completed' || outcome.kind === 'quiet', comment, error };
}

import { NightshiftError, type StoredError } from '../foundation/index.ts';
import { messageDimensions } from './active-dialogs.ts';
import { actorOf, demandRun } from './authority.ts';
import type { Place } from './background-dialogs.ts';
import { doorOf, registerDoors } from './caller.ts';
import { parseRecord } from './codeunit.ts';
import { enterLent } from './lent-rights.ts';
import { LocalReports } from './local-reports.ts';
import { privilegedSession } from './privileged-session.ts';
import { RunReports } from './progress.ts';
import { refuseInside } from './refused-inside.ts';
import type { ClientType, Codeunit, RecordArgument, Session, SessionDatabase } from './session.ts';
import { holdsLocks } from './session-backend.ts';
import { SessionDoor } from './session-door.ts';
import { killedInstead, unawaited } from './session-errors.ts';
import type { SessionHost } from './session-host.ts';
import type { RunNotes } from './session-outcome.ts';
import type { SessionSpec } from './session-spec.ts';
import { SessionSurroundings } from './session-surroundings.ts';
import { SessionTrail } from './session-trail.ts';
import { SessionTransaction } from './session-transaction.ts';
import { ownTransaction, type TransactionFrame } from './transaction-frame.ts';

/** Deepest chain of codeunits that run each other, as in Business Central. */
export const SESSION_DEPTH_MAX = 14;

/** The session that user code is handed. */
export class RunningSession extends LocalReports implements Session {
  readonly id: number;
  readonly uniqueId: string;
  readonly user: string;
  readonly company: string;
  readonly clientType: ClientType;
  readonly language: string;
  readonly timeZone: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly correlationId: string;
  readonly lastError: StoredError | null;
  readonly #host: SessionHost;
  readonly spec: SessionSpec;
  readonly surroundings: SessionSurroundings;
  readonly #transaction: SessionTransaction;
  readonly #chain: string[];
  #controller: AbortController | null = null;
  #stopped: NightshiftError | null = null;
  readonly reports: RunReports;
  #trail: SessionTrail | null = null;
  #onKill: (() => void)[] | null = null;
  #onEnd: (() => void)[] | null = null;
  #killed = false;
  #verbs = 0;
  #door: SessionDoor | null = null;

  static {
    registerDoors((caller) => {
      if (!(caller instanceof RunningSession)) return null;
      caller.#door ??= new SessionDoor(caller, caller.#host.services);
      return caller.#door;
    });
  }

  /** @param frame what its transaction is a part of. Default: one of its own */
  constructor(host: SessionHost, spec: SessionSpec, codeunitName: string, frame?: TransactionFrame) {
    super(spec.userInterface);
    this.id = spec.sessionId ?? host.active.newId();
    this.uniqueId = spec.uniqueId;
    this.user = spec.user.name;
    this.company = spec.company.name;
    this.clientType = spec.clientType;
    this.language = spec.language ?? spec.user.language;
    this.timeZone = spec.timeZone ?? spec.user.timeZone;
    this.attempt = spec.attempt;
    this.idempotencyKey = spec.idempotencyKey;
    this.correlationId = spec.correlationId;
    this.lastError = spec.lastError;
    this.#host = host;
    this.reports = new RunReports(host.clock, spec.userInterface?.log?.bind(spec.userInterface));
    this.spec = spec;
    this.#chain = [codeunitName];
    this.surroundings = new SessionSurroundings(host, this);
    this.#transaction = new SessionTransaction(frame ?? ownTransaction(host.slots, spec), this.surroundings);
  }

  /** A verb may wait for something else than the database; that nobody awaits it is told all the same. */
  async verb<T>(work: () => Promise<T>): Promise<T> {
    this.#verbs++;
    try {
      return await work();
    } finally {
      this.#verbs--;
    }
  }

  /** Queries and verbs that are under way. */
  get underWay(): number {
    return this.#verbs === 0 ? this.#transaction.pending : Math.max(this.#verbs, this.#transaction.pending);
  }

  get db(): SessionDatabase {
    return this.#transaction;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stopped !== null && !this.#controller.signal.aborted) this.#controller.abort(this.#stopped);
    return this.#controller.signal;
  }

  async commit(): Promise<void> {
    this.#refuseIfStopped();
    refuseInside(this.spec, this.codeunit, 'session.commit()');
    if (this.#verbs > 0) throw unawaited(this.underWay);
    await this.#transaction.commit(false);
    this.committed();
  }

  savepoint<T>(fn: () => Promise<T>): Promise<T> {
    return this.#transaction.savepoint(fn);
  }

  run<In, Out>(target: Codeunit<In, Out>, ...record: RecordArgument<In>): Promise<void> {
    return this.#descend(target, record[0], (value) => target.onRun(this, value));
  }

  async #descend<In, Out>(
    target: Codeunit<In, Out>,
    record: unknown,
    enter: (value: Out) => unknown,
  ): Promise<void> {
    this.#refuseIfStopped();
    if (this.#chain.length >= SESSION_DEPTH_MAX) {
      const chain = [...this.#chain, target.name].join(' → ');
      throw new NightshiftError('SESSION_DEPTH_EXCEEDED', `Codeunits run each other too deep: ${chain}.`);
    }
    this.spec.onCodeunit?.(target.name);
    const waits = demandRun(doorOf(this), target);
    if (waits !== null) await waits;
    const value = parseRecord(target as Codeunit<unknown, Out>, record);
    this.#chain.push(target.name);
    try {
      await enterLent(this, this.#host.codeunits, target, async () => enter(value));
    } finally {
      this.#chain.pop();
    }
  }

  async sleep(ms: number): Promise<void> {
    await this.#host.clock.sleep(ms, this.signal);
    this.#refuseIfStopped();
  }

  /** The reason why the session was stopped from outside; null while it may go on. */
  get stopped(): NightshiftError | null {
    return this.#stopped;
  }

  /** The session's transaction, for the runner. */
  get transaction(): SessionTransaction {
    return this.#transaction;
  }

  /**
   * Stops the session: its signal is aborted, every further statement and commit is refused.
   * @param cancels whether a statement that runs is cancelled
   */
  stop(reason: NightshiftError, cancels = true): void {
    this.#stopped ??= reason;
    this.#transaction.seal(this.#stopped, cancels);
    this.#controller?.abort(this.#stopped);
  }

  /** What it leaves in the audit log. */
  get trail(): SessionTrail {
    this.#trail ??= new SessionTrail(this.#host.audit, actorOf(doorOf(this)), this.spec.readOnly);
    return this.#trail;
  }

  /** Null while there is nothing. */
  get leftTrail(): SessionTrail | null {
    return this.#trail;
  }

  /** Runs what waited for the commit. */
  committed(): void {
    this.surroundings.committed();
  }

  /** What waited for the commit waits in vain. */
  rolledBack(): void {
    this.surroundings.rewind(0);
  }

  /** Calls `then` when it is over. */
  onEnd(then: () => void): void {
    this.#onEnd ??= [];
    this.#onEnd.push(then);
  }

  /** Tells those that live no longer than it. */
  ended(): void {
    for (const then of this.#onEnd ?? []) then();
  }

  /** Calls `then` when the session is killed: it was told to stop, and the grace is over. */
  onKill(then: () => void): void {
    this.#onKill ??= [];
    this.#onKill.push(then);
  }

  /** Tells those that end what runs outside the main thread. */
  killed(): void {
    this.#killed = true;
    for (const then of this.#onKill ?? []) then();
  }

  /** What a session that was stopped has ended with; null when nobody stopped it. */
  get endedBy(): NightshiftError | null {
    return this.#killed ? killedInstead(this.#stopped) : this.#stopped;
  }

  /** What it is doing: the codeunits that run each other, and the statement that the database works on. */
  whatRuns(): string {
    const codeunits = `codeunit ${this.#chain.join(' → ')}`;
    const statement = this.#transaction.pending === 0 ? null : this.#transaction.tally.last;
    return statement === null ? codeunits : `${codeunits}, statement: ${statement}`;
  }

  /** The codeunits that run each other, outermost first. */
  get chain(): readonly string[] {
    return this.#chain;
  }

  /** Where threads and processes are had from. */
  get isolates(): SessionHost['isolates'] {
    return this.#host.isolates;
  }

  /** The codeunit that it was opened for. */
  get codeunit(): string {
    return this.#chain[0] ?? '';
  }

  notes(): RunNotes {
    const { statements, rows } = this.#transaction.tally;
    return { sessionId: this.id, ...this.reports.notes(), statements, rows };
  }

  /** The same session for a codeunit of the platform. */
  privileged() {
    return privilegedSession(this, (target, record, enter) => this.#descend(target, record, enter));
  }

  protected override get codeunitName(): string {
    return this.#chain.at(-1) ?? '';
  }

  protected override holdsLocks(): Promise<boolean> {
    return holdsLocks(this.#transaction);
  }

  protected override onMessage(text: string, place: Place | null): void {
    this.#host.telemetry.emit('NS0013', messageDimensions(this, this.codeunitName, text, place));
  }

  #refuseIfStopped(): void {
    if (this.#stopped !== null) throw this.#stopped;
  }
}

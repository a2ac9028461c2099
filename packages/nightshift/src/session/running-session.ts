import { NightshiftError, type StoredError } from '../foundation/index.ts';
import { ActiveDialogs } from './active-dialogs.ts';
import { type CallerDoor, registerDoors } from './caller.ts';
import { parseRecord } from './codeunit.ts';
import type { Progress } from './log-line.ts';
import { RunLog, textOf } from './run-log.ts';
import type {
  ClientType,
  Codeunit,
  PrivilegedSession,
  RecordArgument,
  Session,
  SessionDatabase,
} from './session.ts';
import { unawaited } from './session-errors.ts';
import type { RunNotes, SessionHost, SessionSpec } from './session-spec.ts';
import { SessionTransaction } from './session-transaction.ts';

/** Longest text of a progress report, in characters. */
const PROGRESS_TEXT_LENGTH_MAX = 500;

/** Deepest chain of codeunits that run each other, as in Business Central. */
export const SESSION_DEPTH_MAX = 14;

/** The session that user code is handed. */
export class RunningSession extends ActiveDialogs implements Session {
  readonly id: number;
  readonly uniqueId: string;
  readonly user: string;
  readonly company: string;
  readonly clientType: ClientType;
  readonly language: string;
  readonly timeZone: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly lastError: StoredError | null;
  readonly #host: SessionHost;
  readonly #spec: SessionSpec;
  readonly #transaction: SessionTransaction;
  readonly #chain: string[];
  #runLog: RunLog | null = null;
  #controller: AbortController | null = null;
  #stopped: NightshiftError | null = null;
  #progress: Progress | null = null;
  #afterCommit: (() => void)[] | null = null;
  #door: CallerDoor | null = null;

  static {
    registerDoors((caller) => {
      if (!(caller instanceof RunningSession)) return null;
      caller.#door ??= caller.#makeDoor();
      return caller.#door;
    });
  }

  constructor(host: SessionHost, spec: SessionSpec, codeunitName: string) {
    super(spec.userInterface);
    this.id = host.active.newId();
    this.uniqueId = spec.uniqueId;
    this.user = spec.user.name;
    this.company = spec.company.name;
    this.clientType = spec.clientType;
    this.language = spec.user.language;
    this.timeZone = spec.user.timeZone;
    this.attempt = spec.attempt;
    this.idempotencyKey = spec.idempotencyKey;
    this.lastError = spec.lastError;
    this.#host = host;
    this.#spec = spec;
    this.#chain = [codeunitName];
    const identity = { userNo: spec.user.no, companyNo: spec.company.no };
    this.#transaction = new SessionTransaction(host.slots, identity, spec.fence);
  }

  #makeDoor(): CallerDoor {
    const spec = this.#spec;
    return {
      user: spec.user,
      company: spec.company,
      transactional: true,
      transaction: (work) => work(this.#transaction, this),
      afterCommit: (then) => {
        this.#afterCommit ??= [];
        this.#afterCommit.push(then);
      },
      notes: () => this.notes(),
      service: (key) => this.#host.services.get(key),
    };
  }

  get db(): SessionDatabase {
    return this.#transaction;
  }

  get log(): RunLog {
    this.#runLog ??= new RunLog(this.#host.clock);
    return this.#runLog;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#stopped !== null && !this.#controller.signal.aborted) this.#controller.abort(this.#stopped);
    return this.#controller.signal;
  }

  async commit(): Promise<void> {
    this.#refuseIfStopped();
    await this.#transaction.commit(false);
    this.committed();
  }

  savepoint<T>(fn: () => Promise<T>): Promise<T> {
    return this.#transaction.savepoint(fn);
  }

  async run<In, Out>(target: Codeunit<In, Out>, ...record: RecordArgument<In>): Promise<void> {
    this.#refuseIfStopped();
    if (this.#chain.length >= SESSION_DEPTH_MAX) {
      const chain = [...this.#chain, target.name].join(' → ');
      throw new NightshiftError('SESSION_DEPTH_EXCEEDED', `Codeunits run each other too deep: ${chain}.`);
    }
    const value = parseRecord(target as Codeunit<unknown, Out>, record[0]);
    this.#chain.push(target.name);
    try {
      await target.onRun(this, value);
    } finally {
      this.#chain.pop();
    }
  }

  async sleep(ms: number): Promise<void> {
    await this.#host.clock.sleep(ms, this.signal);
    this.#refuseIfStopped();
  }

  progress(done: number, total: number | null, text = ''): void {
    // A progress report must never be what ends a run: what is no number counts as not known.
    this.#progress = {
      done: finite(done) ?? 0,
      total: finite(total),
      text: textOf(text, PROGRESS_TEXT_LENGTH_MAX),
    };
  }

  /** The reason why the session was stopped from outside; null while it may go on. */
  get stopped(): NightshiftError | null {
    return this.#stopped;
  }

  /** The session's transaction, for the runner. */
  get transaction(): SessionTransaction {
    return this.#transaction;
  }

  /** Stops the session: its signal is aborted, every further statement and commit is refused. */
  stop(reason: NightshiftError): void {
    this.#stopped ??= reason;
    this.#transaction.seal(this.#stopped);
    this.#controller?.abort(this.#stopped);
  }

  /** Runs what waited for the commit. */
  committed(): void {
    const waiting = this.#afterCommit;
    this.#afterCommit = null;
    for (const then of waiting ?? []) then();
  }

  /** Forgets what waited for the commit. */
  rolledBack(): void {
    this.#afterCommit = null;
  }

  notes(): RunNotes {
    return { sessionId: this.id, lines: this.#runLog?.lines() ?? [], progress: this.#progress };
  }

  privileged(): PrivilegedSession {
    return {
      caller: this,
      claim: this.#spec.claim,
      run: (target, values) => this.#transaction.run(target, values),
      refuseUnawaited: () => {
        if (this.#transaction.pending > 0) throw unawaited(this.#transaction.pending);
      },
      rollback: async () => {
        await this.#transaction.rollback();
        this.rolledBack();
      },
      lines: () => this.#runLog?.lines() ?? [],
      progress: () => this.#progress,
    };
  }

  protected override get codeunitName(): string {
    return this.#chain.at(-1) ?? '';
  }

  protected override get writing(): boolean {
    return this.#transaction.open;
  }

  #refuseIfStopped(): void {
    if (this.#stopped !== null) throw this.#stopped;
  }
}

function finite(value: number | null): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return Number.isFinite(number) ? number : null;
}

import { NightshiftError, type StoredError, systemClock } from '../../foundation/index.ts';
import { messageDimensions } from '../active-dialogs.ts';
import type { Place } from '../background-dialogs.ts';
import { type CallerDoor, registerDoors, type ServiceRegistry } from '../caller.ts';
import { parseRecord } from '../codeunit.ts';
import { NO_ERRORS } from '../error-message.ts';
import type { Progress, ProgressCounts } from '../log-line.ts';
import { plannedRunOf, progressOf } from '../progress.ts';
import { ReportingSession } from '../reporting-session.ts';
import { SESSION_DEPTH_MAX } from '../running-session.ts';
import type { ClientType, Codeunit, RecordArgument, Session, SessionDatabase } from '../session.ts';
import { cannotLend, sessionEnded } from '../session-errors.ts';
import { quietly } from '../slot-wire.ts';
import { withBuffers } from './crossing-values.ts';
import type { EndOfRun, Request, SessionFacts } from './messages.ts';
import type { OutsideLink } from './outside-link.ts';
import { RemoteErrors } from './remote-errors.ts';
import { RemoteLog } from './remote-log.ts';
import { RemoteTransaction } from './remote-transaction.ts';

/** Longer texts of reports are cut before they cross; outside they are cut to what is kept. In characters. */
const REPORT_LENGTH_MAX = 100_000;

/** What the services of a session in an isolate ask of the outside. */
export interface Outside {
  /** Calls what the platform offers under a name; resolves with its answer. */
  call(service: string, method: string, args: readonly unknown[]): Promise<unknown>;
  /** Tells it something. Inside of what waits for the commit it is done when that has taken place. */
  tell(service: string, method: string, args: readonly unknown[]): void;
  /** The instant that a test has set, else null. */
  readonly pinned: Date | null;
}

/** A session in an isolate: the same to user code as any other. Its transaction, its rights and its log are outside. */
export class RemoteSession extends ReportingSession implements Session, Outside {
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
  readonly pinned: Date | null;
  readonly #run: number;
  readonly #facts: SessionFacts;
  readonly #link: OutsideLink;
  readonly #chain: string[];
  readonly #transaction: RemoteTransaction;
  readonly #log: RemoteLog;
  protected override readonly errors: RemoteErrors;
  readonly #services: ServiceRegistry;
  readonly #controller = new AbortController();
  #door: CallerDoor | null = null;
  #ended = false;
  #progress: Progress | null = null;
  /** Whether a report is on its way; the next waits until that has arrived. */
  #reporting = false;
  #afterCommit = false;

  static {
    registerDoors((caller) => {
      if (!(caller instanceof RemoteSession)) return null;
      caller.#door ??= caller.#makeDoor();
      return caller.#door;
    });
  }

  constructor(
    run: number,
    facts: SessionFacts,
    link: OutsideLink,
    servicesOf: (outside: Outside) => ServiceRegistry,
  ) {
    super(null);
    this.id = facts.id;
    this.uniqueId = facts.uniqueId;
    this.user = facts.user.name;
    this.company = facts.company.name;
    this.clientType = facts.clientType;
    this.language = facts.language;
    this.timeZone = facts.timeZone;
    this.attempt = facts.attempt;
    this.idempotencyKey = facts.idempotencyKey;
    this.correlationId = facts.correlationId;
    this.lastError = facts.lastError;
    this.pinned = facts.pinned;
    this.#run = run;
    this.#facts = facts;
    this.#link = link;
    this.#chain = [...facts.chain];
    this.#log = new RemoteLog((line) => this.#notice({ kind: 'line', line }));
    this.errors = new RemoteErrors(facts.reported, (report, codeunit) =>
      this.#notice({ kind: 'error', codeunit, report }),
    );
    const ask = (request: Request) => this.#ask(request);
    this.#transaction = new RemoteTransaction(ask, () => !this.#ended && !this.signal.aborted);
    this.#services = servicesOf(this);
  }

  #makeDoor(): CallerDoor {
    const { user, company, lineage, correlationId } = this.#facts;
    return {
      user,
      company,
      lineage,
      correlationId,
      transactional: true,
      transaction: (work) => work(this.#transaction, this),
      inTransaction: () => this.#transaction.open,
      // The outside knows better.
      refuseIfOver: () => undefined,
      afterCommit: (then, otherwise) => this.#waitForCommit(then, otherwise),
      notes: () => ({ lines: [], progress: this.#progress, errors: NO_ERRORS }),
      service: (key) => this.#services.get(key),
    };
  }

  /**
   * Verbs do nothing after a commit but tell the outside. So they may tell it now, and the outside holds it back: it is
   * there that the commit takes place, perhaps when this isolate works for another session already.
   */
  #waitForCommit(then: () => void, otherwise: (() => void) | undefined): void {
    if (otherwise !== undefined) {
      throw new NightshiftError('INTERNAL', 'What is to be done after a rollback must be a service outside.');
    }
    this.#afterCommit = true;
    try {
      then();
    } finally {
      this.#afterCommit = false;
    }
  }

  get db(): SessionDatabase {
    return this.#transaction;
  }

  get log(): RemoteLog {
    return this.#log;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  commit(): Promise<void> {
    return this.#transaction.commit();
  }

  savepoint<T>(fn: () => Promise<T>): Promise<T> {
    return this.#transaction.savepoint(fn);
  }

  async run<In, Out>(target: Codeunit<In, Out>, ...record: RecordArgument<In>): Promise<void> {
    this.#refuseIfOver();
    if (this.#chain.length >= SESSION_DEPTH_MAX) {
      const chain = [...this.#chain, target.name].join(' → ');
      throw new NightshiftError('SESSION_DEPTH_EXCEEDED', `Codeunits run each other too deep: ${chain}.`);
    }
    // The one that was started here has its rights already.
    const isLent = target.inherentPermissions !== null && target.name !== this.#facts.chain.at(-1);
    if (isLent) throw cannotLend(target.name);
    // One of the platform refuses by itself.
    if (target.onRunPrivileged === null)
      await this.#ask({ kind: 'demandRun', codeunit: target.name, objectType: target.objectType });
    const value = parseRecord(target as Codeunit<unknown, Out>, record[0]);
    this.#chain.push(target.name);
    try {
      await target.onRun(this, value);
    } finally {
      this.#chain.pop();
    }
  }

  async sleep(ms: number): Promise<void> {
    // A Date or a text is what user code may pass by mistake; the clock outside takes a number.
    await this.#ask({ kind: 'sleep', ms: Number(ms) });
  }

  progress(done: number, total: number | null, text = '', counts?: ProgressCounts): void {
    if (this.#ended) return;
    this.#progress = progressOf(done, total, text, { counts, lengthMax: REPORT_LENGTH_MAX });
    if (!this.#reporting) void this.#report();
  }

  reportNothingToDo(): void {
    this.#notice({ kind: 'nothingToDo' });
  }

  planNextRun(at: Date): void {
    const planned = plannedRunOf(at, this.pinned ?? systemClock.now());
    this.#notice({ kind: 'plannedRun', at: planned.getTime() });
  }

  /** Reports that come in quick succession are sent as one: the last. */
  async #report(): Promise<void> {
    this.#reporting = true;
    let sent: Progress | null = null;
    while (this.#progress !== null && this.#progress !== sent) {
      sent = this.#progress;
      await this.#ask({ kind: 'progress', progress: sent }).catch(() => undefined);
    }
    this.#reporting = false;
  }

  async call(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    return withBuffers(await this.#ask({ kind: 'service', service, method, args }));
  }

  tell(service: string, method: string, args: readonly unknown[]): void {
    this.#notice({ kind: 'service', afterCommit: this.#afterCommit, service, method, args });
  }

  /** The session was stopped from outside: its signal is aborted, everything further refused. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Its code has settled: nothing more is asked or told. Returns what is left to say, with the statements not answered. */
  end(): Pick<EndOfRun, 'progress' | 'droppedLines' | 'droppedErrors'> & { readonly unanswered: number } {
    this.#ended = true;
    return {
      progress: this.#progress,
      droppedLines: this.#log.dropped,
      droppedErrors: this.errors.dropped,
      unanswered: this.#link.forget(this.#run),
    };
  }

  /** @throws NightshiftError TRANSACTION_CONTROL while a savepoint is open */
  refuseOpenSavepoint(): void {
    this.#transaction.refuseOpenSavepoint();
  }

  protected override get codeunitName(): string {
    return this.#chain.at(-1) ?? '';
  }

  /** Nobody is asked in an isolate. */
  protected override async holdsLocks(): Promise<boolean> {
    return true;
  }

  protected override onMessage(text: string, place: Place | null): void {
    this.tell('telemetry', 'NS0013', [messageDimensions(this, this.codeunitName, text, place)]);
  }

  #refuseIfOver(): void {
    if (this.#ended) throw sessionEnded();
    this.signal.throwIfAborted();
  }

  #ask(request: Request): Promise<unknown> {
    return quietly(this.#asked(request));
  }

  async #asked(request: Request): Promise<unknown> {
    this.#refuseIfOver();
    try {
      return await this.#link.request(this.#run, request);
    } catch (error) {
      // The place that matters is the line that asked, in this thread, not the one outside that answered.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    }
  }

  #notice(notice: Parameters<OutsideLink['notice']>[1]): void {
    if (!this.#ended) this.#link.notice(this.#run, notice);
  }
}

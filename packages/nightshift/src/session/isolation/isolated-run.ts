import { AsyncLocalStorage } from 'node:async_hooks';
import { declaredStatement } from '../../database/index.ts';
import { isNightshiftError, NightshiftError } from '../../foundation/index.ts';
import { demandRun } from '../authority.ts';
import { doorOf } from '../caller.ts';
import type { LogLine, Progress } from '../log-line.ts';
import { plannedRunOf, type RunReports } from '../progress.ts';
import type { RunLog } from '../run-log.ts';
import type { Session } from '../session.ts';
import type { SessionTransaction } from '../session-transaction.ts';
import { guardStatement } from '../statement-guard.ts';
import { packError, unpackError } from './crossing-error.ts';
import type { Isolate, Tenant } from './isolate.ts';
import type { IsolateKind } from './isolate-body.ts';
import type { Isolates } from './isolate-pool.ts';
import type { EndOfRun, Notice, Request, ServiceCall, TextAnswer, ToIsolate } from './messages.ts';
import { factsOf } from './session-facts.ts';

/** Errors of a session that are kept for the case that its code throws them on. */
const ORIGINALS_MAX = 1_000;

/** Isolates that are tried for one session, as long as they die before it has reached them. */
const TRIES_MAX = 3;

/** What a session must offer to be run in an isolate. */
export interface IsolatedSession extends Session {
  readonly log: RunLog;
  readonly transaction: SessionTransaction;
  readonly stopped: NightshiftError | null;
  readonly reports: RunReports;
  /** The codeunits that run each other, outermost first. */
  readonly chain: readonly string[];
  /** Null where no isolates can be had. */
  readonly isolates: Isolates | null;
  onKill(then: () => void): void;
}

/**
 * Runs a codeunit of a session in a thread or a process. The session stays here: its transaction, its rights, its log.
 * @throws what the codeunit threw; NightshiftError ISOLATE_DIED, MEMORY_LIMIT, APPLICATION_INVALID, RECORD_INVALID
 */
export async function runIsolated(
  session: IsolatedSession,
  kind: IsolateKind,
  codeunit: string,
  record: unknown,
): Promise<void> {
  const { isolates } = session;
  if (isolates === null) throw moduleMissing(codeunit, kind);
  for (let left = TRIES_MAX; ; left--) {
    const isolate = isolates.take(kind);
    const isWarm = isolate.runs > 0;
    const run = new IsolatedRun(session, isolates, isolate);
    try {
      return await runIn(isolate, run, codeunit, record);
    } catch (error) {
      // A warm one may have died unnoticed; nothing of the session was done in it.
      const mayTryAgain = isWarm && run.isUntouched && left > 1 && session.stopped === null;
      if (!mayTryAgain || !isNightshiftError(error, 'ISOLATE_DIED', 'MEMORY_LIMIT')) throw error;
    }
  }
}

async function runIn(isolate: Isolate, run: IsolatedRun, codeunit: string, record: unknown): Promise<void> {
  try {
    run.endWhenKilled();
    await isolate.ready;
    await run.perform(codeunit, record);
  } finally {
    run.close();
  }
}

/** The error for a codeunit that cannot be isolated, because nobody knows where a thread or process would find it. */
export function moduleMissing(codeunit: string, kind: IsolateKind): NightshiftError {
  return new NightshiftError(
    'APPLICATION_INVALID',
    `Codeunit "${codeunit}" runs in a ${kind} of its own, which must find it in the application's module: pass createPlatform({ application, applicationModule: new URL('app.ts', import.meta.url) }), a module whose default export is the application.`,
    { field: 'applicationModule' },
  );
}

/** One session in an isolate: does outside what its code asks for. */
class IsolatedRun implements Tenant {
  readonly #session: IsolatedSession;
  readonly #isolates: Isolates;
  readonly #isolate: Isolate;
  readonly #settled = Promise.withResolvers<void>();
  readonly #closed = new AbortController();
  readonly #originals = new Map<number, unknown>();
  #nextOriginal = 0;
  /** What comes from the isolate is done in the name of the code that has started it. */
  readonly #inContext = AsyncLocalStorage.snapshot();
  #begun = false;
  #post: (message: ToIsolate) => void = () => undefined;

  constructor(session: IsolatedSession, isolates: Isolates, isolate: Isolate) {
    this.#session = session;
    this.#isolates = isolates;
    this.#isolate = isolate;
  }

  /** Whether its isolate died before the session reached it. */
  get isUntouched(): boolean {
    return !this.#begun;
  }

  /** A session that does not stop takes its isolate along. */
  endWhenKilled(): void {
    this.#session.onKill(() => {
      // It may work for another session by now.
      if (!this.#closed.signal.aborted) this.#isolate.kill('the session was stopped and did not end');
    });
  }

  /** Starts the codeunit; resolves when it has settled well. */
  async perform(codeunit: string, record: unknown): Promise<void> {
    if (this.#session.stopped !== null) throw this.#session.stopped;
    const facts = factsOf(this.#session, this.#isolates.clock.pinned());
    const { run, post } = this.#begin({ facts, codeunit, record });
    this.#post = post;
    const { signal } = this.#session;
    const stop = () => post({ kind: 'stop', run, error: packError(signal.reason) });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true, signal: this.#closed.signal });
    await this.#settled.promise;
  }

  #begin(order: Parameters<Isolate['begin']>[1]) {
    try {
      return this.#isolate.begin(this, order);
    } catch (error) {
      if (isNightshiftError(error)) throw error;
      const text = `The record for codeunit "${order.codeunit}" cannot be sent to a ${this.#isolate.kind}: ${(error as Error).message}`;
      throw new NightshiftError('RECORD_INVALID', text, { field: 'record', cause: error });
    }
  }

  /** Nothing more is done for it. */
  close(): void {
    this.#closed.abort();
    this.#isolate.release();
    this.#isolates.giveBack(this.#isolate);
  }

  begun(): void {
    this.#begun = true;
  }

  request(id: number, request: Request): void {
    this.#inContext(() => this.#perform(request)).then(
      (value) => this.#reply(id, value),
      (error: unknown) => this.#refuse(id, error),
    );
  }

  notice(notice: Notice): void {
    if (notice.kind === 'line') this.#log(notice.line);
    else if (notice.kind === 'nothingToDo') this.#session.reportNothingToDo();
    else if (notice.kind === 'plannedRun') this.#planned(notice.at);
    else if (notice.kind === 'error') this.#session.reports.errors.add(notice.report, notice.codeunit);
    else this.#tell(notice);
  }

  /** It was in the future when it was said; what a process says about a time may be no time at all. */
  #planned(at: number): void {
    const { reports } = this.#session;
    const earlier = new Date(0);
    try {
      reports.plannedRun = plannedRunOf(new Date(at), earlier);
    } catch {
      reports.plannedRun = null;
    }
  }

  #tell(notice: Extract<Notice, { readonly kind: 'service' }>): void {
    const tell = () => {
      // Nobody waits for it, so nobody is told that it failed.
      Promise.try(() => this.#call(notice)).catch(() => undefined);
    };
    if (notice.afterCommit) doorOf(this.#session).afterCommit(tell);
    else tell();
  }

  end({ error, progress, droppedLines, droppedErrors }: EndOfRun): void {
    if (progress !== null) this.#report(progress);
    if (droppedLines > 0) this.#session.log.drop(droppedLines);
    if (droppedErrors > 0) this.#session.reports.errors.drop(Math.trunc(droppedErrors));
    // From here on its requests are refused; those that run still fail the session as queries not awaited.
    this.#isolate.release();
    if (error === null) this.#settled.resolve();
    else this.#settled.reject(unpackError(error, (original) => this.#originals.get(original) ?? null));
  }

  died(error: NightshiftError): void {
    this.#settled.reject(error);
  }

  async #perform(request: Request): Promise<unknown> {
    const { transaction } = this.#session;
    switch (request.kind) {
      case 'query':
        return this.#query(request);
      case 'statement': {
        const target = declaredStatement(request.name);
        // With the session's rights nobody can do more by our statements than by his own; this one rule is ours.
        guardStatement(target.text);
        return transaction.run(target, request.values);
      }
      case 'savepoint':
        return this.#savepoint(request.command);
      case 'commit':
        return this.#session.commit();
      case 'demandRun':
        return demandRun(doorOf(this.#session), {
          name: String(request.codeunit),
          objectType: request.objectType === 'report' ? 'report' : 'codeunit',
          onRunPrivileged: null,
        });
      case 'sleep':
        return this.#session.sleep(request.ms);
      case 'progress':
        return this.#report(request.progress);
      case 'service':
        return this.#call(request);
    }
  }

  async #savepoint(command: string): Promise<void> {
    if (!SAVEPOINT_COMMAND.test(command)) throw new NightshiftError('INTERNAL', 'No command of a savepoint.');
    const { host } = this.#session.transaction.savepoints;
    await host.command(command);
    if (command.startsWith('rollback')) host.undone();
  }

  async #query({
    text,
    values,
    timeoutMs,
  }: Extract<Request, { readonly kind: 'query' }>): Promise<TextAnswer> {
    const { transaction } = this.#session;
    const asked = { text, values, rowMode: 'array', types: AS_TEXT } as const;
    const timed = timeoutMs === undefined ? asked : { ...asked, timeoutMs };
    const answer = await transaction.query<(string | null)[]>(timed);
    const fields = answer.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }));
    const { rows, rowCount, command } = answer;
    return { rows, fields, rowCount, command, sound: transaction.firstError === null };
  }

  #log({ level, text, details }: Omit<LogLine, 'at'>): void {
    const { log } = this.#session;
    const facts = details as Readonly<Record<string, unknown>>;
    if (level === 'error') log.error(text, facts);
    else if (level === 'warning') log.warning(text, facts);
    else log.info(text, facts);
  }

  #report({ done, total, text, counts }: Progress): void {
    this.#session.progress(done, total, text, counts);
  }

  async #call({ service, method, args }: ServiceCall): Promise<unknown> {
    const found = this.#isolates.services.get(service);
    if (found === undefined) throw new NightshiftError('INTERNAL', `Isolates have no service "${service}".`);
    return found(this.#session, method, args);
  }

  #reply(id: number, value: unknown): void {
    try {
      this.#post({ kind: 'reply', id, value });
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  /** The error is kept, so that it is itself again when the code throws it on. */
  #refuse(id: number, error: unknown): void {
    const original = ++this.#nextOriginal;
    this.#originals.set(original, error);
    this.#originals.delete(original - ORIGINALS_MAX);
    this.#post({ kind: 'refusal', id, error: { ...packError(error), original } });
  }
}

/** What a stack of savepoints sends; whatever else a process sends is no command. */
const SAVEPOINT_COMMAND =
  /^(?:(?:release )?savepoint ns_savepoint_\d+|rollback to savepoint (ns_savepoint_\d+); release savepoint \1)$/;

/** Values stay as PostgreSQL wrote them; the isolate reads them. */
const AS_TEXT = Object.freeze({ getTypeParser: () => (text: string) => text });

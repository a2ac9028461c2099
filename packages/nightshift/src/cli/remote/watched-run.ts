import type { Live, LiveDialog, LiveLogLine, LiveOutcome } from '@nightshift/client/live';
import { type Clock, isNightshiftError, NightshiftError, SECOND_MS } from '../../foundation/index.ts';
import type { RunOnceResult } from '../../job-queue/index.ts';
import type { Caller, LogLine, UserInterface } from '../../session/index.ts';
import { at, liveOf } from './server-of-caller.ts';
import { errorOf, firstOf, pageSize } from './wire.ts';

/** How long the first connection may take. */
const CONNECT_MS_MAX = 15 * SECOND_MS;
/** How often it is asked how the run stands: what is told over a connection that broke for good is not told again. */
const ASK_MS = 2 * SECOND_MS;
/** How often the session of a run is looked for that is to stop: it is listed when it has run for half a second. */
const LOOK_MS = 250;

/** Why a session was stopped whose question was left with Ctrl-C or Ctrl-D. */
const LEFT = 'a question was left at the terminal';

/** A run on a server before a person at this end. */
export class WatchedRun {
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #person: UserInterface;
  readonly #live: Live;
  readonly #outcome = Promise.withResolvers<LiveOutcome>();
  readonly #over = new AbortController();
  readonly #windows = new Map<number, { update(text: string): void; close(): void }>();
  /** Questions that are not over. */
  readonly #open = new Set<string>();
  /** Those of which it was not told yet that they have arrived: a connection may break behind them. */
  readonly #answers = new Map<string, boolean>();
  #runId: string | null = null;

  constructor(caller: Caller, clock: Clock, person: UserInterface) {
    this.#caller = caller;
    this.#clock = clock;
    this.#person = person;
    this.#live = liveOf(caller);
    // It may fail before anybody waits for it.
    this.#outcome.promise.catch(() => undefined);
    this.#live.onRun({
      dialog: (asked) => void this.#ask(asked),
      dialogClosed: ({ dialog, reason }) => {
        this.#open.delete(dialog);
        this.#answers.delete(dialog);
        if (reason === 'timeout' || reason === 'cut') person.message('No answer came in time: it is no.');
      },
      message: ({ text }) => person.message(text),
      progress: ({ window, text }) => this.#show(window, text),
      log: ({ lines }) => {
        for (const line of lines) person.log?.(lineOf(line));
      },
      runEnded: ({ outcome }) => this.#outcome.resolve(outcome),
    });
  }

  /** Resolves when there is a connection. @throws NightshiftError SERVER_UNREACHABLE */
  async connect(): Promise<void> {
    const connected = new AbortController();
    const onWelcome = () => {
      connected.abort();
      for (const [dialog, answer] of this.#answers) this.#live.answer(dialog, answer);
    };
    this.#live.listen({ onWelcome, onEvent: () => undefined });
    await this.#clock.sleep(CONNECT_MS_MAX, connected.signal);
    if (connected.signal.aborted) return;
    throw new NightshiftError(
      'SERVER_UNREACHABLE',
      'The server takes no connection for live updates: what is in front of it may not pass WebSockets.',
    );
  }

  /**
   * Begins. @param answers whether somebody answers what it asks; else a question is an error
   * @throws what `jobQueue.runOnce` throws before the run begins
   */
  async begin(entryId: string, answers: boolean): Promise<void> {
    const { server, params } = at(this.#caller);
    const { connection } = this.#live;
    const body = connection === null ? {} : { connection, answers };
    const { runId } = await server.call('jobQueueEntries.runOnce', { params: { ...params, entryId }, body });
    this.#runId = runId;
    void this.#watch(runId);
  }

  /** How it has ended. @throws NightshiftError OUTCOME_UNKNOWN when the server has forgotten it; what its log refuses */
  async ended(): Promise<RunOnceResult> {
    const { server, params } = at(this.#caller);
    const { status, error, logEntryNo, differences } = await this.#outcome.promise;
    if (logEntryNo === null)
      throw new NightshiftError('CODEUNIT_ERROR', error?.message ?? 'It did not begin.');
    const entry = await server.call('jobQueueLogEntries.get', { params: { ...params, no: logEntryNo } });
    return {
      status: status as RunOnceResult['status'],
      error: errorOf(entry.errorChain),
      logEntryNo,
      differences: differences as RunOnceResult['differences'],
    };
  }

  /** Has its session stopped, as soon as that is listed. Never rejects: it may end meanwhile. */
  async stop(comment: string): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      const isTold = await this.#tellToStop(comment).catch((error: unknown) => {
        // A server that does not answer may be back soon.
        if (!isNightshiftError(error) || error.status >= 500) return false;
        // By the time it was found it had ended, or whoever asks may not stop it.
        if (!isNightshiftError(error, 'SESSION_UNKNOWN')) this.#outcome.reject(error);
        return true;
      });
      // Who waits for an answer hears that he is to stop when he has it. Nothing of what he does then is kept.
      if (isTold) {
        for (const dialog of this.#open) this.#answer(dialog, false);
        return;
      }
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  async #tellToStop(comment: string): Promise<boolean> {
    const { server, params } = at(this.#caller);
    const query = { user: this.#caller.user, limit: pageSize() };
    const listed = await firstOf(server.all('sessions.list', { params, query }));
    const session = listed.find(({ correlationId }) => correlationId === this.#runId);
    if (session === undefined) return false;
    const input = { params: { ...params, sessionId: session.id }, body: { comment } };
    await server.call('sessions.stop', input);
    return true;
  }

  /** Watches no more; the run goes on if it has not ended. */
  leave(): void {
    this.#over.abort();
    this.#live.close();
  }

  async #watch(runId: string): Promise<void> {
    const { server, params } = at(this.#caller);
    void this.#outcome.promise.then(
      () => this.#over.abort(),
      () => this.#over.abort(),
    );
    for (;;) {
      await this.#clock.sleep(ASK_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      try {
        const { outcome } = await server.call('foregroundRuns.get', { params: { ...params, runId } });
        if (outcome !== null) this.#outcome.resolve(outcome);
      } catch (error) {
        if (isNightshiftError(error, 'NOT_FOUND')) this.#outcome.reject(forgotten(runId));
        // A server that does not answer may be back soon.
      }
    }
  }

  async #ask({ dialog, question, defaultAnswer }: LiveDialog): Promise<void> {
    this.#open.add(dialog);
    const answer = await this.#person.confirm(question, defaultAnswer).catch(() => null);
    // Who leaves a question wants no more of the run.
    if (answer === null) await this.stop(LEFT);
    else this.#answer(dialog, answer);
  }

  #answer(dialog: string, value: boolean): void {
    if (!this.#open.has(dialog)) return;
    this.#answers.set(dialog, value);
    this.#live.answer(dialog, value);
  }

  #show(window: number, text: string | null): void {
    const open = this.#windows.get(window);
    if (text === null) {
      open?.close();
      this.#windows.delete(window);
    } else if (open === undefined) this.#windows.set(window, this.#person.openDialog(text));
    else open.update(text);
  }
}

function lineOf({ at: time, level, text, details = null }: LiveLogLine): LogLine {
  return { at: time, level, text, details: details as LogLine['details'] };
}

function forgotten(runId: string): NightshiftError {
  return new NightshiftError(
    'OUTCOME_UNKNOWN',
    `The server knows no more of the run ${runId}: it was started anew. The log of the entry says what became of it.`,
  );
}

import type { z } from 'zod';
import type { runOutcome } from '../../contract/live.ts';
import { type Clock, MINUTE_MS, NightshiftError, uuidV7 } from '../../foundation/index.ts';
import type { LogLine, UserInterface } from '../../session/index.ts';
import type { LiveConnection } from './live-connection.ts';

/** How long a question waits for its answer; then it is no. */
export const ANSWER_MS = 5 * MINUTE_MS;
/** How often windows and logs are brought up to date. */
const SHOW_MS = 250;
/** Log lines in one message. */
const LINES_MAX = 100;
/** Messages of one run that are shown; all are in its log. */
const MESSAGES_MAX = 1_000;

/** How a run ended, as it is told. */
export type RunOutcome = z.input<typeof runOutcome>;

/** What the person before a run is reached by. */
export interface SocketInterfaceParts {
  readonly runId: string;
  readonly connection: LiveConnection;
  /** Whether he answers what is asked; else a question is an error. */
  readonly answers: boolean;
  readonly clock: Clock;
  /** Nobody is reached any more. */
  readonly closed: AbortSignal;
}

type Answered = { readonly answer: boolean; readonly reason: 'answered' | 'timeout' | 'cut' | 'ended' };

function nobodyAnswers(question: string): NightshiftError {
  const text = `The codeunit asks "${question}", and whoever watches this run has said that nobody answers.`;
  return new NightshiftError('CALLBACK_NOT_ALLOWED', text);
}

/** The person behind a run: in the tab that started it. */
export class SocketInterface implements UserInterface {
  readonly connection: LiveConnection;
  readonly #parts: SocketInterfaceParts;
  readonly #questions = new Map<string, (answered: Answered) => void>();
  readonly #shown = new Map<number, string | null>();
  #lines: LogLine[] = [];
  #windows = 0;
  #messages = 0;
  #showing = false;
  #over = false;

  constructor(parts: SocketInterfaceParts) {
    this.#parts = parts;
    this.connection = parts.connection;
  }

  async confirm(question: string, defaultAnswer: boolean): Promise<boolean> {
    const { runId: run, connection, answers, clock, closed } = this.#parts;
    if (!answers) throw nobodyAnswers(question);
    const now = clock.now();
    const dialog = uuidV7(now);
    const expiresAt = new Date(now.getTime() + ANSWER_MS).toISOString();
    // What was shown before it is asked may be what it is about.
    this.#tellWindows();
    this.#tellLines();
    connection.tell({ type: 'dialog', run, dialog, question: String(question), defaultAnswer, expiresAt });
    const answered = Promise.withResolvers<Answered>();
    this.#questions.set(dialog, answered.resolve);
    const settled = new AbortController();
    const cut = AbortSignal.any([closed, connection.ended]);
    const onCut = () => answered.resolve({ answer: false, reason: 'cut' });
    cut.addEventListener('abort', onCut, { once: true });
    if (cut.aborted) onCut();
    void clock
      .sleep(ANSWER_MS, settled.signal)
      .then(() => answered.resolve({ answer: false, reason: 'timeout' }));
    const { answer, reason } = await answered.promise;
    settled.abort();
    cut.removeEventListener('abort', onCut);
    this.#questions.delete(dialog);
    connection.tell({ type: 'dialogClosed', run, dialog, answer, reason });
    return answer;
  }

  /** Answers a question of the run. @returns whether it is open */
  answer(dialog: string, value: boolean): boolean {
    const question = this.#questions.get(dialog);
    question?.({ answer: value, reason: 'answered' });
    return question !== undefined;
  }

  message(text: string): void {
    this.#messages++;
    if (this.#messages > MESSAGES_MAX) return;
    const { runId: run, connection } = this.#parts;
    // In the order in which it was said.
    this.#tellLines();
    connection.tell({ type: 'message', run, text: String(text) });
  }

  openDialog(text: string) {
    const window = ++this.#windows;
    this.#show(window, text);
    return {
      update: (next: string) => this.#show(window, next),
      close: () => this.#show(window, null),
    };
  }

  log(line: LogLine): void {
    this.#lines.push(line);
    this.#showSoon();
  }

  /** The run is over. */
  end(outcome: RunOutcome): void {
    const { runId: run, connection } = this.#parts;
    for (const close of this.#questions.values()) close({ answer: false, reason: 'ended' });
    this.#tellWindows();
    this.#tellLines();
    this.#over = true;
    connection.tell({ type: 'runEnded', run, outcome });
  }

  #show(window: number, text: string | null): void {
    this.#shown.set(window, text === null ? null : String(text));
    this.#showSoon();
  }

  /** Code may say more than anybody reads: of a window only the last text is sent, and lines together. */
  #showSoon(): void {
    if (this.#showing) return;
    this.#showing = true;
    void this.#keepShowing();
  }

  async #keepShowing(): Promise<void> {
    const { clock, connection } = this.#parts;
    while (this.#shown.size + this.#lines.length > 0 && !this.#over && !connection.ended.aborted) {
      this.#tellWindows();
      this.#tellLines();
      await clock.sleep(SHOW_MS, connection.ended);
    }
    this.#showing = false;
  }

  #tellWindows(): void {
    const { runId: run, connection } = this.#parts;
    for (const [window, text] of this.#shown) {
      if (connection.send({ type: 'progress', run, window, text })) this.#shown.delete(window);
    }
  }

  #tellLines(): void {
    const { runId: run, connection } = this.#parts;
    const lines = this.#lines;
    this.#lines = [];
    for (let at = 0; at < lines.length; at += LINES_MAX) {
      connection.tell({ type: 'log', run, lines: lines.slice(at, at + LINES_MAX) });
    }
  }
}

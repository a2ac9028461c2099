import type { Database } from '../database/index.ts';
import { type Clock, SECOND_MS, uuidV7 } from '../foundation/index.ts';
import { type ActiveSessions, placeOf } from './active-sessions.ts';
import type { Progress } from './log-line.ts';
import {
  answerLog,
  openLogRequests,
  requestLog,
  takeLogAnswer,
  withdrawLogRequest,
} from './log-requests.sql.ts';
import { type LinesBehind, type LogPlace, linesBehind } from './told-lines.ts';

export { LOG_BEGINNING, type LogPlace, linesBehind } from './told-lines.ts';

/** Says that an instance is asked for lines of a log; its payload is that instance's epoch. */
export const LOG_CHANNEL = 'nightshift_log';
/** How long whoever asks waits for the owner's answer, and how often he looks: seldomer each time. */
const ANSWER_MS_MAX = 2 * SECOND_MS;
const ANSWER_POLL_MS = 10;
const ANSWER_POLL_MS_MAX = 200;

/** Which log is meant, and from where on. */
export interface WantedLines {
  readonly sessionId: number;
  readonly uniqueId: string;
  readonly place: LogPlace;
}

/** What a running session has told that the reader has not seen. */
export interface NewLines extends LinesBehind {
  readonly progress: Progress | null;
}

/** Null: it does not run there, or any more. Silent: its server instance does not answer. */
export type LinesAnswer = NewLines | null | 'silent';

/** What a session of this instance has told. */
export function toldHere(
  active: ActiveSessions,
  { sessionId, uniqueId, place }: WantedLines,
): NewLines | null {
  const session = active.get(sessionId);
  // Ids of sessions are used again.
  if (session === undefined || session.spec.uniqueId !== uniqueId) return null;
  const { lines, progress } = session.told();
  return { ...linesBehind(lines, place), progress };
}

/** Asks the owner of a session what it has told. */
export async function toldElsewhere(
  database: Database,
  clock: Clock,
  { sessionId, uniqueId, place }: WantedLines,
): Promise<LinesAnswer> {
  const id = uuidV7(clock.now());
  const where = [id, placeOf(sessionId), sessionId, uniqueId, place.seen, place.lastAt];
  const asked = await database.run(requestLog, [...where, LOG_CHANNEL]);
  if (asked.length === 0) return null;
  const enough = clock.monotonic() + ANSWER_MS_MAX;
  for (
    let pause = ANSWER_POLL_MS;
    clock.monotonic() < enough;
    pause = Math.min(2 * pause, ANSWER_POLL_MS_MAX)
  ) {
    const [row] = await database.run<{ answer: NewLines | null }>(takeLogAnswer, [id]);
    if (row !== undefined) return row.answer;
    await clock.sleep(pause);
  }
  await database.run(withdrawLogRequest, [id]);
  return 'silent';
}

/** What an instance tells others with. */
export interface LogRequestsParts {
  readonly database: Database;
  readonly epoch: string;
  readonly active: ActiveSessions;
}

/**
 * Tells callers elsewhere what the sessions of this instance have logged. It does nothing until it is asked: a request
 * that it does not hear of is one that is made again.
 */
export class LogRequests {
  readonly #parts: LogRequestsParts;
  #looking: Promise<void> = Promise.resolve();
  #isDue = false;

  constructor(parts: LogRequestsParts) {
    this.#parts = parts;
  }

  /** The instance with this epoch is asked. */
  notified(epoch: string): void {
    if (epoch === this.#parts.epoch) void this.look();
  }

  /** Answers what is open; however often it is called meanwhile, once more at the most. Never rejects. */
  look(): Promise<void> {
    if (!this.#isDue) {
      this.#isDue = true;
      this.#looking = this.#looking.then(() => this.#answerAll().catch(() => undefined));
    }
    return this.#looking;
  }

  async #answerAll(): Promise<void> {
    this.#isDue = false;
    const { database, epoch, active } = this.#parts;
    for (const row of await database.run<RequestRow>(openLogRequests, [epoch])) {
      const place = { seen: row.seen, lastAt: row.last_at };
      const told = toldHere(active, { sessionId: row.session_id, uniqueId: row.unique_id, place });
      await database.run(answerLog, [row.id, told === null ? null : JSON.stringify(told)]);
    }
  }
}

interface RequestRow {
  readonly id: string;
  readonly session_id: number;
  readonly unique_id: string;
  readonly seen: number;
  readonly last_at: string | null;
}

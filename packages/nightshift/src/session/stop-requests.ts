import type { Database } from '../database/index.ts';
import {
  type Clock,
  NightshiftError,
  SECOND_MS,
  type Service,
  serviceOf,
  uuidV7,
} from '../foundation/index.ts';
import { type ActiveSessions, placeOf } from './active-sessions.ts';
import {
  answerStop,
  notifyStop,
  openStopRequests,
  requestStop,
  sessionIsListed,
  stopAnswer,
} from './stop-requests.sql.ts';

/** Says that a stop is wanted of an instance; its payload is that instance's epoch. */
export const STOP_CHANNEL = 'nightshift_stop';
/** Notifications are hints; this is how often an instance looks for itself. */
const POLL_MS = 2 * SECOND_MS;
/** How long whoever wants a stop waits for the owner's answer, and how often he looks. */
const ANSWER_MS_MAX = 5 * SECOND_MS;
const ANSWER_POLL_MS = 25;

/** A stop that is wanted. */
export interface WantedStop {
  readonly id: number;
  readonly comment: string;
  readonly userNo: number;
}

/**
 * Asks the owner of a session to stop it, and waits for the answer.
 * @returns whether the session was active
 * @throws NightshiftError INSTANCE_UNRESPONSIVE; the wish stands, and is met when the owner works again
 */
export async function stopElsewhere(database: Database, clock: Clock, wanted: WantedStop): Promise<boolean> {
  const request = uuidV7(clock.now());
  const values = [request, placeOf(wanted.id), wanted.id, wanted.comment, wanted.userNo];
  const [owner] = await database.run<{ epoch: string }>(requestStop, values);
  if (owner === undefined) return false;
  await database.run(notifyStop, [STOP_CHANNEL, owner.epoch]);
  const enough = clock.monotonic() + ANSWER_MS_MAX;
  while (clock.monotonic() < enough) {
    const [row] = await database.run<{ answer: boolean | null; ended: boolean }>(stopAnswer, [request]);
    if (row?.answer != null) return row.answer;
    if (row?.ended === true) return false;
    await clock.sleep(ANSWER_POLL_MS);
  }
  throw new NightshiftError(
    'INSTANCE_UNRESPONSIVE',
    `The server instance of session ${wanted.id} does not answer; it stops the session as soon as it works again.`,
    { details: { sessionId: wanted.id, epoch: owner.epoch } },
  );
}

/** Whether a session of another instance is listed as active. */
export async function isListed(database: Database, id: number): Promise<boolean> {
  const [row] = await database.run<{ active: boolean }>(sessionIsListed, [id]);
  return row?.active ?? false;
}

/** What an instance carries out the stops of others with. */
export interface StopRequestsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly epoch: string;
  readonly active: ActiveSessions;
}

/** Carries out the stops that callers elsewhere want of this instance. */
export class StopRequests {
  readonly #parts: StopRequestsParts;
  #looking: Promise<void> = Promise.resolve();
  /** Answers that could not be written yet: by the next try the session may have stopped, and seem never to have been. */
  readonly #answers = new Map<string, boolean>();
  readonly service: Service;

  constructor(parts: StopRequestsParts) {
    this.#parts = parts;
    let loop: Promise<void> = Promise.resolve();
    this.service = serviceOf('stop requests', {
      start: async (signal) => {
        loop = (async () => {
          while (!signal.aborted) {
            await this.look();
            await parts.clock.sleep(POLL_MS, signal);
          }
        })();
      },
      stop: async () => {
        await loop;
        await this.#looking;
      },
    });
  }

  /** A stop is wanted of the instance with this epoch. */
  notified(epoch: string): void {
    if (epoch === this.#parts.epoch) void this.look();
  }

  /** Answers what is open. Never rejects. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => answerAll(this.#parts, this.#answers).catch(() => undefined));
    return this.#looking;
  }
}

async function answerAll(parts: StopRequestsParts, answers: Map<string, boolean>): Promise<void> {
  const { database, epoch, active } = parts;
  const rows = await database.run<{ id: string; session_id: number; comment: string }>(openStopRequests, [
    epoch,
  ]);
  for (const { id, session_id, comment } of rows) {
    const done = answers.get(id) ?? active.stop(session_id, 'stopped', comment);
    answers.set(id, done);
    await database.run(answerStop, [id, done]);
    answers.delete(id);
  }
}

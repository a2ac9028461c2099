import type { Database } from '../database/index.ts';
import {
  type Clock,
  NightshiftError,
  SECOND_MS,
  type Service,
  serviceOf,
  uuidV7,
} from '../foundation/index.ts';
import type { Reaches } from '../permissions/index.ts';
import { type ActiveSessions, placeOf } from './active-sessions.ts';
import type { SessionState } from './session-event.ts';
import type { SessionSpec } from './session-spec.ts';
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

/** Asking a session to stop, or ending it at once that was asked before. */
export type StopDeed = 'stop' | 'kill';

/** A stop that is wanted. */
export interface WantedStop {
  readonly deed: StopDeed;
  readonly id: number;
  readonly comment: string;
  readonly userNo: number;
  /** Whose sessions the user may stop. */
  readonly reaches: Reaches;
}

/**
 * What became of it: done; no such session; of one that the user may not stop, the number of its company; or the state in
 * which it is not killed.
 */
export type StopAnswer = 'done' | 'none' | number | { readonly state: SessionState };

/** Whether a session is in somebody's reach. */
export function isInReach(
  { user, company }: Pick<SessionSpec, 'user' | 'company'>,
  { userNo, reaches: { any, own } }: Pick<WantedStop, 'userNo' | 'reaches'>,
): boolean {
  if (any === null || any.includes(company.no)) return true;
  return user.no === userNo && own.includes(company.no);
}

/** Stops, or kills, a session of this instance. */
export function stopHere(active: ActiveSessions, wanted: WantedStop): StopAnswer {
  const { deed, id, comment } = wanted;
  const session = active.get(id);
  if (session === undefined) return 'none';
  if (!isInReach(session.spec, wanted)) return session.spec.company.no;
  if (deed === 'stop') return active.stop(id, 'stopped', comment) ? 'done' : 'none';
  if (session.state !== 'Stopping') return { state: session.state };
  active.kill(id);
  return 'done';
}

/**
 * Asks the owner of a session to stop or kill it, and waits for the answer.
 * @throws NightshiftError INSTANCE_UNRESPONSIVE; the wish stands, and is met when the owner works again
 */
export async function stopElsewhere(
  database: Database,
  clock: Clock,
  wanted: WantedStop,
): Promise<StopAnswer> {
  const request = uuidV7(clock.now());
  const { deed, id, comment, userNo, reaches } = wanted;
  const values = [request, placeOf(id), id, comment, userNo, reaches.any, reaches.own, deed];
  const [owner] = await database.run<{ epoch: string }>(requestStop, values);
  if (owner === undefined) return 'none';
  await database.run(notifyStop, [STOP_CHANNEL, owner.epoch]);
  const enough = clock.monotonic() + ANSWER_MS_MAX;
  while (clock.monotonic() < enough) {
    const [row] = await database.run<AnswerRow>(stopAnswer, [request]);
    if (row?.answer != null) return answerIn(row);
    if (row?.ended === true) return 'none';
    await clock.sleep(ANSWER_POLL_MS);
  }
  throw new NightshiftError(
    'INSTANCE_UNRESPONSIVE',
    `The server instance of session ${wanted.id} does not answer; it ${deed}s the session as soon as it works again.`,
    { details: { sessionId: wanted.id, epoch: owner.epoch } },
  );
}

interface AnswerRow {
  readonly answer: boolean | null;
  readonly foreign_company_no: number | null;
  readonly found_state: SessionState | null;
  readonly ended: boolean;
}

function answerIn({ answer, foreign_company_no, found_state }: AnswerRow): StopAnswer {
  if (answer === true) return 'done';
  return found_state === null ? (foreign_company_no ?? 'none') : { state: found_state };
}

/** Whether a session of another instance is listed as active that a user may see. */
export async function isListed(
  database: Database,
  { id, userNo, reaches }: Pick<WantedStop, 'id' | 'userNo' | 'reaches'>,
): Promise<boolean> {
  const values = [id, reaches.any, reaches.own, userNo];
  const [row] = await database.run<{ active: boolean }>(sessionIsListed, values);
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
  readonly #answers = new Map<string, StopAnswer>();
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

interface RequestRow {
  readonly id: string;
  readonly session_id: number;
  readonly deed: StopDeed;
  readonly comment: string;
  readonly user_no: number;
  readonly any_companies: readonly number[] | null;
  readonly own_companies: readonly number[];
}

async function answerAll(parts: StopRequestsParts, answers: Map<string, StopAnswer>): Promise<void> {
  const { database, epoch, active } = parts;
  for (const row of await database.run<RequestRow>(openStopRequests, [epoch])) {
    const answer = answers.get(row.id) ?? carryOut(active, row);
    answers.set(row.id, answer);
    const foreign = typeof answer === 'number' ? answer : null;
    const state = typeof answer === 'object' ? answer.state : null;
    await database.run(answerStop, [row.id, answer === 'done', foreign, state]);
    answers.delete(row.id);
  }
}

function carryOut(active: ActiveSessions, row: RequestRow): StopAnswer {
  const { session_id: id, deed, comment, user_no: userNo, any_companies: any, own_companies: own } = row;
  return stopHere(active, { deed, id, comment, userNo, reaches: { any, own } });
}

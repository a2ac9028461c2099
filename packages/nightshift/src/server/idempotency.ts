import { createHash } from 'node:crypto';
import { HOUR_MS, isNightshiftError, MINUTE_MS, NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { RequestFault } from './problem.ts';
import {
  freeIdempotencyKey,
  keepIdempotentAnswer,
  readIdempotentAnswer,
  removeIdempotentAnswers,
  takeIdempotencyKey,
} from './server.sql.ts';

/** How long a repeat gets the first answer. */
const KEPT_MS = 24 * HOUR_MS;
/** A request that has not ended by then never will. */
const ENDED_MS = 15 * MINUTE_MS;
const KEY = /^[\x21-\x7e]{1,200}$/;

/** A request that is to have its effect once. */
export interface RepeatableRequest {
  readonly userNo: number;
  readonly key: string;
  /** All that makes it this request and no other. */
  readonly facts: readonly unknown[];
  readonly now: Date;
  readonly status: number;
}

/** Checks a key of a request; undefined: it has none. @throws NightshiftError VALIDATION */
export function idempotencyKeyOf(header: unknown): string | undefined {
  if (header === undefined || (typeof header === 'string' && KEY.test(header))) return header;
  throw new RequestFault([{ pointer: 'Idempotency-Key', message: 'is 1 to 200 printable ASCII characters' }]);
}

/**
 * Does what a request asks for, unless it was done already: then the first answer is given again.
 * @returns the answer, and whether it is a repeated one
 * @throws NightshiftError IDEMPOTENCY_KEY_USED for a key of another request; CONFLICT while the first is under way;
 *   OUTCOME_UNKNOWN when nobody knows what became of it; what `work` threw
 */
export async function onlyOnce(
  { database }: Platform,
  request: RepeatableRequest,
  work: () => Promise<unknown>,
): Promise<{ readonly answer: unknown; readonly repeated: boolean }> {
  const { userNo, key, now, status } = request;
  const digest = createHash('sha256').update(JSON.stringify(request.facts)).digest();
  const over = new Date(now.getTime() - KEPT_MS);
  const taken = await database.run(takeIdempotencyKey, [userNo, key, digest, now, over]);
  if (taken.length === 0) return { answer: await firstAnswer(database, request, digest), repeated: true };
  await database.run(removeIdempotentAnswers, [over]);
  try {
    const answer = await work();
    await database.run(keepIdempotentAnswer, [userNo, key, status, JSON.stringify(answer)]);
    return { answer, repeated: false };
  } catch (error) {
    // What was refused, or given up in time, has had no effect, and may be tried again; of what broke nobody knows.
    if (isNightshiftError(error) && (error.status < 500 || error.code === 'ANSWER_TIMEOUT'))
      await database.run(freeIdempotencyKey, [userNo, key]);
    throw error;
  }
}

interface AnswerRow {
  readonly digest: Buffer;
  readonly begun_at: Date;
  readonly status: number | null;
  readonly answer: unknown;
}

async function firstAnswer(
  database: Platform['database'],
  { userNo, key, now }: RepeatableRequest,
  digest: Buffer,
): Promise<unknown> {
  const [row] = await database.run<AnswerRow>(readIdempotentAnswer, [userNo, key]);
  if (row?.digest.equals(digest) === false) {
    throw new NightshiftError('IDEMPOTENCY_KEY_USED', 'The Idempotency-Key was used for another request.');
  }
  if (row !== undefined && row.status !== null) return row.answer;
  if (row !== undefined && now.getTime() - row.begun_at.getTime() > ENDED_MS) {
    throw new NightshiftError(
      'OUTCOME_UNKNOWN',
      'What became of the first request with this key is not known.',
    );
  }
  throw new NightshiftError('CONFLICT', 'The first request with this Idempotency-Key is still under way.');
}

import pg from 'pg';
import { classifyFailure } from './sqlstate.ts';

/** The backend that was at work when a statement's answer was lost. */
export interface LostAnswer {
  /** Its process id; null when the server had not told it. */
  readonly backend: number | null;
}

/** By these the server itself says that it does not know what became of a transaction. */
const UNKNOWN_TO_THE_SERVER = ['40003', '08007'];
/** What `pg` says when it did not even send a statement. */
const NOT_SENT = / is not queryable$/;

const lost = new WeakMap<object, LostAnswer>();

/**
 * Remembers of an error whether the connection broke before a statement was answered, and which one it was. An error that
 * the server sent is an answer, also when it is the last thing that the server says: the statement did nothing.
 */
export function noteLostAnswer(error: unknown, client: pg.ClientBase): void {
  if (!(error instanceof Error) || classifyFailure(error).kind !== 'connection') return;
  if (error instanceof pg.DatabaseError && !UNKNOWN_TO_THE_SERVER.includes(error.code ?? '')) return;
  if (NOT_SENT.test(error.message)) return;
  const { processID } = client as pg.ClientBase & { readonly processID?: number };
  lost.set(error, { backend: processID ?? null });
}

/**
 * Of an error of the database: whether its statement was sent and its answer lost, so that it may have taken effect.
 * Null: it has not.
 */
export function lostAnswerOf(error: unknown): LostAnswer | null {
  return error instanceof Error ? (lost.get(error) ?? null) : null;
}

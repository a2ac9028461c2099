import { z } from 'zod';
import { count, field, id, storedError, text } from './wire.ts';

// What travels about page sessions over the socket of `live.ts`. Ids are made by the client, so that it may send again whatever
// was on its way when the connection was cut: a repeat has no second effect.

const page = field(text(64, 1), 'The page, by the name that the client gave it; its own on this connection.');
const task = field(id, 'The background task; made by the client.');
const recordId = field(
  text(250).nullable(),
  'The record that the page shows; null: none. Results for another one are dropped.',
);

/** Flat text in, flat text out. */
const dictionary = z.record(text(100, 1), text(10_000));

/** What a client says of its pages. */
export const PAGE_REQUESTS = [
  z.strictObject({
    type: z.literal('openPage'),
    page,
    company: field(text(100, 1), 'The company in which its tasks run.'),
    name: field(text(100, 1), 'The name of the page, for people: it is the name of the session.'),
    recordId,
    tasks: field(
      z.array(id).max(1_000).optional(),
      'Of a page that may be open already: what the client still waits for; the rest is cancelled.',
    ),
  }),
  z.strictObject({ type: z.literal('closePage'), page }),
  z.strictObject({ type: z.literal('setCurrentRecord'), page, recordId }),
  z.strictObject({
    type: z.literal('enqueueTask'),
    page,
    task,
    codeunit: field(text(100, 1), 'What runs, in a read-only session of its own.'),
    parameters: field(dictionary, 'What it is given.'),
    timeoutMs: field(z.int().min(1).optional(), 'How long it may take; 2 minutes when left out.'),
    errorLevel: field(
      z.enum(['error', 'warning', 'ignore']).optional(),
      'How the page shows an error of it; `error` when left out.',
    ),
    after: field(
      id.optional(),
      'The task whose end the client is dealing with, when it enqueues this one there: endless loops are stopped.',
    ),
  }),
  z.strictObject({ type: z.literal('cancelTask'), page, task }),
] as const;

const seq = field(count, 'Its number among what has to arrive; see `seen`.');
const times = {
  waitedMs: field(count, 'How long it waited for its turn.'),
  ranMs: field(count, 'How long it ran.'),
};

/** What a server says of them. */
export const PAGE_EVENTS = [
  z.object({
    type: z.literal('pageOpened'),
    seq,
    page,
    session: field(id, 'The unique id of the session of the page.'),
  }),
  z.object({
    type: z.literal('pageClosed'),
    seq,
    page,
    reason: field(storedError.nullable(), 'Why the server closed it; null: the client did.'),
  }),
  z.object({
    type: z.literal('taskCompleted'),
    seq,
    page,
    task,
    recordId,
    results: field(z.record(z.string(), z.string()), 'What it answered.'),
    ...times,
  }),
  z.object({
    type: z.literal('taskFailed'),
    seq,
    page,
    task,
    recordId,
    error: field(storedError, 'Why: its own error, CHILD_SESSION_TASK_TIMEOUT, READ_ONLY …'),
    errorLevel: field(z.enum(['error', 'warning', 'ignore']), 'How the page shows it.'),
    callStack: field(z.string().nullable(), 'Where, for developers; null for everybody else.'),
    ...times,
  }),
  z.object({
    type: z.literal('taskCancelled'),
    seq,
    page,
    task,
    reason: field(
      z.enum(['cancelled', 'record', 'page', 'instance']),
      'Why: somebody cancelled it, the page shows another record, the page or the server instance has ended.',
    ),
  }),
] as const;

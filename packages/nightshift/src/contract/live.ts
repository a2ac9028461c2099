import { z } from 'zod';
import { PAGE_EVENTS, PAGE_REQUESTS } from './live-pages.ts';
import type { Verb } from './permissions.ts';
import { count, field, id, instant, logLine, storedError, text } from './wire.ts';

// What travels over `/api/v1/live`, a WebSocket: JSON texts, one message each. `docs/live.md` says what they mean together.

/** The version of the messages; the client says which one it speaks. */
export const LIVE_VERSION = 1;

/** Its name among subprotocols. An API key is another one: `nightshift.key.ns_…`, which is never echoed. */
export const LIVE_PROTOCOL = `nightshift.live.v${LIVE_VERSION}`;
export const LIVE_KEY_PREFIX = 'nightshift.key.';

/** Longest message of a client, in bytes. */
export const LIVE_MESSAGE_BYTES_MAX = 65_536;

/** Lists whose changes are told, and the verb by which one may see them. */
export const LIVE_LISTS = Object.freeze({
  jobQueueEntries: 'entry.read',
  jobQueueLogEntries: 'entry.read',
  categories: 'category.read',
  scheduledTasks: 'task.read',
  sessions: 'session.read',
  approvals: 'approval.read',
  alerts: 'alert.read',
  workItems: 'item.read',
  reportInbox: 'document.read',
} as const satisfies Record<string, Verb>);

/** A list whose changes are told. */
export type LiveList = keyof typeof LIVE_LISTS;

/** Why a connection was closed, beside the codes of the protocol itself (1009: a message was too large). */
export const LIVE_CLOSE_CODES = Object.freeze({
  /** The server stops or restarts: connect again. */
  restart: 1012,
  /** A message was not one of those below. */
  malformed: 4400,
  /** Nobody is signed in any more, or the key was revoked. */
  signedOut: 4401,
  /** No `hello` in time, or nothing was heard for too long. */
  silent: 4408,
  /** The connection was taken over from elsewhere. */
  replaced: 4409,
  /** Too slow a reader: what had to arrive piled up. */
  slow: 4413,
  /** Too many messages. */
  flooded: 4429,
});

const subscription = field(text(64, 1), 'The subscription, by the name that the client gave it.');
const position = field(
  text(100, 1),
  'How far the client has come. It says the one that it saw last when it subscribes again.',
);
const seq = field(count, 'Its number among what has to arrive; see `seen`.');
const run = field(id, 'The run, as the answer to runOnce has named it.');
const dialog = field(id, 'The question.');
const seen = field(count, 'The greatest `seq` that has arrived; 0: none.');

/** What a client sends. */
export const liveRequest = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    version: field(z.literal(LIVE_VERSION), 'The version of the messages.'),
    resume: field(
      z
        .strictObject({ connection: field(id, 'The connection, as `welcome` has named it.'), seen })
        .optional(),
      'A connection that was cut, to go on with.',
    ),
  }),
  z.strictObject({
    type: z.literal('subscribe'),
    id: subscription,
    list: field(z.enum(Object.keys(LIVE_LISTS) as [LiveList, ...LiveList[]]), 'What changes.'),
    company: field(text(100, 1), 'Where.'),
    row: field(
      text(100, 1).optional(),
      'Only this row, by its id, number or code, or by table and number, as "staged_order/7"; the whole list when left out.',
    ),
    since: field(position.optional(), 'Changes since that position are told at once.'),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), id: subscription }),
  z.strictObject({ type: z.literal('answer'), dialog, value: field(z.boolean(), 'Yes or no.') }),
  z.strictObject({ type: z.literal('pong'), seen }),
  ...PAGE_REQUESTS,
]);

/** What a client sends. */
export type LiveRequest = z.output<typeof liveRequest>;

/** A row that has changed. */
const changedRow = z.object({
  id: field(z.string(), 'Its id, number or code; of a work item its table and number, as "staged_order/7".'),
  version: field(count.nullable(), 'Its version, which people move; null: it has none.'),
  status: field(z.string().nullable(), 'Where it stands; null: it stands nowhere.'),
});

/** How a run in the foreground ended. */
export const runOutcome = z
  .object({
    status: field(z.string(), 'How it ended, as its log entry says; Error when it did not come to begin.'),
    error: field(storedError.nullable(), 'Its error; null: none.'),
    logEntryNo: field(z.int().nullable(), 'The number of its log entry; null: it has none.'),
    differences: field(
      z.array(
        z.object({
          what: field(
            z.string(),
            'What was different: user, guiAllowed, category, window, timeout or isolation.',
          ),
          foreground: field(z.string(), 'How it was now.'),
          background: field(z.string(), 'How it would be.'),
        }),
      ),
      'In what it differed from runs of the entry in the background.',
    ),
  })
  .meta({ id: 'ForegroundOutcome', description: 'How a run in the foreground ended.' });

/** What a server sends. */
export const liveEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    version: z.literal(LIVE_VERSION),
    connection: field(id, 'Names the connection: for runOnce, and to go on with when it is cut.'),
    resumed: field(z.boolean(), 'Whether it is the one that was asked for; its runs and pages go on.'),
    heartbeatMs: field(count, 'How often `ping` comes; nothing for twice as long: connect again.'),
    graceMs: field(count, 'How long runs and pages of a connection that was cut are kept.'),
  }),
  z.object({ type: z.literal('ping') }),
  z.object({
    type: z.literal('subscribed'),
    id: subscription,
    position,
    reset: field(
      z.boolean(),
      'Whether the list has to be read anew: no position was given, or it is too old.',
    ),
  }),
  z.object({
    type: z.literal('change'),
    id: subscription,
    position,
    rows: field(z.array(changedRow).nullable(), 'What changed or came; null: too much, or not for telling.'),
    removed: field(z.boolean(), 'Whether rows may have gone.'),
  }),
  z.object({
    type: z.literal('ended'),
    id: subscription,
    code: field(z.string(), 'Why: the code of an error, such as PERMISSION_DENIED.'),
    message: field(z.string(), 'The same for people.'),
  }),
  z.object({
    type: z.literal('refused'),
    of: field(z.string(), 'The type of the message that was refused.'),
    id: field(z.string().nullable(), 'What it was about: a subscription, question, page or task.'),
    code: field(z.string(), 'The code of the error.'),
    message: field(z.string(), 'The same for people.'),
  }),
  z.object({
    type: z.literal('dialog'),
    seq,
    run,
    dialog,
    question: field(z.string(), 'What is asked: text, never markup.'),
    defaultAnswer: field(z.boolean(), 'The answer that is offered first.'),
    expiresAt: field(instant, 'Until when it is waited for; then it is no.'),
  }),
  z.object({
    type: z.literal('dialogClosed'),
    seq,
    run,
    dialog,
    answer: field(z.boolean(), 'What the run was told.'),
    reason: field(z.enum(['answered', 'timeout', 'cut', 'ended']), 'Why.'),
  }),
  z.object({
    type: z.literal('message'),
    seq,
    run,
    text: field(z.string(), 'What the run tells: text, never markup.'),
  }),
  z.object({
    type: z.literal('progress'),
    run,
    window: field(count, 'Which progress window of the run.'),
    text: field(z.string().nullable(), 'What it shows now; null: it is closed.'),
  }),
  z.object({ type: z.literal('log'), seq, run, lines: field(z.array(logLine), 'What the run has logged.') }),
  z.object({ type: z.literal('runEnded'), seq, run, outcome: runOutcome }),
  ...PAGE_EVENTS,
]);

/** What a server sends. */
export type LiveEvent = z.input<typeof liveEvent>;

import { z } from 'zod';
import { count, field, id, instant } from './wire.ts';

/** Of what people are told. */
export const ALERT_KINDS = [
  'retries',
  'failed',
  'recovered',
  'succeeded',
  'overdue',
  'overrun',
  'nothing-ran',
  'user-gone',
  'approval',
  'items-failed',
] as const;

/** An alert on the wire. */
export const alert = z
  .object({
    no: field(z.int(), 'Its number; the greater the later it was told.'),
    kind: field(z.enum(ALERT_KINDS), 'Of what it tells.'),
    tone: field(z.enum(['bad', 'wait', 'good']), 'How much somebody should care.'),
    subject: field(
      z.string(),
      'What it is about: an entry, by its description or object, a table of work items, or a user.',
    ),
    text: field(z.string(), 'A sentence for people.'),
    since: field(instant, 'Since when it is so, or when it happened.'),
    lastAt: field(instant, 'When it was noticed last.'),
    times: field(
      count,
      'How often it was noticed; how many work items failed, or entries are to run as a user who is gone.',
    ),
    overAt: field(
      instant.nullable(),
      'Since when it is not so any more; null: it is so. What happened in a moment is over at once.',
    ),
    isSeen: field(z.boolean(), 'Whether you have marked it as seen.'),
    entryId: field(id.nullable(), 'The entry; null: it is about none.'),
    entryNo: field(z.int().nullable(), 'The number of the entry.'),
    logEntryNo: field(z.int().nullable(), 'The number of the log entry that tells more.'),
    table: field(z.string().nullable(), 'The table of work items.'),
    fingerprint: field(z.string().nullable(), 'The same for errors of one kind.'),
  })
  .meta({ id: 'Alert', description: 'Something that somebody should know who does not look.' });

/** What marks alerts as seen. */
export const seenAlerts = z
  .strictObject({
    upTo: field(count.optional(), 'All up to this number.'),
    numbers: field(z.array(count).max(1_000).optional(), 'These, by their numbers.'),
  })
  .meta({ id: 'SeenAlerts', description: 'Which alerts you have seen.' });

import { declaredStatement, executorOver } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { cancelLongReads } from './server.sql.ts';

/** Statements of lists and counts: what alone may take long, and of which nothing is lost when it is cancelled. */
const READS = [
  ...[
    'entries_page_by_number',
    'entries_page_by_number_down',
    'entries_page_by_start',
    'entries_page_by_change',
  ],
  ...['all', 'entry', 'failed', 'object', 'fingerprint'].flatMap((path) => [
    `log_entries_page_${path}`,
    `log_entries_counted_${path}`,
  ]),
  ...['entries_counted', 'log_error_groups', 'run_same_error_count', 'tasks_page', 'tasks_counted'],
  ...['items_list', 'items_counts', 'audit_newest_first', 'session_events_newest_first'],
];
/** So much of a statement PostgreSQL shows for certain. */
const SHOWN = 900;

/**
 * What `work` answers, unless it takes too long: then whoever asked is told, and what of it only reads is cancelled. What it
 * changes may take effect all the same.
 * @throws NightshiftError ANSWER_TIMEOUT
 */
export async function inTime<T>(
  { database }: Platform,
  { clock, answerMs }: { readonly clock: Clock; readonly answerMs: number },
  work: Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(answerMs, over.signal).then(
    () => {
      if (over.signal.aborted) return;
      void cancelReads(database, answerMs);
      throw new NightshiftError('ANSWER_TIMEOUT', `The answer took longer than ${answerMs} ms.`);
    },
    () => undefined,
  );
  // What comes too late is nobody's matter any more.
  work.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late.then(() => work)]);
  } finally {
    over.abort();
  }
}

/** Over a connection of its own: behind what takes so long it would wait. */
async function cancelReads(database: Platform['database'], answerMs: number): Promise<void> {
  const texts = READS.map((name) => declaredStatement(name).text.slice(0, SHOWN));
  const cancel = (client: Parameters<Parameters<typeof database.exclusively>[0]>[0]) =>
    executorOver(client).run(cancelLongReads, [texts, answerMs, SHOWN]);
  await database.exclusively(cancel).catch(() => undefined);
}

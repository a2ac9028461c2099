import type { Session, SessionDatabase } from 'nightshift';

/** One entry of the session log. */
export interface LogEntry {
  readonly id: string;
  readonly sessionId: number;
  readonly sessionUniqueId: string;
  /** At most 100 characters. */
  readonly result: string;
  readonly startTime: Date;
  /** Null while the work is under way, and for ever if it never ended. */
  readonly stopTime: Date | null;
  /** Milliseconds; null as long as there is no stop time. */
  readonly elapsedMs: number | null;
}

const COLUMNS = `id, session_id as "sessionId", session_unique_id as "sessionUniqueId", result,
  start_time as "startTime", stop_time as "stopTime", elapsed_ms as "elapsedMs"`;
const READ = `select ${COLUMNS} from session_log where id = $1`;
const READ_UNFINISHED = `select ${COLUMNS} from session_log started where result = 'started' and not exists (
    select from session_log finished
    where finished.session_unique_id = started.session_unique_id and finished.result = 'finished')
  order by start_time, id`;

/** A new id, and the time, both of the database. Begins a transaction if none is open. */
export async function idAndTime(db: SessionDatabase): Promise<{ readonly id: string; readonly now: Date }> {
  const { rows } = await db.query<{ id: string; now: Date }>(
    'select gen_random_uuid() as id, clock_timestamp() as now',
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The database gave no id.');
  return row;
}

/** Writes an entry about this session that is complete: it stops now. */
export async function insertWholeEntry(
  session: Session,
  entry: Pick<LogEntry, 'id' | 'result' | 'startTime'>,
): Promise<void> {
  await session.db.query(
    `insert into session_log (id, session_id, session_unique_id, result, start_time, stop_time)
     values ($1, $2, $3, $4, $5, clock_timestamp())`,
    [entry.id, session.id, session.uniqueId, entry.result, entry.startTime],
  );
}

/** Writes an entry about this session without a stop time; answers its id. */
export async function insertMark(session: Session, result: string): Promise<string> {
  const { rows } = await session.db.query<{ id: string }>(
    'insert into session_log (session_id, session_unique_id, result) values ($1, $2, $3) returning id',
    [session.id, session.uniqueId, result],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The database gave no id.');
  return row.id;
}

/** Gives an entry the stop time; answers whether there is such an entry. */
export async function stopEntry(session: Session, id: string): Promise<boolean> {
  const { rowCount } = await session.db.query(
    `update session_log set stop_time = clock_timestamp(), result = 'finished', session_id = $2, session_unique_id = $3
     where id = $1`,
    [id, session.id, session.uniqueId],
  );
  return rowCount === 1;
}

/** An entry; null when there is none with this id. */
export async function readEntry(db: SessionDatabase, id: string): Promise<LogEntry | null> {
  const { rows } = await db.query<LogEntry>(READ, [id]);
  return rows[0] ?? null;
}

/** What started and has not finished: it runs still, or it never ended as it should. The oldest first. */
export async function readUnfinished(db: SessionDatabase): Promise<readonly LogEntry[]> {
  const { rows } = await db.query<LogEntry>(READ_UNFINISHED);
  return rows;
}

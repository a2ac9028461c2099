import { type Session, startSession } from 'nightshift';
import { idAndTime, type LogEntry, readEntry } from './session-log.sql.ts';
import { theWorks } from './the-works.ts';

/** How the work is done. */
export interface UpdateOptions {
  /** true: in this session, step by step in the debugger; false: in a background session. Default: false. */
  readonly debugMode?: boolean;
  /** Milliseconds that the work takes. Default: that of The Works. */
  readonly workMs?: number;
}

/**
 * The button of the customer list: has The Works done and shows how long that took.
 * What the session has not committed yet is committed first, in both modes, so that they behave alike.
 * @returns the log entry of the work
 * @throws what The Works threw, in debug mode; CODEUNIT_ERROR with its text otherwise
 */
export async function updateAddresses(
  session: Session,
  { debugMode = false, workMs }: UpdateOptions = {},
): Promise<LogEntry> {
  const { id: logId } = await idAndTime(session.db);
  await session.commit();
  const record = {
    customerNo: 'hello',
    vendorNo: 'world',
    logId,
    ...(workMs === undefined ? {} : { workMs }),
  };
  if (debugMode) {
    await session.run(theWorks, record);
  } else {
    const { finished } = await startSession(session, theWorks, { record });
    const { succeeded, comment } = await finished;
    if (!succeeded) session.error(`The Works has failed: ${comment}`);
  }
  const entry = await readEntry(session.db, logId);
  if (entry === null) throw session.error('The Works wrote no log entry.');
  session.message(`Elapsed ${entry.elapsedMs} ms`);
  return entry;
}

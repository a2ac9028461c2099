import type { LiveList } from '../../contract/live.ts';
import { isUuid, NightshiftError } from '../../foundation/index.ts';
import {
  alerts,
  approvals,
  categories,
  items,
  jobQueue,
  reportInbox,
  sessions,
  taskScheduler,
} from '../../platform/index.ts';
import type { Caller } from '../../session/index.ts';

type RowReader = (caller: Caller, id: string) => Promise<unknown>;

function found<Row>(row: Row | null | undefined, what: string): Row {
  if (row !== null && row !== undefined) return row;
  throw new NightshiftError('NOT_FOUND', `There is no such ${what} in this company.`);
}

/** A row is named as in the answers of the interface; nothing else reaches a verb. */
function named(reader: RowReader, what: string, isName: (id: string) => boolean): RowReader {
  return async (caller, id) => reader(caller, found(isName(id) ? id : null, what));
}

const isNumber = (id: string) => /^[1-9]\d{0,14}$/.test(id);

/** Reads a row by the verb that anybody would read it by: whoever may not, is told the same. */
export const ROW_READERS: Readonly<Record<LiveList, RowReader>> = Object.freeze({
  jobQueueEntries: named((caller, id) => jobQueue.get(caller, id), 'entry', isUuid),
  jobQueueLogEntries: named(
    async (caller, id) => found(await jobQueue.logEntry(caller, Number(id)), 'log entry'),
    'log entry',
    isNumber,
  ),
  categories: named(
    async (caller, code) =>
      found(
        (await categories.list(caller)).find((each) => each.code === code),
        'category',
      ),
    'category',
    () => true,
  ),
  scheduledTasks: named(
    async (caller, id) => found(await taskScheduler.explain(caller, id), 'task'),
    'task',
    isUuid,
  ),
  sessions: named(
    async (caller, id) => {
      const running = await sessions.list(caller, { company: caller.company });
      return found(
        running.find(({ uniqueId }) => uniqueId === id),
        'session that runs',
      );
    },
    'session',
    isUuid,
  ),
  workItems: named(
    (caller, id) => {
      const [table = '', no = ''] = id.split('/');
      return items.get(caller, table, Number(no));
    },
    'work item',
    (id) => /^[a-z_][a-z0-9_]{0,62}\/[1-9]\d{0,14}$/.test(id),
  ),
  approvals: named((caller, id) => approvals.get(caller, id), 'request', isUuid),
  reportInbox: named((caller, no) => reportInbox.get(caller, Number(no)), 'document', isNumber),
  alerts: named(
    async (caller, id) => found(await alerts.get(caller, Number(id)), 'alert'),
    'alert',
    isNumber,
  ),
});

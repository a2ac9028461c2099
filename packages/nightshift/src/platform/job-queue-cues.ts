import { type Cues, cues, JOB_QUEUE } from '../job-queue/index.ts';
import { platformBackgroundTask } from '../page-background-task/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf, type Session } from '../session/index.ts';
import { itemTables } from '../work-items/index.ts';

/** How the job queue of a company stands, with its work items. */
export interface AllCues extends Cues {
  /** Failed work items, of each table at most 10,001; null: the caller may not see work items. */
  readonly failedItems: number | null;
}

/**
 * How the job queue stands, as far as the caller may see it.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function allCues(caller: Caller): Promise<AllCues> {
  const [some, failed] = await Promise.all([cues(caller), failedItems(caller)]);
  return { ...some, failedItems: failed };
}

async function failedItems(caller: Caller): Promise<number | null> {
  const door = doorOf(caller);
  const wish = { kind: 'item', id: null };
  if (!(await door.service(AUTHORITY).may(actorOf(door), 'item.read', wish))) return null;
  const tables = await itemTables(caller);
  const failed = tables.flatMap(({ counts }) => counts.filter(({ status }) => status === 'Failed'));
  return failed.reduce((sum, { items }) => sum + items, 0);
}

/** The caller of a session that only reads, to whom the verbs about work items are open. */
function besideOf(session: Session): Caller {
  const door = doorOf(session);
  return door.service(JOB_QUEUE).detached?.as(door.user, door.company) ?? session;
}

/** Counts for the home page of the web client; what the caller may not see is left out. */
export const jobQueueCues = platformBackgroundTask('Job Queue Cues', async (session) => {
  const { failedItems: failed, ...counts } = await allCues(besideOf(session));
  const texts = Object.entries(counts).map(([name, count]) => [name, String(count)] as const);
  return Object.fromEntries(failed === null ? texts : [...texts, ['failedItems', String(failed)]]);
});

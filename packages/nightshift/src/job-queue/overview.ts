import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { countCues, readErrorGroups } from './overview.sql.ts';
import { watch } from './watch.ts';

const GROUPS_MAX = 500;
const GROUPS_DEFAULT = 100;

/** Failed runs of one kind. */
export interface RunErrorGroup {
  readonly fingerprint: string;
  readonly code: string | null;
  /** Of the last one. */
  readonly message: string;
  /** What was run by the last one. */
  readonly object: string;
  readonly runs: number;
  /** How many entries failed so. */
  readonly entries: number;
  /** How many of these are in Error now. */
  readonly stopped: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** The log entry of the last one. */
  readonly lastNo: number;
}

/** Which failed runs are grouped. */
export interface RunErrorFilter {
  /** Not older than this. Default: no bound; of all, the latest 100,000. */
  readonly from?: Date;
  /** Older than this. Default: no bound. */
  readonly to?: Date;
  /** 1 to 500 groups. Default: 100. */
  readonly limit?: number;
}

/**
 * The failed runs that the caller may see, by what went wrong, the latest kind first.
 * @throws NightshiftError VALIDATION naming `limit`; PERMISSION_DENIED, USER_DISABLED
 */
export async function runErrorGroups(
  caller: Caller,
  { from, to, limit = GROUPS_DEFAULT }: RunErrorFilter = {},
): Promise<readonly RunErrorGroup[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > GROUPS_MAX) {
    throw new NightshiftError('VALIDATION', `limit is a whole number from 1 to ${GROUPS_MAX}.`, {
      field: 'limit',
    });
  }
  const door = doorOf(caller);
  const own = await onlyOwn(caller, 'entry.read');
  const values = [door.company.no, own, from ?? null, to ?? null, limit];
  const rows = await door.service(JOB_QUEUE).reader.run<GroupRow>(readErrorGroups, values);
  return rows.map(({ first_at, last_at, last_no, ...group }) => ({
    ...group,
    firstAt: first_at,
    lastAt: last_at,
    lastNo: last_no,
  }));
}

interface GroupRow extends Omit<RunErrorGroup, 'firstAt' | 'lastAt' | 'lastNo'> {
  readonly first_at: Date;
  readonly last_at: Date;
  readonly last_no: number;
}

/** How the job queue of a company stands, in a few numbers. */
export interface Cues {
  /** Entries in Error. */
  readonly failed: number;
  readonly inProcess: number;
  /** Entries that are Ready or Waiting. */
  readonly inQueue: number;
  readonly onHold: number;
  /** Entries that should have run and did not; at most 1,000. */
  readonly overdue: number;
  /** Requests for approval that are open: all, or those that he has made or is asked about. */
  readonly waitingForApproval: number;
}

/**
 * How the job queue stands: of all, or of what is the caller's own, as far as he may see it. Not for sessions in a thread or
 * process of their own.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function cues(caller: Caller): Promise<Cues> {
  readingCaller(caller, 'jobQueue.cues');
  const door = doorOf(caller);
  const own = await onlyOwn(caller, 'entry.read');
  const ownApprovals = await onlyOwn(caller, 'approval.read');
  const { reader } = door.service(JOB_QUEUE);
  const [[row], cases] = await Promise.all([
    reader.run<CueRow>(countCues, [door.company.no, own, ownApprovals]),
    watch(caller),
  ]);
  return {
    failed: row?.failed ?? 0,
    inProcess: row?.in_process ?? 0,
    inQueue: row?.in_queue ?? 0,
    onHold: row?.on_hold ?? 0,
    overdue: cases.filter(({ kind }) => kind === 'overdue').length,
    waitingForApproval: row?.waiting ?? 0,
  };
}

interface CueRow {
  readonly failed: number;
  readonly in_process: number;
  readonly in_queue: number;
  readonly on_hold: number;
  readonly waiting: number;
}

/** The number of the caller when he sees only what is his; null: he sees all. */
async function onlyOwn(caller: Caller, verb: 'entry.read' | 'approval.read'): Promise<number | null> {
  const door = doorOf(caller);
  const kind = verb === 'entry.read' ? 'entry' : 'approval';
  const reach = await door.service(AUTHORITY).demand(actorOf(door), verb, { kind, id: null });
  return reach === 'any' ? null : door.user.no;
}

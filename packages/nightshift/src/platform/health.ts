import type { Database } from '../database/index.ts';
import type { Clock } from '../foundation/index.ts';
import { LEASE_MS } from '../task-scheduler/index.ts';
import { readHealthFacts, readHealthInstances } from './health.sql.ts';

/** A server instance that has not ended. */
export interface HealthInstance {
  readonly place: number;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
  /** `silent`: its beat is older than its lease, and its work is freed by the others. */
  readonly state: 'running' | 'idle' | 'held' | 'blocked' | 'outdated' | 'silent';
  /** Why it is in that state; null: nothing is to be said. */
  readonly reason: string | null;
  readonly startedAt: Date;
  /** Milliseconds since its last beat. */
  readonly beatAgeMs: number;
  /** Tasks that it has claimed. */
  readonly claimedTasks: number;
  /** Sessions that it runs, as far as they are listed. */
  readonly sessions: number;
  readonly codeunits: number;
}

/** How everything stands. */
export interface Health {
  readonly at: Date;
  readonly instances: readonly HealthInstance[];
  /** What waits, and for how long. */
  readonly queue: {
    /** Tasks that are due and that nobody has claimed; at most 10,001. */
    readonly due: number;
    /** Milliseconds that the oldest of these is due; null: none is. */
    readonly lagMs: number | null;
    /** Tasks that are not due yet; at most 10,001. */
    readonly planned: number;
    readonly claimed: number;
    readonly failed: number;
  };
  readonly database: {
    readonly version: string;
    readonly sizeBytes: number;
    readonly connectionsMax: number;
    readonly connectionsOurs: number;
    readonly connectionsOthers: number;
    /** Transactions that have been open for more than a minute. */
    readonly longTransactions: number;
    /** Milliseconds that its clock is ahead of this machine's, to about a tenth of a second. */
    readonly clockAheadMs: number;
  };
}

/** Reads how everything stands. */
export async function readHealth({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<Health> {
  const [instances, [row]] = await Promise.all([
    database.run<InstanceRow>(readHealthInstances, [clock.pinned()]),
    database.run<FactsRow>(readHealthFacts, [clock.pinned()]),
  ]);
  if (row === undefined) throw new Error('a select without from has one row');
  return {
    at: row.now,
    instances: instances.map(instanceOf),
    queue: {
      due: row.due,
      lagMs: row.lag_ms === null ? null : Math.max(0, Math.round(row.lag_ms)),
      planned: row.planned,
      claimed: row.claimed,
      failed: row.failed,
    },
    database: {
      version: row.version,
      sizeBytes: row.size_bytes,
      connectionsMax: row.connections_max,
      connectionsOurs: row.ours,
      connectionsOthers: row.others,
      longTransactions: row.long_transactions,
      clockAheadMs: Math.round(row.real_now.getTime() - clock.now().getTime()),
    },
  };
}

interface InstanceRow {
  readonly place: number;
  readonly host: string;
  readonly process_id: number;
  readonly version: string;
  readonly runs_tasks: boolean;
  readonly held: string | null;
  readonly newer_migration: string | null;
  readonly blocked_ms: number | null;
  readonly silent_ms: number;
  readonly started_at: Date;
  readonly claimed: number;
  readonly sessions: number;
  readonly codeunits: number;
}

interface FactsRow {
  readonly now: Date;
  readonly real_now: Date;
  readonly due: number;
  readonly lag_ms: number | null;
  readonly planned: number;
  readonly claimed: number;
  readonly failed: number;
  readonly version: string;
  readonly size_bytes: number;
  readonly connections_max: number;
  readonly ours: number;
  readonly others: number;
  readonly long_transactions: number;
}

function instanceOf(row: InstanceRow): HealthInstance {
  const { place, host, process_id: processId, version, claimed, sessions, codeunits } = row;
  const beatAgeMs = Math.max(0, Math.round(row.silent_ms));
  const state = stateOf(row);
  const reason = state === 'outdated' ? `the database has migration ${row.newer_migration}` : row.held;
  return {
    ...{ place, host, processId, version, state, reason, beatAgeMs, sessions, codeunits },
    startedAt: row.started_at,
    claimedTasks: claimed,
  };
}

function stateOf(row: InstanceRow): HealthInstance['state'] {
  if (row.silent_ms >= LEASE_MS) return 'silent';
  if (row.held !== null) return 'held';
  if (row.newer_migration !== null) return 'outdated';
  if (row.blocked_ms !== null) return 'blocked';
  return row.runs_tasks ? 'running' : 'idle';
}

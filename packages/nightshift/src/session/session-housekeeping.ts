import { type Database, executorOver } from '../database/index.ts';
import {
  type Clock,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  type Service,
  serviceOf,
  storedErrorOf,
} from '../foundation/index.ts';
import { lockEnvironment } from '../permissions/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { deleteOldLogRequests } from './log-requests.sql.ts';
import { type EventTable, loseSessions } from './session-events.sql.ts';
import {
  addPartition,
  deleteStrayEvents,
  dropPartition,
  eventPartitions,
  housekeepingTime,
  partitionOf,
} from './session-housekeeping.sql.ts';
import type { SessionOptions } from './session-options.ts';
import { deleteOldStopRequests } from './stop-requests.sql.ts';

const DAY_MS = 24 * HOUR_MS;
/** An instance that starts has better things to do first. */
const FIRST_ROUND_MS = 10 * SECOND_MS;
/** Partitions are there for today and this many days more: nobody has to be awake at midnight. */
const DAYS_AHEAD = 3;
const TABLES = ['background_session_event', 'session_event'] as const;

/** What keeps the tables of sessions in order. */
export interface SessionHousekeepingParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly options: Pick<
    SessionOptions,
    'nonInteractiveSessionsLogRetainDays' | 'sessionEventTableRetainDays'
  >;
}

/** Every instance looks after the tables soon after its start and each hour; doing so twice does no harm. */
export function sessionHousekeepingOf(
  parts: SessionHousekeepingParts & {
    readonly telemetry: Telemetry;
    /** Milliseconds until the hours of the platform's own tasks begin; 0 within them. */
    readonly waitMs: () => number;
  },
): Service {
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('session housekeeping', {
    start: async (signal) => {
      loop = (async () => {
        await parts.clock.sleep(FIRST_ROUND_MS, signal);
        while (!signal.aborted) {
          let pause = Math.min(parts.waitMs(), HOUR_MS);
          if (pause === 0) {
            pause = HOUR_MS;
            await keepHouse(parts).catch((error: unknown) => {
              // Meanwhile the default partition takes the events.
              pause = MINUTE_MS;
              parts.telemetry.emit('NS0016', { reason: storedErrorOf(error).message });
            });
          }
          await parts.clock.sleep(pause, signal);
        }
      })();
    },
    stop: () => loop,
  });
}

/**
 * One round: sessions of instances that have ended, partitions ahead, partitions past their time. What fails keeps nothing
 * else from being done.
 * @throws the first error
 */
export async function keepHouse(parts: SessionHousekeepingParts): Promise<void> {
  const { database, clock, options } = parts;
  const keptDays: Readonly<Record<EventTable, number>> = {
    background_session_event: options.nonInteractiveSessionsLogRetainDays,
    session_event: options.sessionEventTableRetainDays,
  };
  // The server's: an instance whose own clock is ahead must not drop what others may still read.
  const [time] = await database.run<{ now: Date }>(housekeepingTime, [clock.pinned()]);
  const today = time?.now ?? clock.now();
  await inTurn([
    () => loseSessionsOfEnded(parts),
    ...TABLES.map((table) => () => keepTable(database, table, today, keptDays[table])),
    () => database.apart.run(deleteOldStopRequests, [clock.pinned()]),
    () => database.apart.run(deleteOldLogRequests, [clock.pinned()]),
  ]);
}

async function keepTable(
  database: Database,
  table: EventTable,
  today: Date,
  keptDays: number,
): Promise<void> {
  const rows = await database.run<{ name: string }>(eventPartitions, [table]);
  const present = new Set(rows.map(({ name }) => name));
  const duties: (() => Promise<unknown>)[] = [];
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
    const day = dayOf(today, ahead);
    const name = partitionOf(table, day);
    const commands = addPartition(table, day, dayOf(today, ahead + 1));
    if (!present.has(name)) duties.push(() => change(database, { table, name, present: false, commands }));
  }
  const oldest = dayOf(today, -keptDays);
  for (const name of present) {
    const day = /_(\d{4})(\d{2})(\d{2})$/.exec(name)?.slice(1).join('-');
    if (day === undefined || day >= oldest) continue;
    duties.push(() => change(database, { table, name, present: true, commands: dropPartition(table, day) }));
  }
  await inTurn([...duties, () => database.apart.run(deleteStrayEvents[table], [`${oldest}T00:00:00Z`])]);
}

/** Does one after the other, also after one that failed. @throws the first error */
async function inTurn(duties: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const duty of duties) await duty().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** Sessions that were active on an instance that has ended become Lost. */
export async function loseSessionsOfEnded({
  database,
  clock,
}: Pick<SessionHousekeepingParts, 'database' | 'clock'>): Promise<void> {
  await inTurn(TABLES.map((table) => () => database.apart.run(loseSessions[table], [clock.pinned()])));
}

/** What is to become of a partition that is there, or is not. */
interface PartitionChange {
  readonly table: EventTable;
  readonly name: string;
  readonly present: boolean;
  readonly commands: readonly string[];
}

/** Several instances may want the same: whoever comes second finds it done. */
function change(database: Database, { table, name, present, commands }: PartitionChange): Promise<void> {
  return database.exclusively(async (client) => {
    const tx = executorOver(client);
    await client.query('begin');
    try {
      await tx.run(lockEnvironment, []);
      const rows = await tx.run<{ name: string }>(eventPartitions, [table]);
      if (rows.some((row) => row.name === name) === present) {
        for (const command of commands) await client.query(command);
      }
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  });
}

function dayOf(instant: Date, daysAfter: number): string {
  return new Date(instant.getTime() + daysAfter * DAY_MS).toISOString().slice(0, 10);
}

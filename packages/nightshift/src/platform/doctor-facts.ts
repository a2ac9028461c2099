import {
  addressOf,
  checkSchema,
  type Database,
  openDatabase,
  PLATFORM_MIGRATIONS,
  readMigrationFolder,
} from '../database/index.ts';
import { type Clock, isNightshiftError, MINUTE_MS, type NightshiftError } from '../foundation/index.ts';
import { type Enforcement, enforcementOf, type RoleHealth, readRoleHealth } from '../permissions/index.ts';
import { FREQUENT_STARTS_A_MINUTE, SMALL_SESSION_MS } from '../session/index.ts';
import { type BlockedBy, LEASE_MS, listInstances } from '../task-scheduler/index.ts';
import { type PeopleFacts, readPeople } from './doctor-people.ts';
import { type EnvironmentFacts, readEnvironmentFacts } from './environment.ts';
import {
  readEntryHealth,
  readFailedTasks,
  readFrequentStarts,
  readServer,
  readTaskHealth,
} from './platform.sql.ts';

/** A task that is due for longer than this, and that nobody has claimed, is late. */
export const TASK_LATE_MS = MINUTE_MS;

/** A problem that has an error code. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

/** What the server says of itself and of our login. */
export interface ServerFacts {
  readonly version: string;
  readonly login: string;
  readonly isSuperuser: boolean;
  readonly mayCreateRoles: boolean;
  /** The right CREATE on the database. */
  readonly mayCreate: boolean;
  readonly readOnly: boolean;
  /** Connections that logins like ours may have altogether. */
  readonly connectionsMax: number;
  /** Open ones of Nightshift, and of everybody else. */
  readonly connectionsOurs: number;
  readonly connectionsOthers: number;
  /** Whether something between us and the server hands out its connections: a pooler. */
  readonly pooled: boolean;
  /** Milliseconds that the database's clock is ahead of this machine's; negative when it is behind. */
  readonly clockAheadMs: number;
}

/** A server instance that has not ended. */
export interface InstanceFacts {
  readonly place: number;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
  readonly runsTasks: boolean;
  readonly codeunits: readonly string[];
  /** Since its last beat. */
  readonly silentMs: number;
  /** What keeps its main thread from running; null while nothing does. */
  readonly blocked: BlockedFacts | null;
  /** Why it runs no tasks until somebody releases it; null when it is not held. */
  readonly held: string | null;
  /** A migration of the platform that is newer than its release: it claims nothing; null when there is none. */
  readonly newerMigration: string | null;
}

/** A blocked main thread. */
export interface BlockedFacts {
  readonly ms: number;
  readonly by: BlockedBy;
}

/** A codeunit that StartSession begins often, for little. */
export interface FrequentStart {
  readonly codeunit: string;
  readonly company: string;
  /** In its busiest minute of the last hour. */
  readonly count: number;
  readonly medianMs: number;
}

/** An entry that ought to run, or has stopped with an error. */
export interface EntryFacts {
  readonly entryNo: number;
  readonly company: string;
  readonly object: string;
  readonly status: string;
  readonly hasTask: boolean;
  readonly error: string | null;
}

/** The tasks that run one codeunit next, in one company. */
export interface TaskFacts {
  readonly codeunit: string;
  readonly company: string;
  readonly tasks: number;
  readonly late: number;
  /** Claimed by an instance that is no more. */
  readonly orphaned: number;
}

/** Failed tasks of one codeunit in one company. */
export interface FailedTaskFacts {
  readonly codeunit: string;
  readonly company: string;
  /** Whether they were running each time that their server instance died. */
  readonly isPoison: boolean;
  readonly tasks: number;
  readonly lastFailedAt: Date;
  readonly error: string | null;
}

/** What there is to run; known only when the schema is that of this release. */
export interface WorkFacts {
  readonly environment: EnvironmentFacts;
  /** Who enforces rights; null: nobody has decided yet. */
  readonly enforcement: Enforcement | null;
  /** How roles and grants compare with the rights; null: there are none to compare. */
  readonly roles: RoleHealth | null;
  readonly instances: readonly InstanceFacts[];
  readonly entries: readonly EntryFacts[];
  readonly frequentStarts: readonly FrequentStart[];
  readonly tasks: readonly TaskFacts[];
  readonly failedTasks: readonly FailedTaskFacts[];
  readonly people: PeopleFacts;
}

/** Everything that the findings are made from. */
export interface DoctorFacts {
  /** Host and database, without user and password. */
  readonly address: string;
  /** Why the database cannot be used at all; null when it answers. */
  readonly unreachable: Trouble | null;
  readonly server: ServerFacts | null;
  /** Why the schema is not that of this release; null when it is. */
  readonly schema: Trouble | null;
  readonly work: WorkFacts | null;
}

/** Looks at a database, and changes nothing in it. Errors of the database become facts. */
export async function gatherFacts(url: string, clock: Clock): Promise<DoctorFacts> {
  const address = addressOf(url);
  let database: Database;
  try {
    database = await openDatabase({ url, applicationName: 'nightshift doctor' });
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return { address, unreachable: troubleOf(error), server: null, schema: null, work: null };
  }
  try {
    const server = await readServerFacts(database, clock);
    const schema = await readSchemaTrouble(database);
    const work = schema === null ? await readWork(database) : null;
    return { address, unreachable: null, server, schema, work };
  } finally {
    await database.close();
  }
}

function troubleOf({ code, message, help }: NightshiftError): Trouble {
  return { code, message, help };
}

async function readSchemaTrouble(database: Database): Promise<Trouble | null> {
  const migrations = await readMigrationFolder(PLATFORM_MIGRATIONS);
  try {
    await database.exclusively((client) => checkSchema(client, migrations));
    return null;
  } catch (error) {
    if (isNightshiftError(error)) return troubleOf(error);
    throw error;
  }
}

interface ServerRow {
  readonly version: string;
  readonly login: string;
  readonly is_superuser: boolean;
  readonly may_create_roles: boolean;
  readonly may_create: boolean;
  readonly read_only: boolean;
  readonly connections_max: number;
  readonly ours: number;
  readonly others: number;
  readonly backend: number;
  readonly now: Date;
}

async function readServerFacts(database: Database, clock: Clock): Promise<ServerFacts> {
  return database.exclusively(async (client) => {
    // The first statement on a connection is slower than the others, and would spoil the comparison of the clocks.
    await client.query(readServer.text);
    const before = clock.now().getTime();
    const [row] = (await client.query<ServerRow>(readServer.text)).rows;
    const middle = (before + clock.now().getTime()) / 2;
    if (row === undefined) throw new Error('pg_roles lacks the present login');
    const { processID } = client as typeof client & { readonly processID?: number };
    return {
      version: row.version,
      login: row.login,
      isSuperuser: row.is_superuser,
      mayCreateRoles: row.may_create_roles,
      mayCreate: row.may_create,
      readOnly: row.read_only,
      connectionsMax: row.connections_max,
      connectionsOurs: row.ours,
      connectionsOthers: row.others,
      pooled: processID !== row.backend,
      clockAheadMs: Math.round(row.now.getTime() - middle),
    };
  });
}

interface InstanceRow {
  readonly place: number;
  readonly host: string;
  readonly process_id: number;
  readonly version: string;
  readonly runs_tasks: boolean;
  readonly codeunits: readonly string[];
  readonly silent_ms: string;
  readonly blocked_ms: string | null;
  readonly blocked_by: BlockedBy | null;
  readonly held: string | null;
  readonly newer_migration: string | null;
}

interface FailedTaskRow extends Omit<FailedTaskFacts, 'lastFailedAt' | 'isPoison'> {
  readonly last_failed_at: Date;
  readonly is_poison: boolean;
}

function instanceOf(row: InstanceRow): InstanceFacts {
  const { blocked_by } = row;
  return {
    place: row.place,
    host: row.host,
    processId: row.process_id,
    version: row.version,
    runsTasks: row.runs_tasks,
    codeunits: row.codeunits,
    silentMs: wholeMs(row.silent_ms),
    blocked: blocked_by === null ? null : { ms: wholeMs(row.blocked_ms), by: blocked_by },
    held: row.held,
    newerMigration: row.newer_migration,
  };
}

function wholeMs(text: string | null): number {
  return Math.max(0, Math.round(Number(text)));
}

async function readWork(database: Database): Promise<WorkFacts> {
  const [environment, enforcement, roles, instances, entries, frequentStarts, tasks, failedTasks, people] =
    await Promise.all([
      readEnvironmentFacts(database),
      enforcementOf(database),
      readRoleHealth(database),
      database.run<InstanceRow>(listInstances, []),
      database.run<Omit<EntryFacts, 'entryNo' | 'hasTask'> & { entry_no: number; has_task: boolean }>(
        readEntryHealth,
        [],
      ),
      database.run<Omit<FrequentStart, 'count' | 'medianMs'> & { starts: number; median_ms: number }>(
        readFrequentStarts,
        [FREQUENT_STARTS_A_MINUTE, SMALL_SESSION_MS],
      ),
      database.run<TaskFacts>(readTaskHealth, [TASK_LATE_MS, LEASE_MS]),
      database.run<FailedTaskRow>(readFailedTasks, []),
      readPeople(database),
    ]);
  return {
    environment,
    enforcement,
    roles,
    instances: instances.map(instanceOf),
    entries: entries.map(({ entry_no, has_task, ...entry }) => ({
      ...entry,
      entryNo: entry_no,
      hasTask: has_task,
    })),
    frequentStarts: frequentStarts.map(({ codeunit, company, starts, median_ms }) => ({
      codeunit,
      company,
      count: starts,
      medianMs: median_ms,
    })),
    tasks,
    failedTasks: failedTasks.map(({ last_failed_at, is_poison, ...task }) => ({
      ...task,
      isPoison: is_poison,
      lastFailedAt: last_failed_at,
    })),
    people,
  };
}

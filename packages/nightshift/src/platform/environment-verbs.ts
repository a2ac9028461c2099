import type { Verb } from '../contract/permissions.ts';
import type { Database } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, audited, type Caller, doorOf } from '../session/index.ts';
import { LEASE_MS, listInstances } from '../task-scheduler/index.ts';
import { findingsOf } from './doctor.ts';
import { gatherFacts } from './doctor-facts.ts';
import { approveEnvironment, countWaitingWork } from './environment.sql.ts';
import {
  type ConfiguredEnvironment,
  checkedName,
  readEnvironmentFacts,
  whyUnapproved,
} from './environment.ts';
import type { Finding } from './finding.ts';
import { type Health, readHealth } from './health.ts';

/** A live server instance, in the view of its environment. */
export interface EnvironmentInstance {
  readonly place: number;
  readonly host: string;
  readonly processId: number;
  /** What it is configured for; null in the moment of its start. */
  readonly environment: string | null;
  readonly runsTasks: boolean;
  /** Why it runs no tasks until somebody releases it; null when it is not held. */
  readonly held: string | null;
}

/** What a database is called, whether it is the one that was approved, and who works on it. */
export interface EnvironmentState {
  /** Null until the first server instance has started. */
  readonly name: string | null;
  /** Why server instances that start here are held, whatever their name; null when the database is approved or new. */
  readonly unapproved: string | null;
  readonly instances: readonly EnvironmentInstance[];
  /** Tasks that are due and wait for an instance. */
  readonly dueTasks: number;
  /** Job queue entries that are Ready. */
  readonly readyEntries: number;
}

/** How a database is released. */
export interface ReleaseOptions {
  /**
   * Its new name. Default: what the held instances are configured for, when they agree; else what this platform was
   * told by `environment`; else the name stays.
   */
  readonly name?: string;
}

/** Looks at the environment, and lets the instances that are held on it begin. */
export interface EnvironmentVerbs {
  /**
   * Its name, whether it is approved, and the live server instances. Changes nothing.
   * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
   */
  show(caller: Caller): Promise<EnvironmentState>;
  /**
   * How the server instances, the queue and the database stand now.
   * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
   */
  health(caller: Caller): Promise<Health>;
  /**
   * What `nightshift doctor` finds, of all companies.
   * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
   */
  examine(caller: Caller): Promise<readonly Finding[]>;
  /**
   * Approves this database, as it is and where it is, under a name: held instances of that name begin within 2 s,
   * without a restart. Instances that are configured for another name become held within 2 s.
   * @returns what `show` tells afterwards; whoever begins or becomes held may not have noticed yet
   * @throws NightshiftError VALIDATION naming `name`, also when none is given and the held instances have several;
   *   PERMISSION_DENIED, USER_DISABLED
   */
  release(caller: Caller, options?: ReleaseOptions): Promise<EnvironmentState>;
}

/** What the verbs work with. */
interface EnvironmentParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly configured: ConfiguredEnvironment;
}

/** The verbs of a platform. */
export function environmentVerbs(parts: EnvironmentParts): EnvironmentVerbs {
  return Object.freeze({
    async show(caller: Caller) {
      await demand(caller, 'environment.read');
      return show(parts);
    },
    async health(caller: Caller) {
      await demand(caller, 'environment.read');
      return readHealth(parts);
    },
    async examine(caller: Caller) {
      await demand(caller, 'environment.examine');
      return findingsOf(await gatherFacts(parts.database.settings.url, parts.clock));
    },
    async release(caller: Caller, { name }: ReleaseOptions = {}) {
      await demand(caller, 'environment.release');
      const before = await show(parts);
      const next = name === undefined ? nameToRelease(before, parts.configured) : checkedName(name, 'name');
      await release(parts, caller, before, next);
      return show(parts);
    },
  });
}

function demand(caller: Caller, verb: Verb): Promise<unknown> {
  const door = doorOf(caller);
  return door.service(AUTHORITY).demand(actorOf(door), verb, { kind: 'environment', id: null });
}

/** @param next its new name; null: it stays */
function release(
  { database }: EnvironmentParts,
  caller: Caller,
  before: EnvironmentState,
  next: string | null,
): Promise<void> {
  return database.transaction(async (tx) => {
    await tx.run(approveEnvironment, [next]);
    await audited(tx, doorOf(caller), {
      verb: 'environment.release',
      object: { kind: 'environment', id: null, name: next ?? before.name },
      before: { name: before.name, unapproved: before.unapproved },
      after: { name: next ?? before.name, unapproved: null },
    });
  });
}

/**
 * The name that a release without one gives; null when it stays as it is.
 * @throws NightshiftError VALIDATION naming `name`
 */
export function nameToRelease(
  { instances }: Pick<EnvironmentState, 'instances'>,
  configured: ConfiguredEnvironment,
): string | null {
  const names = new Set(instances.flatMap(({ held, environment }) => (held === null ? [] : [environment])));
  const [only] = names;
  if (names.size === 1 && only !== undefined) return only;
  if (configured.given) return configured.name;
  if (names.size === 0) return null;
  const list = [...names].map((name) => `"${name}"`).join(', ');
  throw new NightshiftError(
    'VALIDATION',
    `The instances that are held are configured for different environments (${list}): name the one that this database is.`,
    { field: 'name' },
  );
}

async function show({ database, clock }: EnvironmentParts): Promise<EnvironmentState> {
  const [facts, rows, work] = await Promise.all([
    readEnvironmentFacts(database),
    database.run<InstanceRow>(listInstances, []),
    database.run<{ due_tasks: number; ready_entries: number }>(countWaitingWork, [clock.pinned()]),
  ]);
  return {
    name: facts.name,
    unapproved: whyUnapproved(facts),
    instances: rows.filter(({ silent_ms }) => Number(silent_ms) < LEASE_MS).map(instanceOf),
    dueTasks: work[0]?.due_tasks ?? 0,
    readyEntries: work[0]?.ready_entries ?? 0,
  };
}

interface InstanceRow {
  readonly place: number;
  readonly host: string;
  readonly process_id: number;
  readonly environment: string | null;
  readonly runs_tasks: boolean;
  readonly held: string | null;
  readonly silent_ms: string;
}

function instanceOf(row: InstanceRow): EnvironmentInstance {
  const { place, host, environment, held } = row;
  return { place, host, processId: row.process_id, environment, runsTasks: row.runs_tasks, held };
}

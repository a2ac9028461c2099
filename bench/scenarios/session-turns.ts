import process from 'node:process';
import { type Caller, type Platform, startSession } from 'nightshift';
import type pg from 'pg';
import { epochMs, firstLine, nothing, type Place, roundTrips, STATEMENTS } from '../fixtures/sessions-app.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';

/** Sessions of one turn that tell when they began, and bare inserts of one. */
const STARTS = 300;
/** Sessions of one turn whose CPU is counted. */
const OPENED = 20_000;
const STARTED = 2_000;

/** What the scenarios work with. */
export interface SessionWorld {
  readonly platform: Platform;
  readonly caller: Caller;
  /** A connection without Nightshift, to compare. */
  readonly bare: pg.Client;
  /** What sessions have told by messages since it was last emptied. */
  readonly told: unknown[];
}

/** What is measured of sessions, in one turn. */
export interface SessionScenario {
  readonly group: string;
  readonly name: string;
  readonly unit: 'ms' | 'µs CPU';
  /** What the others of its group are compared with. */
  readonly isLimit: boolean;
  measure(world: SessionWorld): Promise<Spread>;
}

const START = 'from the call of startSession to the first line';
const TRIP = 'select 1, there and back';
const CPU = 'CPU of this process for a session that does nothing';

/** All scenarios, those of a group together. */
export const SESSION_SCENARIOS: readonly SessionScenario[] = [
  { group: START, name: 'bare: insert and commit a row', unit: 'ms', isLimit: true, measure: bareInserts },
  { group: START, name: 'main', unit: 'ms', isLimit: false, measure: (world) => starts(world, 'main') },
  {
    group: START,
    name: 'warm thread',
    unit: 'ms',
    isLimit: false,
    measure: (world) => starts(world, 'thread'),
  },
  {
    group: START,
    name: 'warm process',
    unit: 'ms',
    isLimit: false,
    measure: (world) => starts(world, 'process'),
  },
  { group: TRIP, name: 'bare', unit: 'ms', isLimit: true, measure: bareTrips },
  { group: TRIP, name: 'main', unit: 'ms', isLimit: false, measure: (world) => trips(world, 'main') },
  { group: TRIP, name: 'thread', unit: 'ms', isLimit: false, measure: (world) => trips(world, 'thread') },
  { group: TRIP, name: 'process', unit: 'ms', isLimit: false, measure: (world) => trips(world, 'process') },
  { group: CPU, name: 'opened, without a row', unit: 'µs CPU', isLimit: false, measure: opened },
  { group: CPU, name: 'startSession, one after another', unit: 'µs CPU', isLimit: false, measure: started },
];

async function starts({ caller, told }: SessionWorld, place: Place): Promise<Spread> {
  const took: number[] = [];
  for (let left = STARTS; left > 0; left--) {
    told.length = 0;
    const called = epochMs();
    const session = await startSession(caller, firstLine[place]);
    const { succeeded, comment } = await session.finished;
    if (!succeeded) throw new Error(`a session in ${place} failed: ${comment}`);
    took.push(Number(told[0]) - called);
  }
  return spreadOf(took);
}

/** What a start costs at least: the session is listed as active, durably, before its first line. */
async function bareInserts({ bare }: SessionWorld): Promise<Spread> {
  const insert = { name: 'bench_bare', text: 'insert into bare (id) values ($1)', values: [1] };
  return timed(STARTS, () => bare.query(insert));
}

async function trips({ caller, told }: SessionWorld, place: Place): Promise<Spread> {
  told.length = 0;
  const session = await startSession(caller, roundTrips[place]);
  const { succeeded, comment } = await session.finished;
  if (!succeeded) throw new Error(`a session in ${place} failed: ${comment}`);
  return spreadOf(told.flat() as number[]);
}

async function bareTrips({ bare }: SessionWorld): Promise<Spread> {
  return timed(STATEMENTS, () => bare.query({ name: 'bench_one', text: 'select 1' }));
}

async function opened({ platform }: SessionWorld): Promise<Spread> {
  return cpuOf(OPENED, () => platform.open(IDENTITY, noWork));
}

async function started({ caller }: SessionWorld): Promise<Spread> {
  return cpuOf(STARTED, async () => {
    await (await startSession(caller, nothing)).finished;
  });
}

async function noWork(): Promise<void> {}

async function timed(count: number, work: () => Promise<unknown>): Promise<Spread> {
  const took: number[] = [];
  for (let left = count; left > 0; left--) {
    const begun = performance.now();
    await work();
    took.push(performance.now() - begun);
  }
  return spreadOf(took);
}

/** CPU of one call in microseconds, all threads of this process, without that of the loop itself. */
async function cpuOf(count: number, work: () => Promise<unknown>): Promise<Spread> {
  const empty = await cpuOfLoop(count, noWork);
  const full = await cpuOfLoop(count, work);
  return { p50: (full - empty) / count, p95: null };
}

async function cpuOfLoop(count: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let left = count; left > 0; left--) await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

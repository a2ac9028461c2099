import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPlatform, startSession } from 'nightshift';
import pg from 'pg';
import app, { nothing } from './fixtures/sessions-app.ts';
import type { BenchOptions } from './options.ts';
import { startProfile } from './profile.ts';
import { aligned, type Environment, environmentOf, median } from './report.ts';
import { printProfile, rotated } from './rounds.ts';
import type { ScratchPostgres } from './scratch-postgres.ts';
import {
  IDENTITY,
  SESSION_SCENARIOS,
  type SessionScenario,
  type SessionWorld,
  type Spread,
} from './session-scenarios.ts';

/** Sessions that are started side by side when many run in a row. */
const CALLERS = 10;
const LOOK_MS = 50;

/** What a platform holds while nothing runs. */
interface Holdings {
  readonly rssMegabytes: number;
  readonly heapMegabytes: number;
  /** What keeps the process alive: sockets, timers, ports. */
  readonly handles: number;
  readonly connections: number;
}

/** What was measured of sessions. */
export interface SessionFigures {
  readonly environment: Environment;
  readonly rounds: number;
  readonly series: readonly { readonly scenario: string; readonly samples: readonly Spread[] }[];
  readonly inARow: { readonly sessions: number; readonly before: Holdings; readonly after: Holdings };
}

interface Series {
  readonly scenario: SessionScenario;
  readonly samples: Spread[];
}

/**
 * Measures sessions by the public interface in rounds, each of which begins with another scenario; then runs many in a
 * row and compares what the process holds before and after.
 */
export async function measureSessions(
  postgres: ScratchPostgres,
  options: BenchOptions,
): Promise<SessionFigures> {
  const loadBefore = os.loadavg()[0] ?? 0;
  const url = await postgres.database('sessions');
  const bare = new pg.Client({ connectionString: url });
  await bare.connect();
  const told: unknown[] = [];
  const platform = await createPlatform({
    application: app,
    applicationModule: new URL('./fixtures/sessions-app.ts', import.meta.url),
    database: { url },
    telemetry: [({ id, dimensions }) => id === 'NS0013' && told.push(JSON.parse(String(dimensions['text'])))],
  });
  try {
    await platform.start();
    await bare.query('create table bare (id integer)');
    const world = { platform, bare, told, caller: platform.as(IDENTITY) };
    const series = await runScenarios(world, options);
    const inARow = await manyInARow(world, options.sessions);
    const environment = environmentOf(postgres.version, loadBefore);
    print(series, inARow, environment);
    const named = series.map(({ scenario, samples }) => ({ scenario: nameOf(scenario), samples }));
    return { environment, rounds: options.rounds, series: named, inARow };
  } finally {
    await platform.stop();
    await bare.end();
  }
}

async function runScenarios(world: SessionWorld, options: BenchOptions): Promise<readonly Series[]> {
  const wanted = SESSION_SCENARIOS.filter(
    (scenario) => options.only.length === 0 || options.only.some((text) => nameOf(scenario).includes(text)),
  );
  const series = wanted.map((scenario): Series => ({ scenario, samples: [] }));
  if (options.profile !== null) await mkdir(options.profile, { recursive: true });
  for (let round = 0; round <= options.rounds; round++) {
    for (const { scenario, samples } of rotated(series, round)) {
      const file = round === options.rounds ? profileFile(options, scenario) : null;
      const profile = await startProfile(file);
      const sample = await scenario.measure(world);
      await profile.stop();
      if (file !== null) await printProfile(file);
      if (round > 0) samples.push(sample);
      console.log(`${round === 0 ? 'warm-up' : `round ${round}`}  ${nameOf(scenario)}: ${figures(sample)}`);
    }
  }
  return series;
}

function profileFile({ profile }: BenchOptions, scenario: SessionScenario): string | null {
  if (profile === null) return null;
  return path.resolve(profile, `sessions-${nameOf(scenario).replaceAll(/\W+/g, '-')}.cpuprofile`);
}

async function manyInARow(world: SessionWorld, sessions: number): Promise<SessionFigures['inARow']> {
  const before = await holdings(world);
  let left = sessions;
  const caller = async () => {
    while (left-- > 0) await (await startSession(world.caller, nothing)).finished;
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return { sessions, before, after: await holdings(world) };
}

async function holdings({ bare }: SessionWorld): Promise<Holdings> {
  // Ends are written some time after they are told.
  while ((await bare.query('select from nightshift.active_session')).rowCount !== 0) await delay(LOOK_MS);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 3; times++) {
    collect();
    // What was collected is let go of in later turns.
    await bare.query('select 1');
  }
  const { rows } = await bare.query<{ open: number }>(
    `select count(*)::integer as open from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend'`,
  );
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssMegabytes: rss / 2 ** 20,
    heapMegabytes: heapUsed / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
    connections: rows[0]?.open ?? 0,
  };
}

function nameOf({ group, name }: SessionScenario): string {
  return `${group}: ${name}`;
}

function print(
  series: readonly Series[],
  { sessions, before, after }: SessionFigures['inARow'],
  environment: Environment,
): void {
  for (const group of new Set(series.map(({ scenario }) => scenario.group))) {
    const own = series.filter(({ scenario }) => scenario.group === group);
    const limit = own.find(({ scenario }) => scenario.isLimit);
    const rows = own.map((one) => cellsOf(one, limit));
    console.log(`\n${group}, ${own[0]?.scenario.unit}`);
    for (const line of aligned([['', 'p50', 'min – max', 'p95', '÷ limit'], ...rows])) console.log(line);
  }
  console.log(`\n${sessions} sessions, ${CALLERS} at a time, then collected`);
  const row = (name: string, { rssMegabytes, heapMegabytes, handles, connections }: Holdings) => {
    const sizes = [rssMegabytes.toFixed(1), heapMegabytes.toFixed(1)];
    return [name, ...sizes, String(handles), String(connections)];
  };
  const head = ['', 'RSS MB', 'heap MB', 'handles', 'connections'];
  for (const line of aligned([head, row('before', before), row('after', after)])) console.log(line);
  const facts = Object.entries(environment).map(([key, value]) => `${key}: ${value}`);
  console.log(`\n${facts.join('; ')}`);
}

function cellsOf({ scenario, samples }: Series, limit: Series | undefined): readonly string[] {
  const p50s = samples.map(({ p50 }) => p50);
  const p95s = samples.flatMap(({ p95 }) => (p95 === null ? [] : [p95]));
  const ratio = limit === undefined ? null : median(p50s) / median(limit.samples.map(({ p50 }) => p50));
  return [
    scenario.name,
    shown(median(p50s)),
    `${shown(Math.min(...p50s))} – ${shown(Math.max(...p50s))}`,
    p95s.length === 0 ? '' : shown(median(p95s)),
    ratio?.toFixed(2) ?? '',
  ];
}

function figures({ p50, p95 }: Spread): string {
  return p95 === null ? shown(p50) : `p50 ${shown(p50)}, p95 ${shown(p95)}`;
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 3 : 1);
}

import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPlatform, startSession } from 'nightshift';
import pg from 'pg';
import app, { nothing } from '../fixtures/sessions-app.ts';
import { startProfile } from '../profile.ts';
import type { Table } from '../report.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { median, range, type Spread } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';
import { SESSION_SCENARIOS, type SessionScenario, type SessionWorld } from './session-turns.ts';

/** Sessions that run in a row. */
const SESSIONS = 10_000;
/** Sessions that are started side by side when many run in a row. */
const CALLERS = 10;
const LOOK_MS = 50;

/**
 * Sessions by the public interface in rounds; then many in a row, and what the process holds before and after.
 */
export const sessions: BenchScenario = {
  name: 'sessions',
  about: 'start, round trip and CPU of sessions; what 10,000 of them leave behind',
  rounds: 5,
  seconds: 120,
  run: measureSessions,
};

/** What a platform holds while nothing runs. */
interface Holdings {
  readonly rssMegabytes: number;
  readonly heapMegabytes: number;
  /** What keeps the process alive: sockets, timers, ports. */
  readonly handles: number;
  readonly connections: number;
}

/** Many sessions in a row. */
interface InARow {
  readonly sessions: number;
  readonly before: Holdings;
  readonly after: Holdings;
}

interface Series {
  readonly scenario: SessionScenario;
  readonly samples: readonly Spread[];
}

async function measureSessions(world: World): Promise<Outcome> {
  const url = await world.postgres.database('sessions');
  const bare = new pg.Client({ connectionString: url });
  await bare.connect();
  const told: unknown[] = [];
  const platform = await createPlatform({
    application: app,
    applicationModule: new URL('../fixtures/sessions-app.ts', import.meta.url),
    database: { url },
    telemetry: [({ id, dimensions }) => id === 'NS0013' && told.push(JSON.parse(String(dimensions['text'])))],
  });
  try {
    await platform.start();
    await bare.query('create table bare (id integer)');
    const sessionWorld = { platform, bare, told, caller: platform.as(IDENTITY) };
    const series = await runTurns(sessionWorld, world);
    const inARow = await manyInARow(sessionWorld, world.tasks ?? SESSIONS);
    const named = series.map(({ scenario, samples }) => ({ scenario: nameOf(scenario), samples }));
    return {
      tables: [...groupTables(series), rowTable(inARow)],
      figures: { series: named, inARow },
    };
  } finally {
    await platform.stop();
    await bare.end();
  }
}

async function runTurns(sessionWorld: SessionWorld, world: World): Promise<readonly Series[]> {
  const wanted = SESSION_SCENARIOS.filter(
    (scenario) => world.only.length === 0 || world.only.some((text) => nameOf(scenario).includes(text)),
  );
  const turns = wanted.map(
    (scenario): Turn<Spread> => ({
      name: nameOf(scenario),
      async measure(file) {
        const profile = await startProfile(file);
        const sample = await scenario.measure(sessionWorld);
        await profile.stop();
        return sample;
      },
      show: figures,
    }),
  );
  const samples = await inRounds(turns, world);
  return wanted.map((scenario, at) => ({ scenario, samples: samples[at] ?? [] }));
}

async function manyInARow(world: SessionWorld, sessions: number): Promise<InARow> {
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

function groupTables(series: readonly Series[]): readonly Table[] {
  return [...new Set(series.map(({ scenario }) => scenario.group))].map((group) => {
    const own = series.filter(({ scenario }) => scenario.group === group);
    const limit = own.find(({ scenario }) => scenario.isLimit);
    return {
      title: `${group}, ${own[0]?.scenario.unit}`,
      head: ['Where', 'p50', 'min – max', 'p95', '÷ limit'],
      rows: own.map((one) => cellsOf(one, limit)),
      notes: [],
    };
  });
}

function rowTable({ sessions, before, after }: InARow): Table {
  const row = (name: string, { rssMegabytes, heapMegabytes, handles, connections }: Holdings) => {
    const sizes = [rssMegabytes.toFixed(1), heapMegabytes.toFixed(1)];
    return [name, ...sizes, String(handles), String(connections)];
  };
  return {
    title: `${sessions} sessions, ${CALLERS} at a time, then collected`,
    head: ['When', 'RSS MB', 'heap MB', 'handles', 'connections'],
    rows: [row('before', before), row('after', after)],
    notes: [],
  };
}

function cellsOf({ scenario, samples }: Series, limit: Series | undefined): readonly string[] {
  const p50s = samples.map(({ p50 }) => p50);
  const p95s = samples.flatMap(({ p95 }) => (p95 === null ? [] : [p95]));
  const ratio = limit === undefined ? null : median(p50s) / median(limit.samples.map(({ p50 }) => p50));
  return [
    scenario.name,
    shown(median(p50s)),
    range(p50s, shown),
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

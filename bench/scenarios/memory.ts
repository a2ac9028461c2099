import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { BenchScenario, Outcome, World } from './scenario.ts';

const READY_MS_MAX = 60_000;
const LOOK_MS = 200;
/** Idle this long before memory is read, so that start-up garbage is gone or shown. */
const IDLE_MS = 5_000;
const BUILT = fileURLToPath(new URL('../../packages/nightshift/dist/cli/main.js', import.meta.url));
const SOURCE = fileURLToPath(new URL('../../packages/nightshift/src/cli/main.ts', import.meta.url));
const APP = fileURLToPath(new URL('../fixtures/app.ts', import.meta.url));

/** A whole server, as it is run. */
export const memory: BenchScenario = {
  name: 'memory',
  about: 'an idle `nightshift serve` (Linux)',
  rounds: 1,
  seconds: 15,
  run: measureMemory,
};

/** @throws Error where there is no `/proc`, no program yet, or the server does not come up */
async function measureMemory({ postgres }: World): Promise<Outcome> {
  if (!existsSync('/proc/self/status')) throw new Error('Memory is read from /proc, so this needs Linux.');
  const built = existsSync(BUILT);
  if (!built && !existsSync(SOURCE)) throw new Error('There is no nightshift command line yet.');
  const url = await postgres.database('memory');
  const flags = built ? [BUILT] : ['--conditions=nightshift-source', SOURCE];
  const server = spawn(process.execPath, [...flags, 'serve', '--app', APP, '--database-url', url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const referee = new pg.Client({ connectionString: url });
  try {
    await referee.connect();
    await untilServing(server, referee);
    await delay(IDLE_MS);
    const figures = {
      program: built ? 'dist' : 'source',
      rssMegabytes: statusOf(server, 'VmRSS') / 1_024,
      peakMegabytes: statusOf(server, 'VmHWM') / 1_024,
      threads: statusOf(server, 'Threads'),
      connections: await connectionsOf(referee),
    };
    const sizes = [figures.rssMegabytes, figures.peakMegabytes].map((size) => `${size.toFixed(0)} MB`);
    const table = {
      title: `nightshift serve (${figures.program}), idle ${IDLE_MS / 1_000} s`,
      head: ['Program', 'resident', 'peak', 'threads', 'connections'],
      rows: [[figures.program, ...sizes, String(figures.threads), String(figures.connections)]],
      notes: [],
    };
    return { tables: [table], figures };
  } finally {
    await referee.end();
    await endServer(server);
  }
}

/** Ready is when the database knows the instance: that needs no knowledge of what the server prints. */
async function untilServing(server: ChildProcess, referee: pg.Client): Promise<void> {
  for (let waited = 0; waited < READY_MS_MAX; waited += LOOK_MS) {
    if (server.exitCode !== null) throw new Error(`nightshift serve ended with ${server.exitCode}`);
    const { rows } = await referee
      .query<{ alive: boolean }>(
        'select exists (select from nightshift.server_instance where ended_at is null) as alive',
      )
      .catch(() => ({ rows: [] }));
    if (rows[0]?.alive === true) return;
    await delay(LOOK_MS);
  }
  throw new Error(`nightshift serve was not ready after ${READY_MS_MAX / 1_000} s`);
}

/** A number from `/proc/<pid>/status`; sizes are in kilobytes. */
function statusOf(server: ChildProcess, field: string): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
}

async function connectionsOf(referee: pg.Client): Promise<number> {
  const { rows } = await referee.query<{ open: number }>(
    `select count(*)::integer as open from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
  return rows[0]?.open ?? 0;
}

async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
}

import { setTimeout as delay } from 'node:timers/promises';
import { codeunit, createPlatform, type Platform, taskScheduler } from 'nightshift';
import { createServer } from 'nightshift/server';
import pg from 'pg';
import { tell } from '../progress.ts';
import { shown, whole } from '../statistics.ts';
import type { BenchScenario, Outcome, World } from './scenario.ts';

const ENTRIES = 5_000;
const LOG_ENTRIES = 1_000_000;
const REQUESTS_A_SECOND = 50;
const SECONDS = 20;
const WARM_UP_SECONDS = 3;
const AIM_MS = 60;

const WORK = codeunit({ name: 'Work', onRun: () => undefined });

/** What a person at the lists of the web client asks for. */
const LISTS: Readonly<Record<string, string>> = {
  'entries, by number': '/jobQueueEntries?limit=50',
  'entries, those in Error': '/jobQueueEntries?limit=50&status=Error',
  'entries, that contain a word': '/jobQueueEntries?limit=50&q=entry 49',
  'entries, changed last': '/jobQueueEntries?limit=50&sort=-statusSince',
  'log entries, newest first': '/jobQueueLogEntries?limit=50',
  'log entries, failed': '/jobQueueLogEntries?limit=50&status=Error',
  'log entries of one codeunit': '/jobQueueLogEntries?limit=50&object=Rare',
  'error groups of a day': '/jobQueueErrorGroups',
  cues: '/cues',
  'scheduled tasks': '/scheduledTasks?limit=50',
};

const ADD_ENTRIES = `insert into nightshift.job_queue_entry (id, company_no, object, description, time_zone, language, timeout_ms,
    run_as, created_by, status)
  select gen_random_uuid(), 1, case when n % 500 = 0 then 'Rare' else 'Work' end, 'entry ' || n, 'UTC', 'en-US', 60000, 1, 1,
    case when n % 100 = 0 then 'Error' else 'On Hold' end
  from generate_series(1, $1::int) n`;
const ADD_LOG = `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id, session_unique_id, user_no,
    object, parameter_string, description, status, attempt, started_at, ended_at, planned_at, fingerprint, error)
  select 1, e.id, e.entry_no, 1, gen_random_uuid(), 1, e.object, '', '', case when n % 1000 = 0 then 'Error' else 'Success' end, 0,
    now() - n * interval '1 second', now() - n * interval '1 second' + interval '300 ms', now() - n * interval '1 second',
    case when n % 1000 = 0 then 'kind ' || n % 7000 end,
    case when n % 1000 = 0 then '{"code":null,"name":"Error","message":"broken","stack":null,"field":null,"causes":[]}'::jsonb end
  from generate_series(1, $1::int) n
  join (select id, entry_no, object, row_number() over (order by entry_no) as place from nightshift.job_queue_entry) e
    on e.place = 1 + n % $2
  order by n desc`;

/** Lists of the HTTP interface while the scheduler works beside them in the same process. */
export const api: BenchScenario = {
  name: 'api',
  about: `lists of ${ENTRIES} entries with ${LOG_ENTRIES} log entries, at ${REQUESTS_A_SECOND} requests a second`,
  rounds: 1,
  seconds: 120,
  run: measureApi,
};

async function measureApi({ postgres, tasks }: World): Promise<Outcome> {
  const url = await postgres.database('api');
  const logEntries = tasks ?? LOG_ENTRIES;
  const platform = await createPlatform({ name: 'bench', codeunits: [WORK], database: { url } });
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(ADD_ENTRIES, [ENTRIES]);
    await client.query(ADD_LOG, [logEntries, ENTRIES]);
    await client.query('vacuum analyze');
    tell(`api: ${whole(ENTRIES)} entries and ${whole(logEntries)} log entries are there`);
    await platform.start();
    const stopped = new AbortController();
    const [times] = await Promise.all([
      ask(platform).finally(() => stopped.abort()),
      keepBusy(platform, stopped.signal),
    ]);
    return outcomeOf(times, logEntries);
  } finally {
    await client.end();
    await platform.stop();
  }
}

/** A running scheduler: a hundred tasks a second. */
async function keepBusy(platform: Platform, signal: AbortSignal): Promise<void> {
  const caller = platform.as({ user: 'ADMIN', company: 'CRONUS' });
  while (!signal.aborted) {
    await Promise.all(Array.from({ length: 10 }, () => taskScheduler.createTask(caller, WORK)));
    await delay(100);
  }
}

/** Asks in the rhythm of the clock, whether the answer before has come or not. */
async function ask(platform: Platform): Promise<ReadonlyMap<string, readonly number[]>> {
  const server = createServer(platform, {
    authenticate: () => 'ADMIN',
    requestsPerMinute: { known: 1_000_000, unknown: 1_000_000 },
  });
  const address = await server.listen();
  const names = Object.keys(LISTS);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const pending: Promise<void>[] = [];
  const begun = performance.now();
  for (let no = 0; no < (SECONDS + WARM_UP_SECONDS) * REQUESTS_A_SECOND; no++) {
    const due = begun + (no * 1_000) / REQUESTS_A_SECOND;
    await delay(Math.max(0, due - performance.now()));
    const name = names[no % names.length] as string;
    const isCounted = no >= WARM_UP_SECONDS * REQUESTS_A_SECOND;
    pending.push(
      fetch(`${address}/api/v1/companies/CRONUS${LISTS[name]}`).then(async (answer) => {
        if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
        await answer.text();
        // From when it was due: an answer that holds up the next ones counts in all of them.
        if (isCounted) times.get(name)?.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(pending);
  await server.close();
  return times;
}

function outcomeOf(times: ReadonlyMap<string, readonly number[]>, logEntries: number): Outcome {
  const rows = [...times, ['all of them', [...times.values()].flat()] as const];
  const at = (values: readonly number[], part: number) =>
    values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * part)] ?? 0;
  const table = {
    title: `Answers over HTTP, ${whole(ENTRIES)} entries and ${whole(logEntries)} log entries, ${REQUESTS_A_SECOND} requests a second beside 100 tasks a second`,
    head: ['List', 'requests', 'median', 'p95', 'longest'],
    rows: rows.map(([name, values]) => [
      name,
      whole(values.length),
      `${shown(at(values, 0.5))} ms`,
      `${shown(at(values, 0.95))} ms`,
      `${shown(at(values, 1))} ms`,
    ]),
    notes: [`Aim: p95 of all at most ${AIM_MS} ms.`],
  };
  return { tables: [table], figures: Object.fromEntries(rows) };
}

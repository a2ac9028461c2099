import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codeunit, type Session } from '../session/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { wakeOnce } from './wake-service.ts';

const clock = new FakeClock();
const STAGED = {
  name: '0001_staged',
  sql: `create table staged_order (no bigint generated always as identity primary key, done boolean not null default false);
    create table other (no integer)`,
};
/** What the object does before and after it looks. */
let before: (session: Session) => unknown = () => undefined;
let after: (session: Session) => unknown = () => undefined;
const post = codeunit({
  name: 'Post Orders',
  wakeOn: ['staged_order'],
  async onRun(session) {
    await before(session);
    const { rowCount } = await session.db.query('update staged_order set done = true where not done');
    await after(session);
    if (rowCount === 0) session.reportNothingToDo();
  },
});
let kit: TestPlatform;
let entry: JobQueueEntry;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [post], migrations: [STAGED], clock });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  const every = { runOnMondays: true, runOnTuesdays: true, runOnWednesdays: true, runOnThursdays: true };
  const days = { ...every, runOnFridays: true, runOnSaturdays: true, runOnSundays: true };
  const how = { minutesBetweenRuns: 10, inactivityTimeoutMinutes: 525_600, timeout: 3_600_000 };
  const { id } = await create(kit.admin, { object: post, ...days, ...how });
  entry = await get(kit.admin, id);
});
afterEach(async () => {
  [before, after] = [() => undefined, () => undefined];
  await setOnHold(kit.admin, entry.id);
  await kit.query('truncate co_1.staged_order');
});

const RESTING = 'On Hold with Inactivity Timeout';
const INSERT = 'insert into co_1.staged_order default values';

/** Sets the entry Ready; resolves when its run has ended. */
async function run(): Promise<JobQueueEntry> {
  const runs = (await logEntries(kit.admin, { entryId: entry.id })).length;
  const { earliestStart } = await setStatusToReady(kit.admin, entry.id);
  if (earliestStart !== null && earliestStart > clock.now()) clock.at(earliestStart);
  kit.platform.instance.wake();
  return ended(runs + 1);
}

/** The entry, once so many runs have ended. */
function ended(runs: number): Promise<JobQueueEntry> {
  return until(`${runs} runs have ended`, async () => {
    const logs = await logEntries(kit.admin, { entryId: entry.id });
    const isOver = logs.length === runs && logs.every(({ endedAt }) => endedAt !== null);
    return isOver && get(kit.admin, entry.id);
  });
}

/** One look of a server instance. */
const look = () =>
  wakeOnce({
    database: kit.platform.database,
    clock,
    telemetry: new Telemetry([kit.telemetry.receive]),
    wake: () => kit.platform.instance.wake(),
  });
const open = async () => (await kit.query('select from co_1.staged_order where not done')).length;

/** What somebody does in a transaction that stays open until `end`. */
async function transaction(first: string): Promise<(command: string) => Promise<unknown>> {
  const ready = Promise.withResolvers<void>();
  const next = Promise.withResolvers<string>();
  const over = kit.platform.database.exclusively(async (client: pg.ClientBase) => {
    await client.query(first);
    ready.resolve();
    await client.query(await next.promise);
  });
  await ready.promise;
  return (command) => {
    next.resolve(command);
    return over;
  };
}

describe('an entry that rests', () => {
  test.each([
    ['inserted', INSERT],
    ['copied in', 'insert into co_1.staged_order select from generate_series(1, 3)'],
    ['changed', 'update co_1.staged_order set done = false'],
    [
      'merged',
      'merge into co_1.staged_order t using (values (1)) v on false when not matched then insert default values',
    ],
  ])('is woken when rows are %s, by plain SQL from outside', async (_, change) => {
    await kit.query('insert into co_1.staged_order (done) values (true)');
    expect(await run()).toMatchObject({ status: RESTING });
    await kit.query(change);
    expect(await look()).toBe(1);
    const dimensions = { oldStatus: RESTING, status: 'Ready', entryId: entry.id };
    expect(
      (
        await kit.waitFor(
          'AL0000FNM',
          (event) => event['entryId'] === entry.id && event['oldStatus'] === RESTING,
        )
      ).dimensions,
    ).toMatchObject(dimensions);
    const woken = await ended(2);
    expect(woken).toMatchObject({ status: 'Ready' });
    expect(await open()).toBe(0);
  });

  test.each([
    ['nothing happens', 'select 1'],
    ['rows are deleted', 'delete from co_1.staged_order'],
    ['no row is changed', 'update co_1.staged_order set done = true where no < 0'],
    ['no row is inserted', 'insert into co_1.staged_order select from generate_series(1, 0)'],
    ['another table is changed', 'insert into co_1.other values (1)'],
  ])('stays so when %s', async (_, change) => {
    await kit.query('insert into co_1.staged_order (done) values (true)');
    expect(await run()).toMatchObject({ status: RESTING });
    await kit.query(change);
    expect(await look()).toBe(0);
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: RESTING });
  });

  test('is woken after the commit; a change that is undone wakes it in vain, and it rests again', async () => {
    expect(await run()).toMatchObject({ status: RESTING });
    const end = await transaction(`begin; ${INSERT}`);
    await end('rollback');
    await kit.query('select 1');
    expect(await look()).toBe(1);
    expect(await ended(2)).toMatchObject({ status: RESTING });
    expect(await look()).toBe(0);
  });

  test('is woken by somebody whose snapshot is older than its rest', async () => {
    const end = await transaction('begin isolation level repeatable read; select count(*) from co_1.other');
    expect(await run()).toMatchObject({ status: RESTING });
    await end(`${INSERT}; commit`);
    expect(await look()).toBe(1);
    await ended(2);
    expect(await open()).toBe(0);
  });

  test('of server instances that look at the same time one wakes it', async () => {
    await run();
    await kit.query(INSERT);
    const woken = await Promise.all([look(), look(), look(), look()]);
    expect(woken.reduce((sum, one) => sum + one)).toBe(1);
    await ended(2);
  });

  test('that somebody puts On Hold stays so', async () => {
    await run();
    await setOnHold(kit.admin, entry.id);
    await kit.query(INSERT);
    expect(await look()).toBe(0);
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'On Hold' });
  });
});

describe('a run that finds nothing while a row is being inserted', () => {
  const PLANNED = { status: 'Ready', note: null };

  test('that is committed after it looked: it does not rest', async () => {
    after = () => kit.query(INSERT);
    expect(await run()).toMatchObject(PLANNED);
    const [log] = await logEntries(kit.admin, { entryId: entry.id });
    expect(log?.note).toBe('nothing to do; does not rest: its tables were being changed');
    expect(await open()).toBe(1);
  });

  test('by a transaction that was open before it began: it does not rest until that has ended', async () => {
    const end = await transaction(`begin; ${INSERT}`);
    expect(await run()).toMatchObject(PLANNED);
    await end('commit');
    const next = await run();
    expect(next.status).toBe('Ready');
    expect(await open()).toBe(0);
    expect(await run()).toMatchObject({ status: RESTING });
  });

  test('by a transaction that began after it looked and ends after it', async () => {
    let end: Awaited<ReturnType<typeof transaction>> | null = null;
    after = async () => {
      end = await transaction(`begin; ${INSERT}`);
    };
    expect(await run()).toMatchObject(PLANNED);
    after = () => undefined;
    expect(await run()).toMatchObject(PLANNED);
    await (end as unknown as (command: string) => Promise<unknown>)('commit');
    await run();
    expect(await open()).toBe(0);
  });

  test('between its decision to rest and the commit of that: it is woken', async () => {
    let held: Awaited<ReturnType<typeof transaction>> | null = null;
    // Whoever writes the outcome waits for the row of the log entry.
    after = async () => {
      held = await transaction('begin; select from nightshift.job_queue_log_entry for update');
    };
    await setStatusToReady(kit.admin, entry.id);
    await until('the run waits with its outcome', async () => {
      const waiting = await kit.query(
        `select from pg_stat_activity where datname = current_database() and query like '%run_end%'
          and cardinality(pg_blocking_pids(pid)) > 0`,
      );
      return waiting.length > 0;
    });
    await kit.query(INSERT);
    expect(await look()).toBe(0);
    await (held as unknown as (command: string) => Promise<unknown>)('commit');
    await ended(1);
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: RESTING });
    after = () => undefined;
    expect(await look()).toBe(1);
    await ended(2);
    expect(await open()).toBe(0);
  });

  test('by itself: it goes on by its schedule, and does not chase itself', async () => {
    after = (session) => session.db.query('insert into staged_order (done) values (true)');
    expect(await run()).toMatchObject(PLANNED);
    expect(await look()).toBe(0);
  });
});

describe('whoever writes', () => {
  test('is held up by nobody who works on the entry, and needs no right but that to the table', async () => {
    await run();
    await addSets(kit, { WRITER: { tables: { staged_order: 'RI' } } });
    await addUsers(kit, { name: 'WRITER', sets: ['WRITER'] });
    const end = await transaction('begin; select from nightshift.job_queue_entry for update');
    await kit.platform.open({ user: 'WRITER', company: 'CRONUS' }, async (session) => {
      await session.db.query('insert into staged_order default values');
    });
    await end('commit');
    expect(await look()).toBe(1);
    await ended(2);
    expect(await open()).toBe(0);
  });

  test('can write though his change cannot be counted', async () => {
    const rename = (from: string, to: string) => {
      const command = `alter sequence nightshift.${from} rename to ${to}`;
      return kit.query(command);
    };
    const [row] = await kit.query<{ name: string }>(
      "select 'change_' || no as name from nightshift.watched_table order by no",
    );
    await rename(row?.name ?? '', 'gone');
    await kit.query(INSERT);
    await rename('gone', row?.name ?? '');
    expect(await open()).toBe(1);
  });

  test('of whom many write at once, and a run that looks in between: nothing is left over', async () => {
    let writing = true;
    const write = async (writer: number) => {
      for (let no = 0; no < 15; no++) {
        const level = no % 3 === 0 ? 'repeatable read' : 'read committed';
        const end = await transaction(
          `begin isolation level ${level}; select count(*) from co_1.other; ${(no + writer) % 2 === 0 ? INSERT : 'select 1'}`,
        );
        await end(no % 5 === 4 ? 'rollback' : `${INSERT}; commit`);
      }
    };
    await setStatusToReady(kit.admin, entry.id);
    const writers = Promise.all([0, 1, 2].map(write)).finally(() => {
      writing = false;
    });
    // Its rests take a year: whatever is picked up is so because it was woken, or did not rest.
    await until('it rests with nothing left', async () => {
      const isOver = !writing;
      await look();
      const { status, earliestStart } = await get(kit.admin, entry.id);
      if (status === 'Ready' && earliestStart !== null && earliestStart > clock.now()) {
        clock.at(earliestStart);
        kit.platform.instance.wake();
      }
      return (
        isOver &&
        status === RESTING &&
        (await look()) === 0 &&
        (await get(kit.admin, entry.id)).status === RESTING
      );
    });
    await writers;
    expect(await open()).toBe(0);
  });
});

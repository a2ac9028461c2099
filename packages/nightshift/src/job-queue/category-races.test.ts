import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { categories, jobQueue } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { HeldRuns } from '../testing/held-runs.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { withClient } from '../testing/test-server.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const MINUTE = 60_000;
const clock = new FakeClock();
const runs = new HeldRuns('Held');
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [runs.codeunit], clock });
});
afterAll(async () => {
  runs.endAll();
  await kit.stop();
});
// Whatever happened: who waits does so because all places are held, and none is held for nothing.
afterEach(async () => {
  const idle = await kit.query(
    `select c.code from nightshift.job_queue_category c where exists (select from nightshift.job_queue_entry e
      where e.category_code = c.code and e.status = 'Waiting') and c.parallelism > (select count(*)
      from nightshift.job_queue_entry e where e.category_code = c.code and e.category_slot is not null)`,
  );
  expect(idle).toEqual([]);
});

async function category(parallelism = 1): Promise<string> {
  const code = `CODE ${++made}`;
  await categories.create(kit.admin, { code, parallelism });
  return code;
}

async function ready(code: string, inMs = 0): Promise<JobQueueEntry> {
  const earliestStart = new Date(clock.now().getTime() + inMs);
  const { id } = await jobQueue.create(kit.admin, { object: runs.codeunit, category: code, earliestStart });
  return jobQueue.setStatusToReady(kit.admin, id);
}

const inStatus = ({ id, entryNo }: JobQueueEntry, status: string) =>
  until(`entry ${entryNo} is ${status}`, async () => (await jobQueue.get(kit.admin, id)).status === status);

function inMinutes(minutes: number): void {
  clock.at(new Date(clock.now().getTime() + minutes * MINUTE));
  kit.platform.instance.wake();
}

/** Holds the row of a category while `work` goes on; hands out how to wait until so many backends stand behind it. */
async function atLock(
  code: string,
  work: (queued: (count: number) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await kit.platform.database.exclusively(async (client) => {
    await client.query('begin');
    await client.query('select from nightshift.job_queue_category where code = $1 for no key update', [code]);
    const { rows } = await client.query('select pg_backend_pid() as pid');
    try {
      await work((count) =>
        until(`${count} wait for the category`, async () => {
          const blocked = await kit.query(
            `with recursive behind as (
              select pid from pg_stat_activity where $1::integer = any(pg_blocking_pids(pid))
              union select a.pid from pg_stat_activity a join behind b on b.pid = any(pg_blocking_pids(a.pid))
            ) select pid from behind`,
            [rows[0]?.pid],
          );
          return blocked.length === count;
        }),
      );
    } finally {
      await client.query('commit');
    }
  });
}

test('of two that rename to one unused code at once, the later one is told that it is taken', async () => {
  const [mine, other] = [await category(), await category()];
  await withClient(kit.database?.url ?? '', async (client) => {
    const rename = "update nightshift.job_queue_category set code = 'WANTED' where code = $1";
    await client.query('begin');
    await client.query(rename, [other]);
    const late = categories.modify(kit.admin, mine, { code: 'WANTED' }).catch((error: unknown) => error);
    await until('the later one waits', async () => {
      const waiting = await kit.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return waiting.length > 0;
    });
    await client.query('commit');
    expect(await late).toMatchObject({ name: 'NightshiftError', code: 'CONFLICT' });
  });
  expect((await categories.list(kit.admin)).map(({ code }) => code)).toContain(mine);
});

describe('at the lock of the category', () => {
  test('one entry finds it full while the other is about to finish: it waits, and is begun', async () => {
    const code = await category();
    const first = await ready(code);
    const run = await runs.of(first);
    const second = await ready(code, MINUTE);
    await atLock(code, async (queued) => {
      inMinutes(1);
      await queued(1);
      run.end();
      await queued(2);
    });
    await kit.waitFor('AL0000P9F', ({ entryId }) => entryId === second.id);
    await kit.waitFor('AL0000P9G', ({ entryId }) => entryId === second.id);
    (await runs.of(second)).end();
    await inStatus(second, 'Finished');
    await inStatus(first, 'Finished');
  });

  test('one finishes while the other is about to look: it finds a place', async () => {
    const code = await category();
    const first = await ready(code);
    const run = await runs.of(first);
    const second = await ready(code, MINUTE);
    await atLock(code, async (queued) => {
      run.end();
      await queued(1);
      inMinutes(1);
      await queued(2);
    });
    (await runs.of(second)).end();
    await inStatus(second, 'Finished');
    const waited = kit.telemetry.events('AL0000P9F').map(({ dimensions }) => dimensions['entryId']);
    expect(waited).not.toContain(second.id);
  });

  test('two finish at once: two that wait are begun, and no third', async () => {
    const code = await category(2);
    const entries: JobQueueEntry[] = [];
    for (let index = 0; index < 5; index++) entries.push(await ready(code));
    await until('two run', () => runs.open.size === 2);
    await until('three wait', async () => (await waitingIn(code)) === 3);
    await atLock(code, async (queued) => {
      runs.endAll();
      await queued(2);
    });
    await until('the next two run', () => runs.open.size === 2);
    expect(await waitingIn(code)).toBe(1);
    await until('all have run', async () => {
      runs.endAll();
      const states = await Promise.all(entries.map(({ id }) => jobQueue.get(kit.admin, id)));
      return states.every(({ status }) => status === 'Finished');
    });
  });

  test('whoever finishes loses its connection: the place stays its own until it has run again', async () => {
    const code = await category();
    const first = await ready(code);
    const run = await runs.of(first);
    const second = await ready(code);
    await inStatus(second, 'Waiting');
    const { rows } = await run.session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
    await atLock(code, async (queued) => {
      run.end();
      await queued(1);
      await kit.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await queued(0);
    });
    await endedInAnotherTry(first, second, code);
  });
});

const waitingIn = async (code: string) =>
  (await categories.list(kit.admin)).find((category) => category.code === code)?.waiting;
const heldIn = async (code: string) =>
  (await categories.list(kit.admin)).find((category) => category.code === code)?.held;

/** The first entry runs again, still at its place, and the second one after it. */
async function endedInAnotherTry(first: JobQueueEntry, second: JobQueueEntry, code: string): Promise<void> {
  await kit.waitFor('LC0045', ({ taskId }) => taskId === first.taskId);
  expect(await heldIn(code)).toBe(1);
  await inStatus(second, 'Waiting');
  inMinutes(1);
  (await runs.of(first)).end();
  (await runs.of(second)).end();
  await inStatus(second, 'Finished');
  await inStatus(first, 'Finished');
}

describe('what becomes of a place', () => {
  test('when the COMMIT of the one that finishes fails: nobody was activated, it runs again', async () => {
    const code = await category();
    const first = await ready(code);
    const run = await runs.of(first);
    const second = await ready(code);
    await inStatus(second, 'Waiting');
    await kit.query('create sequence public.failures');
    await kit.query(`create function public.fail_once() returns trigger language plpgsql as $$ begin
      if nextval('public.failures') = 1 then
        raise exception 'not this time' using errcode = 'serialization_failure';
      end if;
      return null;
    end $$`);
    await kit.query('grant usage on sequence public.failures to public');
    await kit.query(`create constraint trigger fails_once after update on nightshift.job_queue_entry
      deferrable initially deferred for each row
      when (old.status = 'Waiting' and new.status = 'Ready') execute function public.fail_once()`);
    run.end();
    await endedInAnotherTry(first, second, code);
    await kit.query('drop trigger fails_once on nightshift.job_queue_entry');
  });
});

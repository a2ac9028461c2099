import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveEvent } from '../../contract/live.ts';
import { jobQueue } from '../../platform/index.ts';
import { until } from '../../testing/condition.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { plain } from '../../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from '../index.ts';

let kit: TestPlatform;
const servers: NightshiftServer[] = [];
const addresses: string[] = [];
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  // Two servers: whoever is cut goes on with the other as well.
  for (let at = 0; at < 2; at++) {
    const server = createServer(kit.platform, { authenticate: () => 'ADMIN' });
    servers.push(server);
    addresses.push(await server.listen());
  }
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close({ atOnce: true })));
  await kit?.stop();
});

const READ = 'select id, version from nightshift.job_queue_entry order by id';

/** What a page shows that reads only when it is told to. */
class Shown {
  rows = new Map<string, number>();
  position: string | undefined;
  resets = 0;
  #done = 0;

  /** Takes what a client has heard by now. */
  async take(client: LiveClient): Promise<void> {
    for (const event of client.events.slice(this.#done)) await this.#take(event);
    this.#done = client.events.length;
  }

  /** The next client begins at its own beginning. */
  next(): void {
    this.#done = 0;
  }

  async #take(event: LiveEvent): Promise<void> {
    if (event.type !== 'subscribed' && event.type !== 'change') return;
    this.position = event.position;
    if (event.type === 'subscribed') {
      if (!event.reset) return;
      this.resets++;
      await this.#read();
    } else if (event.rows === null || event.removed) await this.#read();
    else for (const { id, version } of event.rows) this.rows.set(id, version ?? 0);
  }

  async #read(): Promise<void> {
    const rows = await kit.query<{ id: string; version: number }>(READ);
    this.rows = new Map(rows.map(({ id, version }) => [id, version]));
  }
}

test('whoever is cut again and again, also on other instances, misses nothing', async () => {
  let seed = 4_711;
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const ids: string[] = [];
  const changeOne = async () => {
    const id = ids[chance(ids.length)];
    const what = chance(6);
    if (id === undefined || what < 2) ids.push((await jobQueue.create(kit.admin, { object: 'Plain' })).id);
    else if (what === 2) await jobQueue.delete(kit.admin, ids.splice(ids.indexOf(id), 1)[0] ?? '');
    else if (what === 3)
      // Written early within a savepoint, committed late.
      await kit.platform.open({ user: 'ADMIN', company: 'CRONUS' }, async (session) => {
        await session.savepoint(() => jobQueue.modify(session, id, { description: `${chance(1e9)}` }));
        // Others commit in between.
        for (let at = 0; at < 3; at++) ids.push((await jobQueue.create(kit.admin, { object: 'Plain' })).id);
      });
    else await jobQueue.modify(kit.admin, id, { description: `${chance(1e9)}` });
  };
  const shown = new Shown();
  let over = false;
  const writing = (async () => {
    for (let at = 0; at < 120; at++) await changeOne();
    over = true;
  })();
  while (!over) {
    const address = addresses[chance(2)] ?? '';
    const client = await LiveClient.connect(address);
    const since = shown.position === undefined ? {} : { since: shown.position };
    client.send({ type: 'subscribe', id: 'x', list: 'jobQueueEntries', company: 'CRONUS', ...since });
    const wanted = chance(4);
    await until('enough was heard', () => over || client.events.length > wanted);
    client.cut();
    // What arrived before the cut counts, what did not is lost.
    await shown.take(client);
    shown.next();
  }
  await writing;
  const last = await LiveClient.connect(addresses[0] ?? '');
  await last.subscribe('x', 'jobQueueEntries', { since: shown.position });
  const rows = await kit.query<{ id: string; version: number }>(READ);
  const actual = new Map(rows.map(({ id, version }) => [id, version]));
  await until('the page shows what there is', async () => {
    await shown.take(last);
    return (
      shown.rows.size === actual.size && [...actual].every(([id, version]) => shown.rows.get(id) === version)
    );
  });
  expect(shown.resets).toBe(1);
  last.cut();
}, 60_000);

test('a position that nobody knows, or of the future, is begun anew', async () => {
  const client = await LiveClient.connect(addresses[0] ?? '');
  for (const [id, since] of [
    ['a', 'nonsense'],
    ['b', 'zzzzzzzzzzzz.1.1'],
    ['c', 'row.1'],
  ])
    expect(await client.subscribe(id ?? '', 'jobQueueEntries', { since })).toMatchObject({ reset: true });
  client.cut();
});

test('many changes at once come as one that names none', async () => {
  const client = await LiveClient.connect(addresses[0] ?? '');
  const { position } = await client.subscribe('x', 'jobQueueEntries');
  client.cut();
  await kit.query(`update nightshift.job_queue_entry set description = description`);
  await kit.query(`insert into nightshift.job_queue_entry (id, company_no, object, parameter_string, description, earliest_start,
    expiration, run_on_mondays, run_on_tuesdays, run_on_wednesdays, run_on_thursdays, run_on_fridays, run_on_saturdays,
    run_on_sundays, starting_time, ending_time, minutes_between_runs, next_run_date_formula, interval_from, time_zone, language,
    maximum_attempts, rerun_delay_seconds, timeout_ms, run_as, created_by)
  select gen_random_uuid(), company_no, object, parameter_string, description, earliest_start,
    expiration, run_on_mondays, run_on_tuesdays, run_on_wednesdays, run_on_thursdays, run_on_fridays, run_on_saturdays,
    run_on_sundays, starting_time, ending_time, minutes_between_runs, next_run_date_formula, interval_from, time_zone, language,
    maximum_attempts, rerun_delay_seconds, timeout_ms, run_as, created_by
  from (select * from nightshift.job_queue_entry limit 1) e, generate_series(1, 201)`);
  const back = await LiveClient.connect(addresses[1] ?? '');
  await back.subscribe('x', 'jobQueueEntries', { since: position });
  await until('it was told', () => back.changes('x').length > 0);
  expect(back.changes('x')[0]).toMatchObject({ rows: null, removed: true });
  back.cut();
});

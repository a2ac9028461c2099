import { type Codeunit, codeunit, jobQueue, NightshiftError, type Session, startSession } from 'nightshift';
import { until } from '../../nightshift/src/testing/condition.ts';
import { EVERY_DAY } from '../../nightshift/src/testing/every-day.ts';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';
import { setCategories } from './category-stage.ts';

const FOREVER_MS = 3_600_000;

/** Runs until it is stopped. */
export const rebuildPrices = codeunit({
  name: 'Rebuild Prices',
  async onRun(session: Session) {
    session.log.info('Prices of 4,120 items are worked out.');
    session.progress(1_310, 4_120, 'Items');
    await session.sleep(FOREVER_MS);
  },
});

/** Heeds nothing: it has to be killed. */
export const callBank = codeunit({
  name: 'Call Bank',
  async onRun() {
    await release.promise;
  },
});

/** Ends what heeds nothing, after the test. */
export const release = Promise.withResolvers<void>();

const closePeriod = codeunit({
  name: 'Close Period',
  async onRun(session: Session) {
    session.log.warning('March has 3 open documents.');
    throw new NightshiftError('VALIDATION', 'Period 2026-03 cannot be closed: 3 documents are not posted.');
  },
});

/** A run whose log the test writes, until it says that it is over. */
export const stock = {
  counting: Promise.withResolvers<Session>(),
  counted: Promise.withResolvers<void>(),
  /** For another run: files of tests that run in one process share this. */
  anew(): void {
    stock.counting = Promise.withResolvers();
    stock.counted = Promise.withResolvers();
  },
};
const countStock = codeunit({
  name: 'Count Stock',
  permissions: { tables: { item: 'R', stock_count: 'RIM' } },
  async onRun(session: Session) {
    stock.counting.resolve(session);
    await stock.counted.promise;
    session.log.info('The stock is counted.');
  },
});

/** The codeunits of sessions to look at. */
export const ENGINE_CODEUNITS = [
  rebuildPrices,
  callBank,
  closePeriod,
  countStock,
] as unknown as readonly Codeunit[];

const set = new WeakMap<TestPlatform, Promise<void>>();

/** A day of runs, sessions that run and some that have ended; once a platform. */
export function setEngine(kit: TestPlatform): Promise<void> {
  const known = set.get(kit) ?? build(kit);
  set.set(kit, known);
  return known;
}

async function build(kit: TestPlatform): Promise<void> {
  await setCategories(kit);
  await kit.query(
    `update nightshift.job_queue_entry set category_code = case when object = 'Import Orders' then 'SHOP' else 'POSTING' end
     where entry_no <= 5`,
  );
  const { id } = await jobQueue.create(kit.admin, {
    object: 'Rebuild Prices',
    description: 'Prices, at night',
    ...EVERY_DAY,
  });
  await jobQueue.setStatusToReady(kit.admin, id);
  await addRuns(kit);
  await addAlerts(kit);
  const session = await startSession(kit.admin, rebuildPrices as never);
  await kit.query(RUNNING, [id, session.id, session.uniqueId]);
  await startSession(kit.admin, closePeriod as never);
  await until('a session has ended badly', async () => {
    const rows = await kit.query(`select from nightshift.background_session_event where type = 'Error'`);
    return rows.length > 0;
  });
}

// What people would have been told of them.
async function addAlerts(kit: TestPlatform): Promise<void> {
  await kit.query(
    `select nightshift.tell_of_run(e, jsonb_build_object('fingerprint', 'alert', 'error', jsonb_build_object('message', message)),
      kind)
    from (values (4, 'failed', 'Invoice 103044 has no posting date.'), (1, 'retries', 'The shop answered 503: try again later.'))
      told(no, kind, message)
    join nightshift.job_queue_entry e on e.entry_no = told.no and e.company_no = 1`,
  );
}
// A run of an entry by a session that goes on, also where no instance runs tasks.
const RUNNING = `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id, session_unique_id,
    user_no, object, parameter_string, description, status, attempt, started_at, planned_at, trigger, instance_name)
  select company_no, id, entry_no, $2::integer, $3::uuid, coalesce(run_as, created_by), object, parameter_string, description,
    'In Process', 0, now(), now(), 'schedule', 'app-1'
  from nightshift.job_queue_entry where id = $1::uuid`;

// Runs of the last 24 hours, past all verbs: what is looked at is how they are shown.
async function addRuns(kit: TestPlatform): Promise<void> {
  await kit.query(
    `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id, session_unique_id, user_no, object,
      parameter_string, description, status, attempt, started_at, ended_at, planned_at, trigger, category_code, instance_name,
      fingerprint, error, phase)
    select e.company_no, e.id, e.entry_no, 1000 + n, gen_random_uuid(), coalesce(e.run_as, e.created_by), e.object,
      e.parameter_string, e.description,
      case when bad then 'Error' when n % 17 = 0 then 'Skipped' else 'Success' end, 0, at,
      at + make_interval(secs => 20 + (n * 37) % 900), at, 'schedule', e.category_code, 'app-' || 1 + n % 2,
      case when bad then case e.entry_no when 4 then 'posting-date' else 'shop-503' end end,
      case when bad then jsonb_build_object('name', 'NightshiftError', 'code', 'VALIDATION', 'field', null, 'causes', '[]'::jsonb,
        'message', case e.entry_no when 4 then 'Invoice 103044 has no posting date.' else 'The shop answered 503: try again later.' end) end,
      case when bad then 'in the object' end
    from (
      select n, n % 5 + 1 as entry_no, n % 11 = 0 or n % 23 = 3 as bad,
        date_trunc('minute', now()) - make_interval(mins => 10 + n * 19) as at
      from generate_series(1, 74) n
    ) r join nightshift.job_queue_entry e on e.entry_no = r.entry_no and e.company_no = (
      select no from nightshift.company where name = 'CRONUS')`,
  );
}

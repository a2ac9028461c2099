import fc from 'fast-check';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type Statement } from '../database/index.ts';
import { HOUR_MS, uuidV7 } from '../foundation/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { testSessionSpec } from '../testing/session-spec.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { withClient } from '../testing/test-server.ts';
import type { ActiveSession } from './active-sessions.ts';
import { AUTHORITY } from './authority.ts';
import { type Caller, type CallerDoor, openDoor } from './caller.ts';
import { tableOf } from './event-rows.ts';
import { PlainEnds } from './plain-ends.ts';
import { keepHouse } from './session-housekeeping.ts';
import { sessionEventsNewestFirst, sessionEventsOldestFirst } from './session-lists.sql.ts';
import { type SessionEventFilter, sessionEvents } from './session-lists.ts';
import { sessionOptions } from './session-options.ts';

const START = Date.parse('2026-03-10T10:00:00Z');
const EPOCH = '01890a5d-ac96-774b-bcce-b302099a8057';
const CALLER: Caller = { user: 'ADMIN', company: 'CRONUS', language: 'en-US', timeZone: 'UTC' };

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openDatabase({ url: target.url, applicationName: 'session lists' });
  const authority = { demand: async () => 'any', reaches: async () => ({ any: null, own: [] }) };
  const service = (key: unknown) => (key === AUTHORITY ? authority : database);
  openDoor(CALLER, { user: { no: 1 }, lineage: [], service } as unknown as CallerDoor);
  await target.query("insert into nightshift.company (name) values ('Other')");
});
afterAll(async () => {
  await database.close();
  await target.drop();
});

/** What the lists show, by the plain way: every session of every bundle, then the filter. */
async function naive(filter: SessionEventFilter): Promise<readonly unknown[]> {
  const values = [
    filter.types,
    filter.sessionId,
    filter.uniqueId,
    filter.codeunit,
    filter.company,
    filter.user,
  ];
  const times = [filter.clientTypes, filter.since, filter.before?.at, filter.before?.eventId];
  const rows = await target.query(
    `select e.at, e.id as "eventId", e.type, e.session_id as id, e.unique_id as "uniqueId", e.codeunit,
      e.client_type as "clientType", coalesce(e.correlation_id, e.unique_id) as "correlationId",
      e.started_at as "startedAt", c.name as company, u.name as user, e.comment
    from nightshift.every_session_event e
    left join nightshift.app_user u on u.no = e.user_no left join nightshift.company c on c.no = e.company_no
    where ($1::text[] is null or e.type = any($1)) and ($2::integer is null or e.session_id = $2)
      and ($3::uuid is null or e.unique_id = $3) and ($4::text is null or e.codeunit = $4)
      and ($5::text is null or c.name = $5) and ($6::text is null or u.name = $6)
      and ($7::text[] is null or e.client_type = any($7)) and ($8::timestamptz is null or e.at >= $8)
      and ($9::timestamptz is null or (e.at, e.id) < ($9, $10::uuid))
    order by e.at desc, e.id desc`,
    [...values, ...times].map((value) => value ?? null),
  );
  return (filter.oldestFirst === true ? rows.toReversed() : rows).slice(0, filter.limit);
}

async function listed(filter: SessionEventFilter): Promise<readonly unknown[]> {
  return (await sessionEvents(CALLER, filter)).map(
    ({
      instance,
      isolation,
      origin,
      parentUniqueId,
      stoppingAt,
      killedAt,
      error,
      lines,
      progress,
      ...rest
    }) => rest,
  );
}

const FAR_MS = 30_000;
/** Mostly the first, so that bundles become long. */
const mostly = <Value>(usual: Value, ...others: Value[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(usual, ...others) },
  );
const seldom = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const often = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.oneof(fc.constant(undefined), arbitrary);
/** How a session ended, where, and when. */
const end = fc.record({
  codeunit: mostly('First', 'Second'),
  company: mostly(1, 2),
  clientType: mostly('background', 'web'),
  afterMs: fc.nat(FAR_MS / 250).map((quarters) => quarters * 250),
  lastedMs: fc.nat(3_000),
  id: fc.nat(9),
  bornMs: mostly(0, 30 * HOUR_MS),
  isOdd: mostly(false, true),
  isFailed: mostly(false, true),
  isLastOfWrite: mostly(false, true),
});
type End = typeof end extends fc.Arbitrary<infer Value> ? Value : never;
const place = fc.record({ afterMs: fc.nat(FAR_MS / 125).map((part) => part * 125), index: fc.nat() });
const wish = fc.record({
  types: seldom(fc.subarray(['Stop', 'Logoff', 'Error'] as const)),
  sessionId: often(fc.nat(10)),
  unique: seldom(fc.nat()),
  codeunit: seldom(fc.constantFrom('First', 'Second', 'Third')),
  company: seldom(fc.constantFrom('CRONUS', 'Other', 'None')),
  user: seldom(fc.constantFrom('ADMIN', 'ADMIN', 'NOBODY')),
  clientTypes: seldom(fc.subarray(['background', 'web'] as const, { minLength: 1 })),
  since: often(place),
  before: often(place),
  oldestFirst: fc.boolean(),
  limit: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })),
});

/** Writes ends as an instance would, some of them apart; gives their unique ids. */
async function write(ends: readonly End[]): Promise<readonly string[]> {
  await target.query('truncate nightshift.session_event, nightshift.background_session_event');
  const ids: string[] = [];
  const plain = new PlainEnds();
  for (const one of ends) {
    const v7 = uuidV7(new Date(START - one.bornMs));
    const uniqueId = one.isOdd ? v7.replace(/-7/, '-4') : v7;
    const company = { no: one.company, name: '' };
    const more = {
      uniqueId,
      company,
      clientType: one.clientType as 'web',
      correlationId: one.isOdd ? v7 : uniqueId,
    };
    const startedAt = new Date(START + one.afterMs - one.lastedMs);
    const spec = testSessionSpec(startedAt, more);
    const session = { id: one.id, codeunit: one.codeunit, startedAt, spec } as ActiveSession;
    ids.push(uniqueId);
    if (one.isFailed) await writeFailed(session, START + one.afterMs);
    else plain.add(session, tableOf(session), START + one.afterMs);
    if (one.isLastOfWrite) await plain.write(database, EPOCH);
  }
  await plain.write(database, EPOCH);
  return ids;
}

/** A row of its own; the task of every second one ends well half a second later, under the same unique id. */
async function writeFailed({ spec, ...session }: ActiveSession, at: number): Promise<void> {
  await target.query(
    `insert into nightshift.background_session_event (at, id, type, epoch, session_id, unique_id, client_type, origin,
      user_no, company_no, codeunit, isolation, started_at, comment)
    values ($1, $2, 'Error', $3, $4, $5, $6, 'task', 1, $7, $8, 'main', $9, 'failed')`,
    [
      new Date(at),
      uuidV7(new Date(at)),
      EPOCH,
      session.id,
      spec.uniqueId,
      spec.clientType,
      spec.company.no,
      session.codeunit,
      session.startedAt,
    ],
  );
  if (session.id % 2 === 1) return;
  const again = new PlainEnds();
  again.add({ ...session, spec } as ActiveSession, 'background_session_event', at + 500);
  again.add(
    { ...session, spec: testSessionSpec(session.startedAt) } as ActiveSession,
    'background_session_event',
    at + 500,
  );
  await again.write(database, EPOCH);
}

describe('lists of events in bundles', () => {
  it('are those of a plain look at every session, whatever is asked for', async () => {
    const everything = fc.array(end, { maxLength: 80, size: 'max' });
    await fc.assert(
      fc.asyncProperty(everything, fc.array(wish, { minLength: 20, maxLength: 20 }), async (ends, wishes) => {
        const ids = await write(ends);
        const all = (await naive({ limit: 1_000 })) as { at: Date; eventId: string }[];
        for (const { unique, since, before, ...rest } of wishes) {
          const found = before === undefined ? undefined : all[before.index % (all.length * 2)];
          const cursor = before && { at: new Date(START + before.afterMs), eventId: EPOCH };
          const given = Object.entries(rest).filter(([, value]) => value !== undefined);
          const filter = {
            ...Object.fromEntries(given),
            ...(unique !== undefined && { uniqueId: ids[unique % (ids.length + 1)] ?? EPOCH }),
            ...(since && { since: new Date(START + since.afterMs) }),
            ...(cursor && { before: found ?? cursor }),
          } as SessionEventFilter;
          expect(await listed(filter), JSON.stringify(filter)).toEqual(await naive(filter));
        }
      }),
      { numRuns: 40, interruptAfterTimeLimit: 60_000 },
    );
  }, 120_000);

  it('can be read page by page without gap or repetition', async () => {
    const some = fc.array(end, { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 20 }), async (ends, limit) => {
        await write(ends);
        const pages = [];
        let before: { at: Date; eventId: string } | undefined;
        for (;;) {
          const page = await sessionEvents(CALLER, { limit, ...(before && { before }) });
          pages.push(...page.map(({ eventId }) => eventId));
          before = page.at(-1);
          if (page.length < limit) break;
        }
        const all = (await naive({ limit: 1_000 })) as { eventId: string }[];
        expect(pages).toEqual(all.map(({ eventId }) => eventId));
      }),
      { numRuns: 10, interruptAfterTimeLimit: 60_000 },
    );
  }, 120_000);

  it('know nothing of an id of the far future, or of none', async () => {
    for (const uniqueId of ['ffffffff-ffff-7fff-bfff-ffffffffffff', '00000000-0000-7000-8000-000000000000']) {
      expect(await sessionEvents(CALLER, { uniqueId })).toEqual([]);
    }
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

/** How many sessions of bundles are looked at. */
function opened(node: PlanNode): number {
  const own = node['Node Type'] === 'Function Scan' ? node['Actual Rows'] * node['Actual Loops'] : 0;
  return (node.Plans ?? []).reduce((sum, plan) => sum + opened(plan), own);
}

describe('300 bundles of 1,000 sessions', () => {
  // Four a second, in three codeunits, with an error among them every 25 bundles.
  const SIZE = 1_000;
  const BUNDLES = 300;
  const EVERY_MS = 250;
  const LAST = START + (BUNDLES - 1) * EVERY_MS;

  beforeAll(async () => {
    await target.query('truncate nightshift.session_event, nightshift.background_session_event');
    await keepHouse({ database, clock: new FakeClock(new Date(START)), options: sessionOptions({}) });
    const plain = new PlainEnds();
    for (let bundle = 0; bundle < BUNDLES; bundle++) {
      const at = START + bundle * EVERY_MS;
      const spec = testSessionSpec(new Date(at));
      const codeunit = `Codeunit ${bundle % 3}`;
      for (let index = 0; index < SIZE; index++) {
        const own = { ...spec, uniqueId: uuidV7(new Date(at - 1_000)) };
        const id = bundle * SIZE + index;
        const session = {
          id,
          codeunit,
          startedAt: new Date(at - 5),
          spec: { ...own, correlationId: own.uniqueId },
        };
        plain.add(session as ActiveSession, 'background_session_event', at - 200 + (index % 200));
      }
      await plain.write(database, EPOCH);
      if (bundle % 25 !== 0) continue;
      const failed = {
        id: 1,
        codeunit: 'Failing',
        startedAt: new Date(at),
        spec: testSessionSpec(new Date(at)),
      };
      await writeFailed(failed as ActiveSession, at);
    }
    await target.query('vacuum analyze nightshift.background_session_event');
  });

  /** Explains a statement with values that are known, or are not, when it is planned. */
  async function explained(client: Client, { name, text }: Statement, values: readonly unknown[]) {
    const given = values.map((value) => (value === null ? 'null' : client.escapeLiteral(String(value))));
    const prepare = `prepare ${name} as ${text}`;
    await client.query(prepare);
    const command = `explain (analyze, buffers, format json) execute ${name}(${given.join(', ')})`;
    const { rows } = await client.query(command);
    await client.query('deallocate all');
    return rows[0]['QUERY PLAN'][0].Plan as PlanNode;
  }

  const at = (ms: number) => new Date(ms).toISOString();
  const known = START - 1_000 + 120 * EVERY_MS;
  it.each<readonly [string, Statement, Readonly<Record<number, unknown>>]>([
    ['the newest', sessionEventsNewestFirst.all, {}],
    ['the newest thousand', sessionEventsNewestFirst.all, { 11: 1_000 }],
    ['the newest before an event', sessionEventsNewestFirst.all, { 9: at(LAST - 30_100), 10: EPOCH }],
    ['the newest of a while', sessionEventsNewestFirst.all, { 8: at(LAST - 10_000) }],
    ['the newest of a codeunit', sessionEventsNewestFirst.all, { 4: 'Codeunit 1' }],
    ['the newest errors', sessionEventsNewestFirst.all, { 1: '{Error}', 11: 5 }],
    ['the newest of a company', sessionEventsNewestFirst.all, { 5: 'CRONUS', 6: 'ADMIN', 7: '{background}' }],
    ['one session by its number', sessionEventsNewestFirst.all, { 2: 100_500 }],
    ['the newest of some companies', sessionEventsNewestFirst.all, { 13: '{1,2}', 14: '{}', 15: 1 }],
    ['the newest that are his own', sessionEventsNewestFirst.all, { 13: '{2}', 14: '{1}', 15: 1 }],
    ['the oldest', sessionEventsOldestFirst.all, {}],
    ['the oldest of a while', sessionEventsOldestFirst.all, { 8: at(LAST - 30_100) }],
    [
      'the oldest of a while and a codeunit',
      sessionEventsOldestFirst.all,
      { 4: 'Codeunit 2', 8: at(START + 20_000) },
    ],
    ['a session by its unique id', sessionEventsNewestFirst.one, { 3: 'known', 12: at(known - HOUR_MS) }],
    ['a session by its unique id, oldest first', sessionEventsOldestFirst.one, { 3: 'known' }],
    ['a session that is none', sessionEventsNewestFirst.one, { 3: EPOCH }],
  ])('%s: few of them are opened', async (_, text, asked) => {
    const [row] = await target.query<{ id: string }>(
      `select bundle_unique_ids[500] as id from nightshift.background_session_event
      where bundle_size > 2 order by at offset 120 limit 1`,
    );
    const values = Array.from(
      { length: 15 },
      (_value, index) => asked[index + 1] ?? (index === 10 ? 100 : null),
    );
    await withClient(target.url, async (client) => {
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query('select set_config($1, $2, false)', ['plan_cache_mode', mode]);
        const given = values.map((value) => (value === 'known' ? row?.id : value));
        const plan = await explained(client, text, given);
        expect(opened(plan), mode).toBeLessThanOrEqual(4 * SIZE);
        // A page for each bundle, and some for the user, company and instance of each row; to open all takes 10,000.
        const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
        expect(pages, mode).toBeLessThan(1_000 + 6 * plan['Actual Rows']);
        if (text !== sessionEventsNewestFirst.one || asked[3] !== EPOCH)
          expect(plan['Actual Rows']).toBeGreaterThan(0);
      }
    });
  });
});

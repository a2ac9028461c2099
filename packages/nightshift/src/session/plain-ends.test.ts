import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type Statement } from '../database/index.ts';
import { randomUuid, uuidV7 } from '../foundation/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { testSessionSpec } from '../testing/session-spec.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import type { ActiveSession } from './active-sessions.ts';
import { BUNDLE_SIZE_MAX, BUNDLE_SPAN_MS_MAX, isPlain, PlainEnds } from './plain-ends.ts';
import type { SessionEnd } from './session-event.ts';
import { keepHouse } from './session-housekeeping.ts';
import { sessionOptions } from './session-options.ts';

const START = Date.parse('2026-03-10T10:00:00.123Z');
const EPOCH = '01890a5d-ac96-774b-bcce-b302099a8057';
const TABLE = 'background_session_event';

let target: TestDatabase;
let database: Database;
/** What is done to statements on their way. */
let onWay: (run: () => Promise<unknown>, sent: Statement) => Promise<unknown>;
let sent: Statement[];
let watched: Database;
let ids = 0;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openDatabase({ url: target.url, applicationName: 'plain ends' });
  const run: Database['run'] = async (statement, values) => {
    sent.push(statement);
    return (await onWay(() => database.run(statement, values), statement)) as never;
  };
  watched = { ...database, run };
});
afterAll(async () => {
  await database.close();
  await target.drop();
});
beforeEach(async () => {
  sent = [];
  onWay = (run) => run();
  await target.query('truncate nightshift.session_event, nightshift.background_session_event');
});

function session(more: Partial<ActiveSession['spec']> = {}, codeunit = 'Worker', startedAt = START) {
  const spec = testSessionSpec(new Date(startedAt), more);
  return { id: ++ids, spec, codeunit, startedAt: new Date(startedAt) } as ActiveSession;
}
const many = (count: number) => Array.from({ length: count }, () => session());
const rows = () =>
  target.query<{ size: number | null; at: Date; first: Date | null; codeunit: string; web: boolean }>(
    `select bundle_size as size, at, bundle_first_at as first, codeunit, client_type = 'web' as web
    from (select * from nightshift.background_session_event union all select * from nightshift.session_event) e
    order by at, bundle_first_at, id`,
  );
const events = () =>
  target.query(`select * from nightshift.every_session_event order by at, session_id, unique_id`);
const sizes = async () => (await rows()).map(({ size }) => size);

describe('plain ends', () => {
  it('that are written together are one row, and events of their own in the view', async () => {
    const plain = new PlainEnds();
    const root = uuidV7(new Date(START));
    const all = [session(), session({ correlationId: root }), session({}, 'Worker', START - 86_400_000)];
    for (const [index, one] of all.entries()) plain.add(one, TABLE, START + 7 * index);
    expect(plain.size).toBe(3);
    expect(await plain.write(watched, EPOCH)).toBe(0);
    expect(plain.size).toBe(0);
    expect(await rows()).toEqual([
      { size: 3, at: new Date(START + 14), first: new Date(START), codeunit: 'Worker', web: false },
    ]);
    expect(await events()).toEqual(
      all.map((one, index) => ({
        at: new Date(START + 7 * index),
        id: one.spec.uniqueId,
        type: 'Stop',
        epoch: EPOCH,
        session_id: one.id,
        unique_id: one.spec.uniqueId,
        client_type: 'background',
        origin: 'task',
        user_no: 1,
        company_no: 1,
        codeunit: 'Worker',
        isolation: 'main',
        parent_unique_id: null,
        correlation_id: index === 1 ? root : null,
        started_at: one.startedAt,
        stopping_at: null,
        killed_at: null,
        comment: null,
        error: null,
        lines: null,
        progress: null,
      })),
    );
    const [bundle] = await target.query(
      `select bundle_low as low, bundle_high as high, bundle_low_session as first, bundle_high_session as last,
        unique_id as own
      from nightshift.background_session_event`,
    );
    const sorted = all.map(({ spec }) => spec.uniqueId).toSorted();
    expect(bundle).toEqual({
      low: sorted[0],
      high: sorted[2],
      first: all[0]?.id,
      last: all[2]?.id,
      own: all[2]?.spec.uniqueId,
    });
  });

  it('look the same as one row each', async () => {
    const all = many(5);
    for (const one of all) {
      const alone = new PlainEnds();
      alone.add(one, TABLE, START);
      await alone.write(watched, EPOCH);
    }
    const apart = await events();
    expect(await sizes()).toEqual([null, null, null, null, null]);
    await target.query('truncate nightshift.background_session_event');
    const together = new PlainEnds();
    for (const one of all) together.add(one, TABLE, START);
    await together.write(watched, EPOCH);
    expect(await sizes()).toEqual([5]);
    expect(await events()).toEqual(apart);
  });

  it('share a row only when they have all else in common', async () => {
    const plain = new PlainEnds();
    const user = { ...session().spec.user, no: 2 };
    const others = [{}, { user }, { origin: 'job-queue' }, { isolation: 'thread' }, { clientType: 'child' }];
    for (let times = 0; times < 2; times++) {
      for (const more of others) plain.add(session(more as never), TABLE, START);
      plain.add(session({}, 'Other'), TABLE, START);
      plain.add(session({ clientType: 'web' }), 'session_event', START);
    }
    await plain.write(watched, EPOCH);
    expect(await sizes()).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect((await rows()).filter(({ web }) => web)).toHaveLength(1);
    expect((await events()).filter(({ type }) => type === 'Logoff')).toHaveLength(2);
  });

  it('that waited for long become several rows, none longer than ten seconds or larger than the limit', async () => {
    const plain = new PlainEnds();
    for (let second = 0; second <= 25; second++) plain.add(session(), TABLE, START + second * 1_000);
    await plain.write(watched, EPOCH);
    expect(await sizes()).toEqual([11, 11, 4]);
    for (const { at, first } of await rows()) {
      expect(at.getTime() - (first?.getTime() ?? 0)).toBeLessThanOrEqual(BUNDLE_SPAN_MS_MAX);
    }
    await target.query('truncate nightshift.background_session_event');
    for (const one of many(2 * BUNDLE_SIZE_MAX + 1)) plain.add(one, TABLE, START);
    await plain.write(watched, EPOCH);
    expect((await sizes()).toSorted()).toEqual([BUNDLE_SIZE_MAX, BUNDLE_SIZE_MAX, null]);
    expect(await events()).toHaveLength(2 * BUNDLE_SIZE_MAX + 1);
  });

  it('are brought in order when the clock was set back meanwhile', async () => {
    const plain = new PlainEnds();
    const offsets = [60_000, 60_001, 0, 5, 5, 30_000, 30_000];
    const all = offsets.map((offset) => ({ one: session({}, 'Worker', START - 1), at: START + offset }));
    for (const { one, at } of all) plain.add(one, TABLE, at);
    await plain.write(watched, EPOCH);
    expect(await sizes()).toEqual([3, 2, 2]);
    const stored = new Map((await events()).map((event) => [event['unique_id'], event]));
    for (const { one, at } of all) {
      expect(stored.get(one.spec.uniqueId)).toMatchObject({
        at: new Date(at),
        started_at: one.startedAt,
        session_id: one.id,
      });
    }
  });

  it('that took longer than a row can say are not plain', () => {
    const end: SessionEnd = { type: 'Stop', comment: null, error: null, lines: [], progress: null };
    const one = { ...session(), announced: false, stopKind: null } as ActiveSession;
    expect(isPlain(one, end, START + 2 ** 31 - 1)).toBe(true);
    expect(isPlain(one, end, START + 2 ** 31)).toBe(false);
  });
});

describe('a bundle whose answer is lost', () => {
  const lose = async (run: () => Promise<unknown>) => {
    await run();
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  };

  it.each([1, 2, 3_000])('of %i ends is written again as it was, whatever came meanwhile', async (count) => {
    const plain = new PlainEnds();
    const all = many(count);
    for (const one of all) plain.add(one, TABLE, START);
    for (let times = 0; times < 3; times++) {
      onWay = lose;
      await expect(plain.write(watched, EPOCH)).rejects.toThrow('socket hang up');
      const late = session();
      all.push(late);
      plain.add(late, TABLE, START + times);
    }
    expect(plain.size).toBe(count + 3);
    onWay = (run) => run();
    await plain.write(watched, EPOCH);
    expect(plain.size).toBe(0);
    const stored = (await events()).map(({ unique_id }) => unique_id);
    expect(stored.toSorted()).toEqual(all.map(({ spec }) => spec.uniqueId).toSorted());
  });

  it('is not lost when it never arrived', async () => {
    const plain = new PlainEnds();
    for (const one of many(3)) plain.add(one, TABLE, START);
    onWay = async () => {
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    };
    for (let times = 0; times < 3; times++)
      await expect(plain.write(watched, EPOCH)).rejects.toThrow('hang up');
    onWay = (run) => run();
    await plain.write(watched, EPOCH);
    expect(await sizes()).toEqual([3]);
  });
});

describe('what the database refuses', () => {
  it('is counted with all that share the reason, and keeps no others from being written', async () => {
    const plain = new PlainEnds();
    for (const one of many(2)) plain.add(one, TABLE, START);
    for (let times = 0; times < 5; times++) plain.add(session({}, 'bad\0name'), TABLE, START);
    plain.add(session({}, 'Other'), TABLE, START);
    expect(await plain.write(watched, EPOCH)).toBe(5);
    expect(plain.size).toBe(0);
    expect((await rows()).map(({ codeunit, size }) => [codeunit, size]).toSorted()).toEqual([
      ['Other', null],
      ['Worker', 2],
    ]);
  });

  it('because its partition has come meanwhile is written again at once', async () => {
    const plain = new PlainEnds();
    for (const one of many(2)) plain.add(one, TABLE, START);
    onWay = async (run) => {
      if (sent.length === 1)
        throw Object.assign(new Error('violates partition constraint'), { code: '23514' });
      return await run();
    };
    expect(await plain.write(watched, EPOCH)).toBe(0);
    expect(await sizes()).toEqual([2]);
  });

  it('is an id that is none: the error says so, and the connection lives', async () => {
    const plain = new PlainEnds();
    plain.add(session(), TABLE, START);
    plain.add(session({ uniqueId: 'no "id', correlationId: 'no "id' }), TABLE, START);
    expect(await plain.write(watched, EPOCH)).toBe(2);
  });
});

it('ends that come while others are written wait for the next time', async () => {
  const plain = new PlainEnds();
  for (const one of many(2)) plain.add(one, TABLE, START);
  onWay = (run) => {
    for (const one of many(3)) plain.add(one, TABLE, START);
    return run();
  };
  await plain.write(watched, EPOCH);
  expect([sent.length, plain.size, await sizes()]).toEqual([1, 3, [2]]);
});

it('a bundle moves to the partition of its day, and is dropped with it', async () => {
  const clock = new FakeClock(new Date(START));
  const keep = () => keepHouse({ database, clock, options: sessionOptions({}) });
  const plain = new PlainEnds();
  for (const one of many(500)) plain.add(one, TABLE, START);
  await plain.write(watched, EPOCH);
  const before = await events();
  await keep();
  const [place] = await target.query(
    'select tableoid::regclass::text as name from nightshift.background_session_event',
  );
  expect(place).toEqual({ name: `nightshift.${TABLE}_20260310` });
  expect(await events()).toEqual(before);
  for (const one of many(2)) plain.add(one, TABLE, START + 1);
  await plain.write(watched, EPOCH);
  // What was added to the table is there in its partitions too: ids are not compressed, bundles have their index.
  const kept = await target.query(
    `select string_agg(distinct attstorage::text, '') as storage,
      bool_and(exists (select from pg_index i where i.indrelid = a.attrelid and i.indpred is not null)) as indexed
    from pg_attribute a where attname like 'bundle%ids' and attname <> 'bundle_session_ids'
      and attrelid in (select inhrelid from pg_inherits where inhparent = 'nightshift.background_session_event'::regclass)`,
  );
  expect(kept).toEqual([{ storage: 'e', indexed: true }]);
  await clock.advance(6 * 86_400_000);
  await keep();
  expect(await events()).toEqual([]);
});

it('a session in a bundle is found among those that have ended', async () => {
  const plain = new PlainEnds();
  const all = [...many(3), session({ uniqueId: randomUuid() })];
  for (const one of all) plain.add(one, TABLE, START);
  await plain.write(watched, EPOCH);
  const isInBundle = async (...wanted: (string | undefined)[]) =>
    (await target.query('select nightshift.is_in_bundle($1) as found', [wanted]))[0]?.['found'];
  for (const { spec } of all) expect(await isInBundle(randomUuid(), spec.uniqueId)).toBe(true);
  expect(await isInBundle(randomUuid(), uuidV7(new Date(START)), uuidV7(new Date(START)))).toBe(false);
  expect(await isInBundle()).toBe(false);
});

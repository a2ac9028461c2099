import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, type Statement } from '../database/index.ts';
import { randomUuid, systemClock, uuidV7 } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { testSessionSpec } from '../testing/session-spec.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ActiveSession } from './active-sessions.ts';
import type { SessionEnd } from './session-event.ts';
import { SessionEvents } from './session-events.ts';
import { keepHouse, loseSessionsOfEnded } from './session-housekeeping.ts';
import { sessionOptions } from './session-options.ts';
import { NOTHING_TOLD } from './told-lines.ts';

let target: TestDatabase;
let database: Database;
const epoch = randomUuid();
let ids = 2 ** 20;

beforeAll(async () => {
  target = await createTestDatabase();
  database = await openDatabase({ url: target.url, applicationName: 'events' });
  await target.query(
    `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks)
    values ($1, 1, 'here', 7, '0', '{}', false)`,
    [epoch],
  );
});
afterAll(async () => {
  await database.close();
  await target.drop();
});

/** A writer whose statements can be watched, and fail after they have taken effect. */
function writer(clock = systemClock) {
  const recorded = new RecordedTelemetry();
  const sent: Statement[] = [];
  const lost = { answers: 0 };
  const spied: Database = {
    ...database,
    async run<Row>(statement: Statement, values: readonly unknown[]) {
      sent.push(statement);
      const rows = await database.run<Row>(statement, values);
      if (lost.answers-- > 0) throw new Error('Connection terminated unexpectedly');
      return rows;
    },
  };
  const telemetry = new Telemetry([recorded.receive]);
  return { events: new SessionEvents({ database: spied, clock, telemetry, epoch }), recorded, sent, lost };
}

function session(codeunit = 'Worker', more: Partial<ActiveSession> = {}): ActiveSession {
  const now = systemClock.now();
  const spec = testSessionSpec(now, { uniqueId: uuidV7(now) });
  const seed = {
    id: ++ids,
    spec,
    codeunit,
    startedAt: now,
    begun: 0,
    deadline: 0,
    state: 'Running' as const,
  };
  const ends = {
    stop: () => undefined,
    kill: () => undefined,
    whatRuns: () => null,
    told: () => NOTHING_TOLD,
  };
  return new ActiveSession({ ...seed, ...more }, ends);
}

const END: SessionEnd = { type: 'Stop', comment: null, error: null, lines: [], progress: null };
const failed = (comment: string): SessionEnd => ({ ...END, type: 'Error', comment });
const eventsOf = ({ spec }: ActiveSession) =>
  target.query<{ type: string; comment: string | null; sane: boolean }>(
    `select type, comment, at >= started_at as sane from nightshift.background_session_event
    where unique_id = $1 order by at, id`,
    [spec.uniqueId],
  );
const typesOf = async (one: ActiveSession) => (await eventsOf(one)).map(({ type }) => type);
const isListed = async ({ id }: ActiveSession) =>
  (await target.query('select from nightshift.active_session where session_id = $1', [id])).length > 0;

describe('a row that the database refuses', () => {
  it.each([
    ['a comment', failed('a\0b')],
    ['a line', { ...failed('x'), lines: [{ at: '', level: 'error', text: 'a\0b', details: null }] }],
    ['a progress', { ...END, progress: { done: 1, total: null, text: '\0' } }],
  ] as const)('for %s is written without it, and keeps no other from being written', async (_, end) => {
    const { events } = writer();
    const bad = session();
    await events.announceNow(bad);
    const good = Array.from({ length: 9 }, () => session());
    for (const one of good.slice(0, 5)) events.ended(one, failed('good'));
    events.ended(bad, end as SessionEnd);
    for (const one of good.slice(5)) events.ended(one, failed('good'));
    await events.flush();
    for (const one of good) expect(await eventsOf(one)).toMatchObject([{ type: 'Error', comment: 'good' }]);
    expect((await eventsOf(bad)).at(-1)).toMatchObject({
      type: end.type,
      comment: 'what the session has left behind could not be stored',
    });
    expect(await isListed(bad)).toBe(false);
  });

  it('altogether is counted, once, and keeps no other from being written', async () => {
    const { events, recorded } = writer();
    events.ended(session('bad\0name'), END);
    events.ended(session('bad\0name'), failed('and more'));
    events.announce(session('bad\0name'));
    const good = session();
    const plain = session();
    const long = session();
    events.announce(long);
    events.ended(good, failed('good'));
    events.ended(plain, END);
    for (let count = 0; count < 3; count++) await events.flush();
    expect([await typesOf(good), await typesOf(plain)]).toEqual([['Error'], ['Stop']]);
    expect(await isListed(long)).toBe(true);
    events.ended(long, END);
    await events.flush();
    const dropped = recorded.events('NS0012').map(({ dimensions }) => Number(dimensions['events']));
    expect(dropped.reduce((one, other) => one + other, 0)).toBe(2);
  });
});

it('a partition that is attached meanwhile fails no session and loses no event', async () => {
  const { events } = writer();
  const all: ActiveSession[] = [];
  let isMade = false;
  const sessions = Array.from({ length: 4 }, async () => {
    while (!isMade) {
      const one = session();
      await events.announceNow(one);
      events.ended(one, failed('whole'));
      all.push(one);
      await events.flush();
    }
  });
  await keepHouse({ database, clock: systemClock, options: sessionOptions({}) });
  isMade = true;
  await Promise.all(sessions);
  await events.flush();
  for (const one of all) expect((await eventsOf(one)).map(({ comment }) => comment)).toEqual([null, 'whole']);
});

describe('an answer that is lost', () => {
  it('doubles no event: not of a start, not of an end', async () => {
    const { events, lost } = writer();
    const one = session();
    events.announce(one);
    lost.answers = 1;
    await events.flush();
    await events.flush();
    expect(await typesOf(one)).toEqual(['Start']);
    lost.answers = 1;
    events.ended(one, failed('once'));
    await events.flush();
    await events.flush();
    expect(await typesOf(one)).toEqual(['Start', 'Error']);
    const plain = session();
    lost.answers = 1;
    events.ended(plain, END);
    await events.flush();
    await events.flush();
    expect(await typesOf(plain)).toEqual(['Stop']);
  });
});

describe('too much that waits', () => {
  it('never drops the end of a listed session, which would stay listed', async () => {
    const { events } = writer();
    const listed = session();
    await events.announceNow(listed);
    await target.query('alter table nightshift.background_session_event rename to hidden');
    for (let count = 0; count < 20_001; count++) events.ended(session(), END);
    events.ended(listed, END);
    await target.query('alter table nightshift.hidden rename to background_session_event');
    await events.flush();
    await events.flush();
    expect(await isListed(listed)).toBe(false);
    expect(await typesOf(listed)).toEqual(['Start', 'Stop']);
  });

  it('goes in several statements, by its size', async () => {
    const { events, sent } = writer();
    const all = Array.from({ length: 30 }, () => session());
    for (const one of all) events.ended(one, failed('x'.repeat(250_000)));
    await events.flush();
    expect(sent.length).toBe(2);
    for (const one of all) expect(await typesOf(one)).toEqual(['Error']);
  });

  it('is kept without what was left behind once that is more than memory should hold', async () => {
    const { events } = writer();
    await target.query('alter table nightshift.background_session_event rename to hidden');
    const all = Array.from({ length: 300 }, () => session());
    for (const one of all) events.ended(one, failed('x'.repeat(250_000)));
    await target.query('alter table nightshift.hidden rename to background_session_event');
    await events.flush();
    expect((await eventsOf(all[0] as ActiveSession))[0]?.comment).toHaveLength(250_000);
    expect((await eventsOf(all.at(-1) as ActiveSession))[0]?.comment).toMatch(/could not be stored/);
  });
});

it('what ends after the writer has stopped is still written', async () => {
  const { events } = writer();
  await events.writer.start();
  await events.writer.stop();
  const [one, two] = [session(), session()];
  events.ended(one, END);
  events.ended(two, failed('late'));
  await events.flush();
  expect([await typesOf(one), await typesOf(two)]).toEqual([['Stop'], ['Error']]);
});

it('a clock that is set back makes no session end before it began', async () => {
  const { events } = writer(new FakeClock('2020-01-01T00:00:00Z'));
  const [one, two] = [session(), session()];
  events.ended(one, END);
  events.ended(two, failed('x'));
  await events.flush();
  for (const ended of [one, two]) expect(await eventsOf(ended)).toMatchObject([{ sane: true }]);
});

it('a survivor keeps the wish that a session stops, and closes what had been killed', async () => {
  const { events } = writer();
  const running = session();
  const stopping = session('Worker', { state: 'Stopping' });
  stopping.comment = 'taking too long';
  const killed = session('Worker', { state: 'Lingering' });
  for (const one of [running, stopping, killed]) await events.announceNow(one);
  events.ended(killed, { ...failed('hangs'), type: 'Killed' }, true);
  await events.flush();
  await target.query(
    "update nightshift.server_instance set ended_at = clock_timestamp(), end_reason = 'dead' where epoch = $1",
    [epoch],
  );
  await Promise.all([1, 2, 3].map(() => loseSessionsOfEnded({ database, clock: systemClock })));
  const lost = 'the server instance here, process 7, was lost';
  expect((await eventsOf(running)).at(-1)).toMatchObject({ type: 'Lost', comment: lost });
  expect((await eventsOf(stopping)).at(-1)).toMatchObject({
    type: 'Lost',
    comment: `${lost}; it was to stop: taking too long`,
  });
  expect(await typesOf(killed)).toEqual(['Start', 'Killed', 'Close']);
  // The owner lives after all, and tells its end too: nobody listens.
  events.ended(running, END);
  await events.flush();
  expect(await typesOf(running)).toEqual(['Start', 'Lost']);
});

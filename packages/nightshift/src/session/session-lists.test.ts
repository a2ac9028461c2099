import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessions } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import { startSession, stopSession } from './start-session.ts';

const sleeper = codeunit({ name: 'Sleeper', onRun: (session) => session.sleep(3_600_000) });
const failing = codeunit({ name: 'Failing', onRun: (session) => session.error('broken') });

let database: TestDatabase;
let world: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  world = await startTestPlatform({ database, codeunits: [sleeper, failing] });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const flush = () => world.platform.instance.host.events.flush();

describe('the list of sessions', () => {
  it('shows who runs what where, of one company or of all', async () => {
    const started = [
      await startSession(world.admin, sleeper),
      await startSession(world.admin, sleeper, { company: 'Other' }),
    ];
    await Promise.all(started.map((session) => session.started));
    const all = await sessions.list(world.admin);
    expect(all).toMatchObject([
      {
        id: started[0]?.id,
        uniqueId: started[0]?.uniqueId,
        user: 'ADMIN',
        company: 'CRONUS',
        codeunit: 'Sleeper',
        clientType: 'background',
        origin: 'start-session',
        isolation: 'main',
        state: 'Running',
        correlationId: started[0]?.uniqueId,
        instance: { processId: process.pid },
      },
      { company: 'Other' },
    ]);
    expect(await sessions.list(world.admin, { company: 'Other' })).toHaveLength(1);
    expect(await sessions.list(world.admin, { user: 'NOBODY' })).toEqual([]);
    for (const { id, finished } of started) {
      await stopSession(world.admin, id, 'shown');
      await finished;
    }
    await flush();
    expect(await sessions.list(world.admin)).toEqual([]);
  });
});

describe('a session that waits for a place', () => {
  it('is listed as Queued, and as Running once it runs', async () => {
    const small = await startTestPlatform({
      database,
      codeunits: [sleeper, failing],
      sessions: { backgroundSessionsMaxConcurrent: 1 },
    });
    const first = await startSession(small.admin, sleeper);
    const second = await startSession(small.admin, sleeper);
    const stateOf = async (id: number) =>
      (await sessions.list(small.admin)).find((one) => one.id === id)?.state;
    await until('it is listed', async () => (await stateOf(second.id)) === 'Queued');
    await stopSession(small.admin, first.id);
    await second.started;
    expect(await stateOf(second.id)).toBe('Running');
    await stopSession(small.admin, second.id);
    await second.finished;
    await small.platform.instance.host.events.flush();
    expect(await sessions.list(small.admin)).toEqual([]);
    const events = await sessions.events(small.admin, { uniqueId: second.uniqueId, oldestFirst: true });
    expect(events.map(({ type }) => type)).toEqual(['Start', 'Stopped']);
    await small.stop();
  });
});

describe('the events of sessions', () => {
  it('can be filtered and read page by page, in both directions, without gap or repetition', async () => {
    for (let index = 0; index < 5; index++) await (await startSession(world.admin, failing)).finished;
    await flush();
    const errors = await sessions.events(world.admin, { types: ['Error'], codeunit: 'Failing' });
    expect(errors).toHaveLength(5);
    expect(errors[0]).toMatchObject({
      type: 'Error',
      comment: 'broken',
      error: { code: 'CODEUNIT_ERROR' },
      lines: [],
      instance: { processId: process.pid },
    });
    const everything = await sessions.events(world.admin, { limit: 1_000 });
    const pages = [];
    let before: { at: Date; eventId: string } | undefined;
    for (;;) {
      const page = await sessions.events(world.admin, { limit: 3, ...(before && { before }) });
      pages.push(...page);
      before = page.at(-1);
      if (page.length < 3) break;
    }
    expect(pages).toEqual(everything);
    const oldest = await sessions.events(world.admin, { limit: 1_000, oldestFirst: true });
    expect(oldest).toEqual(everything.toReversed());
    const [one] = everything;
    expect(
      await sessions.events(world.admin, { uniqueId: one?.uniqueId ?? '', sessionId: one?.id ?? 0 }),
    ).not.toEqual([]);
    expect(await sessions.events(world.admin, { since: new Date(Date.UTC(2999, 0)) })).toEqual([]);
    expect(await sessions.events(world.admin, { clientTypes: ['web'] })).toEqual([]);
    expect(await sessions.events(world.admin, { company: 'Other', user: 'ADMIN' })).toHaveLength(2);
  });

  it.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 1_001 }],
    ['uniqueId', { uniqueId: 'x' }],
    ['sessionId', { sessionId: 2 ** 31 }],
    ['types', { types: ['Nonsense' as never] }],
    ['before', { before: { at: new Date(0), eventId: 'x' } }],
    ['before', { before: { at: new Date('x'), eventId: '00000000-0000-4000-8000-000000000000' } }],
    ['since', { since: new Date('x') }],
    ['codeunit', { codeunit: 'a\0b' }],
  ])('a bad %s is named', async (field, filter) => {
    await expect(sessions.events(world.admin, filter)).rejects.toMatchObject({ code: 'VALIDATION', field });
  });
});

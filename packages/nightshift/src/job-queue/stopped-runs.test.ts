import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit, type Session, sessionEvents, stopSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const running: Session[] = [];
const go = Promise.withResolvers<void>();
const heedful = codeunit({
  name: 'Heedful',
  onRun: async (session) => {
    session.reportError('noticed');
    running.push(session);
    await session.sleep(3_600_000);
  },
});
const heedless = codeunit({
  name: 'Heedless',
  onRun: async (session) => {
    session.reportError('noticed');
    running.push(session);
    await go.promise;
    session.reportError('too late');
  },
});

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({ codeunits: [heedful, heedless], sessions: { stopGraceMs: 50 } });
});
afterAll(async () => {
  go.resolve();
  await world.stop();
});

async function stopRunOf(object: string) {
  const entry = await jobQueue.create(world.admin, { object });
  await jobQueue.setStatusToReady(world.admin, entry.id);
  const session = await until('it runs', () => running.shift());
  expect(await stopSession(world.admin, session.id, 'a person stopped it')).toBe(true);
  await world.waitFor('AL0000JRG', ({ entryId }) => entryId === entry.id);
  const [log] = await jobQueue.logEntries(world.admin, { entryId: entry.id });
  await world.platform.instance.host.events.flush();
  const events = await sessionEvents(world.admin, { uniqueId: session.uniqueId });
  const { status } = await jobQueue.get(world.admin, entry.id);
  return { log, events: events.map(({ type }) => type), status };
}

describe('a run of an entry that a person stops', () => {
  test('is Stopped in its log entry, with what the person said, and not run again', async () => {
    const { log, events, status } = await stopRunOf('Heedful');
    expect(log).toMatchObject({
      status: 'Stopped',
      errorMessages: 1,
      error: { code: 'SESSION_STOPPED', message: expect.stringContaining('a person stopped it') },
    });
    expect(events).toContain('Stopped');
    expect(status).toBe('Error');
  });

  test('is Killed when its code does not end in time', async () => {
    const { log, events, status } = await stopRunOf('Heedless');
    expect(log).toMatchObject({
      status: 'Killed',
      errorMessages: 1,
      error: { code: 'SESSION_KILLED', message: expect.stringContaining('a person stopped it') },
    });
    expect(events).toContain('Killed');
    expect(status).toBe('Error');
  });
});

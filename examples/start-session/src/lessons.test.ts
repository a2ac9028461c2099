import { isSessionActive, sessions, startSession, stopSession } from 'nightshift';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeFirstAddress, firstAddress } from './customer.sql.ts';
import { showCustomerList, showFailures, showLimits, showRace } from './demonstration.ts';
import { runInCompany } from './lessons/another-company.ts';
import { emptyOut, fillUp, startOrSchedule } from './lessons/limits.ts';
import { stopInMidRun } from './lessons/stopping.ts';
import { failingPosting } from './lessons/surviving-log.ts';
import { afterCommit, commitFirst, race } from './lessons/the-race.ts';
import { theWorksInTwoRows } from './lessons/two-rows.ts';
import { historyOf } from './session-history.ts';
import { idAndTime, readEntry, readUnfinished } from './session-log.sql.ts';
import {
  CRONUS,
  MY_COMPANY,
  type ScratchPlatform,
  startScratchPlatform,
} from './testing/scratch-platform.ts';
import { theWorks } from './the-works.ts';

let world: ScratchPlatform;
beforeAll(async () => {
  world = await startScratchPlatform();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  for (const identity of [CRONUS, MY_COMPANY]) {
    await world.platform.open(identity, async ({ db }) => {
      await db.query('delete from session_log');
      await changeFirstAddress(db, 'as it was');
    });
  }
});

const addressIn = (identity: typeof CRONUS | typeof MY_COMPANY) =>
  world.platform.open(identity, ({ db }) => firstAddress(db));
const unfinished = () => world.platform.open(CRONUS, ({ db }) => readUnfinished(db));
const entryOf = (id: string, identity: typeof CRONUS | typeof MY_COMPANY = CRONUS) =>
  world.platform.open(identity, ({ db }) => readEntry(db, id));
/** Waits until a log entry is there: whoever writes it is nobody we could wait for. */
const written = (id: string) =>
  world.platform.open(CRONUS, async (session) => {
    while ((await readEntry(session.db, id)) === null) await session.sleep(20);
  });

describe('a: rows that are not committed yet', () => {
  test('the session does not find the row: the race', async () => {
    expect(await race(world.platform, CRONUS)).toMatchObject({
      type: 'Error',
      succeeded: false,
      comment: expect.stringMatching(/^There is no log entry /),
    });
    expect(await unfinished()).toHaveLength(1);
  });

  test('the session writes the entry by itself: cured', async () => {
    const { id: logId } = await world.platform.open(CRONUS, ({ db }) => idAndTime(db));
    const record = { customerNo: 'a', vendorNo: 'b', logId, workMs: 0 };
    const { finished } = await startSession(world.platform.as(CRONUS), theWorks, { record });
    expect(await finished).toMatchObject({ succeeded: true });
    expect(await entryOf(logId)).toMatchObject({ result: 'customer 10000' });
  });

  test('the caller commits first: cured', async () => {
    expect(await commitFirst(world.platform, CRONUS)).toMatchObject({ type: 'Stop', succeeded: true });
    expect(await unfinished()).toEqual([]);
  });

  test('the session starts after the commit: cured', async () => {
    expect(await afterCommit(world.platform, CRONUS)).toMatchObject({ type: 'Stop', succeeded: true });
    expect(await unfinished()).toEqual([]);
  });

  test('the session that was to start after the commit never starts after a rollback', async () => {
    const caller = world.platform.as(CRONUS);
    const runs = () => sessions.events(caller, { codeunit: 'Finish Log Entry', types: ['Start'] });
    const before = await runs();
    const failing = afterCommit(world.platform, CRONUS, async () => {
      throw new Error('the caller fails');
    });
    await expect(failing).rejects.toThrow('the caller fails');
    expect(await runs()).toEqual(before);
  });
});

describe('b: a log that survives', () => {
  test('the posting is rolled back, the log entry of the other session stays', async () => {
    const { logId, error } = await failingPosting(world.platform, CRONUS);
    expect(error).toMatchObject({ code: 'CODEUNIT_ERROR', message: 'The posting failed.' });
    expect(await addressIn(CRONUS)).toBe('as it was');
    expect(await entryOf(logId)).toMatchObject({ result: expect.stringContaining('the posting failed') });
  });
});

describe('c: another company', () => {
  test('the session works there, wholly, and nothing happens here', async () => {
    const result = await runInCompany(world.platform, CRONUS, MY_COMPANY.company);
    expect(result).toMatchObject({ type: 'Stop', succeeded: true });
    expect([await addressIn(CRONUS), await addressIn(MY_COMPANY)]).toEqual(['as it was', 'from CRONUS']);
    expect(await entryOf(result.logId)).toBeNull();
    const entry = await entryOf(result.logId, MY_COMPANY);
    const [event] = await historyOf(world.platform, CRONUS, entry?.sessionUniqueId ?? '');
    expect(event).toMatchObject({ company: MY_COMPANY.company, user: 'ADMIN' });
  });

  test('a company that is not there is refused', async () => {
    await expect(runInCompany(world.platform, CRONUS, 'Nowhere')).rejects.toMatchObject({
      code: 'COMPANY_UNKNOWN',
    });
  });
});

describe('d: two rows', () => {
  const start = (address: string) =>
    startSession(world.platform.as(CRONUS), theWorksInTwoRows, { record: { address } });

  test('work that ends well has both', async () => {
    const { finished } = await start('done');
    expect(await finished).toMatchObject({ succeeded: true });
    expect(await unfinished()).toEqual([]);
    expect(await addressIn(CRONUS)).toBe('done');
  });

  test('work that was stopped has the first one only; the session events know more, without any code', async () => {
    const { uniqueId } = await stopInMidRun(world.platform, CRONUS, 'enough');
    expect(await unfinished()).toMatchObject([{ sessionUniqueId: uniqueId, stopTime: null }]);
    const history = await historyOf(world.platform, CRONUS, uniqueId);
    expect(history.map(({ type, comment }) => [type, comment])).toEqual([
      ['Start', null],
      ['Stopped', 'enough'],
    ]);
  });
});

describe('e: limits', () => {
  test('ten run, a hundred wait, and the 111th is refused; what must be done becomes a task', async () => {
    const caller = world.platform.as(CRONUS);
    const house = await fillUp(caller, 1_000);
    expect(house.accepted).toHaveLength(110);
    expect(house.refusal).toMatchObject({
      code: 'SESSION_LIMIT_REACHED',
      details: { running: 10, waiting: 100 },
    });
    const { id: logId } = await world.platform.open(CRONUS, ({ db }) => idAndTime(db));
    const record = { customerNo: 'as', vendorNo: 'a task', logId, workMs: 0 };
    expect(await startOrSchedule(caller, record)).toBe('task');
    await emptyOut(caller, house);
    for (const { id } of house.accepted) expect(await isSessionActive(caller, id)).toBe(false);
    await written(logId);
    expect(await addressIn(CRONUS)).toBe('as a task');
  });

  test('while there are places, the work becomes a session; other errors are the caller’s', async () => {
    const caller = world.platform.as(CRONUS);
    const { id: logId } = await world.platform.open(CRONUS, ({ db }) => idAndTime(db));
    const record = { customerNo: 'a', vendorNo: 'b', logId, workMs: 0 };
    expect(await startOrSchedule(caller, record)).toBe('session');
    await written(logId);
    await expect(startOrSchedule(caller, { ...record, logId: 'none' })).rejects.toMatchObject({
      code: 'RECORD_INVALID',
    });
  });
});

describe('f: stopping', () => {
  test('the work is undone, and the comment is kept', async () => {
    const result = await stopInMidRun(world.platform, CRONUS, 'it takes too long');
    expect(result).toMatchObject({ type: 'Stopped', succeeded: false, comment: 'it takes too long' });
    expect(await addressIn(CRONUS)).toBe('as it was');
  });

  test('whoever has ended cannot be stopped', async () => {
    const caller = world.platform.as(CRONUS);
    const { id, finished } = await startSession(caller, theWorksInTwoRows, { record: { address: 'x' } });
    await finished;
    expect(await stopSession(caller, id)).toBe(false);
  });
});

describe('the demonstration', () => {
  test('shows all that it promises', async () => {
    const lines: string[] = [];
    const stage = {
      platform: world.platform,
      identity: CRONUS,
      say: (line: string) => void lines.push(line),
    };
    await showCustomerList(stage, true);
    await showCustomerList(stage, false);
    await showRace(stage);
    await showFailures(stage);
    await showLimits(stage);
    const text = lines.join('\n');
    expect(text).toMatch(/the person sees: Elapsed \d+ ms/);
    expect(text).toMatch(/session events of session \d+: Start, Stop/);
    expect(text).toContain('session started: Error: There is no log entry');
    expect(text).toContain('Stopped: it takes too long. Session events: Start, Stopped');
    expect(text).toContain('by our own log: 2 ');
    expect(text).toContain('session number 111 is refused');
    expect(text).toContain('became a task');
  });
});

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit, type LogPlace, linesBehind, type Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { RunLines } from './run-lines.ts';

/** What the run is to do next; it ends when it is told nothing more. */
let steps: ReturnType<typeof stepsOf>;
function stepsOf() {
  const running = Promise.withResolvers<Session>();
  const ended = Promise.withResolvers<void>();
  return { running, ended };
}
const talkative = codeunit({
  name: 'Talkative',
  async onRun(session) {
    steps.running.resolve(session);
    await steps.ended.promise;
    session.log.info('the end');
  },
});

let database: TestDatabase;
let runs: TestPlatform;
let looks: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  const shared = { codeunits: [talkative], database };
  runs = await startTestPlatform(shared);
  looks = await startTestPlatform({ ...shared, taskScheduler: { enableTaskScheduler: false } });
});
afterAll(async () => {
  await looks?.stop();
  await runs?.stop();
  await database?.drop();
});
beforeEach(() => {
  steps = stepsOf();
});

/** Starts an entry's run; it is held until `steps.ended`. */
async function begin() {
  const entry = await jobQueue.create(runs.admin, { object: 'Talkative', maximumAttempts: 1 });
  await jobQueue.setStatusToReady(runs.admin, entry.id);
  const session = await steps.running.promise;
  const [run] = await jobQueue.logEntries(runs.admin, { entryId: entry.id });
  return { entry, session, no: run?.no ?? 0 };
}

/** Reads a log as its follower does, until the run has ended. */
class Follower {
  readonly texts: string[] = [];
  last: RunLines | null = null;
  #place: LogPlace | undefined;
  readonly #kit: TestPlatform;
  readonly #no: number;

  constructor(kit: TestPlatform, no: number) {
    this.#kit = kit;
    this.#no = no;
  }

  async look(): Promise<RunLines> {
    const told = await jobQueue.runLines(this.#kit.admin, this.#no, this.#place);
    if (told.startsOver) this.texts.length = 0;
    this.texts.push(...told.lines.map(({ text }) => text));
    this.#place = told.place;
    this.last = told;
    return told;
  }

  toEnd() {
    return until('all lines are told', async () => {
      const { state, hasMore } = await this.look();
      return state === 'ended' && !hasMore;
    });
  }
}

const requests = () => runs.query('select from nightshift.log_request');

test('the lines of a run are seen while it runs, from its own instance and from another, each once and none left out', async () => {
  const { session, no } = await begin();
  const followers = [new Follower(runs, no), new Follower(looks, no)];
  for (const follower of followers)
    expect(await follower.look()).toMatchObject({ lines: [], state: 'running', progress: null });
  session.log.info('one', { order: 1 });
  session.log.warning('two');
  session.progress(3, 10, 'orders');
  for (const follower of followers) {
    expect(await follower.look()).toMatchObject({
      lines: [
        { level: 'information', text: 'one', details: { order: 1 } },
        { level: 'warning', text: 'two', details: null },
      ],
      state: 'running',
      startsOver: false,
      progress: { done: 3, total: 10, text: 'orders' },
    });
    expect((await follower.look()).lines).toEqual([]);
  }
  session.log.info('three');
  steps.ended.resolve();
  for (const follower of followers) {
    await follower.toEnd();
    expect(follower.texts).toEqual(['one', 'two', 'three', 'the end']);
  }
  expect((await jobQueue.logEntry(runs.admin, no))?.lines.map(({ text }) => text)).toEqual(
    followers[0]?.texts,
  );
  // Whoever has asked has taken the answer away.
  expect(await requests()).toEqual([]);
});

test('a run that logs more than is kept: its follower gets 250 at a time, and at the end the line that says so', async () => {
  const { session, no } = await begin();
  const follower = new Follower(looks, no);
  for (let line = 1; line <= 400; line++) session.log.info(`line ${line}`);
  expect(await follower.look()).toMatchObject({ hasMore: true, state: 'running' });
  expect(follower.texts).toHaveLength(250);
  for (let line = 401; line <= 1_010; line++) session.log.info(`line ${line}`);
  steps.ended.resolve();
  await follower.toEnd();
  expect(follower.texts.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, at) => `line ${at + 1}`));
  // The end of the run was the eleventh.
  expect(follower.texts.slice(1_000)).toEqual(['11 more lines were not kept']);
});

test('when the instance does not answer, that is said, and nothing is lost', async () => {
  const { session, no } = await begin();
  const follower = new Follower(looks, no);
  session.log.info('one');
  await database.query('alter table nightshift.log_request add constraint deaf check (not answered)');
  expect(await follower.look()).toMatchObject({ lines: [], state: 'silent' });
  await database.query('alter table nightshift.log_request drop constraint deaf');
  expect(await requests()).toEqual([]);
  steps.ended.resolve();
  await follower.toEnd();
  expect(follower.texts).toEqual(['one', 'the end']);
});

test('a place in the log of another attempt leads to the beginning; an id that was given again tells nothing', async () => {
  const { session, no } = await begin();
  session.log.info('one');
  const { place } = await jobQueue.runLines(looks.admin, no);
  expect(
    await jobQueue.runLines(looks.admin, no, { ...place, lastAt: '2020-01-01T00:00:00.000Z' }),
  ).toMatchObject({
    lines: [{ text: 'one' }],
    startsOver: true,
  });
  expect(linesBehind([], { seen: 7, lastAt: null })).toMatchObject({
    lines: [],
    startsOver: true,
    place: { seen: 0 },
  });
  await database.query(
    'update nightshift.job_queue_log_entry set session_unique_id = gen_random_uuid() where no = $1',
    [no],
  );
  for (const kit of [runs, looks])
    expect(await jobQueue.runLines(kit.admin, no)).toMatchObject({ lines: [], state: 'running' });
  steps.ended.resolve();
});

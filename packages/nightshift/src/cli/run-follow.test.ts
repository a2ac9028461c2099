import { expect, test } from 'vitest';
import type { JobQueueLogEntry } from '../job-queue/index.ts';
import { FollowedRun, type FollowedRunParts } from './run-follow.ts';

type Answer = Awaited<ReturnType<FollowedRunParts['read']>>;

const log = (no: number, status: string) => ({ no, status }) as JobQueueLogEntry;

/** What is told of a run that answers so, look by look. */
function followed(runs: readonly (JobQueueLogEntry | undefined)[], answers: readonly Partial<Answer>[]) {
  const told: string[] = [];
  const asked: (Answer['place'] | undefined)[] = [];
  let look = 0;
  const tell = (what: string) => () => void told.push(what);
  const run = new FollowedRun({
    newest: async () => runs[Math.min(look++, runs.length - 1)],
    read: async (_no, place) => {
      asked.push(place);
      const nothing = { lines: [], startsOver: false, hasMore: false, state: 'running', progress: null };
      const seen = asked.length;
      return { ...nothing, place: { seen, lastAt: String(seen) }, ...answers[seen - 1] } as Answer;
    },
    tell: {
      waits: tell('waits'),
      begins: ({ no }) => told.push(`begins ${no}`),
      line: ({ text }) => told.push(text),
      progress: ({ done }) => told.push(`progress ${done}`),
      startsOver: tell('starts over'),
      silent: tell('silent'),
    },
  });
  return { run, told, asked };
}

const line = (text: string) => ({ at: 'now', level: 'information', text, details: null }) as const;

test('what there is more of is read at once, from where it was read to', async () => {
  const { run, told, asked } = followed(
    [log(7, 'In Process')],
    [
      { lines: [line('one')], hasMore: true },
      { lines: [line('two')], hasMore: true, state: 'ended' },
      { lines: [line('three')], state: 'ended' },
    ],
  );
  expect(await run.look()).toBe(true);
  expect(told).toEqual(['begins 7', 'one', 'two', 'three']);
  expect(asked.map((place) => place?.seen)).toEqual([undefined, 1, 2]);
});

test('progress is told when it changes, silence once until it is over, and an attempt that begins anew', async () => {
  const progress = (done: number) => ({ done, total: null, text: '' });
  const { run, told } = followed(
    [log(7, 'In Process')],
    [
      { progress: progress(1), startsOver: true },
      { progress: progress(1), state: 'silent' },
      { progress: null, state: 'silent' },
      { progress: { text: '', total: null, done: 1 }, state: 'silent' },
      { progress: progress(2), lines: [line('again')], startsOver: true },
      { state: 'silent' },
    ],
  );
  for (let looks = 0; looks < 6; looks++) expect(await run.look()).toBe(false);
  expect(told).toEqual(['begins 7', 'progress 1', 'silent', 'starts over', 'again', 'progress 2', 'silent']);
});

test('a run that began and ended between two looks is told as well; one from before is not', async () => {
  const { run, told } = followed(
    [log(3, 'Success'), log(3, 'Success'), log(4, 'Error')],
    [{ lines: [line('tried')], state: 'ended' }],
  );
  expect(await run.look()).toBe(false);
  expect(await run.look()).toBe(false);
  expect(run.no).toBe(null);
  expect(await run.look()).toBe(true);
  expect([told, run.no]).toEqual([['waits', 'begins 4', 'tried'], 4]);
});

test('an entry that has never run', async () => {
  const { run, told } = followed([undefined, log(1, 'In Process')], [{ state: 'ended' }]);
  expect(await run.look()).toBe(false);
  expect(await run.look()).toBe(true);
  expect(told).toEqual(['waits', 'begins 1']);
});

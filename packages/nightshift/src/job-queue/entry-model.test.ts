import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type HeldRun, HeldRuns } from '../testing/held-runs.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { modify } from './entry-modify.ts';
import { remove, restart, runNow, stopRun } from './entry-verbs.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';
import { wake } from './wake.ts';

// One entry under whatever people and runs do to it, in any order, beside a model that knows nothing of the product's code.

const RESTING = 'On Hold with Inactivity Timeout';
const EVERY_HOUR = {
  ...EVERY_DAY,
  minutesBetweenRuns: 60,
  inactivityTimeoutMinutes: 120,
  maximumAttempts: 1,
} as const;
const KINDS = [
  ...(['ready', 'ready', 'due', 'due', 'well', 'badly', 'badly', 'nothing', 'stop'] as const),
  ...(['hold', 'restart', 'runNow', 'wake', 'modify', 'delete'] as const),
];
type Kind = (typeof KINDS)[number];

/** The entry as it has to be. */
interface Model {
  readonly status: JobQueueEntryStatus | null;
  readonly attempts: number;
  /** What is under way: a run of the entry, or the last one of an entry that was put On Hold meanwhile. */
  readonly run: 'own' | 'last' | null;
  readonly ended: number;
}

/** What has to come of an action: the entry, or a refusal. */
type Next = Model | 'CONFLICT';

const clock = new FakeClock();
const runs = new HeldRuns('Modelled');
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [runs.codeunit], clock });
});
afterAll(async () => {
  runs.endAll();
  await kit.stop();
});

/** `isDue`: its plan, if it has one, lies not in the future. */
function next(model: Model, kind: Kind, isDue: boolean): Next {
  const { status, run } = model;
  const begun = { ...model, status: 'In Process', run: 'own' } as const;
  const ready = (starts: boolean): Next =>
    run !== null ? 'CONFLICT' : { ...(starts ? begun : { ...model, status: 'Ready' }), attempts: 0 };
  switch (kind) {
    case 'ready':
      return status === 'Ready' ? model : ready(isDue || status === RESTING);
    case 'restart':
      return ready(isDue || status === RESTING);
    case 'runNow':
      return status === 'On Hold' ? 'CONFLICT' : ready(true);
    case 'wake':
      if (status === 'Ready') return model;
      return status === RESTING ? begun : 'CONFLICT';
    case 'hold':
      return { ...model, status: 'On Hold', run: run === null ? null : 'last' };
    case 'modify':
      return status === 'On Hold' && run === null ? model : 'CONFLICT';
    case 'delete':
      return run === null ? { ...model, status: null } : 'CONFLICT';
    case 'due':
      return begun;
    default:
      return afterRun({ ...model, run: null, ended: model.ended + 1 }, run, kind);
  }
}

function afterRun(model: Model, run: Model['run'], kind: Kind): Model {
  if (run === 'last') return model;
  if (kind === 'well') return { ...model, status: 'Ready', attempts: 0 };
  if (kind === 'nothing') return { ...model, status: RESTING, attempts: 0 };
  // One attempt after the first.
  return model.attempts === 0 ? { ...model, status: 'Ready', attempts: 1 } : { ...model, status: 'Error' };
}

const VERBS = {
  ready: (id: string) => setStatusToReady(kit.admin, id),
  hold: (id: string) => setOnHold(kit.admin, id),
  restart: (id: string) => restart(kit.admin, id),
  runNow: (id: string) => runNow(kit.admin, id),
  wake: (id: string) => wake(kit.admin, id),
  modify: (id: string) => modify(kit.admin, id, { description: 'changed' }),
  delete: (id: string) => remove(kit.admin, id),
  stop: (id: string) => stopRun(kit.admin, id),
} as const;

async function act(kind: Kind, { id, earliestStart }: JobQueueEntry, run: HeldRun | null): Promise<unknown> {
  if (kind === 'due') {
    clock.at(earliestStart as Date);
    kit.platform.instance.wake();
    return;
  }
  if (kind === 'nothing') run?.session.reportNothingToDo();
  if (kind === 'well' || kind === 'nothing') return run?.end();
  if (kind === 'badly') return run?.end(new Error('no'));
  return VERBS[kind](id);
}

/** Whether it can be done at all: a run can end only while there is one. */
function isPossible({ status, run }: Model, kind: Kind): boolean {
  if (kind === 'due') return run === null && (status === 'Ready' || status === RESTING);
  if (kind === 'stop') return run === 'own';
  return run !== null || !['well', 'badly', 'nothing'].includes(kind);
}

async function agrees(model: Model, id: string): Promise<void> {
  await until(`it is as ${JSON.stringify(model)}`, async () => {
    const logs = await logEntries(kit.admin, { entryId: id });
    const ended = logs.filter(({ endedAt }) => endedAt !== null).length;
    const tasks = await kit.query(`select from nightshift.scheduled_task where record ->> 'entryId' = $1`, [
      id,
    ]);
    const planned = model.run !== null || model.status === 'Ready' || model.status === RESTING ? 1 : 0;
    const counts = [ended, logs.length - ended, tasks.length];
    const wanted = [model.ended, model.run === null ? 0 : 1, planned];
    if (model.status === null) return String(counts) === String(wanted);
    const { status, attempts } = await get(kit.admin, id);
    const isSame = status === model.status && (status === 'On Hold' || attempts === model.attempts);
    return isSame && String(counts) === String(wanted);
  });
}

test('an entry is as people and runs have made it, in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...KINDS), { minLength: 4, maxLength: 14 }), async (kinds) => {
      const { id, entryNo } = await create(kit.admin, { object: runs.codeunit, ...EVERY_HOUR });
      let model: Model = { status: 'On Hold', attempts: 0, run: null, ended: 0 };
      let run: HeldRun | null = null;
      for (const kind of kinds) {
        if (model.status === null) break;
        if (!isPossible(model, kind)) continue;
        const before = await get(kit.admin, id);
        const { earliestStart } = before;
        const wanted = next(model, kind, earliestStart === null || earliestStart <= clock.now());
        const refused = await Promise.resolve(act(kind, before, run)).then(
          () => null,
          (error: unknown) => error,
        );
        if (wanted === 'CONFLICT') {
          expect(isNightshiftError(refused, 'CONFLICT'), `${kind} of ${JSON.stringify(model)}`).toBe(true);
          continue;
        }
        expect(refused, `${kind} of ${JSON.stringify(model)}`).toBeNull();
        if (wanted.run === null) run = null;
        else if (model.run === null) run = await runs.of({ entryNo });
        model = wanted;
        await agrees(model, id);
      }
      run?.end();
      if (model.status !== null) await setOnHold(kit.admin, id);
    }),
    { numRuns: 25 },
  );
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { type Dimensions, EVENTS, type EventId } from '../telemetry/index.ts';
import { EntryKit } from '../testing/entry-kit.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { HeldRuns } from '../testing/held-runs.ts';
import { enqueue } from './enqueue.ts';
import { create, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { runOnce } from './run-once.ts';

// Every event of the job queue that Business Central has, too: caused for real, with what it says.

const MORNING = '2026-01-05T08:00:00Z';
const LATER = new Date('2026-01-05T12:00:00Z');
const HALF_PAST_EIGHT = { ...EVERY_DAY, startingTime: '08:30' } as const;
const OFFICE_HOURS = { ...EVERY_DAY, startingTime: '08:30', endingTime: '09:00' } as const;
const kit = new EntryKit();
const held = new HeldRuns('Held');
let passesOver = '';

beforeAll(async () => {
  await kit.start({
    codeunits: [held.codeunit],
    jobQueueHooks: { skipRun: (_, { id }) => (id === passesOver ? 'stocktaking' : null) },
  });
});
afterAll(async () => {
  held.endAll();
  await kit.platform.stop();
});

interface Proof {
  /** Causes the event; returns the entry that it is about. */
  readonly cause: () => Promise<JobQueueEntry>;
  /** What the event says besides what all of them say. */
  readonly says: Dimensions;
}

/** An entry that is set Ready in the morning. */
async function ready(object: () => unknown, fields: object = {}): Promise<JobQueueEntry> {
  kit.clock.at(MORNING);
  return kit.ready(object, fields);
}

async function done(): Promise<JobQueueEntry> {
  const entry = await ready(() => undefined);
  await kit.ends(entry, 'Finished');
  return entry;
}

const failed = () =>
  ready(() => {
    throw new NightshiftError('VALIDATION', 'no stock', { field: 'order' });
  });

/** An entry that comes up at noon. */
async function comesUp(fields: object, before: (entry: JobQueueEntry) => unknown = () => undefined) {
  const entry = await ready(() => undefined, fields);
  await before(entry);
  kit.at(LATER);
  return entry;
}

async function waiting(): Promise<JobQueueEntry> {
  kit.clock.at(MORNING);
  const first = await create(kit.platform.admin, { object: held.codeunit, category: 'NIGHT' });
  await setStatusToReady(kit.platform.admin, first.id);
  const run = await held.of(first);
  const entry = await kit.ready(() => undefined, { category: 'NIGHT' });
  await kit.eventOf('AL0000P9F', entry);
  run.end();
  await kit.ends(entry, 'Finished');
  return entry;
}

const PROOFS: Readonly<Record<string, Proof>> = {
  AL0000E24: { cause: () => ready(() => undefined, { earliestStart: LATER }), says: { status: 'Ready' } },
  AL0000E25: { cause: done, says: { status: 'In Process', recurring: false, category: null } },
  AL000082C: { cause: done, says: { status: 'Finished', object: 'Sync', result: 'Success' } },
  AL0000E26: { cause: done, says: { status: 'Finished', runMs: 0, nextTaskId: null } },
  AL0000FNY: {
    cause: () => ready(() => undefined, { ...EVERY_DAY, manualRecurrence: true }),
    says: { status: 'On Hold', recurring: true },
  },
  AL0000KZV: {
    async cause() {
      const entry = await ready(() => undefined, { earliestStart: LATER });
      await setOnHold(kit.platform.admin, entry.id);
      return entry;
    },
    says: { earliestStart: LATER.toISOString() },
  },
  AL0000FNM: {
    cause: () => ready(() => undefined, { earliestStart: LATER }),
    says: { oldStatus: 'On Hold', status: 'Ready' },
  },
  AL0000HE7: { cause: failed, says: { reason: 'no stock', stack: expect.stringContaining('no stock') } },
  AL0000JRG: { cause: failed, says: { status: 'Error', attempts: 1 } },
  AL0000P8K: {
    cause: () =>
      comesUp({ ...HALF_PAST_EIGHT }, ({ id }) => {
        passesOver = id;
      }),
    says: { reason: 'stocktaking' },
  },
  AL0000P8L: {
    // As a restore from a copy would leave it: the task is there, the entry stands On Hold.
    cause: () =>
      comesUp({ earliestStart: LATER }, ({ id }) =>
        kit.platform.query("update nightshift.job_queue_entry set status = 'On Hold' where id = $1", [id]),
      ),
    says: { status: 'On Hold' },
  },
  AL0000P9D: { cause: () => comesUp(OFFICE_HOURS), says: { runAt: '2026-01-06T08:30:00.000Z' } },
  AL0000P9E: {
    cause: () => comesUp({ ...HALF_PAST_EIGHT, expiration: new Date('2026-01-05T09:00:00Z') }),
    says: { recurring: true },
  },
  AL0000P9F: { cause: waiting, says: { status: 'Waiting', category: 'NIGHT' } },
  AL0000P9G: { cause: waiting, says: { category: 'NIGHT' } },
  AL0000FMG: {
    async cause() {
      const entry = await kit.create(() => undefined);
      await runOnce(kit.platform.admin, entry.id, {
        confirm: async () => true,
        message: () => undefined,
        openDialog: () => ({ update: () => undefined, close: () => undefined }),
      });
      return entry;
    },
    says: { status: 'On Hold', object: 'Sync' },
  },
  AL0000F6B: {
    async cause() {
      const { entry } = await enqueue(kit.platform.admin, kit.sync, { parameterString: 'reused' });
      await kit.ends(entry, 'Finished');
      const again = { parameterString: 'reused', reuse: true, earliestStart: LATER };
      await enqueue(kit.platform.admin, kit.sync, again);
      return entry;
    },
    says: { status: 'Ready', proposedStart: LATER.toISOString() },
  },
  AL0000PCR: {
    async cause() {
      let tries = 0;
      const entry = await ready(() => {
        if (++tries === 1) throw new NightshiftError('RETRY_LATER', 'not yet');
      });
      await kit.platform.waitFor('LC0045', ({ taskId }) => taskId === entry.taskId);
      kit.at('2026-01-05T08:00:01Z');
      await kit.ends(entry, 'Finished', 2);
      return entry;
    },
    says: { status: 'In Process' },
  },
  AL0000HAK: {
    async cause() {
      const id = Promise.withResolvers<string>();
      const entry = await ready(async () => {
        await kit.platform.query('delete from nightshift.job_queue_entry where id = $1', [await id.promise]);
      });
      id.resolve(entry.id);
      return entry;
    },
    says: { status: 'In Process' },
  },
};

/** What every one of them says. */
const BASE = [
  'entryId',
  'entryNo',
  'company',
  'object',
  'objectType',
  'description',
  'status',
  'recurring',
  'earliestStart',
  'taskId',
  'attempts',
  'maximumAttempts',
  'category',
];

test.each(Object.entries(PROOFS))('%s is told, with what it is about', async (id, { cause, says }) => {
  const entry = await cause();
  const dimensions = await kit.eventOf(id as EventId, entry);
  expect(dimensions).toMatchObject({ entryId: entry.id, ...says });
  // Who gives a place to another knows no more of it than its number.
  if (id !== 'AL0000P9G') expect(Object.keys(dimensions)).toEqual(expect.arrayContaining(BASE));
});

test('none of the catalogue is without a proof', () => {
  const events = Object.keys(EVENTS).filter((id) => id.startsWith('AL'));
  expect(events.toSorted()).toEqual(Object.keys(PROOFS).toSorted());
});

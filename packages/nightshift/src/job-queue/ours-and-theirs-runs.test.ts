import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { stopSession } from '../session/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EntryKit } from '../testing/entry-kit.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { HeldRuns } from '../testing/held-runs.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { restart } from './entry-verbs.ts';
import { explain } from './explain.ts';
import { create, list, setOnHold, setStatusToReady } from './job-queue.ts';
import { reassign } from './reassign.ts';

// Where Nightshift is not Business Central on purpose: what runs, and what becomes of it. What theirs would be stands in the
// names of the tests.

const MORNING = '2026-01-05T08:00:00Z';
const HALF_PAST_EIGHT = { ...EVERY_DAY, startingTime: '08:30' } as const;
const kit = new EntryKit();
const held = new HeldRuns('Held');
beforeAll(async () => {
  await kit.start({ codeunits: [held.codeunit], sessions: { stopGraceMs: 50 } });
  await addSets(kit.platform, { NOTHING: { codeunits: ['Sync'] } });
  await addUsers(
    kit.platform,
    { name: 'LEAVER' },
    { name: 'CLERK', sets: ['Job Queue Run'] },
    { name: 'NEXT' },
  );
});
afterAll(async () => {
  held.endAll();
  await kit.platform.stop();
});

const fails = (text: string) => () => {
  throw new NightshiftError('VALIDATION', text, { field: 'order' });
};

describe('after the last attempt', () => {
  test('a recurring entry is in Error and stays there, as theirs, unless it is to keep its schedule', async () => {
    kit.clock.at(MORNING);
    const stops = await kit.ready(fails('broken'), HALF_PAST_EIGHT);
    kit.at(stops.earliestStart as Date);
    expect(await kit.ends(stops, 'Error')).toMatchObject({ taskId: null });
    kit.clock.at(MORNING);
    const goesOn = await kit.ready(fails('broken'), {
      ...HALF_PAST_EIGHT,
      afterFinalError: 'continue-schedule',
    });
    kit.at(goesOn.earliestStart as Date);
    const planned = await kit.ends(goesOn, 'Ready');
    expect(planned).toMatchObject({ earliestStart: new Date('2026-01-06T08:30:00Z'), attempts: 0 });
    expect(planned.error).toMatchObject({ message: 'broken' });
    // Whoever watches hears of it all the same.
    expect(await kit.eventOf('AL0000JRG', goesOn)).toMatchObject({ attempts: 1 });
  });
});

describe('the backend of a run dies', () => {
  test('it runs again within seconds as a retry, with one effect; theirs is In Process until a daily clean-up', async () => {
    kit.clock.at(MORNING);
    let runs = 0;
    const entry = await kit.ready(async (session, { entryNo }) => {
      await leaveEffect(session, `entry ${entryNo}`);
      if (++runs > 1) return;
      const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
      await kit.platform.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await session.db.query('select 1');
    });
    const { dimensions } = await kit.platform.waitFor('LC0045', ({ taskId }) => taskId === entry.taskId);
    expect(dimensions).toMatchObject({ decision: 'retry' });
    kit.pass(1_000);
    kit.platform.platform.instance.wake();
    await kit.ends(entry, 'Finished', 2);
    expect((await kit.logsOf(entry)).map(({ status, trigger }) => [status, trigger])).toEqual([
      ['Success', 'retry'],
      [expect.stringMatching(/^(Error|Lost)$/), 'schedule'],
    ]);
    const effects = await kit.platform.query('select from co_1.effect where note = $1', [
      `entry ${entry.entryNo}`,
    ]);
    expect(effects).toHaveLength(1);
  });
});

describe('a category', () => {
  test('gives the next its place as the run ends; theirs, once its task is lost, waits twenty minutes', async () => {
    kit.clock.at(MORNING);
    const first = await create(kit.platform.admin, { object: held.codeunit, category: 'NIGHT' });
    await setStatusToReady(kit.platform.admin, first.id);
    const run = await held.of(first);
    const waits = await kit.ready(() => undefined, { category: 'NIGHT' });
    const none = await kit.create(() => undefined, {});
    await setStatusToReady(kit.platform.admin, none.id);
    await kit.platform.waitFor('AL0000P9F', ({ entryId }) => entryId === waits.id);
    // Without a category nobody waits.
    await kit.ends(none, 'Finished');
    expect((await kit.get(waits)).status).toBe('Waiting');
    run.end();
    // The clock stands still: no task of any recovery would come up.
    await kit.ends(waits, 'Finished');
    expect(await kit.eventOf('AL0000P9G', waits)).toMatchObject({ category: 'NIGHT' });
  });
});

describe('On Hold, Restart and Stop while it runs', () => {
  test('On Hold leaves the run alone, as theirs; nothing can start a second one, which theirs can; Stop ends it', async () => {
    kit.clock.at(MORNING);
    const { id } = await create(kit.platform.admin, { object: held.codeunit });
    const entry = await setStatusToReady(kit.platform.admin, id);
    const run = await held.of(entry);
    for (const verb of [restart, setStatusToReady]) {
      await expect(verb(kit.platform.admin, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await setOnHold(kit.platform.admin, id);
    for (const verb of [restart, setStatusToReady]) {
      await expect(verb(kit.platform.admin, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    expect(run.session.signal.aborted).toBe(false);
    expect(await stopSession(kit.platform.admin, run.session.id, 'enough')).toBe(true);
    await kit.ends(entry, 'On Hold');
    expect((await kit.logsOf(entry)).map(({ status }) => status)).toEqual(['Stopped']);
  });
});

describe('a quiet end', () => {
  test('rolls the work back and is a Success that says so, with the next occurrence; theirs leaves doubt', async () => {
    kit.clock.at(MORNING);
    const entry = await kit.ready(async (session, { entryNo }) => {
      await leaveEffect(session, `quiet ${entryNo}`);
      session.error('');
    }, HALF_PAST_EIGHT);
    kit.at(entry.earliestStart as Date);
    const planned = await kit.ends(entry, 'Ready');
    expect(planned).toMatchObject({ error: null, earliestStart: new Date('2026-01-06T08:30:00Z') });
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Success', note: 'ended quietly' }]);
    const note = `quiet ${entry.entryNo}`;
    expect(await kit.platform.query('select from co_1.effect where note = $1', [note])).toEqual([]);
  });
});

describe('parameters', () => {
  test('are a value of their own beside 250 characters of text, which is all that theirs has', async () => {
    kit.clock.at(MORNING);
    const seen: unknown[] = [];
    const parameters = { shops: ['north', 'south'], since: '2026-01-01', limit: 500 };
    const entry = await kit.ready((_, record) => void seen.push(record.parameters), { parameters });
    await kit.ends(entry, 'Finished');
    expect(seen).toEqual([parameters]);
    const refused = [{ parameterString: 'x'.repeat(251) }, { parameters: { text: 'x'.repeat(8_192) } }];
    for (const fields of refused) {
      const wish = create(kit.platform.admin, { object: kit.sync, ...fields });
      await expect(wish).rejects.toMatchObject({ code: 'VALIDATION', field: Object.keys(fields)[0] });
    }
  });
});

describe('errors', () => {
  test('are kept whole for each run and told apart by their kind; theirs shows the first one, cut off, for ever', async () => {
    kit.clock.at(MORNING);
    const long = 'x'.repeat(3_000);
    const entry = await kit.ready(
      (_, { attempts }) => {
        throw new Error(attempts === 2 ? 'another' : `order ${attempts} ${long}`, {
          cause: new Error('its cause'),
        });
      },
      { maximumAttempts: 2 },
    );
    for (let attempt = 1; attempt <= 2; attempt++)
      kit.at((await kit.ends(entry, 'Ready', attempt)).earliestStart as Date);
    const { error } = await kit.ends(entry, 'Error', 3);
    expect(error).toMatchObject({ message: 'another', causes: [{ message: 'its cause' }] });
    const logs = (await kit.logsOf(entry)).toReversed();
    expect(logs[0]?.error?.message).toBe(`order 0 ${long}`);
    const kinds = logs.map(({ fingerprint }) => fingerprint);
    expect(kinds[1]).toBe(kinds[0]);
    expect(kinds[2]).not.toBe(kinds[0]);
  });
});

describe('an object that is missing after a deployment', () => {
  test('is waited for, and who lacks it is said; theirs would be in Error', async () => {
    kit.clock.at(MORNING);
    const deployed = (object: string) =>
      kit.platform.query('update nightshift.job_queue_entry set object = $2 where id = $1', [
        entry.id,
        object,
      ]);
    const entry = await kit.ready(() => undefined, HALF_PAST_EIGHT);
    await deployed('Gone');
    kit.at('2026-01-05T08:30:00Z');
    const waits = await until('it waits', async () => {
      const now = await kit.get(entry);
      return now.error !== null && now;
    });
    // It looks again in a minute, and is late by then for when it was planned.
    expect(waits).toMatchObject({ status: 'Ready', earliestStart: entry.earliestStart });
    expect(waits.error).toMatchObject({
      code: 'CODEUNIT_UNKNOWN',
      message: expect.stringMatching(/^The server instance .* has no codeunit "Gone"/),
    });
    await deployed('Sync');
    kit.at('2026-01-05T08:31:00Z');
    expect(await kit.ends(entry, 'Ready')).toMatchObject({ error: null });
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Success' }]);
  });
});

describe('a user who leaves', () => {
  test('is told of when it is set Ready, listed, explained, and the entry given to another; theirs dies silently', async () => {
    kit.clock.at(MORNING);
    const as = (user: string) => kit.platform.platform.as({ user, company: 'CRONUS' });
    const lacking = await create(as('CLERK'), { object: kit.sync });
    await expect(setStatusToReady(as('CLERK'), lacking.id)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const later = { object: kit.sync, earliestStart: new Date('2026-02-01T00:00:00Z') };
    const entry = await create(as('LEAVER'), later);
    await setStatusToReady(as('LEAVER'), entry.id);
    await kit.platform.query("update nightshift.app_user set state = 'disabled' where name = 'LEAVER'");
    await kit.platform.platform.directory.refresh();
    const gone = await list(kit.platform.admin, { userGone: true });
    expect(gone.map(({ id }) => id)).toEqual([entry.id]);
    expect((await explain(kit.platform.admin, entry.id)).sentence).toContain('LEAVER');
    await reassign(kit.platform.admin, entry.id, { user: 'NEXT' });
    await setStatusToReady(as('NEXT'), entry.id);
    expect(await list(kit.platform.admin, { userGone: true })).toEqual([]);
  });
});

describe('alerts', () => {
  test('have their events without any client: failed, failed for good, with the number of tries', async () => {
    kit.clock.at(MORNING);
    const entry = await kit.ready(fails('no stock'), { maximumAttempts: 1 });
    expect(await kit.eventOf('AL0000HE7', entry)).toMatchObject({ status: 'Ready', reason: 'no stock' });
    kit.at((await kit.ends(entry, 'Ready', 1)).earliestStart as Date);
    expect(await kit.eventOf('AL0000JRG', entry)).toMatchObject({ attempts: 2, maximumAttempts: 1 });
    await until('it is in Error', async () => (await kit.get(entry)).status === 'Error');
  });
});

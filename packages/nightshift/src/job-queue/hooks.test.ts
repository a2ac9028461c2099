import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { HookedEntries } from '../testing/hooked-entries.ts';
import { get, setOnHold } from './job-queue.ts';
import type { JobQueueEntryRecord } from './job-queue-entry.ts';

const kit = new HookedEntries();
beforeAll(() => kit.start());
afterAll(() => kit.stop());
afterEach(() => kit.expectSound());

describe('before and after a run', () => {
  test('in the session of the run, as its user, around the object, and each is given the entry', async () => {
    const seen: unknown[] = [];
    const tell = (what: string) => async (session: Session, entry: { readonly entryNo: number }) => {
      seen.push([what, session.id, session.user, session.clientType, entry.entryNo]);
      await kit.effect(session, entry, what);
    };
    const entry = await kit.readyEntry(tell('object'), {
      beforeRun: tell('before'),
      afterRun: tell('after'),
    });
    await kit.inStatus(entry, 'Finished');
    expect(await kit.effectsOf(entry)).toEqual(['before', 'object', 'after']);
    const [[, sessionId]] = seen as [[string, number]];
    expect(seen).toEqual(
      ['before', 'object', 'after'].map((what) => [what, sessionId, 'ADMIN', 'background', entry.entryNo]),
    );
  });

  test('beforeRun is committed before the object starts; afterRun commits with it', async () => {
    const entry = await kit.readyEntry(
      async (session, record) => {
        await kit.effect(session, record, 'object');
        expect(await kit.effectsOf(entry)).toEqual(['before']);
      },
      {
        beforeRun: (session, own) => kit.effect(session, own, 'before'),
        afterRun: async () => {
          expect(await kit.effectsOf(entry)).toEqual(['before']);
        },
      },
    );
    await kit.inStatus(entry, 'Finished');
    expect(await kit.effectsOf(entry)).toEqual(['before', 'object']);
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Success', note: null }]);
  });

  test('an error of beforeRun fails the run before its start; the object does not run', async () => {
    let runs = 0;
    const entry = await kit.readyEntry(() => runs++, {
      beforeRun: async (session, own) => {
        await kit.effect(session, own, 'before');
        throw new Error('closed for stocktaking');
      },
    });
    expect((await kit.inStatus(entry, 'Error')).error).toMatchObject({ message: 'closed for stocktaking' });
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Error', phase: 'before start' }]);
    expect(runs).toBe(0);
    expect(await kit.effectsOf(entry)).toEqual([]);
  });

  test('an error of afterRun undoes the work of the object', async () => {
    const entry = await kit.readyEntry((session, record) => kit.effect(session, record, 'object'), {
      afterRun: () => Promise.reject(new Error('the check sum is wrong')),
    });
    await kit.inStatus(entry, 'Error');
    expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Error', phase: 'in the object' }]);
    expect(await kit.effectsOf(entry)).toEqual([]);
  });

  test('a quiet end of beforeRun ends the run without the object; one of afterRun undoes its work', async () => {
    let runs = 0;
    const object = (session: Session, record: JobQueueEntryRecord) => {
      runs++;
      return kit.effect(session, record, 'object');
    };
    const quiet = (session: Session) => session.error('');
    const before = await kit.readyEntry(object, { beforeRun: quiet });
    await kit.inStatus(before, 'Finished');
    expect(runs).toBe(0);
    const after = await kit.readyEntry(object, { afterRun: quiet });
    await kit.inStatus(after, 'Finished');
    for (const entry of [before, after]) {
      expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Success', note: 'ended quietly' }]);
      expect(await kit.effectsOf(entry)).toEqual([]);
    }
  });

  test('a forgotten await in a hook is told', async () => {
    const entry = await kit.readyEntry(() => undefined, {
      beforeRun: (session) => {
        void session.db.query('select pg_sleep(0.05)');
      },
    });
    expect((await kit.inStatus(entry, 'Error')).error).toMatchObject({ code: 'UNAWAITED_QUERY' });
  });

  test('a run that is taken up again: beforeRun once, afterRun once', async () => {
    let runs = 0;
    const called: string[] = [];
    const entry = await kit.readyEntry(
      async (session, record) => {
        await kit.effect(session, record, 'object');
        if (++runs < 3) throw new NightshiftError('RETRY_LATER', 'not yet');
      },
      {
        skipRun: () => void called.push('skip'),
        beforeRun: (session, own) => {
          called.push('before');
          return kit.effect(session, own, 'before');
        },
        afterRun: (session, own) => {
          called.push('after');
          return kit.effect(session, own, 'after');
        },
      },
    );
    for (const [attempt, waitMs] of [1_000, 5_000].entries()) {
      await kit.retried(entry, attempt);
      kit.travel(waitMs);
    }
    await kit.inStatus(entry, 'Finished');
    expect(called).toEqual(['skip', 'before', 'after']);
    expect(await kit.effectsOf(entry)).toEqual(['before', 'object', 'after']);
  });

  test('a beforeRun that was not committed is done again', async () => {
    let calls = 0;
    const entry = await kit.readyEntry((session, record) => kit.effect(session, record, 'object'), {
      beforeRun: async (session, own) => {
        await kit.effect(session, own, `before ${++calls}`);
        if (calls === 1) throw new NightshiftError('RETRY_LATER', 'not yet');
      },
    });
    await kit.retried(entry, 0);
    kit.travel(1_000);
    await kit.inStatus(entry, 'Finished');
    expect(await kit.effectsOf(entry)).toEqual(['before 2', 'object']);
  });

  test('each run of a recurring entry has its own', async () => {
    const entry = await kit.readyEntry(
      () => undefined,
      { beforeRun: (session, own) => kit.effect(session, own, 'before') },
      { ...EVERY_DAY, minutesBetweenRuns: 10 },
    );
    await kit.ended(entry, 1);
    kit.travel(10 * 60_000);
    await kit.ended(entry, 2);
    expect(await kit.effectsOf(entry)).toEqual(['before', 'before']);
    await setOnHold(kit.admin, entry.id);
  });

  test('nobody is held up while a hook runs: the entry can be put On Hold', async () => {
    for (const name of ['skipRun', 'beforeRun', 'afterRun'] as const) {
      const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const waits = async (session: Session) => {
        await session.db.query('select 1');
        begun.resolve();
        await go.promise;
        return null;
      };
      const entry = await kit.readyEntry(() => undefined, { [name]: waits }, { category: 'SHOP' });
      await begun.promise;
      expect(await setOnHold(kit.admin, entry.id)).toMatchObject({ status: 'On Hold' });
      go.resolve();
      await kit.waitFor('LC0043', ({ taskId }) => taskId === entry.taskId);
      expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'On Hold', taskId: null });
    }
  });

  test('what a hook changes of its entry changes nothing', async () => {
    const entry = await kit.readyEntry(() => undefined, {
      afterRun: (_, own) => {
        (own as { status: string }).status = 'On Hold';
      },
    });
    expect((await kit.inStatus(entry, 'Error')).error?.message).toContain('read only');
  });
});

describe('a run that the application passes over', () => {
  test('one that recurs goes on with its next run, and the log says why', async () => {
    let runs = 0;
    const entry = await kit.readyEntry(
      () => runs++,
      { skipRun: () => (kit.now() < later ? 'stocktaking' : null) },
      { ...EVERY_DAY, minutesBetweenRuns: 10 },
    );
    const later = new Date(kit.now().getTime() + 60_000);
    expect((await kit.waitFor('AL0000P8K', ({ entryId }) => entryId === entry.id)).dimensions).toMatchObject({
      reason: 'stocktaking',
    });
    expect(await kit.ended(entry, 1)).toMatchObject([
      { status: 'Skipped', note: 'passed over: stocktaking' },
    ]);
    expect(await get(kit.admin, entry.id)).toMatchObject({
      status: 'Ready',
      earliestStart: new Date(kit.now().getTime() + 600_000),
    });
    expect(runs).toBe(0);
    kit.travel(600_000);
    await kit.ended(entry, 2);
    expect(runs).toBe(1);
    await setOnHold(kit.admin, entry.id);
  });

  test('one that does not is Finished; one with manual recurrence stands On Hold', async () => {
    const skipRun = () => 'not today';
    const once = await kit.readyEntry(() => undefined, { skipRun });
    expect(await kit.inStatus(once, 'Finished')).toMatchObject({ taskId: null });
    const manual = await kit.readyEntry(() => undefined, { skipRun }, { manualRecurrence: true });
    await kit.inStatus(manual, 'On Hold');
  });

  test('an error fails the run before its start', async () => {
    const entry = await kit.readyEntry(() => undefined, {
      skipRun: () => {
        throw new Error('no idea');
      },
    });
    await kit.inStatus(entry, 'Error');
    expect(await kit.logsOf(entry)).toMatchObject([{ phase: 'before start', error: { message: 'no idea' } }]);
  });

  test('it is not asked about a run that does not take place anyway', async () => {
    let asked = 0;
    const expiration = new Date(kit.now().getTime() + 1_000);
    const entry = await kit.readyEntry(
      () => undefined,
      { skipRun: () => void asked++ },
      { earliestStart: new Date(kit.now().getTime() + 500), expiration },
    );
    kit.travel(5_000);
    await kit.inStatus(entry, 'Finished');
    expect(asked).toBe(0);
  });
});

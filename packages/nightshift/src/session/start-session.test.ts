import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobQueue, taskScheduler } from '../platform/index.ts';
import { until, within } from '../testing/condition.ts';
import { startSessionKit } from '../testing/started-sessions.ts';
import { ADMIN } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import { startSession } from './start-session.ts';

let kit: Awaited<ReturnType<typeof startSessionKit>>;
beforeAll(async () => {
  kit = await startSessionKit();
});
afterAll(() => kit.stop());

describe('a session that was started', () => {
  it('runs at once, as its caller, in the background, with ids that fit', async () => {
    const seen: Record<string, unknown> = {};
    const session = await kit.start(
      async ({ id, uniqueId, user, company, clientType, guiAllowed, attempt }) => {
        Object.assign(seen, { id, uniqueId, user, company, clientType, guiAllowed, attempt });
      },
    );
    await session.started;
    expect(await session.finished).toEqual({ type: 'Stop', succeeded: true, comment: null, error: null });
    expect(seen).toEqual({
      id: session.id,
      uniqueId: session.uniqueId,
      ...ADMIN,
      clientType: 'background',
      guiAllowed: false,
      attempt: 0,
    });
  });

  it('commits by itself, whatever becomes of its caller', async () => {
    const failed = kit.world.open(async (session) => {
      await kit.insert(session, 'of the caller');
      const { finished } = await startSession(session, kit.worker, {
        record: kit.wish((own) => kit.insert(own, 'its own')),
      });
      await finished;
      throw new Error('the caller fails');
    });
    await expect(failed).rejects.toThrow('the caller fails');
    expect(await kit.notes('its own')).toBe(1);
    expect(await kit.notes('of the caller')).toBe(0);
  });

  it('does not harm its caller when it fails, and says why it did', async () => {
    await kit.world.open(async (session) => {
      const { finished } = await startSession(session, kit.worker, {
        record: kit.wish(async (own) => {
          await kit.insert(own, 'undone');
          throw own.error('no such customer');
        }),
      });
      expect(await finished).toMatchObject({
        type: 'Error',
        succeeded: false,
        comment: 'no such customer',
        error: { code: 'CODEUNIT_ERROR', message: 'no such customer' },
      });
      await kit.insert(session, 'goes on');
    });
    expect(await kit.notes('undone')).toBe(0);
    expect(await kit.notes('goes on')).toBe(1);
  });

  it('does not see what its caller has not committed: the classic race', async () => {
    let seen = -1;
    await kit.world.open(async (session) => {
      await kit.insert(session, 'race');
      const { finished } = await startSession(session, kit.worker, {
        record: kit.wish(async (own) => {
          seen = (await own.db.query("select from note where text = 'race'")).rowCount;
        }),
      });
      await finished;
    });
    expect(seen).toBe(0);
  });

  it('opens another company when it is told to, really and wholly', async () => {
    const session = await kit.start(
      async (own) => {
        expect(own.company).toBe('Other');
        await kit.insert(own, 'elsewhere');
      },
      { company: 'Other' },
    );
    expect(await session.finished).toMatchObject({ succeeded: true });
    expect([await kit.notes('elsewhere', 1), await kit.notes('elsewhere', 2)]).toEqual([0, 1]);
  });

  it('ends quietly with error("")', async () => {
    const session = await kit.start(async (own) => {
      await kit.insert(own, 'quiet');
      own.error('');
    });
    expect(await session.finished).toMatchObject({ type: 'Stop', succeeded: true, comment: 'ended quietly' });
    expect(await kit.notes('quiet')).toBe(0);
  });

  it('may call verbs, and takes over what it has in common with its caller', async () => {
    const ids: string[] = [];
    await kit.world.open(async (session) => {
      ids.push(session.correlationId);
      const { finished } = await startSession(session, kit.worker, {
        record: kit.wish(async (own) => {
          ids.push(own.correlationId);
          await taskScheduler.createTask(own, kit.worker, {
            record: kit.wish((task) => ids.push(task.correlationId)),
          });
          await jobQueue.create(own, { object: kit.plain });
        }),
      });
      expect(await finished).toMatchObject({ succeeded: true });
    });
    await until('the task ran', () => ids.length === 3);
    expect(new Set(ids).size).toBe(1);
  });

  it('reads only when it is told to, and nothing makes it write', async () => {
    const session = await kit.start(
      async (own) => {
        expect((await own.db.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
        await expect(
          own.savepoint(() => own.db.query("select set_config('transaction_read_only', 'off', true)")),
        ).rejects.toThrow(/read-write mode/);
        await kit.insert(own, 'forbidden');
      },
      { readOnly: true },
    );
    expect(await session.finished).toMatchObject({ type: 'Error', error: { code: 'READ_ONLY' } });
    expect(await kit.notes('forbidden')).toBe(0);
  });
});

describe('the record', () => {
  it('is copied: what the caller does to it afterwards is no part of the session', async () => {
    const seen = Promise.withResolvers<unknown>();
    const record: { key: string; note?: string } = kit.wish(() => seen.resolve(record));
    const copying = codeunit({
      name: 'The Works',
      record: z.object({ key: z.string(), note: z.string().default('none') }),
      onRun: () => undefined,
    });
    const session = await startSession(kit.world.admin, copying, { record });
    record.note = 'changed';
    record.key = 'nobody';
    expect(await session.finished).toMatchObject({ succeeded: true });
    await within('the wish was met', seen.promise);
  });

  it.each([
    ['a class instance', { key: 'x', note: new Date(0) as never }, /record\.note/],
    ['a missing field', {} as never, /record\.key/],
  ])('%s is refused with its path', async (_, record, path) => {
    await expect(startSession(kit.world.admin, kit.worker, { record })).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      message: expect.stringMatching(path),
    });
  });

  it('functions, class instances and cycles in a loose record are refused with the path', async () => {
    const loose = codeunit({ name: 'Loose', record: z.unknown(), onRun: () => undefined });
    const cycle: Record<string, unknown> = { deep: {} };
    (cycle['deep'] as Record<string, unknown>)['back'] = cycle;
    for (const [record, path] of [
      [{ a: [1, () => 1] }, 'record.a[1]'],
      [{ a: { b: new Map() } }, 'record.a.b'],
      [cycle, 'record.deep.back'],
    ] as const) {
      await expect(startSession(kit.world.admin, loose, { record })).rejects.toMatchObject({
        code: 'JSON_INVALID',
        field: path,
      });
    }
  });

  it.each([
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: 48 * 3_600_000 + 1 }],
    ['timeout', { timeout: '5' }],
    ['company', { company: 7 }],
    ['company', { company: 'Nowhere' }],
    ['afterCommit', { afterCommit: 'yes' }],
    ['readOnly', { readOnly: 1 }],
  ])('a bad %s is named', async (field, options) => {
    await expect(kit.start(() => undefined, options)).rejects.toMatchObject({ field });
  });

  it('a codeunit that the application does not have is refused', async () => {
    const stranger = codeunit({ name: 'Stranger', onRun: () => undefined });
    await expect(startSession(kit.world.admin, stranger)).rejects.toMatchObject({ code: 'CODEUNIT_UNKNOWN' });
  });
});

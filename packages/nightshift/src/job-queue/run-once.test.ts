import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeunit, type Session, type UserInterface } from '../session/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { create, get, logEntries, setStatusToReady } from './job-queue.ts';
import { type JobQueueEntryRecord, jobQueueEntryRecord } from './job-queue-entry.ts';
import { runOnce } from './run-once.ts';

const NOTE = 'run once in the foreground';
const objects = new Map<string, (session: Session, entry: JobQueueEntryRecord) => unknown>();
const sync = codeunit({
  name: 'Sync',
  record: jobQueueEntryRecord,
  onRun: (session, entry) => objects.get(entry.parameterString)?.(session, entry),
});
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], migrations: [EFFECTS] });
});
afterAll(() => kit.stop());

/** A person who answers, and remembers what was said. */
function person(answer: boolean) {
  const said: string[] = [];
  const ui: UserInterface = {
    async confirm(question) {
      said.push(question);
      return answer;
    },
    message: (text) => void said.push(text),
    openDialog(text) {
      said.push(text);
      return { update: (more) => void said.push(more), close: () => void said.push('closed') };
    },
  };
  return { ui, said };
}

async function entryOf(
  object: (session: Session, entry: JobQueueEntryRecord) => unknown,
  fields: object = {},
) {
  const parameterString = `object ${++made}`;
  objects.set(parameterString, object);
  return create(kit.admin, { object: sync, parameterString, ...fields });
}

async function effects(note: string): Promise<number> {
  return (await kit.query('select from co_1.effect where note = $1', [note])).length;
}

describe('run once in the foreground', () => {
  test('the same code with a person before it; the entry does not change, the log entry says how it was run', async () => {
    let seen: unknown;
    const entry = await entryOf(async (session, { parameterString }) => {
      const { guiAllowed, clientType, user } = session;
      seen = { guiAllowed, clientType, user };
      const dialog = session.openDialog('Working');
      dialog.update('still');
      dialog.close();
      if (await session.confirm('Post all orders?')) session.message('Posted.');
      await leaveEffect(session, parameterString);
    });
    const { ui, said } = person(true);
    const result = await runOnce(kit.admin, entry.id, ui);
    expect(result).toMatchObject({ status: 'Success', error: null });
    expect(said).toEqual(['Working', 'still', 'closed', 'Post all orders?', 'Posted.']);
    expect(seen).toEqual({ guiAllowed: true, clientType: 'web', user: 'ADMIN' });
    expect(await effects(entry.parameterString)).toBe(1);
    expect(await get(kit.admin, entry.id)).toEqual(entry);
    const [log, ...others] = await logEntries(kit.admin, { entryId: entry.id });
    expect(others).toEqual([]);
    expect(log).toMatchObject({
      no: result.logEntryNo,
      status: 'Success',
      note: NOTE,
      taskId: null,
      error: null,
    });
    expect(log?.lines).toMatchObject([{ text: 'Posted.' }]);
  });

  test('an error rolls the work back and is logged; the entry does not change', async () => {
    const entry = await entryOf(
      async (session, { parameterString }) => {
        await leaveEffect(session, parameterString);
        session.log.warning('about to fail');
        throw new Error('Customer 10000 is blocked.');
      },
      { maximumAttempts: 5 },
    );
    const result = await runOnce(kit.admin, entry.id, person(false).ui);
    expect(result).toMatchObject({ status: 'Error', error: { message: 'Customer 10000 is blocked.' } });
    expect(await effects(entry.parameterString)).toBe(0);
    expect(await get(kit.admin, entry.id)).toEqual(entry);
    expect(await logEntries(kit.admin, { entryId: entry.id })).toMatchObject([
      {
        no: result.logEntryNo,
        status: 'Error',
        note: NOTE,
        error: { message: 'Customer 10000 is blocked.' },
        lines: [{ level: 'warning', text: 'about to fail' }],
      },
    ]);
  });

  test('a quiet end is a success that says so, and rolls back', async () => {
    const entry = await entryOf(async (session, { parameterString }) => {
      await leaveEffect(session, parameterString);
      session.error('');
    });
    expect(await runOnce(kit.admin, entry.id, person(true).ui)).toMatchObject({
      status: 'Success',
      error: null,
    });
    expect(await effects(entry.parameterString)).toBe(0);
    const [log] = await logEntries(kit.admin, { entryId: entry.id });
    expect(log).toMatchObject({ status: 'Success', note: `${NOTE}, ended quietly` });
  });

  test('a question while locks are held is refused', async () => {
    const entry = await entryOf(async (session, { parameterString }) => {
      await leaveEffect(session, parameterString);
      await session.confirm('Sure?');
    });
    const result = await runOnce(kit.admin, entry.id, person(true).ui);
    expect(result.error).toMatchObject({ code: 'DIALOG_IN_WRITE_TRANSACTION' });
    expect(await effects(entry.parameterString)).toBe(0);
  });

  test('outside the window, and of a recurring entry that waits: neither matters, and its task stays', async () => {
    const schedule = { runOnMondays: true, startingTime: '03:00', endingTime: '03:00:01' };
    const entry = await entryOf(
      (session, { parameterString }) => leaveEffect(session, parameterString),
      schedule,
    );
    const ready = await setStatusToReady(kit.admin, entry.id);
    expect(await runOnce(kit.admin, entry.id, person(true).ui)).toMatchObject({ status: 'Success' });
    expect(await effects(entry.parameterString)).toBe(1);
    expect(await get(kit.admin, entry.id)).toEqual(ready);
  });

  test('it says in what it differed from the background', async () => {
    const plain = await entryOf(() => undefined);
    const gui = { what: 'guiAllowed', foreground: 'true', background: 'false' };
    expect((await runOnce(kit.admin, plain.id, person(true).ui)).differences).toEqual([gui]);
    const special = await entryOf(() => undefined, {
      runOnMondays: true,
      startingTime: '03:00',
      endingTime: '03:00:01',
      category: 'NIGHT',
      timeout: 60_000,
      timeZone: 'UTC',
    });
    await addUsers(kit, { name: 'OTHER' });
    const other = kit.platform.as({ user: 'OTHER', company: 'CRONUS' });
    expect((await runOnce(other, special.id, person(true).ui)).differences).toEqual([
      { what: 'user', foreground: 'OTHER', background: 'ADMIN' },
      gui,
      { what: 'category', foreground: 'did not wait for others', background: 'takes turns in NIGHT' },
      { what: 'window', foreground: 'was closed', background: 'runs only from 03:00:00 to 03:00:01 UTC' },
      { what: 'timeout', foreground: '12 h', background: '1 min' },
    ]);
  });

  test('a codeunit or an entry that is not there', async () => {
    const { ui } = person(true);
    const unknown = runOnce(kit.admin, '019b0000-0000-7000-8000-000000000001', ui);
    await expect(unknown).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
    const entry = await entryOf(() => undefined);
    await kit.query("update nightshift.job_queue_entry set object = 'Removed' where id = $1", [entry.id]);
    await expect(runOnce(kit.admin, entry.id, ui)).rejects.toMatchObject({ code: 'CODEUNIT_UNKNOWN' });
    expect(await logEntries(kit.admin, { entryId: entry.id })).toEqual([]);
  });
});

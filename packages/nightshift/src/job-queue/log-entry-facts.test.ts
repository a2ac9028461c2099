import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { errorMessages } from './error-messages.ts';
import { create, get, logEntries, setStatusToReady } from './job-queue.ts';
import { type JobQueueEntryRecord, jobQueueEntryRecord } from './job-queue-entry.ts';
import type { JobQueueLogEntry } from './job-queue-log-entry.ts';
import { runOnce } from './run-once.ts';

const clock = new FakeClock();
const objects = new Map<string, (session: Session) => unknown>();
const onRun = (session: Session, { parameterString }: JobQueueEntryRecord) =>
  objects.get(parameterString)?.(session);
const sync = codeunit({ name: 'Sync', record: jobQueueEntryRecord, onRun });
const versioned = codeunit({ name: 'Versioned', version: '7.1', record: jobQueueEntryRecord, onRun });
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  const codeunits = [sync, versioned];
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock, version: '2026.11' });
});
afterAll(() => kit.stop());

async function entryOf(object: (session: Session) => unknown, fields: object = {}) {
  const parameterString = `object ${++made}`;
  objects.set(parameterString, object);
  return create(kit.admin, { object: sync, parameterString, ...fields });
}

/** Runs an object in the background; its log entry. */
async function logOf(object: (session: Session) => unknown, status = 'Finished') {
  const { id } = await entryOf(object);
  await setStatusToReady(kit.admin, id);
  await until(`it is ${status}`, async () => (await get(kit.admin, id)).status === status);
  const [log] = await logEntries(kit.admin, { entryId: id });
  return log!;
}

const textsOf = async ({ no }: JobQueueLogEntry) =>
  (await errorMessages(kit.admin, no)).map(({ text }) => text);

describe('run once', () => {
  const person = {
    confirm: async () => true,
    message: () => undefined,
    openDialog: () => ({ update: () => undefined, close: () => undefined }),
  };

  test('leaves the same in the log as a run in the background', async () => {
    const entry = await entryOf((session) => {
      session.reportError('noticed');
      session.progress(2, 5);
    });
    await addUsers(kit, { name: 'OTHER' });
    const other = kit.platform.as({ user: 'OTHER', company: 'CRONUS' });
    const { logEntryNo } = await runOnce(other, entry.id, person);
    const [log] = await logEntries(kit.admin, { entryId: entry.id });
    expect(log).toMatchObject({
      no: logEntryNo,
      status: 'Success',
      trigger: 'person',
      user: 'OTHER',
      phase: null,
      fingerprint: null,
      plannedAt: null,
      wait: null,
      items: { done: 2, total: 5 },
      errorMessages: 1,
      codeunitVersion: '2026.11',
      instanceEpoch: kit.platform.instance.epoch,
    });
    expect(log?.correlationId).not.toBeNull();
    expect(await textsOf(log!)).toEqual(['noticed']);
  });

  test('says where it failed, with the fingerprint of the same error in the background', async () => {
    const fails = (session: Session) => {
      session.reportError('noticed');
      throw new NightshiftError('VALIDATION', 'Order 7 has no lines.');
    };
    const entry = await entryOf(fails);
    await runOnce(kit.admin, entry.id, person);
    const [log] = await logEntries(kit.admin, { entryId: entry.id });
    expect(log).toMatchObject({
      status: 'Error',
      trigger: 'person',
      phase: 'in the object',
      errorMessages: 1,
    });
    expect(log?.error).not.toHaveProperty('errors');
    expect(await textsOf(log!)).toEqual(['noticed']);
    const inBackground = await logOf(fails, 'Error');
    expect(log?.fingerprint).toBe(inBackground.fingerprint);
  });

  test('says when it failed at commit, and counts what a quiet end has reported', async () => {
    await kit.query('create table public.late (no integer unique deferrable initially deferred)');
    await kit.query('grant all on public.late to public');
    const late = await entryOf((session) => session.db.query('insert into public.late values (1), (1)'));
    await runOnce(kit.admin, late.id, person);
    const [log] = await logEntries(kit.admin, { entryId: late.id });
    expect(log).toMatchObject({
      status: 'Error',
      phase: 'at commit',
      trigger: 'person',
      error: { code: '23505' },
    });
    const quiet = await entryOf((session) => {
      session.reportError('noticed');
      session.error('');
    });
    await runOnce(kit.admin, quiet.id, person);
    const [ended] = await logEntries(kit.admin, { entryId: quiet.id });
    expect(ended).toMatchObject({ status: 'Success', trigger: 'person', phase: null, errorMessages: 1 });
  });
});

describe('the version of the code', () => {
  test('is that of the application, or of the codeunit where that says one', async () => {
    const plain = await logOf(() => undefined);
    expect(plain.codeunitVersion).toBe('2026.11');
    const { id } = await create(kit.admin, { object: versioned });
    await setStatusToReady(kit.admin, id);
    await until('it is Finished', async () => (await get(kit.admin, id)).status === 'Finished');
    const [log] = await logEntries(kit.admin, { entryId: id });
    expect(log?.codeunitVersion).toBe('7.1');
  });

  test('is told while it runs, and stays when it fails', async () => {
    let during: string | null | undefined;
    const log = await logOf(async (session) => {
      during = (await logEntries(session, { limit: 1 }))[0]?.codeunitVersion;
      throw new Error('no');
    }, 'Error');
    expect([during, log.codeunitVersion]).toEqual(['2026.11', '2026.11']);
  });

  test('is text', () => {
    for (const version of ['', 'x'.repeat(101), 'a\0', 5 as never]) {
      expect(() => codeunit({ name: 'Bad', version, onRun: () => undefined })).toThrow(
        expect.objectContaining({ code: 'VALIDATION', field: 'version' }),
      );
    }
  });
});

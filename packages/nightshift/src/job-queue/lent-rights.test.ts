import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { until } from '../testing/condition.ts';
import application, { asksInThread, LENT } from '../testing/fixtures/lent-app.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { create, get, logEntries, setStatusToReady } from './job-queue.ts';

const CLERK = { user: 'CLERK', company: 'CRONUS' };
let kit: TestPlatform;
let mark: string;

beforeAll(async () => {
  const { codeunits, migrations } = application;
  const applicationModule = new URL('../testing/fixtures/lent-app.ts', import.meta.url);
  kit = await startTestPlatform({ codeunits, migrations, applicationModule });
  await kit.query(
    `insert into nightshift.permission_set (name, source, definition)
    values ('Clerk', 'administrator', '{"codeunits": ["*"]}')`,
  );
  await addUsers(kit, { name: 'CLERK', sets: ['Clerk', 'Job Queue Run'], company: 'CRONUS' });
  const [row] = await kit.query<{ mark: string }>('select mark from nightshift.environment');
  mark = row?.mark ?? '';
});
afterAll(() => kit.stop());

const next = async () =>
  (await kit.query<{ next: number }>('select next from co_1.number_series'))[0]?.next ?? 0;

describe.each(['main', 'thread', 'process'] as const)('a codeunit with lent rights in %s', (place) => {
  it('has them as a task', async () => {
    const before = await next();
    const task = await createTask(kit.platform.as(CLERK), LENT[place]);
    await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(await next()).toBe(before + 1);
  });

  it('has them as the object of a job queue entry, inside of the session of the dispatcher', async () => {
    const before = await next();
    const caller = kit.platform.as(CLERK);
    const { id } = await create(caller, { object: LENT[place] as never });
    await setStatusToReady(caller, id);
    await until('the entry has run', async () =>
      ['Finished', 'Error'].includes((await get(caller, id).catch(() => ({ status: 'Finished' }))).status),
    );
    const [log] = await logEntries(caller, { entryId: id });
    expect(log).toMatchObject({
      status: 'Success',
      error: null,
      lines: [
        { text: 'taken', details: { next: before + 1, who: expect.stringMatching(`^ns_${mark}_u2_c1_i`) } },
        { text: 'refused', details: { code: '42501' } },
      ],
    });
  });
});

it('one that is run in the middle of a codeunit in a thread is refused, with the way out', async () => {
  const before = await next();
  const { finished } = await kit.platform.open(CLERK, (session) => startSession(session, asksInThread));
  expect(await finished).toMatchObject({
    type: 'Error',
    error: {
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(/declare them on the codeunit that the task or session runs/),
    },
  });
  expect(await next()).toBe(before);
});

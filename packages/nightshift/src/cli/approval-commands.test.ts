import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { create, setStatusToReady } from '../job-queue/index.ts';
import { codeunit } from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { approvalStatusOf } from './approval-list.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const HOSTILE = 'please \u001b[31mnow\nStatus   Approved';
const sync = codeunit({ name: 'Sync', onRun: () => undefined });

let database: TestDatabase;
let world: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform({
    database,
    codeunits: [sync],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addSets(world, { Sync: { codeunits: ['Sync'] } });
  await addUsers(
    world,
    { name: 'DELEGATE', sets: ['Job Queue Run', 'Sync'], columns: { is_delegated: true } },
    { name: 'CHIEF', sets: ['Job Queue Admin', 'Sync'] },
    { name: 'RUNNER', sets: ['Job Queue Run', 'Sync'] },
    { name: 'LEFT', sets: ['SUPER'] },
    { name: 'NOBODY', sets: [] },
  );
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const ns = (user: string, ...words: readonly string[]) =>
  run([...words, '--user', user, '--database-url', database.url]);
const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

async function newEntry(user: string) {
  return create(world.platform.as({ user, company: 'CRONUS' }), { object: sync });
}

describe('approval', () => {
  test('the way out: refused, asked for, listed, approved', async () => {
    const { entryNo } = await newEntry('DELEGATE');
    const no = String(entryNo);
    const refused = await ns('DELEGATE', 'entry', 'ready', no);
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toMatch(
      /^APPROVAL_NEEDED: DELEGATE is a delegated administrator and may not set job queue entries Ready; .*nightshift approval request/,
    );
    const asked = await ns('DELEGATE', 'approval', 'request', no, '--comment', HOSTILE);
    expect(asked.out).toMatch(/^Approval is asked for, to let entry \d+ \(Sync\) run\.\n[0-9a-f-]{36}$/);
    const id = asked.out.split('\n')[1] ?? '';
    const listed = await ns('CHIEF', 'approval', 'list');
    expect(listed.out).toContain(`${id}  Open    ${no}`);
    expect(listed.out).not.toContain('\u001b[31m');
    expect((await ns('CHIEF', 'approval', 'show', no)).out).toMatch(/^Will run as +whoever approves$/m);
    expect((await ns('DELEGATE', 'entry', 'show', no)).out).toMatch(/^Note +DELEGATE asks for approval\.$/m);
    const own = await ns('DELEGATE', 'approval', 'approve', id);
    expect([own.exitCode, own.err]).toEqual([6, expect.stringContaining('somebody else approves it')]);
    const approved = await ns('CHIEF', 'approval', 'approve', no, '--comment', 'fine');
    expect(approved.out).toBe(`Approved: entry ${no} (Sync) is Ready and runs as CHIEF.`);
    const shown = json(await ns('CHIEF', 'approval', 'show', id, '--json'));
    expect(shown).toMatchObject({ id, status: 'Approved', decidedBy: 'CHIEF', decisionComment: 'fine' });
    const again = await ns('CHIEF', 'approval', 'approve', id);
    expect([again.exitCode, again.err]).toEqual([4, expect.stringContaining('Approved already by CHIEF')]);
    const gone = await ns('CHIEF', 'approval', 'show', no);
    expect([gone.exitCode, gone.err]).toEqual([3, expect.stringContaining('no open request')]);
    const all = JSON.parse((await ns('CHIEF', 'approval', 'list', '--status', 'approved', '--json')).out);
    expect(all).toMatchObject([{ id, entryNo, requestedBy: 'DELEGATE' }]);
  });

  test('rejected and withdrawn', async () => {
    const { entryNo } = await newEntry('DELEGATE');
    const no = String(entryNo);
    await ns('DELEGATE', 'approval', 'request', no);
    const rejected = await ns('CHIEF', 'approval', 'reject', no, '--comment', 'not at night');
    expect(rejected.out).toBe(`Rejected: entry ${no} (Sync) stays On Hold.`);
    expect((await ns('CHIEF', 'entry', 'list')).out).toContain('Rejected by CHIEF: not at night');
    await ns('DELEGATE', 'approval', 'request', no);
    expect((await ns('CHIEF', 'approval', 'withdraw', no)).err).toContain('Only DELEGATE can withdraw');
    expect((await ns('DELEGATE', 'approval', 'withdraw', no)).out).toBe(
      `Withdrawn: entry ${no} (Sync) stays On Hold.`,
    );
    expect((await ns('CHIEF', 'approval', 'list')).out).toBe(
      'There are no open requests for approval in CRONUS.',
    );
  });

  test('bad input', async () => {
    expect((await ns('CHIEF', 'approval', 'list', '--status', 'maybe')).err).toContain('(--status)');
    expect((await ns('CHIEF', 'approval', 'list', '--limit', '0')).exitCode).toBe(2);
    expect((await ns('CHIEF', 'approval', 'show', 'x')).exitCode).toBe(2);
    expect((await ns('CHIEF', 'approval', 'approve', '99999')).exitCode).toBe(3);
    const { entryNo } = await newEntry('DELEGATE');
    const long = await ns('DELEGATE', 'approval', 'request', String(entryNo), '--comment', 'x'.repeat(1_001));
    expect([long.exitCode, long.err]).toEqual([2, expect.stringContaining('Field: comment (--comment)')]);
    expect(approvalStatusOf(' Open ')).toBe('Open');
    expect(approvalStatusOf('ALL')).toBeNull();
  });
});

describe('entry', () => {
  test('those of someone who is gone are listed and marked, and can be reassigned', async () => {
    const entry = await newEntry('LEFT');
    await setStatusToReady(world.platform.as({ user: 'LEFT', company: 'CRONUS' }), entry.id);
    const no = String(entry.entryNo);
    expect((await ns('CHIEF', 'entry', 'list', '--gone')).out).toBe(
      'There are no job queue entries that run as someone who is gone in CRONUS.',
    );
    await database.query("update nightshift.app_user set state = 'disabled' where name = 'LEFT'");
    const listed = await ns('CHIEF', 'entry', 'list', '--gone');
    expect(listed.out).toMatch(new RegExp(`^${no} +Ready +Sync .*LEFT \\(disabled\\)`, 'm'));
    expect(listed.out).toContain('nightshift entry reassign <id> <user>');
    expect((await ns('CHIEF', 'entry', 'show', no)).out).toMatch(/^Runs as +LEFT \(disabled\)$/m);
    const shown = json(await ns('CHIEF', 'entry', 'show', no, '--json'));
    expect(shown).toMatchObject({ runAs: 'LEFT', runAsGone: 'disabled', createdBy: 'LEFT', note: null });
    const refused = await ns('RUNNER', 'entry', 'reassign', no, 'RUNNER');
    expect([refused.exitCode, refused.err]).toEqual([
      6,
      expect.stringMatching(/^PERMISSION_DENIED: User RUNNER .*SUPER, Job Queue Admin/),
    ]);
    const given = await ns('CHIEF', 'entry', 'reassign', no, 'RUNNER', '--comment', 'LEFT has left');
    expect(given.out).toBe(`Entry ${no} (Sync) is On Hold until RUNNER approves or sets it Ready.`);
    expect(json(await ns('RUNNER', 'approval', 'show', no, '--json'))).toMatchObject({
      askedUser: 'RUNNER',
      comment: 'LEFT has left',
    });
    expect((await ns('RUNNER', 'approval', 'approve', no)).out).toContain('is Ready and runs as RUNNER');
    const after = json(await ns('CHIEF', 'entry', 'show', no, '--json'));
    expect(after).toMatchObject({ runAs: 'RUNNER', runAsGone: null });
  });

  test('a user without rights is told what they would take', async () => {
    const { err, exitCode } = await ns('NOBODY', 'entry', 'list', '--json');
    expect(exitCode).toBe(6);
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'PERMISSION_DENIED', message: expect.stringContaining('Job Queue View') },
    });
  });
});

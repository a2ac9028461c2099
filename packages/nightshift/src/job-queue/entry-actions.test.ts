import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { plain, VerbStage } from '../testing/verb-stage.ts';
import { JOB_QUEUE_ENTRY_STATUSES } from './job-queue-entry.ts';

// What a list says somebody may do with an entry is what the verbs do: each is tried on an entry in each state.

let kit: TestPlatform;
let stage: VerbStage;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(
    kit,
    { name: 'VIEWER', sets: ['Job Queue View'] },
    { name: 'WORKER', sets: ['Job Queue Run', 'Work'] },
    { name: 'UNABLE', sets: ['Job Queue Admin'] },
    { name: 'DELEGATED', sets: ['Job Queue Admin', 'Work'], columns: { is_delegated: true } },
    { name: 'TARGET', sets: ['Work'] },
  );
  stage = new VerbStage(kit, kit.platform.directory.user('ADMIN').no);
});
afterAll(() => kit.stop());

const VERBS: Readonly<Record<string, (caller: Caller, entryId: string) => Promise<unknown>>> = {
  setReady: jobQueue.setStatusToReady,
  setOnHold: jobQueue.setOnHold,
  restart: jobQueue.restart,
  runNow: jobQueue.runNow,
  runOnce: (caller, id) => jobQueue.runOnce(caller, id, null),
  stopRun: jobQueue.stopRun,
  wake: jobQueue.wake,
  modify: (caller, id) => jobQueue.modify(caller, id, { description: 'other' }),
  copy: jobQueue.copy,
  delete: jobQueue.delete,
  setPriority: (caller, id) => jobQueue.setPriority(caller, id, 'High'),
  reassign: (caller, id) => jobQueue.reassign(caller, id, { user: 'TARGET' }),
  requestApproval: jobQueue.requestApproval,
  resetToCode: jobQueue.resetToCode,
};

const PEOPLE = ['ADMIN', 'VIEWER', 'WORKER', 'UNABLE', 'DELEGATED'] as const;

test.each(JOB_QUEUE_ENTRY_STATUSES)(
  'of an entry that is %s, what is said to be allowed is',
  async (status) => {
    const { directory } = kit.platform;
    const companyNo = directory.company('CRONUS').no;
    const differences: string[] = [];
    for (const user of PEOPLE)
      for (const owner of [user, 'ADMIN']) {
        const caller = kit.platform.as({ user, company: 'CRONUS' });
        const numbers = { ownerNo: directory.user(owner).no, companyNo, userNo: directory.user(user).no };
        const at = { caller, user, owner, company: 'CRONUS', ...numbers };
        const { actions } = await jobQueue.describe(caller, await stage.entry(at, status));
        expect(actions.map(({ name }) => name)).toEqual(Object.keys(VERBS));
        for (const { name, allowed, reason } of actions) {
          const id = await stage.entry(at, status);
          const refusal = await (VERBS[name] as (typeof VERBS)[string])(caller, id).then(
            () => null,
            (error: unknown) => (isNightshiftError(error) ? error.message : String(error)),
          );
          if (allowed !== (refusal === null) || (reason === null) !== allowed)
            differences.push(`${user} on ${owner}'s: ${name} is said ${allowed} (${reason}), is ${refusal}`);
        }
      }
    expect(differences).toEqual([]);
  },
);

test('of an entry whose run is under way nothing is said to be allowed that would wait for its end', async () => {
  const id = (await jobQueue.create(kit.admin, { object: 'Plain' })).id;
  await jobQueue.setStatusToReady(kit.admin, id);
  await kit.query(
    `update nightshift.scheduled_task set claim = gen_random_uuid(), claimed_by = $2
     where id = (select task_id from nightshift.job_queue_entry where id = $1)`,
    [id, kit.platform.instance.epoch],
  );
  const { actions } = await jobQueue.describe(kit.admin, id);
  const allowed = actions.filter((action) => action.allowed).map(({ name }) => name);
  expect(allowed).toEqual(['setReady', 'setOnHold', 'runOnce', 'stopRun', 'wake', 'copy', 'setPriority']);
});

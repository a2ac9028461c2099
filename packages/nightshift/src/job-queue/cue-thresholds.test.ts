import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import {
  type CueThresholds,
  cueThresholds,
  setCompanyCueThresholds,
  setCueThresholds,
} from './cue-thresholds.ts';

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ taskScheduler: { enableTaskScheduler: false } });
  await addCompany(kit, 'FABRIKAM');
  await addUsers(
    kit,
    { name: 'CHIEF', sets: ['Job Queue Admin'] },
    { name: 'RUNNER', sets: ['Job Queue Run'] },
  );
});
afterAll(() => kit.stop());

const as = (user: string, company = 'CRONUS') => kit.platform.as({ user, company });

test('what somebody has said holds for him, else what is said for the company, else the standard', async () => {
  const { standard, effective, own, company, maySetForCompany } = await cueThresholds(as('RUNNER'));
  expect([effective, own, company, maySetForCompany]).toEqual([standard, null, null, false]);
  const ours = { ...standard, failed: { amber: 3, red: 9 } };
  const mine = { ...standard, failed: { amber: 2, red: 4 } };
  expect(await setCompanyCueThresholds(as('CHIEF'), ours)).toMatchObject({ effective: ours, own: null });
  expect((await cueThresholds(as('RUNNER'))).effective).toEqual(ours);
  expect((await cueThresholds(as('RUNNER', 'FABRIKAM'))).effective).toEqual(standard);
  expect(await setCueThresholds(as('RUNNER'), mine)).toMatchObject({
    effective: mine,
    own: mine,
    company: ours,
  });
  expect((await cueThresholds(as('CHIEF'))).effective).toEqual(ours);
  expect((await setCueThresholds(as('RUNNER'), null)).effective).toEqual(ours);
  expect((await setCompanyCueThresholds(as('CHIEF'), null)).effective).toEqual(standard);
});

test('for the company by those who may, and the audit log says it', async () => {
  const { standard } = await cueThresholds(as('RUNNER'));
  await expect(setCompanyCueThresholds(as('RUNNER'), standard)).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  await setCompanyCueThresholds(as('CHIEF'), standard);
  const [row] = await kit.query(
    "select user_name, after from nightshift.audit_log where verb = 'cue.setThresholds' and result = 'allowed' order by at desc, id desc limit 1",
  );
  expect(row).toEqual({ user_name: 'CHIEF', after: standard });
});

test.each([-1, 1.5, 1_000_001, Number.NaN, '1', null])('%j is no number of a cue', async (amber) => {
  const { standard } = await cueThresholds(as('RUNNER'));
  const bad = { ...standard, overdue: { amber, red: 1 } } as unknown as CueThresholds;
  await expect(setCueThresholds(as('RUNNER'), bad)).rejects.toMatchObject({
    code: 'VALIDATION',
    field: 'overdue',
  });
});

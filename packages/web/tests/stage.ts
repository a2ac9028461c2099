import { type Codeunit, codeunit, jobQueue } from 'nightshift';
import { EVERY_DAY } from '../../nightshift/src/testing/every-day.ts';
import type { TestPlatform } from '../../nightshift/src/testing/test-platform.ts';
import { addCompany, addUsers } from '../../nightshift/src/testing/test-rights.ts';
import { ENGINE_CODEUNITS } from './engine-stage.ts';
import { REPAIR_CODEUNITS, STAGED_ORDERS } from './repair-stage.ts';

export const importOrders = codeunit({ name: 'Import Orders', async onRun() {} });
export const postInvoices = codeunit({ name: 'Post Invoices', async onRun() {} });

/** The codeunits of the stage. */
export const STAGE_CODEUNITS: readonly Codeunit[] = [
  importOrders,
  postInvoices,
  ...ENGINE_CODEUNITS,
  ...REPAIR_CODEUNITS,
] as never;

/** Its work items. */
export const STAGE_WORK_ITEMS = [STAGED_ORDERS] as const;

/** A company as a consultant finds it: people, and entries in several states. */
export async function setStage(kit: TestPlatform): Promise<void> {
  await addCompany(kit, 'FABRIKAM');
  await addUsers(
    kit,
    { name: 'READER', sets: ['Job Queue View'], company: 'CRONUS' },
    { name: 'CLARA', sets: ['Job Queue Admin'] },
    { name: 'TOM', sets: ['SUPER'] },
  );
  const entries = [
    {
      object: 'Import Orders',
      description: 'Shop: import orders',
      parameterString: 'ORDERS',
      minutesBetweenRuns: 15,
      startingTime: '06:00',
      endingTime: '22:00',
    },
    {
      object: 'Import Orders',
      description: 'Shop: import customers',
      parameterString: 'CUSTOMERS',
      minutesBetweenRuns: 60,
    },
    {
      object: 'Import Orders',
      description: 'Shop: import items and prices',
      parameterString: 'ITEMS',
      startingTime: '02:30',
      timeZone: 'Europe/Berlin',
    },
    { object: 'Post Invoices', description: 'Post invoices of the day', startingTime: '23:00' },
    {
      object: 'Post Invoices',
      description: 'Send reminders',
      parameterString: 'REMINDERS',
      nextRunDateFormula: '1M+CM',
    },
  ];
  for (const [index, { nextRunDateFormula, ...entry }] of entries.entries()) {
    const when = nextRunDateFormula === undefined ? EVERY_DAY : { nextRunDateFormula };
    const { id } = await jobQueue.create(kit.admin, {
      ...entry,
      ...when,
      maximumAttempts: 3,
      rerunDelaySeconds: 60,
    } as never);
    if (index < 3) await jobQueue.setStatusToReady(kit.admin, id);
  }
  await fail(kit, 4);
}

/** Sets one of them in Error, past all verbs: what is looked at is how it is shown. */
async function fail(kit: TestPlatform, entryNo: number): Promise<void> {
  await kit.query(
    `update nightshift.job_queue_entry set status = 'Error', attempts = 3,
      error = jsonb_build_object('code', 'VALIDATION', 'message', 'Invoice 103044 has no posting date.', 'name', 'NightshiftError', 'field', null, 'causes', '[]'::jsonb)
     where entry_no = $1`,
    [entryNo],
  );
}

import { describe, expect, it } from 'vitest';
import type { Database } from '../database/index.ts';
import { systemClock } from '../foundation/index.ts';
import type { ClaimedTaskRow } from './scheduled-task.ts';
import { TaskClaim } from './task-claim.ts';
import { claimDueTasks, releaseTasks, releaseUnknownClaims } from './task-scheduler.sql.ts';

const ROW: ClaimedTaskRow = {
  id: '00000000-0000-7000-8000-000000000001',
  lane: 1,
  user_no: 1,
  codeunit: 'Any',
  failure_codeunit: null,
  failing: false,
  due_seconds: 0,
  record: null,
  timeout_ms: 1,
  attempt: 0,
  losses: 0,
  suspect: 0,
  language: null,
  time_zone: null,
  record_table: null,
  last_error: null,
  correlation_id: null,
};

/** A database that claims one row, and answers a release as it is told. */
function claimOn(release: () => Promise<never[]>) {
  const kept: unknown[] = [];
  const run = async (statement: unknown, values: readonly unknown[]) => {
    if (statement === claimDueTasks) return [ROW];
    if (statement === releaseTasks) return release();
    if (statement === releaseUnknownClaims) kept.push(values[1]);
    return [];
  };
  const database = { run } as unknown as Database;
  const claim = new TaskClaim({ database, clock: systemClock, epoch: 'e', lanes: [1], codeunits: ['Any'] });
  return { claim, kept };
}

describe('claims', () => {
  it('that are held are never released as unknown', async () => {
    const { claim, kept } = claimOn(async () => []);
    const [task] = await claim.claim(1);
    await claim.releaseUnknown(['done']);
    expect(kept).toEqual([[task?.claim, 'done']]);
  });

  it('that could not be handed back are released as unknown later', async () => {
    const { claim, kept } = claimOn(() => Promise.reject(new Error('Connection terminated')));
    const tasks = await claim.claim(1);
    await expect(claim.release(tasks)).rejects.toThrow('Connection terminated');
    await claim.releaseUnknown([]);
    expect(kept).toEqual([[]]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Database } from '../database/index.ts';
import { systemClock } from '../foundation/index.ts';
import { ClaimLedger } from './claim-ledger.ts';
import type { ClaimedTaskRow } from './scheduled-task.ts';
import { TaskClaim } from './task-claim.ts';
import { TaskLimits } from './task-limits.ts';
import { claimDueTasks, releaseTasks, releaseUnknownClaims } from './task-scheduler.sql.ts';

const LANES = [1];
const ROW: ClaimedTaskRow = {
  id: '00000000-0000-7000-8000-000000000001',
  lane: 1,
  user_no: 1,
  codeunit: 'Any',
  due_seconds: 0,
  timeout_ms: 1,
  correlation_id: null,
  more: null,
};

/** A database that claims one row, and answers a release as it is told. */
function claimOn(release: () => Promise<never[]>) {
  const kept: unknown[] = [];
  const released: unknown[] = [];
  const ledger = new ClaimLedger();
  const run = async (statement: unknown, values: readonly unknown[]) => {
    if (statement === claimDueTasks) return [ROW];
    if (statement === releaseTasks) {
      released.push(values[0]);
      return release();
    }
    if (statement === releaseUnknownClaims) kept.push(values[1]);
    return [];
  };
  const database = { run } as unknown as Database;
  const claim = new TaskClaim({
    database,
    clock: systemClock,
    epoch: 'e',
    lanes: () => LANES,
    codeunits: ['Any'],
    limits: new TaskLimits(0, new Map()),
    ledger,
  });
  return { claim, kept, released, watchdog: new ClaimLedger(ledger.memory) };
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

describe('what the watchdog has handed back', () => {
  it('is not started, not handed back again, and no longer known', async () => {
    const { claim, kept, released, watchdog } = claimOn(async () => []);
    const tasks = await claim.claim(1);
    expect(watchdog.handOver().ids).toEqual(tasks.map(({ id }) => id));
    expect(tasks.map((task) => claim.starts(task))).toEqual([false]);
    await claim.release(tasks);
    await claim.releaseUnknown([]);
    expect([released, kept]).toEqual([[], [[]]]);
  });

  it('while the answer to the claim was under way, is none of our tasks', async () => {
    const { claim, kept, watchdog } = claimOn(async () => []);
    const claiming = claim.claim(1);
    expect(watchdog.handOver()).toMatchObject({ ids: [], unanswered: [expect.any(String)] });
    expect(await claiming).toEqual([]);
    await claim.releaseUnknown([]);
    expect(kept).toEqual([[]]);
    expect(claim.wanted).toBe(true);
  });

  it('is never what has been started', async () => {
    const { claim, watchdog } = claimOn(async () => []);
    const [task] = await claim.claim(1);
    expect(task !== undefined && claim.starts(task)).toBe(true);
    expect(watchdog.handOver()).toEqual({ ids: [], claims: [], unanswered: [] });
  });
});

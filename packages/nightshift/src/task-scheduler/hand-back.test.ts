import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Executor } from '../database/index.ts';
import { randomUuid } from '../foundation/index.ts';
import { behaviours } from '../testing/behaviours.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { ClaimLedger } from './claim-ledger.ts';
import { HandBack } from './hand-back.ts';
import { createTask } from './task-scheduler.ts';

const { main, codeunits, choose } = behaviours();
const EPOCH = randomUuid();
let kit: TestPlatform;
let ledger: ClaimLedger;
let handBack: HandBack;

beforeEach(async () => {
  kit = await startTestPlatform({ codeunits, start: false });
  ledger = new ClaimLedger();
  handBack = new HandBack(new ClaimLedger(ledger.memory), EPOCH);
});
afterEach(() => kit.stop());

/** Tasks that are claimed, under one nonce. */
async function claimed(count: number) {
  const claim = randomUuid();
  const record = choose(() => undefined);
  const ids = await Promise.all(
    Array.from({ length: count }, () => createTask(kit.admin, main, { record, ready: false })),
  );
  await kit.query(
    'update nightshift.scheduled_task set ready = true, claim = $2, claimed_by = $3 where id = any($1::uuid[])',
    [ids, claim, EPOCH],
  );
  return { ids, claim };
}

const held = async () =>
  (await kit.query<{ id: string }>('select id from nightshift.scheduled_task where claim is not null')).map(
    ({ id }) => id,
  );

describe('what a blocked main thread has claimed', () => {
  test('is handed back unless it was started, and costs the tasks nothing', async () => {
    const { ids, claim } = await claimed(5);
    const tickets = ids.map((id) => ledger.enter(id, claim));
    expect(ledger.take(tickets[1] as number)).toBe(true);
    handBack.take();
    expect(await handBack.write(kit.platform.database)).toBe(4);
    expect(await held()).toEqual([ids[1]]);
    const rows = await kit.query('select distinct attempt, losses, suspect from nightshift.scheduled_task');
    expect(rows).toEqual([{ attempt: 0, losses: 0, suspect: 0 }]);
    expect(tickets.map((ticket) => ledger.take(ticket))).toEqual([false, false, false, false, false]);
    expect(await handBack.write(kit.platform.database)).toBe(0);
  });

  test('is not touched when somebody else holds it by now', async () => {
    const { ids, claim } = await claimed(1);
    ledger.enter(ids[0] as string, claim);
    handBack.take();
    await kit.query('update nightshift.scheduled_task set claim = gen_random_uuid()');
    await handBack.write(kit.platform.database);
    expect(await held()).toEqual(ids);
  });

  test('is handed back also when it has not seen the answer to its claim, however late that took effect', async () => {
    const { ids, claim } = await claimed(2);
    ledger.enter(null, claim);
    handBack.take();
    expect(await handBack.write(kit.platform.database)).toBe(2);
    expect(await held()).toEqual([]);
    await kit.query('update nightshift.scheduled_task set claim = $1, claimed_by = $2', [claim, EPOCH]);
    let late = 0;
    for (let beat = 0; beat < 5; beat++) late += await handBack.write(kit.platform.database);
    expect(late).toBe(2);
    expect([await held(), ids.length]).toEqual([[], 2]);
  });

  test('waits for the next beat when the database does not answer', async () => {
    const { ids, claim } = await claimed(3);
    for (const id of ids) ledger.enter(id, claim);
    ledger.enter(null, randomUuid());
    const broken: Executor = { run: () => Promise.reject(new Error('Connection terminated')) };
    handBack.take();
    await expect(handBack.write(broken)).rejects.toThrow('Connection terminated');
    await expect(handBack.write(broken)).rejects.toThrow('Connection terminated');
    expect(await handBack.write(kit.platform.database)).toBe(3);
    expect(await held()).toEqual([]);
  });
});

import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { randomUuid, systemClock } from '../foundation/index.ts';
import { within } from '../testing/condition.ts';
import { ClaimLedger, NO_TICKET } from './claim-ledger.ts';

const ids = (count: number) => Array.from({ length: count }, () => randomUuid());

describe('the ledger of claims', () => {
  test('gives each listed claim to exactly one of the two, whatever they do in whatever order', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('enter' as const), unknown: fc.boolean() }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const), at: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('handOver' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ledger = new ClaimLedger();
        const watchdog = new ClaimLedger(ledger.memory);
        const listed: { id: string | null; claim: string; ticket: number; gone: boolean }[] = [];
        for (const one of steps) {
          if (one.do === 'enter') {
            const [id, claim] = [one.unknown ? null : randomUuid(), randomUuid()];
            listed.push({ id, claim, ticket: ledger.enter(id, claim), gone: false });
          } else if (one.do === 'take') {
            const [entry] = listed.splice(one.at % Math.max(1, listed.length), 1);
            if (entry !== undefined) expect(ledger.take(entry.ticket)).toBe(!entry.gone);
          } else {
            const left = listed.filter(({ gone }) => !gone);
            const { ids: got, claims, unanswered } = watchdog.handOver();
            const pairs = got.map((id, at) => `${id} ${claims[at]}`);
            const known = left.filter(({ id }) => id !== null);
            expect(pairs.toSorted()).toEqual(known.map(({ id, claim }) => `${id} ${claim}`).toSorted());
            const unknown = left.filter(({ id }) => id === null);
            expect(unanswered.toSorted()).toEqual(unknown.map(({ claim }) => claim).toSorted());
            for (const entry of left) entry.gone = true;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that is full leaves claims unlisted; they are always the main thread’s', () => {
    const ledger = new ClaimLedger();
    const tickets = ids(5_000).map((id) => ledger.enter(id, id));
    const unlisted = tickets.filter((ticket) => ticket === NO_TICKET);
    expect(unlisted).toHaveLength(5_000 - 4_096);
    expect(ledger.handOver().ids).toHaveLength(4_096);
    expect(ledger.take(NO_TICKET)).toBe(true);
    for (const ticket of tickets.slice(0, 4_096)) expect(ledger.take(ticket)).toBe(false);
    const again = ids(4_096).map((id) => ledger.enter(id, id));
    expect(again).not.toContain(NO_TICKET);
    for (const ticket of again) expect(ledger.take(ticket)).toBe(true);
  });

  test('gives nothing twice, and nothing away, when a claim is asked for twice', () => {
    const ledger = new ClaimLedger();
    const ticket = ledger.enter(randomUuid(), randomUuid());
    expect([ledger.take(ticket), ledger.take(ticket)]).toEqual([true, false]);
    const [one, other] = [ledger.enter(randomUuid(), randomUuid()), ledger.enter(randomUuid(), randomUuid())];
    expect(one).not.toBe(other);
  });

  test('under fire from another thread: none is lost, none is given to both', async () => {
    const ledger = new ClaimLedger();
    const worker = new Worker(WATCHDOG, {
      eval: true,
      workerData: { memory: ledger.memory, module: new URL('./claim-ledger.ts', import.meta.url).href },
      execArgv: ['--conditions=nightshift-source'],
    });
    onTestFinished(async () => void (await worker.terminate()));
    const { promise: over, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const ready = Promise.withResolvers<void>();
    worker.on('error', reject);
    worker.on('message', (message: 'ready' | readonly string[]) =>
      message === 'ready' ? ready.resolve() : resolve(message),
    );
    await within('the other thread is there', ready.promise);
    const all: string[] = [];
    const mine: string[] = [];
    const end = systemClock.monotonic() + 1_000;
    while (systemClock.monotonic() < end) {
      const batch = ids(20);
      const claim = randomUuid();
      const tickets = batch.map((id) => ledger.enter(id, claim));
      all.push(...batch);
      batch.forEach((id, at) => {
        if (ledger.take(tickets[at] as number)) mine.push(id);
      });
    }
    worker.postMessage('stop');
    const theirs = await within('the other thread tells what it got', over);
    expect(theirs.length).toBeGreaterThan(0);
    expect(mine.length).toBeGreaterThan(0);
    expect([...mine, ...theirs].toSorted()).toEqual(all.toSorted());
  });
});

/** Takes over whatever it finds, all the time, until it is told to stop. */
const WATCHDOG = `
  const { parentPort, workerData, receiveMessageOnPort } = require('node:worker_threads');
  import(workerData.module).then(({ ClaimLedger }) => {
    const ledger = new ClaimLedger(workerData.memory);
    const got = [];
    parentPort.postMessage('ready');
    const look = () => {
      for (let n = 0; n < 50; n++) for (const id of ledger.handOver().ids) got.push(id);
      setImmediate(look);
    };
    parentPort.on('message', () => { parentPort.postMessage(got); process.exit(); });
    look();
  });
`;

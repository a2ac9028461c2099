import { describe, expect, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import type { NewTask } from './scheduled-task.ts';
import { TaskBatches, type WaitingTask } from './task-batches.ts';

const BARE = { codeunit: 'Noop', ready: true, lane: 1 } as NewTask;
const task = (): NewTask => ({ ...BARE, id: randomUuid() });

/** Batches whose inserts are ended by hand. */
function byHand() {
  const sent: { readonly batch: readonly WaitingTask[]; readonly end: () => void }[] = [];
  const batches = new TaskBatches((batch) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    sent.push({
      batch,
      end() {
        for (const { task: one, resolve: created } of batch) created(one.id);
        resolve();
      },
    });
    return promise;
  });
  const sizes = () => sent.map(({ batch }) => batch.length);
  return { batches, sent, sizes };
}

/** Lets everything go on that waits for nothing but promises. */
async function turn(): Promise<void> {
  for (let count = 0; count < 20; count++) await Promise.resolve();
}

describe('tasks that come together', () => {
  test('a thousand go out as four inserts, at once', async () => {
    const { batches, sizes } = byHand();
    for (let count = 0; count < 1_000; count++) void batches.add(task());
    await turn();
    expect(sizes()).toEqual([250, 250, 250, 250]);
  });

  test('more than that wait for one of them to end; then what has gathered goes', async () => {
    const { batches, sent, sizes } = byHand();
    for (let count = 0; count < 1_300; count++) void batches.add(task());
    await turn();
    expect(sizes()).toEqual([250, 250, 250, 250]);
    sent[0]?.end();
    await turn();
    expect(sizes()).toEqual([250, 250, 250, 250, 250]);
    sent[1]?.end();
    sent[2]?.end();
    await turn();
    expect(sizes().at(-1)).toBe(250);
    sent[3]?.end();
    await turn();
    expect(sizes()).toEqual([250, 250, 250, 250, 250, 50]);
  });

  test('few that come one after another share the insert that waits for two others', async () => {
    const { batches, sent, sizes } = byHand();
    for (let count = 0; count < 10; count++) {
      void batches.add(task());
      await turn();
    }
    expect(sizes()).toEqual([1, 1]);
    const last = batches.add(task());
    sent[0]?.end();
    await turn();
    expect(sizes()).toEqual([1, 1, 9]);
    sent[2]?.end();
    expect(await last).toMatchObject({ toCall: 'all' });
  });
});

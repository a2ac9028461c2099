import { describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { TaskPlaces, type TaskPlacesParts } from './task-places.ts';

const SIZE = 50;
const CONCURRENCY = 10;

/** Places that are filled with tasks which share transactions, and end when they are told to. */
function filledPlaces() {
  const running: { readonly tasks: number; readonly yields: () => void }[] = [];
  const parts = {
    clock: new FakeClock(),
    claim: { starts: () => true, settled: () => false },
    completion: { waiting: 0, drain: async () => undefined },
    suspects: () => ({ kept: 0, placeFree: () => undefined, ended: () => undefined }),
    run: () => new Promise(() => undefined),
    shared: {
      sizes: new Map([['Shared', SIZE]]),
      run: (tasks: readonly ClaimedTask[], yields: () => void) =>
        new Promise<void>(() => running.push({ tasks: tasks.length, yields })),
    },
    concurrency: CONCURRENCY,
    startsPerSecond: 0,
  } as unknown as TaskPlacesParts;
  const places = new TaskPlaces(parts, { onSuspect: () => undefined, onRoom: () => undefined });
  return { places, running };
}

const tasks = (count: number, codeunit = 'Shared') =>
  Array.from({ length: count }, (_, no) => {
    const same = { codeunit, userNo: 1, companyNo: 1, attempt: 0, losses: 0, suspect: 0, failing: false };
    return { ...same, id: `${no}` } as unknown as ClaimedTask;
  });
const sizes = (running: readonly { readonly tasks: number }[]) => running.map(({ tasks }) => tasks);

describe('tasks that share transactions', () => {
  test('take every place', () => {
    const { places, running } = filledPlaces();
    places.add(tasks(1_000));
    expect(sizes(running)).toEqual(new Array(CONCURRENCY).fill(SIZE));
  });

  test('are spread over the places that are free', () => {
    const { places, running } = filledPlaces();
    places.add(tasks(20));
    expect(sizes(running)).toEqual(new Array(CONCURRENCY).fill(2));
  });

  test('give their place to the next ones when only their COMMIT is missing, once', () => {
    const { places, running } = filledPlaces();
    places.add(tasks(1_000));
    running[2]?.yields();
    running[2]?.yields();
    expect(running.length).toBe(CONCURRENCY + 1);
    expect(places.running).toBe(CONCURRENCY + 1);
  });
});

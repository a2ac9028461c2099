import { describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { TaskPlaces, type TaskPlacesParts } from './task-places.ts';

const SIZE = 50;
const CONCURRENCY = 10;

/** Places that are filled with tasks which share transactions, and end when they are told to. */
function placesOf(isQuick: boolean) {
  const clock = new FakeClock();
  const running: { readonly tasks: number; readonly end: () => void }[] = [];
  const parts = {
    clock,
    claim: { starts: () => true, settled: () => false },
    completion: { waiting: 0, drain: async () => undefined },
    suspects: () => ({ kept: 0, placeFree: () => undefined, ended: () => undefined }),
    run: () => new Promise(() => undefined),
    shared: {
      sizes: new Map([['Quick', SIZE]]),
      run: (tasks: readonly ClaimedTask[]) =>
        new Promise<void>((end) => running.push({ tasks: tasks.length, end })),
      isQuick: () => isQuick,
    },
    concurrency: CONCURRENCY,
    startsPerSecond: 0,
  } as unknown as TaskPlacesParts;
  const places = new TaskPlaces(parts, { onSuspect: () => undefined, onRoom: () => undefined });
  return { clock, places, running };
}

const tasks = (count: number, codeunit = 'Quick') =>
  Array.from({ length: count }, (_, no) => {
    const same = { codeunit, userNo: 1, companyNo: 1, attempt: 0, losses: 0, suspect: 0, failing: false };
    return { ...same, id: `${no}` } as unknown as ClaimedTask;
  });
const sizes = (running: readonly { readonly tasks: number }[]) => running.map(({ tasks }) => tasks);

describe('tasks that share transactions', () => {
  test('take every place as long as they are not known to be quick', () => {
    const { places, running } = placesOf(false);
    places.add(tasks(1_000));
    expect(sizes(running)).toEqual(new Array(CONCURRENCY).fill(SIZE));
  });

  test('take half of the places when they are, and the next ones as one of them ends', async () => {
    const { places, running } = placesOf(true);
    places.add(tasks(1_000));
    expect(sizes(running)).toEqual(new Array(5).fill(SIZE));
    running[2]?.end();
    await places.waitingAtMost(1_000 - 5 * SIZE - 1);
    expect(running.length).toBe(6);
  });

  test('are spread over the places that they may take', () => {
    const { places, running } = placesOf(true);
    places.add(tasks(20));
    expect(sizes(running)).toEqual([4, 4, 4, 4, 4]);
  });

  test('take the others as well when none could start for a while', async () => {
    const { clock, places, running } = placesOf(true);
    places.add(tasks(1_000));
    await clock.advance(100);
    places.fill();
    expect(running.length).toBe(5);
    await clock.advance(1);
    places.fill();
    expect(running.length).toBe(CONCURRENCY);
  });

  test('leave the other places to others', () => {
    const { places, running } = placesOf(true);
    places.add([...tasks(5 * SIZE), ...tasks(3, 'Single')]);
    expect(running.length).toBe(5);
    expect(places.running).toBe(8);
  });
});

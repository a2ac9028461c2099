import type { EngineWorld } from './engine-world.ts';

const TURNS_MAX = 50;
const TURN_MS = 30_000;

/**
 * Whatever has happened: one healthy instance brings every task to its end within a few turns.
 * @throws Error when a task comes to no end
 */
export async function finish(world: EngineWorld): Promise<void> {
  for (const seat of world.seats) if (seat.state !== 'crashed') await world.crash(seat);
  const healthy = await world.join();
  await world.reap(healthy);
  for (const task of world.tasks) if (task.state === 'waiting' && !task.ready) await world.setReady(task, 0);
  const isOver = () => world.tasks.every(({ state }) => state !== 'waiting' && state !== 'claimed');
  for (let turn = 0; turn < TURNS_MAX && !isOver(); turn++) {
    await world.parts.clock.advance(TURN_MS);
    await world.releaseUnknown(healthy);
    await world.reap(healthy); // what was not ready could not be seen to be poison
    if (world.due.some(({ suspect }) => suspect > 0)) await world.workOnSuspects(healthy);
    else await world.claim(healthy, 3);
    while (healthy.held.length > 0) await world.start(healthy);
    for (const run of healthy.running) await world.take(healthy, run, 'end');
  }
  await world.check();
  if (!isOver()) throw new Error('a task has come to no end');
}

import type { Database } from '../database/index.ts';
import {
  type Clock,
  NightshiftError,
  SECOND_MS,
  type Service,
  serviceOf,
  storedErrorOf,
} from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import {
  endInstance,
  freeSlotsOfInstance,
  lockDeadInstances,
  releaseTasksOfInstance,
  terminateSlotBackends,
} from './presence.sql.ts';
import { LEASE_MS, LOCK_LEASE_MS } from './presence.ts';

const REAP_MS = SECOND_MS;

/** What the reaper works with. */
export interface ReaperParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** The instance it works for, which it leaves alone. */
  readonly epoch: string;
  /** The names of slot logins without their numbers. */
  readonly slotPrefix: string;
  /** Called when tasks were given back. */
  readonly onReleased: () => void;
}

/** Every instance looks for dead ones: ends their epochs, their backends, and gives their tasks and slots back. */
export function reaperOf(parts: ReaperParts): Service {
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('reaper', {
    start: async (signal) => {
      loop = (async () => {
        while (!signal.aborted) {
          await reapOnce(parts).catch(() => 0);
          await parts.clock.sleep(REAP_MS, signal);
        }
      })();
    },
    stop: () => loop,
  });
}

/** One look. Returns how many dead instances it found. */
export async function reapOnce(parts: ReaperParts): Promise<number> {
  const reaped = await parts.database.transaction(async (tx) => {
    const dead = await tx.run<{ epoch: string; host: string; process_id: number }>(lockDeadInstances, [
      parts.epoch,
      LEASE_MS,
      LOCK_LEASE_MS,
    ]);
    const found: { epoch: string; host: string; processId: number; tasks: number }[] = [];
    for (const { epoch, host, process_id } of dead) {
      await tx.run(endInstance, [epoch, 'dead']);
      await tx.run(terminateSlotBackends, [epoch, parts.slotPrefix]);
      const lost = new NightshiftError(
        'INSTANCE_LOST',
        `The server instance ${host}, process ${process_id}, was lost.`,
      );
      const tasks = await tx.run(releaseTasksOfInstance, [epoch, JSON.stringify(storedErrorOf(lost))]);
      await tx.run(freeSlotsOfInstance, [epoch]);
      found.push({ epoch, host, processId: process_id, tasks: tasks.length });
    }
    return found;
  });
  for (const instance of reaped) parts.telemetry.emit('NS0003', instance);
  if (reaped.length > 0) parts.onReleased();
  return reaped.length;
}

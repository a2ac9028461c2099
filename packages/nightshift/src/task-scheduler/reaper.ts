import {
  HOUR_MS,
  NightshiftError,
  SECOND_MS,
  type Service,
  serviceOf,
  storedErrorOf,
} from '../foundation/index.ts';
import { failPoison, type PoisonParts } from './poison.ts';
import {
  endInstance,
  freeSlotsOfInstance,
  lockDeadInstances,
  releaseTasksOfInstance,
  terminateSlotBackends,
} from './presence.sql.ts';
import { LEASE_MS, LOCK_LEASE_MS } from './presence.ts';
import { type BlockedBy, describeBlockedBy } from './watchdog-place.ts';

const REAP_MS = SECOND_MS;
/** A look that comes, or is answered, later than this says that the database has not served everybody. */
const LATE_MS = 2 * SECOND_MS;
/** So long the others have then to say that they live. */
const SETTLE_MS = 5 * SECOND_MS;

/** What the reaper works with. */
export interface ReaperParts extends PoisonParts {
  /** The instance it works for, which it leaves alone. */
  readonly epoch: string;
  /** The names of slot logins without their numbers. */
  readonly slotPrefix: string;
  /** Called when tasks were given back. */
  readonly onReleased: () => void;
}

interface DeadInstance {
  readonly epoch: string;
  readonly host: string;
  readonly process_id: number;
  /** Null while nothing blocked its main thread. */
  readonly blocked_ms: number | null;
  readonly blocked_by: BlockedBy | null;
}

/**
 * Every instance looks for dead ones: ends their epochs, their backends, and gives their tasks and slots back, the tasks
 * as suspects. And for poison. Whoever was not served without a break himself does not judge for some seconds: when a
 * database comes back, the first to reach it must not take the others for dead.
 */
export function reaperOf(parts: ReaperParts): Service {
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('reaper', {
    start: async (signal) => {
      loop = (async () => {
        let looked = parts.clock.monotonic();
        let settled = looked;
        while (!signal.aborted) {
          const isSteady = parts.clock.monotonic() >= settled;
          const isServed = await reapOnce(parts, isSteady ? LEASES : NO_JUDGEMENT).then(
            () => true,
            () => false,
          );
          const now = parts.clock.monotonic();
          if (!isServed || now - looked > REAP_MS + LATE_MS) settled = now + SETTLE_MS;
          looked = now;
          await failPoison(parts).catch(() => 0);
          await parts.clock.sleep(REAP_MS, signal);
        }
      })();
    },
    stop: () => loop,
  });
}

/** How long an instance may be silent, in milliseconds: one that holds its presence lock, and one that does not. */
interface Leases {
  readonly held: number;
  readonly gone: number;
}

const LEASES: Leases = { held: LEASE_MS, gone: LOCK_LEASE_MS };
const NO_JUDGEMENT: Leases = { held: HOUR_MS, gone: HOUR_MS };

/** One look. Returns how many dead instances it found. */
export async function reapOnce(
  parts: Omit<ReaperParts, 'handlers'>,
  leases: Leases = LEASES,
): Promise<number> {
  const reaped = await parts.database.transaction(async (tx) => {
    const dead = await tx.run<DeadInstance>(lockDeadInstances, [parts.epoch, leases.held, leases.gone]);
    const found: { epoch: string; host: string; processId: number; tasks: number }[] = [];
    for (const instance of dead) {
      const { epoch, host, process_id } = instance;
      await tx.run(endInstance, [epoch, 'dead']);
      await tx.run(terminateSlotBackends, [epoch, parts.slotPrefix]);
      const lost = new NightshiftError('INSTANCE_LOST', obituaryOf(instance));
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

/** Its main thread's last known state may be what it died of. */
function obituaryOf({ host, process_id, blocked_ms, blocked_by }: DeadInstance): string {
  const who = `The server instance ${host}, process ${process_id}, was lost`;
  if (blocked_by === null) return `${who}.`;
  const seconds = Math.round((blocked_ms ?? 0) / SECOND_MS);
  return `${who}; its main thread had been blocked for ${seconds} s by ${describeBlockedBy(blocked_by)}.`;
}

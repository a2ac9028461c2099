import { listenerOf } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import { loseSessionsOfEnded, STOP_CHANNEL, StopRequests, sessionHousekeepingOf } from '../session/index.ts';
import { reaperOf, SELF_FENCE_MS, WAKE_CHANNEL } from '../task-scheduler/index.ts';
import type { Life, ServerInstanceParts } from './instance-life.ts';

/** How often the instance asks itself whether it still has its lease. */
const FENCE_CHECK_MS = SECOND_MS;

/** What works in the background of a life, in the order of starting. */
export function servicesOf(parts: ServerInstanceParts, life: Life): readonly Service[] {
  const { database, clock, telemetry, names, options } = parts;
  const { active } = life.host;
  const wake = () => life.dispatcher.wake();
  const reaper = reaperOf({
    database,
    clock,
    telemetry,
    epoch: life.presence.epoch,
    slotPrefix: `ns_${names.mark}_s`,
    onReleased: () => {
      wake();
      parts.wakeOthers();
      loseSessionsOfEnded({ database, clock }).catch(() => undefined);
    },
  });
  const stops = new StopRequests({ database, clock, epoch: life.presence.epoch, active });
  const listener = listenerOf({
    database,
    clock,
    channels: [WAKE_CHANNEL, STOP_CHANNEL],
    onNotification: (payload, channel) => (channel === STOP_CHANNEL ? stops.notified(payload) : wake()),
    onListening: () => {
      wake();
      void stops.look();
    },
  });
  const housekeeping = sessionHousekeepingOf({ database, clock, telemetry });
  const always = [active.sweeper, reaper, selfFenceOf(life, clock), stops.service, housekeeping, listener];
  return options.enableTaskScheduler ? [...always, life.dispatcher.service] : always;
}

/** Stops our own work before others take it over: whoever cannot beat cannot know that it is still alone. */
function selfFenceOf(life: Life, clock: Clock): Service {
  let loop: Promise<void> = Promise.resolve();
  const check = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      if (life.presence.silentMs() > SELF_FENCE_MS) {
        life.host.active.stopAll('instance-lost', 'the server instance cannot reach the database');
      }
      await clock.sleep(FENCE_CHECK_MS, signal);
    }
  };
  return serviceOf('self-fence', {
    start: async (signal) => {
      loop = check(signal);
    },
    stop: () => loop,
  });
}

import { listenerOf } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import { jobQueueServicesOf } from '../job-queue/index.ts';
import { RIGHTS_CHANNEL } from '../permissions/index.ts';
import { reportRetentionOf } from '../reports/index.ts';
import {
  LOG_CHANNEL,
  LogRequests,
  loseSessionsOfEnded,
  SilentBackends,
  STOP_CHANNEL,
  StopRequests,
  sessionHousekeepingOf,
} from '../session/index.ts';
import {
  reaperOf,
  SELF_FENCE_MS,
  taskRetentionOf,
  UPGRADE_CHANNEL,
  untilSystemTaskHoursMs,
  WAKE_CHANNEL,
  wakeCallsOf,
} from '../task-scheduler/index.ts';
import { WORK_ITEMS } from '../work-items/index.ts';
import type { Life, ServerInstanceParts } from './instance-life.ts';
import { itemRetentionOf } from './work-item-retention.ts';

/** How often the instance asks itself whether it still has its lease. */
const FENCE_CHECK_MS = SECOND_MS;

/** What works in the background of a life, in the order of starting. */
export function servicesOf(parts: ServerInstanceParts, life: Life): readonly Service[] {
  const { database, clock, telemetry, names, options } = parts;
  const { active, slots } = life.host;
  const wake = () => life.dispatcher.wake(null, true);
  const called = (payload: string) => {
    for (const { lane, fromStart } of wakeCallsOf(payload)) life.dispatcher.wake(lane, fromStart);
  };
  // What cannot be read now is read by whoever asks for what is fresh.
  const readRights = () =>
    parts.directory.refresh().then(
      // A company may have come, and tasks in it.
      () => life.dispatcher.wake(null, false),
      () => undefined,
    );
  const reaper = reaperOf({
    database,
    clock,
    telemetry,
    handlers: parts.handlers,
    epoch: life.presence.epoch,
    slotPrefix: `ns_${names.mark}_s`,
    onReleased: () => {
      life.dispatcher.expectSuspects();
      wake();
      parts.wakeOthers(null, true);
      loseSessionsOfEnded({ database, clock }).catch(() => undefined);
    },
  });
  const stops = new StopRequests({ database, clock, epoch: life.presence.epoch, active });
  const logs = new LogRequests({ database, epoch: life.presence.epoch, active });
  const listener = listenerOf({
    database,
    clock,
    channels: [WAKE_CHANNEL, STOP_CHANNEL, LOG_CHANNEL, UPGRADE_CHANNEL, RIGHTS_CHANNEL],
    onNotification: (payload, channel) => {
      if (channel === STOP_CHANNEL) stops.notified(payload);
      else if (channel === LOG_CHANNEL) logs.notified(payload);
      else if (channel === UPGRADE_CHANNEL) void life.schema.look().then(wake);
      else if (channel === RIGHTS_CHANNEL) void readRights();
      else called(payload);
    },
    onListening: () => {
      wake();
      void stops.look();
      void readRights();
    },
  });
  const housekeeping = sessionHousekeepingOf({
    database,
    clock,
    telemetry,
    options: parts.sessions,
    waitMs: () => untilSystemTaskHoursMs(options, clock.now()),
  });
  const retention = taskRetentionOf({ database: database.apart, clock, telemetry, options });
  const entries = entryServicesOf(parts, life);
  const { application, declared } = parts.services.get(WORK_ITEMS);
  const items = itemRetentionOf({ ...parts, application, declared });
  const documents = reportRetentionOf({ ...parts, database: database.apart });
  const inOrder = [housekeeping, retention, items, documents, ...entries, listener];
  const silent = new SilentBackends({ database, clock, telemetry, slots });
  const always = [
    active.sweeper,
    silent.service,
    reaper,
    selfFenceOf(life, clock),
    stops.service,
    ...inOrder,
  ];
  // The last, since it starts the dispatcher.
  return [...always, life.schema.service, life.watch.service];
}

/** What looks after job queue entries. */
function entryServicesOf(parts: ServerInstanceParts, life: Life): readonly Service[] {
  const wake = (companyNo: number) => {
    life.dispatcher.wake(companyNo, true);
    parts.wakeOthers(companyNo, true);
  };
  return jobQueueServicesOf({ ...parts, wake }, parts.database.apart);
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

import type { Database } from '../database/index.ts';
import { listenerOf } from '../database/index.ts';
import { type Clock, NightshiftError, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import type { Directory, RoleNames } from '../permissions/index.ts';
import {
  ActiveSessions,
  type CodeunitRegistry,
  type ServiceRegistry,
  type SessionHost,
  SlotPool,
} from '../session/index.ts';
import {
  endInstance,
  type Presence,
  reaperOf,
  runTask,
  SELF_FENCE_MS,
  startPresence,
  TaskClaim,
  TaskCompletion,
  TaskDispatcher,
  type TaskHandler,
  type TaskSchedulerOptions,
  WAKE_CHANNEL,
} from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** Slots beyond those of tasks: for sessions in the foreground. */
const FOREGROUND_SLOTS = 4;
/** How often the instance asks itself whether it still has its lease. */
const FENCE_CHECK_MS = SECOND_MS;

/** What a server instance is made of. */
export interface ServerInstanceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly directory: Directory;
  readonly names: RoleNames;
  readonly codeunits: CodeunitRegistry;
  readonly services: ServiceRegistry;
  readonly options: TaskSchedulerOptions;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly version: string;
  /** Tells other instances that tasks may be due. */
  readonly wakeOthers: () => void;
}

/** One life of a server instance: from its registration under an epoch to its end. */
interface Life {
  readonly presence: Presence;
  readonly host: SessionHost & { readonly slots: SlotPool };
  readonly dispatcher: TaskDispatcher;
  services: readonly Service[];
  lost: boolean;
}

/**
 * A running server instance. When another instance has declared it dead, it ends everything it was doing and starts a
 * new life under a new epoch.
 */
export class ServerInstance {
  readonly #parts: ServerInstanceParts;
  readonly service: Service;
  #life: Life | null = null;
  #reviving: Promise<void> = Promise.resolve();
  #wanted = false;

  constructor(parts: ServerInstanceParts) {
    this.#parts = parts;
    this.service = serviceOf('server instance', {
      start: async () => {
        this.#wanted = true;
        this.#life = await this.#begin();
      },
      stop: async () => {
        this.#wanted = false;
        await this.#reviving;
        if (this.#life !== null) await this.#end(this.#life, true);
        this.#life = null;
      },
    });
  }

  /** Where sessions are opened. @throws NightshiftError PLATFORM_NOT_STARTED */
  get host(): SessionHost {
    if (this.#life !== null) return this.#life.host;
    throw new NightshiftError(
      'PLATFORM_NOT_STARTED',
      'The platform is not started: call platform.start() first.',
    );
  }

  /** The present epoch; null while it has none. */
  get epoch(): string | null {
    return this.#life?.presence.epoch ?? null;
  }

  /** Tasks that run here now. */
  get running(): number {
    return this.#life?.dispatcher.running ?? 0;
  }

  /** Tasks may be due: look now. */
  wake(): void {
    this.#life?.dispatcher.wake();
  }

  async #begin(): Promise<Life> {
    const { database, clock, telemetry, names, codeunits, options, version, services } = this.#parts;
    const facts = { version, codeunits: codeunits.names(), runsTasks: options.enableTaskScheduler };
    let ended = false;
    const presence = await startPresence(database.settings, facts, () => {
      ended = true;
      this.#revive();
    });
    const { epoch } = presence;
    const places = options.maximumConcurrentRunningTasks + FOREGROUND_SLOTS;
    const slots = new SlotPool(database, names, epoch, places);
    const active = new ActiveSessions(clock, presence.place);
    const host = { clock, database, slots, active, services };
    const completion = new TaskCompletion(database, clock);
    const lanes = this.#parts.directory.companies.map(({ no }) => no);
    const claim = new TaskClaim({ database, clock, epoch, lanes, codeunits: facts.codeunits });
    const life: Life = {
      presence,
      host,
      lost: false,
      services: [],
      dispatcher: new TaskDispatcher({
        clock,
        telemetry,
        claim,
        completion,
        concurrency: options.maximumConcurrentRunningTasks,
        run: (task) =>
          runTask(
            {
              ...this.#parts,
              host,
              completion,
              retryPolicy: options.retryPolicy,
              lost: () => life.lost,
              onReleased: () => life.dispatcher.wake(),
            },
            task,
          ),
      }),
    };
    life.services = this.#servicesOf(life, active);
    for (const service of life.services) await service.start();
    if (ended) {
      await this.#end(life, false);
      throw new NightshiftError(
        'INSTANCE_LOST',
        'Another server instance declared this one dead while it started.',
      );
    }
    telemetry.emit('NS0001', { epoch, place: presence.place });
    return life;
  }

  #servicesOf(life: Life, active: ActiveSessions): readonly Service[] {
    const { database, clock, telemetry, names, options } = this.#parts;
    const wake = () => life.dispatcher.wake();
    const reaper = reaperOf({
      database,
      clock,
      telemetry,
      epoch: life.presence.epoch,
      slotPrefix: `ns_${names.mark}_s`,
      onReleased: () => {
        wake();
        this.#parts.wakeOthers();
      },
    });
    const listener = listenerOf({
      database,
      clock,
      channel: WAKE_CHANNEL,
      onNotification: wake,
      onListening: wake,
    });
    const always = [active.sweeper, reaper, this.#fence(life, active)];
    return options.enableTaskScheduler ? [...always, listener, life.dispatcher.service] : always;
  }

  /** Stops our own work before others take it over: whoever cannot beat cannot know that it is still alone. */
  #fence(life: Life, active: ActiveSessions): Service {
    const { clock } = this.#parts;
    let loop: Promise<void> = Promise.resolve();
    const check = async (signal: AbortSignal) => {
      while (!signal.aborted) {
        if (life.presence.silentMs() > SELF_FENCE_MS) {
          active.stopAll('instance-lost', 'the server instance cannot reach the database');
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

  #revive(): void {
    const life = this.#life;
    if (life === null || !this.#wanted) return;
    this.#life = null;
    life.lost = true;
    this.#parts.telemetry.emit('NS0004', { epoch: life.presence.epoch });
    this.#reviving = (async () => {
      await this.#end(life, false);
      for (let tries = 0; this.#wanted && this.#life === null; tries++) {
        this.#life = await this.#begin().catch(() => null);
        if (this.#life === null) await this.#parts.clock.sleep(SECOND_MS * Math.min(tries + 1, 10));
      }
    })();
  }

  /** Ends a life: gently while it owns its claims, at once when they are lost. */
  async #end(life: Life, gently: boolean): Promise<void> {
    const { database, clock, telemetry, options } = this.#parts;
    const { active } = life.host;
    const stopped = life.dispatcher.service.stop();
    if (gently) {
      await life.dispatcher.handBack().catch(() => undefined);
      await this.#drain(life, options.drainMs, clock);
      await stopped;
      await life.dispatcher.handBack().catch(() => undefined);
    } else {
      life.dispatcher.abandon();
      active.stopAll('instance-lost', 'another server instance has taken over');
    }
    for (const service of [...life.services].reverse()) await service.stop();
    await life.host.slots.close();
    // What did not end in time, and what could not be handed back: the reaper leaves an instance alone that has ended.
    await life.dispatcher.releaseAll().catch(() => undefined);
    // Outcomes that could not be written yet are given up: whoever takes the task next writes its own.
    life.lost = true;
    await life.presence.stop();
    if (!gently) return;
    await database.run(endInstance, [life.presence.epoch, 'stopped']).catch(() => undefined);
    telemetry.emit('NS0002', { epoch: life.presence.epoch });
  }

  /** Waits for the sessions that run; those that take too long are stopped, and their tasks run again elsewhere. */
  async #drain(life: Life, drainMs: number, clock: Clock): Promise<void> {
    const settled = life.dispatcher.settled();
    const enough = new AbortController();
    const timeout = clock.sleep(drainMs, enough.signal).then(() => {
      if (!enough.signal.aborted)
        life.host.active.stopAll('instance-lost', 'the server instance is shutting down');
    });
    await Promise.race([settled, timeout]);
    await Promise.race([settled, clock.sleep(drainMs + 10 * SECOND_MS, enough.signal)]);
    enough.abort();
  }
}

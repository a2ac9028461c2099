import { type Clock, NightshiftError, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import type { PageTasks } from '../page-background-task/index.ts';
import type { ActiveSessions, BackgroundSessions, SessionHost } from '../session/index.ts';
import { endInstance, startPresence, type TaskBirths } from '../task-scheduler/index.ts';
import { type Life, lifeOf, type ServerInstanceParts } from './instance-life.ts';
import { servicesOf } from './instance-services.ts';

/** How long sessions may take that were stopped because the drain time is over. */
const STOP_MS = 10 * SECOND_MS;
/** And those of an instance that stops at once: before they are killed, and after. */
const HURRY_MS = 400;

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
  /** Aborted: whoever stops it does not wait for what runs. */
  #hurry = new AbortController();

  constructor(parts: ServerInstanceParts) {
    this.#parts = parts;
    this.service = serviceOf('server instance', {
      start: async () => {
        this.#wanted = true;
        this.#hurry = new AbortController();
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
    // What is opened while it stops would be drained by nobody.
    if (this.#life !== null && this.#wanted) return this.#life.host;
    throw this.#absence();
  }

  /** The sessions that run here; null while the instance has no place. */
  get active(): ActiveSessions | null {
    return this.#life?.host.active ?? null;
  }

  /** The sessions of StartSession. @throws NightshiftError PLATFORM_NOT_STARTED */
  get background(): BackgroundSessions {
    if (this.#life !== null) return this.#life.background;
    throw this.#absence();
  }

  /** The pages that are open here. @throws NightshiftError PLATFORM_NOT_STARTED */
  get pages(): PageTasks {
    if (this.#life !== null) return this.#life.pages;
    throw this.#absence();
  }

  /** The present epoch; null while it has none. */
  get epoch(): string | null {
    return this.#life?.presence.epoch ?? null;
  }

  /** Why this instance runs no tasks until somebody releases it; null when it is not held. */
  get held(): string | null {
    return this.#life?.watch.held ?? null;
  }

  /** Lets tasks be claimed as they are created; null while the instance has no place. */
  get births(): TaskBirths | null {
    return this.#wanted ? (this.#life?.births ?? null) : null;
  }

  /** Tasks that run here now. */
  get running(): number {
    return this.#life?.dispatcher.running ?? 0;
  }

  /** Tasks of a company may be due, or of all (null): look now. `fromStart`: also for such as had been due for a while. */
  wake(lane: number | null = null, fromStart = true): void {
    this.#life?.dispatcher.wake(lane, fromStart);
  }

  /** Lets a stop, under way or later, end what runs instead of waiting for it. */
  hurry(): void {
    this.#hurry.abort();
  }

  async #begin(): Promise<Life> {
    const { database, telemetry, codeunits, options, version } = this.#parts;
    const facts = { version, codeunits: codeunits.names(), runsTasks: options.enableTaskScheduler };
    let ended = false;
    const presence = await startPresence(database.settings, facts, {
      telemetry,
      blockedGraceMs: options.blockedGraceMs,
      sessionTimeoutMs: options.defaultTaskTimeoutMs,
      onEnded: () => {
        ended = true;
        this.#revive();
      },
    });
    const life = lifeOf(this.#parts, presence);
    await life.host.events.writer.start();
    await life.host.audit.writer.start();
    life.services = servicesOf(this.#parts, life);
    for (const service of life.services) await service.start();
    if (ended) {
      await this.#end(life, false);
      throw new NightshiftError(
        'INSTANCE_LOST',
        'Another server instance declared this one dead while it started.',
      );
    }
    telemetry.emit('NS0001', { epoch: presence.epoch, place: presence.place });
    return life;
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
        const pauseMs = SECOND_MS * Math.min(tries + 1, 10);
        if (this.#life === null) await this.#parts.clock.sleep(pauseMs, this.#hurry.signal);
      }
    })();
  }

  #absence(): NightshiftError {
    const text =
      this.#life !== null
        ? 'The server instance is shutting down.'
        : this.#wanted
          ? 'The server instance is being started, or starts anew after it was lost: try again in a moment.'
          : 'The platform is not started: call platform.start() first.';
    return new NightshiftError('PLATFORM_NOT_STARTED', text);
  }

  /** Ends a life: gently while it owns its claims, at once when they are lost. */
  async #end(life: Life, gently: boolean): Promise<void> {
    const { database, clock, telemetry, options } = this.#parts;
    const { active } = life.host;
    const stopped = life.watch.service.stop(); // and with it the dispatcher
    // First, or those that wait for a place would be told that the instance shuts down.
    if (!gently) active.stopAll('instance-lost', 'another server instance has taken over');
    life.background.close();
    life.pages.shutDown();
    if (gently) {
      const handBack = () => life.dispatcher.handBack().catch(() => undefined);
      // What a claim brings that is under way: others may run it while this instance drains.
      const handedBack = stopped.then(handBack, handBack);
      await handBack();
      await this.#drain(life, options.drainMs, clock);
      await handedBack;
    } else {
      life.dispatcher.abandon();
    }
    for (const service of [...life.services].reverse()) await service.stop();
    await life.host.isolates?.close();
    await life.host.slots.close();
    // Whoever has not stopped by now is no longer waited for: what its session's end promises must come true.
    active.stopAll(gently ? 'closing' : 'instance-lost', 'the server instance has ended');
    active.killAll();
    // The last to stop: what has ended by now is still written.
    await life.host.events.writer.stop();
    await life.host.audit.writer.stop();
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
  async #drain({ dispatcher, background, host }: Life, drainMs: number, clock: Clock): Promise<void> {
    const enough = new AbortController();
    const settled = Promise.all([dispatcher.settled(), background.settled(), host.active.settled()]);
    void settled.then(() => enough.abort());
    const patient = AbortSignal.any([enough.signal, this.#hurry.signal]);
    await clock.sleep(drainMs, patient);
    if (enough.signal.aborted) return;
    host.active.stopAll('closing', 'the server instance is shutting down');
    await clock.sleep(STOP_MS, patient);
    if (enough.signal.aborted || !this.#hurry.signal.aborted) return;
    // Those that heed their signal end by themselves.
    await clock.sleep(HURRY_MS, enough.signal);
    host.active.killAll();
    await clock.sleep(HURRY_MS, enough.signal);
  }
}

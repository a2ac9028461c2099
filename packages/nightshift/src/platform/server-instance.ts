import { type Clock, NightshiftError, SECOND_MS, type Service, serviceOf } from '../foundation/index.ts';
import type { ActiveSessions, BackgroundSessions, SessionHost } from '../session/index.ts';
import { endInstance, startPresence } from '../task-scheduler/index.ts';
import { type Life, lifeOf, type ServerInstanceParts } from './instance-life.ts';
import { servicesOf } from './instance-services.ts';

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
    const { database, telemetry, codeunits, options, version } = this.#parts;
    const facts = { version, codeunits: codeunits.names(), runsTasks: options.enableTaskScheduler };
    let ended = false;
    const presence = await startPresence(database.settings, facts, {
      telemetry,
      onEnded: () => {
        ended = true;
        this.#revive();
      },
    });
    const life = lifeOf(this.#parts, presence);
    await life.host.events.writer.start();
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
        if (this.#life === null) await this.#parts.clock.sleep(SECOND_MS * Math.min(tries + 1, 10));
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
    const stopped = life.dispatcher.service.stop();
    // First, or those that wait for a place would be told that the instance shuts down.
    if (!gently) active.stopAll('instance-lost', 'another server instance has taken over');
    life.background.close();
    if (gently) {
      await life.dispatcher.handBack().catch(() => undefined);
      await this.#drain(life, options.drainMs, clock);
      await stopped;
      await life.dispatcher.handBack().catch(() => undefined);
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
    const settled = Promise.all([dispatcher.settled(), background.settled(), host.active.settled()]);
    const enough = new AbortController();
    const timeout = clock.sleep(drainMs, enough.signal).then(() => {
      if (!enough.signal.aborted) host.active.stopAll('closing', 'the server instance is shutting down');
    });
    await Promise.race([settled, timeout]);
    await Promise.race([settled, clock.sleep(drainMs + 10 * SECOND_MS, enough.signal)]);
    enough.abort();
  }
}

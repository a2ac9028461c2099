import { NightshiftError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { INSERT_EFFECT } from './effects.sql.ts';

/**
 * What the code of a task does next: `touch` leaves an effect, `part` leaves one and commits in mid-run; the others end
 * the run. `end` leaves an effect, `pass` none; `quiet`, `retriable` and `final` leave one that must be rolled back.
 */
export type RunStep = 'touch' | 'part' | 'end' | 'pass' | 'quiet' | 'retriable' | 'final';

/** The code of one task in one session: it does what it is told, one step after another. */
export class EngineRun {
  readonly #entered = Promise.withResolvers<void>();
  #told = Promise.withResolvers<RunStep>();
  #answered = Promise.withResolvers<void>();
  #ended: Promise<void> = Promise.resolve();

  /** Remembers the run itself; resolves when its code has begun, or when it ended before. */
  async begin(running: Promise<void>): Promise<void> {
    this.#ended = running;
    await Promise.race([this.#entered.promise, running]);
  }

  /** The code. */
  async onRun(session: Session): Promise<void> {
    this.#entered.resolve();
    for (;;) {
      const step = await this.#told.promise;
      this.#told = Promise.withResolvers();
      if (step === 'pass') return;
      const note = step === 'part' || step === 'touch' ? 'part' : 'end';
      await session.db.query(INSERT_EFFECT, [session.idempotencyKey, note]);
      if (step === 'end') return;
      if (step === 'quiet') session.error('');
      if (step === 'retriable') throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
      if (step === 'final') throw new NightshiftError('CALLBACK_NOT_ALLOWED', 'Nobody can answer.');
      if (step === 'part') await session.commit();
      this.#answered.resolve();
    }
  }

  /** Tells the code what to do; resolves when it has done that, or when the run has ended. */
  async take(step: RunStep): Promise<void> {
    this.#answered = Promise.withResolvers();
    this.#told.resolve(step);
    await Promise.race([this.#answered.promise, this.#ended]);
  }

  /** Its process is gone. Resolves when nothing of it is left. */
  async vanish(): Promise<void> {
    this.#told.promise.catch(() => undefined);
    this.#told.reject(new Error('its process is gone'));
    await this.#ended;
  }
}

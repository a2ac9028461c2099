import type { Dimensions, EventId, TelemetryReceiver } from '../telemetry/index.ts';
import { within } from './condition.ts';

/** An event as it was received. */
export type RecordedEvent = Parameters<TelemetryReceiver>[0];

/** Which events are meant: by their dimensions. */
export type EventPredicate = (dimensions: Dimensions) => boolean;

interface Waiting {
  readonly id: EventId;
  readonly predicate: EventPredicate;
  readonly resolve: (event: RecordedEvent) => void;
}

/** Keeps telemetry events, and tells whoever waits for one: the signals of a platform under test. */
export class RecordedTelemetry {
  readonly #events: RecordedEvent[] = [];
  #waiting: Waiting[] = [];

  /** Hand this to the platform. */
  readonly receive: TelemetryReceiver = (event) => {
    this.#events.push(event);
    const heard = this.#waiting.filter((waiting) => matches(waiting, event));
    this.#waiting = this.#waiting.filter((waiting) => !heard.includes(waiting));
    for (const { resolve } of heard) resolve(event);
  };

  /** What came so far, in order; of one id when given. */
  events(id?: EventId): readonly RecordedEvent[] {
    return id === undefined ? this.#events : this.#events.filter((event) => event.id === id);
  }

  /**
   * The first event of that id whose dimensions fit, also one that came already.
   * @throws Error after 20 s or `maximumMs`, with the events that came instead
   */
  async waitFor(
    id: EventId,
    predicate: EventPredicate = () => true,
    maximumMs?: number,
  ): Promise<RecordedEvent> {
    const past = this.#events.find((event) => matches({ id, predicate }, event));
    if (past !== undefined) return past;
    const { promise, resolve } = Promise.withResolvers<RecordedEvent>();
    this.#waiting.push({ id, predicate, resolve });
    try {
      return await within(`event ${id} came`, promise, maximumMs);
    } catch (error) {
      const came = this.#events.map((event) => `${event.id}: ${event.message}`).join('\n  ');
      throw new Error(`${(error as Error).message}; these came:\n  ${came || '(none)'}`);
    }
  }
}

function matches(wanted: Pick<Waiting, 'id' | 'predicate'>, event: RecordedEvent): boolean {
  return wanted.id === event.id && wanted.predicate(event.dimensions);
}

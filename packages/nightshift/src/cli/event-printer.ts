import type { RequestLogEntry } from '../server/index.ts';
import type { TelemetryReceiver } from '../telemetry/index.ts';
import type { Invocation } from './invocation.ts';
import { oneLine, safeJson, withoutPasswords } from './printable-text.ts';

type TelemetryEvent = Parameters<TelemetryReceiver>[0];

/** What `serve` prints: one line for each thing that happens, in text or, with `--json`, as an object. */
export class EventPrinter {
  readonly #invocation: Invocation;
  readonly #quiet: boolean;

  /** @param quiet only warnings and errors */
  constructor(invocation: Invocation, quiet: boolean) {
    this.#invocation = invocation;
    this.#quiet = quiet;
  }

  /** Something worth knowing that is no event. */
  line(text: string): void {
    if (!this.#quiet) this.#print('information', null, text, {});
  }

  /** An error that is no event. */
  fault(text: string): void {
    this.#print('error', null, text, {});
  }

  /** A request that is over. What was in it is not told. */
  request({ method, route, status, ms, user, address, correlationId, fault }: RequestLogEntry): void {
    if (this.#quiet && fault === null) return;
    const level = fault === null ? 'information' : 'error';
    const dimensions = { ms: Math.round(ms), user, address, correlationId, fault };
    this.#print(level, null, `HTTP ${method} ${route ?? '(no route)'} ${status}`, dimensions);
  }

  event({ id, level, message, dimensions }: TelemetryEvent): void {
    if (this.#quiet && level === 'information') return;
    this.#print(level, id, message, dimensions);
  }

  #print(
    level: TelemetryEvent['level'],
    id: string | null,
    message: string,
    dimensions: TelemetryEvent['dimensions'],
  ): void {
    const { output, clock } = this.#invocation.surroundings;
    const time = clock.now().toISOString();
    if (this.#invocation.settings.json) {
      const event = { time, level, id, message: withoutPasswords(message), dimensions: harmless(dimensions) };
      output.out(safeJson(event, 0));
      return;
    }
    // What the sentence says already is not said twice.
    const more = Object.entries(dimensions)
      .filter(([, value]) => value !== null && !message.includes(String(value)))
      .map(([name, value]) => `${name}=${value}`);
    const words = [time, level, ...(id === null ? [] : [id]), message, ...more];
    output.out(oneLine(withoutPasswords(words.join(' '))));
  }
}

function harmless(dimensions: TelemetryEvent['dimensions']): TelemetryEvent['dimensions'] {
  const pairs = Object.entries(dimensions).map(([name, value]) => [
    name,
    typeof value === 'string' ? withoutPasswords(value) : value,
  ]);
  return Object.fromEntries(pairs);
}

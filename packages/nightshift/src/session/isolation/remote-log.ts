import type { LogLine, SessionLog } from '../log-line.ts';
import { LOG_LINES_MAX, storable, textOf } from '../run-log.ts';

/** Longer lines are cut before they cross; outside they are cut to what is kept. In characters. */
const CROSSING_LENGTH_MAX = 100_000;

/**
 * The log of a session in an isolate: its lines are sent at once, so that a session that is killed leaves its log
 * behind, and no more of them than are kept.
 */
export class RemoteLog implements SessionLog {
  readonly #send: (line: Omit<LogLine, 'at'>) => void;
  #sent = 0;
  #dropped = 0;

  constructor(send: (line: Omit<LogLine, 'at'>) => void) {
    this.#send = send;
  }

  /** Lines that were not sent. */
  get dropped(): number {
    return this.#dropped;
  }

  info(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.#add('information', message, details);
  }

  warning(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.#add('warning', message, details);
  }

  error(message: string, details?: Readonly<Record<string, unknown>>): void {
    this.#add('error', message, details);
  }

  #add(level: LogLine['level'], message: string, details: unknown): void {
    if (this.#sent >= LOG_LINES_MAX) {
      this.#dropped++;
      return;
    }
    this.#sent++;
    this.#send({ level, text: textOf(message, CROSSING_LENGTH_MAX), details: storable(details) });
  }
}

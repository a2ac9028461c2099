import { type Clock, type JsonValue, printable } from '../foundation/index.ts';
import type { LogLine, SessionLog } from './log-line.ts';

/** Most lines kept of one run. */
export const LOG_LINES_MAX = 1_000;
const LINE_LENGTH_MAX = 4_096;
const DETAILS_LENGTH_MAX = 8_192;

/** Collects the lines of a run. Total: whatever it is given, it neither throws nor grows without bound. */
export class RunLog implements SessionLog {
  readonly #clock: Clock;
  readonly #onLine: (line: LogLine) => void;
  readonly #lines: LogLine[] = [];
  #dropped = 0;

  /** @param onLine hears of each line. Default: nobody does */
  constructor(clock: Clock, onLine: (line: LogLine) => void = () => undefined) {
    this.#clock = clock;
    this.#onLine = onLine;
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

  /** The lines so far; when some were dropped, the last line says how many. */
  lines(): readonly LogLine[] {
    if (this.#dropped === 0) return this.#lines;
    const text = `${this.#dropped} more lines were not kept`;
    const at = this.#clock.now().toISOString();
    return [...this.#lines, { at, level: 'warning', text, details: null }];
  }

  /** The lines so far without any that says how many were dropped: more may be. */
  kept(): readonly LogLine[] {
    return this.#lines;
  }

  /** Counts lines that were not kept. */
  drop(count: number): void {
    this.#dropped += count;
  }

  #add(level: LogLine['level'], message: string, details: unknown): void {
    if (this.#lines.length >= LOG_LINES_MAX) {
      this.#dropped++;
      return;
    }
    const at = this.#clock.now().toISOString();
    const line = { at, level, text: textOf(message, LINE_LENGTH_MAX), details: storable(details) };
    this.#lines.push(line);
    this.#onLine(line);
  }
}

/** Printable text of whatever user code hands over, cut to `lengthMax` characters. Total. */
export function textOf(value: unknown, lengthMax: number): string {
  try {
    return printable(String(value), lengthMax);
  } catch {
    return 'a text that cannot be printed';
  }
}

// JSON.stringify escapes what PostgreSQL refuses; an even number of backslashes before it belongs to the text.
const ESCAPED_NUL = /(?<!\\)((?:\\\\)*)\\u0000/g;
const ESCAPED_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** Details of a line as they are kept, whatever user code hands over. Total. */
export function storable(details: unknown, lengthMax = DETAILS_LENGTH_MAX): JsonValue {
  if (details === undefined) return null;
  try {
    const text = printable(
      JSON.stringify(details, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      Number.POSITIVE_INFINITY,
    );
    return text.length > lengthMax
      ? `${text.slice(0, lengthMax).toWellFormed()} …`
      : JSON.parse(text.replace(ESCAPED_NUL, '$1␀').replace(ESCAPED_SURROGATE, '$1\uFFFD'));
  } catch {
    return 'details that cannot be stored';
  }
}

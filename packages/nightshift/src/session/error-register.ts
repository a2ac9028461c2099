import { type Clock, type JsonValue, NightshiftError } from '../foundation/index.ts';
import type { ErrorMessage, ErrorMessages } from './error-message.ts';
import type { LogLine } from './log-line.ts';
import { storable, textOf } from './run-log.ts';

/** Most error messages kept of one run. */
export const ERROR_MESSAGES_MAX = 1_000;
/** Most text kept of all of them together, in characters. */
export const ERROR_MESSAGES_SIZE_MAX = 1_000_000;
const TEXT_LENGTH_MAX = 2_048;
const NAME_LENGTH_MAX = 200;
const KEY_LENGTH_MAX = 2_048;
const DETAILS_LENGTH_MAX = 8_192;
const COUNT_MAX = 1_000_000_000;

/** Collects the errors that a run reports. Total: whatever it is given, it neither throws nor grows without bound. */
export class ErrorRegister {
  readonly #clock: Clock;
  readonly #kept: ErrorMessage[] = [];
  #count = 0;
  #size = 0;
  #first: string | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(report: unknown, codeunit: unknown): void {
    const message = checkedReport(report, TEXT_LENGTH_MAX);
    this.#first ??= message.text;
    this.drop(1);
    const size = JSON.stringify(message).length;
    if (this.#kept.length >= ERROR_MESSAGES_MAX || this.#size + size > ERROR_MESSAGES_SIZE_MAX) return;
    this.#size += size;
    const at = this.#clock.now().toISOString();
    this.#kept.push({ at, codeunit: textOf(codeunit, NAME_LENGTH_MAX), ...message });
  }

  /** Counts errors that are not kept. */
  drop(count: number): void {
    this.#count = Math.min(this.#count + count, COUNT_MAX);
  }

  get tally(): ErrorTally {
    return { count: this.#count, first: this.#first };
  }

  messages(): ErrorMessages {
    // What a killed session reports later on is not part of it.
    return { count: this.#count, kept: [...this.#kept] };
  }
}

/** How many errors were reported, and the text of the first. */
export interface ErrorTally {
  readonly count: number;
  readonly first: string | null;
}

/** The error of a run that is to fail because errors were reported; null: there were none. */
export function reportedError({ count, first }: ErrorTally): NightshiftError | null {
  if (count === 0 || first === null) return null;
  // In the same words whatever their number, so that runs with the same fault are of one kind.
  const text = `${first} (errors reported: ${count})`;
  return new NightshiftError('ERRORS_REPORTED', text, { details: { count } });
}

/** A text as it is kept. */
export function keptText(text: string): string {
  return textOf(text, TEXT_LENGTH_MAX);
}

/** The errors of a run as lines of its log, in the order of time: for runs that have no other place for them. */
export function withErrorLines(
  lines: readonly LogLine[],
  { count, kept }: ErrorMessages,
): readonly LogLine[] {
  if (count === 0) return lines;
  const reported = kept.map(({ at, text, ...facts }): LogLine => {
    const details = Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== null));
    return { at, level: 'error', text, details };
  });
  const all = [...lines, ...reported].sort((one, other) =>
    one.at < other.at ? -1 : one.at > other.at ? 1 : 0,
  );
  if (count === kept.length) return all;
  const text = `${count - kept.length} more errors were not kept`;
  return [...all, { at: all.at(-1)?.at ?? '', level: 'warning', text, details: null }];
}

/** A report as it is kept. Total. @param lengthMax of its text, and at least that of its details, in characters */
export function checkedReport(report: unknown, lengthMax: number): Omit<ErrorMessage, 'at' | 'codeunit'> {
  const detailsMax = Math.max(lengthMax, DETAILS_LENGTH_MAX);
  return {
    code: nameOf(read(report, 'code')),
    text: textOf(
      isObject(report) ? (read(report, 'message') ?? 'an error without a message') : report,
      lengthMax,
    ),
    context: contextOf(read(report, 'context')),
    field: nameOf(read(report, 'field')),
    details: storable(read(report, 'details') ?? undefined, detailsMax),
  };
}

function contextOf(context: unknown): ErrorMessage['context'] {
  const table = nameOf(read(context, 'table'));
  if (table === null) return null;
  const key: JsonValue = storable(read(context, 'key') ?? undefined, KEY_LENGTH_MAX);
  return { table, key };
}

function nameOf(value: unknown): string | null {
  const isName = (typeof value === 'string' && value !== '') || typeof value === 'number';
  return isName ? textOf(value, NAME_LENGTH_MAX) : null;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Also a Proxy, or a getter that throws, cannot make it fail. */
function read(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

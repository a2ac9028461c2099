import { type Clock, NightshiftError } from '../foundation/index.ts';
import { NO_ERRORS } from './error-message.ts';
import { ErrorRegister } from './error-register.ts';
import type { LogLine, Progress, ProgressCounts } from './log-line.ts';
import { RunLog, textOf } from './run-log.ts';
import type { RunNotes, StartReached } from './session-outcome.ts';
import { NOTHING_TOLD, type ToldSoFar } from './told-lines.ts';

/** Longest text of a progress report, in characters. */
const PROGRESS_TEXT_LENGTH_MAX = 500;

/** The last instant whose year has four digits. */
const PLANNED_RUN_MAX = Date.UTC(10_000, 0, 1) - 1;

/** A report as it is kept. Total: it must never be what ends a run, so what is no number counts as not known. */
export function progressOf(
  done: number,
  total: number | null,
  text: string,
  { counts, lengthMax = PROGRESS_TEXT_LENGTH_MAX }: ProgressDetails = {},
): Progress {
  return {
    done: finite(done) ?? 0,
    total: finite(total),
    text: textOf(text, lengthMax),
    ...(typeof counts === 'object' && counts !== null ? { counts: countsOf(counts) } : {}),
  };
}

/** What a report may have besides. */
interface ProgressDetails {
  readonly counts?: ProgressCounts | undefined;
  /** Of its text. */
  readonly lengthMax?: number;
}

function countsOf({ ok, failed, skipped }: ProgressCounts): ProgressCounts {
  return { ok: finite(ok) ?? 0, failed: finite(failed) ?? 0, skipped: finite(skipped) ?? 0 };
}

function finite(value: number | null): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return Number.isFinite(number) ? number : null;
}

/** When an entry is to run again, as its object says. @throws NightshiftError VALIDATION when that is no time, or is over */
export function plannedRunOf(at: Date, now: Date): Date {
  const ms = at instanceof Date ? at.getTime() : Number.NaN;
  if (ms > now.getTime() && ms <= PLANNED_RUN_MAX) return new Date(ms);
  const given = Number.isNaN(ms) ? 'is no time' : `is ${new Date(ms).toISOString()}`;
  const text = `session.planNextRun takes a Date after now and before the year 10000; the one given ${given}.`;
  throw new NightshiftError('VALIDATION', text, { field: 'at' });
}

/** What a run has told so far. */
export class RunReports {
  readonly #clock: Clock;
  readonly #onLine: ((line: LogLine) => void) | undefined;
  #log: RunLog | null = null;
  #errors: ErrorRegister | null = null;
  progress: Progress | null = null;
  nothingToDo = false;
  plannedRun: Date | null = null;
  reached: StartReached | null = null;

  /** @param onLine hears of each line of the log. Default: nobody does */
  constructor(clock: Clock, onLine?: (line: LogLine) => void) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  now(): Date {
    return this.#clock.now();
  }

  get log(): RunLog {
    this.#log ??= new RunLog(this.#clock, this.#onLine);
    return this.#log;
  }

  get errors(): ErrorRegister {
    this.#errors ??= new ErrorRegister(this.#clock);
    return this.#errors;
  }

  /** What can be told of it while it runs. */
  soFar(): ToldSoFar {
    const { progress } = this;
    return { lines: this.#log?.kept() ?? NOTHING_TOLD.lines, progress };
  }

  /** What of it is kept. */
  notes(): Omit<RunNotes, 'sessionId' | 'statements' | 'rows'> {
    const { progress, nothingToDo, plannedRun, reached } = this;
    const lines = this.#log?.lines() ?? [];
    const errors = this.#errors?.messages() ?? NO_ERRORS;
    return { lines, errors, progress, nothingToDo, plannedRun, reached };
  }
}

import type { Progress } from './log-line.ts';
import { textOf } from './run-log.ts';
import type { StartReached } from './session-outcome.ts';

/** Longest text of a progress report, in characters. */
const PROGRESS_TEXT_LENGTH_MAX = 500;

/** A report as it is kept. Total: it must never be what ends a run, so what is no number counts as not known. */
export function progressOf(
  done: number,
  total: number | null,
  text: string,
  lengthMax = PROGRESS_TEXT_LENGTH_MAX,
): Progress {
  return {
    done: finite(done) ?? 0,
    total: finite(total),
    text: textOf(text, lengthMax),
  };
}

function finite(value: number | null): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return Number.isFinite(number) ? number : null;
}

/** What a run has told so far, besides its log. */
export class RunReports {
  progress: Progress | null = null;
  nothingToDo = false;
  reached: StartReached | null = null;
}

import type { LogLine, Progress } from './log-line.ts';

/** Most lines of one answer. */
const ANSWER_LINES_MAX = 250;

/** How far somebody has read in a log: so many lines, and when the last of them was written. */
export interface LogPlace {
  readonly seen: number;
  /** ISO 8601; null before the first line. */
  readonly lastAt: string | null;
}

/** Before the first line. */
export const LOG_BEGINNING: LogPlace = Object.freeze({ seen: 0, lastAt: null });

/** The lines of a log behind a place. */
export interface LinesBehind {
  readonly lines: readonly LogLine[];
  readonly place: LogPlace;
  /** The place is one of another log, such as that of the attempt before: these are the first lines of this one. */
  readonly startsOver: boolean;
  readonly hasMore: boolean;
}

/** What a running session has told so far. */
export interface ToldSoFar {
  readonly lines: readonly LogLine[];
  readonly progress: Progress | null;
}

/** A session that has not begun. */
export const NOTHING_TOLD: ToldSoFar = Object.freeze({ lines: Object.freeze([]), progress: null });

/** What a reader of a log has not seen yet, at most 250 lines. */
export function linesBehind(all: readonly LogLine[], { seen, lastAt }: LogPlace): LinesBehind {
  const isOfThis = seen === 0 || (seen > 0 && all[seen - 1]?.at === lastAt);
  const from = isOfThis ? seen : 0;
  const lines = all.slice(from, from + ANSWER_LINES_MAX);
  const reached = from + lines.length;
  return {
    lines,
    place: { seen: reached, lastAt: all[reached - 1]?.at ?? null },
    startsOver: !isOfThis,
    hasMore: reached < all.length,
  };
}

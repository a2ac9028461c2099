import { useUrl } from '../../app/url.ts';
import { useNow } from '../../ui/now.ts';
import type { TEXTS } from './texts.ts';

const HOUR_MS = 3_600_000;
/** The window stands still for a while, so that what was read for it counts. */
const STEP_MS = 60_000;
/** Of a window that follows the present, this much has been. */
const PAST_SHARE = 0.5;

export type SpanName = keyof typeof TEXTS.spans;
export type By = keyof typeof TEXTS.bys;

/** The lengths of the window, the shortest first. */
export const SPANS: Readonly<Record<SpanName, number>> = {
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '3d': 72 * HOUR_MS,
  '7d': 168 * HOUR_MS,
};
export const SPAN_NAMES = Object.keys(SPANS) as SpanName[];

/** Which time is shown; all of it is in the address. */
export interface Range {
  readonly span: SpanName;
  readonly by: By;
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  /** Whether it follows the present. */
  readonly isNow: boolean;
  readonly setSpan: (span: SpanName) => void;
  readonly setBy: (by: By) => void;
  /** Goes on or back by parts of the window. */
  readonly move: (share: number) => void;
  readonly toNow: () => void;
  /** A shorter (-1) or longer (1) window; null: there is none. */
  readonly zoom: (step: -1 | 1) => (() => void) | null;
}

/** The range of the present address. */
export function useRange(): Range {
  const { search, set } = useUrl();
  const now = useNow();
  const asked = search['span'] as SpanName;
  const span: SpanName = SPAN_NAMES.includes(asked) ? asked : '24h';
  const length = SPANS[span];
  const given = Date.parse(search['from'] ?? '');
  const isNow = Number.isNaN(given);
  const fromMs = isNow ? Math.floor((now - length * PAST_SHARE) / STEP_MS) * STEP_MS : given;
  const setFrom = (ms: number, more: Readonly<Record<string, string | undefined>> = {}) =>
    set({
      from: new Date(ms)
        .toISOString()
        .replace(/:\d\d\.\d+Z$/, 'Z')
        .replace(/Z$/, ':00Z'),
      ...more,
    });
  const by = search['by'];
  return {
    span,
    by: by === 'instance' || by === 'entry' ? by : 'category',
    fromMs,
    toMs: fromMs + length,
    nowMs: now,
    isNow,
    // The middle stays where it is.
    setSpan: (wanted) =>
      isNow ? set({ span: wanted }) : setFrom(fromMs + (length - SPANS[wanted]) / 2, { span: wanted }),
    setBy: (wanted) => set({ by: wanted === 'category' ? undefined : wanted }),
    move: (share) => setFrom(fromMs + share * length),
    toNow: () => set({ from: undefined }),
    zoom: (step) => {
      const next = SPAN_NAMES[SPAN_NAMES.indexOf(span) + step];
      if (next === undefined) return null;
      return () =>
        isNow ? set({ span: next }) : setFrom(fromMs + (length - SPANS[next]) / 2, { span: next });
    },
  };
}

import { useState } from 'react';
import type { CueName } from './cue-data.ts';

/** From which number on a cue is to be looked at, and from which it needs attention; 0: never. */
export interface Threshold {
  readonly amber: number;
  readonly red: number;
}

export type Thresholds = Readonly<Record<CueName, Threshold>>;

/** Whether a number is well; `none`: nobody has said. */
export type CueTone = 'good' | 'wait' | 'bad' | 'none';

const PLACE = 'nightshift.cues';

/** As they are until somebody sets them up. */
export const STANDARD: Thresholds = {
  failed: { amber: 1, red: 5 },
  inProcess: { amber: 0, red: 0 },
  inQueue: { amber: 500, red: 5_000 },
  overdue: { amber: 1, red: 5 },
  waitingForApproval: { amber: 1, red: 20 },
  failedItems: { amber: 1, red: 100 },
};

export function toneOf(count: number, { amber, red }: Threshold): CueTone {
  if (red > 0 && count >= red) return 'bad';
  if (amber > 0 && count >= amber) return 'wait';
  return red === 0 && amber === 0 ? 'none' : 'good';
}

function read(): Thresholds {
  try {
    return { ...STANDARD, ...(JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Thresholds>) };
  } catch {
    return STANDARD;
  }
}

/** The thresholds of this browser, and how to change them. */
export function useThresholds(): readonly [Thresholds, (next: Thresholds) => void] {
  const [thresholds, set] = useState(read);
  const change = (next: Thresholds) => {
    set(next);
    try {
      localStorage.setItem(PLACE, JSON.stringify(next));
    } catch {
      // They last as long as the page, then.
    }
  };
  return [thresholds, change];
}

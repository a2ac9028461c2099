import type { Clock } from '../../foundation/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { ForegroundRuns } from './foreground-runs.ts';
import type { LiveFeed } from './live-feed.ts';

/** What tabs are served with. */
export interface LiveParts {
  readonly platform: Platform;
  readonly feed: LiveFeed;
  readonly runs: ForegroundRuns;
  readonly clock: Clock;
}

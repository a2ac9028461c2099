import type { JobQueueLogEntry, LogLine, Progress, RunLines } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { api, keyOf, queryClient } from '../../data/api.ts';
import { useLiveState } from '../../data/live.ts';

/** How often a run is asked what it has logged, while somebody looks at it. */
const LOOK_MS = 1_000;

/** What a run has told so far. */
export interface RunTold {
  readonly lines: readonly LogLine[];
  readonly progress: Progress | null;
  /** Its server instance does not answer now. */
  readonly isSilent: boolean;
}

/** All that was read of a log, and where it goes on. */
interface LogRead extends RunTold {
  readonly next: string | undefined;
}

const NOTHING: LogRead = { lines: [], progress: null, isSilent: false, next: undefined };

/** The lines of a run: as they come while it runs and the page is in view, and as they are kept when it has ended. */
export function useLines(company: string, run: JobQueueLogEntry): RunTold {
  const isRunning = run.status === 'In Process';
  const isPaused = useLiveState() === 'paused';
  const queryKey = keyOf('logLines', company, run.no);
  const { data = NOTHING } = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      readOn(queryClient.getQueryData<LogRead>(queryKey) ?? NOTHING, (after) =>
        api.call('jobQueueLogEntries.lines', {
          params: { company, no: run.no },
          query: after === undefined ? {} : { after },
          signal,
        }),
      ),
    enabled: isRunning && !isPaused,
    refetchInterval: LOOK_MS,
  });
  // Kept in the same order, so that nothing moves when the run ends.
  return isRunning ? data : { lines: run.lines, progress: run.progress, isSilent: false };
}

/** Reads what is behind what was read. */
async function readOn(
  before: LogRead,
  ask: (after: string | undefined) => Promise<RunLines>,
): Promise<LogRead> {
  let read = before;
  for (;;) {
    const { items, startsOver, progress, state, next, hasMore } = await ask(read.next);
    const seen = startsOver ? [] : read.lines;
    const lines = items.length === 0 ? seen : [...seen, ...items];
    read = { lines, progress, isSilent: state === 'silent', next };
    if (!hasMore) return read;
  }
}

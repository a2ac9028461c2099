import type { JobQueueEntryRow, JobQueueLogEntryRow } from '@nightshift/client/api';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import { useEachCompany } from '../../data/each-company.ts';
import type { InCompany } from '../../data/pages.ts';
import type { By, Range } from './range.ts';
import { TEXTS } from './texts.ts';

const PAGE_SIZE = 500;
const RUNS_MAX = 1_500;
/** Runs are planned for so many entries of a company, and of each so far. */
const ENTRIES_MAX = 40;
const PLANNED_MAX = 60;
/** A run of which nobody knows how long it takes is shown as a moment. */
const MOMENT_MS = 1_000;

export type Tone = 'good' | 'busy' | 'bad' | 'hold' | 'planned';

/** A run: one that was, or one that is planned. */
export interface Bar {
  readonly key: string;
  readonly row: string;
  readonly name: string;
  readonly state: string;
  readonly tone: Tone;
  readonly startMs: number;
  readonly endMs: number;
  /** Null: planned, or it runs. */
  readonly durationMs: number | null;
  readonly user: string;
  readonly company: string;
  readonly path: string;
}

/** The bars of a window. */
export interface Bars {
  readonly bars: readonly Bar[];
  readonly isLoading: boolean;
  readonly error: unknown;
  /** What is not shown, in sentences. */
  readonly notes: readonly string[];
}

const TONES: Readonly<Record<JobQueueLogEntryRow['status'], Tone>> = {
  Success: 'good',
  'In Process': 'busy',
  Error: 'bad',
  Timeout: 'bad',
  Lost: 'bad',
  Killed: 'bad',
  Skipped: 'hold',
  Stopped: 'hold',
};

/** What ran in a window, and what is planned in it: that the server says. */
export function useBars(companies: readonly string[], range: Range): Bars {
  const runs = useRuns(companies, range);
  const plans = usePlans(companies, range);
  return {
    bars: [...runs.bars, ...plans.bars].filter(
      ({ startMs, endMs }) => endMs >= range.fromMs && startMs <= range.toMs,
    ),
    isLoading: runs.isLoading,
    error: runs.error,
    notes: [...runs.notes, ...plans.notes],
  };
}

function useRuns(companies: readonly string[], { fromMs, toMs, by, nowMs }: Range) {
  const from = new Date(fromMs).toISOString();
  const to = new Date(toMs).toISOString();
  const { data, isPending, error } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', companies.join('\n'), 'timeline', from, to),
    queryFn: ({ signal }) => readRuns(companies, { startedFrom: from, startedTo: to }, signal),
    placeholderData: keepPreviousData,
  });
  const rows = data ?? [];
  const notes = rows.length >= RUNS_MAX ? [TEXTS.cutRuns(RUNS_MAX)] : [];
  return { bars: rows.map((run) => barOfRun(run, by, nowMs)), notes, isLoading: isPending, error };
}

async function readRuns(
  companies: readonly string[],
  window: { readonly startedFrom: string; readonly startedTo: string },
  signal: AbortSignal,
): Promise<readonly InCompany<JobQueueLogEntryRow>[]> {
  const found: InCompany<JobQueueLogEntryRow>[] = [];
  for (const company of companies) {
    const all = api.all('jobQueueLogEntries.list', {
      params: { company },
      query: { ...window, limit: PAGE_SIZE },
      signal,
    });
    for await (const run of all) {
      found.push({ ...run, company });
      if (found.length >= RUNS_MAX) return found;
    }
  }
  return found;
}

function barOfRun(run: InCompany<JobQueueLogEntryRow>, by: By, nowMs: number): Bar {
  const startMs = Date.parse(run.startedAt);
  const endMs = run.endedAt === null ? nowMs : Date.parse(run.endedAt);
  const name = run.description || run.object;
  const rows = {
    category: run.category ?? TEXTS.noCategory,
    instance: run.instanceName || TEXTS.noInstance,
    entry: `${run.entryNo} · ${name}`,
  };
  return {
    key: `run ${run.company} ${run.no}`,
    row: rows[by],
    name,
    state: run.status,
    tone: TONES[run.status],
    startMs,
    endMs: Math.max(endMs, startMs),
    durationMs: run.durationMs,
    user: run.user,
    company: run.company,
    path: `/job-queue-log-entries/${run.no}`,
  };
}

function usePlans(companies: readonly string[], range: Range): Pick<Bars, 'bars' | 'notes'> {
  const { toMs, fromMs, nowMs, by } = range;
  const { rows } = useEachCompany<JobQueueEntryRow>(
    'jobQueueEntries',
    companies,
    ['timeline'],
    async (company, signal) => {
      const query = {
        status: 'Ready,Waiting',
        sort: 'earliestStart',
        details: true,
        limit: ENTRIES_MAX,
      } as const;
      return (await api.call('jobQueueEntries.list', { params: { company }, query, signal })).items;
    },
  );
  const isAhead = toMs > nowMs;
  const wanted = isAhead
    ? rows.filter(({ earliestStart }) => earliestStart === null || Date.parse(earliestStart) <= toMs)
    : [];
  const read = useQueries({
    queries: wanted.map(({ company, id, version, earliestStart }) => ({
      queryKey: keyOf('jobQueueEntries', company, 'plan', id, version, earliestStart),
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        api.call('jobQueueEntries.preview', {
          params: { company, entryId: id },
          query: { count: PLANNED_MAX },
          signal,
        }),
      // The version and the next start are in the key: what they lead to stays the same.
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const bars = wanted.flatMap((entry, index) =>
    (read[index]?.data?.runs ?? [])
      .map(({ at }) => barOfPlan(entry, Date.parse(at), by))
      .filter(({ startMs }) => startMs >= fromMs && startMs <= toMs),
  );
  const isCut = isAhead && rows.length >= ENTRIES_MAX;
  return { bars, notes: isCut ? [TEXTS.cutPlans(ENTRIES_MAX)] : [] };
}

function barOfPlan(entry: InCompany<JobQueueEntryRow>, startMs: number, by: By): Bar {
  const name = entry.description || entry.object;
  const rows = {
    category: entry.category ?? TEXTS.noCategory,
    instance: TEXTS.noInstance,
    entry: `${entry.entryNo} · ${name}`,
  };
  return {
    key: `plan ${entry.company} ${entry.id} ${startMs}`,
    row: rows[by],
    name,
    state: TEXTS.planned,
    tone: 'planned',
    startMs,
    endMs: startMs + (entry.expectedDurationMs ?? MOMENT_MS),
    durationMs: null,
    user: entry.runAs,
    company: entry.company,
    path: `/job-queue-entries/${entry.id}`,
  };
}

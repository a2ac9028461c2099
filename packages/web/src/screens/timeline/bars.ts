import type { JobQueueEntryRow, JobQueueLogEntryRow, PlannedEntryRun } from '@nightshift/client/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import { useEachCompany } from '../../data/each-company.ts';
import type { InCompany } from '../../data/pages.ts';
import type { By, Range } from './range.ts';
import { TEXTS } from './texts.ts';

const PAGE_SIZE = 500;
const RUNS_MAX = 1_500;
/** So many planned runs of a company are shown, the next ones. */
const PLANNED_MAX = 1_000;
const RUN_AHEAD = 'Ready,Waiting,In Process,On Hold with Inactivity Timeout';
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
  const isAhead = toMs > nowMs;
  const to = new Date(toMs).toISOString();
  const { rows: entries } = useEachCompany<JobQueueEntryRow>(
    'jobQueueEntries',
    companies,
    ['timeline'],
    async (company, signal) => {
      const query = { status: RUN_AHEAD, sort: 'earliestStart', details: true, limit: PAGE_SIZE } as const;
      return (await api.call('jobQueueEntries.list', { params: { company }, query, signal })).items;
    },
  );
  const { rows: planned } = useEachCompany<PlannedEntryRun>(
    'jobQueueEntries',
    isAhead ? companies : [],
    ['planned', to],
    async (company, signal) => {
      const query = { to, limit: PLANNED_MAX };
      return (await api.call('jobQueueEntries.plannedRuns', { params: { company }, query, signal })).items;
    },
  );
  const known = new Map(entries.map((entry) => [entry.id, entry]));
  const bars = (isAhead ? planned : []).flatMap(({ entryId, at }) => {
    const entry = known.get(entryId);
    return entry === undefined ? [] : [barOfPlan(entry, Date.parse(at), by)];
  });
  const isCut = isAhead && (planned.length >= PLANNED_MAX || entries.length >= PAGE_SIZE);
  return {
    bars: bars.filter(({ startMs }) => startMs >= fromMs),
    notes: isCut ? [TEXTS.cutPlans(PLANNED_MAX)] : [],
  };
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

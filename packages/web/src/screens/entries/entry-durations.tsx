import { useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import { Chart } from '../../ui/chart/chart.tsx';
import { counted, durationText } from '../../ui/format.ts';

const RUNS = 40;
/** With fewer there is nothing to compare. */
const RUNS_MIN = 3;

const TEXTS = {
  title: 'How long it took',
  duration: 'Duration',
  summary: (runs: number, median: string, longest: string) =>
    `The last ${counted(runs, 'run')} took ${median} in the middle, ${longest} at most.`,
};

/** How long the last runs of an entry took, so that one that took longer is seen. */
export function EntryDurations({ company, entryId }: { readonly company: string; readonly entryId: string }) {
  const { data } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'durations', entryId),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.list', { params: { company }, query: { entryId, limit: RUNS }, signal }),
  });
  // Those that were passed over took no time.
  const runs = (data?.items ?? [])
    .flatMap(({ startedAt, durationMs, status }) =>
      durationMs === null || status === 'Skipped' ? [] : [{ at: Date.parse(startedAt) / 1_000, durationMs }],
    )
    .toSorted((one, other) => one.at - other.at);
  if (runs.length < RUNS_MIN) return null;
  const sorted = runs.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return (
    <Chart
      id="durations"
      kind="line"
      title={TEXTS.title}
      summary={TEXTS.summary(runs.length, durationText(median), durationText(sorted.at(-1) ?? 0))}
      times={runs.map(({ at }) => at)}
      series={[
        {
          label: TEXTS.duration,
          tone: 'accent',
          values: runs.map(({ durationMs }) => durationMs / 1_000),
          text: (seconds) => durationText(seconds * 1_000),
        },
      ]}
    />
  );
}

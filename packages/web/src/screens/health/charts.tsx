import type { Health } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, keyOf } from '../../data/api.ts';
import { Chart } from '../../ui/chart/chart.tsx';
import { durationText, numberText } from '../../ui/format.ts';
import { nowMs } from '../../ui/now.ts';
import { TEXTS } from './texts.ts';

/** An hour of looks, five seconds apart. */
const POINTS_MAX = 720;
const HOUR_MS = 3_600_000;
const HOURS = 24;
const LOOK_MS = 60_000;
const PAGE_SIZE = 500;
const RUNS_MAX = 1_000;
const GOOD = new Set(['Success', 'In Process', 'Skipped']);

interface Point {
  readonly at: number;
  readonly lagMs: number;
}

/** The lag as it was seen since the page was opened; the server keeps no history of it. */
export function LagChart({ health }: { readonly health: Health }) {
  const [points, setPoints] = useState<readonly Point[]>([]);
  const { at, queue } = health;
  const lagMs = queue.lagMs ?? 0;
  useEffect(() => {
    const point = { at: new Date(at).getTime() / 1_000, lagMs };
    setPoints((before) => (before.at(-1)?.at === point.at ? before : [...before, point].slice(-POINTS_MAX)));
  }, [at, lagMs]);
  const most = Math.max(0, ...points.map((point) => point.lagMs));
  return (
    <Chart
      id="lag"
      kind="line"
      title={TEXTS.lagChart}
      summary={TEXTS.lagSummary(points.length, durationText(most), durationText(lagMs))}
      times={points.map((point) => point.at)}
      series={[
        {
          label: TEXTS.lag,
          tone: 'accent',
          values: points.map((point) => point.lagMs / 1_000),
          text: (seconds) => `${numberText(Math.round(seconds * 10) / 10)} ${TEXTS.seconds}`,
        },
      ]}
    />
  );
}

interface Hour {
  readonly at: number;
  readonly good: number;
  readonly bad: number;
}

interface Run {
  readonly startedAt: string;
  readonly status: string;
}

/** How many runs there were in each hour, and how they ended. */
export function RunsChart({ companies }: { readonly companies: readonly string[] }) {
  const { data } = useQuery({
    queryKey: keyOf('health', companies.join('\n'), 'runs'),
    queryFn: ({ signal }) => readHours(companies, signal),
    refetchInterval: LOOK_MS,
    staleTime: LOOK_MS,
  });
  const hours = data?.hours ?? [];
  const good = hours.reduce((sum, hour) => sum + hour.good, 0);
  const bad = hours.reduce((sum, hour) => sum + hour.bad, 0);
  const text = (value: number) => (Number.isInteger(value) ? numberText(value) : '');
  return (
    <Chart
      id="runs"
      kind="bars"
      title={TEXTS.runsChart}
      summary={TEXTS.runsSummary(good, bad)}
      note={data?.isCut === true ? TEXTS.runsCut : undefined}
      times={hours.map((hour) => hour.at / 1_000)}
      series={[
        { label: TEXTS.good, tone: 'good', values: hours.map((hour) => hour.good), text },
        { label: TEXTS.bad, tone: 'bad', values: hours.map((hour) => hour.bad), text },
      ]}
    />
  );
}

async function readHours(companies: readonly string[], signal: AbortSignal) {
  const last = Math.floor(nowMs() / HOUR_MS) * HOUR_MS;
  const first = last - (HOURS - 1) * HOUR_MS;
  const startedFrom = new Date(first).toISOString();
  const runs: Run[] = [];
  for (const company of companies) {
    const all = api.all('jobQueueLogEntries.list', {
      params: { company },
      query: { startedFrom, limit: PAGE_SIZE },
      signal,
    });
    let count = 0;
    for await (const run of all) {
      runs.push(run);
      count++;
      if (count >= RUNS_MAX) break;
    }
  }
  const hours = Array.from({ length: HOURS }, (_, index): Hour => {
    const at = first + index * HOUR_MS;
    const inside = runs.filter(
      ({ startedAt }) => Math.floor(new Date(startedAt).getTime() / HOUR_MS) * HOUR_MS === at,
    );
    const good = inside.filter(({ status }) => GOOD.has(status)).length;
    return { at, good, bad: inside.length - good };
  });
  return { hours, isCut: runs.length >= RUNS_MAX };
}

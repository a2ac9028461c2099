import type { Sample } from '../measure.ts';
import type { Table } from '../report.ts';
import { median, range, whole } from '../statistics.ts';
import { isLimit, isOurs, OURS } from '../systems/registry.ts';

/** All samples of one system in one comparison. */
export interface Series {
  readonly contest: string;
  readonly system: string;
  readonly guarantee: string;
  readonly samples: readonly Sample[];
}

/** Tasks a second. */
export function rateOf({ tasks, ms }: Pick<Sample, 'tasks' | 'ms'>): number {
  return (tasks / ms) * 1_000;
}

interface Row extends Series {
  readonly rate: number;
  /** Our rate divided by this system's. */
  readonly oursToThis: number;
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['System', ({ system }) => system],
  ['tasks', ({ samples }) => whole(samples[0]?.tasks ?? 0)],
  ['tasks/s', ({ rate }) => whole(rate)],
  ['min – max', ({ samples }) => range(samples.map(rateOf), whole)],
  ['ours ÷ this', ({ oursToThis }) => (Number.isNaN(oursToThis) ? '' : oursToThis.toFixed(2))],
  ['client CPU', (row) => `${whole(perTask(row, ({ clientCpuMs }) => clientCpuMs * 1_000))} µs`],
  ['server CPU', (row) => `${whole(perTask(row, ({ serverCpuMs }) => (serverCpuMs ?? 0) * 1_000))} µs`],
  ['WAL', (row) => `${whole(perTask(row, ({ walBytes }) => walBytes))} B`],
  ['RSS after', ({ samples }) => `${whole(median(samples.map(({ rssMegabytes }) => rssMegabytes)))} MB`],
];

/** The medians of one comparison, CPU and WAL per task, and how we stand to the best peer. */
export function throughputTable(contest: string, all: readonly Series[]): Table {
  const series = all.filter((one) => one.contest === contest);
  const ours = medianRate(series.find(({ system }) => system === OURS));
  const rows = series.map((one): Row => {
    const rate = medianRate(one);
    return { ...one, rate, oursToThis: ours / rate };
  });
  const writes = series.some(({ samples }) => samples.some(({ effects }) => effects !== null));
  const columns: typeof COLUMNS = writes ? [...COLUMNS, ['rows', effectsOf]] : COLUMNS;
  return {
    title: `${contest} (CPU and WAL per task)`,
    head: columns.map(([title]) => title),
    rows: rows.map((row) => columns.map(([, cell]) => cell(row))),
    notes: bestPeer(rows),
  };
}

function bestPeer(rows: readonly Row[]): readonly string[] {
  const peers = rows.filter(({ system }) => !isOurs(system) && !isLimit(system));
  const [best] = peers.toSorted((one, other) => other.rate - one.rate);
  if (best === undefined || Number.isNaN(best.oursToThis)) return [];
  return [`best peer: ${best.system}; ours is ${best.oursToThis.toFixed(2)} times as fast`];
}

/** "5,000 of 5,000"; a round in which they differ is shown before the others. */
function effectsOf({ samples }: Series): string {
  const counted = samples.flatMap(({ effects, tasks }) => (effects === null ? [] : [{ ...effects, tasks }]));
  const wrong = counted.find(
    ({ written, distinctTasks, tasks }) => written !== tasks || distinctTasks !== tasks,
  );
  const one = wrong ?? counted[0];
  return one === undefined ? '' : `${whole(one.distinctTasks)} of ${whole(one.tasks)}`;
}

function medianRate(series: Series | undefined): number {
  return series === undefined ? Number.NaN : median(series.samples.map(rateOf));
}

function perTask({ samples }: Series, figure: (sample: Sample) => number): number {
  return median(samples.map((sample) => figure(sample) / sample.tasks));
}

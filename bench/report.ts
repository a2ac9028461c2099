import os from 'node:os';
import type { RoundsResult, Series } from './rounds.ts';
import type { Sample, Scenario } from './scenario.ts';
import { LIMIT, OURS } from './systems/registry.ts';

/** The medians of one system in one scenario. */
export interface Summary {
  readonly scenario: Scenario;
  readonly system: string;
  readonly tasksPerSecond: number;
  readonly slowest: number;
  readonly fastest: number;
  readonly clientCpuMicros: number;
  readonly serverCpuMicros: number | null;
  readonly walBytes: number;
  readonly rssMegabytes: number;
  /** Our rate divided by this system's. */
  readonly oursToThis: number | null;
  /** "5000 of 5000", or null where tasks write nothing. */
  readonly effects: string | null;
}

/** The machine and the programs. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  readonly postgres: string;
  readonly platform: string;
  /** Average load of the last minute before and after: other work on the machine shows here. */
  readonly load: readonly number[];
  readonly at: string;
}

/** Reads the environment. */
export function environmentOf(postgres: string, loadBefore: number): Environment {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    postgres,
    platform: `${os.type()} ${os.release()} ${os.arch()}`,
    load: [loadBefore, os.loadavg()[0] ?? 0],
    at: new Date().toISOString(),
  };
}

/** Medians of all series, with ratios. */
export function summarise({ series }: RoundsResult): readonly Summary[] {
  return series.map((one) => {
    const ours = series.find((other) => other.scenario === one.scenario && other.system === OURS);
    const rates = one.samples.map(rateOf);
    const rate = median(rates);
    return {
      scenario: one.scenario,
      system: one.system,
      tasksPerSecond: rate,
      slowest: Math.min(...rates),
      fastest: Math.max(...rates),
      clientCpuMicros: perTask(one, ({ clientCpuMs }) => clientCpuMs * 1_000),
      serverCpuMicros: one.samples.some(({ serverCpuMs }) => serverCpuMs === null)
        ? null
        : perTask(one, ({ serverCpuMs }) => (serverCpuMs ?? 0) * 1_000),
      walBytes: perTask(one, ({ walBytes }) => walBytes),
      rssMegabytes: median(one.samples.map(({ rssMegabytes }) => rssMegabytes)),
      oursToThis: ours === undefined ? null : median(ours.samples.map(rateOf)) / rate,
      effects: effectsOf(one),
    };
  });
}

const COLUMNS: readonly (readonly [string, (summary: Summary) => string])[] = [
  ['system', ({ system }) => system],
  ['tasks/s', ({ tasksPerSecond }) => whole(tasksPerSecond)],
  ['min – max', ({ slowest, fastest }) => `${whole(slowest)} – ${whole(fastest)}`],
  ['ours ÷ this', ({ oursToThis }) => oursToThis?.toFixed(2) ?? ''],
  ['client CPU µs', ({ clientCpuMicros }) => whole(clientCpuMicros)],
  ['server CPU µs', ({ serverCpuMicros }) => (serverCpuMicros === null ? '?' : whole(serverCpuMicros))],
  ['WAL bytes', ({ walBytes }) => whole(walBytes)],
  ['RSS MB', ({ rssMegabytes }) => whole(rssMegabytes)],
  ['rows written', ({ effects }) => effects ?? ''],
];

/** One table a scenario, CPU and WAL per task, and how we stand to the best peer. */
export function tables(summaries: readonly Summary[], sizes: ReadonlyMap<Scenario, number>): string {
  const scenarios = [...new Set(summaries.map(({ scenario }) => scenario))];
  return scenarios
    .map((scenario) => {
      const rows = summaries.filter((summary) => summary.scenario === scenario);
      const lines = aligned([
        COLUMNS.map(([title]) => title),
        ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row))),
      ]);
      return [
        `\n${scenario}, ${sizes.get(scenario)} tasks (CPU and WAL per task)`,
        ...lines,
        bestPeer(rows),
      ].join('\n');
    })
    .join('\n');
}

function bestPeer(rows: readonly Summary[]): string {
  const ours = rows.find(({ system }) => system === OURS);
  const peers = rows.filter(({ system }) => system !== OURS && system !== LIMIT);
  const best = peers.toSorted((one, other) => other.tasksPerSecond - one.tasksPerSecond)[0];
  if (ours === undefined || best === undefined) return '';
  const ratio = ours.tasksPerSecond / best.tasksPerSecond;
  return `best peer: ${best.system}; ours is ${ratio.toFixed(2)} times as fast`;
}

/** Lines of a table whose first column is text and whose others are figures. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function effectsOf({ samples }: Series): string | null {
  const counted = samples.filter(({ effects }) => effects !== null);
  if (counted.length === 0) return null;
  const wrong = counted.find(
    ({ effects, tasks }) => effects?.written !== tasks || effects.distinctTasks !== tasks,
  );
  const shown = wrong ?? counted[0];
  return shown === undefined ? null : `${shown.effects?.written} of ${shown.tasks}`;
}

function perTask({ samples }: Series, figure: (sample: Sample) => number): number {
  return median(samples.map((sample) => figure(sample) / sample.tasks));
}

function rateOf({ tasks, ms }: Sample): number {
  return (tasks / ms) * 1_000;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

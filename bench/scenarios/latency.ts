import { setTimeout as delay } from 'node:timers/promises';
import { another, type Contestant, withContestants } from '../contestant.ts';
import { within } from '../progress.ts';
import type { Table } from '../report.ts';
import { inRounds, type Turn } from '../rounds.ts';
import { median, range, type Spread, shown, spreadOf } from '../statistics.ts';
import { OURS, PEERS } from '../systems/registry.ts';
import { type BenchScenario, type Outcome, type World, wantedParts, wantedSystems } from './scenario.ts';

/** Tasks of one turn, one after another. */
const TASKS = 40;
const WARM_UP_TASKS = 10;
const LIMIT_MS = 30_000;
/** Pauses between tasks go through these, so that they fall on no beat of a polling worker. */
const PAUSES_MS = [20, 27, 23, 31, 22, 36, 25, 29] as const;

/** Who creates the tasks. */
const PLACES = ['same process', 'other process'] as const;
type Place = (typeof PLACES)[number];

/** From the call that creates a task to the first line of its code, on an idle worker. */
export const latency: BenchScenario = {
  name: 'latency',
  about: 'on an idle worker: from the call that creates a task to the first line of its code',
  rounds: 5,
  seconds: 200,
  run: measureLatency,
};

async function measureLatency({ postgres, only, ...world }: World): Promise<Outcome> {
  const names = wantedSystems([OURS, ...PEERS], only);
  const places = wantedParts(PLACES, only) as readonly Place[];
  return await withContestants(postgres, names, async (contestants) => {
    const workers = [...contestants.values()];
    const producers = await Promise.all(workers.map((worker) => another(postgres, worker)));
    try {
      const pairs = places.flatMap((place) =>
        workers.map((worker, at) => ({ place, worker, producer: producers[at] as Contestant })),
      );
      const turns = pairs.map((pair) => turnOf(pair, world.tasks ?? TASKS));
      const samples = await inRounds(turns, { ...world, profile: null });
      const series = pairs.map(({ place, worker }, at) => ({
        place,
        system: worker.name,
        samples: samples[at] ?? [],
      }));
      return { tables: places.map((place) => tableOf(place, series)), figures: { series } };
    } finally {
      await Promise.all(producers.map((producer) => producer.end()));
    }
  });
}

interface Pair {
  readonly place: Place;
  readonly worker: Contestant;
  readonly producer: Contestant;
}

function turnOf({ place, worker, producer }: Pair, tasks: number): Turn<Spread> {
  return {
    name: `${place}  ${worker.name}`,
    async measure() {
      await worker.call('openWorker', { kind: 'no-op', tells: true });
      if (place === 'other process') await producer.call('openProducer', null);
      const creator = place === 'same process' ? worker : producer;
      const took: number[] = [];
      for (let one = -WARM_UP_TASKS; one < tasks; one++) {
        await delay(PAUSES_MS[Math.abs(one) % PAUSES_MS.length]);
        const called = await creator.call('one', null);
        const began = await within(LIMIT_MS, `${worker.name}: a single task`, worker.mark());
        if (one >= 0) took.push(began - called);
      }
      if (place === 'other process') await producer.call('close', null);
      await worker.call('close', null);
      return spreadOf(took);
    },
    show: ({ p50, p95 }) => `p50 ${shown(p50)} ms, p95 ${shown(p95 ?? Number.NaN)} ms`,
  };
}

interface Series {
  readonly place: Place;
  readonly system: string;
  readonly samples: readonly Spread[];
}

function tableOf(place: Place, all: readonly Series[]): Table {
  const series = all.filter((one) => one.place === place);
  const p50Of = ({ samples }: Series) => median(samples.map(({ p50 }) => p50));
  const ours = series.find(({ system }) => system === OURS);
  const best = series.filter((one) => one !== ours).toSorted((one, other) => p50Of(one) - p50Of(other))[0];
  return {
    title: `Idle latency, created in ${place === 'same process' ? 'the worker’s process' : 'another process'}`,
    head: ['System', 'p50', 'min – max of the rounds', 'p95', 'ours ÷ this'],
    rows: series.map((one) => [
      one.system,
      `${shown(p50Of(one))} ms`,
      range(one.samples.map(({ p50 }) => p50)),
      `${shown(median(one.samples.map(({ p95 }) => p95 ?? Number.NaN)))} ms`,
      ours === undefined ? '' : (p50Of(ours) / p50Of(one)).toFixed(2),
    ]),
    notes:
      ours === undefined || best === undefined
        ? []
        : [`best peer: ${best.system}; ours takes ${(p50Of(ours) / p50Of(best)).toFixed(2)} of its p50`],
  };
}

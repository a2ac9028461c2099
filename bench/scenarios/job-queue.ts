import { setTimeout as delay } from 'node:timers/promises';
import { jobQueue } from 'nightshift';
import { bareLoad } from '../fixtures/bare-load.ts';
import { foreignSelect } from '../fixtures/foreign-select.ts';
import { monotonicMs, tell, within } from '../progress.ts';
import type { Table } from '../report.ts';
import { median, range, type Spread, shown, spreadOf, whole } from '../statistics.ts';
import { IDENTITY } from '../systems/nightshift.ts';
import { countOnWire } from '../wire-counter.ts';
import { type JobQueueWorld, jobQueueWorld, plantEntries } from './job-queue-world.ts';
import { type BenchScenario, type Outcome, type World, wantedParts } from './scenario.ts';

/** Runs of each part when nothing is said. */
const RUNS = { overhead: 2_000, 'one instant': 100_000, 'one category': 1_000 } as const;
type Part = keyof typeof RUNS;
/** Runs whose statements are counted. */
const COUNTED = 200;
const EVERY_DAY = {
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
  runOnSaturdays: true,
  runOnSundays: true,
  startingTime: '00:00',
} as const;
/** Planting must be over before they are due: this long, and so much for each entry. */
const PLANTING_MS = 2_000;
const PLANTING_MS_EACH = 0.6;
const LIMIT_MS = 1_800_000;
const LOOK_MS = 20;
/** Between two looks at the list. */
const VERB_PAUSE_MS = 200;
const IDLE_MS = 3_000;
/** Between planting and the instant there is time to look at both. */
const BARE_MS = 3_000;
const SPARE_MS = 2_000;
/** Starts in a second, of entries that are due at one instant; 0: no limit. */
const PACES = [0, 300] as const;
/** As many as run at a time by default. */
const PLACES = 10;

/** What the job queue costs: a run that does nothing, very many at one instant, a category in which one waits for another. */
export const jobQueueScenario: BenchScenario = {
  name: 'job-queue',
  about: 'a run of an entry that does nothing; 100,000 entries due at one instant; 1,000 in one category',
  rounds: 3,
  seconds: 1_300,
  run: measureJobQueue,
};

async function measureJobQueue(world: World): Promise<Outcome> {
  const parts = wantedParts(Object.keys(RUNS), world.only) as readonly Part[];
  const results: Outcome[] = [];
  for (const part of parts) results.push(await MEASURES[part](world, world.tasks ?? RUNS[part]));
  return {
    tables: results.flatMap(({ tables }) => tables),
    figures: Object.fromEntries(parts.map((part, at) => [part, results[at]?.figures])),
  };
}

const MEASURES: Readonly<Record<Part, (world: World, entries: number) => Promise<Outcome>>> = {
  overhead: measureOverhead,
  'one instant': measureInstant,
  'one category': measureCategory,
};

/** One place, so that runs come one after another: what passes from one outcome to the next is the cost of a run. */
async function measureOverhead({ postgres, rounds }: World, entries: number): Promise<Outcome> {
  const alone = await jobQueueWorld(await postgres.database('overhead'), 1);
  const each: number[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      await drain(alone, entries, EVERY_DAY);
      const took = ((alone.finished.at(-1) ?? 0) - (alone.finished[0] ?? 0)) / (entries - 1);
      tell(`${nameOf(round)}  overhead: ${shown(took)} ms for each run`);
      if (round > 0) each.push(took);
    }
  } finally {
    await alone.close();
  }
  const statements = await countStatements(await postgres.database('statements'));
  const isControl = ([text]: readonly [string, number]) => /^(?:begin|commit)/.test(text);
  const sum = (all: typeof statements) => all.reduce((total, [, times]) => total + times, 0).toFixed(2);
  const [control, own] = [statements.filter(isControl), statements.filter((one) => !isControl(one))];
  return {
    tables: [
      {
        title: `A run that does nothing, ${whole(entries)} recurring entries, one at a time`,
        head: ['Round trip of a run', 'median', 'min – max'],
        rows: [['task, entry, log, next occurrence', `${shown(median(each))} ms`, range(each)]],
        notes: [`${sum(own)} statements for each run, and ${sum(control)} to begin and to commit`],
      },
      {
        title: `Statements on the wire for each of ${COUNTED} runs`,
        head: ['Statement', 'times'],
        rows: statements.map(([text, times]) => [text, times.toFixed(2)]),
        notes: [],
      },
    ],
    figures: { entries, each, statements },
  };
}

async function countStatements(url: string): Promise<readonly (readonly [string, number])[]> {
  const counter = await countOnWire(url);
  const world = await jobQueueWorld(counter.url, 1);
  try {
    await drain(world, COUNTED, EVERY_DAY, () => counter.reset());
    return [...counter.executed]
      .map(([text, times]) => [text.replaceAll(/\s+/g, ' ').slice(0, 80), times / COUNTED] as const)
      .filter(([, times]) => times >= 0.05)
      .toSorted((one, other) => other[1] - one[1]);
  } finally {
    await world.close();
    await counter.close();
  }
}

/** Very many at one instant: when they start, and what others notice of it; as fast as can be, and at a pace. */
async function measureInstant({ postgres }: World, entries: number): Promise<Outcome> {
  const measured: Instant[] = [];
  for (const perSecond of PACES) {
    const instant = await oneInstant(await postgres.database(`instant ${perSecond}`), entries, perSecond);
    tell(`one instant, ${paceText(perSecond)}: the last starts after ${instant.spread.last.toFixed(1)} s`);
    measured.push(instant);
  }
  return { tables: instantTables(entries, measured), figures: { entries, measured } };
}

/** When entries start, in seconds after they were due, and what others notice. */
interface Instant {
  readonly perSecond: number;
  readonly spread: {
    readonly first: number;
    readonly half: number;
    readonly most: number;
    readonly last: number;
  };
  readonly idle: Watched;
  readonly bare: Watched;
  readonly busy: Watched;
}

async function oneInstant(url: string, entries: number, perSecond: number): Promise<Instant> {
  const world = await jobQueueWorld(url, null, perSecond);
  try {
    const dueAt = await plantEntries(
      world,
      entries,
      plantingMs(entries) + IDLE_MS + BARE_MS + SPARE_MS,
      EVERY_DAY,
    );
    const idle = await watchWhile(world, url, delay(IDLE_MS));
    const load = await bareLoad(url, PLACES);
    const bare = await watchWhile(world, url, delay(BARE_MS));
    await load.stop();
    await delay(Math.max(0, dueAt - monotonicMs()));
    const busy = await watchWhile(world, url, finishedAll(world, entries));
    const starts = world.spans.map(({ beganAt }) => beganAt - dueAt).toSorted((one, other) => one - other);
    const at = (share: number) =>
      (starts[Math.min(starts.length - 1, Math.floor(starts.length * share))] ?? 0) / 1_000;
    return {
      perSecond,
      spread: { first: at(0), half: at(0.5), most: at(0.95), last: at(1) },
      idle,
      bare,
      busy,
    };
  } finally {
    await world.close();
  }
}

/** What somebody else waits for, in milliseconds. */
interface Watched {
  readonly select: Spread;
  readonly list: Spread;
  readonly explain: Spread;
}

async function watchWhile(
  { platform }: JobQueueWorld,
  url: string,
  work: Promise<unknown>,
): Promise<Watched> {
  const over = new AbortController();
  const ended = work.finally(() => over.abort());
  const repeat = async (pauseMs: number, act: () => Promise<unknown>) => {
    const took: number[] = [];
    while (!over.signal.aborted) {
      const begun = monotonicMs();
      await act();
      took.push(monotonicMs() - begun);
      await delay(pauseMs);
    }
    return spreadOf(took);
  };
  const caller = platform.as(IDENTITY);
  const [{ id = '' } = {}] = await jobQueue.list(caller, { limit: 1 });
  // The first of its kind takes five times as long.
  await Promise.all([jobQueue.list(caller, { limit: 100 }), jobQueue.explain(caller, id)]);
  const foreign = await foreignSelect(url, 'select no from nightshift.app_user where no = 1');
  const [list, explain] = await Promise.all([
    repeat(VERB_PAUSE_MS, () => jobQueue.list(caller, { limit: 100 })),
    repeat(VERB_PAUSE_MS, () => jobQueue.explain(caller, id)),
    ended,
  ]);
  const select = spreadOf(await foreign.stop());
  return { select, list, explain };
}

/** One-off entries of one category, in which one runs at a time: from the end of one run to the beginning of the next. */
async function measureCategory({ postgres, rounds }: World, entries: number): Promise<Outcome> {
  const world = await jobQueueWorld(await postgres.database('category'), null);
  const all: Spread[] = [];
  let overlaps = 0;
  try {
    for (let round = 0; round <= rounds; round++) {
      await drain(world, entries, { category: 'BENCH' });
      const spans = world.spans.toSorted((one, other) => one.beganAt - other.beganAt);
      const gaps = spans.slice(1).map(({ beganAt }, before) => beganAt - (spans[before]?.endedAt ?? 0));
      overlaps += gaps.filter((gap) => gap < 0).length;
      const spread = spreadOf(gaps);
      tell(`${nameOf(round)}  one category: p50 ${shown(spread.p50)} ms from one to the next`);
      if (round > 0) all.push(spread);
    }
  } finally {
    await world.close();
  }
  const [p50s, p95s] = [all.map(({ p50 }) => p50), all.map(({ p95 }) => p95 ?? Number.NaN)];
  const table: Table = {
    title: `${whole(entries)} entries of one category, from the end of a run to the beginning of the next`,
    head: ['', 'p50', 'min – max', 'p95'],
    rows: [['between two runs', `${shown(median(p50s))} ms`, range(p50s), `${shown(median(p95s))} ms`]],
    notes: [`${overlaps} runs overlapped`],
  };
  return { tables: [table], figures: { entries, all, overlaps } };
}

/** Plants entries and waits until all of them have run. `starting`: called shortly before they are due. */
async function drain(
  world: JobQueueWorld,
  entries: number,
  fields: object,
  starting: () => void = () => undefined,
): Promise<void> {
  const dueAt = await plantEntries(world, entries, plantingMs(entries), fields);
  await delay(Math.max(0, dueAt - monotonicMs() - LOOK_MS));
  starting();
  await finishedAll(world, entries);
}

async function finishedAll({ finished }: JobQueueWorld, entries: number): Promise<void> {
  const look = async () => {
    while (finished.length < entries) await delay(LOOK_MS);
  };
  await within(LIMIT_MS, `${whole(entries)} runs`, look());
}

const plantingMs = (entries: number) => PLANTING_MS + entries * PLANTING_MS_EACH;
const nameOf = (round: number) => (round === 0 ? 'warm-up' : `round ${round}`);

const paceText = (perSecond: number) =>
  perSecond === 0 ? 'as fast as can be' : `${whole(perSecond)} started a second`;

function instantTables(entries: number, measured: readonly Instant[]): readonly Table[] {
  const seconds = (value: number) => `${value.toFixed(2)} s`;
  const names = ['select', 'list', 'explain'] as const;
  return [
    {
      title: `${whole(entries)} recurring entries due at one instant: when they start after it, ${PLACES} at a time`,
      head: ['', 'first', 'half of them', '95 %', 'last'],
      rows: measured.map(({ perSecond, spread: { first, half, most, last } }) => [
        paceText(perSecond),
        ...[first, half, most, last].map(seconds),
      ]),
      notes: [],
    },
    ...measured.map(({ perSecond, idle, bare, busy }) => ({
      title: `What others notice meanwhile, ${paceText(perSecond)}, p95 in ms`,
      head: ['', 'before', `beside bare SQL on ${PLACES} connections`, 'meanwhile', '÷ before', '÷ bare SQL'],
      rows: names.map((name) => {
        const [before, beside, during] = [idle, bare, busy].map(
          (watched) => watched[name].p95 ?? Number.NaN,
        ) as [number, number, number];
        return [
          name === 'select' ? 'a foreign one-row SELECT' : name,
          shown(before),
          shown(beside),
          shown(during),
          (during / before).toFixed(2),
          (during / beside).toFixed(2),
        ];
      }),
      notes: [],
    })),
  ];
}

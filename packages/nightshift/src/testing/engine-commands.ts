import fc from 'fast-check';
import { ENGINE_PLACES } from './engine-instance.ts';
import type { RunStep } from './engine-run.ts';
import type { EngineWorld, Seat } from './engine-world.ts';

/** Instances that are alive at a time. */
const LIVE_MAX = 3;
/** Tasks that an instance holds at a time: one more than it runs. */
const HELD_MAX = ENGINE_PLACES + 1;

/** One act of a history, as fast-check keeps, runs and shrinks it. The world is its own model. */
export type EngineCommand = fc.AsyncCommand<object, EngineWorld>;
type Act = (world: EngineWorld) => Promise<unknown> | null;

/**
 * A command that does nothing where it makes no sense: `act` answers null then. What it chooses from depends on the
 * history before it, so it holds a number, which shrinks well, and neither a task nor an instance.
 */
function command(name: string, act: Act): EngineCommand {
  return {
    check: () => true,
    async run(_, world) {
      const done = act(world);
      if (done === null) return;
      await done;
      await world.check();
    },
    toString: () => name,
  };
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from.length === 0 ? undefined : from[at % from.length];
}

/** An act of one of the instances that can do it; which one, says a number. */
function bySeat(
  name: string,
  can: (seat: Seat) => boolean,
  act: (world: EngineWorld, seat: Seat) => Promise<unknown>,
): (at?: number) => EngineCommand {
  return (at = 0) =>
    command(`${name}(${at})`, (world) => {
      const seat = pick(world.seats.filter(can), at);
      return seat === undefined ? null : act(world, seat);
    });
}

const isLive = ({ state }: Seat) => state === 'live';
/** Alive, and not declared dead. */
const isHealthy = (seat: Seat) => isLive(seat) && !seat.ended;
const isZombie = (seat: Seat) => isLive(seat) && seat.ended;
/** Losing an instance that does nothing says nothing. */
const isBusy = ({ held, running }: Seat) => held.length + running.length > 0;
const roomOf = ({ held, running }: Seat) => HELD_MAX - held.length - running.length;
const canClaim = (seat: Seat) => isHealthy(seat) && roomOf(seat) > 0;
const canHandBack = (seat: Seat) => isLive(seat) && seat.held.length > 0;
const canStart = (seat: Seat) => canHandBack(seat) && seat.running.length < ENGINE_PLACES;

/** What a dispatcher does with places that are free. */
async function startAll(world: EngineWorld, seat: Seat): Promise<void> {
  await world.claim(seat, roomOf(seat));
  while (canStart(seat)) await world.start(seat);
}

function stepOf(can: (seat: Seat) => boolean, name: string): (step: RunStep, at?: number) => EngineCommand {
  return (step, at = 0) =>
    command(`${name}(${step}, ${at})`, (world) => {
      const running = world.seats.filter(can).flatMap((seat) => seat.running.map((run) => ({ seat, run })));
      const chosen = pick(running, at);
      if (chosen !== undefined) return world.take(chosen.seat, chosen.run, step);
      const idle = pick(world.seats.filter(canClaim), at);
      return idle === undefined ? null : startAll(world, idle);
    });
}

/** Everything that can happen, as commands. */
export const acts = {
  create: (ready = true, delayMs = 0, hasFailureCodeunit = false) =>
    command(`create(${ready}, ${delayMs}, ${hasFailureCodeunit})`, (world) =>
      world.create(ready, delayMs, hasFailureCodeunit),
    ),
  setReady: (at = 0, delayMs: number | null = null) =>
    command(`setReady(${at}, ${delayMs})`, (world) => {
      const task = pick(world.tasks, at);
      return task === undefined ? null : world.setReady(task, delayMs);
    }),
  cancel: (at = 0) =>
    command(`cancel(${at})`, (world) => {
      const task = pick(world.tasks, at);
      return task === undefined ? null : world.cancel(task);
    }),
  tick: (ms: number) => command(`tick(${ms})`, (world) => world.parts.clock.advance(ms)),
  join: () =>
    command('join()', (world) => (world.seats.filter(isLive).length < LIVE_MAX ? world.join() : null)),
  work: bySeat('work', canClaim, startAll),
  workOnSuspects: bySeat(
    'workOnSuspects',
    (seat) => isHealthy(seat) && seat.running.length < ENGINE_PLACES,
    (world, seat) => world.workOnSuspects(seat),
  ),
  claim: bySeat('claim', canClaim, (world, seat) => world.claim(seat, roomOf(seat))),
  claimOne: bySeat('claimOne', canClaim, (world, seat) => world.claim(seat, 1)),
  claimInVain: bySeat('claimInVain', isHealthy, (world, seat) => world.claimInVain(seat, 2)),
  /** In the moment before it notices, and in which it dies. */
  claimAsZombie: bySeat('claimAsZombie', isZombie, (world, seat) => world.claimInVain(seat, 1)),
  releaseUnknown: bySeat('releaseUnknown', isLive, (world, seat) => world.releaseUnknown(seat)),
  handBack: bySeat('handBack', canHandBack, (world, seat) => world.handBack(seat)),
  start: bySeat('start', canStart, (world, seat) => world.start(seat)),
  take: stepOf(isLive, 'take'),
  takeAsZombie: stepOf(isZombie, 'takeAsZombie'),
  sever: bySeat('sever', isLive, (world, seat) => world.sever(seat)),
  crash: bySeat(
    'crash',
    (seat) => seat.state !== 'crashed' && isBusy(seat),
    (world, seat) => world.crash(seat),
  ),
  freeze: bySeat(
    'freeze',
    (seat) => isLive(seat) && isBusy(seat),
    (world, seat) => world.freeze(seat),
  ),
  thaw: bySeat(
    'thaw',
    ({ state }) => state === 'frozen',
    (world, seat) => world.thaw(seat),
  ),
  /** Frozen until it was declared dead, and back without knowing it. */
  zombie: bySeat(
    'zombie',
    (seat) => isHealthy(seat) && isBusy(seat),
    async (world, seat) => {
      await world.freeze(seat);
      await world.reap(world.seats.find(isHealthy) ?? (await world.join()));
      await world.thaw(seat);
    },
  ),
  reap: bySeat('reap', isHealthy, (world, seat) => world.reap(seat)),
  leave: bySeat('leave', isZombie, (world, seat) => world.leave(seat)),
};

const index = fc.nat({ max: 11 });
const delay = fc.constantFrom(0, 0, 0, 0, 0, 500, 3_000, 60_000);
const ready = fc.constantFrom(true, true, true, true, true, false);
const step = fc.constantFrom<RunStep>(
  ...(['touch', 'touch', 'part', 'end', 'end', 'pass', 'pass', 'quiet'] as const),
  ...(['retriable', 'retriable', 'final'] as const),
);
const steps = (take: typeof acts.take) => fc.tuple(step, index).map(([next, at]) => take(next, at));

/** What moves tasks comes more often than what disturbs it. */
const WEIGHTS: readonly (readonly [weight: number, command: fc.Arbitrary<EngineCommand>])[] = [
  [12, fc.tuple(ready, delay, fc.boolean()).map((task) => acts.create(...task))],
  [7, index.map(acts.work)],
  [4, index.map(acts.workOnSuspects)],
  [18, steps(acts.take)],
  [4, steps(acts.takeAsZombie)],
  [3, index.map(acts.start)],
  [3, fc.constantFrom(100, 1_000, 5_000, 60_000).map(acts.tick)],
  [4, fc.constant(acts.join())],
  [4, index.map(acts.reap)],
  [2, index.map(acts.crash)],
  [2, index.map(acts.freeze)],
  [2, index.map(acts.thaw)],
  [3, index.map(acts.zombie)],
  [2, index.map(acts.sever)],
  [1, index.map(acts.claim)],
  [1, index.map(acts.claimOne)],
  [1, index.map(acts.claimInVain)],
  [1, index.map(acts.claimAsZombie)],
  [1, index.map(acts.releaseUnknown)],
  [1, index.map(acts.handBack)],
  [1, index.map(acts.leave)],
  [1, fc.tuple(index, fc.option(delay)).map((wish) => acts.setReady(...wish))],
  [1, index.map(acts.cancel)],
];

/** Histories of at most so many acts. */
export function engineHistories(maximum: number): fc.Arbitrary<Iterable<EngineCommand>> {
  const commands = WEIGHTS.flatMap(([weight, one]) => Array.from({ length: weight }, () => one));
  // Without the bias towards short ones, in which nothing has time to go wrong.
  return fc.noBias(fc.commands(commands, { maxCommands: maximum, size: 'max' }));
}

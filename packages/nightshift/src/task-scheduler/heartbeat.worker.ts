import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type pg from 'pg';
import { connect, executorOver } from '../database/index.ts';
import { SECOND_MS, storedErrorOf, systemClock } from '../foundation/index.ts';
import { ClaimLedger } from './claim-ledger.ts';
import { HandBack } from './hand-back.ts';
import { beat, holdPresenceLock, registerInstance } from './presence.sql.ts';
import type { HeartbeatOrder, HeartbeatReport } from './presence.ts';
import { SessionDeadlines } from './session-deadlines.ts';
import { VitalSigns } from './vital-signs.ts';
import { type Blockage, Watchdog } from './watchdog.ts';
import { examineMainThread } from './watchdog-examination.ts';
import { describeBlockedBy } from './watchdog-place.ts';

// The heartbeat thread: registers the instance, then beats every second over a connection of its own, whatever the
// main thread is doing. A beat also says what keeps the main thread from running. While something does, this thread hands
// back what the instance has claimed and not started; and when that goes on for too long, it ends the process.
// Every start of an instance waits for this thread and what it loads, so it imports only what it needs: no upper floor.

const BEAT_MS = SECOND_MS;
const RECONNECT_MS = 500;
/** Registering waits for other instances that register. */
const REGISTER_MS = 30 * SECOND_MS;
const order = workerData as HeartbeatOrder;
const startedAt = systemClock.monotonic();
const signs = new VitalSigns(order.memory);
const deadlines = new SessionDeadlines(0, order.deadlines);
const handBack = new HandBack(new ClaimLedger(order.claims), order.epoch);
/** Handing back may read the whole table. */
const HAND_BACK_MS = 6 * SECOND_MS;
const STDERR = 2;

/** Since the presence began. Too little by what starting this thread took, so a beat never looks younger than it is. */
function age(): number {
  return order.ageMs + systemClock.monotonic() - startedAt;
}

function report(message: HeartbeatReport): void {
  parentPort?.postMessage(message);
}

/** The heart's connection: who has not got an answer in time must not wait for one. */
interface Line {
  readonly client: pg.Client;
  lost: boolean;
  /** Whether this connection holds the presence lock. A connection that was lost may hold it for a while. */
  locked: boolean;
}

async function open(): Promise<Line> {
  const settings = { ...order.settings, applicationName: `${order.settings.applicationName} heartbeat` };
  let line: Line | null = null;
  const client = await connect(settings, false, () => {
    if (line !== null) line.lost = true;
  });
  line = { client, lost: false, locked: false };
  return line;
}

/** The answer, or null if there is none within `ms`. @throws what the answer rejects with */
async function inTime<T>(ms: number, answer: Promise<T>): Promise<T | null> {
  const enough = new AbortController();
  const late = systemClock.sleep(ms, enough.signal).then(() => null);
  try {
    return await Promise.race([answer, late]);
  } finally {
    enough.abort();
  }
}

async function register({ client }: Line): Promise<number> {
  const tx = executorOver(client);
  const { epoch, host, processId, version, codeunits, runsTasks } = order;
  await client.query('begin');
  await tx.run(order.lockEnvironment, []);
  const values = [epoch, host, processId, version, codeunits, runsTasks];
  const [row] = await tx.run<{ place: number }>(registerInstance, values);
  if (row === undefined) throw new Error('2047 server instances run already');
  await tx.run(holdPresenceLock, [row.place]);
  await client.query('commit');
  return row.place;
}

/** Beats until the connection breaks or the epoch has ended; says which. */
async function beatOver(line: Line, place: number, watchdog: Watchdog): Promise<'ended' | 'lost'> {
  const executor = executorOver(line.client);
  while (!line.lost) {
    const { blockage } = watchdog;
    const values = [
      order.epoch,
      blockage === null ? null : Math.round(age() - blockage.since),
      blockage === null ? null : JSON.stringify(blockage.by),
    ];
    const rows = await inTime(order.answerMs, executor.run(beat, values)).catch(() => null);
    if (rows === null) return 'lost';
    if (rows.length === 0) return 'ended';
    signs.beatAt = age();
    if (blockage !== null) handBack.take();
    const tasks = await inTime(HAND_BACK_MS, handBack.write(executor)).catch(() => null);
    if (tasks === null) return 'lost';
    if (tasks > 0) report({ kind: 'handed-back', tasks });
    if (!line.locked) {
      const tried = executor.run<{ held: boolean }>(holdPresenceLock, [place]);
      const answer = await inTime(order.answerMs, tried).catch(() => null);
      if (answer === null) return 'lost';
      line.locked = answer[0]?.held === true;
    }
    await systemClock.sleep(BEAT_MS);
  }
  return 'lost';
}

/** Until the timeout of the session that blocks; of the one that may take longest, when it is not known which it is. */
function patienceMs({ since, by }: Blockage): number {
  const known = by.sessionId === null ? null : deadlines.of(by.sessionId);
  const deadline = known ?? deadlines.latest() ?? since + order.sessionTimeoutMs;
  return Math.max(0, deadline - since) + order.blockedGraceMs;
}

/** Nothing that needs the main thread would come to an end: no handler of a signal, no stream, no exit of the process. */
function endProcess({ by }: Blockage, ms: number): void {
  const seconds = Math.round(ms / SECOND_MS);
  const text = `Nightshift ends this process: its main thread has been blocked for ${seconds} s by ${describeBlockedBy(by)}, longer than its timeout allows. Its other tasks run again elsewhere.\n`;
  try {
    writeSync(STDERR, text);
  } catch {
    // Nobody reads it.
  }
  process.kill(process.pid, 'SIGKILL');
}

function watchdogOf(): Watchdog {
  return new Watchdog({
    signs,
    clock: systemClock,
    blockedMs: order.blockedMs,
    examine: examineMainThread,
    patienceMs,
    onHopeless: endProcess,
    onBlocked: ({ by, since }) => report({ kind: 'blocked', by, ms: Math.round(age() - since) }),
    onOver: ({ by }, ms) => report({ kind: 'over', by, ms }),
  });
}

async function main(): Promise<void> {
  let line = await open();
  const place = await inTime(REGISTER_MS, register(line));
  if (place === null) throw new Error('the database did not answer in time');
  line.locked = true;
  signs.beatAt = age();
  report({ kind: 'registered', place });
  const watchdog = watchdogOf();
  void watchdog.watch(new AbortController().signal);
  while ((await beatOver(line, place, watchdog)) === 'lost') {
    line.lost = true;
    // Without a server that answers, not even a goodbye comes to an end.
    await inTime(order.answerMs, line.client.end()).catch(() => undefined);
    await systemClock.sleep(RECONNECT_MS);
    const next = await open().catch(() => null);
    if (next !== null) line = next;
  }
  report({ kind: 'ended' });
  await line.client.end().catch(() => undefined);
  // The main thread ends this one now. While it cannot, because it is blocked, it is still watched.
}

main().catch((error: unknown) => report({ kind: 'failed', message: storedErrorOf(error).message }));

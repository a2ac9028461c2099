import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ConnectionSettings, Statement } from '../database/index.ts';
import {
  NightshiftError,
  randomUuid,
  SECOND_MS,
  systemClock,
  undebuggedThread,
} from '../foundation/index.ts';
import { lockEnvironment } from '../permissions/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { ClaimLedger } from './claim-ledger.ts';
import { SessionDeadlines } from './session-deadlines.ts';
import { TASK_TIMEOUT_MS_DEFAULT } from './task-scheduler-options.ts';
import { VitalSigns } from './vital-signs.ts';
import { BLOCKED_GRACE_MS, BLOCKED_MS, tickMsOf } from './watchdog.ts';
import { type BlockedBy, describeBlockedBy } from './watchdog-place.ts';

/** An instance without a beat for this long is dead. */
export const LEASE_MS = 15 * SECOND_MS;
/** An instance whose presence lock is gone is dead after this long without a beat. */
export const LOCK_LEASE_MS = 3 * SECOND_MS;
/** An instance that cannot beat stops its own work this long after the last beat, well before others take it. */
export const SELF_FENCE_MS = 10 * SECOND_MS;
/** A connection that has not answered the heartbeat for this long is lost, even if nobody has said so. */
export const ANSWER_MS = 3 * SECOND_MS;

/** What the heartbeat thread is told. */
export interface HeartbeatOrder {
  readonly settings: ConnectionSettings;
  readonly epoch: string;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
  readonly codeunits: readonly string[];
  readonly runsTasks: boolean;
  /** Of the vital signs; see there. */
  readonly memory: SharedArrayBuffer;
  /** Of the claim ledger, and of the session deadlines. */
  readonly claims: SharedArrayBuffer;
  readonly deadlines: SharedArrayBuffer;
  /** How long ago the presence began, when the thread was ordered. */
  readonly ageMs: number;
  readonly blockedMs: number;
  readonly blockedGraceMs: number;
  /** How long a session may take that is not known. */
  readonly sessionTimeoutMs: number;
  readonly answerMs: number;
  /** The statement that orders registrations; told, since the module that declares it would load the rules of rights. */
  readonly lockEnvironment: Statement;
}

/** What the heartbeat thread tells. */
export type HeartbeatReport =
  | { readonly kind: 'registered'; readonly place: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'handed-back'; readonly tasks: number }
  | { readonly kind: 'blocked'; readonly by: BlockedBy; readonly ms: number }
  | { readonly kind: 'over'; readonly by: BlockedBy; readonly ms: number };

/** What an instance says of itself. */
export interface InstanceFacts {
  readonly version: string;
  readonly codeunits: readonly string[];
  readonly runsTasks: boolean;
}

/** Who is told what happens to a presence, and how patient it is. */
export interface PresenceOptions {
  /** Called once when another instance has declared this one dead. */
  readonly onEnded: () => void;
  readonly telemetry: Telemetry;
  /** Default: `BLOCKED_MS`. */
  readonly blockedMs?: number;
  /** How long a main thread may stay blocked past its session's timeout. Default: `BLOCKED_GRACE_MS`. */
  readonly blockedGraceMs?: number;
  /** How long code may block that belongs to no session. Default: that of a task. */
  readonly sessionTimeoutMs?: number;
  /** Default: `ANSWER_MS`. */
  readonly answerMs?: number;
}

/** A registered server instance: alive in the eyes of the others while its heartbeat thread beats. */
export interface Presence {
  /** New at every start. */
  readonly epoch: string;
  /** A small number, reused; part of session ids. */
  readonly place: number;
  /** Milliseconds since the last beat that the database took; right also just after the main thread was blocked. */
  silentMs(): number;
  /** Where tasks are listed that are claimed and have not begun: the watchdog may hand them back. */
  readonly claims: ClaimLedger;
  /** Where it is noted until when sessions may run: the watchdog ends the process when one blocks it for longer. */
  readonly deadlines: SessionDeadlines;
  /** Ends the thread; the row is ended by the caller. */
  stop(): Promise<void>;
}

/** TypeScript from sources, JavaScript from the build. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './heartbeat.worker.ts' : './heartbeat.worker.js',
  import.meta.url,
);

/**
 * Registers this process as a server instance and keeps it alive from a thread of its own, so that code which blocks
 * the event loop does not lose the lease. That thread also finds out which code it is, hands back what has not begun, and
 * in the end kills the process (SIGKILL), so that others can take over the rest.
 * @throws NightshiftError DATABASE_UNAVAILABLE
 */
export async function startPresence(
  settings: ConnectionSettings,
  facts: InstanceFacts,
  options: PresenceOptions,
): Promise<Presence> {
  const { onEnded, telemetry, blockedMs = BLOCKED_MS, answerMs = ANSWER_MS } = options;
  const { blockedGraceMs = BLOCKED_GRACE_MS, sessionTimeoutMs = TASK_TIMEOUT_MS_DEFAULT } = options;
  // Beats are real: a test that travels in time does not make the heart stop.
  const begun = systemClock.monotonic();
  const age = () => systemClock.monotonic() - begun;
  const signs = new VitalSigns();
  const claims = new ClaimLedger();
  const deadlines = new SessionDeadlines(begun);
  const ticking = new AbortController();
  void tick(signs, age, tickMsOf(blockedMs), ticking.signal);
  const epoch = randomUuid();
  const worker = new Worker(WORKER, {
    workerData: {
      ...facts,
      settings,
      epoch,
      host: hostname(),
      processId: process.pid,
      memory: signs.memory,
      claims: claims.memory,
      deadlines: deadlines.memory,
      ageMs: age(),
      blockedMs,
      blockedGraceMs,
      sessionTimeoutMs,
      answerMs,
      lockEnvironment,
    } satisfies HeartbeatOrder,
    name: 'heartbeat',
    ...undebuggedThread(process.execArgv, process.env),
  });
  const stop = async () => {
    ticking.abort();
    await worker.terminate();
  };
  const registered = Promise.withResolvers<number>();
  worker.on('message', (report: HeartbeatReport) => {
    if (report.kind === 'registered') registered.resolve(report.place);
    else if (report.kind === 'failed')
      registered.reject(new NightshiftError('DATABASE_UNAVAILABLE', report.message));
    else if (report.kind === 'ended') onEnded();
    else if (report.kind === 'handed-back') telemetry.emit('NS0021', { epoch, tasks: report.tasks });
    else tellBlockage(telemetry, epoch, report);
  });
  worker.on('error', (error) => {
    registered.reject(error);
    onEnded();
  });
  try {
    const place = await registered.promise;
    return { epoch, place, silentMs: () => age() - signs.beatAt, claims, deadlines, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function tick(
  signs: VitalSigns,
  age: () => number,
  tickMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    signs.tickAt = age();
    await systemClock.sleep(tickMs, signal);
  }
}

/** Both events come when the main thread runs again. The place of native code is known to the second one only. */
function tellBlockage(
  telemetry: Telemetry,
  epoch: string,
  { kind, by, ms }: Extract<HeartbeatReport, { readonly by: BlockedBy }>,
): void {
  const { user: _, ...known } = by;
  telemetry.emit(kind === 'blocked' ? 'NS0009' : 'NS0010', {
    epoch,
    ms,
    what: describeBlockedBy(by),
    ...known,
  });
}

import process from 'node:process';
import pg from 'pg';
import { type MeasureContext, type Measurement, measure, type Sample } from './measure.ts';
import { monotonicMs } from './progress.ts';
import { residentMegabytes } from './stopwatch.ts';
import { systemNamed } from './systems/registry.ts';
import type { ProducerRun, TaskKind, WorkerRun } from './systems/system.ts';

/** The argument by which this program learns that it is to serve one system. */
export const CHILD_ARGUMENT = '--serve-system';

/** What a child is told when it starts. */
export interface ChildSetup {
  readonly system: string;
  readonly url: string;
  readonly postmaster: number;
  /** Whether it makes the tables. */
  readonly install: boolean;
}

/** How far an opened worker has come; instants are those of `monotonicMs`. */
export interface Ran {
  readonly tasks: number;
  readonly lastAt: number;
}

/** What a child can be asked: the request and the answer of each call. */
export interface ChildCalls {
  /** Measures a whole drain or enqueuing. */
  readonly measure: { readonly request: Measurement; readonly answer: Sample };
  /** Puts tasks in place that are due in a year. */
  readonly plant: { readonly request: { readonly tasks: number }; readonly answer: null };
  /** Opens a worker; `tells`: whether each task is told at once, as a mark. */
  readonly openWorker: {
    readonly request: { readonly kind: TaskKind; readonly tells: boolean };
    readonly answer: null;
  };
  readonly openProducer: { readonly request: null; readonly answer: null };
  /** A backlog by the opened worker; answers when its COMMIT was sent. */
  readonly load: { readonly request: { readonly tasks: number }; readonly answer: number };
  /** One task by what is open; answers when the call began. */
  readonly one: { readonly request: null; readonly answer: number };
  readonly ran: { readonly request: null; readonly answer: Ran };
  readonly memory: { readonly request: null; readonly answer: number };
  readonly close: { readonly request: null; readonly answer: null };
}

/** The name of a call. */
export type ChildCall = keyof ChildCalls;

/** One call as it is sent. */
export interface ChildRequest<K extends ChildCall = ChildCall> {
  readonly call: K;
  readonly request: ChildCalls[K]['request'];
}

/** What a child says: first who it is, then an answer to each call, and marks in between. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly options: string; readonly guarantee: string }
  | { readonly kind: 'answer'; readonly answer: ChildCalls[ChildCall]['answer'] }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'mark'; readonly at: number };

/** Serves one system in a process of its own, so that memory, caches and pollers of the others stay away. */
export async function serveSystem(setupText: string): Promise<void> {
  const { system: name, url, postmaster, install } = JSON.parse(setupText) as ChildSetup;
  const referee = new pg.Client({ connectionString: url });
  await referee.connect();
  const system = await systemNamed(name, { url, referee });
  if (install) await system.install();
  const calls = callsOf({ name, system, referee, postmaster });
  process.on('message', async ({ call, request }: ChildRequest) => {
    try {
      const handle = calls[call] as (request: unknown) => Promise<ChildCalls[ChildCall]['answer']>;
      say({ kind: 'answer', answer: await handle(request) });
    } catch (error) {
      say({
        kind: 'failed',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  });
  process.on('disconnect', () => process.exit());
  say({ kind: 'ready', options: system.options, guarantee: system.guarantee });
}

type Handlers = {
  readonly [K in ChildCall]: (request: ChildCalls[K]['request']) => Promise<ChildCalls[K]['answer']>;
};

function callsOf(context: MeasureContext): Handlers {
  const { system } = context;
  let worker: WorkerRun | null = null;
  let producer: ProducerRun | null = null;
  let ran: Ran = { tasks: 0, lastAt: 0 };
  return {
    measure: (measurement) => measure(context, measurement),
    async plant({ tasks }) {
      await system.plant(tasks);
      // As PostgreSQL would have done by itself after some time.
      for (const statement of [...system.sql.tidy, 'checkpoint']) await context.referee.query(statement);
      return null;
    },
    async openWorker({ kind, tells }) {
      ran = { tasks: 0, lastAt: 0 };
      worker = await system.openWorker(kind, () => {
        const at = monotonicMs();
        ran = { tasks: ran.tasks + 1, lastAt: at };
        if (tells) say({ kind: 'mark', at });
      });
      return null;
    },
    async openProducer() {
      producer = await system.openProducer(true);
      return null;
    },
    async load({ tasks }) {
      let at = Number.NaN;
      await opened(worker).load(tasks, async () => {
        at = monotonicMs();
      });
      return at;
    },
    async one() {
      const at = monotonicMs();
      await opened(producer ?? worker).one();
      return at;
    },
    ran: async () => ran,
    memory: async () => residentMegabytes(),
    async close() {
      await worker?.close();
      await producer?.close();
      worker = null;
      producer = null;
      return null;
    },
  };
}

function opened<T>(run: T | null): T {
  if (run === null) throw new Error('nothing was opened');
  return run;
}

function say(message: ChildMessage): void {
  process.send?.(message);
}

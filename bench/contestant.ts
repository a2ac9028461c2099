import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  CHILD_ARGUMENT,
  type ChildCall,
  type ChildCalls,
  type ChildMessage,
  type ChildSetup,
} from './child.ts';
import type { ScratchPostgres } from './scratch-postgres.ts';

const ENTRY = fileURLToPath(new URL('main.ts', import.meta.url));

type Answer = Exclude<ChildMessage, { kind: 'mark' }>;

/** A system in its own process, seen from the process that leads the rounds. */
export class Contestant {
  readonly name: string;
  readonly url: string;
  options = '';
  guarantee = '';
  readonly #child: ChildProcess;
  readonly #marks: number[] = [];
  #marked: () => void = () => undefined;
  #answered: PromiseWithResolvers<Answer> | null = null;

  private constructor(child: ChildProcess, { system, url }: ChildSetup) {
    this.#child = child;
    this.name = system;
    this.url = url;
    child.on('message', (message: ChildMessage) => {
      if (message.kind !== 'mark') return this.#answered?.resolve(message);
      this.#marks.push(message.at);
      this.#marked();
    });
    child.once('exit', (code, signal) =>
      this.#answered?.reject(new Error(`the process of ${system} ended with ${code ?? signal}`)),
    );
  }

  /** Starts the process and lets it make its tables, unless another one has made them. */
  static async start(setup: ChildSetup): Promise<Contestant> {
    // graphile-worker writes a line for each job unless this is set; its own measurements set it.
    const env = { ...process.env, NO_LOG_SUCCESS: '1' };
    // Its standard output is not ours, which is for the tables.
    const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
    const child = fork(ENTRY, [CHILD_ARGUMENT, JSON.stringify(setup)], { env, stdio });
    const contestant = new Contestant(child, setup);
    const about = await contestant.#answer();
    if (about.kind !== 'ready') throw new Error(`${setup.system} answered out of turn`);
    contestant.options = about.options;
    contestant.guarantee = about.guarantee;
    return contestant;
  }

  /** Asks for something and waits for the answer. @throws what the system threw */
  async call<K extends ChildCall>(
    call: K,
    request: ChildCalls[K]['request'],
  ): Promise<ChildCalls[K]['answer']> {
    const answer = this.#answer();
    this.#child.send({ call, request });
    const said = await answer;
    if (said.kind === 'answer') return said.answer as ChildCalls[K]['answer'];
    throw new Error(`${this.name}, ${call}: ${said.kind === 'failed' ? said.reason : said.kind}`);
  }

  /** When a task was told, in the order of telling; waits for the next one. */
  async mark(): Promise<number> {
    for (;;) {
      const at = this.#marks.shift();
      if (at !== undefined) return at;
      await new Promise<void>((resolve) => {
        this.#marked = resolve;
      });
    }
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Ends the process. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  #answer(): Promise<Answer> {
    this.#answered = Promise.withResolvers<Answer>();
    return this.#answered.promise;
  }
}

/** Starts a process for each name, all with databases of their own, and ends them after `work`. */
export async function withContestants<T>(
  postgres: ScratchPostgres,
  names: readonly string[],
  work: (contestants: ReadonlyMap<string, Contestant>) => Promise<T>,
): Promise<T> {
  const contestants = new Map<string, Contestant>();
  try {
    for (const system of names) {
      const url = await postgres.database(system);
      const setup = { system, url, postmaster: postgres.pid, install: true };
      contestants.set(system, await Contestant.start(setup));
    }
    return await work(contestants);
  } finally {
    await Promise.all([...contestants.values()].map((contestant) => contestant.end()));
  }
}

/** Another process of the same system on the same database. */
export function another(postgres: ScratchPostgres, { name, url }: Contestant): Promise<Contestant> {
  return Contestant.start({ system: name, url, postmaster: postgres.pid, install: false });
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CHILD_ARGUMENT, type ChildMessage, type ChildRequest, type ChildSetup } from './child.ts';
import type { Sample } from './scenario.ts';

const ENTRY = fileURLToPath(new URL('main.ts', import.meta.url));

/** A system in its own process, seen from the process that leads the rounds. */
export class Contestant {
  readonly name: string;
  readonly options: string;
  readonly guarantee: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, about: Extract<ChildMessage, { kind: 'ready' }>) {
    this.#child = child;
    this.name = about.name;
    this.options = about.options;
    this.guarantee = about.guarantee;
  }

  /** Starts the process and lets it make its tables. */
  static async start(setup: ChildSetup): Promise<Contestant> {
    // graphile-worker writes a line for each job unless this is set; its own measurements set it.
    const env = { ...process.env, NO_LOG_SUCCESS: '1' };
    const child = fork(ENTRY, [CHILD_ARGUMENT, JSON.stringify(setup)], { env });
    const about = await messageFrom(child, setup.system);
    if (about.kind !== 'ready') throw new Error(`${setup.system} answered out of turn`);
    return new Contestant(child, about);
  }

  /** Measures once. @throws what the system threw */
  async measure(request: ChildRequest): Promise<Sample> {
    this.#child.send(request);
    const answer = await messageFrom(this.#child, this.name);
    if (answer.kind === 'sample') return answer.sample;
    throw new Error(
      `${this.name}, ${request.scenario}: ${answer.kind === 'failed' ? answer.reason : answer.kind}`,
    );
  }

  /** Ends the process. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

function messageFrom(child: ChildProcess, name: string): Promise<ChildMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<ChildMessage>();
  const onExit = (code: number | null) => reject(new Error(`the process of ${name} ended with ${code}`));
  child.once('exit', onExit);
  child.once('message', (message: ChildMessage) => {
    child.off('exit', onExit);
    resolve(message);
  });
  return promise;
}

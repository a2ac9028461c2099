import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A `nightshift serve` of its own process, so that it can be killed. */
export interface ServerProcess {
  readonly pid: number;
  /** Ends it without a chance to clean up, as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to drain and stop. Resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Resolves when it has ended, with its exit code. */
  readonly ended: Promise<number | null>;
}

/** What the database of the demonstration is called, so that nobody takes it for another one. */
export const ENVIRONMENT = 'demo';

/** Starts the server on an application and an embedded database. */
export function startServer(
  root: string,
  dataDirectory: string,
  onLine: (line: string) => void,
): ServerProcess {
  const child = spawn(
    process.execPath,
    [
      '--conditions=nightshift-source',
      'packages/nightshift/src/cli/main.ts',
      ...['serve', '--quiet', '--app', 'examples/order-sync/app.ts', '--data', dataDirectory],
      ...['--environment', ENVIRONMENT],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  return {
    pid: child.pid ?? 0,
    ended,
    kill: () => endWith(child, 'SIGKILL', ended).then(() => undefined),
    stop: () => endWith(child, 'SIGTERM', ended),
  };
}

function endWith(
  child: ChildProcess,
  signal: NodeJS.Signals,
  ended: Promise<number | null>,
): Promise<number | null> {
  child.kill(signal);
  return ended;
}

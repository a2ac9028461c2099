import { type ChildProcess, fork } from 'node:child_process';
import { SECOND_MS, systemClock } from '../../foundation/index.ts';
import { ipcChannel } from './channel.ts';
import { FROM_SOURCE, inheritedFlags } from './inherited-flags.ts';
import type { Death, IsolateBody, IsolateLaunch, IsolateOrder } from './isolate-body.ts';
import { residentMemory } from './resident-memory.ts';

/** How long the last messages of a process that is gone may take. */
const LAST_MESSAGES_MS = SECOND_MS;
const MEMORY_CHECK_MS = SECOND_MS / 2;
/** What is kept of the process's last words, in characters. */
const LAST_WORDS_LENGTH = 8_192;
/**
 * What a process is given of this one's environment: how it tells time and text, and where Node keeps what it has
 * compiled, without which its start takes three times the CPU; nothing that could be a secret.
 */
const ENVIRONMENT = ['TZ', 'LANG', 'LC_ALL', 'SystemRoot', 'NODE_COMPILE_CACHE'];

/** Starts a process: bare environment, no shell, no files but the IPC channel and its output. */
export function startProcess(launch: IsolateLaunch): IsolateBody {
  const child = fork(new URL(launch.processEntry), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: bareEnvironment(),
    execArgv: [
      ...inheritedFlags(process.execArgv, FROM_SOURCE),
      `--max-old-space-size=${launch.processMemoryMb}`,
    ],
  });
  const channel = ipcChannel(child);
  const order: IsolateOrder = {
    applicationModule: launch.applicationModule,
    settings: launch.settings,
  };
  const lastWords = passOutput(child);
  const kill = () => {
    child.kill('SIGKILL');
  };
  // One that cannot be spoken to any more is of no use.
  child.once('disconnect', kill);
  const died = deathOf(child, lastWords, launch.processMemoryMb);
  channel.post(order);
  return {
    channel,
    died,
    kill,
    hold: (holds) => hold(child, holds),
    watchMemory: (signal) => watchMemory(child, launch.processMemoryMb, signal),
  };
}

async function deathOf(child: ChildProcess, lastWords: () => string, megabytes: number): Promise<Death> {
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve));
  const closed = new Promise((resolve) => child.once('close', resolve));
  const death = await new Promise<Death>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
    );
    // One that could not be started has no exit.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ kind: 'broken', error });
    });
  });
  await Promise.race([Promise.all([disconnected, closed]), systemClock.sleep(LAST_MESSAGES_MS)]);
  return lastWords().includes('heap out of memory') ? { kind: 'memory', megabytes } : death;
}

/** What it prints goes to this process's stderr, line by line, with its number before it. */
function passOutput(child: ChildProcess): () => string {
  let lastWords = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    let line = '';
    stream?.on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_LENGTH);
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      if (line.length > LAST_WORDS_LENGTH) {
        lines.push(line);
        line = '';
      }
      if (lines.length > 0)
        process.stderr.write(lines.map((one) => `[isolate ${child.pid}] ${one}\n`).join(''));
    });
  }
  return () => lastWords;
}

/** Streams and channel keep this process alive as well. */
function hold(child: ChildProcess, holds: boolean): void {
  const parts = [child, child.channel, child.stdout, child.stderr] as readonly unknown[];
  for (const part of parts as readonly ({ ref?: () => void; unref?: () => void } | null | undefined)[]) {
    if (holds) part?.ref?.();
    else part?.unref?.();
  }
}

/** The heap's limit does not count what lies outside the heap, so the whole process is watched. */
async function watchMemory(
  child: ChildProcess,
  megabytes: number,
  signal: AbortSignal,
): Promise<number | null> {
  while (!signal.aborted) {
    const used = child.pid === undefined ? null : await residentMemory(child.pid);
    if (used === null) return null;
    if (used > megabytes) return megabytes;
    await systemClock.sleep(MEMORY_CHECK_MS, signal);
  }
  return null;
}

function bareEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of ENVIRONMENT) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

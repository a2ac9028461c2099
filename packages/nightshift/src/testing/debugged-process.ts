import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { within } from './condition.ts';

/** What the debugger of a process says. */
interface Told {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A pause: where, and why. */
export interface Paused {
  readonly hitBreakpoints: readonly string[];
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly location: { readonly lineNumber: number };
  }[];
}

/** A process under a debugger, stopped before its first line. */
export interface DebuggedProcess {
  readonly child: ChildProcess;
  /** What it prints on standard output. */
  readonly out: readonly string[];
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  ask<T>(method: string, params?: unknown): Promise<T>;
  /** The next pause, also one that came already. */
  paused(): Promise<Paused>;
  disconnect(): void;
}

/** Starts Node so that it waits for a debugger on a port of 127.0.0.1, by a flag or by NODE_OPTIONS, and connects. */
export async function debugProcess(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DebuggedProcess> {
  const child = spawn(process.execPath, [...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  const out: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => out.push(line));
  const address = Promise.withResolvers<string>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    const url = /ws:\/\/\S+/.exec(line)?.[0];
    if (url !== undefined) address.resolve(url);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const socket = new WebSocket(await within('its debugger listens', address.promise));
  await within(
    'its debugger answers',
    new Promise((resolve) => socket.addEventListener('open', resolve, { once: true })),
  );
  return { child, out, ended, ...conversation(socket) };
}

function conversation(socket: WebSocket): Pick<DebuggedProcess, 'ask' | 'paused' | 'disconnect'> {
  const answers = new Map<number, PromiseWithResolvers<unknown>>();
  const pauses: Paused[] = [];
  let waiting: PromiseWithResolvers<Paused> | null = null;
  let asked = 0;
  socket.addEventListener('message', ({ data }) => {
    const told = JSON.parse(String(data)) as Told;
    if (told.id !== undefined) {
      const answer = answers.get(told.id);
      if (told.error === undefined) answer?.resolve(told.result);
      else answer?.reject(new Error(told.error.message));
    }
    if (told.method !== 'Debugger.paused') return;
    if (waiting === null) pauses.push(told.params as Paused);
    else waiting.resolve(told.params as Paused);
    waiting = null;
  });
  return {
    ask<T>(method: string, params: unknown = {}) {
      const id = ++asked;
      const answer = Promise.withResolvers<unknown>();
      answers.set(id, answer);
      socket.send(JSON.stringify({ id, method, params }));
      return within(`the debugger answers ${method}`, answer.promise) as Promise<T>;
    },
    paused() {
      const next = pauses.shift();
      if (next !== undefined) return Promise.resolve(next);
      waiting = Promise.withResolvers();
      return within('it stops at a breakpoint', waiting.promise);
    },
    disconnect: () => socket.close(),
  };
}

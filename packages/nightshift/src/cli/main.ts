#!/usr/bin/env node
import process from 'node:process';
import { systemClock } from '../foundation/index.ts';
import { runCommandLine } from './command-line.ts';
import type { Surroundings } from './surroundings.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const STRAY_FAULTS = ['unhandledRejection', 'uncaughtException'] as const;

const surroundings: Surroundings = {
  output: {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    bytes: (content) => process.stdout.write(content),
    isTerminal: process.stdout.isTTY === true,
  },
  input: {
    stream: process.stdin,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    echo: process.stderr,
  },
  environment: process.env,
  workingDirectory: process.cwd(),
  clock: systemClock,
  onStop(listener) {
    for (const signal of STOP_SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of STOP_SIGNALS) process.off(signal, listener);
    };
  },
  onStrayFault(listener) {
    const ends = STRAY_FAULTS.map((kind) => {
      const take = (error: unknown) => listener({ kind, error });
      process.on(kind, take);
      return () => process.off(kind, take);
    });
    return () => {
      for (const end of ends) end();
    };
  },
  exit: (code) => process.exit(code),
};

// Whoever reads us may leave early (`| head`); that is no fault of the command.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (stream === process.stdout) process.exit();
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), surroundings);
// What an application left open must not keep a finished command alive; what was written must arrive before the end.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
);
process.exit();

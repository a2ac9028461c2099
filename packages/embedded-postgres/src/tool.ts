import type { SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { constants, promises as fs } from 'node:fs';
import process from 'node:process';
import type { Account } from './access.ts';
import { giveToUser } from './access.ts';
import { EmbeddedPostgresError, errorCodeOf, nullWhen } from './errors.ts';
import type { Place } from './place.ts';

/** A log larger than this many bytes is moved to `<log>.1` before a start; the one before it is lost. */
export const LOG_BYTES_MAX = 10_000_000;

/** How many lines of the log an error carries. */
export const LOG_TAIL_LINES = 20;

const LOG_TAIL_BYTES = 16_384;

/** What one run of a program left behind. */
export interface ToolResult {
  /** True when it ended with 0. */
  readonly succeeded: boolean;
  /** What it and its children have written to the log since it began; at most the last 16 kB. */
  readonly output: string;
}

/**
 * Runs `initdb` or `pg_ctl` as the server's account, in a session of its own, with its output in the log file.
 *
 * The session of its own is what keeps the server alive: Ctrl-C goes to every process of the terminal's group, and
 * `pg_ctl start` would take the server with it when it is interrupted while waiting.
 *
 * @throws EmbeddedPostgresError `START_FAILED` when the program cannot be run at all
 */
export async function runTool(
  place: Place,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ToolResult> {
  const log = await openLog(place.logFile, place.account);
  try {
    const before = (await log.stat()).size;
    const exitCode = await waitForExit(program, args, {
      // The server inherits our descriptor, so the log is written without asking what its account may write.
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      windowsHide: true,
      env: { ...inheritedEnvironment(), ...environment },
      // Our own current folder may be one that the account cannot enter.
      ...(process.platform === 'win32' ? {} : { cwd: '/' }),
      ...(place.account ?? {}),
    });
    return { succeeded: exitCode === 0, output: await readTail(place.logFile, before) };
  } finally {
    await log.close();
  }
}

/** The last lines of a text, oldest first. */
export function lastLines(text: string): readonly string[] {
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES);
}

/** Starts a new log when the present one has grown too large. Call it only while no server runs. */
export async function rotateLog(logFile: string): Promise<void> {
  const stats = await nullWhen(['ENOENT'], fs.stat(logFile));
  if (stats !== null && stats.size > LOG_BYTES_MAX) await fs.rename(logFile, `${logFile}.1`);
}

/** Only the owner may read the log, since statements in it may carry data; links are refused, as root writes here. */
async function openLog(logFile: string, account: Account | null): Promise<fs.FileHandle> {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  const log = await fs.open(logFile, O_APPEND | O_CREAT | O_WRONLY | (constants.O_NOFOLLOW ?? 0), 0o600);
  await giveToUser(logFile, account);
  return log;
}

async function readTail(file: string, from: number): Promise<string> {
  const handle = await fs.open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - LOG_TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - start)), {
      position: start,
    });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function waitForExit(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<number | null> {
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, options);
      child.once('error', reject);
      child.once('exit', (code) => resolve(code));
    });
  } catch (error) {
    const code = errorCodeOf(error);
    const reason =
      code === 'ENOENT'
        ? 'its file or the C library it needs is missing (the bundled PostgreSQL needs glibc, which Alpine lacks)'
        : code === 'EPERM'
          ? 'we may not change to the user that must run it'
          : String(error);
    throw new EmbeddedPostgresError(
      'START_FAILED',
      `${program} cannot be run: ${reason}. Reinstall the packages, or use a PostgreSQL server of your own.`,
      { path: program, cause: error },
    );
  }
}

/**
 * A server may live long, so it gets none of our secrets; and `PG…` variables would change what the tools do. The C
 * locale keeps messages in English, which we read, and macOS from refusing to start.
 */
function inheritedEnvironment(): Record<string, string> {
  const wanted = process.platform === 'win32' ? /^(?!PG)/i : /^(PATH|LD_LIBRARY_PATH|TMPDIR)$/;
  const kept = Object.entries(process.env).filter(([name]) => wanted.test(name));
  return { ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])), LC_ALL: 'C', TZ: 'UTC' };
}

import { readFileSync } from 'node:fs';
import process from 'node:process';
import type pg from 'pg';

/** `/proc` counts in hundredths of a second. */
const TICK_MS = 10;

/** What one measured stretch took. */
export interface Figures {
  readonly ms: number;
  /** CPU of this process, all threads. */
  readonly clientCpuMs: number;
  /** CPU of all PostgreSQL processes; null where there is no `/proc`. */
  readonly serverCpuMs: number | null;
  readonly walBytes: number;
}

interface Reading {
  readonly at: number;
  readonly client: NodeJS.CpuUsage;
  readonly server: number | null;
  readonly wal: string;
}

/** Measures a stretch of time, the CPU on both sides, and what was written to the log meanwhile. */
export class Stopwatch {
  readonly #referee: pg.Client;
  readonly #postmaster: number;
  #begin: Reading | null = null;

  constructor(referee: pg.Client, postmaster: number) {
    this.#referee = referee;
    this.#postmaster = postmaster;
  }

  async start(): Promise<void> {
    const wal = await this.#walPosition();
    this.#begin = this.#read(wal);
  }

  async stop(): Promise<Figures> {
    const at = performance.now();
    const end = this.#read(await this.#walPosition());
    const begin = this.#begin;
    if (begin === null) throw new Error('the stopwatch was not started');
    const { rows } = await this.#referee.query<{ bytes: string }>(
      'select pg_wal_lsn_diff($1::pg_lsn, $2::pg_lsn) as bytes',
      [end.wal, begin.wal],
    );
    return {
      ms: at - begin.at,
      clientCpuMs: (end.client.user - begin.client.user + end.client.system - begin.client.system) / 1_000,
      serverCpuMs: end.server === null || begin.server === null ? null : end.server - begin.server,
      walBytes: Number(rows[0]?.bytes),
    };
  }

  #read(wal: string): Reading {
    const server = serverCpuMs(this.#postmaster);
    return { wal, server, client: process.cpuUsage(), at: performance.now() };
  }

  async #walPosition(): Promise<string> {
    const { rows } = await this.#referee.query<{ wal: string }>(
      'select pg_current_wal_insert_lsn()::text as wal',
    );
    return rows[0]?.wal ?? '';
  }
}

/** CPU of the postmaster, of its living children, and of those it has buried. */
function serverCpuMs(postmaster: number): number | null {
  try {
    const own = cpuTicks(postmaster, 4);
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
    const living = children.split(' ').filter((pid) => pid.trim() !== '');
    return living.reduce((sum, pid) => sum + cpuTicks(Number(pid), 2), own) * TICK_MS;
  } catch {
    return null;
  }
}

/** Sums the first `fields` of utime, stime, cutime, cstime; 0 for a process that is gone. */
function cpuTicks(pid: number, fields: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return numbers.slice(11, 11 + fields).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch {
    return 0;
  }
}

/** Resident memory of this process in megabytes. */
export function residentMegabytes(): number {
  return process.memoryUsage().rss / 2 ** 20;
}

import os from 'node:os';
import type { ScratchPostgres } from './scratch-postgres.ts';

/** The machine and the programs. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  readonly postgres: string;
  readonly platform: string;
  /** Average load of the last minute before and after: other work on the machine shows here. */
  readonly load: readonly number[];
  readonly at: string;
}

/** Reads the environment. */
export function environmentOf({ version }: ScratchPostgres, loadBefore: number): Environment {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    postgres: version,
    platform: `${os.type()} ${os.release()} ${os.arch()}`,
    load: [loadBefore, os.loadavg()[0] ?? 0],
    at: new Date().toISOString(),
  };
}

/** A table for people: its first column is text, the others are figures. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Sentences beneath it. */
  readonly notes: readonly string[];
}

/** A table as text for the terminal, or in Markdown. */
export function printed({ title, head, rows, notes }: Table, markdown: boolean): string {
  const lines = markdown ? marked([head, ...rows]) : aligned([head, ...rows]);
  const shownTitle = markdown ? `**${title}**\n` : title;
  return ['', shownTitle, ...lines, ...(notes.length > 0 && markdown ? [''] : []), ...notes].join('\n');
}

function marked([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'));
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)];
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

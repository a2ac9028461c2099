import Table from 'cli-table3';
import { Temporal } from 'temporal-polyfill';
import type { ObjectType } from '../permissions/index.ts';
import { shortened } from './printable-text.ts';

/** What stands where there is nothing. */
export const NOTHING = '–';
/** Longest text of a cell, in characters; the whole of it is in `--json` and in `show`. */
const CELL_LENGTH_MAX = 60;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A cell of a table. */
export type Cell = string | number | null;

/** Rows beneath their headings, without lines: to be read, and to be cut with other tools. */
export function tableOf(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: [...headings],
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const row of rows) table.push(row.map(cellText));
  return withoutTrailingSpace(table.toString());
}

/** Names and values, one a line. */
export function listOf(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value ?? NOTHING}`).join('\n');
}

/** An instant as wall-clock time of a zone, with the zone: `2026-08-01 08:00:00 Europe/Berlin`. */
export function instantText(at: Date | null, zone: string): string {
  if (at === null) return NOTHING;
  const known = zoneOrUtc(zone);
  return `${wallClockText(at, known)} ${known}`;
}

/** An instant as wall-clock time, without its zone: for columns whose heading names it. Default: to the second. */
export function wallClockText(
  at: Date | null,
  zone: string,
  smallestUnit: 'second' | 'millisecond' = 'second',
): string {
  if (at === null) return NOTHING;
  const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zoneOrUtc(zone));
  return zoned.toPlainDateTime().toString({ smallestUnit }).replace('T', ' ');
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2 codeunits`, `2 codeunits and 1 report`. */
export function countedObjects(objects: readonly { readonly objectType: ObjectType }[]): string {
  const reports = objects.filter(({ objectType }) => objectType === 'report').length;
  const codeunits = counted(objects.length - reports, 'codeunit');
  return reports === 0 ? codeunits : `${codeunits} and ${counted(reports, 'report')}`;
}

/** A zone that only another machine knows must not keep anybody from looking. */
export function zoneOrUtc(zone: string): string {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
  } catch {
    return 'UTC';
  }
}

function cellText(cell: Cell): string {
  if (cell === null || cell === '') return NOTHING;
  return shortened(String(cell), CELL_LENGTH_MAX);
}

function withoutTrailingSpace(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

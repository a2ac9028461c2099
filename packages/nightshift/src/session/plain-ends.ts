import { type Database, uuidArray } from '../database/index.ts';
import { SECOND_MS, uuidV7 } from '../foundation/index.ts';
import type { ActiveSession } from './active-sessions.ts';
import { endingOf, type SessionEnd } from './session-event.ts';
import { type EventTable, endBundle, endPlainly } from './session-events.sql.ts';

import { isFaultOfRow, writeOnceMore } from './write-apart.ts';

/** Most sessions of one bundle. */
export const BUNDLE_SIZE_MAX = 2_000;
/** Longest time between the first and the last end of one bundle; the lists count on it. */
export const BUNDLE_SPAN_MS_MAX = 10 * SECOND_MS;
/** Longest session of a bundle: its milliseconds are an integer. */
const DURATION_MS_MAX = 2 ** 31 - 1;

/** What plain ends have each of their own, in columns of the same order. */
interface Columns {
  readonly ats: number[];
  readonly durations: number[];
  readonly sessionIds: number[];
  readonly uniqueIds: string[];
  /** Null: the session's own unique id. */
  readonly correlationIds: (string | null)[];
}

/** Ends of sessions that have all in common but who they were and when. */
interface Group {
  readonly table: EventTable;
  readonly common: readonly unknown[];
  readonly columns: Columns;
  /** Whether each of them ended no earlier than the one before. */
  isInOrder: boolean;
}

/** What one row is made of. The same at every try, or a write whose answer was lost would leave two. */
interface Row {
  readonly table: EventTable;
  readonly size: number;
  readonly values: readonly unknown[];
}

/** Whether there is nothing to say of an end but that it was good: what short tasks leave by the ten thousand. */
export function isPlain(session: ActiveSession, end: SessionEnd, at: number): boolean {
  return (
    end.error === null &&
    end.comment === null &&
    end.progress === null &&
    end.lines.length === 0 &&
    !session.announced &&
    session.stopKind === null &&
    session.spec.lineage.length === 0 &&
    at - session.startedAt.getTime() <= DURATION_MS_MAX
  );
}

/** Plain ends that wait to be written. What goes at a time becomes one row: it costs the database little more than one. */
export class PlainEnds {
  readonly #groups = new Map<string, Group>();
  #size = 0;
  /** What the database may have, or not: it comes first the next time. */
  #unconfirmed: Row | null = null;

  get size(): number {
    return this.#size;
  }

  add(session: ActiveSession, table: EventTable, at: number): void {
    const { spec, codeunit, id, startedAt } = session;
    const key = `${spec.user.no} ${spec.company.no} ${spec.clientType} ${spec.origin} ${spec.isolation} ${codeunit}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = groupOf(session, table);
      this.#groups.set(key, group);
    }
    const { ats, durations, sessionIds, uniqueIds, correlationIds } = group.columns;
    if (at < (ats.at(-1) ?? at)) group.isInOrder = false;
    ats.push(at);
    durations.push(at - startedAt.getTime());
    sessionIds.push(id);
    uniqueIds.push(spec.uniqueId);
    correlationIds.push(spec.correlationId === spec.uniqueId ? null : spec.correlationId);
    this.#size++;
  }

  /**
   * Writes all that wait now.
   * @returns how many cannot be stored
   * @throws the database's error; what was not written waits for the next time
   */
  async write(database: Database, epoch: string): Promise<number> {
    let refused = await this.#confirm(database);
    for (const [key, group] of [...this.#groups]) {
      // What comes meanwhile waits, or many rows of a few sessions would follow.
      let left = group.columns.ats.length;
      if (!group.isInOrder) bringInOrder(group);
      while (left > 0) {
        this.#unconfirmed = takeRow(group, left, epoch);
        left -= this.#unconfirmed.size;
        refused += await this.#confirm(database);
      }
      if (group.columns.ats.length === 0) this.#groups.delete(key);
    }
    return refused;
  }

  /** Returns how many sessions the database refuses; what all of them have in common must be why. */
  async #confirm(database: Database): Promise<number> {
    const row = this.#unconfirmed;
    if (row === null) return 0;
    let refused = 0;
    try {
      const target = (row.size === 1 ? endPlainly : endBundle)[row.table];
      await writeOnceMore(() => database.run(target, row.values));
    } catch (error) {
      if (!isFaultOfRow(error)) throw error;
      refused = row.size;
    }
    this.#unconfirmed = null;
    this.#size -= row.size;
    return refused;
  }
}

/** Takes the first ends of a group, at most so many, that may share a row. */
function takeRow({ table, common, columns }: Group, most: number, epoch: string): Row {
  const size = fitting(columns.ats, most);
  const { ats, durations, sessionIds, uniqueIds, correlationIds } = columns;
  const taken: Columns = {
    ats: ats.splice(0, size),
    durations: durations.splice(0, size),
    sessionIds: sessionIds.splice(0, size),
    uniqueIds: uniqueIds.splice(0, size),
    correlationIds: correlationIds.splice(0, size),
  };
  const values = size === 1 ? valuesOfLast(taken) : valuesOfBundle(taken);
  return { table, size, values: [epoch, ...common, ...values] };
}

/** How many of the first ends, at most so many, may share a row. */
function fitting(ats: readonly number[], most: number): number {
  const size = Math.min(most, BUNDLE_SIZE_MAX);
  const latest = (ats[0] ?? 0) + BUNDLE_SPAN_MS_MAX;
  if ((ats[size - 1] ?? 0) <= latest) return size;
  return ats.findIndex((at) => at > latest);
}

function valuesOfLast({
  ats,
  durations,
  sessionIds,
  uniqueIds,
  correlationIds,
}: Columns): readonly unknown[] {
  const last = ats.length - 1;
  const at = ats[last] ?? 0;
  const startedAt = new Date(at - (durations[last] ?? 0));
  return [new Date(at), startedAt, sessionIds[last], uniqueIds[last], correlationIds[last]];
}

function valuesOfBundle(columns: Columns): readonly unknown[] {
  const { ats, durations, sessionIds, uniqueIds, correlationIds } = columns;
  const first = ats[0] ?? 0;
  return [
    ...valuesOfLast(columns),
    uuidV7(new Date(ats.at(-1) ?? first)),
    new Date(first),
    ats.length,
    ...boundsOf(uniqueIds),
    ...boundsOf(sessionIds),
    arrayText(ats.map((at) => at - first)),
    arrayText(durations),
    arrayText(sessionIds),
    uuidArray(uniqueIds),
    correlationIds.every((id) => id === null) ? null : uuidArray(correlationIds),
  ];
}

/** The lowest and the highest. */
function boundsOf<Value extends string | number>(values: readonly Value[]): readonly Value[] {
  let [low, high] = [values[0] as Value, values[0] as Value];
  for (const value of values) {
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  return [low, high];
}

/** Integers as PostgreSQL writes an array: to look for what needs quotes costs more than all this. */
function arrayText(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}

/** After the clock was set back, the last end is not the latest. */
function bringInOrder(group: Group): void {
  const { columns } = group;
  const { ats } = columns;
  const places = Array.from(ats.keys()).sort((one, other) => (ats[one] ?? 0) - (ats[other] ?? 0));
  for (const column of Object.values(columns) as unknown[][]) {
    const before = column.slice();
    for (const [place, from] of places.entries()) column[place] = before[from];
  }
  group.isInOrder = true;
}

function groupOf({ spec, codeunit }: ActiveSession, table: EventTable): Group {
  const { clientType, origin, user, company, isolation } = spec;
  return {
    table,
    common: [endingOf(clientType), clientType, origin, user.no, company.no, codeunit, isolation],
    columns: { ats: [], durations: [], sessionIds: [], uniqueIds: [], correlationIds: [] },
    isInOrder: true,
  };
}

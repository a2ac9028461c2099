import type { Database } from '../database/index.ts';
import type { ActiveSession } from './active-sessions.ts';
import { endingOf, type SessionEnd } from './session-event.ts';
import { type EventTable, endPlainly, endPlainlyAgain } from './session-events.sql.ts';
import { isFaultOfRow } from './write-apart.ts';

/** Ends of sessions that have all in common but who they were and when. */
interface Group {
  readonly table: EventTable;
  readonly common: readonly unknown[];
  readonly ats: number[];
  readonly uniqueIds: string[];
  readonly sessionIds: number[];
  readonly correlationIds: (string | null)[];
  readonly starts: number[];
  /** Whether a write has failed, after which some of it may be written nevertheless. */
  doubtful: boolean;
}

/** Largest insert, in sessions. */
const GROUP_SIZE_MAX = 2_000;

/** Whether there is nothing to say of an end but that it was good: what short tasks leave by the ten thousand. */
export function isPlain(session: ActiveSession, end: SessionEnd): boolean {
  return (
    end.error === null &&
    end.comment === null &&
    end.progress === null &&
    end.lines.length === 0 &&
    !session.announced &&
    session.stopKind === null &&
    session.spec.lineage.length === 0
  );
}

/** Plain ends that wait to be written, few values a session: a batch costs the database what a few rows did. */
export class PlainEnds {
  #groups = new Map<string, Group>();
  #size = 0;

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
    group.ats.push(at);
    group.uniqueIds.push(spec.uniqueId);
    group.sessionIds.push(id);
    group.correlationIds.push(spec.correlationId === spec.uniqueId ? null : spec.correlationId);
    group.starts.push(startedAt.getTime());
    this.#size++;
  }

  /**
   * Writes all.
   * @returns how many cannot be stored
   * @throws the database's error; what was not written waits for the next time
   */
  async write(database: Database, epoch: string): Promise<number> {
    let refused = 0;
    for (const [key, group] of this.#groups) {
      while (group.ats.length > 0) {
        const count = Math.min(group.ats.length, GROUP_SIZE_MAX);
        const { ats, uniqueIds, sessionIds, correlationIds, starts } = group;
        const columns = [ats, uniqueIds, sessionIds, correlationIds, starts];
        const values = [
          epoch,
          ...group.common,
          ...columns.map((column) => arrayText(column.slice(0, count))),
        ];
        if (!(await insert(database, group, values))) refused += count;
        for (const column of columns) column.splice(0, count);
        this.#size -= count;
      }
      // Ends that came meanwhile are in the group, too, and have been written.
      this.#groups.delete(key);
    }
    return refused;
  }
}

/** Returns whether the database takes it; what all of them have in common may be what it refuses. */
async function insert(database: Database, group: Group, values: readonly unknown[]): Promise<boolean> {
  const again = group.doubtful;
  const statement = (again ? endPlainlyAgain : endPlainly)[group.table];
  group.doubtful = true;
  try {
    await database.run(statement, values);
  } catch (error) {
    if (!again || !isFaultOfRow(error)) throw error;
    group.doubtful = false;
    return false;
  }
  group.doubtful = false;
  return true;
}

/** An array as PostgreSQL writes it. Ids and numbers need no quotes, and to look for some costs more than all this. */
function arrayText(values: readonly (string | number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

function groupOf({ spec, codeunit }: ActiveSession, table: EventTable): Group {
  const { clientType, origin, user, company, isolation } = spec;
  return {
    table,
    common: [endingOf(clientType), clientType, origin, user.no, company.no, codeunit, isolation],
    ats: [],
    uniqueIds: [],
    sessionIds: [],
    correlationIds: [],
    starts: [],
    doubtful: false,
  };
}

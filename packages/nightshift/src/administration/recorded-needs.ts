import type { ForeignKey, ProbeResult } from '../permissions/index.ts';
import type { RecordedStatement, SessionRecording } from '../session/index.ts';

type TableActivity = SessionRecording['activity'][number];

/** Rights by table, some of RIMD. */
export type TableLetters = Readonly<Record<string, string>>;

/** What a recorded run needed of tables. */
export interface RecordedNeeds {
  /** What its statements needed, without what its codeunits are lent. */
  readonly byStatements: TableLetters;
  /** What functions and triggers did beyond that. They may not need it: some run with the rights of their owner. */
  readonly insideFunctions: TableLetters;
  /** Statements that could not be looked into, and why. */
  readonly notLookedInto: readonly { readonly text: string; readonly reason: string }[];
}

/** The rights that a codeunit is lent, by table. */
export type LentRights = (codeunit: string) => TableLetters | null;

/** Works out what a run needed, from what it did and from what PostgreSQL says of its statements. */
export function needsOf(recording: SessionRecording, probed: ProbeResult, lent: LentRights): RecordedNeeds {
  const byStatements = new Letters();
  const does = new Letters();
  const notLookedInto: { text: string; reason: string }[] = [];
  for (const statement of recording.statements) {
    const found = probed.statements.get(statement.text);
    if (found === undefined) continue;
    if (typeof found === 'string') {
      notLookedInto.push({ text: statement.text, reason: found });
      continue;
    }
    byStatements.add(without(found.needed, lentIn(statement, lent)));
    does.add(found.does);
  }
  const inside = new Letters();
  const lentToAny = new Letters();
  for (const codeunit of recording.codeunits) lentToAny.add(lent(codeunit) ?? {});
  const explained = [does.all(), byStatements.all(), lentToAny.all()];
  for (const activity of recording.activity) {
    const seen = { [activity.table]: lettersOf(activity) };
    const ours = explained.reduce(without, seen);
    inside.add(without(ours, forForeignKeys(activity.table, recording.activity, probed.foreignKeys)));
  }
  return { byStatements: byStatements.all(), insideFunctions: inside.all(), notLookedInto };
}

/** The innermost codeunit that is lent something decides. */
function lentIn({ codeunits }: RecordedStatement, lent: LentRights): TableLetters {
  const lender = codeunits.findLast((codeunit) => lent(codeunit) !== null);
  return lender === undefined ? {} : (lent(lender) ?? {});
}

function lettersOf({ reads, inserts, updates, deletes }: TableActivity): string {
  const done = { R: reads, I: inserts, M: updates, D: deletes };
  return Object.entries(done)
    .filter(([, count]) => count > 0)
    .map(([letter]) => letter)
    .join('');
}

/** What PostgreSQL does to a table by itself, because foreign keys tie it to tables that were written. */
function forForeignKeys(
  table: string,
  activity: readonly TableActivity[],
  keys: readonly ForeignKey[],
): TableLetters {
  const wrote = (name: string) =>
    activity.some((one) => one.table === name && one.inserts + one.updates + one.deletes > 0);
  const letters = new Letters();
  for (const { child, parent, changesOnDelete, changesOnUpdate } of keys) {
    if (table === child && wrote(parent)) {
      letters.add({
        [table]: `R${changesOnDelete || changesOnUpdate ? 'M' : ''}${changesOnDelete ? 'D' : ''}`,
      });
    }
    if (table === parent && wrote(child)) letters.add({ [table]: 'R' });
  }
  return letters.all();
}

/** What the first has and the second has not. */
export function without(letters: TableLetters, taken: TableLetters): TableLetters {
  const of = new Map(Object.entries(taken));
  return Object.fromEntries(
    Object.entries(letters).flatMap(([table, given]) => {
      const left = [...given].filter((letter) => !of.get(table)?.includes(letter)).join('');
      return left === '' ? [] : [[table, left]];
    }),
  );
}

/** Rights by table that add up. */
export class Letters {
  readonly #tables = new Map<string, string>();

  constructor(...all: readonly TableLetters[]) {
    for (const letters of all) this.add(letters);
  }

  add(more: TableLetters): void {
    for (const [table, letters] of Object.entries(more)) {
      const both = `${this.#tables.get(table) ?? ''}${letters}`;
      this.#tables.set(table, [...'RIMD'].filter((letter) => both.includes(letter)).join(''));
    }
  }

  /** By name. */
  all(): TableLetters {
    return Object.fromEntries(
      [...this.#tables]
        .filter(([, letters]) => letters !== '')
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  }
}

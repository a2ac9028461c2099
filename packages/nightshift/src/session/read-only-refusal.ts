import { NightshiftError } from '../foundation/index.ts';
import type { DatabaseRefusal } from './refused-statement.ts';

/** `cannot execute INSERT in a read-only transaction` */
const REFUSED = /^cannot execute (.+) in a read-only transaction$/;

/** A name as a statement writes it, behind its schema when it says one. */
const NAME = '(?:(?:"(?:[^"]|"")+"|[\\w$]+)\\s*\\.\\s*)?("(?:[^"]|"")+"|[\\p{L}_][\\p{L}\\p{N}_$]*)';
/** What may stand between the command and the name of its object. */
const DEFINED =
  '(?:unique\\s+)?(?:unlogged\\s+)?(?:materialized\\s+)?(?:table|view|sequence|index)\\s+(?:if\\s+(?:not\\s+)?exists\\s+)?(?:only\\s+)?';
const PLACES = [
  `\\binsert\\s+into\\s+${NAME}`,
  `\\bmerge\\s+into\\s+(?:only\\s+)?${NAME}`,
  `\\bdelete\\s+from\\s+(?:only\\s+)?${NAME}`,
  // Behind FOR it is a lock, and names no table.
  `(?<!\\bfor\\s+(?:no\\s+key\\s+)?)\\bupdate\\s+(?:only\\s+)?${NAME}`,
  `\\btruncate\\s+(?:table\\s+)?(?:only\\s+)?${NAME}`,
  `\\b(?:create|alter|drop)\\s+${DEFINED}${NAME}`,
  `\\b(?:nextval|setval)\\s*\\(\\s*'${NAME}'`,
  `\\bcopy\\s+${NAME}`,
  `\\bfrom\\s+(?:only\\s+)?${NAME}`,
].map((pattern) => new RegExp(pattern, 'iu'));

/** The refusal of a write in a session that only reads, with the table if the statement, or the function it ran, names one. */
export function readOnlyRefusal(
  { message, where = '' }: DatabaseRefusal,
  text: string,
  cause: unknown,
): NightshiftError {
  const statement = REFUSED.exec(message)?.[1] ?? null;
  // Inside of a function, that has the statement.
  const table = writtenTable(where) ?? writtenTable(text);
  const what = statement === null ? 'a write' : statement;
  const place = table === null ? '' : ` (${table})`;
  return new NightshiftError('READ_ONLY', `The session only reads: the database refused ${what}${place}.`, {
    details: { table, statement },
    cause,
  });
}

function writtenTable(text: string): string | null {
  for (const place of PLACES) {
    const name = place.exec(text)?.[1];
    if (name !== undefined)
      return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
  }
  return null;
}

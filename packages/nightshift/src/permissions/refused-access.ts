import { NightshiftError } from '../foundation/index.ts';
import type { Actor } from './audit-log.ts';
import type { Directory } from './directory.ts';
import { tableRights } from './effective-rights.ts';
import { namesInText, setsThatGive } from './giving-sets.ts';
import { EVERY } from './name-set.ts';

/** What PostgreSQL has refused to a statement for want of rights. */
export interface RefusedAccess {
  /** `other`: something that no permission set gives, such as making a table. */
  readonly kind: 'table' | 'sequence' | 'schema' | 'function' | 'other';
  /** As PostgreSQL names it, without its schema; blank for `other`. */
  readonly name: string;
  /** Of a table: what the statement may have wanted of it, some of RIMD; what it surely wanted comes first. */
  readonly wanted: readonly string[];
  /** What PostgreSQL said. */
  readonly said: string;
}

const RIGHTS_IN_TEXT: Readonly<Record<string, string>> = {
  R: 'to read (R) from',
  I: 'to insert (I) into',
  M: 'to modify (M)',
  D: 'to delete (D) from',
};

/** The tables of PostgreSQL itself. */
const CATALOG = /^pg_/;

/**
 * A refusal of PostgreSQL in the words of permission sets: which right, which table, which set gives it.
 * @param cause what PostgreSQL threw; kept
 * @returns PERMISSION_DENIED with `details` {user, company, kind, name, sqlState}, of a table also {table, right, sets}
 */
export function accessDenied(
  directory: Directory,
  who: Pick<Actor, 'user' | 'company'>,
  refused: RefusedAccess,
  cause: unknown,
): NightshiftError {
  const { kind, name } = refused;
  const facts = { user: who.user.name, company: who.company.name, kind, name, sqlState: '42501' };
  const { text, more } = explain(directory, who, refused);
  const error = new NightshiftError('PERMISSION_DENIED', text, { details: { ...facts, ...more }, cause });
  // Where it was asked for, and not where it was explained.
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const frames = stack.indexOf('\n    at ');
  error.stack = `${error.name}: ${text}${frames === -1 ? '' : stack.slice(frames)}`;
  return error;
}

interface Explanation {
  readonly text: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

function explain(
  directory: Directory,
  who: Pick<Actor, 'user' | 'company'>,
  refused: RefusedAccess,
): Explanation {
  const { user, company } = who;
  const { kind, name, said } = refused;
  const lacks = `User ${user.name} lacks the right`;
  switch (kind) {
    case 'table': {
      if (CATALOG.test(name)) break;
      const right = missingOf(directory, who, refused);
      const sets = setsThatGive(directory, name, right);
      const text = `${lacks} ${RIGHTS_IN_TEXT[right]} table ${name} in company ${company.name}; permission sets that give it: ${namesInText(sets)}.`;
      return { text, more: { table: name, right, sets } };
    }
    case 'sequence': {
      const sets = setsThatGive(directory, EVERY, 'I');
      const text = `${lacks} to use sequence ${name} in company ${company.name}; the right to insert (I) into its table gives it, and so do the permission sets: ${namesInText(sets)}.`;
      return { text, more: { right: 'I', sets } };
    }
    case 'schema':
      return {
        text: `${lacks} to use schema ${name}: a session in company ${company.name} reaches the tables of that company and the common ones, and no permission set gives more.`,
      };
    case 'function':
      return {
        text: `${lacks} to call function ${name} in company ${company.name}; no permission set gives it.`,
      };
    case 'other':
      break;
  }
  return {
    text: `User ${user.name} may not do this in company ${company.name}, and no permission set gives it: ${said}.`,
  };
}

/** Of what was wanted, the first that the user lacks. When he seems to lack nothing, rights have just changed. */
function missingOf(
  directory: Directory,
  { user, company }: Pick<Actor, 'user' | 'company'>,
  { name, wanted }: RefusedAccess,
): string {
  const present = tableRights(directory.rightsOf(user.no, company.no), name);
  return wanted.find((right) => !present.includes(right)) ?? wanted[0] ?? 'R';
}

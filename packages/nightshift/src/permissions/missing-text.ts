import type { ObjectType } from './effective-rights.ts';
import { namesInText } from './giving-sets.ts';
import { EVERY } from './name-set.ts';

/** A right that somebody needs and has not. */
export interface MissingRight {
  readonly kind: 'schedule' | 'company' | ObjectType | 'table';
  /** Of the user, the company, the codeunit, the report or the table. */
  readonly name: string;
  /** `canSchedule`, `open`, `run`, or some of the letters RIMD. */
  readonly right: string;
  /** The permission sets each of which gives it; empty where it is not sets that do. */
  readonly sets: readonly string[];
}

/** What R, I, M and D stand for. */
const WORDS: Readonly<Record<string, string>> = { R: 'read', I: 'insert', M: 'modify', D: 'delete' };

/** Some of RIMD in words: `read, insert`. */
export function wordsOfRights(letters: string): string {
  return [...letters].map((letter) => WORDS[letter] ?? letter).join(', ');
}

/** Missing rights in sentences: what is missing, and which permission sets give it. */
export function missingText(missing: readonly MissingRight[]): string {
  const bySets = missing.filter(({ kind }) => kind !== 'schedule' && kind !== 'company');
  const others = missing.filter((one) => !bySets.includes(one)).map(otherText);
  const common = commonSets(bySets);
  // SUPER is in all of them; it is not to be the advice where smaller sets would do.
  if (common.length < 2 && bySets.some(({ sets }) => sets.length > 1)) {
    const each = groups(bySets, ({ kind, right, sets }) => JSON.stringify([kind, right, sets]));
    const told = each.map((group) => `${itemText(group)} (permission sets that give it: ${setsOf(group)})`);
    return `Missing: ${[...others, ...told].join('; ')}.`;
  }
  const items = groups(bySets, ({ kind, right }) => `${kind} ${right}`).map(itemText);
  const text = `Missing: ${[...others, ...items].join('; ')}.`;
  if (bySets.length === 0) return text;
  const which = bySets.length === 1 ? 'give it' : 'give all of it';
  return `${text} Permission sets that ${which}: ${namesInText(common)}.`;
}

function commonSets(missing: readonly MissingRight[]): readonly string[] {
  const [first, ...rest] = missing;
  return (first?.sets ?? []).filter((set) => rest.every(({ sets }) => sets.includes(set)));
}

function setsOf([first]: readonly MissingRight[]): string {
  return namesInText(first?.sets ?? []);
}

function groups(
  missing: readonly MissingRight[],
  key: (one: MissingRight) => string,
): readonly (readonly MissingRight[])[] {
  return [...Map.groupBy(missing, key).values()];
}

/** Rights of one kind to several things: `to run codeunits A, B`, `RI (read, insert) on tables a, b`. */
function itemText(group: readonly MissingRight[]): string {
  const { kind, right } = group[0] as MissingRight;
  const names = group.map(({ name }) => name).join(', ');
  const plural = group.length === 1 ? '' : 's';
  if (kind !== 'table') return `to run ${kind}${plural} ${names}`;
  const tables = names === EVERY ? 'every table' : `table${plural} ${names}`;
  return `${right} (${wordsOfRights(right)}) on ${tables}`;
}

function otherText({ kind, name }: MissingRight): string {
  return kind === 'schedule'
    ? 'to schedule work (a Security Admin can allow it)'
    : `a permission set in company ${name}, which everybody needs who works there`;
}

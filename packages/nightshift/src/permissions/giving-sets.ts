import type { Directory } from './directory.ts';
import { mayRun, type NamedObject, type Rights, tableRights } from './effective-rights.ts';

/** Names of sets that a sentence lists; details list all. */
const NAMES_IN_TEXT_MAX = 6;

/** The permission sets that let somebody run a codeunit or a report, by name; `SUPER` is the last. */
export function setsThatRun(directory: Directory, object: NamedObject): readonly string[] {
  return setsWith(directory, (rights) => mayRun(rights, object));
}

/** The permission sets each of which gives all these rights to a table; `SUPER` is the last. */
export function setsThatGive(directory: Directory, table: string, letters: string): readonly string[] {
  return setsWith(directory, (rights) => {
    const given = tableRights(rights, table);
    return [...letters].every((right) => given.includes(right));
  });
}

/** Sets that their application declares no more are not recommended. */
function setsWith(directory: Directory, gives: (rights: Rights) => boolean): readonly string[] {
  return directory.permissionSets
    .filter(({ name, isObsolete }) => !isObsolete && gives(directory.rightsOfSet(name)))
    .toSorted((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1))
    .map(({ name }) => name);
}

function rank({ source }: { readonly source: string }): number {
  return source === 'built-in' ? 1 : 0;
}

/** Names of sets in a sentence: `Order Entry, SUPER`. The last, which is `SUPER`, is never left out. */
export function namesInText(names: readonly string[]): string {
  if (names.length <= NAMES_IN_TEXT_MAX) return names.join(', ');
  const shown = names.slice(0, NAMES_IN_TEXT_MAX - 1);
  return `${shown.join(', ')}, ${names.length - NAMES_IN_TEXT_MAX} more, ${names.at(-1)}`;
}

import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import { checkEntry, entryColumns, type JobQueueEntryInput } from './entry-input.ts';

/** Longest name of a declaration. */
const NAME_LENGTH_MAX = 100;

/** An entry that an application declares: created once in every company, On Hold; from then on people own it. */
export interface DeclaredEntry extends JobQueueEntryInput {
  /** 1 to 100 characters; an application declares each name once. The entry is known by it, so it stays as it is. */
  readonly name: string;
}

/** Entries that an application declares. */
export interface Declarations {
  /** The name of the application. */
  readonly application: string;
  readonly entries: readonly DeclaredEntry[];
}

/**
 * Checks what an application declares.
 * @throws NightshiftError APPLICATION_INVALID with the field `jobQueueEntries`
 */
export function checkDeclaredEntries(entries: readonly DeclaredEntry[]): void {
  const names = new Set<string>();
  for (const entry of entries) {
    const { name } = entry;
    const isName = typeof name === 'string' && name.trim() === name && name.isWellFormed();
    if (!isName || name === '' || [...name].length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) {
      throw invalid(`A declared entry has a name of 1 to ${NAME_LENGTH_MAX} characters.`);
    }
    if (names.has(name)) throw invalid(`Two entries are declared as "${name}".`);
    names.add(name);
    try {
      declaredColumns(entry, 'UTC');
    } catch (error) {
      if (!isNightshiftError(error)) throw error;
      throw invalid(`The entry that is declared as "${name}": ${error.message}`);
    }
  }
}

/** The columns of a declared entry, as JSON has them. @param timeZone of its schedule, where it names none */
export function declaredColumns(
  { name: _name, ...input }: DeclaredEntry,
  timeZone: string,
): Readonly<Record<string, unknown>> {
  const { language: _language, ...columns } = entryColumns(checkEntry(input, timeZone), input.object, '');
  return JSON.parse(JSON.stringify(columns)) as Record<string, unknown>;
}

function invalid(text: string): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', text, { field: 'jobQueueEntries' });
}

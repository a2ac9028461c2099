// The habits of the house that the linter cannot express. The others are rules in biome.json and scripts/lint/:
// one clock, one source of chance, SQL in its place and never glued, sizes of files and functions.
import { EXCEPTIONS } from './exceptions.ts';
import { readSourceFiles, report, type SourceFiles } from './source-files.ts';

/** Files that a folder's `index.ts` may re-export from; one of more offers more than one subject. */
export const DOOR_FILES_MAX = 42;

const FOLDER_DOOR = /^packages\/[^/]+\/src\/[^/]+\/index\.ts$/;
const ANY_DOOR = /^packages\/[^/]+\/src\/(?:[^/]+\/)?index\.ts$/;
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;
const NAMED_REEXPORT = /export\s+(?:type\s+)?\{[^}]*\}\s*from\s*'[^']+';/g;
const SUPPRESSION =
  /(?:\/\/|\/\*|\*)\s*(?:biome-ignore|@ts-(?:ignore|expect-error|nocheck)|v8 ignore|istanbul ignore)/g;
const TYPESCRIPT_URL = /new URL\(\s*['"`]\.[^'"`]*\.ts['"`]/;

function doorComplaints(file: string, text: string): string[] {
  if (!ANY_DOOR.test(file)) return [];
  const complaints: string[] = [];
  const files = text.match(NAMED_REEXPORT)?.length ?? 0;
  if (FOLDER_DOOR.test(file) && files > DOOR_FILES_MAX) {
    complaints.push(
      `${file}: a door re-exports from at most ${DOOR_FILES_MAX} files, this one from ${files}`,
    );
  }
  const rest = text.replace(COMMENT, '').replace(NAMED_REEXPORT, '').trim();
  if (rest !== '') complaints.push(`${file}: a door only re-exports names; found: ${rest.split('\n')[0]}`);
  return complaints;
}

/** A build renames `.ts` to `.js` in imports, but not in a URL, so a worker found this way is lost there. */
function urlComplaints(file: string, text: string): string[] {
  if (!file.startsWith('packages/') || file.endsWith('.test.ts') || !TYPESCRIPT_URL.test(text)) return [];
  return [`${file}: new URL('….ts') does not exist in the build; take the extension from import.meta.url`];
}

/** Tests may suppress what they provoke; other files only as often as the list of exceptions says. */
function suppressionComplaints(files: SourceFiles, allowed: Readonly<Record<string, number>>): string[] {
  const complaints: string[] = [];
  for (const file of new Set([...files.keys(), ...Object.keys(allowed)])) {
    if (file.endsWith('.test.ts')) continue;
    const found = files.get(file)?.match(SUPPRESSION)?.length ?? 0;
    const limit = allowed[file] ?? 0;
    if (found > limit) complaints.push(`${file}: switches a check off ${found} times, ${limit} are listed`);
    if (found < limit)
      complaints.push(`${file}: ${found} exceptions are left; lower its ${limit} in exceptions.ts`);
  }
  return complaints;
}

/** Everything that breaks a habit, one sentence each; empty when all hold. */
export function habitComplaints(
  files: SourceFiles,
  exceptions: Readonly<Record<string, number>> = EXCEPTIONS,
): string[] {
  const perFile = [...files].flatMap(([file, text]) => [
    ...doorComplaints(file, text),
    ...urlComplaints(file, text),
  ]);
  return [...perFile, ...suppressionComplaints(files, exceptions)];
}

if (import.meta.main)
  report('habits', habitComplaints(readSourceFiles()), 'doors are narrow, exceptions are listed');

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the root `package.json`. */
export const repositoryRoot: string = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What a check looks at: file text by path, relative to the root and with forward slashes. */
export type SourceFiles = ReadonlyMap<string, string>;

const SOURCE_GLOBS = [
  'packages/*/src/**/*.{ts,tsx}',
  'examples/**/*.{ts,tsx}',
  'bench/**/*.ts',
  'scripts/**/*.ts',
];
/** The tests of the checks hold broken code on purpose. */
const SKIPPED_FOLDER = path.join('cli', 'check', 'fixtures');
const SKIPPED_NAME = /^(?:node_modules|dist|coverage|(?:check-|lint-).*\.test\.ts)$/;

/** Reads every TypeScript file of the repository, also those git does not know yet. */
export function readSourceFiles(root: string = repositoryRoot): SourceFiles {
  const names = globSync(SOURCE_GLOBS, {
    cwd: root,
    exclude: (name) => SKIPPED_NAME.test(path.basename(name)) || name.endsWith(SKIPPED_FOLDER),
  });
  return new Map(
    names
      .map((name) => name.split(path.sep).join('/'))
      .sort()
      .map((name) => [name, readFileSync(path.join(root, name), 'utf8')]),
  );
}

/** Prints the complaints of a check, or one line that says what holds; sets the exit code. */
export function report(check: string, complaints: readonly string[], whatHolds: string): void {
  for (const complaint of complaints) console.log(complaint);
  console.log(
    complaints.length === 0 ? `${check}: ${whatHolds}` : `${check}: ${complaints.length} complaints`,
  );
  if (complaints.length > 0) process.exitCode = 1;
}

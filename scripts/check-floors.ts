// Fails when a folder of packages/nightshift/src imports a neighbour on its own floor or a floor above it,
// reaches past another folder's door, or when files import each other in a ring.
import path from 'node:path';
import { readSourceFiles, report, type SourceFiles } from './source-files.ts';

/** Folders of `packages/nightshift/src`, lowest floor first. A folder imports only from floors below its own. */
export const FLOORS: readonly (readonly string[])[] = [
  ['foundation'],
  ['contract', 'telemetry'],
  ['database'],
  ['permissions'],
  ['session'],
  ['task-scheduler', 'page-background-task', 'query-builders'],
  ['job-queue', 'work-items', 'reports', 'administration'],
  ['platform'],
  ['server'],
  ['cli', 'testing'],
];

/**
 * Folders whose files are imported one by one: wire types by everyone above, test fixtures by tests, and query builders,
 * of which an application has one or the other installed.
 */
const WITHOUT_DOOR = new Set(['contract', 'testing', 'query-builders']);

/** Which packages of this repository a workspace may name; a workspace that is not listed may name any. */
const PACKAGES_BELOW: Readonly<Record<string, readonly string[]>> = {
  'packages/embedded-postgres': [],
  'packages/client': [],
  'packages/nightshift': ['@nightshift/embedded-postgres', '@nightshift/client'],
};

/** What tests in browsers of several workspaces share. */
const BROWSER_FINDER = 'scripts/find-browser.ts';
const FLOORED_ROOT = 'packages/nightshift/src';
/** What loads a query builder, which need not be installed: nothing else may. */
const BUILDER_DOORS = new Set(['kysely', 'drizzle'].map((door) => `${FLOORED_ROOT}/${door}.ts`));
/** What the package exports. */
const OUTER_DOORS = new Set([`${FLOORED_ROOT}/index.ts`, `${FLOORED_ROOT}/server.ts`, ...BUILDER_DOORS]);
const IMPORTS = [
  // Static imports and re-exports, also over several lines; anchored so that comments and strings do not count.
  /^\s*(?:import|export)\s[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
];
const floorOf = new Map(
  FLOORS.flatMap((folders, floor) => folders.map((folder) => [folder, floor] as const)),
);

/** What a file imports, as written. Type-only imports count: they tie two files together as well. */
function specifiersOf(text: string): string[] {
  const found = IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
  return [...new Set(found)];
}

function resolveRelative(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** The workspace a file belongs to: `packages/nightshift`, `examples/order-sync`, `bench`, `scripts`. */
function workspaceOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'packages' || first === 'examples' ? `${first}/${second}` : first;
}

/** The floored folder a file is in, `''` for files directly in `src`, null for files elsewhere. */
function folderOf(file: string): string | null {
  if (!file.startsWith(`${FLOORED_ROOT}/`)) return null;
  const [folder = '', ...inside] = file.slice(FLOORED_ROOT.length + 1).split('/');
  return inside.length === 0 ? '' : folder;
}

function packageComplaint(file: string, specifier: string): string | null {
  const here = workspaceOf(file);
  if (isRelative(specifier)) {
    const target = resolveRelative(file, specifier);
    if (workspaceOf(target) === here || target === BROWSER_FINDER) return null;
    return `${file}: ${specifier} leaves ${here}; import the other package by its name`;
  }
  const name = /^(?:@nightshift\/[^/]+|nightshift)(?=\/|$)/.exec(specifier)?.[0];
  if (name === undefined) return null;
  if (/\/(?:src|dist)\//.test(specifier)) return `${file}: ${specifier} reaches past the door of ${name}`;
  const below = PACKAGES_BELOW[here];
  return below === undefined || below.includes(name) ? null : `${file}: ${here} may not import ${name}`;
}

/** Tests and fixtures stand above all floors, and still use the doors. */
function isTestCode(file: string, folder: string): boolean {
  return file.endsWith('.test.ts') || folder === 'testing';
}

function floorComplaint(file: string, specifier: string): string | null {
  const here = folderOf(file);
  if (here === null || !isRelative(specifier)) return null;
  const target = resolveRelative(file, specifier);
  const there = folderOf(target);
  if (there === here) return null;
  if (there === null) {
    return target.endsWith('.json') ? null : `${file}: ${specifier} is outside ${FLOORED_ROOT}`;
  }
  const isTest = isTestCode(file, here);
  if (there === '')
    return isTest && OUTER_DOORS.has(target) ? null : `${file}: only tests may import ${target}`;
  if (there === 'query-builders' && !isTest && !BUILDER_DOORS.has(file))
    return `${file}: only a door of its own may import a query builder`;
  if (!isTest && !isBelow(there, here)) return `${file}: ${here || 'an outer door'} may not import ${there}`;
  const isDoor = target === `${FLOORED_ROOT}/${there}/index.ts`;
  return isDoor || WITHOUT_DOOR.has(there) ? null : `${file}: import ${there}/index.ts, not ${specifier}`;
}

function isBelow(there: string, here: string): boolean {
  if (here === '') return there !== 'testing';
  return (floorOf.get(there) ?? Number.POSITIVE_INFINITY) < (floorOf.get(here) ?? Number.NEGATIVE_INFINITY);
}

function placeComplaint(file: string): string | null {
  const folder = folderOf(file);
  if (folder === null || floorOf.has(folder)) return null;
  if (folder !== '')
    return `${file}: the folder ${folder} is on no floor; see FLOORS in scripts/check-floors.ts`;
  return OUTER_DOORS.has(file) ? null : `${file}: belongs into a folder that is on a floor`;
}

/** The rings in the file graph, each told once, from its first file back to it. */
function cycleComplaints(files: SourceFiles): string[] {
  const complaints: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const start = trail.indexOf(file);
    if (start >= 0) complaints.push(`import cycle: ${[...trail.slice(start), file].join(' → ')}`);
    if (start >= 0 || done.has(file)) return;
    trail.push(file);
    for (const specifier of specifiersOf(files.get(file) ?? '').filter(isRelative)) {
      const target = resolveRelative(file, specifier);
      if (files.has(target)) visit(target);
    }
    trail.pop();
    done.add(file);
  };
  for (const file of files.keys()) visit(file);
  return complaints;
}

/** Everything that breaks the floors, one sentence each; empty when they hold. */
export function floorComplaints(files: SourceFiles): string[] {
  const complaints: (string | null)[] = [];
  for (const [file, text] of files) {
    complaints.push(placeComplaint(file));
    for (const specifier of specifiersOf(text)) {
      complaints.push(packageComplaint(file, specifier) ?? floorComplaint(file, specifier));
    }
  }
  return [...complaints.filter((complaint) => complaint !== null), ...cycleComplaints(files)];
}

if (import.meta.main)
  report('floors', floorComplaints(readSourceFiles()), 'every import goes down, by the door');

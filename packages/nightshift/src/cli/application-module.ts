import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { NightshiftError } from '../foundation/index.ts';
import { type Application, isApplication } from '../platform/index.ts';

/** An application, and where threads and processes find it again. */
export interface LoadedApplication {
  readonly application: Application;
  readonly applicationModule: URL;
}

/**
 * Loads the module that `--app` names: a file, counted from the working directory, or a package that is installed there.
 * @throws NightshiftError APPLICATION_INVALID when there is none, when it throws while it loads, or when its default
 *   export is no application
 */
export async function loadApplication(
  specifier: string,
  workingDirectory: string,
): Promise<LoadedApplication> {
  const url = locate(specifier, workingDirectory);
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(url)) as { readonly default?: unknown };
  } catch (error) {
    if (isApplicationError(error)) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw invalid(`The application module ${specifier} failed while it was loaded: ${text}`, error);
  }
  if (isApplication(loaded.default)) return { application: loaded.default, applicationModule: new URL(url) };
  throw invalid(
    loaded.default === undefined
      ? `The module ${specifier} has no default export.`
      : `The default export of ${specifier} is not an application.`,
  );
}

/**
 * Where the module that `--app` names is, as a URL. It is not loaded.
 * @throws NightshiftError APPLICATION_INVALID when there is none
 */
export function locate(specifier: string, workingDirectory: string): string {
  const file = path.resolve(workingDirectory, specifier);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    throw invalid(
      `${specifier} is a folder; name the module in it, such as ${path.join(specifier, 'app.ts')}.`,
    );
  }
  if (found !== undefined) return pathToFileURL(file).href;
  if (/^(?:\.{0,2}[/\\]|[a-z]:\\)/i.test(specifier)) throw invalid(`There is no file ${file}.`);
  try {
    const resolve = createRequire(path.join(workingDirectory, 'noop.js')).resolve;
    return pathToFileURL(resolve(specifier)).href;
  } catch (error) {
    throw invalid(`There is neither a file nor a package "${specifier}" in ${workingDirectory}.`, error);
  }
}

function isApplicationError(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'APPLICATION_INVALID';
}

function invalid(message: string, cause?: unknown): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', message, { field: 'app', cause });
}

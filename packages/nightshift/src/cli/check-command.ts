import { fileURLToPath } from 'node:url';
import { NightshiftError } from '../foundation/index.ts';
import { locate } from './application-module.ts';
import { checkApplication } from './check/check-application.ts';
import { countsOf, reportText, withPathsFrom } from './check/finding-text.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { VARIABLES } from './settings.ts';

/** What `nightshift check` takes besides the module. */
export interface CheckOptions {
  /** Whether what cannot be followed counts as wrong. Default: it does not. */
  readonly strict?: boolean;
}

/** Reads the application's code, without running it, for dialogs that background sessions would run into. */
export async function checkCommand(
  { settings, surroundings, answer }: Invocation,
  given: string | undefined,
  { strict = false }: CheckOptions,
): Promise<ExitCode> {
  const specifier = given ?? settings.app;
  if (specifier === null) {
    throw new NightshiftError(
      'VALIDATION',
      `Name the application module: nightshift check ./app.ts, or --app, or ${VARIABLES.app}.`,
      { field: 'app' },
    );
  }
  const file = fileURLToPath(locate(specifier, surroundings.workingDirectory));
  const report = withPathsFrom(surroundings.workingDirectory, checkApplication(file));
  const { dialog, risky, unknown } = countsOf(report);
  const { codeunits, findings, files } = report;
  answer({ dialogs: dialog, risky, unknown, codeunits, findings, files }, () => reportText(report));
  return dialog + risky + (strict ? unknown : 0) === 0 ? EXIT.ok : EXIT.failed;
}

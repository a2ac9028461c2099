import { Command, CommanderError } from 'commander';
import { NightshiftError } from '../foundation/index.ts';
import { VERSION } from '../platform/index.ts';
import { addAlertCommands } from './alert-commands.ts';
import { addApiKeyCommands } from './api-key-commands.ts';
import { addApprovalCommands } from './approval-commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addCategoryCommands } from './category-commands.ts';
import { COMMAND_PLACES } from './command-places.ts';
import { addDatabaseCommands, addServerCommands, type CommandRunner } from './commands.ts';
import { addCompanyCommands } from './company-commands.ts';
import { addEntryCommands } from './entry-words.ts';
import { addEnvironmentCommands } from './environment-commands.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { type Failure, failureOf, optionOfField } from './failure.ts';
import { type Invocation, invocationOf } from './invocation.ts';
import { addItemCommands } from './item-commands.ts';
import { addPermissionSetCommands } from './permission-set-commands.ts';
import { safeJson, visible, withoutPasswords } from './printable-text.ts';
import { addReportCommands } from './report-commands.ts';
import { addRightsCommands } from './rights-commands.ts';
import { addSessionCommands } from './session-commands.ts';
import { type GlobalOptions, IDENTITY_DEFAULT, settingsOf, VARIABLES, wantsStacks } from './settings.ts';
import type { Output, Surroundings } from './surroundings.ts';
import { addTaskCommands } from './task-commands.ts';
import { addUserCommands } from './user-commands.ts';

const JSON_INDENT = 2;

const HELP = `
Environment: ${VARIABLES.databaseUrl}, ${VARIABLES.data}, ${VARIABLES.url}, ${VARIABLES.apiKey}, ${VARIABLES.app}, ${VARIABLES.environment}, ${VARIABLES.enforcement},
  ${VARIABLES.verbose}=1.
Exit codes: 0 ok, 1 failed, 2 bad input, 3 not found, 4 conflict, 5 database unavailable, 6 other environment.`;

/** A command's work, as commander knows it: without the types of options and arguments. */
type LooseWork = (invocation: Invocation, options: unknown, ...words: string[]) => Promise<ExitCode>;

/**
 * Runs one command line (without program and script). Never rejects: errors are printed.
 * @returns the exit code
 */
export async function runCommandLine(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { output } = surroundings;
  const program = programOf();
  let helpForMistake = '';
  program.configureOutput({
    writeOut: (text) => output.out(text.trimEnd()),
    // Help in the place of a missing command; errors are printed below, all in one form.
    writeErr: (text) => {
      helpForMistake += text;
    },
    outputError: () => undefined,
  });
  let exitCode: ExitCode = EXIT.ok;
  const run: CommandRunner = (work) =>
    async function action(this: Command, ...given) {
      const options = this.optsWithGlobals<GlobalOptions>();
      const settings = settingsOf(options, surroundings);
      if (settings.server !== null) refuseLocal(wordsOf(this));
      const invocation = invocationOf(settings, surroundings);
      // Commander has checked both against the declaration of the command.
      const loose = work as unknown as LooseWork;
      exitCode = await loose(invocation, this.opts(), ...(given.slice(0, -2) as string[]));
    };
  addCommands(program, run);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const inJson = words.includes('--json');
    if (helpForMistake !== '' && !inJson) {
      output.err(helpForMistake.trimEnd());
      return EXIT.badInput;
    }
    return tell(error, inJson, wantsStacks(words.includes('--verbose'), surroundings.environment), output);
  }
}

/** Everything that there is. */
export function addCommands(program: Command, run: CommandRunner): void {
  addServerCommands(program, run);
  addEntryCommands(program, run);
  addCategoryCommands(program, run);
  addItemCommands(program, run);
  addReportCommands(program, run);
  addAlertCommands(program, run);
  addApprovalCommands(program, run);
  addTaskCommands(program, run);
  addSessionCommands(program, run);
  addEnvironmentCommands(program, run);
  addCompanyCommands(program, run);
  addUserCommands(program, run);
  addPermissionSetCommands(program, run);
  addApiKeyCommands(program, run);
  addAuditCommands(program, run);
  addRightsCommands(program, run);
  addDatabaseCommands(program, run);
}

/** The words of a command: `entry list`. */
function wordsOf(command: Command): string {
  const words: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) words.unshift(each.name());
  return words.join(' ');
}

/** @throws NightshiftError VALIDATION for a command that no server carries out */
function refuseLocal(words: string): void {
  const place = COMMAND_PLACES[words];
  if (typeof place === 'string') return;
  const why = place === undefined ? '' : `: ${place.here}`;
  throw new NightshiftError(
    'VALIDATION',
    `"nightshift ${words}" does not work by --url or ${VARIABLES.url}${why}.`,
    { field: 'url' },
  );
}

function programOf(): Command {
  return new Command('nightshift')
    .description('Background processing for business applications on PostgreSQL.')
    .exitOverride()
    .version(VERSION, '--version', 'print the version')
    .option('--database-url <url>', 'PostgreSQL to use (default: the embedded one)')
    .option('--data <folder>', 'folder of the embedded PostgreSQL (default: .nightshift/postgres)')
    .option('--url <url>', 'server to ask instead of a database, with an API key')
    .option(
      '--api-key-file <file>',
      `file with the API key, - for standard input (default: ${VARIABLES.apiKey})`,
    )
    .option('--app <module>', 'application module: a file, or an installed package')
    .option('--user <name>', `who acts (default: ${IDENTITY_DEFAULT.user})`)
    .option('--company <name>', `in which company (default: ${IDENTITY_DEFAULT.company})`)
    .option('--json', 'answer in JSON')
    .option('--verbose', 'print the stacks of errors')
    .addHelpText('after', HELP);
}

/** Prints an error on standard error: code, sentence, field and help. */
function tell(error: unknown, inJson: boolean, withStack: boolean, output: Output): ExitCode {
  const failure = error instanceof CommanderError ? usageFailure(error) : failureOf(error);
  output.err(inJson ? safeJson({ error: failure }, JSON_INDENT) : visible(textOf(failure)));
  if (withStack) output.err(visible(withoutPasswords(stackOf(error))));
  return exitCodeOf(failure.code);
}

function usageFailure({ code, message }: CommanderError): Failure {
  return {
    code: 'VALIDATION',
    message: code === 'commander.help' ? 'A command is missing.' : message.replace(/^error: /, ''),
    field: null,
    help: 'See "nightshift --help".',
  };
}

function textOf({ code, message, field, help }: Failure): string {
  const option = field === null ? null : optionOfField(field);
  return [
    `${code}: ${message}`,
    ...(field === null ? [] : [`  Field: ${field}${option === null ? '' : ` (${option})`}`]),
    ...(help === null ? [] : [`  Help: ${help}`]),
  ].join('\n');
}

function stackOf(error: unknown): string {
  const stacks: string[] = [];
  const seen = new Set<unknown>();
  for (let current = error; current instanceof Error && !seen.has(current); current = current.cause) {
    seen.add(current);
    stacks.push(current.stack ?? current.message);
  }
  return stacks.join('\ncaused by ');
}

import type { Command } from 'commander';
import { type CheckOptions, checkCommand } from './check-command.ts';
import {
  databaseStatus,
  databaseUrl,
  resetDatabase,
  startDatabase,
  stopDatabase,
} from './database-commands.ts';
import { doctorCommand } from './doctor-command.ts';
import { listEntries, setEntryStatus } from './entry-commands.ts';
import { type CreateOptions, createEntry } from './entry-create.ts';
import { showLog } from './entry-log.ts';
import { runEntryOnce } from './entry-run-once.ts';
import { showEntry } from './entry-show.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { migrateCommand } from './migrate-command.ts';
import { type ServeOptions, serve } from './serve.ts';
import { addServeTaskFlags } from './serve-task-options.ts';

/** Does the work of a command; `words` are its arguments, in order. */
export type CommandWork<Options, Words extends readonly unknown[]> = (
  invocation: Invocation,
  options: Options,
  ...words: Words
) => Promise<ExitCode>;

/** Makes commander's action of a command's work. */
export type CommandRunner = <Options, Words extends readonly unknown[]>(
  work: CommandWork<Options, Words>,
) => (this: Command, ...given: unknown[]) => Promise<void>;

/** `serve`, `migrate`, `doctor`, `check`. */
export function addServerCommands(program: Command, run: CommandRunner): void {
  const serving = program.command('serve').description('run a server instance until Ctrl-C or SIGTERM');
  addServeTaskFlags(serving)
    .option(
      '--environment <name>',
      'what the database is meant to be, such as production (default: its address)',
    )
    .option('--quiet', 'print warnings and errors only')
    .option('--no-migrate', 'do not bring the platform schema up to date; only check it')
    .action(run<ServeOptions, []>(serve));
  program
    .command('migrate')
    .description('bring the schema up to date, with --app also the tables of the application')
    .action(run<unknown, []>(migrateCommand));
  program
    .command('doctor')
    .description('say what does not run, why, and what to do')
    .action(run<unknown, []>(doctorCommand));
  program
    .command('check [module]')
    .description('find dialogs in code that runs in the background; runs none of it, needs no database')
    .option('--strict', 'fail also for what cannot be followed')
    .action(
      run<CheckOptions, [string | undefined]>((invocation, options, module) =>
        checkCommand(invocation, module, options),
      ),
    );
}

/** `entry …`. */
export function addEntryCommands(program: Command, run: CommandRunner): void {
  const entry = program.command('entry').description('job queue entries; <id> is the number or the id');
  entry
    .command('list')
    .description('list the entries of the company')
    .option('--status <status>', 'only those with this status')
    .action(run<{ status?: string }, []>(listEntries));
  entry
    .command('show <id>')
    .description('show one entry, and when it runs next')
    .action(run<unknown, [string]>((invocation, _options, id) => showEntry(invocation, id)));
  addCreateCommand(entry, run);
  entry
    .command('ready <id>')
    .description('set an entry Ready: it runs by its schedule, as --user')
    .action(run<unknown, [string]>((invocation, _options, id) => setEntryStatus(invocation, id, 'Ready')));
  entry
    .command('hold <id>')
    .description('set an entry On Hold; a run that is under way goes on')
    .action(run<unknown, [string]>((invocation, _options, id) => setEntryStatus(invocation, id, 'On Hold')));
  entry
    .command('run-once <id>')
    .description('run its object once, now, in the foreground; needs --app')
    .option('--yes', 'answer every question with yes')
    .action(
      run<{ yes?: boolean }, [string]>((invocation, options, id) => runEntryOnce(invocation, id, options)),
    );
  entry
    .command('log [id]')
    .description('list the log entries, newest first')
    .option('--limit <n>', 'at most so many (default: 20)')
    .option('--lines', 'with the lines that the runs wrote')
    .action(
      run<{ limit?: string; lines?: boolean }, [string | undefined]>((invocation, options, id) =>
        showLog(invocation, id, options),
      ),
    );
}

function addCreateCommand(entry: Command, run: CommandRunner): void {
  entry
    .command('create')
    .description('create an entry, On Hold; needs --app')
    .requiredOption('--object <codeunit>', 'the codeunit to run: its name, or its number')
    .option('--parameter <text>', 'parameter string, at most 250 characters')
    .option('--description <text>', "at most 250 characters (default: the codeunit's name)")
    .option('--earliest-start <time>', 'not before, ISO 8601; without an offset in --time-zone')
    .option('--expiration <time>', 'not after')
    .option('--days <days>', 'mon,tue,wed,thu,fri,sat,sun, or all, or weekdays')
    .option('--starting-time <HH:mm>', 'window opens')
    .option('--ending-time <HH:mm>', 'window closes')
    .option('--minutes <n>', 'minutes between runs (default with --days: once a day)')
    .option('--date-formula <formula>', 'instead of days and minutes, such as 1D or CM+1D')
    .option('--interval-from <point>', 'starting-time or end-of-run')
    .option('--time-zone <zone>', "IANA name (default: the user's)")
    .option('--maximum-attempts <n>', 'automatic runs after a failed one, 0 to 10 (default: 0)')
    .option('--rerun-delay <time>', 'before each of them: seconds, or 30s, 5m (default: 0)')
    .option('--timeout <duration>', 'such as 30m, at most 48h (default: 12h)')
    .option('--ready', 'set it Ready at once')
    .action(run<CreateOptions, []>(createEntry));
}

/** `db …`. */
export function addDatabaseCommands(program: Command, run: CommandRunner): void {
  const database = program.command('db').description('the embedded PostgreSQL');
  database
    .command('start')
    .description('start it; it goes on when the command ends')
    .option('--port <port>', 'also listen on this TCP port of 127.0.0.1; 0 picks a free one')
    .action(run<{ port?: string }, []>(startDatabase));
  database.command('stop').description('stop it, whoever uses it').action(run<unknown, []>(stopDatabase));
  database
    .command('status')
    .description('tell whether it runs; exit code 1 when it does not')
    .action(run<unknown, []>(databaseStatus));
  database
    .command('url')
    .description('print its URL, for psql and other programs')
    .option('--tcp', 'by TCP instead of the socket')
    .option('--show-password', 'with the password, which a URL by TCP needs')
    .action(run<{ tcp?: boolean; showPassword?: boolean }, []>(databaseUrl));
  database
    .command('reset')
    .description('stop it and delete all its data')
    .option('--yes', 'do not ask')
    .action(run<{ yes?: boolean }, []>(resetDatabase));
}

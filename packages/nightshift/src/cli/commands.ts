import type { Command } from 'commander';
import { type CheckOptions, checkCommand } from './check-command.ts';
import {
  databaseStatus,
  databaseUrl,
  resetDatabase,
  startDatabase,
  stopDatabase,
} from './database-commands.ts';
import { type DropOptions, dropDatabaseCommand } from './database-drop.ts';
import { doctorCommand } from './doctor-command.ts';
import { type OrphanOptions, removeOrphans } from './doctor-orphans.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { migrateCommand } from './migrate-command.ts';
import { type ServeOptions, serve } from './serve.ts';
import { addServeHttpFlags } from './serve-http.ts';
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

const ENFORCEMENT_FLAG = '--enforcement <who>';
const ENFORCEMENT_HELP =
  'who enforces table rights: database, or codeunit where roles cannot be created (default: as it is set up)';

/** `serve`, `migrate`, `doctor`, `check`. */
export function addServerCommands(program: Command, run: CommandRunner): void {
  const serving = program.command('serve').description('run a server instance until Ctrl-C or SIGTERM');
  addServeHttpFlags(addServeTaskFlags(serving))
    .option(
      '--environment <name>',
      'what the database is meant to be, such as production (default: its address)',
    )
    .option(ENFORCEMENT_FLAG, ENFORCEMENT_HELP)
    .option('--quiet', 'print warnings and errors only')
    .option('--no-migrate', 'do not bring the platform schema up to date; only check it')
    .action(run<ServeOptions, []>(serve));
  program
    .command('migrate')
    .description('bring the schema up to date, with --app also the tables of the application')
    .option(ENFORCEMENT_FLAG, ENFORCEMENT_HELP)
    .action(run<{ enforcement?: string }, []>(migrateCommand));
  program
    .command('doctor')
    .description('say what does not run, why, and what to do')
    .option('--orphans', 'instead, remove roles that databases left behind which are no more')
    .option('--mark <mark>', 'with --orphans: only the roles of this mark')
    .option('--yes', 'with --orphans: do not ask')
    .action(
      run<OrphanOptions, []>((invocation, options) =>
        options.orphans === true ? removeOrphans(invocation, options) : doctorCommand(invocation),
      ),
    );
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
    .command('drop')
    .description('drop the database of --database-url with its roles; without one as reset')
    .option('--yes', 'do not ask')
    .option('--force', 'also while server instances run')
    .action(run<DropOptions, []>(dropDatabaseCommand));
  database
    .command('reset')
    .description('stop it and delete all its data')
    .option('--yes', 'do not ask')
    .action(run<{ yes?: boolean }, []>(resetDatabase));
}

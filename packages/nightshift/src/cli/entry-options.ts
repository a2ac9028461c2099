import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import { type CreateOptions, createEntry } from './entry-create.ts';
import { type ModifyOptions, modifyEntry } from './entry-modify.ts';

/** The options of all that an entry is, for `create` and `modify`. */
function addFieldOptions(command: Command): Command {
  return command
    .option('--parameter <text>', 'parameter string, at most 250 characters')
    .option('--parameters <json>', 'parameters by the schema of the codeunit or report, as JSON')
    .option(
      '--report-output-type <type>',
      'what a report yields: PDF, XLSX, CSV, HTML or None (default: its usual one)',
    )
    .option('--record <table:key=value>', 'the row that it is about, such as order:no=S-1')
    .option('--description <text>', 'at most 250 characters (default: the name of what it runs)')
    .option('--earliest-start <time>', 'not before, ISO 8601; without an offset in --time-zone')
    .option('--expiration <time>', 'not after')
    .option('--days <days>', 'mon,tue,wed,thu,fri,sat,sun, or all, or weekdays')
    .option('--starting-time <HH:mm>', 'window opens')
    .option('--ending-time <HH:mm>', 'window closes')
    .option('--minutes <n>', 'minutes between runs (default with --days: once a day)')
    .option('--date-formula <formula>', 'instead of days and minutes, such as 1D or CM+1D')
    .option('--cron <pattern>', 'instead of all that says when, such as "30 2 * * MON-FRI"')
    .option('--interval-from <point>', 'starting-time or end-of-run')
    .option('--time-zone <zone>', "IANA name (default: the user's)")
    .option('--missed-runs <policy>', 'skip, or run-once for all that were missed (default)')
    .option('--category <code>', 'only so many entries of it run at a time as the category says')
    .option('--priority <priority>', 'High, Normal or Low: which of a category comes first')
    .option('--maximum-attempts <n>', 'automatic runs after a failed one, 0 to 10 (default: 0)')
    .option('--rerun-delay <time>', 'before each of them: seconds, or 30s, 5m (default: 0)')
    .option('--after-final-error <policy>', 'stop (default), or continue-schedule')
    .option('--timeout <duration>', 'such as 30m, at most 48h (default: 12h)')
    .option('--inactivity-timeout <duration>', 'how long it rests when there was nothing to do (default: 5m)')
    .option('--expected-duration <duration>', 'longer runs are told of (default: 3 × the median)')
    .option(
      '--keep-log <duration>',
      'how long its log entries are kept, such as 30d (default: as the server says)',
    )
    .option('--tag <tags>', 'separated by commas');
}

/** `entry create` and `entry modify`. */
export function addFieldCommands(entry: Command, run: CommandRunner): void {
  addFieldOptions(
    entry
      .command('create')
      .description('create an entry, On Hold; needs --app')
      .requiredOption('--object <name>', 'the codeunit or report to run: its name, or its number'),
  )
    .option('--ready', 'set it Ready at once')
    .action(run<CreateOptions, []>(createEntry));
  addFieldOptions(
    entry
      .command('modify <id>')
      .description('change an entry that is On Hold; what is not named stays, "" clears it')
      .option('--object <name>', 'the codeunit or report to run; needs --app'),
  )
    .option('--if-version <n>', 'the version that you have seen; a newer one is not overwritten')
    .action(run<ModifyOptions, [string]>((invocation, options, id) => modifyEntry(invocation, id, options)));
}

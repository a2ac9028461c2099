import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import {
  changeMany,
  copyEntry,
  deleteEntry,
  prioritizeEntry,
  removeFailedEntries,
  replanEntry,
  type SelectOptions,
  stopEntryRun,
} from './entry-change.ts';

/** The verbs of `entry …` that change one entry, or many at once. */
export function addEntryChangeCommands(entry: Command, run: CommandRunner): void {
  addRunCommands(entry, run);
  entry
    .command('copy <id>')
    .description('create an entry with the same fields, On Hold')
    .action(run<unknown, [string]>((invocation, _options, id) => copyEntry(invocation, id)));
  entry
    .command('delete <id>')
    .description('delete an entry that does not run; its log entries stay')
    .action(run<unknown, [string]>((invocation, _options, id) => deleteEntry(invocation, id)));
  entry
    .command('priority <id> <priority>')
    .description('High, Normal or Low: which entry of its category comes first')
    .action(
      run<unknown, [string, string]>((invocation, _options, id, priority) =>
        prioritizeEntry(invocation, id, priority),
      ),
    );
  addManyCommands(entry, run);
}

function addRunCommands(entry: Command, run: CommandRunner): void {
  entry
    .command('restart <id>')
    .description('begin anew, also after an error: Ready with all attempts, as --user')
    .action(run<unknown, [string]>((invocation, _options, id) => replanEntry(invocation, id, 'restart')));
  entry
    .command('run-now <id>')
    .description('run it now in the background, as --user; its schedule goes on from there')
    .action(run<unknown, [string]>((invocation, _options, id) => replanEntry(invocation, id, 'runNow')));
  entry
    .command('stop <id>')
    .description('stop the run that is under way; nothing of it that is not committed is kept')
    .option('--comment <text>', 'why; it is the error of the run')
    .action(
      run<{ comment?: string }, [string]>((invocation, options, id) => stopEntryRun(invocation, id, options)),
    );
}

function addManyCommands(entry: Command, run: CommandRunner): void {
  const many = [
    ['hold-all', 'hold', 'put all On Hold that wait to run'],
    ['release-all', 'release', 'set those Ready again that hold-all has put On Hold and that run as --user'],
  ] as const;
  for (const [name, verb, description] of many) {
    entry
      .command(name)
      .description(description)
      .option('--category <code>', 'those of a category')
      .option('--object <codeunit>', 'those of a codeunit')
      .option('--whole-company', 'all of the company')
      .action(run<SelectOptions, []>((invocation, selection) => changeMany(invocation, selection, verb)));
  }
  entry
    .command('remove-failed')
    .description('delete the entries in Error that do not recur')
    .option('--older-than <duration>', 'that failed so long ago, such as 7d (default: all)')
    .action(run<{ olderThan?: string }, []>(removeFailedEntries));
}

import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import { addEntryChangeCommands } from './entry-change-commands.ts';
import { type ListEntriesOptions, listEntries, resetEntryToCode, setEntryStatus } from './entry-commands.ts';
import { listErrors } from './entry-errors.ts';
import { explainEntry } from './entry-explain.ts';
import { showLog } from './entry-log.ts';
import { followLog } from './entry-log-follow.ts';
import { addFieldCommands } from './entry-options.ts';
import { listOverdue } from './entry-overdue.ts';
import { reassignEntry } from './entry-reassign.ts';
import { runEntryOnce } from './entry-run-once.ts';
import { showEntry } from './entry-show.ts';

/** `entry …`. */
export function addEntryCommands(program: Command, run: CommandRunner): void {
  const entry = program.command('entry').description('job queue entries; <id> is the number or the id');
  entry
    .command('list')
    .description('list the entries of the company')
    .option('--status <status>', 'only those with this status')
    .option('--all', 'also those that are Finished')
    .option('--gone', 'only those that run as someone who is gone: disabled or expired')
    .action(run<ListEntriesOptions, []>(listEntries));
  entry
    .command('show <id>')
    .description('show one entry, and when it runs next')
    .action(run<unknown, [string]>((invocation, _options, id) => showEntry(invocation, id)));
  entry
    .command('explain <id>')
    .description('say why an entry is not running')
    .action(run<unknown, [string]>((invocation, _options, id) => explainEntry(invocation, id)));
  entry
    .command('overdue')
    .description('list what should have run and did not, and runs that take too long')
    .action(run<unknown, []>((invocation) => listOverdue(invocation)));
  addFieldCommands(entry, run);
  entry
    .command('reset-to-code <id>')
    .description('have an entry that is On Hold be again what the code says that declares it; needs --app')
    .action(run<unknown, [string]>((invocation, _options, id) => resetEntryToCode(invocation, id)));
  addEntryChangeCommands(entry, run);
  addStatusCommands(entry, run);
  addRunCommands(entry, run);
}

function addStatusCommands(entry: Command, run: CommandRunner): void {
  entry
    .command('ready <id>')
    .description('set an entry Ready: it runs by its schedule, as --user')
    .action(run<unknown, [string]>((invocation, _options, id) => setEntryStatus(invocation, id, 'Ready')));
  entry
    .command('hold <id>')
    .description('set an entry On Hold; a run that is under way goes on')
    .action(run<unknown, [string]>((invocation, _options, id) => setEntryStatus(invocation, id, 'On Hold')));
  entry
    .command('reassign <id> <user>')
    .description('have an entry run as another user; it is On Hold until he approves or sets it Ready')
    .option('--comment <text>', 'what to tell him')
    .action(
      run<{ comment?: string }, [string, string]>((invocation, options, id, user) =>
        reassignEntry(invocation, { id, user }, options),
      ),
    );
}

function addRunCommands(entry: Command, run: CommandRunner): void {
  entry
    .command('run-once <id>')
    .description('run its object once, now, in the foreground; needs --app')
    .option('--yes', 'answer every question with yes')
    .action(
      run<{ yes?: boolean }, [string]>((invocation, options, id) => runEntryOnce(invocation, id, options)),
    );
  entry
    .command('errors <log>')
    .description('list the errors that a run has reported; <log> is the number of its log entry')
    .action(run<unknown, [string]>((invocation, _options, log) => listErrors(invocation, log)));
  entry
    .command('log [id]')
    .description('list the log entries, newest first')
    .option('--limit <n>', 'at most so many (default: 20)')
    .option('--lines', 'with the lines that the runs wrote')
    .option('--follow', 'show the lines of its run as they come, until it ends')
    .action(
      run<{ limit?: string; lines?: boolean; follow?: boolean }, [string | undefined]>(
        (invocation, { follow, ...options }, id) =>
          follow === true ? followLog(invocation, id, options) : showLog(invocation, id, options),
      ),
    );
}

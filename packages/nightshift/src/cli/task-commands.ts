import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import {
  cancelTaskCommand,
  deleteTaskCommand,
  type ReadyOptions,
  readyTaskCommand,
  reassignTaskCommand,
  retryTaskCommand,
} from './task-change.ts';
import { type ListOptions, listTasksCommand } from './task-list.ts';
import { showTask } from './task-show.ts';

/** `task …`. */
export function addTaskCommands(program: Command, run: CommandRunner): void {
  const task = program.command('task').description('scheduled tasks of the company');
  task
    .command('list')
    .description('list the tasks, those due first in front, and failed ones')
    .option('--state <states>', 'only these, such as failed,poison')
    .option('--gone', 'only those that run as somebody who is disabled or no longer valid')
    .option('--limit <n>', 'at most so many, 1 to 10000 (default: 50)')
    .action(run<ListOptions, []>(listTasksCommand));
  task
    .command('show <id>')
    .description('show all that is known of a task, and why it does not run')
    .action(run<unknown, [string]>((invocation, _options, id) => showTask(invocation, id)));
  task
    .command('ready <id>')
    .description('let a task run that is Not Ready, or move the time of one that waits')
    .option(
      '--not-before <time>',
      'not before this time, ISO 8601; without an offset in the time zone of --user',
    )
    .action(
      run<ReadyOptions, [string]>((invocation, options, id) => readyTaskCommand(invocation, id, options)),
    );
  task
    .command('cancel <id>')
    .description('remove a task that has not begun')
    .action(run<unknown, [string]>((invocation, _options, id) => cancelTaskCommand(invocation, id)));
  task
    .command('retry <id>')
    .description('run a task again that is Failed or Poison: now, with all its retries')
    .action(run<unknown, [string]>((invocation, _options, id) => retryTaskCommand(invocation, id)));
  task
    .command('delete <id>')
    .description('remove a task that is Failed or Poison')
    .action(run<unknown, [string]>((invocation, _options, id) => deleteTaskCommand(invocation, id)));
  task
    .command('reassign <id> <user>')
    .description('have a task run as somebody else, who then sets it ready')
    .action(
      run<unknown, [string, string]>((invocation, _options, id, user) =>
        reassignTaskCommand(invocation, id, user),
      ),
    );
}

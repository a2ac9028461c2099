import type { Command } from 'commander';
import { approveCommand, rejectCommand, requestCommand, withdrawCommand } from './approval-change.ts';
import { type ListApprovalsOptions, listApprovalsCommand, showApproval } from './approval-list.ts';
import type { CommandRunner } from './commands.ts';

interface CommentOption {
  readonly comment?: string;
}

const COMMENT = ['--comment <text>', 'at most 1,000 characters'] as const;

/** `approval …`. */
export function addApprovalCommands(program: Command, run: CommandRunner): void {
  const approval = program
    .command('approval')
    .description('requests to let an entry run; <id> is the id, or the number of the entry of an open one');
  approval
    .command('list')
    .description('list the open requests, newest first')
    .option('--status <status>', 'those that are approved, rejected, withdrawn, or all (default: open)')
    .option('--limit <n>', 'at most so many, 1 to 1000 (default: 200)')
    .action(run<ListApprovalsOptions, []>(listApprovalsCommand));
  approval
    .command('show <id>')
    .description('show one request')
    .action(run<unknown, [string]>((invocation, _options, id) => showApproval(invocation, id)));
  approval
    .command('request <entry>')
    .description('ask for an entry to be set Ready; it will run as whoever approves')
    .option(...COMMENT)
    .action(
      run<CommentOption, [string]>((invocation, options, id) => requestCommand(invocation, id, options)),
    );
  approval
    .command('approve <id>')
    .description('set the entry Ready: it runs as --user')
    .option(...COMMENT)
    .action(
      run<CommentOption, [string]>((invocation, options, id) => approveCommand(invocation, id, options)),
    );
  approval
    .command('reject <id>')
    .description('let the entry not run')
    .option(...COMMENT)
    .action(
      run<CommentOption, [string]>((invocation, options, id) => rejectCommand(invocation, id, options)),
    );
  approval
    .command('withdraw <id>')
    .description('take back a request of --user')
    .option(...COMMENT)
    .action(
      run<CommentOption, [string]>((invocation, options, id) => withdrawCommand(invocation, id, options)),
    );
}

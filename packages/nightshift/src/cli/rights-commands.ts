import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import { explainRightsCommand } from './rights-explain.ts';
import { type PageOptions, rightsPageCommand } from './rights-page.ts';
import { type RecordOptions, recordRightsCommand } from './rights-record.ts';
import { checkRightsCommand, prepareRightsCommand, repairRightsCommand } from './rights-repair.ts';

/** `rights …`. */
export function addRightsCommands(program: Command, run: CommandRunner): void {
  const rights = program.command('rights').description('who may do what, and how PostgreSQL enforces it');
  rights
    .command('check')
    .description('compare roles and grants with the permission sets; exit code 1 when they differ')
    .action(run<unknown, []>(checkRightsCommand));
  rights
    .command('repair')
    .description('bring roles and grants back to what the permission sets say')
    .action(run<unknown, []>(repairRightsCommand));
  rights
    .command('prepare')
    .description('make the roles of every user in every company now, instead of when they are first needed')
    .action(run<unknown, []>(prepareRightsCommand));
  rights
    .command('explain <user> <company> <codeunit>')
    .description(
      'say step by step why a user may run a codeunit or a report in a company, or may not; needs --app',
    )
    .action(
      run<unknown, [string, string, string]>((invocation, _options, ...about) =>
        explainRightsCommand(invocation, ...about),
      ),
    );
  rights
    .command('record <codeunit>')
    .description(
      'run a codeunit or a report once in the foreground and print the permission set that it needed; needs --app',
    )
    .option('--record <json>', 'the record that it is given')
    .option('--record-file <file>', 'the same, from a file')
    .option('--parameter <text>', 'instead: the record of a job queue entry with this parameter string')
    .option('--as <user>', 'as whom it runs (default: --user)')
    .option('--commit', 'keep what it does (default: roll it back)')
    .option('--yes', 'answer every question with yes')
    .action(
      run<RecordOptions, [string]>((invocation, options, codeunit) =>
        recordRightsCommand(invocation, codeunit, options),
      ),
    );
  rights
    .command('page')
    .description(
      'write a page that says per codeunit and report which rights it takes, and who has them; needs --app',
    )
    .option('--out <file>', 'a .md or .html file (default: Markdown on standard output)')
    .action(run<PageOptions, []>(rightsPageCommand));
}

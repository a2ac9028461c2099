import type { Command } from 'commander';
import { type AuditOptions, listAudit } from './audit-list.ts';
import type { CommandRunner } from './commands.ts';

/** `audit …`. */
export function addAuditCommands(program: Command, run: CommandRunner): void {
  const audit = program.command('audit').description('the audit log: who did what, and who was refused what');
  audit
    .command('list')
    .description('list the audit log, newest first; --company narrows it')
    .option('--by <user>', 'only what this user did, or was refused')
    .option('--verb <verbs>', 'only these, such as user.modify,permissionSet.assign')
    .option('--object <name>', 'only what was done to this: its name or its id')
    .option('--kind <kind>', 'only what was done to objects of this kind, such as entry')
    .option('--from <time>', 'not older: ISO 8601, without an offset in the time zone of --user')
    .option('--to <time>', 'older than this')
    .option('--denied', 'only what was refused')
    .option('--before <id>', 'older than the row with this id: the next page')
    .option('--limit <n>', `at most so many, 1 to 500 (default: 100)`)
    .action(run<AuditOptions, []>(listAudit));
}

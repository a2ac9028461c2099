import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import {
  createPermissionSetCommand,
  deletePermissionSetCommand,
  modifyPermissionSetCommand,
} from './permission-set-change.ts';
import type { PermissionSetOptions } from './permission-set-input.ts';
import { listPermissionSetsCommand, showPermissionSet } from './permission-set-show.ts';

/** `permission-set …`. */
export function addPermissionSetCommands(program: Command, run: CommandRunner): void {
  const set = program.command('permission-set').description('permission sets: named rights, given to users');
  set
    .command('list')
    .description('list the permission sets')
    .action(run<unknown, []>(listPermissionSetsCommand));
  set
    .command('show <name>')
    .description('show what a permission set gives in the end, and who has it')
    .action(run<unknown, [string]>((invocation, _options, name) => showPermissionSet(invocation, name)));
  withFields(
    set.command('create <name>').description('create a permission set of the administrators'),
  ).action(
    run<PermissionSetOptions, [string]>((invocation, options, name) =>
      createPermissionSetCommand(invocation, name, options),
    ),
  );
  withFields(
    set.command('modify <name>').description('change what is named of a permission set; it counts at once'),
  ).action(
    run<PermissionSetOptions, [string]>((invocation, options, name) =>
      modifyPermissionSetCommand(invocation, name, options),
    ),
  );
  set
    .command('delete <name>')
    .description('delete a permission set of the administrators, or an obsolete one')
    .option('--unassign', 'take it from all who have it')
    .action(
      run<{ unassign?: boolean }, [string]>((invocation, options, name) =>
        deletePermissionSetCommand(invocation, name, options),
      ),
    );
}

function withFields(command: Command): Command {
  return command
    .option('--description <text>', 'at most 250 characters')
    .option('--tables <rights>', 'such as sales_order=RIMD,customer=R or *=R; or a JSON object')
    .option('--codeunits <names>', 'such as "A, B" or *; or a JSON list')
    .option('--reports <names>', 'likewise')
    .option('--includes <sets>', 'permission sets whose rights it has too')
    .option('--excludes <sets>', 'permission sets whose rights are taken away from all that');
}

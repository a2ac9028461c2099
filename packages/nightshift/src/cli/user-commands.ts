import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import { type AssignOptions, assignCommand, unassignCommand } from './user-assign.ts';
import {
  createUserCommand,
  disableUserCommand,
  enableUserCommand,
  modifyUserCommand,
} from './user-change.ts';
import type { UserOptions } from './user-input.ts';
import { createAdministratorCommand, type LinkOptions, signInLinkCommand } from './user-link.ts';
import { listUsersCommand, showUser } from './user-show.ts';
import {
  declareSubjectCommand,
  listSignInsCommand,
  resetAuthenticatorCommand,
  signOutCommand,
} from './user-sign-ins.ts';

const SERVER = ['--server <url>', 'where people reach the server, such as https://jobs.example'] as const;

/** `user …`. */
export function addUserCommands(program: Command, run: CommandRunner): void {
  const user = program.command('user').description('users: who acts. They are never deleted, but disabled');
  withFields(user.command('create <name>').description('create a user; he has no permission set yet'))
    .option(
      '--administrator',
      'give him SUPER in all companies, and print a one-time link that sets his password',
    )
    .option(...SERVER)
    .action(
      run<UserOptions & LinkOptions & { administrator?: boolean }, [string]>((invocation, options, name) =>
        options.administrator === true
          ? createAdministratorCommand(invocation, name, options)
          : createUserCommand(invocation, name, options),
      ),
    );
  addSignInCommands(user, run);
  user
    .command('list')
    .description('list the users')
    .option('--gone', 'only those who are disabled or expired')
    .action(run<{ gone?: boolean }, []>(listUsersCommand));
  user
    .command('show <name>')
    .description('show a user, and which permission sets he has where')
    .action(run<unknown, [string]>((invocation, _options, name) => showUser(invocation, name)));
  withFields(user.command('modify <name>').description('change what is named of a user'))
    .option('--name <name>', 'a new name; what runs as him goes on')
    .action(
      run<UserOptions & { name?: string }, [string]>((invocation, options, name) =>
        modifyUserCommand(invocation, name, options),
      ),
    );
  user
    .command('disable <name>')
    .description('let nothing run as this user any more, at once')
    .action(run<unknown, [string]>((invocation, _options, name) => disableUserCommand(invocation, name)));
  user
    .command('enable <name>')
    .description('enable a user again')
    .action(run<unknown, [string]>((invocation, _options, name) => enableUserCommand(invocation, name)));
  addAssignCommands(user, run);
}

/** What is about how users sign in. */
function addSignInCommands(user: Command, run: CommandRunner): void {
  user
    .command('sign-in-link <name>')
    .description('print a one-time link by which a user sets his password; it is good for a day')
    .option(...SERVER)
    .action(
      run<LinkOptions, [string]>((invocation, options, name) => signInLinkCommand(invocation, name, options)),
    );
  user
    .command('sign-in-subject <name> <subject>')
    .description('say which subject of the sign-in provider (OpenID Connect) a user is')
    .action(
      run<unknown, [string, string]>((invocation, _options, name, subject) =>
        declareSubjectCommand(invocation, name, subject),
      ),
    );
  user
    .command('sign-ins <name>')
    .description('list where a user is signed in')
    .action(run<unknown, [string]>((invocation, _options, name) => listSignInsCommand(invocation, name)));
  user
    .command('sign-out <name>')
    .description('sign a user out everywhere')
    .option('--place <id>', 'only there, by its id in sign-ins')
    .action(
      run<{ place?: string }, [string]>((invocation, options, name) =>
        signOutCommand(invocation, name, options),
      ),
    );
  user
    .command('reset-authenticator <name>')
    .description('take a lost authenticator from a user, who sets up another one')
    .action(
      run<unknown, [string]>((invocation, _options, name) => resetAuthenticatorCommand(invocation, name)),
    );
}

function withFields(command: Command): Command {
  return command
    .option('--full-name <text>', 'at most 100 characters')
    .option('--language <tag>', 'BCP 47, such as de-DE (new users: en-US)')
    .option('--time-zone <zone>', 'IANA name (new users: UTC)')
    .option('--kind <kind>', 'person, or application for an integration (new users: person)')
    .option('--schedule', 'may create tasks and set entries Ready (new users: yes)')
    .option('--no-schedule', 'may not')
    .option('--delegated', 'is an administrator of another organisation: starts no unattended work')
    .option('--no-delegated', 'is not (new users)')
    .option(
      '--valid-until <time>',
      'gone from then on: ISO 8601, without an offset in the time zone of --user; or never',
    );
}

function addAssignCommands(user: Command, run: CommandRunner): void {
  user
    .command('assign <name> <set>')
    .description('give a permission set to a user, in --company or for all')
    .option('--all-companies', 'in all companies, also in those to come')
    .action(
      run<AssignOptions, [string, string]>((invocation, options, name, permissionSet) =>
        assignCommand(invocation, { user: name, permissionSet }, options),
      ),
    );
  user
    .command('unassign <name> <set>')
    .description('take a permission set from a user, in --company or for all; it counts at once')
    .option('--all-companies', 'what he has for all companies')
    .action(
      run<AssignOptions, [string, string]>((invocation, options, name, permissionSet) =>
        unassignCommand(invocation, { user: name, permissionSet }, options),
      ),
    );
}

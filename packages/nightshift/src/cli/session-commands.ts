import type { Command } from 'commander';
import type { CommandRunner } from './commands.ts';
import { type EventsOptions, listSessionEvents } from './session-events.ts';
import { listSessionsCommand } from './session-list.ts';
import { showSession } from './session-show.ts';
import { type StartOptions, startSessionCommand } from './session-start.ts';
import { killSessionCommand, type StopOptions, stopSessionCommand } from './session-stop.ts';

/** `session …`. */
export function addSessionCommands(program: Command, run: CommandRunner): void {
  const session = program
    .command('session')
    .description('what runs now, and what happened to what ran; <id> is the number or the unique id');
  session
    .command('list')
    .description('list what runs now on all server instances; --company and --user narrow it')
    .action(run<unknown, []>(listSessionsCommand));
  session
    .command('show <id>')
    .description('show all that is known of one session')
    .action(run<unknown, [string]>((invocation, _options, id) => showSession(invocation, id)));
  session
    .command('stop <id>')
    .description('stop a session, wherever it runs; nothing of it commits')
    .option('--comment <text>', 'why; kept with its event (default: none)')
    .option('--wait', 'wait until it has ended, and say how')
    .option('--yes', 'do not ask')
    .action(
      run<StopOptions, [string]>((invocation, options, id) => stopSessionCommand(invocation, id, options)),
    );
  session
    .command('kill <id>')
    .description('end a session at once that was told to stop and has not ended')
    .option('--wait', 'wait until it has ended, and say how')
    .option('--yes', 'do not ask')
    .action(
      run<Omit<StopOptions, 'comment'>, [string]>((invocation, options, id) =>
        killSessionCommand(invocation, id, options),
      ),
    );
  addEventsCommand(session, run);
  addStartCommand(session, run);
}

function addEventsCommand(session: Command, run: CommandRunner): void {
  session
    .command('events')
    .description('list the events of sessions, newest last; --company and --user narrow them')
    .option('--type <types>', 'only these, such as error,stopped')
    .option('--session <id>', 'only of sessions with this number')
    .option('--unique <id>', 'only of the session with this unique id')
    .option('--codeunit <name>', 'only of this codeunit')
    .option('--background', 'only of background sessions')
    .option('--foreground', 'only of the others')
    .option('--since <time>', 'not older: 30m, 1h, or ISO 8601')
    .option('--limit <n>', 'at most so many, 1 to 1000 (default: 100)')
    .option('--follow', 'go on with new ones until Ctrl-C')
    .action(run<EventsOptions, []>(listSessionEvents));
}

function addStartCommand(session: Command, run: CommandRunner): void {
  session
    .command('start <codeunit>')
    .description(
      'run a codeunit now and wait for it: in this process, which needs --app, or on the server of --url',
    )
    .option('--record <json>', 'its record')
    .option('--record-file <file>', 'its record, from a file of JSON')
    .option('--timeout <duration>', 'such as 5m, at most 48h (default: 12h)')
    .option('--foreground', 'with you before it: dialogs reach you, breakpoints work')
    .option('--yes', 'with --foreground: answer every question with yes')
    .action(
      run<StartOptions, [string]>((invocation, options, codeunit) =>
        startSessionCommand(invocation, codeunit, options),
      ),
    );
}

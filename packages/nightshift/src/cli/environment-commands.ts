import type { Command } from 'commander';
import { addressOf } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type EnvironmentState, nameToRelease, RELEASE_HELP } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';
import type { CommandRunner } from './commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { askYesOrNo } from './question.ts';
import { counted, listOf, tableOf } from './showing.ts';
import { environment } from './verbs.ts';
import { platformOf, withCaller } from './with-caller.ts';

/** How `environment release` was called. */
interface ReleaseCommandOptions {
  readonly name?: string;
  readonly yes?: boolean;
}

/** `environment …`. */
export function addEnvironmentCommands(program: Command, run: CommandRunner): void {
  const environment = program
    .command('environment')
    .description('which database this is meant to be; on a copy, server instances are held');
  environment
    .command('show')
    .description('show its name and who is held; exit code 1 when somebody is')
    .action(run<unknown, []>(showEnvironment));
  environment
    .command('release')
    .description('let held instances begin: their tasks may run in this database')
    .option('--name <name>', 'what it is called from now on (default: what they are configured for)')
    .option('--yes', 'do not ask')
    .action(run<ReleaseCommandOptions, []>(releaseEnvironment));
}

/** Shows what the database is called, whether it is the one that was approved, and the instances on it. */
export async function showEnvironment(invocation: Invocation): Promise<ExitCode> {
  return withCaller(invocation, {}, async (caller) => {
    const state = await environment.show(caller);
    const held = isHeld(state);
    invocation.answer({ ...state, held }, () => stateText(state, held));
    return held ? EXIT.failed : EXIT.ok;
  });
}

/** Approves the database, after asking. */
export async function releaseEnvironment(
  invocation: Invocation,
  options: ReleaseCommandOptions,
): Promise<ExitCode> {
  const { environment: configured } = invocation.settings;
  return withCaller(invocation, {}, async (caller) => {
    const before = await environment.show(caller);
    const name =
      options.name ?? nameToRelease(before, { name: configured ?? '', given: configured !== null });
    if (!isHeld(before) && (options.name === undefined || name === before.name)) {
      invocation.answer({ released: false, ...before }, () => 'Nothing is held.');
      return EXIT.ok;
    }
    const question = releaseQuestion(whereOf(invocation, caller), name ?? before.name, before);
    if (options.yes !== true && !(await mayRelease(invocation, question))) {
      invocation.answer({ released: false, ...before }, () => 'Nothing was released.');
      return EXIT.failed;
    }
    const after = await environment.release(caller, options.name === undefined ? {} : { name: options.name });
    invocation.answer({ released: true, ...after }, () => releaseText(after));
    return EXIT.ok;
  });
}

/** What would be released: a database, or that of a server. */
function whereOf({ settings }: Invocation, caller: Caller): string {
  return settings.server?.url ?? addressOf(platformOf(caller).database.settings.url);
}

function releaseQuestion(address: string, name: string | null, before: EnvironmentState): string {
  const as = name === null ? '' : ` as environment "${name}"`;
  const work = `${counted(before.dueTasks, 'task')} due, entries Ready: ${before.readyEntries}`;
  return `Release ${address}${as}? What is due begins at once (${work}), with all it does to others: mails, payments, orders.`;
}

async function mayRelease({ surroundings }: Invocation, question: string): Promise<boolean> {
  if (surroundings.input.interactive) return askYesOrNo(surroundings, question, false);
  throw new NightshiftError(
    'VALIDATION',
    'A release is asked about, and there is nobody to answer: confirm with --yes.',
    { field: 'yes' },
  );
}

/** Whether an instance is held, or would be. */
function isHeld({ unapproved, instances }: EnvironmentState): boolean {
  return unapproved !== null || instances.some(({ held }) => held !== null);
}

function stateText(state: EnvironmentState, held: boolean): string {
  const facts = listOf([
    ['Environment', state.name],
    ['Approved', state.unapproved === null ? 'yes' : `no: ${state.unapproved}`],
    ['Due tasks', state.dueTasks],
    ['Ready entries', state.readyEntries],
  ]);
  return [facts, ...instanceLines(state), ...(held ? [RELEASE_HELP] : [])].join('\n');
}

function instanceLines({ instances }: EnvironmentState): readonly string[] {
  if (instances.length === 0) return ['No server instance runs.'];
  const table = tableOf(
    ['Instance', 'Process', 'Environment', 'State'],
    instances.map(({ place, host, processId, environment, runsTasks, held }) => [
      place,
      `${host}:${processId}`,
      environment,
      held !== null ? 'held' : runsTasks ? 'runs tasks' : 'runs no tasks',
    ]),
  );
  const reasons = instances.flatMap(({ place, held }) =>
    held === null ? [] : [`Instance ${place} is held: ${held}`],
  );
  return [table, ...reasons];
}

/** Who is configured for another name is held, or will be in a moment. */
function releaseText({ name, instances }: EnvironmentState): string {
  const others = instances.filter(({ environment, runsTasks }) => runsTasks && environment !== name);
  return [
    `The database is released${name === null ? '' : ` as environment "${name}"`}; held instances of that name begin within 2 seconds.`,
    ...others.map(
      ({ place, environment }) =>
        `Instance ${place} is held: it is configured for environment "${environment}".`,
    ),
  ].join('\n');
}

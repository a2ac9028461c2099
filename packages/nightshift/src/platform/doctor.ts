import { PLATFORM_CONNECTIONS_MAX } from '../database/index.ts';
import { describeDuration, ERROR_CODES, MINUTE_MS, SECOND_MS } from '../foundation/index.ts';
import type { Enforcement } from '../permissions/index.ts';
import { sessionOptions } from '../session/index.ts';
import { describeBlockedBy, LEASE_MS, taskSchedulerOptions } from '../task-scheduler/index.ts';
import { environmentFindings, instanceText } from './doctor-environment.ts';
import type {
  DoctorFacts,
  EntryFacts,
  FailedTaskFacts,
  InstanceFacts,
  ServerFacts,
  WorkFacts,
} from './doctor-facts.ts';
import { peopleFindings } from './doctor-people.ts';
import { rightsFindings } from './doctor-rights.ts';
import { roleFindings } from './doctor-roles.ts';
import { sessionFindings } from './doctor-sessions.ts';
import { RELEASE_HELP } from './environment.ts';
import { count, error, type Finding, ok, warning } from './finding.ts';

/** A difference of the clocks that is worth a word, since runs in the foreground are stamped by this machine. */
export const CLOCK_SKEW_MS_WARNING = 2 * SECOND_MS;
/** A difference that people fall for when they compare logs. */
export const CLOCK_SKEW_MS_ERROR = 5 * MINUTE_MS;
/** Entries that are named one by one; the rest is counted. */
export const NAMED_ENTRIES_MAX = 20;
const START_HELP = 'Start one with "nightshift serve --app <module>".';
/** Part of the allowed connections that may be spoken for before it is worth a word. */
const CONNECTIONS_WARNING = 0.8;

/** Connections of one instance beside its slots: heartbeat, listen, and those of the platform. */
const CONNECTIONS_FIXED = 1 + 1 + PLATFORM_CONNECTIONS_MAX;
/** Slots beyond those of tasks and of StartSession, as the server instance leases them for sessions in the foreground. */
const SLOTS_FOREGROUND = 4;
/** What one instance with the default concurrency may open. */
export const CONNECTIONS_PER_INSTANCE =
  CONNECTIONS_FIXED +
  taskSchedulerOptions({}).maximumConcurrentRunningTasks +
  sessionOptions({}).backgroundSessionsMaxConcurrent +
  SLOTS_FOREGROUND;

/** From facts to findings: what is well, what is not, why, and what to do. Pure. */
export function findingsOf(facts: DoctorFacts): readonly Finding[] {
  const { address, unreachable, server, schema, work } = facts;
  if (unreachable !== null) return [error('database', unreachable.message, unreachable.help)];
  return [
    ...(server === null ? [] : serverFindings(address, server, work?.enforcement ?? null)),
    schema === null
      ? ok('schema', 'The schema is that of this release.')
      : error('schema', schema.message, schema.help),
    ...(work === null ? [] : workFindings(work)),
    ...(server === null || work === null ? [] : [connectionFinding(server, work.instances.length)]),
  ];
}

function serverFindings(
  address: string,
  server: ServerFacts,
  enforcement: Enforcement | null,
): readonly Finding[] {
  const findings = [
    ok('database', `PostgreSQL ${server.version} answers at ${address}, as login ${server.login}.`),
  ];
  if (server.readOnly) {
    findings.push(
      error(
        'database',
        'The database is read-only: a standby, or set so.',
        'Give the address of the primary.',
      ),
    );
  }
  if (server.pooled) {
    findings.push(
      error(
        'database',
        'A connection pooler stands between this machine and PostgreSQL; heartbeats, notifications and slots cannot pass one.',
        'Give the address of PostgreSQL itself.',
      ),
    );
  }
  return [...findings, clockFinding(server.clockAheadMs), ...rightsFindings(server, enforcement)];
}

function clockFinding(aheadMs: number): Finding {
  const skew = Math.abs(aheadMs);
  if (skew < CLOCK_SKEW_MS_WARNING) return ok('clock', 'The clocks of this machine and the database agree.');
  const make = skew < CLOCK_SKEW_MS_ERROR ? warning : error;
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  return make(
    'clock',
    `The database's clock is ${describeDuration(skew)} ${side} this machine's; schedules follow the database's.`,
    'Let both machines take their time from the same source (NTP).',
  );
}

function connectionFinding(server: ServerFacts, instances: number): Finding {
  const wanted = Math.max(instances, 1) * CONNECTIONS_PER_INSTANCE;
  const { connectionsMax, connectionsOthers, connectionsOurs } = server;
  const sum = `${Math.max(instances, 1)} × ${CONNECTIONS_PER_INSTANCE} for Nightshift (${connectionsOurs} open) and ${connectionsOthers} of others, of ${connectionsMax}`;
  const help = 'Raise max_connections, or lower --concurrency.';
  if (wanted + connectionsOthers > connectionsMax)
    return error('connections', `There are too few connections: ${sum}.`, help);
  if (wanted + connectionsOthers > connectionsMax * CONNECTIONS_WARNING)
    return warning('connections', `Connections are getting scarce: ${sum}.`, help);
  return ok('connections', `There are enough connections: ${sum}.`);
}

function workFindings(work: WorkFacts): readonly Finding[] {
  const live = work.instances.filter(({ silentMs }) => silentMs < LEASE_MS);
  const running = live.filter(mayRunTasks);
  const silent = work.instances.filter(({ silentMs }) => silentMs >= LEASE_MS);
  const startHelp = live.some(({ held }) => held !== null) ? RELEASE_HELP : START_HELP;
  return [
    ...environmentFindings(work.environment, live),
    ...roleFindings(work.roles),
    ...instanceFindings(live, silent, startHelp),
    ...sessionFindings(work.frequentStarts),
    ...peopleFindings(work.people),
    ...entryFindings(work.entries, running, startHelp),
    ...taskFindings(work, running, startHelp),
  ];
}

function instanceFindings(
  live: readonly InstanceFacts[],
  silent: readonly InstanceFacts[],
  startHelp: string,
): readonly Finding[] {
  const running = live.filter(mayRunTasks);
  const none = warning(
    'instances',
    'No server instance runs tasks: nothing is done in the background.',
    startHelp,
  );
  return [
    ...(running.length === 0 ? [none] : []),
    ...live.map(liveFinding),
    ...silent.map((instance) =>
      warning(
        'instances',
        `${instanceText(instance)} has been silent for ${describeDuration(instance.silentMs)}; its work is freed by the next instance that starts.`,
        running.length === 0 ? 'Start an instance.' : null,
      ),
    ),
  ];
}

function mayRunTasks({ runsTasks, held, newerMigration }: InstanceFacts): boolean {
  return runsTasks && held === null && newerMigration === null;
}

function liveFinding(instance: InstanceFacts): Finding {
  const { blocked, newerMigration } = instance;
  if (newerMigration !== null)
    return error(
      'instances',
      `${instanceText(instance)} claims no tasks: the database has migration ${newerMigration}, which its release ${instance.version} does not know.`,
      'Stop it, and start one of the release that the database was brought up to.',
    );
  if (blocked === null)
    return ok(
      'instances',
      `${instanceText(instance)} is alive${mayRunTasks(instance) ? '' : ', and runs no tasks'}.`,
    );
  const { ms, by } = blocked;
  return warning(
    'instances',
    `${instanceText(instance)}: its main thread has been blocked for ${describeDuration(ms)} by ${describeBlockedBy(by)}: nothing else runs there.`,
    by.codeunit === null ? null : "Give the codeunit isolation: 'thread', or let it await between pieces.",
  );
}

function entryFindings(
  entries: readonly EntryFacts[],
  running: readonly InstanceFacts[],
  startHelp: string,
): readonly Finding[] {
  const waiting = entries.filter(({ status }) => status !== 'Error');
  const stopped = entries.filter(({ status }) => status === 'Error');
  const findings = waiting.flatMap((entry) => {
    const finding = entryFinding(entry, running);
    return finding === null ? [] : [finding];
  });
  const ready = waiting.filter(({ status }) => status === 'Ready');
  if (ready.length > 0 && running.length === 0) {
    findings.unshift(
      error(
        'entries',
        `${count(ready.length, 'entry is', 'entries are')} Ready, and no server instance runs tasks.`,
        startHelp,
      ),
    );
  }
  findings.push(
    ...stopped.map((entry) =>
      error(
        'entries',
        `${entryText(entry)} is in status Error: ${entry.error ?? 'without a text'}.`.replace(/\.\.$/, '.'),
        `See "nightshift entry log ${entry.entryNo}"; when the cause is gone, "nightshift entry ready ${entry.entryNo}".`,
      ),
    ),
  );
  const named = findings.slice(0, NAMED_ENTRIES_MAX);
  const rest = findings.slice(NAMED_ENTRIES_MAX);
  if (rest.length > 0) {
    const make = rest.some(({ level }) => level === 'error') ? error : warning;
    named.push(make('entries', `${rest.length} more entries do not run.`, 'See "nightshift entry list".'));
  }
  return named.length > 0 ? named : [ok('entries', `${count(waiting.length, 'entry', 'entries')} will run.`)];
}

function entryFinding(entry: EntryFacts, running: readonly InstanceFacts[]): Finding | null {
  const { status, object, entryNo } = entry;
  if (!entry.hasTask && status !== 'Waiting') {
    return error(
      'entries',
      `${entryText(entry)} is ${status}, but has no task: it will not run.`,
      `Run "nightshift entry hold ${entryNo}", then "nightshift entry ready ${entryNo}".`,
    );
  }
  const having = running.filter(({ codeunits }) => codeunits.includes(object));
  if (running.length === 0 || having.length === running.length) return null;
  const help = 'Start instances of one application that has it.';
  if (having.length === 0)
    return error('entries', `${entryText(entry)}: no live server instance has its codeunit.`, help);
  const lacking = running.filter((instance) => !having.includes(instance)).map(instanceText);
  return warning('entries', `${entryText(entry)}: its codeunit is missing in ${lacking.join(', ')}.`, help);
}

function entryText({ entryNo, object, company }: EntryFacts): string {
  return `Entry ${entryNo} (${object}, ${company})`;
}

function taskFindings(
  work: WorkFacts,
  running: readonly InstanceFacts[],
  startHelp: string,
): readonly Finding[] {
  const findings = work.tasks.flatMap(({ codeunit, company, tasks, late, orphaned }) => {
    const what = `${codeunit}, ${company}`;
    const isKnown = running.some(({ codeunits }) => codeunits.includes(codeunit));
    return [
      ...(isKnown || running.length === 0
        ? []
        : [
            error(
              'tasks',
              `${count(tasks, 'task waits', 'tasks wait')} for a codeunit that no live server instance has (${what}).`,
              'Start an instance with the application that has it.',
            ),
          ]),
      ...(orphaned === 0
        ? []
        : [
            error(
              'tasks',
              `${count(orphaned, 'task is', 'tasks are')} claimed by an instance that is no more (${what}).`,
              'Any running instance frees them within seconds; if this stays, report it.',
            ),
          ]),
      ...(late === 0 || (!isKnown && running.length > 0)
        ? []
        : [
            (running.length === 0 ? error : warning)(
              'tasks',
              `${count(late, 'task has', 'tasks have')} been due for more than a minute (${what}).`,
              running.length === 0
                ? startHelp
                : 'The instances are busy: raise --concurrency, or start another one.',
            ),
          ]),
    ];
  });
  const failed = work.failedTasks.map(failedFinding);
  const total = work.tasks.reduce((sum, { tasks }) => sum + tasks, 0);
  return findings.length + failed.length > 0
    ? [...findings, ...failed]
    : [ok('tasks', `${count(total, 'task waits or runs', 'tasks wait or run')}.`)];
}

function failedFinding({ codeunit, company, isPoison, tasks, error: text }: FailedTaskFacts): Finding {
  const what = isPoison
    ? `${count(tasks, 'task is', 'tasks are')} poison (${codeunit}, ${company})`
    : `${count(tasks, 'task', 'tasks')} failed for good (${codeunit}, ${company})`;
  const sentence = `${what}; the last one: ${text ?? 'without a text'}.`.replace(/\.\.$/, '.');
  return isPoison
    ? error('tasks', sentence, ERROR_CODES.TASK_POISON.help)
    : warning('tasks', sentence, 'See "nightshift task list".');
}

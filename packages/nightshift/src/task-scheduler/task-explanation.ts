import { describeDuration } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { errorText, instantText } from './explanation-text.ts';
import { LEASE_MS } from './presence.ts';
import { type RetryPolicyChoice, retriesOf } from './retry-policy.ts';
import { instancesForTask, situationOfTask } from './task-list.sql.ts';
import { getTask, readOwnedTask, type ScheduledTask } from './task-list.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

/** A server instance as it matters to one task. */
export interface InstanceForTask {
  readonly place: number;
  readonly host: string;
  readonly processId: number;
  readonly runsTasks: boolean;
  /** Why it runs nothing until a person releases it; null when it is not held. */
  readonly held: string | null;
  /** Whether it has the codeunit that runs next. */
  readonly hasCodeunit: boolean;
  /** Milliseconds since its last beat. */
  readonly silentMs: number;
  /** Whether its main thread is blocked. */
  readonly blocked: boolean;
}

/** What an explanation is made from. */
export interface ExplanationFacts {
  readonly now: Date;
  /** What is being upgraded in the task's company; null when nothing is. */
  readonly upgrade: string | null;
  /** IANA name; in which instants are told. */
  readonly timeZone: string;
  readonly instances: readonly InstanceForTask[];
  readonly retryPolicy: RetryPolicyChoice;
  /** How many tasks an instance starts in a second, as this one is set up; 0: no limit. */
  readonly startsPerSecond: number;
}

/** What keeps a task from running. */
export interface TaskHindrance {
  readonly kind:
    | 'failed'
    | 'not-ready'
    | 'running'
    | 'user-gone'
    | 'later'
    | 'upgrade'
    | 'held'
    | 'no-instance'
    | 'no-codeunit'
    | 'no-place';
  /** One sentence. */
  readonly text: string;
}

/** A task, and why it does not run. */
export interface ExplainedTask extends ScheduledTask {
  /** One sentence. */
  readonly why: string;
}

/**
 * A task of the caller's company with the reason why it does not run, in one sentence; instants in the caller's time zone.
 * Not for sessions in a thread or process of their own.
 * @returns null when there is no such task: it is done, was cancelled, or never was
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED
 */
export async function explainTask(caller: Caller, taskId: string): Promise<ExplainedTask | null> {
  const task = await getTask(caller, taskId);
  if (task === null) return null;
  return { ...task, why: whyNotRunning(task, await factsAbout(caller, task)) };
}

/**
 * What keeps a task from running that stands for something of its owner's, who has asked whether the caller may know. `runs`:
 * the codeunit that its codeunit will run in turn, which an instance needs as well.
 * @returns null when there is no such task
 */
export async function explainOwnedTask(
  caller: Caller,
  taskId: string,
  runs: string,
): Promise<TaskHindrance | null> {
  const task = await readOwnedTask(caller, taskId);
  if (task === null) return null;
  const asked = { ...task, codeunit: runs };
  return hindranceOf(asked, await factsAbout(caller, asked));
}

async function factsAbout(caller: Caller, task: ScheduledTask): Promise<ExplanationFacts> {
  const door = doorOf(caller);
  const { reader, clock, options, handlers } = door.service(TASK_SCHEDULER);
  const [[situation], rows] = await Promise.all([
    reader.run<{ now: Date; upgrade: string | null }>(situationOfTask, [door.company.no, clock.pinned()]),
    reader.run<InstanceRow>(instancesForTask, [door.company.no, codeunitOf(task)]),
  ]);
  return {
    now: situation?.now ?? clock.now(),
    upgrade: situation?.upgrade ?? null,
    timeZone: caller.timeZone,
    instances: rows.map(instanceOf),
    retryPolicy: handlers.get(task.codeunit)?.retryPolicy ?? options.retryPolicy,
    startsPerSecond: options.maximumTasksStartedPerSecond,
  };
}

interface InstanceRow {
  readonly place: number;
  readonly host: string;
  readonly process_id: number;
  readonly runs_tasks: boolean;
  readonly held: string | null;
  readonly has_codeunit: boolean;
  readonly silent_ms: number;
  readonly blocked: boolean;
}

function instanceOf(row: InstanceRow): InstanceForTask {
  return {
    place: row.place,
    host: row.host,
    processId: row.process_id,
    runsTasks: row.runs_tasks,
    held: row.held,
    hasCodeunit: row.has_codeunit,
    silentMs: row.silent_ms,
    blocked: row.blocked,
  };
}

/** Why a task does not run, in one sentence. Pure. */
export function whyNotRunning(task: ScheduledTask, facts: ExplanationFacts): string {
  return hindranceOf(task, facts).text;
}

/** What keeps a task from running, as a program tells it apart and in one sentence. Pure. */
export function hindranceOf(task: ScheduledTask, facts: ExplanationFacts): TaskHindrance {
  switch (task.state) {
    case 'Failed':
    case 'Poison':
      return { kind: 'failed', text: whyFailed(task, facts) };
    case 'Not Ready':
      return { kind: 'not-ready', text: whyNotReady(task) };
    case 'Running':
      return { kind: 'running', text: whyRunning(task) };
    case 'Pending':
    case 'Retrying':
      return task.userGone
        ? { kind: 'user-gone', text: whyItWillFail(task, facts) }
        : whyWaiting(task, facts);
  }
}

function whyRunning({ instance }: ScheduledTask): string {
  return instance === null
    ? 'It is claimed by a server instance that is no more; a live one frees it within seconds.'
    : `It is claimed by ${placeText(instance)}, and runs there or is about to.`;
}

function whyWaiting(task: ScheduledTask, facts: ExplanationFacts): TaskHindrance {
  return task.due.getTime() > facts.now.getTime()
    ? { kind: 'later', text: whyLater(task, facts) }
    : whyNotNow(task, facts);
}

function whyItWillFail(task: ScheduledTask, { now, timeZone }: ExplanationFacts): string {
  const isLater = task.due.getTime() > now.getTime();
  const when = isLater ? `it is due, at ${instantText(task.due, timeZone)}` : 'a server instance takes it';
  return `It will fail when ${when}: ${goneText(task)}.`;
}

function whyNotReady(task: ScheduledTask): string {
  const { user, reassignedBy } = task;
  if (task.userGone) return `It is Not Ready, and would fail: ${goneText(task)}.`;
  if (reassignedBy === null) return 'It is Not Ready: it waits until somebody sets it ready.';
  return `It is Not Ready: ${reassignedBy} has given it to ${user ?? 'a user'}, who has to set it ready.`;
}

function goneText({ user }: ScheduledTask): string {
  return user === null
    ? 'its user is there no more; have it run as somebody else'
    : `its user ${user} is disabled or no longer valid; have it run as somebody else`;
}

function whyFailed(task: ScheduledTask, { timeZone }: ExplanationFacts): string {
  const { state, error, failedAt } = task;
  const when = failedAt === null ? '' : ` since ${instantText(failedAt, timeZone)}`;
  const what = state === 'Poison' ? 'server instances died of it again and again' : 'it failed for good';
  const then = task.userGone ? goneText(task) : 'it runs again when somebody says so';
  return `It is ${state}${when}: ${what}${errorText(error)}; ${then}.`;
}

function whyLater(task: ScheduledTask, { now, timeZone, retryPolicy }: ExplanationFacts): string {
  const wait = describeDuration(task.due.getTime() - now.getTime());
  const at = `at ${instantText(task.due, timeZone)} (in ${wait})`;
  if (task.attempt > 0) {
    const which = `${task.attempt} of ${retriesOf(retryPolicy)}`;
    return `It waits for its retry ${which} ${at}, after${errorText(task.error) || ': an error'}.`;
  }
  if (task.losses > 0) return `It was lost ${times(task.losses)} and is run again ${at}.`;
  return `It is due in ${wait}, ${at.replace(/ \(.*/, '')}.`;
}

function whyNotNow(task: ScheduledTask, facts: ExplanationFacts): TaskHindrance {
  const { now, upgrade } = facts;
  const since = `It has been due for ${describeDuration(now.getTime() - task.due.getTime())}`;
  if (upgrade !== null)
    return { kind: 'upgrade', text: `${since}: no tasks are begun while ${upgrade} is upgraded.` };
  const live = facts.instances.filter(({ silentMs }) => silentMs < LEASE_MS);
  const running = live.filter(({ runsTasks, held }) => runsTasks && held === null);
  if (running.length > 0) return whyNotThere(task, running, since, facts.startsPerSecond);
  const held = live.filter((instance) => instance.runsTasks && instance.held !== null);
  if (held.length === 0)
    return { kind: 'no-instance', text: `${since}, but no live server instance runs tasks.` };
  const which = listed(held.map((one) => `${placeText(one)} is held (${one.held})`));
  return { kind: 'held', text: `${since}, but ${which}, and no other one runs tasks.` };
}

/** Instances run tasks, and not this one. */
function whyNotThere(
  task: ScheduledTask,
  running: readonly InstanceForTask[],
  since: string,
  startsPerSecond: number,
): TaskHindrance {
  const having = running.filter(({ hasCodeunit }) => hasCodeunit);
  const lacking = running.filter(({ hasCodeunit }) => !hasCodeunit);
  const codeunit = `codeunit "${codeunitOf(task)}"`;
  const lack =
    lacking.length === 0
      ? ''
      : `${listed(lacking.map(placeText))} ${lacking.length === 1 ? 'lacks' : 'lack'} it`;
  if (having.length === 0)
    return { kind: 'no-codeunit', text: `No live server instance has ${codeunit}: ${lack}.` };
  const free = having.filter(({ blocked }) => !blocked);
  const what =
    free.length === 0
      ? `the main thread of ${listed(having.map(placeText))} is blocked`
      : `it waits for a free place on ${listed(free.map(placeText), 'or')}`;
  const suspected =
    task.suspect > 0
      ? `, alone, because server instances were lost with it ${times(task.suspect)} in a row`
      : '';
  const pace =
    startsPerSecond > 0 && free.length > 0 ? `, where ${startsPerSecond} tasks a second are started` : '';
  const text = `${since}: ${what}${suspected}${pace}${lack === '' ? '' : ` (${codeunit}: ${lack})`}.`;
  return { kind: 'no-place', text };
}

function codeunitOf({ failing, codeunit, failureCodeunit }: ScheduledTask): string {
  return failing ? (failureCodeunit ?? codeunit) : codeunit;
}

/** `instance 2 (host, process 4711)`. */
function placeText({ place, host, processId }: NonNullable<ScheduledTask['instance']>): string {
  return `instance ${place} (${host}, process ${processId})`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function listed(parts: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} ${conjunction} ${parts.at(-1)}`;
}

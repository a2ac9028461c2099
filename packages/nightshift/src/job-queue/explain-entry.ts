import { describeDuration } from '../foundation/index.ts';
import { errorText, instantText, type TaskHindrance } from '../task-scheduler/index.ts';
import { describeSchedule } from './describe-schedule.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { isWithinRunWindow, nextRunTime } from './recurrence.ts';
import { isRecurring } from './schedule.ts';

/** What a fact is about. */
export type EntryFactKind =
  | 'running'
  | 'approval'
  | 'on-hold'
  | 'error'
  | 'finished'
  | 'user-gone'
  | 'rights-missing'
  | 'expired'
  | 'waiting'
  | 'inactive'
  | 'rerun'
  | 'outside-window'
  | 'planned'
  | 'no-task'
  | 'upgrade'
  | 'held-environment'
  | 'no-instance'
  | 'no-object'
  | 'limit'
  | 'no-place'
  | 'starting'
  | 'task'
  | 'note'
  | 'last-error'
  | 'next-run';

/** One thing that is so, as a sentence. */
export interface EntryFact {
  readonly kind: EntryFactKind;
  readonly text: string;
}

/** Why an entry does not run. */
export interface EntryExplanation {
  /** The most telling fact. */
  readonly sentence: string;
  /** What is known, the most telling first. */
  readonly facts: readonly EntryFact[];
}

/** What an explanation is made from. */
export interface EntrySurroundings {
  readonly now: Date;
  /** Who gave it its status; null: nobody did, or nobody knows. */
  readonly statusBy: string | null;
  /** As whom it runs. */
  readonly runAs: string;
  /** Why it could not run as him, as a sentence; null: it could. */
  readonly runAsHindrance: { readonly isGone: boolean; readonly text: string } | null;
  /** An open request for its approval; `asked` null: of anybody. */
  readonly approval: { readonly by: string; readonly asked: string | null; readonly at: Date } | null;
  /** The run that is under way. */
  readonly running: { readonly sessionId: number; readonly startedAt: Date } | null;
  /** Entries that hold places in the category it waits in. */
  readonly rivals: readonly {
    readonly entryNo: number;
    readonly object: string;
    readonly since: Date | null;
  }[];
  /** Entries that wait there and come before it. */
  readonly ahead: number;
  /** What keeps its task; null: it has none. */
  readonly task: TaskHindrance | null;
  /** Of how many tasks at a time its user may have on an instance, when he has that many on each; null: he has room. */
  readonly userLimit: number | null;
}

/** Why an entry does not run: facts in the order in which they matter. Pure. */
export function explainEntry(entry: JobQueueEntry, around: EntrySurroundings): EntryExplanation {
  const facts = [
    ...runningFacts(entry, around),
    ...statusFacts(entry, around),
    ...restFacts(entry),
    ...nextRunFacts(entry, around),
  ];
  return { sentence: facts[0]?.text ?? `It is ${entry.status}.`, facts };
}

function runningFacts(entry: JobQueueEntry, { running }: EntrySurroundings): readonly EntryFact[] {
  if (running === null) return [];
  const goesOn = ['On Hold', 'Finished', 'Error'].includes(entry.status) ? '; this run is its last' : '';
  const since = momentOf(entry, running.startedAt);
  return [
    { kind: 'running', text: `It runs right now, since ${since}, in session ${running.sessionId}${goesOn}.` },
  ];
}

function statusFacts(entry: JobQueueEntry, around: EntrySurroundings): readonly EntryFact[] {
  const since = momentOf(entry, entry.statusSince);
  switch (entry.status) {
    case 'On Hold':
      return [...approvalFacts(entry, around), { kind: 'on-hold', text: heldText(entry, around) }];
    case 'Error': {
      const text = `It is in Error since ${since}${errorText(entry.error)}.`;
      return [{ kind: 'error', text }, ...userFacts(around)];
    }
    case 'Finished':
      return [
        { kind: 'finished', text: `It is Finished since ${since} and does not run again by itself.` },
        ...(isExpired(entry, around) ? [expiredFact(entry)] : []),
      ];
    case 'In Process':
      return around.running === null ? [...userFacts(around), ...taskFacts(entry, around)] : [];
    case 'Waiting':
      return [...futureFacts(entry, around), { kind: 'waiting', text: waitingText(entry, around) }];
    case 'Ready':
      return [...futureFacts(entry, around), ...planFacts(entry, around)];
    case 'On Hold with Inactivity Timeout':
      return [...futureFacts(entry, around), { kind: 'inactive', text: inactiveText(entry) }];
  }
}

/** What will keep it from running when its time comes. */
function futureFacts(entry: JobQueueEntry, around: EntrySurroundings): readonly EntryFact[] {
  return [...userFacts(around), ...(isExpired(entry, around) ? [expiredFact(entry)] : [])];
}

function userFacts({ runAsHindrance, runAs }: EntrySurroundings): readonly EntryFact[] {
  if (runAsHindrance === null) return [];
  const { isGone, text } = runAsHindrance;
  return isGone
    ? [
        {
          kind: 'user-gone',
          text: `It cannot run as ${runAs}, who is disabled or no longer valid: have it run as somebody else.`,
        },
      ]
    : [{ kind: 'rights-missing', text }];
}

function approvalFacts(entry: JobQueueEntry, { approval }: EntrySurroundings): readonly EntryFact[] {
  if (approval === null) return [];
  const who = approval.asked ?? 'somebody';
  const text = `It is On Hold until ${who} approves it: ${approval.by} has asked for that since ${momentOf(entry, approval.at)}.`;
  return [{ kind: 'approval', text }];
}

function heldText(entry: JobQueueEntry, { statusBy }: EntrySurroundings): string {
  const by = statusBy === null ? '' : `, by ${statusBy}`;
  return `It is On Hold since ${momentOf(entry, entry.statusSince)}${by}; set it Ready to have it run.`;
}

function inactiveText(entry: JobQueueEntry): string {
  const until = entry.earliestStart === null ? '' : ` until ${momentOf(entry, entry.earliestStart)}`;
  return `It rests${until}, because its last run found nothing to do.`;
}

function waitingText(entry: JobQueueEntry, { rivals, ahead }: EntrySurroundings): string {
  const since = entry.waitingSince ?? entry.statusSince;
  const first = `It waits in category ${entry.category ?? ''} since ${momentOf(entry, since)}`;
  const names = rivals.map(({ entryNo, object }) => `entry ${entryNo} (${object})`);
  const whom = names.length === 0 ? ' for its turn' : ` for ${names.join(' or ')} to end`;
  const before =
    ahead === 0 ? '' : `; ${ahead} waiting ${ahead === 1 ? 'entry comes' : 'entries come'} before it`;
  return `${first}${whom}${before}.`;
}

function planFacts(entry: JobQueueEntry, around: EntrySurroundings): readonly EntryFact[] {
  const { now } = around;
  const { earliestStart, schedule } = entry;
  if (around.task === null) {
    return [{ kind: 'no-task', text: 'It is Ready and has no task: set it On Hold, and Ready again.' }];
  }
  if (earliestStart === null || earliestStart <= now) return taskFacts(entry, around);
  const at = momentOf(entry, earliestStart);
  const wait = describeDuration(earliestStart.getTime() - now.getTime());
  if (entry.attempts > 0) {
    const which = `${entry.attempts} of ${entry.maximumAttempts}`;
    const text = `It waits for its rerun ${which} at ${at} (in ${wait})${errorText(entry.error).replace(/^:/, ', after:')}.`;
    return [{ kind: 'rerun', text }];
  }
  if (!isWithinRunWindow(schedule, now, schedule.timeZone)) {
    return [
      { kind: 'outside-window', text: `It is outside its hours until ${at} (${scheduleText(entry)}).` },
    ];
  }
  return [{ kind: 'planned', text: `It is planned for ${at}, in ${wait}.` }];
}

const TASK_KINDS = {
  upgrade: 'upgrade',
  held: 'held-environment',
  'no-instance': 'no-instance',
  'no-codeunit': 'no-object',
  'no-place': 'no-place',
  running: 'starting',
  'user-gone': 'user-gone',
  later: 'planned',
  'not-ready': 'task',
  failed: 'task',
} as const satisfies Record<TaskHindrance['kind'], EntryFactKind>;

/** What keeps a task that is due. */
function taskFacts(_entry: JobQueueEntry, around: EntrySurroundings): readonly EntryFact[] {
  const { task, userLimit, runAs } = around;
  if (task === null) return [{ kind: 'no-task', text: 'Its task is gone; within seconds it is put right.' }];
  const isTold = task.kind === 'user-gone' && around.runAsHindrance?.isGone === true;
  const told: readonly EntryFact[] = isTold ? [] : [{ kind: TASK_KINDS[task.kind], text: task.text }];
  if (task.kind !== 'no-place' || userLimit === null) return told;
  const tasks = userLimit === 1 ? '1 task' : `${userLimit} tasks`;
  const text = `${runAs} has ${tasks} on every server instance already, which is the most for one user.`;
  return [{ kind: 'limit', text }, ...told];
}

function isExpired({ expiration }: JobQueueEntry, { now }: EntrySurroundings): boolean {
  return expiration !== null && expiration < now;
}

function expiredFact(entry: JobQueueEntry): EntryFact {
  const at = momentOf(entry, entry.expiration ?? entry.statusSince);
  return { kind: 'expired', text: `It expired at ${at} and runs no more.` };
}

function restFacts({ note, error, status }: JobQueueEntry): readonly EntryFact[] {
  const facts: EntryFact[] = [];
  if (note !== null) facts.push({ kind: 'note', text: `Note: ${note}` });
  if (error !== null && status !== 'Error') {
    facts.push({ kind: 'last-error', text: `The last run failed${errorText(error)}.` });
  }
  return facts;
}

/** When it runs after the run that is under way, were that to end now. */
function nextRunFacts(entry: JobQueueEntry, { now }: EntrySurroundings): readonly EntryFact[] {
  if (entry.status !== 'In Process' || !isRecurring(entry.schedule) || entry.manualRecurrence) return [];
  const next = nextRunTime(entry.schedule, now, entry.schedule.timeZone, entry.earliestStart);
  if (next === null) return [];
  return [{ kind: 'next-run', text: `It is eligible to run again from ${momentOf(entry, next)}.` }];
}

function scheduleText({ schedule }: JobQueueEntry): string {
  return describeSchedule(schedule, 'en');
}

function momentOf({ schedule }: JobQueueEntry, at: Date): string {
  return instantText(at, schedule.timeZone);
}

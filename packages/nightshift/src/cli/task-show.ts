import { describeDuration } from '../foundation/index.ts';
import type { ExplainedTask } from '../task-scheduler/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { logLineText } from './run-notes.ts';
import { indented } from './session-view.ts';
import { instantText, listOf, zoneOrUtc } from './showing.ts';
import { unknownTask, wantedTask } from './task-lookup.ts';
import { taskView } from './task-view.ts';
import { taskScheduler } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** Shows one task: what it is, where it stands, why it does not run, and how its last run ended. */
export async function showTask(invocation: Invocation, text: string): Promise<ExitCode> {
  const id = wantedTask(text);
  await withCaller(invocation, {}, async (caller) => {
    const task = await taskScheduler.explain(caller, id);
    if (task === null) throw unknownTask(caller, id);
    const { verbose } = invocation.settings;
    invocation.answer(taskView(task), () => taskText(task, zoneOrUtc(caller.timeZone), verbose));
  });
  return EXIT.ok;
}

function taskText(task: ExplainedTask, zone: string, withStack: boolean): string {
  const { instance } = task;
  const facts = listOf([
    ['Task', task.id],
    ['State', task.state],
    ['Why', task.why],
    ['Codeunit', task.codeunit],
    ['Failure codeunit', task.failureCodeunit === null ? null : failureText(task)],
    ['Record', recordText(task)],
    ['Due', instantText(task.due, zone)],
    ['Retries used', task.attempt],
    ['Instances lost', task.losses],
    ['Claimed by', instance === null ? null : `${instance.host}:${instance.processId}`],
    ['Runs as', task.userGone && task.user !== null ? `${task.user} (gone)` : task.user],
    ['Given to it by', task.reassignedBy],
    ['Company', task.company],
    ['Language', task.language],
    ['Time zone', task.timeZone],
    ['Timeout', task.timeout === null ? null : describeDuration(task.timeout)],
    ['Idempotency key', task.idempotencyKey],
    ['Correlation id', task.correlationId],
    ['Created', instantText(task.createdAt, zone)],
    ['Failed', instantText(task.failedAt, zone)],
  ]);
  return [facts, ...errorLines(task, zone, withStack)].join('\n');
}

function failureText({ failureCodeunit, failing }: ExplainedTask): string {
  return `${failureCodeunit}${failing ? ' (runs next)' : ''}`;
}

/** The value, or which row it is. */
function recordText({ record, recordTable }: ExplainedTask): string | null {
  if (record === null) return null;
  const text = JSON.stringify(record);
  return recordTable === null ? text : `row of ${recordTable}: ${text}`;
}

function errorLines({ error }: ExplainedTask, zone: string, withStack: boolean): readonly string[] {
  if (error === null) return [];
  const { code, message, causes, stack, lines } = error;
  return [
    '',
    'Last run:',
    indented(`Error: ${message}${code === null ? '' : ` (${code})`}`),
    ...causes.map((cause) =>
      indented(`  caused by: ${cause.message}${cause.code === null ? '' : ` (${cause.code})`}`),
    ),
    ...(withStack && stack !== null ? [indented(stack)] : []),
    // What was stored when an instance was lost knows nothing of the run.
    ...(lines ?? []).map((line) => indented(logLineText(line, zone))),
  ];
}

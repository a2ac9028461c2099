/** What a task of the state-machine test is expected to be. Changed by the commands, compared with the rows. */
export interface ModelTask {
  readonly id: string;
  readonly hasFailureCodeunit: boolean;
  state: 'waiting' | 'claimed' | 'done' | 'failed' | 'poison' | 'cancelled';
  ready: boolean;
  failing: boolean;
  /** Milliseconds since 1970. */
  due: number;
  attempt: number;
  losses: number;
  suspect: number;
  /** The epoch that claimed it; null while it waits. */
  owner: string | null;
  /** Effects that were committed in mid-run. */
  parts: number;
  /** Effects that were committed with the end of the task: 1 at most. */
  ends: number;
}

/** A task that nobody has claimed yet. */
export function newModelTask(
  given: Pick<ModelTask, 'id' | 'hasFailureCodeunit' | 'ready' | 'due'>,
): ModelTask {
  return {
    ...given,
    state: 'waiting',
    failing: false,
    attempt: 0,
    losses: 0,
    suspect: 0,
    owner: null,
    parts: 0,
    ends: 0,
  };
}

/** Nobody holds it any more. */
export function release(task: ModelTask): void {
  task.state = 'waiting';
  task.owner = null;
}

/** The instance that held it was lost. */
export function lose(task: ModelTask): void {
  task.losses++;
  task.suspect++;
  release(task);
}

/** What the tables say of one task. */
export interface TaskFacts {
  readonly id: string;
  readonly state: 'waiting' | 'claimed' | 'failed' | 'poison';
  readonly ready: boolean;
  readonly failing: boolean;
  readonly due: number;
  readonly attempt: number;
  readonly losses: number;
  readonly suspect: number;
  readonly owner: string | null;
}

/** What the tables say: the tasks that stand in them, and the effects by task and kind. */
export interface EngineFacts {
  readonly tasks: readonly TaskFacts[];
  readonly effects: readonly { readonly task: string; readonly note: string; readonly count: number }[];
}

const COMPARED = ['state', 'ready', 'failing', 'due', 'attempt', 'losses', 'suspect', 'owner'] as const;
const COMPARED_AFTER_FAILURE = ['state', 'attempt'] as const;

/** Everything in which the tables differ from the model, one sentence each; empty when they agree. */
export function differences(model: Iterable<ModelTask>, { tasks, effects }: EngineFacts): readonly string[] {
  const found: string[] = [];
  const rows = new Map(tasks.map((row) => [row.id, row]));
  const counts = new Map(effects.map(({ task, note, count }) => [`${task} ${note}`, count]));
  for (const task of model) {
    found.push(...differencesOf(task, rows.get(task.id)));
    rows.delete(task.id);
    for (const [note, expected] of [
      ['part', task.parts],
      ['end', task.ends],
    ] as const) {
      const key = `${task.id} ${note}`;
      const count = counts.get(key) ?? 0;
      counts.delete(key);
      if (count !== expected) found.push(`task ${task.id} has ${count} effects (${note}), not ${expected}`);
    }
  }
  for (const id of rows.keys()) found.push(`task ${id} stands in the tables, and nobody created it`);
  for (const key of counts.keys()) found.push(`there is an effect of nobody: ${key}`);
  return found;
}

function differencesOf(task: ModelTask, row: TaskFacts | undefined): readonly string[] {
  const isGone = task.state === 'done' || task.state === 'cancelled';
  if (row === undefined) return isGone ? [] : [`task ${task.id} is lost; it was ${task.state}`];
  if (isGone) return [`task ${task.id} is ${row.state}, although it was ${task.state}`];
  const hasFailed = task.state === 'failed' || task.state === 'poison';
  const found: string[] = [];
  for (const column of hasFailed ? COMPARED_AFTER_FAILURE : COMPARED) {
    if (row[column] !== task[column])
      found.push(`${column} of task ${task.id} is ${row[column]}, not ${task[column]}`);
  }
  return found;
}

/** @throws Error when a verb answered something else than the model */
export function agree(what: string, answer: boolean, expected: boolean): void {
  if (answer !== expected) throw new Error(`${what} answered ${answer}, not ${expected}`);
}

/** What an accepted task must have come to: an effect of its main codeunit, of its failure codeunit, or a visible failure. */
export type ExpectedEnd = 'main' | 'failure' | 'failed';

/** What was asked for, and what the tables say when all is over. */
export interface EffectHistory {
  /** Tasks that were accepted, by their ids. */
  readonly accepted: ReadonlyMap<string, ExpectedEnd>;
  /** Whether there were creations whose answer was lost: tasks that nobody knows may have come of them. */
  readonly doubtful: boolean;
  readonly effects: readonly {
    readonly task: string;
    readonly kind: 'main' | 'failure';
    readonly attempt: number;
    readonly instance: string;
  }[];
  /** Tasks that still wait or run. */
  readonly left: readonly { readonly id: string; readonly claimed: boolean }[];
  readonly failed: readonly string[];
}

/**
 * The promise, as a check: every accepted task has exactly one effect, or has visibly failed and has none; none is lost,
 * none stays claimed, and nothing has an effect that nobody asked for.
 * @returns one sentence for each violation; empty when the promise holds
 */
export function effectViolations(history: EffectHistory): readonly string[] {
  const { accepted, doubtful, effects, left, failed } = history;
  const found = left.map(({ id, claimed }) =>
    claimed ? `task ${id} stays claimed` : `task ${id} was never run to its end`,
  );
  const byTask = Map.groupBy(effects, ({ task }) => task);
  const hasFailed = new Set(failed);
  const isLeft = new Set(left.map(({ id }) => id));
  for (const [task, end] of accepted) {
    const kinds = (byTask.get(task) ?? []).map(({ kind }) => kind);
    const expected = end === 'failed' ? [] : [end];
    if (kinds.join() !== expected.join()) {
      const isLost = kinds.length === 0 && !hasFailed.has(task) && !isLeft.has(task);
      found.push(isLost ? `task ${task} is lost` : `task ${task}: ${told(byTask.get(task))}, not ${end}`);
    }
    if (hasFailed.has(task) !== (end === 'failed')) {
      found.push(`task ${task} has ${hasFailed.has(task) ? '' : 'not '}failed`);
    }
  }
  const strangers = new Set([...byTask.keys(), ...failed].filter((task) => !accepted.has(task)));
  for (const task of strangers) {
    const ends = (byTask.get(task)?.length ?? 0) + (hasFailed.has(task) ? 1 : 0);
    if (!doubtful) found.push(`task ${task} was never accepted, and has an end`);
    else if (ends !== 1) found.push(`task ${task} has ${ends} ends: ${told(byTask.get(task))}`);
  }
  return found;
}

function told(effects: EffectHistory['effects'] = []): string {
  if (effects.length === 0) return 'no effect';
  const each = effects.map(
    ({ kind, attempt, instance }) => `${kind} of attempt ${attempt} by instance ${instance}`,
  );
  return `${effects.length} effects (${each.join('; ')})`;
}

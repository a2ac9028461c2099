import type { NewTask } from './scheduled-task.ts';

/** Largest insert, in tasks: long enough to make little of its commit, and short enough that a thousand are four. */
const BATCH_SIZE_MAX = 250;
/** And in characters of its text. */
const BATCH_LENGTH_MAX = 4_000_000;
/** Inserts under way at a time: one is planned while the other waits for the disk. */
const BATCHES_IN_FLIGHT_MAX = 2;
/** The same while the next one is full, so that waiting for more would gain nothing: two on each connection, none ever idle. */
const FULL_BATCHES_IN_FLIGHT_MAX = 4;

/** What became of a task that was to be inserted. */
export interface CreatedTask {
  /** Of the task that stands for it. */
  readonly id: string;
  /** Who is still to be called for it; nobody when this instance starts it at once. */
  readonly toCall: 'all' | 'this instance' | 'nobody';
}

/** A task that is to be inserted, and whoever waits for that. */
export interface WaitingTask {
  readonly task: NewTask;
  /** Made at once: what the caller does to its record afterwards is no part of the task. */
  readonly text: string;
  /** With the id of the task that stands for it. `toCall`: default 'all'. */
  readonly resolve: (id: string, toCall?: CreatedTask['toCall']) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers tasks: those that come while an insert is under way share the next one, so many callers cost few commits and
 * a single one never waits.
 */
export class TaskBatches {
  readonly #insert: (batch: readonly WaitingTask[]) => Promise<void>;
  #waiting: WaitingTask[] = [];
  #inFlight = 0;
  #scheduled = false;

  /** @param insert settles every task of the batch; never rejects */
  constructor(insert: (batch: readonly WaitingTask[]) => Promise<void>) {
    this.#insert = insert;
  }

  /** Resolves when it is committed. */
  add(task: NewTask): Promise<CreatedTask> {
    return new Promise((resolve, reject) => {
      const created: WaitingTask['resolve'] = (id, toCall = 'all') => resolve({ id, toCall });
      this.push({ task, text: JSON.stringify(task), resolve: created, reject });
    });
  }

  /** The same for one that was taken out of a batch, to be tried once more. */
  push(waiting: WaitingTask): void {
    this.#waiting.push(waiting);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#mayGo()) return;
    this.#scheduled = true;
    // Callers of the same turn come along.
    queueMicrotask(() => {
      this.#scheduled = false;
      while (this.#mayGo()) void this.#flush();
    });
  }

  #mayGo(): boolean {
    const waiting = this.#waiting.length;
    const most = waiting < BATCH_SIZE_MAX ? BATCHES_IN_FLIGHT_MAX : FULL_BATCHES_IN_FLIGHT_MAX;
    return waiting > 0 && this.#inFlight < most;
  }

  async #flush(): Promise<void> {
    const batch = this.#nextBatch();
    this.#inFlight++;
    try {
      await this.#insert(batch);
    } finally {
      this.#inFlight--;
      this.#schedule();
    }
  }

  #nextBatch(): readonly WaitingTask[] {
    let length = 0;
    let count = 0;
    for (const { text } of this.#waiting) {
      length += text.length;
      if (count === BATCH_SIZE_MAX || (count > 0 && length > BATCH_LENGTH_MAX)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}

/** The batch as the JSON text of an array. */
export function textOf(batch: readonly WaitingTask[]): string {
  return `[${batch.map(({ text }) => text).join()}]`;
}

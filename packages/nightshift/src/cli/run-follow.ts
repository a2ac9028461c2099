import type { JobQueueLogEntry } from '../job-queue/index.ts';
import type { LogLine } from '../session/index.ts';
import type { jobQueue } from './verbs.ts';

type RunLines = Awaited<ReturnType<typeof jobQueue.runLines>>;

/** What a run is followed with. */
export interface FollowedRunParts {
  /** Runs of the entry, the newest first. */
  readonly newest: () => Promise<JobQueueLogEntry | undefined>;
  readonly read: (no: number, place: RunLines['place'] | undefined) => Promise<RunLines>;
  readonly tell: {
    /** None runs; the next one is waited for. */
    waits(): void;
    begins(run: JobQueueLogEntry): void;
    line(line: LogLine): void;
    progress(progress: NonNullable<RunLines['progress']>): void;
    /** What was told is of an attempt before. */
    startsOver(): void;
    /** Its server instance does not answer. */
    silent(): void;
  };
}

/** The run of an entry that is under way, or else the next one, told as it goes on. */
export class FollowedRun {
  readonly #parts: FollowedRunParts;
  /** The newest run when nothing was under way; undefined before the first look. */
  #before: number | null | undefined;
  #no: number | null = null;
  #place: RunLines['place'] | undefined;
  #progress = '';
  #isSilent = false;

  constructor(parts: FollowedRunParts) {
    this.#parts = parts;
  }

  /** The number of its log entry; null while there is none. */
  get no(): number | null {
    return this.#no;
  }

  /** Tells what is new. @returns whether the run has ended */
  async look(): Promise<boolean> {
    if (this.#no === null && !(await this.#find())) return false;
    for (;;) {
      const told = await this.#parts.read(this.#no as number, this.#place);
      this.#tell(told);
      this.#place = told.place;
      if (!told.hasMore) return told.state === 'ended';
    }
  }

  async #find(): Promise<boolean> {
    const { newest, tell } = this.#parts;
    const run = await newest();
    if (run !== undefined && (run.status === 'In Process' || this.#isNew(run))) {
      this.#no = run.no;
      tell.begins(run);
      return true;
    }
    if (this.#before === undefined) tell.waits();
    this.#before = run?.no ?? null;
    return false;
  }

  /** Also one that has ended since the last look. */
  #isNew({ no }: JobQueueLogEntry): boolean {
    return this.#before !== undefined && no !== this.#before;
  }

  #tell({ lines, progress, startsOver, state }: RunLines): void {
    const { tell } = this.#parts;
    if (startsOver && this.#place !== undefined && this.#place.seen > 0) {
      tell.startsOver();
      this.#progress = '';
    }
    for (const line of lines) tell.line(line);
    // Of a run that is just ending nothing is said for a moment.
    if (progress !== null && asSaid(progress) !== this.#progress) {
      tell.progress(progress);
      this.#progress = asSaid(progress);
    }
    if (state === 'silent' && !this.#isSilent) tell.silent();
    this.#isSilent = state === 'silent';
  }
}

/** What is kept by the database comes back with its keys in another order. */
function asSaid({ done, total, text, counts }: NonNullable<RunLines['progress']>): string {
  return JSON.stringify([done, total, text, counts?.ok, counts?.failed, counts?.skipped]);
}

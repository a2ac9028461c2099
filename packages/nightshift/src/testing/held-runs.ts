import { type JobQueueEntry, jobQueueEntryRecord } from '../job-queue/index.ts';
import { type AnyCodeunit, codeunit, type Session } from '../session/index.ts';
import { until } from './condition.ts';

/** A run that is under way until the test ends it. */
export interface HeldRun {
  readonly entryNo: number;
  readonly session: Session;
  readonly end: (error?: Error) => void;
}

/** A codeunit for job queue entries whose runs end when the test says so, or when they are stopped. */
export class HeldRuns {
  readonly codeunit: AnyCodeunit;
  /** Those under way, by the number of their entry. */
  readonly open = new Map<number, HeldRun>();
  /** The numbers of the entries, in the order in which they began. */
  readonly begun: number[] = [];

  constructor(name: string) {
    this.codeunit = codeunit({
      name,
      record: jobQueueEntryRecord,
      onRun: (session, { entryNo }) => this.#run(session, entryNo),
    });
  }

  /** The run of an entry, once it has begun; whoever takes it ends it. */
  async of({ entryNo }: Pick<JobQueueEntry, 'entryNo'>): Promise<HeldRun> {
    const run = await until(`entry ${entryNo} runs`, () => this.open.get(entryNo));
    this.open.delete(entryNo);
    return run;
  }

  endAll(): void {
    for (const { end } of this.open.values()) end();
    this.open.clear();
  }

  async #run(session: Session, entryNo: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    session.signal.addEventListener('abort', () => reject(new Error('stopped')));
    this.begun.push(entryNo);
    this.open.set(entryNo, {
      entryNo,
      session,
      end: (error) => (error === undefined ? resolve() : reject(error)),
    });
    await promise;
  }
}

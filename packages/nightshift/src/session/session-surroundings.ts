import type { Clock } from '../foundation/index.ts';
import { AfterCommit } from './after-commit.ts';
import { cancelVia } from './session-backend.ts';
import type { SessionHost } from './session-host.ts';
import type { SessionTrail } from './session-trail.ts';
import type { TransactionSurroundings } from './transaction-surroundings.ts';

/** What the transaction of a session asks of that. */
export class SessionSurroundings implements TransactionSurroundings {
  readonly clock: Clock;
  readonly #host: SessionHost;
  readonly #session: { readonly trail: SessionTrail };
  /** Null while nothing does. */
  waiting: AfterCommit | null = null;

  constructor(host: SessionHost, session: { readonly trail: SessionTrail }) {
    this.clock = host.clock;
    this.#host = host;
    this.#session = session;
  }

  cancel(backend: number): Promise<void> {
    return cancelVia(this.#host.database, backend);
  }

  rightsVersion(): number {
    return this.#host.rightsVersion();
  }

  trail(): SessionTrail {
    return this.#session.trail;
  }

  /** As `AfterCommit.add`. */
  afterCommit(then: () => void, otherwise?: () => void): void {
    this.waiting ??= new AfterCommit();
    this.waiting.add(then, otherwise);
  }

  /** Runs what waited for the commit. */
  committed(): void {
    this.waiting?.committed();
  }

  mark(): number {
    return this.waiting?.mark() ?? 0;
  }

  /** What waits for the commit is undone with the savepoint in which it was said. */
  rewind(mark: number): void {
    this.waiting?.rewind(mark);
  }
}

/** What has become of items that were processed. */
export interface ItemCounts {
  readonly processed: number;
  /** Which the handler has passed over. */
  readonly skipped: number;
  /** Failed, and tried again later. */
  readonly retried: number;
  /** Failed for good. */
  readonly failed: number;
}

/** Counts while items are worked on, perhaps in several sessions at a time. */
export class ChunkTally implements ItemCounts {
  processed = 0;
  skipped = 0;
  retried = 0;
  failed = 0;
  /** Taken, and given back untried: the time was up, or another one of their key has failed. */
  released = 0;

  /** Items that were tried. */
  get done(): number {
    return this.processed + this.skipped + this.retried + this.failed;
  }

  add(other: Pick<ChunkTally, 'processed' | 'skipped' | 'retried' | 'failed' | 'released'>): void {
    this.processed += other.processed;
    this.skipped += other.skipped;
    this.retried += other.retried;
    this.failed += other.failed;
    this.released += other.released;
  }
}

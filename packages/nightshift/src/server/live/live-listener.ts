import type { LiveList } from '../../contract/live.ts';
import type { Reach } from '../../contract/permissions.ts';
import type { ListChange } from './list-look.ts';

/** Somebody who wants to hear of a list, or of a row of it. */
export interface Listener {
  readonly list: LiveList;
  readonly companyNo: number;
  /** The id of a row; null: the list. */
  readonly row: string | null;
  /** The position that he has come to; null: none. */
  readonly since: string | null;
  /** How far he may see now; null: he may not any more. */
  reach(): Promise<Reach | null>;
  /** He listens from here on. @param reset he has to read first */
  begin(position: string, reset: boolean): void;
  /** Something happened. */
  hear(position: string, change: ListChange, reach: Reach): Promise<void>;
  /** What he could not take before is tried again. */
  catchUp(): void;
  /** He may not hear any more. */
  end(): void;
}

/** What a round of looks works with. */
export interface LookRound {
  /** The greatest transaction number of now. */
  readonly head: string;
  /** Nothing was written anywhere since the last round. */
  readonly isQuiet: boolean;
}

/** Tells listeners of a change; those who may not hear it are told that, and are gone. */
export async function tellAll(listeners: Set<Listener>, position: string, change: ListChange): Promise<void> {
  for (const listener of [...listeners]) {
    const reach = await listener.reach();
    if (!listeners.has(listener)) continue;
    if (reach !== null) await listener.hear(position, change, reach);
    else {
      listeners.delete(listener);
      listener.end();
    }
  }
}

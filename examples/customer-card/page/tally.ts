import type { SharedPage } from '@nightshift/client/react';
import { store } from './store.ts';

/** What became of the background tasks that this tab has asked for. */
export const tally = store({ arrived: 0, cancelled: 0, failed: 0 });

const watched = new WeakSet<SharedPage['session']>();

/** Counts the tasks of a page, whatever record it shows, also those that end with it. */
export function countTasksOf({ session }: SharedPage): void {
  if (watched.has(session)) return;
  watched.add(session);
  const add = (name: 'arrived' | 'cancelled' | 'failed') => () =>
    tally.set({ ...tally.get(), [name]: tally.get()[name] + 1 });
  session.on('completed', add('arrived'));
  session.on('cancelled', add('cancelled'));
  session.on('failed', add('failed'));
}

import type { SharedPage } from '@nightshift/client/react';
import { store } from './store.ts';

/** What became of the background tasks that this tab has asked for. */
export const tally = store({ arrived: 0, cancelled: 0, failed: 0 });

const watched = new WeakSet<SharedPage>();

/** Counts the tasks of a page, also those that end with it. */
export function countTasksOf(page: SharedPage): void {
  if (watched.has(page)) return;
  watched.add(page);
  const { session } = page;
  const add = (name: 'arrived' | 'cancelled' | 'failed') => () =>
    tally.set({ ...tally.get(), [name]: tally.get()[name] + 1 });
  session.on('completed', add('arrived'));
  session.on('cancelled', add('cancelled'));
  session.on('failed', add('failed'));
}

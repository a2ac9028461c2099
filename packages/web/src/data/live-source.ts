import type { LiveTopic } from '@nightshift/client/live';
import type { Query } from '@tanstack/react-query';
import { queryClient, type Resource } from './api.ts';
import { tabConnection } from './connection.ts';

/** What the connection tells of; all else is asked for. */
const TOLD: ReadonlySet<string> = new Set<LiveTopic['list']>([
  'jobQueueEntries',
  'jobQueueLogEntries',
  'categories',
  'scheduledTasks',
  'sessions',
  'approvals',
  'alerts',
  'workItems',
  'reportInbox',
]);
/** What is read anew, too: what may be done with a run that is under way is a matter of its session. */
const ALSO: Readonly<Partial<Record<Resource, Resource>>> = { sessions: 'jobQueueLogEntries' };
/** A connection may have a hundred subscriptions; whoever sees more companies at once is better served by being asked for. */
const COMPANIES_MAX = 20;
const POLL_MS = 4_000;
/** However much happens, a screen is read anew no more often than this. */
const REST_MS = 500;

/** Whether changes of a resource are told, rather than asked for. */
export function isTold(resource: Resource, companies: readonly string[]): boolean {
  return TOLD.has(resource) && companies.length > 0 && companies.length <= COMPANIES_MAX;
}

/** Follows changes of a resource in some companies, by the connection if it tells of it. @returns what ends it */
export function follow(resource: Resource, companies: readonly string[]): () => void {
  const reread = rereader(resource);
  if (!isTold(resource, companies)) return poll(reread);
  const ends = new Set<() => void>();
  for (const company of companies) {
    const topic = { list: resource as LiveTopic['list'], company };
    // Who may not hear of it may still read it, or some of it.
    ends.add(tabConnection().subscribe(topic, reread, () => ends.add(poll(reread))));
  }
  return () => {
    for (const end of ends) end();
    ends.clear();
  };
}

/** Asks every few seconds while the page is in view. */
function poll(reread: () => void): () => void {
  const look = () => {
    if (document.visibilityState === 'visible') reread();
  };
  const timer = setInterval(look, POLL_MS);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

/** Reads what is on the screen anew, once at a time: what happens meanwhile leads to one more time. */
function rereader(resource: Resource): () => void {
  const keys: readonly unknown[] = [resource, ALSO[resource]];
  const filter = { predicate: ({ queryKey }: Query) => keys.includes(queryKey[0]) };
  let isBusy = false;
  let isDue = false;
  const read = async () => {
    isBusy = true;
    while (isDue) {
      // What is being read already may be from before the change. It is waited for, and not broken off: it may be what somebody asked for.
      isDue = queryClient.isFetching(filter) > 0;
      await queryClient.invalidateQueries(filter, { cancelRefetch: false });
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
    isBusy = false;
  };
  return () => {
    isDue = true;
    if (!isBusy) void read();
  };
}

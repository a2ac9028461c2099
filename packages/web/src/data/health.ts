import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, keyOf } from './api.ts';

/** How often it is looked at while a screen shows it; nobody tells of it. */
const LOOK_MS = 5_000;

/** How the server instances, the queue and the database stand. */
export const healthQuery = queryOptions({
  queryKey: keyOf('health', null),
  queryFn: ({ signal }) => api.call('health.get', { signal }),
  refetchInterval: LOOK_MS,
  placeholderData: keepPreviousData,
});

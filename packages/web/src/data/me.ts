import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { type Answer, api, keyOf } from './api.ts';

/** Whom the server takes whoever is at the screen for. */
export type Me = Answer<'me.get'>;

/** Reads it; an `ApiProblem` with status 401 while nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: keyOf('me', null),
  queryFn: ({ signal }) => api.call('me.get', { signal }),
  staleTime: 60_000,
  gcTime: Number.POSITIVE_INFINITY,
});

/** Who is at the screen. For screens inside the frame, where somebody is. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

const environmentQuery = queryOptions({
  queryKey: keyOf('environment', null),
  queryFn: ({ signal }) => api.call('environment.get', { signal }),
});

/** The environment and its server instances; undefined until they are known. */
export function useEnvironment(): Answer<'environment.get'> | undefined {
  return useQuery(environmentQuery).data;
}

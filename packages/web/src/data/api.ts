import { ApiProblem, createClient, type Operations } from '@nightshift/client/api';
import { QueryClient } from '@tanstack/react-query';

/** The server that the page is from, by the names of its operations. Errors are `ApiProblem`. */
export const api = createClient();

/** What an operation answers. */
export type Answer<Name extends keyof Operations> = Operations[Name]['answer'];

/** Operations that answer with pages. */
export type ListOperation = {
  [Name in keyof Operations]: Answer<Name> extends { readonly page: { readonly next: string | null } }
    ? Name
    : never;
}[keyof Operations];

const RETRIES = 2;
const FRESH_MS = 2_000;

/** All that was read from the server. Nothing that is not on a screen is kept longer than two minutes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      gcTime: 120_000,
      // What the server has refused it will refuse again.
      retry: (count, error) => count < RETRIES && !(error instanceof ApiProblem && error.status < 500),
      refetchOnWindowFocus: false,
    },
  },
});

/**
 * The key of something read: the resource first, so that all of it can be read anew at once, then the company.
 * @param company null: it belongs to none
 */
export function keyOf(
  resource: Resource,
  company: string | null,
  ...parts: readonly unknown[]
): readonly unknown[] {
  return [resource, company, ...parts];
}

/** What screens read, and are told changes of. */
export type Resource =
  | 'me'
  | 'environment'
  | 'companies'
  | 'jobQueueEntries'
  | 'jobQueueLogEntries'
  | 'logLines'
  | 'categories'
  | 'schedules'
  | 'codeunits'
  | 'reports'
  | 'reportInbox'
  | 'approvals'
  | 'scheduledTasks'
  | 'sessions'
  | 'sessionEvents'
  | 'workItems'
  | 'users'
  | 'permissionSets'
  | 'auditLog'
  | 'apiKeys'
  | 'alerts'
  | 'views'
  | 'health'
  | 'bulkOperations';

/** Has everything read anew that a change of these may have touched, as far as it is on a screen. */
export function changed(...resources: readonly Resource[]): void {
  for (const resource of resources) {
    void queryClient.invalidateQueries({ queryKey: [resource] }, { cancelRefetch: false });
  }
}

/** A new key, under which a repeat of a request has no second effect. */
export function newKey(): string {
  return crypto.randomUUID();
}

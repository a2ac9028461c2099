import type { SavedView as WireView } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { api, changed, keyOf, type Resource } from './api.ts';

/** A view that somebody has saved: a name for filters and an order. */
export interface SavedView {
  readonly id: string;
  readonly label: string;
  readonly search: Readonly<Record<string, string>>;
  /** Whose it is; he alone changes it. */
  readonly user: string;
  readonly isOwn: boolean;
  /** Whether everybody in the company sees it. */
  readonly isShared: boolean;
}

const NONE: readonly SavedView[] = [];

function viewOf({ id, name, query, user, isOwn, shared }: WireView): SavedView {
  const search = Object.fromEntries(new URLSearchParams(query));
  return { id, label: name, search, user, isOwn, isShared: shared };
}

/** The views of a list that somebody has saved in a company, and those that others share there. */
export function useSavedViews(list: Resource, company: string): readonly SavedView[] {
  const { data } = useQuery({
    queryKey: keyOf('views', company, list),
    queryFn: ({ signal }) =>
      api.call('views.list', { params: { company }, query: { list, limit: 200 }, signal }),
    select: ({ items }) => items.map(viewOf),
    staleTime: 60_000,
  });
  return data ?? NONE;
}

/** What a view is made of. */
export interface NewView {
  readonly list: Resource;
  readonly label: string;
  readonly search: Readonly<Record<string, string>>;
  readonly isShared: boolean;
}

/** Saves a view. @throws ApiProblem also when one of the same name is there */
export async function saveView(company: string, { list, label, search, isShared }: NewView): Promise<void> {
  const query = new URLSearchParams(search).toString();
  await api.call('views.create', {
    params: { company },
    body: { list, name: label, query, shared: isShared },
  });
  changed('views');
}

/** Deletes a view of one's own. @throws ApiProblem */
export async function removeView(company: string, viewId: string): Promise<void> {
  await api.call('views.delete', { params: { company, viewId } });
  changed('views');
}

import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/** What is behind `?` in an address: names and texts, no more. */
export type Search = Readonly<Record<string, string>>;

/** Reads what is behind `?`. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Writes it, legibly: commas and colons stay as they are. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)] as [string, string]],
  );
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given).toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/')}`;
}

/** What stays when somebody goes to another screen. */
export const KEPT = ['company', 'zone', 'guide'] as const;

/** The search of the present address, and how to change parts of it; undefined takes a part out. */
export function useUrl(): {
  readonly search: Search;
  readonly set: (change: Readonly<Record<string, string | undefined>>, how?: 'push' | 'replace') => void;
} {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = useCallback(
    (change: Readonly<Record<string, string | undefined>>, how: 'push' | 'replace' = 'replace') => {
      void navigate({
        to: '.',
        search: (before: Search) => ({ ...before, ...change }),
        replace: how === 'replace',
        resetScroll: false,
      } as never);
    },
    [navigate],
  );
  return useMemo(() => ({ search, set }), [search, set]);
}

/** A part of the path, by its name in the screen's `path`. */
export function usePathPart(name: string): string {
  return (useParams({ strict: false }) as Readonly<Record<string, string>>)[name] ?? '';
}

/** Goes somewhere: a path with its parts filled in, and what is behind `?`; the company stays unless another is named. */
export function useGo(): (path: string, search?: Search) => void {
  const navigate = useNavigate();
  return useCallback(
    (path, search = {}) => void navigate({ to: path, search: { ...search } } as never),
    [navigate],
  );
}

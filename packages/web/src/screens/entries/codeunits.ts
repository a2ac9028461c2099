import type { Codeunit } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';

const CODEUNITS_MAX = 500;

/** The codeunits that entries of a company may run; null: they are not known (yet), or not for whoever asks. */
export function useCodeunits(company: string): readonly Codeunit[] | null {
  const { data } = useQuery({
    queryKey: keyOf('codeunits', company),
    queryFn: ({ signal }) =>
      api.call('codeunits.list', { params: { company }, query: { limit: CODEUNITS_MAX }, signal }),
    staleTime: 60_000,
  });
  return data?.items ?? null;
}

/** Finds one by its name; null: there is none, or none is known. */
export function codeunitNamed(all: readonly Codeunit[] | null, name: string): Codeunit | null {
  return all?.find((each) => each.name === name) ?? null;
}

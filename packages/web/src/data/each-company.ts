import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { keyOf, type Resource } from './api.ts';
import type { InCompany } from './pages.ts';

/** A few rows of each of some companies. */
export interface OfCompanies<Row> {
  readonly rows: readonly InCompany<Row>[];
  readonly isLoading: boolean;
  readonly error: unknown;
}

/**
 * Reads a few rows of each company, such as what a part of the home page shows.
 * @param parts what they are, for the key: the same rows have the same parts
 */
export function useEachCompany<Row>(
  resource: Resource,
  companies: readonly string[],
  parts: readonly unknown[],
  read: (company: string, signal: AbortSignal) => Promise<readonly Row[]>,
): OfCompanies<Row> {
  const { data, isPending, error } = useQuery({
    queryKey: keyOf(resource, companies.join('\n'), ...parts),
    placeholderData: keepPreviousData,
    async queryFn({ signal }) {
      const ofOne = async (company: string) =>
        (await read(company, signal)).map((row) => ({ ...row, company }));
      return (await Promise.all(companies.map(ofOne))).flat();
    },
  });
  return { rows: data ?? [], isLoading: isPending, error };
}

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, changed, keyOf } from './api.ts';
import { useLive } from './live.ts';

/** How many alerts somebody has not seen in some companies; 0 until that is known. */
export function useUnseenAlerts(companies: readonly string[]): number {
  useLive('alerts');
  const { data = 0 } = useQuery({
    queryKey: keyOf('alerts', companies.join('\n'), 'unseen'),
    placeholderData: keepPreviousData,
    // Somebody may have seen them elsewhere.
    refetchOnWindowFocus: true,
    async queryFn({ signal }) {
      const found = await Promise.all(
        companies.map((company) =>
          api.call('alerts.list', { params: { company }, query: { unseen: true, limit: 1 }, signal }),
        ),
      );
      return found.reduce((sum, { total }) => sum + (total?.value ?? 0), 0);
    },
  });
  return data;
}

/** Marks some as seen. @throws ApiProblem */
export async function markSeen(company: string, numbers: readonly number[]): Promise<void> {
  await api.call('alerts.markSeen', { params: { company }, body: { numbers: [...numbers] } });
  changed('alerts');
}

/** Marks all that there is now as seen. @throws ApiProblem */
export async function markAllSeen(companies: readonly string[]): Promise<void> {
  for (const company of companies) {
    const params = { company };
    const { items } = await api.call('alerts.list', { params, query: { unseen: true, limit: 1 } });
    const [newest] = items;
    if (newest !== undefined) await api.call('alerts.markSeen', { params, body: { upTo: newest.no } });
  }
  changed('alerts');
}

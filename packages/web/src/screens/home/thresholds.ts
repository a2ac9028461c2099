import type { CueThreshold, CueThresholds, CueThresholdsView } from '@nightshift/client/api';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, changed, keyOf } from '../../data/api.ts';

/** Whether a number is well; `none`: nobody has said. */
export type CueTone = 'good' | 'wait' | 'bad' | 'none';

const NEVER: CueThreshold = { amber: 0, red: 0 };

export function toneOf(count: number, { amber, red }: CueThreshold = NEVER): CueTone {
  if (red > 0 && count >= red) return 'bad';
  if (amber > 0 && count >= amber) return 'wait';
  return red === 0 && amber === 0 ? 'none' : 'good';
}

const thresholdsQuery = (company: string) =>
  queryOptions({
    queryKey: keyOf('views', company, 'cueThresholds'),
    queryFn: ({ signal }) => api.call('cueThresholds.get', { params: { company }, signal }),
    staleTime: 60_000,
  });

/** From which numbers on cues need attention in a company; undefined until that is known. */
export function useThresholds(company: string): CueThresholdsView | undefined {
  return useQuery(thresholdsQuery(company)).data;
}

/** For whom thresholds are set. */
export type ForWhom = 'own' | 'company';

/** Sets them; null: takes them back. @throws ApiProblem */
export async function saveThresholds(
  company: string,
  whom: ForWhom,
  thresholds: CueThresholds | null,
): Promise<void> {
  const input = { params: { company }, body: { thresholds } };
  if (whom === 'own') await api.call('cueThresholds.setOwn', input);
  else await api.call('cueThresholds.setForCompany', input);
  changed('views');
}

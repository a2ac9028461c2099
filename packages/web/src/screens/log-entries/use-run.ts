import type { JobQueueLogEntry, RunFacts } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import type { RunTold } from './use-lines.ts';

/** A run with what is known of it. */
export interface RunKnown {
  readonly company: string;
  readonly run: JobQueueLogEntry;
  /** Undefined until it is known. */
  readonly facts: RunFacts | undefined;
  /** What it has logged, and how far it is, also while it runs. */
  readonly told: RunTold;
}

/** Reads a run. @param no its number, as the address has it */
export function useRunQuery(company: string, no: string) {
  return useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'one', no),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.get', { params: { company, no: Number(no) }, signal }),
  });
}

/** Reads what is known about why it went as it did. */
export function useFacts(company: string, no: string) {
  return useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'facts', no),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.facts', { params: { company, no: Number(no) }, signal }),
  });
}

/** The entry of a run, and in one sentence why it is not running; undefined until they are known, or when it is gone. */
export function useEntryOf({ company, run, facts }: RunKnown) {
  const entryId = run.entryId;
  const enabled = facts?.entryExists === true;
  const entry = useQuery({
    queryKey: keyOf('jobQueueEntries', company, 'one', entryId),
    queryFn: ({ signal }) => api.call('jobQueueEntries.get', { params: { company, entryId }, signal }),
    enabled,
  }).data;
  const explanation = useQuery({
    queryKey: keyOf('jobQueueEntries', company, 'explanation', entryId),
    queryFn: ({ signal }) => api.call('jobQueueEntries.explain', { params: { company, entryId }, signal }),
    enabled,
  }).data;
  return { entry, explanation };
}

/** The run of the same entry that came after this one, the latest; undefined: none, or not known. */
export function useLaterRun({ company, run }: RunKnown) {
  const { data } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'latest', run.entryId),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.list', {
        params: { company },
        query: { entryId: run.entryId, limit: 1 },
        signal,
      }),
  });
  const latest = data?.items[0];
  return latest !== undefined && latest.no > run.no ? latest : undefined;
}

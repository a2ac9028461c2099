import type { Codeunit, JobQueueEntry } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, keyOf } from '../../data/api.ts';
import { type ReportOutputType, useReports } from '../../data/reports.ts';
import { parametersSchema, schemaDescription } from '../../ui/schema-form/schema-fields.ts';

const CODEUNITS_MAX = 500;
const ALL_TYPES: readonly ReportOutputType[] = ['PDF', 'XLSX', 'CSV', 'HTML'];

/** What kind of object an entry runs. */
export type ObjectType = JobQueueEntry['objectType'];

/** A codeunit or report that an entry may run. */
export interface EntryObject {
  readonly objectType: ObjectType;
  readonly name: string;
  readonly id: number | null;
  readonly description: string;
  /** The schema of its parameters; null: it takes none; undefined: that is not known. */
  readonly schema: unknown;
  readonly tables: Codeunit['tables'];
  /** What it can yield; empty for a codeunit. */
  readonly outputTypes: readonly ReportOutputType[];
}

function useCodeunits(company: string): readonly Codeunit[] | null {
  const { data } = useQuery({
    queryKey: keyOf('codeunits', company),
    queryFn: ({ signal }) =>
      api.call('codeunits.list', { params: { company }, query: { limit: CODEUNITS_MAX }, signal }),
    staleTime: 60_000,
  });
  return data?.items ?? null;
}

/** What entries of a company may run, by name; null: it is not known (yet), or not for whoever asks. */
export function useObjects(company: string): readonly EntryObject[] | null {
  const codeunits = useCodeunits(company);
  const reports = useReports(company);
  return useMemo(() => {
    if (codeunits === null && reports === null) return null;
    const all: readonly EntryObject[] = [
      ...(codeunits ?? []).map(
        ({ recordSchema, ...codeunit }): EntryObject => ({
          ...codeunit,
          objectType: 'codeunit',
          description: schemaDescription(recordSchema) ?? '',
          schema: parametersSchema(recordSchema),
          outputTypes: [],
        }),
      ),
      ...(reports ?? []).map(
        (report): EntryObject => ({ ...report, objectType: 'report', schema: report.parametersSchema }),
      ),
    ];
    return all.toSorted((one, other) => one.name.localeCompare(other.name));
  }, [codeunits, reports]);
}

/** Finds one by its name; null: there is none, or none is known. */
export function objectNamed(all: readonly EntryObject[] | null, name: string): EntryObject | null {
  return all?.find((each) => each.name === name) ?? null;
}

/**
 * What an entry runs while it is being filled in.
 * @param saved the entry as it is kept: it knows what it runs also where that is not in the application any more
 */
export function useObjectOf(
  company: string,
  name: string,
  saved: Pick<JobQueueEntry, 'object' | 'objectType'> | null = null,
): EntryObject {
  const known = objectNamed(useObjects(company), name);
  if (known !== null) return known;
  const objectType = saved?.object === name ? saved.objectType : 'codeunit';
  return {
    objectType,
    name,
    id: null,
    description: '',
    schema: undefined,
    tables: {},
    outputTypes: objectType === 'report' ? ALL_TYPES : [],
  };
}

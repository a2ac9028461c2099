import { help } from 'virtual:help/JobQueueLogEntryRow';
import type { JobQueueLogEntryRow } from '@nightshift/client/api';
import { useMemo } from 'react';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { durationText } from '../../ui/format.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

type Row = JobQueueLogEntryRow;

const LABELS = {
  status: 'Status',
  no: 'No.',
  startedAt: 'Started',
  durationMs: 'Duration',
  attempt: 'Attempt',
  user: 'User ID',
  error: 'Error message',
  title: 'Log entries',
};

function column(
  id: string,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return {
    id,
    label: (LABELS as Readonly<Record<string, string>>)[id] ?? id,
    help: help[id],
    width,
    cell,
    ...more,
  };
}

const COLUMNS: readonly Column<Row>[] = [
  column('status', 120, ({ status }) => <Status of={status} />, { inCard: 'status' }),
  column('no', 70, ({ no }) => no, { inCard: 'title' }),
  column('startedAt', 220, ({ startedAt }) => <Time at={startedAt} />),
  column('durationMs', 90, ({ durationMs }) => (durationMs === null ? '' : durationText(durationMs)), {
    align: 'end',
  }),
  column('attempt', 70, ({ attempt }) => attempt, { align: 'end' }),
  column('user', 100, ({ user }) => user),
  column('error', 300, ({ error, note }) => (
    <span title={error?.message ?? note ?? undefined}>{error?.message ?? note ?? ''}</span>
  )),
];

/** The runs of one entry, on its card. */
export function EntryLog({ company, entryId }: { readonly company: string; readonly entryId: string }) {
  const list = useMemo(
    (): ListDefinition<Row & { allowedActions?: never }> => ({
      title: LABELS.title,
      noun: 'log entry',
      nouns: 'log entries',
      resource: 'jobQueueLogEntries',
      operation: 'jobQueueLogEntries.list',
      columns: COLUMNS,
      filters: [
        {
          name: 'status',
          label: LABELS.status,
          kind: 'words',
          words: ['In Process', 'Success', 'Error', 'Skipped', 'Stopped', 'Killed', 'Timeout', 'Lost'],
        },
      ],
      key: ({ no }) => String(no),
      name: ({ no }) => `log entry ${no}`,
      fixed: { entryId },
    }),
    [entryId],
  );
  return <DataList key={company} list={list} isEmbedded />;
}

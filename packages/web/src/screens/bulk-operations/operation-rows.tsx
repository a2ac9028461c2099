import { help } from 'virtual:help/BulkRow';
import type { BulkRow } from '@nightshift/client/api';
import { useMemo } from 'react';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Acting, ListDefinition } from '../../ui/data-list/definition.ts';
import { Status } from '../../ui/status.tsx';
import { TEXTS } from './texts.ts';

const { rows: ROWS } = TEXTS;

/** What became of each row. */
export function OperationRows({
  operationId,
  company,
}: {
  readonly operationId: string;
  readonly company: string;
}) {
  const list = useMemo(
    (): ListDefinition<BulkRow & Acting> => ({
      title: TEXTS.tabs.rows,
      noun: ROWS.noun,
      resource: 'bulkOperations',
      operation: 'bulkOperations.rows',
      columns: [
        {
          id: 'no',
          label: ROWS.no,
          help: help['no'],
          width: 60,
          align: 'end',
          cell: ({ no }) => no,
          inCard: 'none',
        },
        {
          id: 'outcome',
          label: ROWS.outcome,
          help: help['outcome'],
          width: 120,
          cell: ({ outcome }) => <Status of={outcome} />,
          inCard: 'status',
        },
        {
          id: 'name',
          label: ROWS.row,
          help: help['name'],
          width: 260,
          cell: ({ name }) => name,
          inCard: 'title',
        },
        {
          id: 'reason',
          label: ROWS.reason,
          help: help['reason'],
          width: 420,
          cell: ({ reason }) => <span title={reason ?? undefined}>{reason ?? ''}</span>,
          inCard: 'wide',
        },
        { id: 'code', label: ROWS.code, help: help['code'], width: 160, cell: ({ code }) => code ?? '' },
      ],
      filters: [
        {
          name: 'outcome',
          label: ROWS.outcome,
          kind: 'words',
          words: ['Open', 'Begun', 'Done', 'Refused', 'Unknown'],
        },
      ],
      key: ({ no }) => String(no),
      name: ({ name }) => ROWS.name(name),
      params: { operationId },
    }),
    [operationId],
  );
  return <DataList key={company} list={list} isEmbedded />;
}

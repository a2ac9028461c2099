import { help } from 'virtual:help/WorkItemRow';
import { Button } from '@mantine/core';
import type { WorkItemRow } from '@nightshift/client/api';
import { useMemo } from 'react';
import { useScope } from '../../app/scope.ts';
import { useGo, usePathPart } from '../../app/url.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { IconWrench } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { FAILED_WORK_PATH } from '../failed-work/paths.ts';
import { itemActions } from './item-actions.ts';
import { WORK_ITEMS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

type Row = WorkItemRow;

const { columns: LABELS, filters: FILTERS, views: VIEWS } = TEXTS;
const STATUSES = ['Pending', 'Processing', 'Failed', 'Processed', 'Skipped', 'Resolved'] as const;
const HIDDEN = { isHidden: true } as const;
const END = { align: 'end' } as const;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

const COLUMNS: readonly Column<Row>[] = [
  column('status', 122, ({ status }) => <Status of={status} />, { inCard: 'status' }),
  column('externalId', 150, ({ externalId }) => externalId, { inCard: 'title' }),
  column(
    'error',
    260,
    ({ error, note }) => (
      <span
        title={error?.message ?? note ?? undefined}
        className={error === null ? classes.quiet : undefined}
      >
        {error?.message ?? note ?? ''}
      </span>
    ),
    { inCard: 'wide' },
  ),
  column('attempts', 92, ({ attempts }) => attempts, END),
  column('startedAt', 200, ({ startedAt }) => <Time at={startedAt} />),
  column('assignedTo', 110, ({ assignedTo }) => assignedTo ?? ''),
  column('stagedAt', 200, ({ stagedAt }) => <Time at={stagedAt} />),
  column(
    'nextAttemptAt',
    190,
    ({ status, nextAttemptAt }) => <Time at={status === 'Pending' ? nextAttemptAt : null} />,
    HIDDEN,
  ),
  column('finishedAt', 190, ({ finishedAt }) => <Time at={finishedAt} />, HIDDEN),
  column('note', 200, ({ note }) => note ?? '', HIDDEN),
  column('concurrencyKey', 130, ({ concurrencyKey }) => concurrencyKey ?? '', HIDDEN),
  column('correlationIds', 200, ({ correlationIds }) => numbersText(correlationIds), HIDDEN),
  column('losses', 70, ({ losses }) => losses, { ...HIDDEN, ...END }),
  column('id', 70, ({ id }) => id, { ...HIDDEN, ...END }),
];

/** Numbers of other systems as one text. */
export function numbersText(ids: Row['correlationIds']): string {
  return Object.entries(ids)
    .map(([system, number]) => `${system} ${number}`)
    .join(', ');
}

function listOf(table: string, buttons: React.ReactNode): ListDefinition<Row> {
  return {
    title: TEXTS.listOf(table),
    noun: TEXTS.noun,
    nouns: TEXTS.nouns,
    resource: 'workItems',
    operation: 'workItems.list',
    params: { table },
    columns: COLUMNS,
    filters: [
      { name: 'status', label: FILTERS.status, kind: 'words', words: STATUSES },
      { name: 'externalId', label: FILTERS.externalId, kind: 'text' },
      { name: 'assignedTo', label: FILTERS.assignedTo, kind: 'text' },
      { name: 'unassigned', label: FILTERS.unassigned, kind: 'flag' },
      { name: 'fingerprint', label: FILTERS.fingerprint, kind: 'text' },
      { name: 'sessionUniqueId', label: FILTERS.sessionUniqueId, kind: 'text' },
    ],
    views: [
      { id: 'open', label: VIEWS.open, search: {} },
      { id: 'failed', label: VIEWS.failed, search: { status: 'Failed' } },
      { id: 'unassigned', label: VIEWS.unassigned, search: { status: 'Failed', unassigned: 'true' } },
      { id: 'pending', label: VIEWS.pending, search: { status: 'Pending' } },
      { id: 'processing', label: VIEWS.processing, search: { status: 'Processing' } },
      { id: 'done', label: VIEWS.done, search: { status: 'Processed' } },
      { id: 'ended', label: VIEWS.ended, search: { status: 'Skipped,Resolved' } },
    ],
    key: ({ id }) => String(id),
    name: ({ externalId }) => TEXTS.name(externalId),
    link: ({ id }) => ({ path: `${WORK_ITEMS_PATH}/${table}/${id}` }),
    actions: itemActions(table),
    buttons,
  };
}

/** The work items of a table. */
export function Screen() {
  const table = usePathPart('table');
  const { home: company } = useScope();
  const go = useGo();
  const list = useMemo(
    () =>
      listOf(
        table,
        <Button
          leftSection={<IconWrench size={14} />}
          onClick={() => go(FAILED_WORK_PATH, { company, of: 'items' })}
        >
          {TEXTS.groups}
        </Button>,
      ),
    [table, company, go],
  );
  return <DataList key={table} list={list} />;
}

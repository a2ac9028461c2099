import { help } from 'virtual:help/ScheduledTaskRow';
import type { ScheduledTaskRow } from '@nightshift/client/api';
import type { InCompany } from '../../data/pages.ts';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { GoneUser } from '../../ui/gone-user.tsx';
import { IconTasks } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { EntryLink } from '../entries/entry-link.tsx';
import { TASKS_PATH } from './paths.ts';
import { TASK_ACTIONS } from './task-actions.ts';
import { TEXTS } from './texts.ts';

type Row = ScheduledTaskRow;

const { columns: LABELS, views: VIEWS, filters: FILTERS } = TEXTS;
const STATES = ['Not Ready', 'Pending', 'Running', 'Retrying', 'Failed', 'Poison'] as const;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

function TaskEntry({ entry, company }: InCompany<Row>) {
  return entry !== null && <EntryLink company={company} entry={entry} />;
}

const COLUMNS: readonly Column<Row>[] = [
  column('state', 110, ({ state }) => <Status of={state} />, { inCard: 'status' }),
  column('codeunit', 190, ({ codeunit }) => codeunit, { inCard: 'title' }),
  column('entry', 230, TaskEntry),
  column('due', 200, ({ due }) => <Time at={due} />),
  column('user', 110, ({ user, userGone }) => (
    <GoneUser name={user ?? '–'} isGone={userGone} why={TEXTS.gone} />
  )),
  column('attempt', 72, ({ attempt }) => attempt, { align: 'end' }),
  column('losses', 72, ({ losses }) => losses, { align: 'end' }),
  column('error', 180, ({ error }) => <span title={error?.message}>{error?.message ?? ''}</span>, {
    inCard: 'wide',
  }),
  column('failureCodeunit', 190, ({ failureCodeunit }) => failureCodeunit ?? '', { isHidden: true }),
  column('id', 280, ({ id }) => <code>{id}</code>, { isHidden: true }),
  column(
    'instance',
    200,
    ({ instance }) =>
      instance === null ? '' : TEXTS.instance(instance.place, instance.host, instance.processId),
    {
      isHidden: true,
    },
  ),
  column('createdAt', 200, ({ createdAt }) => <Time at={createdAt} />, { isHidden: true }),
  column('failedAt', 200, ({ failedAt }) => <Time at={failedAt} />, { isHidden: true }),
  column('reassignedBy', 110, ({ reassignedBy }) => reassignedBy ?? '', { isHidden: true }),
  column('correlationId', 280, ({ correlationId }) => <code>{correlationId}</code>, { isHidden: true }),
];

/** The list of scheduled tasks. */
export const TASKS_LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  resource: 'scheduledTasks',
  operation: 'scheduledTasks.list',
  columns: COLUMNS,
  filters: [
    { name: 'state', label: FILTERS.state, kind: 'words', words: STATES },
    { name: 'userGone', label: FILTERS.userGone, kind: 'flag' },
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'waiting', label: VIEWS.waiting, search: { state: 'Pending,Retrying' } },
    { id: 'running', label: VIEWS.running, search: { state: 'Running' } },
    { id: 'not-ready', label: VIEWS.notReady, search: { state: 'Not Ready' } },
    { id: 'failed', label: VIEWS.failed, search: { state: 'Failed,Poison' } },
    { id: 'gone', label: VIEWS.gone, search: { userGone: 'true' } },
  ],
  key: ({ id }) => id,
  name: ({ id }) => TEXTS.name(id),
  link: ({ id }) => ({ path: `${TASKS_PATH}/${id}` }),
  actions: TASK_ACTIONS,
  whenEmpty: <Empty icon={IconTasks} title={TEXTS.emptyTitle} text={TEXTS.emptyText} />,
  hasCsv: true,
};

import { help } from 'virtual:help/JobQueueEntryRow';
import { Tooltip, VisuallyHidden } from '@mantine/core';
import type { JobQueueEntryRow } from '@nightshift/client/api';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { IconReport, IconUserX } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import classes from './entries.module.css';
import { ENTRY_ACTIONS } from './entry-actions.ts';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { LastRuns } from './last-runs.tsx';
import { ENTRIES_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

type Row = JobQueueEntryRow;

const { columns: LABELS, filters: FILTERS, views: VIEWS } = TEXTS;
const STATUSES = [
  'On Hold',
  'Ready',
  'In Process',
  'Waiting',
  'On Hold with Inactivity Timeout',
  'Error',
  'Finished',
] as const;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

/** When it runs next, as far as its status lets it. */
function nextRun({ status, earliestStart }: Row) {
  if (status === 'In Process') return <Time at={null} none={TEXTS.now} />;
  const isPlanned =
    status === 'Ready' || status === 'Waiting' || status === 'On Hold with Inactivity Timeout';
  if (!isPlanned) return <Time at={null} />;
  return earliestStart === null ? <Time at={null} none={TEXTS.atOnce} /> : <Time at={earliestStart} />;
}

/** Who it runs as; somebody who is gone is told by more than a colour. */
export function RunAs({ runAs, runAsGone }: Pick<Row, 'runAs' | 'runAsGone'>) {
  if (!runAsGone) return runAs;
  return (
    <Tooltip label={TEXTS.gone}>
      <span className={classes.gone}>
        <IconUserX size={13} aria-hidden />
        {runAs}
        <VisuallyHidden>{TEXTS.gone}</VisuallyHidden>
      </span>
    </Tooltip>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  column('status', 142, ({ status }) => <Status of={status} />, { inCard: 'status' }),
  column('entryNo', 58, ({ entryNo }) => entryNo, {
    sort: { up: 'entryNo', down: '-entryNo' },
    align: 'end',
    inCard: 'none',
  }),
  column('description', 210, ({ description, object, entryNo }) => description || object || String(entryNo), {
    inCard: 'title',
  }),
  column('object', 130, objectCell),
  column('parameterString', 130, ({ parameterString }) => parameterString, { isHidden: true }),
  column('category', 90, ({ category }) => category ?? '', { isHidden: true }),
  column('priority', 80, ({ priority }) => priority, { isHidden: true }),
  column('schedule', 220, ({ schedule }) => <span title={schedule}>{schedule}</span>),
  column('nextRun', 190, nextRun, { sort: { up: 'earliestStart' }, help: help['earliestStart'] }),
  column('attempts', 90, ({ attempts, maximumAttempts }) => `${attempts} / ${maximumAttempts}`, {
    align: 'end',
    inCard: 'none',
  }),
  column('runAs', 96, RunAs),
  column('statusSince', 200, ({ statusSince }) => <Time at={statusSince} />, {
    sort: { down: '-statusSince' },
    isHidden: true,
  }),
  column('error', 260, ({ error }) => <span title={error?.message}>{error?.message ?? ''}</span>, {
    isHidden: true,
  }),
  column('note', 220, ({ note }) => <span title={note ?? undefined}>{note ?? ''}</span>, { isHidden: true }),
  column('sessionStartedAt', 200, ({ sessionStartedAt }) => <Time at={sessionStartedAt} />, {
    isHidden: true,
  }),
  column('expiration', 200, ({ expiration }) => <Time at={expiration} />, { isHidden: true }),
  column('tags', 120, ({ tags }) => tags.join(', '), { isHidden: true }),
  column('createdBy', 110, ({ createdBy }) => createdBy, { isHidden: true }),
];

/** What it runs; a report is marked. */
function objectCell({ object, objectType }: Row) {
  if (objectType === 'codeunit') return object;
  return (
    <span className={classes.reportName} title={`${object} (${ENTRY_TEXTS.objectTypes.report})`}>
      <IconReport size={13} aria-hidden />
      <span>{object}</span>
      <VisuallyHidden>{ENTRY_TEXTS.objectTypes.report}</VisuallyHidden>
    </span>
  );
}

/** The list of job queue entries. */
export const ENTRIES_LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'jobQueueEntries',
  operation: 'jobQueueEntries.list',
  columns: COLUMNS,
  filters: [
    { name: 'status', label: FILTERS.status, kind: 'words', words: STATUSES },
    { name: 'object', label: FILTERS.object, kind: 'text' },
    { name: 'category', label: FILTERS.category, kind: 'text' },
    { name: 'runAs', label: FILTERS.runAs, kind: 'text' },
    { name: 'tag', label: FILTERS.tag, kind: 'text' },
    { name: 'userGone', label: FILTERS.userGone, kind: 'flag' },
  ],
  searchName: 'q',
  searchHint: TEXTS.searchHint,
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'attention', label: VIEWS.attention, search: { status: 'Error', sort: '-statusSince' } },
    { id: 'ready', label: VIEWS.ready, search: { status: 'Ready,Waiting', sort: 'earliestStart' } },
    { id: 'process', label: VIEWS.process, search: { status: 'In Process' } },
    { id: 'hold', label: VIEWS.hold, search: { status: 'On Hold' } },
    { id: 'gone', label: VIEWS.gone, search: { userGone: 'true' } },
    { id: 'finished', label: VIEWS.finished, search: { status: 'Finished', sort: '-statusSince' } },
  ],
  key: ({ id }) => id,
  name: ({ entryNo }) => TEXTS.name(entryNo),
  expand: (row) => <LastRuns row={row} />,
  link: ({ id }) => ({ path: `${ENTRIES_PATH}/${id}` }),
  actions: ENTRY_ACTIONS,
  hasCsv: true,
};

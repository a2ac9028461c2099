import { help } from 'virtual:help/JobQueueLogEntryRow';
import type { JobQueueLogEntryRow } from '@nightshift/client/api';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { durationText, numberText } from '../../ui/format.ts';
import { IconHistory } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import classes from './log-entries.module.css';
import { LOG_ENTRY_ACTIONS } from './log-entry-actions.ts';
import { LOG_ENTRIES_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

type Row = JobQueueLogEntryRow;

const { columns: LABELS, filters: FILTERS, views: VIEWS } = TEXTS;
const STATUSES = [
  'In Process',
  'Success',
  'Error',
  'Skipped',
  'Stopped',
  'Killed',
  'Timeout',
  'Lost',
] as const;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

function duration(ms: number | null) {
  return ms === null ? '' : durationText(ms);
}

/** How many items it has done, of how many. */
function items({ itemsDone, itemsTotal }: Row) {
  if (itemsDone === null) return '';
  return itemsTotal === null ? numberText(itemsDone) : `${numberText(itemsDone)} / ${numberText(itemsTotal)}`;
}

function ErrorText({ error, note }: Row) {
  const text = error?.message ?? note ?? '';
  return (
    <span title={text} className={error === null ? classes.quiet : undefined}>
      {text}
    </span>
  );
}

const HIDDEN = { isHidden: true } as const;
const END = { align: 'end' } as const;

const COLUMNS: readonly Column<Row>[] = [
  column('status', 124, ({ status }) => <Status of={status} />, { inCard: 'status' }),
  column('no', 50, ({ no }) => no, { ...END, inCard: 'none' }),
  column('description', 192, ({ description, object }) => description || object, { inCard: 'title' }),
  column('error', 204, ErrorText, { inCard: 'wide' }),
  column('startedAt', 200, ({ startedAt }) => <Time at={startedAt} />),
  column('durationMs', 98, ({ durationMs }) => duration(durationMs), END),
  column('waitMs', 64, ({ waitMs }) => duration(waitMs), { ...END, ...HIDDEN }),
  column('items', 62, items, { ...END, help: help['itemsDone'], inCard: 'none' }),
  column('object', 114, ({ object }) => object),
  column('user', 84, ({ user }) => user),
  column('entryNo', 60, ({ entryNo }) => entryNo, { ...END, ...HIDDEN }),
  column('attempt', 84, ({ attempt }) => attempt + 1, { ...END, ...HIDDEN }),
  column('parameterString', 130, ({ parameterString }) => parameterString, HIDDEN),
  column('trigger', 110, ({ trigger }) => TEXTS.triggers[trigger] ?? trigger, HIDDEN),
  column('plannedAt', 190, ({ plannedAt }) => <Time at={plannedAt} />, HIDDEN),
  column('endedAt', 190, ({ endedAt }) => <Time at={endedAt} />, HIDDEN),
  column('category', 90, ({ category }) => category ?? '', HIDDEN),
  column('phase', 110, ({ phase }) => phase ?? '', HIDDEN),
  column('sessionId', 80, ({ sessionId }) => sessionId, { ...HIDDEN, ...END }),
  column('instanceName', 130, ({ instanceName }) => instanceName ?? '', HIDDEN),
  column('correlationId', 250, ({ correlationId }) => correlationId ?? '', HIDDEN),
  column('fingerprint', 150, ({ fingerprint }) => fingerprint ?? '', HIDDEN),
];

const LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'jobQueueLogEntries',
  operation: 'jobQueueLogEntries.list',
  columns: COLUMNS,
  filters: [
    { name: 'status', label: FILTERS.status, kind: 'words', words: STATUSES },
    { name: 'object', label: FILTERS.object, kind: 'text' },
    { name: 'fingerprint', label: FILTERS.fingerprint, kind: 'text' },
    { name: 'correlationId', label: FILTERS.correlationId, kind: 'text' },
    { name: 'entryId', label: FILTERS.entryId, kind: 'text' },
    { name: 'startedFrom', label: FILTERS.startedFrom, kind: 'text' },
    { name: 'startedTo', label: FILTERS.startedTo, kind: 'text' },
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'failed', label: VIEWS.failed, search: { status: 'Error,Timeout,Lost,Killed' } },
    { id: 'process', label: VIEWS.process, search: { status: 'In Process' } },
    { id: 'good', label: VIEWS.good, search: { status: 'Success' } },
    { id: 'other', label: VIEWS.other, search: { status: 'Stopped,Skipped' } },
  ],
  key: ({ no }) => String(no),
  name: ({ no }) => TEXTS.name(no),
  link: ({ no }) => ({ path: `${LOG_ENTRIES_PATH}/${no}` }),
  actions: LOG_ENTRY_ACTIONS,
  hasCsv: true,
  whenEmpty: <Empty icon={IconHistory} title={TEXTS.emptyTitle} text={TEXTS.emptyText} />,
};

/** The runs of job queue entries, the newest first. */
export function Screen() {
  return <DataList list={LIST} />;
}

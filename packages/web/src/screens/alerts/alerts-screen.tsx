import { help } from 'virtual:help/Alert';
import { Button } from '@mantine/core';
import type { Alert } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { useScope } from '../../app/scope.ts';
import type { Search } from '../../app/url.ts';
import { markAllSeen, markSeen } from '../../data/alerts.ts';
import type { InCompany } from '../../data/pages.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Acting, Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { numberText } from '../../ui/format.ts';
import { IconBell, IconCheck } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';

type Row = Alert & Acting;

const { columns: LABELS, views: VIEWS, filters: FILTERS } = TEXTS;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

/** Where somebody sees what it is about. */
function placeOf({ kind, subject, entryId, logEntryNo, table }: InCompany<Row>): {
  readonly path: string;
  readonly search?: Search;
} {
  if (kind === 'approval') return { path: '/approvals', search: { status: 'Open' } };
  if (kind === 'nothing-ran') return { path: '/health' };
  if (kind === 'user-gone')
    return { path: `/users/${encodeURIComponent(subject)}`, search: { tab: 'entries' } };
  if (table !== null)
    return { path: `/work-items/${encodeURIComponent(table)}`, search: { status: 'Failed' } };
  if (logEntryNo !== null) return { path: `/job-queue-log-entries/${logEntryNo}` };
  return { path: `/job-queue-entries/${entryId}` };
}

const LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  resource: 'alerts',
  operation: 'alerts.list',
  columns: [
    column('kind', 165, ({ kind }) => <Status of={TEXTS.kinds[kind]} />, { inCard: 'status' }),
    column('text', 470, ({ text }) => <span title={text}>{text}</span>, { inCard: 'title' }),
    column('since', 175, ({ since }) => <Time at={since} />),
    column('overAt', 160, ({ overAt }) => <Time at={overAt} />),
    column('isSeen', 95, ({ isSeen }) => (isSeen ? '' : <Status of={TEXTS.isNew} />)),
    column('times', 70, ({ times }) => numberText(times), { align: 'end' }),
    column('subject', 170, ({ subject }) => subject, { isHidden: true }),
    column('lastAt', 190, ({ lastAt }) => <Time at={lastAt} />, { isHidden: true }),
  ],
  filters: [
    {
      name: 'kind',
      label: LABELS.kind,
      kind: 'words',
      words: Object.keys(TEXTS.kinds),
      labels: TEXTS.kinds,
    },
    { name: 'unseen', label: FILTERS.unseen, kind: 'flag' },
    { name: 'present', label: FILTERS.present, kind: 'flag' },
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'unseen', label: VIEWS.unseen, search: { unseen: 'true' } },
    { id: 'present', label: VIEWS.present, search: { present: 'true' } },
  ],
  hasCsv: true,
  key: ({ no }) => String(no),
  name: ({ no }) => TEXTS.name(no),
  link: placeOf,
  // It is seen all the same where that could not be noted.
  onFollow: ({ company, no, isSeen }) => void (isSeen || markSeen(company, [no]).catch(() => undefined)),
  actions: [
    {
      name: 'markSeen',
      label: TEXTS.markSeen,
      icon: IconCheck,
      isMain: true,
      run: ({ company, no }) => markSeen(company, [no]),
      done: TEXTS.markedOne,
    },
  ],
  buttons: <MarkAll />,
  whenEmpty: <Empty icon={IconBell} title={TEXTS.empty} text={TEXTS.emptyText} />,
};

function MarkAll() {
  const { companies } = useScope();
  const marking = useMutation({
    mutationFn: () => markAllSeen(companies),
    onSuccess: () => tell(TEXTS.marked),
    onError: tellError,
  });
  return (
    <Button leftSection={<IconCheck size={14} aria-hidden />} onClick={() => marking.mutate()}>
      {TEXTS.markAll}
    </Button>
  );
}

/** What somebody should know although he does not look. */
export function Screen() {
  return <DataList list={LIST} />;
}

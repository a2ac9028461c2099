import { help } from 'virtual:help/Approval';
import type { Approval } from '@nightshift/client/api';
import { api } from '../../data/api.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition, RowAction } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconApproval, IconBan, IconCheckCircle, IconX } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';

type Row = Approval;

const { columns: LABELS, views: VIEWS, actions: ACTIONS, done: DONE, ask: ASK } = TEXTS;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

const COLUMNS: readonly Column<Row>[] = [
  column('status', 110, ({ status }) => <Status of={status} />, { inCard: 'status' }),
  column('entryNo', 70, ({ entryNo }) => entryNo, { align: 'end', inCard: 'none' }),
  column('description', 190, ({ description, object }) => description || object, { inCard: 'title' }),
  column('object', 130, ({ object }) => object),
  column('requestedBy', 110, ({ requestedBy }) => requestedBy),
  column('requestedAt', 190, ({ requestedAt }) => <Time at={requestedAt} />),
  column('comment', 190, ({ comment }) => <span title={comment}>{comment}</span>, { inCard: 'wide' }),
  column('askedUser', 110, ({ askedUser }) => askedUser ?? '', { isHidden: true }),
  column('decidedBy', 110, ({ decidedBy }) => decidedBy ?? ''),
  column('decidedAt', 190, ({ decidedAt }) => <Time at={decidedAt} />, { isHidden: true }),
  column('decisionComment', 170, ({ decisionComment }) => decisionComment ?? '', { inCard: 'wide' }),
  column('entryStatus', 120, ({ entryStatus }) => <Status of={entryStatus} />, { isHidden: true }),
  column('parameterString', 150, ({ parameterString }) => parameterString, { isHidden: true }),
];

function at({ company, id }: Row & { readonly company: string }, comment: string) {
  return { params: { company, approvalId: id }, body: comment === '' ? {} : { comment } };
}

const ROW_ACTIONS: readonly RowAction<Row>[] = [
  {
    name: 'approve',
    label: ACTIONS.approve,
    icon: IconCheckCircle,
    isMain: true,
    ask: (count, name) => ({
      title: ASK.approve(count, name),
      text: ASK.approveText,
      field: { label: ASK.comment },
    }),
    run: (row, { text }) => api.call('approvals.approve', at(row, text)),
    done: DONE.approve,
  },
  {
    name: 'reject',
    label: ACTIONS.reject,
    icon: IconX,
    isMain: true,
    isDangerous: true,
    ask: (count, name) => ({
      title: ASK.reject(count, name),
      text: ASK.rejectText,
      field: { label: ASK.reason, isRequired: true },
    }),
    run: (row, { text }) => api.call('approvals.reject', at(row, text)),
    done: DONE.reject,
  },
  {
    name: 'withdraw',
    label: ACTIONS.withdraw,
    icon: IconBan,
    ask: (count, name) => ({ title: ASK.withdraw(count, name), field: { label: ASK.comment } }),
    run: (row, { text }) => api.call('approvals.withdraw', at(row, text)),
    done: DONE.withdraw,
  },
];

const LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'approvals',
  operation: 'approvals.list',
  columns: COLUMNS,
  filters: [
    {
      name: 'status',
      label: LABELS.status,
      kind: 'words',
      words: ['Open', 'Approved', 'Rejected', 'Withdrawn'],
      isOne: true,
    },
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'open', label: VIEWS.open, search: { status: 'Open' } },
    { id: 'approved', label: VIEWS.approved, search: { status: 'Approved' } },
    { id: 'rejected', label: VIEWS.rejected, search: { status: 'Rejected' } },
  ],
  key: ({ id }) => id,
  name: ({ entryNo }) => TEXTS.name(entryNo),
  link: ({ entryId }) => ({ path: `/job-queue-entries/${entryId}` }),
  actions: ROW_ACTIONS,
  whenEmpty: <Empty icon={IconApproval} title={TEXTS.empty} text={TEXTS.emptyText} />,
};

/** What people have asked to be started for them. */
export function Screen() {
  return <DataList list={LIST} />;
}

import { help } from 'virtual:help/BulkOperation';
import type { BulkOperation } from '@nightshift/client/api';
import { BULK_PATH } from '../../data/bulk.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Acting, Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { numberText } from '../../ui/format.ts';
import { IconBulk } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';

type Row = BulkOperation & Acting;

const { columns: LABELS } = TEXTS;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

const LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  resource: 'bulkOperations',
  operation: 'bulkOperations.list',
  columns: [
    column('status', 110, ({ status }) => <Status of={status} />, { inCard: 'status' }),
    column('action', 170, ({ action }) => TEXTS.actions[action] ?? action, { inCard: 'title' }),
    column('target', 190, ({ target, items }) => items ?? TEXTS.targets[target]),
    column('user', 120, ({ user }) => user),
    column('createdAt', 200, ({ createdAt }) => <Time at={createdAt} />),
    column('total', 80, ({ total }) => numberText(total), { align: 'end' }),
    column('done', 80, ({ done }) => numberText(done), { align: 'end' }),
    column('refused', 80, ({ refused }) => numberText(refused), { align: 'end' }),
    column('unknown', 80, ({ unknown }) => numberText(unknown), { align: 'end' }),
    column('endedAt', 200, ({ endedAt }) => <Time at={endedAt} />, { isHidden: true }),
  ],
  filters: [],
  key: ({ id }) => id,
  name: ({ id }) => TEXTS.name(id),
  link: ({ id }) => ({ path: `${BULK_PATH}/${id}` }),
  whenEmpty: <Empty icon={IconBulk} title={TEXTS.empty} text={TEXTS.emptyText} />,
};

/** What was done to many rows at once. */
export function Screen() {
  return <DataList list={LIST} />;
}

import { help } from 'virtual:help/WorkItemTable';
import type { WorkItemStatus, WorkItemTable } from '@nightshift/client/api';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { numberText } from '../../ui/format.ts';
import { IconBoxes } from '../../ui/icons.ts';
import { Time } from '../../ui/time.tsx';
import { WORK_ITEMS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

type Row = WorkItemTable & { allowedActions?: never };

const { tableColumns: LABELS } = TEXTS;
const STATES: readonly WorkItemStatus[] = [
  'Failed',
  'Pending',
  'Processing',
  'Processed',
  'Skipped',
  'Resolved',
];
const SIGNS = { eq: '', gte: '+', about: '~' } as const;

function countOf({ counts, isReadable }: Row, state: WorkItemStatus) {
  const found = counts.find(({ status }) => status === state);
  if (found === undefined) return <span className={classes.quiet}>{isReadable ? '0' : '–'}</span>;
  const text = numberText(found.items);
  const told = found.relation === 'about' ? `${SIGNS.about}${text}` : `${text}${SIGNS[found.relation]}`;
  return <span className={state === 'Failed' && found.items > 0 ? classes.bad : undefined}>{told}</span>;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'name',
    label: LABELS.name,
    help: help['name'],
    width: 220,
    cell: ({ name }) => name,
    inCard: 'title',
  },
  ...STATES.map(
    (state): Column<Row> => ({
      id: state,
      label: state,
      width: 96,
      align: 'end',
      cell: (row) => countOf(row, state),
    }),
  ),
  {
    id: 'oldestPendingAt',
    label: LABELS.oldestPendingAt,
    help: help['oldestPendingAt'],
    width: 200,
    cell: ({ oldestPendingAt, isReadable }) =>
      isReadable ? <Time at={oldestPendingAt} /> : <span className={classes.quiet}>{TEXTS.notReadable}</span>,
  },
];

const LIST: ListDefinition<Row> = {
  title: TEXTS.tables,
  noun: TEXTS.tableNoun,
  nouns: TEXTS.tableNouns,
  resource: 'workItems',
  operation: 'workItemTables.list',
  columns: COLUMNS,
  filters: [],
  key: ({ name }) => name,
  name: ({ name }) => TEXTS.tableName(name),
  link: ({ name }) => ({ path: `${WORK_ITEMS_PATH}/${name}` }),
  whenEmpty: <Empty icon={IconBoxes} title={TEXTS.noTables} text={TEXTS.noTablesText} />,
};

/** The tables of work items, with how many items are in which state. */
export function Screen() {
  return <DataList list={LIST} />;
}

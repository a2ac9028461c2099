import { help } from 'virtual:help/AuditRow';
import { VERB_WORDS } from 'virtual:verb-words';
import type { AuditRow } from '@nightshift/client/api';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Acting, Column, Filter, ListDefinition } from '../../ui/data-list/definition.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { AuditDiff } from './audit-diff.tsx';
import { TEXTS } from './texts.ts';

type Row = AuditRow & Acting;

const { columns: LABELS, filters: FILTERS, views: VIEWS } = TEXTS;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

function text(name: Exclude<keyof typeof FILTERS, 'result'>): Filter {
  return { name, label: FILTERS[name], kind: 'text' };
}

const LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'auditLog',
  operation: 'auditLog.list',
  columns: [
    column('at', 220, ({ at }) => <Time at={at} />),
    column('result', 108, ({ result }) => <Status of={TEXTS.results[result]} />, { inCard: 'status' }),
    column('user', 96, ({ user }) => user),
    column('verb', 300, ({ verb }) => <span title={verb}>{VERB_WORDS[verb] ?? verb}</span>, {
      inCard: 'title',
    }),
    column(
      'objectName',
      160,
      ({ objectName, objectId }) => <span title={objectId ?? undefined}>{objectName ?? objectId ?? ''}</span>,
      { inCard: 'wide' },
    ),
    column('objectKind', 124, ({ objectKind }) => (
      <span title={objectKind}>{TEXTS.kinds[objectKind] ?? objectKind}</span>
    )),
    column('reason', 170, ({ reason }) => <span title={reason ?? undefined}>{reason ?? ''}</span>, {
      inCard: 'wide',
    }),
    column('verbName', 150, ({ verb }) => <code>{verb}</code>, { isHidden: true, help: help['verb'] }),
    column('objectId', 240, ({ objectId }) => objectId ?? '', { isHidden: true }),
    column('errorCode', 160, ({ errorCode }) => errorCode ?? '', { isHidden: true }),
    column('correlationId', 240, ({ correlationId }) => correlationId ?? '', { isHidden: true }),
    column('sessionUniqueId', 240, ({ sessionUniqueId }) => sessionUniqueId ?? '', { isHidden: true }),
  ],
  filters: [
    text('user'),
    text('verb'),
    { name: 'result', label: FILTERS.result, kind: 'words', words: ['allowed', 'denied'], isOne: true },
    text('objectKind'),
    text('object'),
    text('from'),
    text('to'),
    text('correlationId'),
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'denied', label: VIEWS.denied, search: { result: 'denied' } },
    { id: 'entries', label: VIEWS.entries, search: { objectKind: 'entry' } },
    { id: 'rights', label: VIEWS.rights, search: { objectKind: 'user' } },
  ],
  key: ({ id }) => id,
  name: ({ id }) => TEXTS.name(id),
  expand: (row) => <AuditDiff row={row} />,
  hasCsv: true,
};

/** Who did what, and what was refused: nobody changes it. */
export function Screen() {
  return <DataList list={LIST} />;
}

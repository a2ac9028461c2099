import { help } from 'virtual:help/AuditRow';
import type { AuditRow } from '@nightshift/client/api';
import { useMemo } from 'react';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Time } from '../../ui/time.tsx';
import { ENTRY_TEXTS } from './entry-texts.ts';

type Row = AuditRow & { readonly allowedActions?: never };

const { changes: TEXTS } = ENTRY_TEXTS;

/** What differed, a field after the other. */
function differences(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}: ${typeof each === 'object' ? JSON.stringify(each) : String(each)}`)
    .join(', ');
}

function textCell(text: string) {
  return <span title={text}>{text}</span>;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'at',
    label: TEXTS.at,
    help: help['at'],
    width: 210,
    cell: ({ at }) => <Time at={at} />,
    inCard: 'title',
  },
  { id: 'user', label: TEXTS.user, help: help['user'], width: 110, cell: ({ user }) => user },
  { id: 'verb', label: TEXTS.verb, help: help['verb'], width: 130, cell: ({ verb }) => verb },
  {
    id: 'before',
    label: TEXTS.before,
    help: help['before'],
    width: 200,
    cell: ({ before }) => textCell(differences(before)),
  },
  {
    id: 'after',
    label: TEXTS.after,
    help: help['after'],
    width: 200,
    cell: ({ after }) => textCell(differences(after)),
  },
  {
    id: 'result',
    label: TEXTS.result,
    help: help['result'],
    width: 90,
    cell: ({ result }) => result,
    isHidden: true,
  },
  {
    id: 'reason',
    label: TEXTS.reason,
    help: help['reason'],
    width: 200,
    cell: ({ reason }) => textCell(reason ?? ''),
    isHidden: true,
  },
];

/** Who has done what with an entry, on its card; for those who may read the audit log. */
export function EntryChanges({ entryId }: { readonly entryId: string }) {
  const list = useMemo(
    (): ListDefinition<Row> => ({
      title: TEXTS.title,
      noun: 'change',
      resource: 'auditLog',
      operation: 'auditLog.list',
      columns: COLUMNS,
      filters: [
        { name: 'user', label: TEXTS.user, kind: 'text' },
        { name: 'verb', label: TEXTS.verb, kind: 'text' },
      ],
      key: ({ id }) => id,
      name: ({ verb }) => verb,
      fixed: { object: entryId },
    }),
    [entryId],
  );
  return <DataList list={list} isEmbedded />;
}

import { help } from 'virtual:help/AuditRow';
import { VERB_WORDS } from 'virtual:verb-words';
import type { AuditRow } from '@nightshift/client/api';
import { useMemo } from 'react';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Time } from '../../ui/time.tsx';
import { AuditDiff } from '../audit/audit-diff.tsx';
import { ENTRY_TEXTS } from './entry-texts.ts';

type Row = AuditRow & { readonly allowedActions?: never };

const { changes: TEXTS } = ENTRY_TEXTS;

/** The names of the fields that differ; a new entry differs in all. */
function fieldsChanged({ before, after }: Row): string {
  if (before === null || before === undefined || typeof after !== 'object' || after === null) return '';
  return Object.keys({ ...before, ...after }).join(', ');
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
  {
    id: 'verb',
    label: TEXTS.verb,
    help: help['verb'],
    width: 200,
    cell: ({ verb }) => textCell(VERB_WORDS[verb] ?? verb),
  },
  {
    id: 'fields',
    label: TEXTS.fields,
    width: 200,
    cell: (row) => textCell(fieldsChanged(row)),
    inCard: 'wide',
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
      name: ({ verb }) => VERB_WORDS[verb] ?? verb,
      expand: (row) => <AuditDiff row={row} />,
      fixed: { object: entryId },
    }),
    [entryId],
  );
  return <DataList list={list} isEmbedded />;
}

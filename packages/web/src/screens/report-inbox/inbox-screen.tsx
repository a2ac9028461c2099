import { help } from 'virtual:help/InboxDocument';
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useScope } from '../../app/scope.ts';
import { useGo } from '../../app/url.ts';
import { fetchDocument, useReports } from '../../data/reports.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, Filter, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { sizeText } from '../../ui/format.ts';
import { IconDownload, IconInbox, IconReport } from '../../ui/icons.ts';
import { tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { ENTRIES_PATH } from '../entries/paths.ts';
import { LOG_ENTRIES_PATH } from '../log-entries/paths.ts';
import { REPORTS_PATH } from '../reports/paths.ts';
import classes from './inbox.module.css';
import { INBOX_ACTIONS, type InboxRow as Row } from './inbox-actions.ts';
import { TEXTS } from './texts.ts';

const { columns: LABELS, filters: FILTERS, views: VIEWS } = TEXTS;
const HIDDEN = { isHidden: true } as const;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

/** Text of a row; that of a document that was not read is bold, as its state says, too. */
function textCell(text: string, { readAt }: Row) {
  return (
    <span title={text} className={readAt === null ? classes.unread : undefined}>
      {text}
    </span>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  column('state', 102, ({ readAt }) => <Status of={readAt === null ? TEXTS.unread : TEXTS.read} />, {
    help: help['readAt'],
    inCard: 'status',
  }),
  column(
    'fileName',
    236,
    ({ fileName, size, readAt }) => (
      <span
        className={classes.file}
        data-unread={readAt === null}
        title={TEXTS.download(fileName, sizeText(size))}
      >
        <IconDownload size={14} aria-hidden />
        <span>{fileName}</span>
      </span>
    ),
    { inCard: 'title' },
  ),
  column('report', 106, (row) => textCell(row.report, row)),
  column('description', 150, (row) => textCell(row.description, row)),
  column('outputType', 66, ({ outputType }) => outputType),
  column('size', 80, ({ size }) => sizeText(size), { align: 'end' }),
  column('createdAt', 200, ({ createdAt }) => <Time at={createdAt} />),
  column('entryNo', 76, ({ company, entryId, entryNo }) =>
    entryId === null || entryNo === null ? (
      ''
    ) : (
      <Link to={`${ENTRIES_PATH}/${entryId}` as never} search={{ company } as never} preload={false}>
        {TEXTS.entry(entryNo)}
      </Link>
    ),
  ),
  column('logNo', 104, ({ company, logNo }) =>
    logNo === null ? (
      ''
    ) : (
      <Link to={`${LOG_ENTRIES_PATH}/${logNo}` as never} search={{ company } as never} preload={false}>
        {TEXTS.run(logNo)}
      </Link>
    ),
  ),
  column('user', 110, ({ user }) => user, HIDDEN),
  column('readAt', 190, ({ readAt }) => <Time at={readAt} />, HIDDEN),
  column('sessionUniqueId', 150, ({ sessionUniqueId }) => sessionUniqueId, HIDDEN),
  column('no', 70, ({ no }) => no, { ...HIDDEN, align: 'end' }),
];

/** Reports are offered where it is known which there are, and typed where it is not. */
function reportFilter(names: readonly string[]): Filter {
  const filter = { name: 'report', label: FILTERS.report } as const;
  return names.length === 0
    ? { ...filter, kind: 'text' }
    : { ...filter, kind: 'words', words: names, isOne: true };
}

function listOf(names: readonly string[], onReports: () => void): ListDefinition<Row> {
  const button = (
    <Button leftSection={<IconReport size={14} />} onClick={onReports}>
      {TEXTS.toReports}
    </Button>
  );
  return {
    title: TEXTS.list,
    noun: TEXTS.noun,
    resource: 'reportInbox',
    operation: 'reportInbox.list',
    columns: COLUMNS,
    filters: [
      { name: 'unread', label: FILTERS.unread, kind: 'flag' },
      reportFilter(names),
      { name: 'entryId', label: FILTERS.entryId, kind: 'text' },
      { name: 'everyone', label: FILTERS.everyone, kind: 'flag' },
    ],
    views: [
      { id: 'all', label: VIEWS.all, search: {} },
      { id: 'unread', label: VIEWS.unread, search: { unread: 'true' } },
    ],
    key: ({ no }) => String(no),
    name: ({ fileName }) => TEXTS.name(fileName),
    onOpen: (row) => void fetchDocument(row).catch(tellError),
    actions: INBOX_ACTIONS,
    buttons: button,
    whenEmpty: (
      <Empty icon={IconInbox} title={TEXTS.empty} text={TEXTS.emptyText}>
        {button}
      </Empty>
    ),
    hasCsv: true,
  };
}

/** The documents that reports have yielded for whoever is at the screen. */
export function Screen() {
  const { home } = useScope();
  const go = useGo();
  const known = useReports(home);
  const list = useMemo(
    () => listOf(known?.map(({ name }) => name) ?? [], () => go(REPORTS_PATH)),
    [known, go],
  );
  return <DataList list={list} />;
}

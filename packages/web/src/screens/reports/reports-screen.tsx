import { help } from 'virtual:help/Report';
import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useGo } from '../../app/url.ts';
import type { InCompany } from '../../data/pages.ts';
import type { Report } from '../../data/reports.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Acting, Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconCalendar, IconInbox, IconPlay, IconReport } from '../../ui/icons.ts';
import { schemaFields } from '../../ui/schema-form/schema-fields.ts';
import { ENTRIES_PATH } from '../entries/paths.ts';
import { REPORT_INBOX_PATH } from '../report-inbox/paths.ts';
import classes from './reports.module.css';
import { RunReport } from './run-report.tsx';
import { OUTPUT_TYPES, TEXTS } from './texts.ts';

type Row = Report & Acting;

const { columns: LABELS } = TEXTS;

function column(
  id: keyof typeof LABELS,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

/** What people fill in before it runs, in a few words. */
function asksText({ parametersSchema }: Row): string {
  if (parametersSchema === null) return TEXTS.asksNothing;
  const fields = schemaFields(parametersSchema);
  return fields === null ? TEXTS.asksAnything : fields.map(({ label }) => label).join(', ');
}

function tablesText({ tables }: Row): string {
  return Object.entries(tables)
    .map(([table, rights]) => `${table} (${rights})`)
    .join(', ');
}

function Actions({
  row: { name },
  onRun,
  onSchedule,
}: {
  readonly row: Row;
  readonly onRun: () => void;
  readonly onSchedule: () => void;
}) {
  return (
    <span className={classes.actions}>
      <Button
        size="compact-xs"
        leftSection={<IconPlay size={13} aria-hidden />}
        aria-label={TEXTS.runOf(name)}
        onClick={onRun}
      >
        {TEXTS.run}
      </Button>
      <Button
        size="compact-xs"
        leftSection={<IconCalendar size={13} aria-hidden />}
        aria-label={TEXTS.scheduleOf(name)}
        onClick={onSchedule}
      >
        {TEXTS.schedule}
      </Button>
    </span>
  );
}

function listOf(
  onRun: (row: InCompany<Row>) => void,
  onSchedule: (row: InCompany<Row>) => void,
  onInbox: () => void,
): ListDefinition<Row> {
  return {
    title: TEXTS.list,
    noun: TEXTS.noun,
    resource: 'reports',
    operation: 'reports.list',
    columns: [
      column('name', 190, ({ id, name }) => (id === null ? name : `${id} · ${name}`), { inCard: 'title' }),
      column('description', 234, ({ description }) => description, { inCard: 'wide' }),
      column('asks', 180, asksText, { help: help['parametersSchema'] }),
      column('outputTypes', 180, ({ outputTypes }) =>
        outputTypes.map((type) => OUTPUT_TYPES[type]).join(', '),
      ),
      column('tables', 150, tablesText),
      column('isolation', 150, ({ isolation }) => TEXTS.isolations[isolation], { isHidden: true }),
      column(
        'actions',
        226,
        (row) => <Actions row={row} onRun={() => onRun(row)} onSchedule={() => onSchedule(row)} />,
        { inCard: 'wide' },
      ),
    ],
    filters: [],
    key: ({ name }) => name,
    name: ({ name }) => TEXTS.name(name),
    onOpen: onRun,
    buttons: (
      <Button leftSection={<IconInbox size={14} />} onClick={onInbox}>
        {TEXTS.inbox}
      </Button>
    ),
    whenEmpty: <Empty icon={IconReport} title={TEXTS.empty} text={TEXTS.emptyText} />,
  };
}

/** The reports of the application: each can be run now, or scheduled. */
export function Screen() {
  const go = useGo();
  const [asked, setAsked] = useState<InCompany<Row> | null>(null);
  const list = useMemo(
    () =>
      listOf(
        setAsked,
        ({ company, name }) => go(ENTRIES_PATH, { company, new: 'entry', run: name }),
        () => go(REPORT_INBOX_PATH),
      ),
    [go],
  );
  return (
    <>
      <DataList list={list} />
      {asked !== null && <RunReport company={asked.company} report={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

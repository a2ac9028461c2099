import { Button, Group, Loader, Modal, Stack } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useGo } from '../../app/url.ts';
import {
  BULK_PATH,
  type BulkPlan,
  beginBulk,
  bulkFilter,
  type CompanyPreview,
  previewBulk,
} from '../../data/bulk.ts';
import type { PageQuery } from '../../data/pages.ts';
import { Fault } from '../fault.tsx';
import { numberText } from '../format.ts';
import classes from './bulk-dialog.module.css';
import { BulkQuestion, isAnswered } from './bulk-question.tsx';
import type { Acting, Given, ListDefinition, RowAction } from './definition.ts';
import type { Selection } from './selection.ts';
import { TEXTS } from './texts.ts';

const { bulk } = TEXTS;
/** Rows that are named; the others are counted. */
const NAMED_MAX = 100;

interface Props<Row extends Acting> {
  readonly list: ListDefinition<Row>;
  readonly action: RowAction<Row>;
  readonly selection: Selection<Row>;
  readonly query: PageQuery;
  readonly onClose: (isDone: boolean) => void;
}

/** Has the server do something to many rows: asks what it takes, shows what would come of it, and goes where its progress is shown. */
export function BulkOperationDialog<Row extends Acting>({
  list,
  action,
  selection,
  query,
  onClose,
}: Props<Row>) {
  // What was chosen when the dialog was opened is meant.
  const [meant] = useState(() => ({ selection, query }));
  const question = action.ask?.(selection.count, TEXTS.theRows(list.nouns ?? `${list.noun}s`));
  const asks = question?.field !== undefined || question?.choice !== undefined;
  const [given, setGiven] = useState<Given>({ text: '', choice: '' });
  const [isAsking, setAsking] = useState(asks);
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      title={question?.title ?? action.label}
      size="lg"
      closeButtonProps={{ 'aria-label': bulk.close }}
    >
      {isAsking && question !== undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isAnswered(question, given)) setAsking(false);
          }}
        >
          <Stack gap="sm">
            <BulkQuestion question={question} given={given} onChange={setGiven} />
            <Group justify="flex-end" gap="xs">
              <Button onClick={() => onClose(false)}>{TEXTS.cancel}</Button>
              <Button type="submit" variant="filled" disabled={!isAnswered(question, given)}>
                {bulk.look}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <DryRun
          list={list}
          action={action}
          meant={meant}
          given={given}
          text={question?.text}
          onBack={asks ? () => setAsking(true) : null}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

/** The rows that are meant, by company: by their filter when all that fit are, else by their ids. */
async function selectionsOf<Row extends Acting>(
  list: ListDefinition<Row>,
  { selection, query }: { readonly selection: Selection<Row>; readonly query: PageQuery },
): Promise<BulkPlan['selections']> {
  const filter = selection.isMatching ? bulkFilter(query.query) : null;
  if (filter !== null) return new Map(query.companies.map((company) => [company, { filter }]));
  const rows = Map.groupBy(await selection.rows(), ({ company }) => company);
  return new Map([...rows].map(([company, some]) => [company, { ids: some.map((row) => list.key(row)) }]));
}

function DryRun<Row extends Acting>({
  list,
  action,
  meant,
  given,
  text,
  onBack,
  onClose,
}: {
  readonly list: ListDefinition<Row>;
  readonly action: RowAction<Row>;
  readonly meant: { readonly selection: Selection<Row>; readonly query: PageQuery };
  readonly given: Given;
  readonly text: string | undefined;
  readonly onBack: (() => void) | null;
  readonly onClose: (isDone: boolean) => void;
}) {
  const go = useGo();
  const looked = useQuery({
    queryKey: ['bulkPreview', list.resource, action.name, given, meant],
    queryFn: async ({ signal }) => {
      const { resource, params } = list;
      const selections = await selectionsOf(list, meant);
      const plan = { resource, action: action.name, given, table: params?.['table'], selections };
      return { plan, previews: await previewBulk(plan, signal) };
    },
    queryKeyHashFn: () => `bulkPreview ${list.resource} ${action.name} ${JSON.stringify(given)}`,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const begin = useMutation({
    mutationFn: ({ plan, previews }: NonNullable<typeof looked.data>) => beginBulk(plan, previews),
    onSuccess: (begun) => {
      onClose(true);
      const [first] = begun;
      if (begun.length === 1 && first !== undefined)
        go(`${BULK_PATH}/${first.id}`, { company: first.company });
      else go(BULK_PATH);
    },
    // Other rows fit by now: what would come of it is looked at anew.
    onError: () => void looked.refetch(),
  });
  const { data } = looked;
  const allowed = data?.previews.reduce((sum, each) => sum + each.allowed, 0) ?? 0;
  const error = looked.error ?? begin.error;
  return (
    <Stack gap="sm">
      {error !== null && <Fault error={error} />}
      {text !== undefined && <div>{text}</div>}
      {looked.isPending && (
        <Group gap="xs">
          <Loader size="xs" />
          {bulk.checking}
        </Group>
      )}
      {data !== undefined && <Previews previews={data.previews} label={action.label} />}
      <Group justify="flex-end" gap="xs">
        {onBack !== null && (
          <Button onClick={onBack} mr="auto">
            {bulk.back}
          </Button>
        )}
        <Button onClick={() => onClose(false)}>{TEXTS.cancel}</Button>
        <Button
          variant="filled"
          disabled={data === undefined || allowed === 0}
          loading={begin.isPending}
          onClick={() => data !== undefined && begin.mutate(data)}
          {...(action.isDangerous === true ? { color: 'red' } : {})}
          data-autofocus
        >
          {bulk.start(action.label, allowed)}
        </Button>
      </Group>
    </Stack>
  );
}

function Previews({
  previews,
  label,
}: {
  readonly previews: readonly CompanyPreview[];
  readonly label: string;
}) {
  const total = previews.reduce((sum, each) => sum + each.total, 0);
  const allowed = previews.reduce((sum, each) => sum + each.allowed, 0);
  const left = previews.flatMap(({ rows, company }) =>
    rows.filter((row) => !row.allowed).map((row) => ({ ...row, company })),
  );
  return (
    <>
      <strong role="status">{bulk.eligible(allowed, label)}</strong>
      {previews.length > 1 && (
        <div>
          {previews.map((each) => bulk.inCompany(each.company, each.allowed, each.total)).join(' · ')}
        </div>
      )}
      {total > allowed && (
        <div className={classes.left}>
          {bulk.notEligible(total - allowed)}
          <ul>
            {previews.flatMap(({ company, reasons }) =>
              reasons.map(({ reason, rows }) => (
                <li key={`${company} ${reason}`}>
                  <b>{numberText(rows)}</b> {reason}
                </li>
              )),
            )}
          </ul>
          <details>
            <summary>{bulk.eachOne}</summary>
            <ul>
              {left.slice(0, NAMED_MAX).map(({ company, id, name, reason }) => (
                <li key={`${company} ${id}`}>
                  <b>{name}</b> {reason}
                </li>
              ))}
            </ul>
          </details>
        </div>
      )}
      <small className={classes.note}>{bulk.goesOn}</small>
    </>
  );
}

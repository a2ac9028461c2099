import { Button, Loader, Progress } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { BulkOperation } from '@nightshift/client/api';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useScope } from '../../app/scope.ts';
import { usePathPart } from '../../app/url.ts';
import { api, changed, keyOf } from '../../data/api.ts';
import { BULK_PATH } from '../../data/bulk.ts';
import { Card, Section } from '../../ui/card/card.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import { ActionDialog } from '../../ui/data-list/action-dialog.tsx';
import { exportCsv } from '../../ui/data-list/export-csv.ts';
import { Fault } from '../../ui/fault.tsx';
import { IconDownload, IconSquare } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import classes from './operation.module.css';
import { OperationRows } from './operation-rows.tsx';
import { TEXTS } from './texts.ts';

const LOOK_MS = 1_000;

function isGoing({ status }: BulkOperation): boolean {
  return status === 'Running' || status === 'Aborting';
}

/** How far something has come that is done to many rows. All of it is on the server: a reload changes nothing. */
export function Screen() {
  const operationId = usePathPart('operationId');
  const { home: company } = useScope();
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('bulkOperations', company, 'one', operationId),
    queryFn: ({ signal }) => api.call('bulkOperations.get', { params: { company, operationId }, signal }),
    refetchInterval: ({ state }) => (state.data === undefined || isGoing(state.data) ? LOOK_MS : false),
  });
  const past = data === undefined ? 0 : data.done + data.refused + data.unknown;
  const target = data?.target;
  useEffect(() => {
    if (past > 0 && target !== undefined) changed('bulkOperations', target);
  }, [past, target]);
  if (data !== undefined) return <OperationCard company={company} operation={data} past={past} />;
  return error === null ? (
    <Loader size="sm" role="status" aria-label={TEXTS.card} />
  ) : (
    <Fault error={error} retry={() => void refetch()} />
  );
}

function OperationCard({
  company,
  operation,
  past,
}: {
  readonly company: string;
  readonly operation: BulkOperation;
  readonly past: number;
}) {
  const { id, action, target, items, total, status, user } = operation;
  const params = { operationId: id };
  const rows = {
    operation: 'bulkOperations.rows',
    resource: 'bulkOperations',
    companies: [company],
  } as const;
  return (
    <Card
      back={{ to: BULK_PATH, label: TEXTS.back }}
      title={TEXTS.title(TEXTS.actions[action] ?? action, total, items ?? TEXTS.targets[target])}
      badge={<Status of={status} />}
      lead={TEXTS.by(user)}
      actions={
        <>
          {isGoing(operation) && <Abort company={company} operation={operation} />}
          <Button
            leftSection={<IconDownload size={14} />}
            onClick={() => void exportCsv({ ...rows, query: {}, params }).catch(tellError)}
          >
            {TEXTS.csv}
          </Button>
        </>
      }
      tabs={[
        {
          id: 'rows',
          label: TEXTS.tabs.rows,
          content: (
            <>
              <Course operation={operation} past={past} />
              <OperationRows operationId={id} company={company} />
            </>
          ),
        },
        { id: 'facts', label: TEXTS.tabs.facts, content: <Facts operation={operation} /> },
      ]}
    />
  );
}

function Course({ operation, past }: { readonly operation: BulkOperation; readonly past: number }) {
  const { total, done, refused, unknown } = operation;
  const share = (count: number) => (total === 0 ? 0 : (100 * count) / total);
  return (
    <section className={classes.course} aria-label={TEXTS.progress(past, total)}>
      <Progress.Root size="lg">
        <Progress.Section
          value={total === 0 ? 100 : share(done)}
          color="var(--ns-good)"
          aria-label={TEXTS.done(done)}
        />
        <Progress.Section value={share(refused)} color="var(--ns-bad)" aria-label={TEXTS.refused(refused)} />
        <Progress.Section value={share(unknown)} color="var(--ns-wait)" aria-label={TEXTS.unknown(unknown)} />
      </Progress.Root>
      <div className={classes.counts} role="status">
        <strong>{TEXTS.progress(past, total)}</strong>
        <span data-tone="good">{TEXTS.done(done)}</span>
        {refused > 0 && <span data-tone="bad">{TEXTS.refused(refused)}</span>}
        {unknown > 0 && (
          <span data-tone="wait">
            {TEXTS.unknown(unknown)}: {TEXTS.unknownText}
          </span>
        )}
        {!isGoing(operation) && past < total && <span>{TEXTS.left(total - past)}</span>}
      </div>
    </section>
  );
}

function Abort({ company, operation }: { readonly company: string; readonly operation: BulkOperation }) {
  const [isAsking, { open, close }] = useDisclosure(false);
  const abort = useMutation({
    mutationFn: () => api.call('bulkOperations.abort', { params: { company, operationId: operation.id } }),
    onSuccess: () => tell(TEXTS.aborting),
    onError: tellError,
    onSettled: () => changed('bulkOperations'),
  });
  return (
    <>
      <Button
        leftSection={<IconSquare size={14} />}
        onClick={open}
        disabled={operation.status === 'Aborting'}
        loading={abort.isPending}
      >
        {TEXTS.abort}
      </Button>
      {isAsking && (
        <ActionDialog
          question={{ title: TEXTS.abortTitle, text: TEXTS.abortText }}
          label={TEXTS.abort}
          isDangerous
          onClose={close}
          onAnswer={() => {
            close();
            abort.mutate();
          }}
        />
      )}
    </>
  );
}

function Facts({ operation }: { readonly operation: BulkOperation }) {
  const given = Object.entries(operation.arguments).map(([name, value]) => `${name}: ${String(value)}`);
  return (
    <Section title={TEXTS.tabs.facts}>
      <Fields>
        <Field label={TEXTS.facts.by}>
          <Value>{operation.user}</Value>
        </Field>
        <Field label={TEXTS.facts.begun}>
          <Time at={operation.createdAt} />
        </Field>
        <Field label={TEXTS.facts.ended}>
          <Time at={operation.endedAt} />
        </Field>
        <Field label={TEXTS.facts.given}>
          <Value>{given.join(', ')}</Value>
        </Field>
        <Field label={TEXTS.facts.correlation}>
          <Value>{operation.correlationId}</Value>
        </Field>
      </Fields>
    </Section>
  );
}

import { Button, Group, Loader, Modal, Stack } from '@mantine/core';
import type { JobQueueLogEntryRow, RunErrorGroup } from '@nightshift/client/api';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, changed, keyOf, newKey } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import { toldOf } from '../../data/problem.ts';
import { Fault } from '../../ui/fault.tsx';
import classes from './failed-work.module.css';
import { TEXTS } from './texts.ts';

/** Runs that are looked through for their entries. */
const RUNS_MAX = 2_000;

interface Found {
  readonly eligible: readonly JobQueueLogEntryRow[];
  readonly left: readonly JobQueueLogEntryRow[];
}

/** Has the entries begin anew that stand in Error by one kind of error: first looks which they are. */
export function RetryGroup({
  group,
  onClose,
}: {
  readonly group: InCompany<RunErrorGroup>;
  readonly onClose: () => void;
}) {
  const { company, fingerprint, message } = group;
  const [keys] = useState(() => new Map<number, string>());
  const found = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'to retry', fingerprint),
    queryFn: () => entriesOf(company, fingerprint),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const retry = useMutation({
    async mutationFn(rows: readonly JobQueueLogEntryRow[]) {
      const failed: { readonly no: number; readonly why: string }[] = [];
      for (const { no } of rows) {
        const idempotencyKey = keys.get(no) ?? newKey();
        keys.set(no, idempotencyKey);
        await api
          .call('jobQueueLogEntries.retry', { params: { company, no }, idempotencyKey })
          .catch((error: unknown) => failed.push({ no, why: toldOf(error).text }));
      }
      return { done: rows.length - failed.length, failed };
    },
    onSettled: () => changed('jobQueueEntries', 'jobQueueLogEntries'),
  });
  const { eligible, left } = found.data ?? { eligible: [], left: [] };
  const result = retry.data;
  return (
    <Modal
      opened
      onClose={onClose}
      title={found.data === undefined ? TEXTS.start : TEXTS.ask(eligible.length)}
      closeButtonProps={{ 'aria-label': TEXTS.close }}
    >
      <Stack gap="sm">
        <strong className={classes.message}>{message}</strong>
        {found.isPending && (
          <Group gap="xs">
            <Loader size="xs" />
            {TEXTS.checking}
          </Group>
        )}
        {found.error !== null && <Fault error={found.error} />}
        {found.data !== undefined && result === undefined && (
          <>
            <div>{TEXTS.askText}</div>
            <ul className={classes.names}>
              {eligible.map(({ no, entryNo, description, object }) => (
                <li key={no}>{TEXTS.entry(entryNo, description || object)}</li>
              ))}
            </ul>
            {left.length > 0 && <LeftOut rows={left} />}
          </>
        )}
        {result !== undefined && (
          <div role="status">
            <strong>{TEXTS.result(result.done, result.failed.length)}</strong>
            <ul className={classes.names}>
              {result.failed.map(({ no, why }) => (
                <li key={no}>{why}</li>
              ))}
            </ul>
          </div>
        )}
        <Group justify="flex-end" gap="xs">
          <Button onClick={onClose} variant={result === undefined ? 'default' : 'filled'}>
            {result === undefined ? TEXTS.cancel : TEXTS.close}
          </Button>
          {result === undefined && (
            <Button
              variant="filled"
              disabled={eligible.length === 0}
              loading={retry.isPending}
              onClick={() => retry.mutate(eligible)}
              data-autofocus
            >
              {TEXTS.retry(eligible.length)}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function LeftOut({ rows }: { readonly rows: readonly JobQueueLogEntryRow[] }) {
  return (
    <div className={classes.left}>
      {TEXTS.notEligible(rows.length)}
      <ul className={classes.names}>
        {rows.map((row) => (
          <li key={row.no}>
            {TEXTS.entry(row.entryNo, row.allowedActions?.find(({ name }) => name === 'retry')?.reason ?? '')}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The entries whose last run that failed by this kind of error can be retried now, and those of which it cannot. */
async function entriesOf(company: string, fingerprint: string): Promise<Found> {
  const latest = new Map<string, JobQueueLogEntryRow>();
  let seen = 0;
  for await (const run of api.all('jobQueueLogEntries.list', {
    params: { company },
    query: { fingerprint, limit: 500 },
  })) {
    seen++;
    if (!latest.has(run.entryId)) latest.set(run.entryId, run);
    if (seen >= RUNS_MAX) break;
  }
  const mayRetry = (run: JobQueueLogEntryRow) =>
    run.allowedActions?.some(({ name, allowed }) => name === 'retry' && allowed) === true;
  const all = [...latest.values()];
  return { eligible: all.filter(mayRetry), left: all.filter((run) => !mayRetry(run)) };
}

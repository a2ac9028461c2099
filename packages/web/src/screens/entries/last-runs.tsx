import { help } from 'virtual:help/JobQueueEntryRow';
import type { JobQueueEntryRow, JobQueueLogEntryRow } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, keyOf } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import { durationText } from '../../ui/format.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { LOG_ENTRIES_PATH } from '../log-entries/paths.ts';
import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';

const RUNS = 5;

/** Beneath a row of the list: how the entry ran last, and what is said of it. */
export function LastRuns({
  row: { company, id, error, note },
}: {
  readonly row: InCompany<JobQueueEntryRow>;
}) {
  const { data } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'last', id, RUNS),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.list', {
        params: { company },
        query: { entryId: id, limit: RUNS },
        signal,
      }),
  });
  const runs = data?.items ?? [];
  return (
    <div className={classes.expanded}>
      <Fields>
        {error !== null && (
          <Field label={ENTRY_TEXTS.expand.error} help={help['error']} isWide>
            <Value>{error.message}</Value>
          </Field>
        )}
        {note !== null && (
          <Field label={ENTRY_TEXTS.expand.note} help={help['note']} isWide>
            <Value>{note}</Value>
          </Field>
        )}
      </Fields>
      <strong>{ENTRY_TEXTS.lastRuns}</strong>
      {data !== undefined && runs.length === 0 && <p className={classes.quiet}>{ENTRY_TEXTS.noRun}</p>}
      <ul className={classes.lastRuns}>
        {runs.map((run) => (
          <li key={run.no}>
            <RunLine run={run} company={company} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How a run went, and how long it took, in a line that leads to it. */
export function RunLine({ run, company }: { readonly run: JobQueueLogEntryRow; readonly company: string }) {
  const { no, status, startedAt, durationMs, error } = run;
  return (
    <div className={classes.run}>
      <Status of={status} />
      <Time at={startedAt} />
      {durationMs !== null && <span>{ENTRY_TEXTS.took(durationText(durationMs))}</span>}
      <Link to={`${LOG_ENTRIES_PATH}/${no}` as never} search={{ company } as never}>
        {ENTRY_TEXTS.openRun(no)}
      </Link>
      {error !== null && <span className={classes.runError}>{error.message}</span>}
    </div>
  );
}

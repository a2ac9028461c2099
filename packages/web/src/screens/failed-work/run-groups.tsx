import { Button, SegmentedControl } from '@mantine/core';
import type { RunErrorGroup } from '@nightshift/client/api';
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useUrl } from '../../app/url.ts';
import { api, keyOf } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import { Empty } from '../../ui/empty.tsx';
import { Fault } from '../../ui/fault.tsx';
import { IconCheckCircle, IconRestart } from '../../ui/icons.ts';
import { useNow } from '../../ui/now.ts';
import { LOG_ENTRIES_PATH } from '../log-entries/paths.ts';
import classes from './failed-work.module.css';
import { Count, FirstAndLast } from './group-facts.tsx';
import { RetryGroup } from './retry-group.tsx';
import { TEXTS } from './texts.ts';

const { columns: LABELS } = TEXTS;
const PERIODS = Object.entries(TEXTS.periods).map(([value, label]) => ({ value, label }));
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Failed runs by kind of error. */
export function RunGroups({ companies }: { readonly companies: readonly string[] }) {
  const { search, set } = useUrl();
  const days = search['days'] !== undefined && search['days'] in TEXTS.periods ? search['days'] : '7';
  // To the hour, so that what is read stays the same question for a while.
  const startedFrom = new Date(
    Math.floor(useNow() / HOUR_MS) * HOUR_MS - Number(days) * DAY_MS,
  ).toISOString();
  const { groups, error, isLoading } = useGroups(companies, startedFrom);
  const [retried, setRetried] = useState<InCompany<RunErrorGroup> | null>(null);
  return (
    <>
      <div className={classes.tools}>
        <span>{TEXTS.since}</span>
        <SegmentedControl
          size="xs"
          aria-label={TEXTS.since}
          data={PERIODS}
          value={days}
          onChange={(wanted) => set({ days: wanted === '7' ? undefined : wanted })}
        />
      </div>
      {error !== null && <Fault error={error} />}
      {!isLoading && error === null && groups.length === 0 && (
        <Empty icon={IconCheckCircle} title={TEXTS.noRuns} text={TEXTS.noRunsText} />
      )}
      {groups.length > 0 && (
        <GroupTable groups={groups} withCompany={companies.length > 1} onRetry={setRetried} />
      )}
      {retried !== null && <RetryGroup group={retried} onClose={() => setRetried(null)} />}
    </>
  );
}

function useGroups(companies: readonly string[], startedFrom: string) {
  return useQueries({
    queries: companies.map((company) => ({
      queryKey: keyOf('jobQueueLogEntries', company, 'groups', startedFrom),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.call('jobQueueLogEntries.errorGroups', { params: { company }, query: { startedFrom }, signal }),
    })),
    combine: (results) => ({
      groups: results
        .flatMap(({ data }, at) =>
          (data?.items ?? []).map((group) => ({ ...group, company: companies[at] ?? '' })),
        )
        .toSorted((a, b) => b.lastAt.localeCompare(a.lastAt)),
      error: results.find(({ error }) => error !== null)?.error ?? null,
      isLoading: results.some(({ isPending }) => isPending),
    }),
  });
}

function GroupTable({
  groups,
  withCompany,
  onRetry,
}: {
  readonly groups: readonly InCompany<RunErrorGroup>[];
  readonly withCompany: boolean;
  readonly onRetry: (group: InCompany<RunErrorGroup>) => void;
}) {
  return (
    <ul className={classes.groups}>
      {groups.map((group) => {
        const {
          company,
          fingerprint,
          code,
          message,
          object,
          runs,
          entries,
          stopped,
          firstAt,
          lastAt,
          lastNo,
        } = group;
        return (
          <li key={`${company} ${fingerprint}`} className={classes.group}>
            <div className={classes.what}>
              <strong>{message}</strong>
              <span>
                {withCompany && <b>{company}</b>}
                {object}
                {code !== null && <code>{code}</code>}
              </span>
            </div>
            <dl className={classes.numbers}>
              <Count label={LABELS.runs} value={runs} />
              <Count label={LABELS.entries} value={entries} />
              <Count label={LABELS.stopped} value={stopped} isBad={stopped > 0} />
              <FirstAndLast {...{ firstAt, lastAt }} />
            </dl>
            <div className={classes.actions}>
              <Link to={`${LOG_ENTRIES_PATH}/${lastNo}` as never} search={{ company } as never}>
                {TEXTS.sample}
              </Link>
              <Link to={LOG_ENTRIES_PATH as never} search={{ company, fingerprint } as never}>
                {TEXTS.show}
              </Link>
              <Button
                leftSection={<IconRestart size={14} />}
                disabled={stopped === 0}
                title={stopped === 0 ? TEXTS.retryNone : undefined}
                onClick={() => onRetry(group)}
              >
                {TEXTS.start}
              </Button>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

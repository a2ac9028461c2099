import type { JobQueueEntryRow } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import { api } from '../../data/api.ts';
import { useEachCompany } from '../../data/each-company.ts';
import { useMe } from '../../data/me.ts';
import type { InCompany } from '../../data/pages.ts';
import { useNow } from '../../ui/now.ts';
import { Part, Quiet } from '../../ui/part.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import classes from './home.module.css';
import { TEXTS } from './texts.ts';

const MINE_MAX = 8;
const NEXT_MAX = 10;
const GROUPS_MAX = 8;
const DAY_MS = 86_400_000;
/** The window of failures moves on in steps, so that what was read counts for a while. */
const STEP_MS = 300_000;

type Entry = InCompany<JobQueueEntryRow>;

interface PartProps {
  readonly companies: readonly string[];
}

function EntryLink({ entry }: { readonly entry: Entry }) {
  return (
    <Link
      to={`/job-queue-entries/${entry.id}` as never}
      search={{ company: entry.company } as never}
      className={classes.name}
      preload={false}
    >
      {entry.description || entry.object}
    </Link>
  );
}

function CompanyName({ companies, of }: PartProps & { readonly of: string }) {
  return companies.length === 1 ? null : <span className={classes.company}>{of}</span>;
}

/** The entries that run as whoever is at the screen. */
export function MyJobQueue({ companies }: PartProps) {
  const { user } = useMe();
  const { rows, isLoading } = useEachCompany<JobQueueEntryRow>(
    'jobQueueEntries',
    companies,
    ['mine', user],
    async (company, signal) => {
      const query = { runAs: user, sort: '-statusSince', limit: MINE_MAX } as const;
      return (await api.call('jobQueueEntries.list', { params: { company }, query, signal })).items;
    },
  );
  const shown = rows
    .toSorted((one, other) => other.statusSince.localeCompare(one.statusSince))
    .slice(0, MINE_MAX);
  return (
    <Part title={TEXTS.mine} more={{ label: TEXTS.all, path: '/job-queue-entries', search: { runAs: user } }}>
      {shown.length === 0 && !isLoading && <Quiet>{TEXTS.mineNone}</Quiet>}
      <ul className={classes.rows}>
        {shown.map((entry) => (
          <li key={`${entry.company} ${entry.id}`}>
            <span className={classes.lead}>
              <EntryLink entry={entry} />
              <small>
                <CompanyName companies={companies} of={entry.company} />
                {entry.error?.message ?? entry.schedule}
              </small>
            </span>
            <Status of={entry.status} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What is planned next. */
export function NextRuns({ companies }: PartProps) {
  const { rows, isLoading } = useEachCompany<JobQueueEntryRow>(
    'jobQueueEntries',
    companies,
    ['next'],
    async (company, signal) => {
      const query = { status: 'Ready,Waiting', sort: 'earliestStart', limit: NEXT_MAX } as const;
      return (await api.call('jobQueueEntries.list', { params: { company }, query, signal })).items;
    },
  );
  const shown = rows
    .toSorted((one, other) => (one.earliestStart ?? '').localeCompare(other.earliestStart ?? ''))
    .slice(0, NEXT_MAX);
  return (
    <Part title={TEXTS.next} more={{ label: TEXTS.all, path: '/timeline' }}>
      {shown.length === 0 && !isLoading && <Quiet>{TEXTS.nextNone}</Quiet>}
      <ol className={classes.rows}>
        {shown.map((entry) => (
          <li key={`${entry.company} ${entry.id}`}>
            <span className={classes.when}>
              <Time at={entry.earliestStart} none={TEXTS.atOnce} />
            </span>
            <span className={classes.lead}>
              <EntryLink entry={entry} />
              <small>
                <CompanyName companies={companies} of={entry.company} />
                {TEXTS.runsAs(entry.runAs)}
              </small>
            </span>
          </li>
        ))}
      </ol>
    </Part>
  );
}

/** What failed in the last 24 hours, by what went wrong. */
export function Failures({ companies }: PartProps) {
  const now = useNow();
  const startedFrom = new Date(Math.floor(now / STEP_MS) * STEP_MS - DAY_MS).toISOString();
  const { rows, isLoading } = useEachCompany(
    'jobQueueLogEntries',
    companies,
    ['errorGroups', startedFrom],
    async (company, signal) => {
      const query = { startedFrom, limit: GROUPS_MAX };
      return (await api.call('jobQueueLogEntries.errorGroups', { params: { company }, query, signal })).items;
    },
  );
  const shown = rows.toSorted((one, other) => other.runs - one.runs).slice(0, GROUPS_MAX);
  return (
    <Part title={TEXTS.failures} more={{ label: TEXTS.all, path: '/failed-work' }}>
      {shown.length === 0 && !isLoading && <Quiet>{TEXTS.failuresNone}</Quiet>}
      <ul className={classes.rows}>
        {shown.map((group) => (
          <li key={`${group.company} ${group.fingerprint}`}>
            <span className={classes.lead}>
              <Link
                to={'/job-queue-log-entries' as never}
                search={{ company: group.company, fingerprint: group.fingerprint } as never}
                className={classes.name}
                title={group.message}
              >
                {group.message}
              </Link>
              <small>
                <CompanyName companies={companies} of={group.company} />
                {group.object} · {TEXTS.failure(group.runs, group.entries)} · {TEXTS.last}{' '}
                <Time at={group.lastAt} show="relative" />
              </small>
            </span>
            {group.stopped > 0 && <span className={classes.stopped}>{TEXTS.stopped(group.stopped)}</span>}
          </li>
        ))}
      </ul>
    </Part>
  );
}

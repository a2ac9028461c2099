import { help } from 'virtual:help/HealthInstance';
import type { Finding, Health } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { useScope } from '../../app/scope.ts';
import { useUrl } from '../../app/url.ts';
import { api, keyOf } from '../../data/api.ts';
import { useEachCompany } from '../../data/each-company.ts';
import { healthQuery } from '../../data/health.ts';
import { useLive } from '../../data/live.ts';
import tables from '../../ui/card/table.module.css';
import { Fault } from '../../ui/fault.tsx';
import { durationText, numberText } from '../../ui/format.ts';
import { IconCheckCircle, IconError, IconWarning } from '../../ui/icons.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Part, Quiet } from '../../ui/part.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { LagChart, RunsChart } from './charts.tsx';
import classes from './health.module.css';
import { Held } from './release.tsx';
import { TEXTS } from './texts.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** How the engine stands: server instances, what waits, the database, and what is wrong. */
export function Screen() {
  useLive('jobQueueEntries', 'health', 'environment');
  const { data, error, refetch } = useQuery(healthQuery);
  if (data === undefined) return error === null ? null : <Fault error={error} retry={() => void refetch()} />;
  return <Shown health={data} />;
}

function Shown({ health }: { readonly health: Health }) {
  const { instances, queue, unapproved, environment } = health;
  const held = unapproved ?? instances.find(({ state }) => state === 'held')?.reason ?? null;
  const { companies } = useScope();
  return (
    <div className={classes.page}>
      <PageHead title={TEXTS.title}>
        {environment ?? TEXTS.unnamed} · {TEXTS.at} <Time at={health.at} show="absolute" />
      </PageHead>
      {held !== null && <Held why={held} name={environment} />}
      <Figures queue={queue} instances={instances} />
      <Instances instances={instances} />
      <div className={classes.two}>
        <LagChart health={health} />
        <RunsChart companies={companies} />
      </div>
      <div className={classes.two}>
        <div className={classes.column}>
          <Watch companies={companies} />
          <Findings />
        </div>
        <div className={classes.column}>
          <Database health={health} />
          <Limits limits={health.limits} />
        </div>
      </div>
    </div>
  );
}

function Figures({ queue, instances }: Pick<Health, 'queue' | 'instances'>) {
  const running = instances.filter(({ state }) => state === 'running').length;
  const { figure: LABELS } = TEXTS;
  return (
    <dl className={classes.figures} aria-label={TEXTS.figures}>
      <Figure label={LABELS.running} tone={running === 0 ? 'bad' : undefined}>
        {running} <small>{TEXTS.of(instances.length)}</small>
      </Figure>
      <Figure label={LABELS.lag}>{queue.lagMs === null ? TEXTS.none : durationText(queue.lagMs)}</Figure>
      <Figure label={LABELS.due}>{numberText(queue.due)}</Figure>
      <Figure label={LABELS.claimed}>{numberText(queue.claimed)}</Figure>
      <Figure label={LABELS.planned}>{numberText(queue.planned)}</Figure>
      <Figure label={LABELS.failed} tone={queue.failed > 0 ? 'bad' : undefined}>
        {numberText(queue.failed)}
      </Figure>
    </dl>
  );
}

function Figure({
  label,
  tone,
  children,
}: {
  readonly label: string;
  readonly tone?: 'bad' | undefined;
  readonly children: ReactNode;
}) {
  return (
    <div className={classes.figure}>
      <dt>{label}</dt>
      <dd data-tone={tone}>
        {tone === 'bad' && <IconWarning size={16} aria-hidden />}
        <span>{children}</span>
      </dd>
    </div>
  );
}

/** A word as states are written. */
function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function Instances({ instances }: Pick<Health, 'instances'>) {
  const { columns: LABELS } = TEXTS;
  if (instances.length === 0)
    return (
      <Part title={TEXTS.instances}>
        <p className={classes.alarm}>
          <IconError size={16} aria-hidden /> {TEXTS.noInstances}
        </p>
      </Part>
    );
  const names = Object.keys(LABELS) as (keyof typeof LABELS)[];
  return (
    <Part title={TEXTS.instances}>
      <ScrollBox className={tables.scroll} label={TEXTS.instances}>
        <table className={`${tables.table} ${classes.instances}`}>
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} title={help[name]}>
                  {LABELS[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {instances.map((each) => (
              <tr key={`${each.place} ${each.host} ${each.processId}`}>
                <td>
                  <Status of={capital(each.state)} />
                </td>
                <td>{each.place}</td>
                <td>{TEXTS.process(each.host, each.processId)}</td>
                <td>{each.version}</td>
                <td>
                  <Time at={each.startedAt} />
                </td>
                <td>{TEXTS.ago(durationText(each.beatAgeMs))}</td>
                <td>{each.claimedTasks}</td>
                <td>{each.sessions}</td>
                <td>{each.codeunits}</td>
                <td className={classes.reason}>{each.reason ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </Part>
  );
}

/** Entries that should have run, or run for too long; the cue "Overdue" leads here. */
function Watch({ companies }: { readonly companies: readonly string[] }) {
  const { search } = useUrl();
  const box = useRef<HTMLDivElement>(null);
  const isWanted = search['part'] === 'watch';
  const { rows, isLoading } = useEachCompany(
    'jobQueueEntries',
    companies,
    ['watch'],
    async (company, signal) =>
      (await api.call('jobQueueEntries.watch', { params: { company }, signal })).items,
  );
  const isThere = !isLoading;
  useEffect(() => {
    if (isWanted && isThere) box.current?.scrollIntoView({ block: 'center' });
  }, [isWanted, isThere]);
  return (
    <div ref={box} className={classes.wanted} data-wanted={isWanted}>
      <Part title={TEXTS.watch}>
        {isThere && rows.length === 0 && <Quiet>{TEXTS.watchNone}</Quiet>}
        <ul className={classes.cases}>
          {rows.map(({ kind, company, entryId, entryNo, object, since, byMs }) => (
            <li key={`${kind} ${company} ${entryId}`}>
              <IconWarning size={14} aria-hidden />
              <span>
                <strong>{TEXTS.kinds[kind]}</strong>{' '}
                <Link
                  to={`/job-queue-entries/${entryId}` as never}
                  search={{ company } as never}
                  preload={false}
                >
                  {entryNo} · {object}
                </Link>
                {companies.length > 1 && ` · ${company}`}
                <br />
                <Time at={since} /> · {TEXTS.by(durationText(byMs))}
              </span>
            </li>
          ))}
        </ul>
      </Part>
    </div>
  );
}

function Findings() {
  const { data, error } = useQuery({
    queryKey: keyOf('health', null, 'findings'),
    queryFn: ({ signal }) => api.call('health.findings', { signal }),
    staleTime: 60_000,
  });
  const found = data?.items.filter(({ level }) => level !== 'ok') ?? [];
  const well = (data?.items.length ?? 0) - found.length;
  return (
    <Part title={TEXTS.findings} lead={TEXTS.findingsLead}>
      {error !== null && <Quiet>{TEXTS.findingsNone}</Quiet>}
      {error === null && data === undefined && <Quiet>{TEXTS.examining}</Quiet>}
      <ul className={classes.findings}>
        {found.map((each) => (
          <FindingRow key={`${each.topic} ${each.message}`} finding={each} />
        ))}
        {well > 0 && (
          <li data-level="ok">
            <IconCheckCircle size={15} aria-hidden />
            <span>{TEXTS.well(well)}</span>
          </li>
        )}
      </ul>
    </Part>
  );
}

function FindingRow({ finding: { level, topic, message, help: what } }: { readonly finding: Finding }) {
  const Icon = level === 'error' ? IconError : IconWarning;
  return (
    <li data-level={level}>
      <Icon size={15} aria-hidden />
      <span>
        <strong>
          {TEXTS.levels[level]}: {topic}
        </strong>
        <span>{message}</span>
        {what !== null && <small>{what}</small>}
      </span>
    </li>
  );
}

function sizeText(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}

function Database({ health: { database, environment } }: { readonly health: Health }) {
  const { facts: LABELS } = TEXTS;
  const { connectionsOurs, connectionsOthers, connectionsMax, longTransactions, clockAheadMs } = database;
  return (
    <Part title={TEXTS.database}>
      <Facts
        rows={[
          [LABELS.environment, environment ?? TEXTS.unnamed],
          [LABELS.version, database.version],
          [LABELS.sizeBytes, sizeText(database.sizeBytes)],
          [LABELS.connections, TEXTS.connections(connectionsOurs, connectionsOthers, connectionsMax)],
          [LABELS.longTransactions, TEXTS.transactions(longTransactions)],
          [LABELS.clockAheadMs, `${Math.round(clockAheadMs)} ms`],
        ]}
      />
    </Part>
  );
}

function Limits({ limits }: Pick<Health, 'limits'>) {
  const { concurrentTasks, concurrentTasksPerUser, tasksStartedPerSecond } = limits;
  const { facts: LABELS } = TEXTS;
  const orNone = (limit: number) => (limit === 0 ? TEXTS.unlimited : numberText(limit));
  return (
    <Part title={TEXTS.limits}>
      <Facts
        rows={[
          [LABELS.concurrentTasks, numberText(concurrentTasks)],
          [LABELS.concurrentTasksPerUser, orNone(concurrentTasksPerUser)],
          [LABELS.tasksStartedPerSecond, orNone(tasksStartedPerSecond)],
        ]}
      />
    </Part>
  );
}

function Facts({ rows }: { readonly rows: readonly (readonly [label: string, value: string])[] }) {
  return (
    <dl className={classes.facts}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

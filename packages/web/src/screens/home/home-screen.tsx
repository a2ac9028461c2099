import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useScope } from '../../app/scope.ts';
import { useGo } from '../../app/url.ts';
import { api, keyOf } from '../../data/api.ts';
import { useLive } from '../../data/live.ts';
import { useMe } from '../../data/me.ts';
import { IconPlus } from '../../ui/icons.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Cues } from './cues.tsx';
import classes from './home.module.css';
import { Failures, MyJobQueue, NextRuns } from './home-parts.tsx';
import { NewDocuments } from './new-documents.tsx';
import { SystemStrip } from './system-strip.tsx';
import { TEXTS } from './texts.ts';

/** The home page: how the job queue stands, and what is to be done. */
export function Screen() {
  const { company, companies, home } = useScope();
  const { user, fullName } = useMe();
  useLive('jobQueueEntries', 'jobQueueLogEntries', 'reportInbox');
  const isEmpty = useIsEmpty(companies);
  return (
    <div className={classes.page}>
      <PageHead title={TEXTS.title}>{`${fullName || user} · ${company ?? companies.join(', ')}`}</PageHead>
      {isEmpty ? <FirstSteps company={home} /> : <Cues companies={companies} />}
      <div className={classes.parts}>
        <div className={classes.column}>
          {!isEmpty && <Failures companies={companies} />}
          {!isEmpty && <NextRuns companies={companies} />}
        </div>
        <div className={classes.column}>
          <NewDocuments companies={companies} />
          {!isEmpty && <MyJobQueue companies={companies} />}
          <SystemStrip />
        </div>
      </div>
    </div>
  );
}

/** Whether there is no entry at all; while nobody knows, there are some. */
function useIsEmpty(companies: readonly string[]): boolean {
  const { data } = useQuery({
    queryKey: keyOf('jobQueueEntries', companies.join('\n'), 'any'),
    async queryFn({ signal }) {
      const found = await Promise.all(
        companies.map((company) =>
          api.call('jobQueueEntries.list', { params: { company }, query: { limit: 1 }, signal }),
        ),
      );
      return found.some(({ items }) => items.length > 0);
    },
  });
  return data === false;
}

/** Three steps to the first entry. */
function FirstSteps({ company }: { readonly company: string }) {
  const go = useGo();
  return (
    <section className={classes.first}>
      <h2>{TEXTS.emptyTitle(company)}</h2>
      <p>{TEXTS.emptyText}</p>
      <ol>
        {TEXTS.steps.map(([title, text]) => (
          <li key={title}>
            <strong>{title}</strong>
            <span>{text}</span>
          </li>
        ))}
      </ol>
      <Button
        variant="filled"
        leftSection={<IconPlus size={14} />}
        onClick={() => go('/job-queue-entries', { company, new: 'entry' })}
      >
        {TEXTS.create}
      </Button>
    </section>
  );
}

import { Button, Loader } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useScope } from '../../app/scope.ts';
import { usePathPart } from '../../app/url.ts';
import { changed } from '../../data/api.ts';
import { useLive } from '../../data/live.ts';
import { ActionBar } from '../../ui/card/action-bar.tsx';
import { Card } from '../../ui/card/card.tsx';
import { Fault } from '../../ui/fault.tsx';
import { IconCopy } from '../../ui/icons.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { copyDetails } from './copy-details.ts';
import { RetryItems } from './items-tab.tsx';
import classes from './log-entries.module.css';
import { LOG_ENTRY_ACTIONS } from './log-entry-actions.ts';
import { LogEntrySide } from './log-entry-side.tsx';
import { logEntryTabs } from './log-entry-tabs.tsx';
import { LOG_ENTRIES_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';
import { useLines } from './use-lines.ts';
import { type RunKnown, useEntryOf, useFacts, useLaterRun, useRunQuery } from './use-run.ts';

/** One run of a job queue entry, with all that is known of it. */
export function Screen() {
  const no = usePathPart('no');
  const { home: company } = useScope();
  useLive('jobQueueLogEntries', 'jobQueueEntries', 'workItems', 'sessions', 'reportInbox');
  const { data: run, error, refetch } = useRunQuery(company, no);
  const facts = useFacts(company, no).data;
  if (run !== undefined)
    return <LogEntryCard key={`${company} ${no}`} company={company} run={run} facts={facts} />;
  return error === null ? (
    <Loader size="sm" role="status" aria-label={TEXTS.card} />
  ) : (
    <Fault error={error} retry={() => void refetch()} />
  );
}

function LogEntryCard({ company, run, facts }: Omit<RunKnown, 'told'>) {
  // Asked for once, however many parts of the card show it.
  const known = { company, run, facts, told: useLines(company, run) };
  const name = TEXTS.name(run.no);
  const act = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      if (done !== '') tell(done);
    } catch (error) {
      tellError(error);
    }
    changed('jobQueueEntries', 'jobQueueLogEntries');
  };
  return (
    <Card
      back={{ to: LOG_ENTRIES_PATH, label: TEXTS.list }}
      title={TEXTS.title(run.no, run.description || run.object)}
      badge={<Status of={run.status} />}
      lead={<Lead known={known} />}
      actions={
        <>
          <ActionBar
            row={{ ...run, company }}
            name={name}
            actions={LOG_ENTRY_ACTIONS as never}
            onRun={(action, given) =>
              void act(
                () => action.run({ ...run, company } as never, given),
                action.name === 'runOnce' ? '' : action.done(name),
              )
            }
          />
          {facts !== undefined && <RetryItems known={known} label={TEXTS.actions.retryItems} />}
          <Button
            leftSection={<IconCopy size={14} />}
            onClick={() => void act(() => copyDetails(known), TEXTS.done.copied)}
          >
            {TEXTS.actions.copy}
          </Button>
        </>
      }
      tabs={logEntryTabs(known)}
      side={<LogEntrySide known={known} />}
    />
  );
}

/** The error in the words of the business first, and what has become of the entry since. */
function Lead({ known }: { readonly known: RunKnown }) {
  const { run, company } = known;
  const later = useLaterRun(known);
  const { entry, explanation } = useEntryOf(known);
  const text = run.error?.message ?? run.note ?? run.progress?.text ?? '';
  return (
    <span className={classes.lead} role="status">
      {text !== '' && <span className={run.error === null ? undefined : classes.bad}>{text}</span>}
      {later !== undefined ? (
        <span className={classes.since}>
          {TEXTS.since}
          <Link to={`${LOG_ENTRIES_PATH}/${later.no}` as never} search={{ company } as never}>
            {TEXTS.sinceRun(later.no)}
          </Link>
          <Status of={later.status} />
          <Time at={later.endedAt ?? later.startedAt} show="relative" />
        </span>
      ) : (
        run.status !== 'In Process' &&
        entry?.status !== 'Error' &&
        explanation !== undefined && <span className={classes.quiet}>{explanation.sentence}</span>
      )}
    </span>
  );
}

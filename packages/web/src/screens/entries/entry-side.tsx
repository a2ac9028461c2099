import type { JobQueueEntry } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import classes from './entries.module.css';
import { EntryDurations } from './entry-durations.tsx';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { RunLine } from './last-runs.tsx';
import { PlanAsTyped } from './schedule-plan.tsx';
import { TEXTS } from './texts.ts';
import type { Draft } from './use-entry-edit.ts';

/** In which states the next runs are those that will be. */
const PLANNED: readonly string[] = ['Ready', 'Waiting', 'In Process', 'On Hold with Inactivity Timeout'];

/** Beside the card of an entry: when it runs, in words and in both zones, also while that is being changed; how it ran last; and what is known of it. */
export function EntrySide({
  company,
  entry,
  draft,
}: {
  readonly company: string;
  readonly entry: JobQueueEntry;
  readonly draft: Draft | null;
}) {
  const names = [...Object.keys(entry.scheduleFields), 'earliestStart'];
  const changes = Object.fromEntries(Object.entries(draft ?? {}).filter(([name]) => names.includes(name)));
  const isChanged = Object.keys(changes).length > 0;
  const wish = { ...entry.scheduleFields, earliestStart: entry.earliestStart, ...changes };
  return (
    <>
      <Section title={TEXTS.preview}>
        {isChanged && <p className={classes.changed}>{ENTRY_TEXTS.planAsChanged}</p>}
        {!isChanged && !PLANNED.includes(entry.status) && (
          <p className={classes.quiet}>{ENTRY_TEXTS.planIfReady}</p>
        )}
        <PlanAsTyped company={company} wish={wish} />
      </Section>
      <LastRun company={company} entryId={entry.id} />
      <EntryDurations company={company} entryId={entry.id} />
      <Facts company={company} entry={entry} />
    </>
  );
}

function LastRun({ company, entryId }: { readonly company: string; readonly entryId: string }) {
  const { data } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'last', entryId),
    queryFn: ({ signal }) =>
      api.call('jobQueueLogEntries.list', { params: { company }, query: { entryId, limit: 1 }, signal }),
  });
  if (data === undefined) return null;
  const run = data.items[0];
  return (
    <Section title={ENTRY_TEXTS.lastRun}>
      {run === undefined ? (
        <p className={classes.quiet}>{ENTRY_TEXTS.noRun}</p>
      ) : (
        <RunLine run={run} company={company} />
      )}
    </Section>
  );
}

/** Why an entry is not running, with what is known. */
export function useExplanation(company: string, entryId: string) {
  return useQuery({
    queryKey: keyOf('jobQueueEntries', company, 'explanation', entryId),
    queryFn: ({ signal }) => api.call('jobQueueEntries.explain', { params: { company, entryId }, signal }),
  }).data;
}

function Facts({ company, entry }: { readonly company: string; readonly entry: JobQueueEntry }) {
  const explanation = useExplanation(company, entry.id);
  if (explanation === undefined || explanation.facts.length === 0) return null;
  return (
    <Section title={TEXTS.facts}>
      <ul className={classes.facts}>
        {explanation.facts.map(({ kind, text }) => (
          <li key={`${kind} ${text}`}>{text}</li>
        ))}
      </ul>
    </Section>
  );
}

import { Loader } from '@mantine/core';
import type { EntryExplanation, JobQueueEntry } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { useGo, usePathPart } from '../../app/url.ts';
import { api, changed, keyOf } from '../../data/api.ts';
import { useLive } from '../../data/live.ts';
import { ActionBar } from '../../ui/card/action-bar.tsx';
import { Card } from '../../ui/card/card.tsx';
import type { Given, RowAction } from '../../ui/data-list/definition.ts';
import { Fault } from '../../ui/fault.tsx';
import { tell, tellError } from '../../ui/notify.ts';
import { Status } from '../../ui/status.tsx';
import { RightsLink } from '../rights/rights-link.tsx';
import { ENTRY_ACTIONS } from './entry-actions.ts';
import { EntrySide, useExplanation } from './entry-side.tsx';
import { entryTabs, objectNameOf } from './entry-tabs.tsx';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { useObjectOf } from './objects.ts';
import { ENTRIES_PATH } from './paths.ts';
import { ReadyDialog } from './ready-dialog.tsx';
import { TEXTS } from './texts.ts';
import { useEntryEdit } from './use-entry-edit.ts';

/** The card of a job queue entry. */
export function Screen() {
  const entryId = usePathPart('entryId');
  const { home: company } = useScope();
  useLive('jobQueueEntries', 'jobQueueLogEntries');
  const {
    data: entry,
    error,
    refetch,
  } = useQuery({
    queryKey: keyOf('jobQueueEntries', company, 'one', entryId),
    queryFn: ({ signal }) => api.call('jobQueueEntries.get', { params: { company, entryId }, signal }),
  });
  if (entry !== undefined) return <EntryCard key={`${company} ${entryId}`} company={company} entry={entry} />;
  return error === null ? (
    <Loader size="sm" role="status" aria-label={TEXTS.card} />
  ) : (
    <Fault error={error} retry={() => void refetch()} />
  );
}

function EntryCard({ company, entry }: { readonly company: string; readonly entry: JobQueueEntry }) {
  const go = useGo();
  const explanation = useExplanation(company, entry.id);
  const name = TEXTS.name(entry.entryNo);
  const row = { ...entry, company };
  // Null: nothing is asked; else whether changes were saved before.
  const [asked, setAsked] = useState<{ readonly isSaved: boolean } | null>(null);
  const edit = useEntryEdit(company, entry, () => setAsked({ isSaved: edit.isChanged }));
  const { objectType } = useObjectOf(company, objectNameOf(entry, edit.draft), entry);
  const run = async (action: RowAction<JobQueueEntry>, given: Given) => {
    if (action.name === 'setReady') {
      if (edit.isChanged) edit.save('ready');
      else setAsked({ isSaved: false });
      return;
    }
    try {
      const answer = await action.run(row, given);
      if (action.name !== 'runOnce') tell(action.done(name, answer));
      if (action.name === 'delete') go(ENTRIES_PATH, { company });
      if (action.name === 'copy') go(`${ENTRIES_PATH}/${(answer as JobQueueEntry).id}`, { company });
    } catch (error) {
      tellError(error);
    }
    changed('jobQueueEntries', 'jobQueueLogEntries');
  };
  return (
    <>
      <Card
        back={{ to: ENTRIES_PATH, label: TEXTS.back }}
        title={`${entry.entryNo} · ${entry.description || entry.object}`}
        badge={<Status of={entry.status} />}
        lead={<Lead company={company} entry={entry} explanation={explanation} />}
        actions={
          <ActionBar
            row={row}
            name={name}
            actions={ENTRY_ACTIONS}
            onRun={(action, given) => void run(action as RowAction<JobQueueEntry>, given)}
          />
        }
        tabs={entryTabs(company, entry, edit, objectType)}
        side={<EntrySide company={company} entry={entry} draft={edit.draft} />}
      />
      {asked !== null && (
        <ReadyDialog
          company={company}
          entryId={entry.id}
          name={TEXTS.cap(name)}
          isSaved={asked.isSaved}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

/** Facts that are about the rights of whoever it runs as. */
const ABOUT_RIGHTS: readonly string[] = ['rights-missing', 'user-gone'];

/** Why it is not running, in one sentence. */
function Lead({
  company,
  entry,
  explanation,
}: {
  readonly company: string;
  readonly entry: JobQueueEntry;
  readonly explanation: EntryExplanation | undefined;
}) {
  if (explanation === undefined) return entry.schedule;
  const { sentence, facts } = explanation;
  if (entry.status === 'In Process') return sentence;
  return (
    <>
      <strong>{ENTRY_TEXTS.whyNot}</strong> {sentence}{' '}
      {facts.some(({ kind }) => ABOUT_RIGHTS.includes(kind)) && (
        <RightsLink company={company} user={entry.runAs} codeunit={entry.object} />
      )}
    </>
  );
}

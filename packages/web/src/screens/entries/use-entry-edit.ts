import type { JobQueueEntry, JobQueueEntryChanges } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useUrl } from '../../app/url.ts';
import { api, changed, keyOf, queryClient } from '../../data/api.ts';
import { conflictOf, fieldFaults } from '../../data/problem.ts';
import { tell, tellError } from '../../ui/notify.ts';
import { TEXTS } from './texts.ts';

/** What somebody has changed, not saved yet. */
export type Draft = Readonly<Record<string, unknown>>;

/** Editing an entry. */
export interface EntryEdit {
  /** The entry as it was when the editing began; what somebody else makes of it meanwhile is a conflict. */
  readonly base: JobQueueEntry;
  readonly draft: Draft | null;
  readonly isChanged: boolean;
  readonly isBusy: boolean;
  readonly faults: Readonly<Record<string, string>>;
  /** The entry as somebody else has made it meanwhile. */
  readonly conflict: JobQueueEntry | null;
  readonly begin: () => void;
  readonly holdAndEdit: () => void;
  readonly discard: () => void;
  readonly change: (name: string, value: unknown) => void;
  /** @param version what the change is based on; left out: the entry as it was when the editing began. */
  readonly save: (then: 'stay' | 'ready', version?: number) => void;
  readonly takeTheirs: () => void;
  readonly closeConflict: () => void;
}

/**
 * Keeps what somebody changes on the card of an entry, and saves it.
 * @param onSaved called once it is saved and to be set Ready
 */
export function useEntryEdit(company: string, entry: JobQueueEntry, onSaved: () => void): EntryEdit {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [begun, setBegun] = useState<JobQueueEntry | null>(null);
  const { set } = useUrl();
  const base = draft === null ? entry : (begun ?? entry);
  const begin = (from: JobQueueEntry) => {
    setBegun(from);
    setDraft({});
  };
  const params = { company, entryId: entry.id };
  const keep = (next: JobQueueEntry) => {
    queryClient.setQueryData(keyOf('jobQueueEntries', company, 'one', entry.id), next);
    changed('jobQueueEntries');
  };
  const hold = useMutation({
    mutationFn: () => api.call('jobQueueEntries.setOnHold', { params }),
    onSuccess: (next) => {
      keep(next);
      begin(next);
    },
    onError: tellError,
  });
  const saving = useMutation({
    async mutationFn({ version }: { readonly then: 'stay' | 'ready'; readonly version: number }) {
      const body = (draft ?? {}) as JobQueueEntryChanges;
      const isSame = Object.keys(body).length === 0;
      return isSame ? entry : api.call('jobQueueEntries.modify', { params, body, version });
    },
    onSuccess: (next, { then }) => {
      keep(next);
      setDraft(null);
      if (then === 'ready') onSaved();
      else tell(TEXTS.saved);
    },
    onError: (error) => {
      changed('jobQueueEntries');
      const names = Object.keys(fieldFaults(error));
      if (conflictOf(error) === null && names.length === 0) tellError(error);
      // What an object that was just chosen is given stands on another tab than its name.
      if (names.some((name) => /^(?:parameters|reportOutputType)\b/.test(name))) set({ tab: 'parameters' });
    },
  });
  return {
    base,
    draft,
    isChanged: draft !== null && Object.keys(draft).length > 0,
    isBusy: saving.isPending || hold.isPending,
    faults: fieldFaults(saving.error),
    conflict: conflictOf<JobQueueEntry>(saving.error),
    begin: () => begin(entry),
    holdAndEdit: () => hold.mutate(),
    discard: () => {
      saving.reset();
      setDraft(null);
    },
    change: (name, value) => setDraft((before) => ({ ...withoutWhatBelongsTo(name, before), [name]: value })),
    save: (then, version = base.version) => saving.mutate({ then, version }),
    takeTheirs: () => {
      const theirs = conflictOf<JobQueueEntry>(saving.error);
      saving.reset();
      begin(theirs ?? entry);
    },
    closeConflict: () => saving.reset(),
  };
}

/** What another report yields is not what the one before did; the server begins anew with it, too. */
function withoutWhatBelongsTo(name: string, draft: Draft | null): Draft {
  const { reportOutputType, ...others } = draft ?? {};
  return name === 'object' || reportOutputType === undefined ? others : { ...others, reportOutputType };
}

import type { JobQueueEntry } from '@nightshift/client/api';
import { useQuery } from '@tanstack/react-query';
import { api, keyOf } from '../../data/api.ts';
import { ConflictDialog } from '../../ui/card/conflict.tsx';
import { relativeText } from '../../ui/format.ts';
import { useNow } from '../../ui/now.ts';
import { ALL_FIELDS, type FieldName, valueIn, wordsFor } from './entry-fields.ts';
import type { EntryEdit } from './use-entry-edit.ts';

/** Somebody else has changed the entry meanwhile: who, when, and what; the audit log knows, for those who may read it. */
export function EntryConflict({
  company,
  entry,
  edit,
  theirs,
}: {
  readonly company: string;
  readonly entry: JobQueueEntry;
  readonly edit: EntryEdit;
  readonly theirs: JobQueueEntry;
}) {
  const now = useNow();
  const { data } = useQuery({
    queryKey: keyOf('auditLog', company, 'last', entry.id, theirs.version),
    queryFn: ({ signal }) =>
      api.call('auditLog.list', {
        params: { company },
        query: { object: entry.id, verb: 'entry.modify', result: 'allowed', limit: 1 },
        signal,
      }),
    retry: false,
  });
  const last = data?.items[0];
  const draft = edit.draft ?? {};
  const differences = ALL_FIELDS.flatMap((field) => {
    const now = wordsFor(field, valueIn(theirs, field.name as FieldName));
    const mine =
      field.name in draft
        ? wordsFor(field, draft[field.name])
        : wordsFor(field, valueIn(edit.base, field.name));
    return now === mine ? [] : [{ field: field.label, theirs: now, mine: field.name in draft ? mine : now }];
  });
  return (
    <ConflictDialog
      who={last?.user ?? null}
      when={last === undefined ? '' : relativeText(last.at, now)}
      differences={differences}
      onReload={edit.takeTheirs}
      onApply={() => edit.save('stay', theirs.version)}
      onClose={edit.closeConflict}
    />
  );
}

import type { JobQueueEntryRow, User } from '@nightshift/client/api';
import { useMemo } from 'react';
import { api } from '../../data/api.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { ListDefinition } from '../../ui/data-list/definition.ts';
import { reassignAction } from '../../ui/data-list/reassign.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconPause, IconUser, IconUserX } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { TEXTS } from './texts.ts';
import classes from './users.module.css';

const { entries: ENTRIES } = TEXTS;

/** The entries that run as a user; when he has left, they are given to somebody else here. */
export function UserEntries({ user }: { readonly user: User }) {
  const list = useMemo(() => entriesOf(user.name), [user.name]);
  return (
    <>
      {user.isGone && (
        <p className={classes.gone}>
          <IconUserX size={15} aria-hidden />
          {ENTRIES.goneText}
        </p>
      )}
      <DataList list={list} isEmbedded />
    </>
  );
}

function entriesOf(runAs: string): ListDefinition<JobQueueEntryRow> {
  return {
    title: ENTRIES.title,
    noun: ENTRIES.noun,
    nouns: ENTRIES.nouns,
    resource: 'jobQueueEntries',
    operation: 'jobQueueEntries.list',
    columns: [
      {
        id: 'status',
        label: ENTRIES.status,
        width: 120,
        cell: ({ status }) => <Status of={status} />,
        inCard: 'status',
      },
      {
        id: 'entryNo',
        label: ENTRIES.no,
        width: 64,
        align: 'end',
        cell: ({ entryNo }) => entryNo,
        inCard: 'none',
      },
      {
        id: 'description',
        label: ENTRIES.description,
        width: 240,
        cell: ({ description, object }) => description || object,
        inCard: 'title',
      },
      { id: 'object', label: ENTRIES.object, width: 150, cell: ({ object }) => object },
      { id: 'schedule', label: ENTRIES.schedule, width: 240, cell: ({ schedule }) => schedule },
    ],
    filters: [],
    key: ({ id }) => id,
    name: ({ entryNo }) => ENTRIES.name(entryNo),
    link: ({ id }) => ({ path: `/job-queue-entries/${id}` }),
    fixed: { runAs },
    whenEmpty: <Empty icon={IconUser} title={ENTRIES.empty} text={ENTRIES.emptyText} />,
    actions: [
      {
        ...reassignAction<JobQueueEntryRow>(ENTRIES, ({ company, id }, user) =>
          api.call('jobQueueEntries.reassign', { params: { company, entryId: id }, body: { user } }),
        ),
        isMain: true,
      },
      {
        name: 'setOnHold',
        label: ENTRIES.setOnHold,
        icon: IconPause,
        isMain: true,
        run: ({ company, id }) => api.call('jobQueueEntries.setOnHold', { params: { company, entryId: id } }),
        done: ENTRIES.held,
      },
    ],
  };
}

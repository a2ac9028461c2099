import { deleteDocument, fetchDocument, type InboxDocument, markDocument } from '../../data/reports.ts';
import type { Acting, RowAction } from '../../ui/data-list/definition.ts';
import { IconDownload, IconRead, IconTrash, IconUnread } from '../../ui/icons.ts';
import { TEXTS } from './texts.ts';

/** A row of the report inbox. */
export type InboxRow = InboxDocument & Acting;

const { actions: LABELS, done: DONE, closed: CLOSED, ask: ASK } = TEXTS;

/** What may be done with documents. The browser itself says that one is saved. */
export const INBOX_ACTIONS: readonly RowAction<InboxRow>[] = [
  {
    name: 'download',
    label: LABELS.download,
    icon: IconDownload,
    isSingle: true,
    run: fetchDocument,
    done: () => '',
  },
  {
    name: 'markRead',
    label: LABELS.markRead,
    icon: IconRead,
    isMain: true,
    closedFor: ({ readAt }) => (readAt === null ? null : CLOSED.read),
    run: (row) => markDocument(row, true),
    done: DONE.markRead,
  },
  {
    name: 'markUnread',
    label: LABELS.markUnread,
    icon: IconUnread,
    isMain: true,
    closedFor: ({ readAt }) => (readAt === null ? CLOSED.unread : null),
    run: (row) => markDocument(row, false),
    done: DONE.markUnread,
  },
  {
    name: 'delete',
    label: LABELS.delete,
    icon: IconTrash,
    isMain: true,
    isDangerous: true,
    ask: (count, name) => ({ title: ASK.remove(count, name), text: ASK.removeText }),
    run: deleteDocument,
    done: DONE.delete,
  },
];

import { help } from 'virtual:help/SavedView';
import type { SavedView } from '@nightshift/client/api';
import { api } from '../../data/api.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Acting, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconPencil, IconShare, IconStar, IconTrash } from '../../ui/icons.ts';
import { Time } from '../../ui/time.tsx';
import { TEXTS } from './texts.ts';

const { views: VIEWS } = TEXTS;
type Row = SavedView & Acting;

/** Lists by their resource, and where they are. */
const PATHS: Readonly<Record<string, string>> = {
  jobQueueEntries: '/job-queue-entries',
  jobQueueLogEntries: '/job-queue-log-entries',
  scheduledTasks: '/scheduled-tasks',
  sessions: '/sessions',
  sessionEvents: '/session-events',
  users: '/users',
  permissionSets: '/permission-sets',
  auditLog: '/audit-log',
  apiKeys: '/api-keys',
  approvals: '/approvals',
  categories: '/categories',
};

function of({ company, id }: Row & { readonly company: string }) {
  return { params: { company, viewId: id } };
}

const LIST: ListDefinition<Row> = {
  title: VIEWS.title,
  noun: VIEWS.noun,
  nouns: VIEWS.nouns,
  resource: 'views',
  operation: 'views.list',
  columns: [
    {
      id: 'name',
      label: VIEWS.columns.name,
      help: help['name'],
      width: 200,
      cell: ({ name }) => name,
      inCard: 'title',
    },
    {
      id: 'list',
      label: VIEWS.columns.list,
      help: help['list'],
      width: 150,
      cell: ({ list }) => VIEWS.lists[list] ?? list,
    },
    {
      id: 'query',
      label: VIEWS.columns.query,
      help: help['query'],
      width: 240,
      cell: ({ query }) =>
        [...new URLSearchParams(query)]
          .map(([name, value]) => `${VIEWS.parts[name] ?? name}: ${value}`)
          .join(' · '),
    },
    { id: 'user', label: VIEWS.columns.user, help: help['user'], width: 120, cell: ({ user }) => user },
    {
      id: 'shared',
      label: VIEWS.columns.shared,
      help: help['shared'],
      width: 140,
      cell: ({ shared }) => (shared ? VIEWS.shared : VIEWS.own),
    },
    {
      id: 'changedAt',
      label: VIEWS.columns.changedAt,
      help: help['changedAt'],
      width: 190,
      cell: ({ changedAt }) => <Time at={changedAt} />,
    },
  ],
  filters: [],
  key: ({ id }) => id,
  name: ({ name }) => VIEWS.name(name),
  link: ({ list, query }) => ({
    path: PATHS[list] ?? '/setup',
    search: Object.fromEntries(new URLSearchParams(query)),
  }),
  whenEmpty: <Empty icon={IconStar} title={VIEWS.empty} text={VIEWS.emptyText} />,
  actions: [
    {
      name: 'rename',
      label: VIEWS.rename,
      icon: IconPencil,
      isSingle: true,
      ask: () => ({ title: VIEWS.renameAsk, field: { label: VIEWS.renameField, isRequired: true } }),
      run: (row, { text }) =>
        api.call('views.modify', { ...of(row), body: { name: text }, version: row.version }),
      done: VIEWS.renamed,
    },
    {
      name: 'share',
      label: VIEWS.share,
      icon: IconShare,
      run: (row) =>
        api.call('views.modify', { ...of(row), body: { shared: !row.shared }, version: row.version }),
      done: VIEWS.shareDone,
    },
    {
      name: 'delete',
      label: VIEWS.remove,
      icon: IconTrash,
      isMain: true,
      isDangerous: true,
      ask: (count, name) => ({ title: VIEWS.removeAsk(count, name) }),
      run: (row) => api.call('views.delete', of(row)),
      done: VIEWS.removed,
    },
  ],
};

/** The views that somebody has saved, and those that others share. */
export function SavedViews() {
  return <DataList list={LIST} isEmbedded />;
}

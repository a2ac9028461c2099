import { help } from 'virtual:help/UserRow';
import type { UserRow } from '@nightshift/client/api';
import { api } from '../../data/api.ts';
import type { Column, ListDefinition, RowAction } from '../../ui/data-list/definition.ts';
import { IconBan, IconCheckCircle } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { USERS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

type Row = UserRow;

const { fields: LABELS, filters: FILTERS, views: VIEWS } = TEXTS;

function column(
  id: Exclude<keyof typeof LABELS, 'rights'>,
  width: number,
  cell: Column<Row>['cell'],
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, label: LABELS[id], help: help[id], width, cell, ...more };
}

const yesNo = (value: boolean) => (value ? TEXTS.yes : TEXTS.no);

/** How a user stands: enabled, disabled, or gone since his time is over. */
export function UserState({ state, isGone }: Pick<Row, 'state' | 'isGone'>) {
  return <Status of={state === 'disabled' ? 'Disabled' : isGone ? 'Expired' : 'Enabled'} />;
}

const COLUMNS: readonly Column<Row>[] = [
  column('name', 150, ({ name }) => name, { inCard: 'title' }),
  column('fullName', 190, ({ fullName }) => fullName),
  column('state', 110, UserState, { inCard: 'status' }),
  column('kind', 110, ({ kind }) => TEXTS.kinds[kind]),
  column('canSchedule', 110, ({ canSchedule }) => yesNo(canSchedule)),
  column('isDelegated', 180, ({ isDelegated }) => yesNo(isDelegated)),
  column('validUntil', 190, ({ validUntil }) => <Time at={validUntil} />),
  column('language', 100, ({ language }) => language, { isHidden: true }),
  column('timeZone', 160, ({ timeZone }) => timeZone, { isHidden: true }),
];

/** What may be done with a user. */
export const USER_ACTIONS: readonly RowAction<Row>[] = [
  {
    name: 'enable',
    label: TEXTS.actions.enable,
    icon: IconCheckCircle,
    isMain: true,
    run: ({ company, name }) => api.call('users.enable', { params: { company, user: name } }),
    done: TEXTS.done.enable,
  },
  {
    name: 'disable',
    label: TEXTS.actions.disable,
    icon: IconBan,
    isMain: true,
    isDangerous: true,
    ask: (count, name) => ({ title: TEXTS.ask.disable(count, name), text: TEXTS.ask.disableText }),
    run: ({ company, name }) => api.call('users.disable', { params: { company, user: name } }),
    done: TEXTS.done.disable,
  },
];

/** The users, whom all companies share. */
export const USERS_LIST: ListDefinition<Row> = {
  title: TEXTS.list,
  noun: TEXTS.noun,
  nouns: TEXTS.nouns,
  resource: 'users',
  operation: 'users.list',
  columns: COLUMNS,
  filters: [
    { name: 'kind', label: FILTERS.kind, kind: 'words', words: ['person', 'application'], isOne: true },
    { name: 'isGone', label: FILTERS.isGone, kind: 'flag' },
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'gone', label: VIEWS.gone, search: { isGone: 'true' } },
    { id: 'applications', label: VIEWS.applications, search: { kind: 'application' } },
  ],
  key: ({ no }) => String(no),
  name: ({ name }) => TEXTS.name(name),
  link: ({ name }) => ({ path: `${USERS_PATH}/${encodeURIComponent(name)}` }),
  actions: USER_ACTIONS,
};

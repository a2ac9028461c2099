import { help } from 'virtual:help/Session';
import { Button } from '@mantine/core';
import type { Session } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import { api, changed } from '../../data/api.ts';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconActivity, IconBan, IconHistory, IconSquare } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { EntryLink } from '../entries/entry-link.tsx';
import { SESSION_EVENTS_PATH } from './paths.ts';
import { column, SELDOM, WHO } from './session-columns.tsx';
import { TEXTS } from './texts.ts';

const COLUMNS: readonly Column<Session>[] = [
  column<Session>('state', 110, ({ state }) => <Status of={state} />, {
    inCard: 'status',
    help: help['state'],
  }),
  column<Session>('id', 92, ({ id }) => id, { align: 'end', inCard: 'none' }),
  column<Session>('codeunit', 176, ({ codeunit }) => codeunit, { inCard: 'title' }),
  column<Session>(
    'entry',
    170,
    ({ entry, company }) => entry && company && <EntryLink company={company} entry={entry} />,
    { help: help['entry'] },
  ),
  ...WHO,
  column<Session>('startedAt', 200, ({ startedAt }) => <Time at={startedAt} />),
  column<Session>('comment', 200, ({ comment }) => <span title={comment ?? undefined}>{comment ?? ''}</span>),
  ...SELDOM,
];

const toEvents = (
  <Button
    renderRoot={(props) => <Link to={SESSION_EVENTS_PATH as never} {...props} />}
    leftSection={<IconHistory size={14} aria-hidden />}
  >
    {TEXTS.toEvents}
  </Button>
);

const LIST: ListDefinition<Session> = {
  title: TEXTS.sessions,
  noun: TEXTS.noun,
  resource: 'sessions',
  operation: 'sessions.list',
  columns: COLUMNS,
  filters: [{ name: 'user', label: TEXTS.filters.user, kind: 'text' }],
  key: ({ uniqueId }) => uniqueId,
  name: ({ id, codeunit }) => TEXTS.name(id, codeunit),
  link: ({ uniqueId }) => ({ path: SESSION_EVENTS_PATH, search: { uniqueId } }),
  buttons: toEvents,
  actions: [
    {
      name: 'stop',
      label: TEXTS.stop,
      icon: IconSquare,
      isMain: true,
      isDangerous: true,
      ask: (count, name) => ({
        title: TEXTS.ask(count, name),
        text: TEXTS.askText,
        field: { label: TEXTS.askField },
      }),
      async run({ company, id }, { text }) {
        const body = text === '' ? {} : { comment: text };
        await api.call('sessions.stop', { params: { company, sessionId: id }, body });
        changed('sessionEvents', 'jobQueueLogEntries', 'jobQueueEntries');
      },
      done: TEXTS.stopped,
    },
    {
      name: 'kill',
      label: TEXTS.kill,
      icon: IconBan,
      isMain: true,
      isDangerous: true,
      ask: (count, name) => ({ title: TEXTS.askKill(count, name), text: TEXTS.askKillText }),
      async run({ company, id }) {
        await api.call('sessions.kill', { params: { company, sessionId: id } });
        changed('sessionEvents', 'jobQueueLogEntries', 'jobQueueEntries');
      },
      done: TEXTS.killed,
    },
  ],
  whenEmpty: (
    <Empty icon={IconActivity} title={TEXTS.none} text={TEXTS.noneText}>
      {toEvents}
    </Empty>
  ),
  hasCsv: true,
};

/** The sessions that run. */
export function Screen() {
  return <DataList list={LIST} />;
}

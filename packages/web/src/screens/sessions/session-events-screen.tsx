import { help } from 'virtual:help/SessionEvent';
import type { ErrorChain, SessionEvent } from '@nightshift/client/api';
import { DataList } from '../../ui/data-list/data-list.tsx';
import type { Column, ListDefinition } from '../../ui/data-list/definition.ts';
import { Empty } from '../../ui/empty.tsx';
import { IconHistory } from '../../ui/icons.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { SESSION_EVENTS_PATH } from './paths.ts';
import { column, SELDOM, WHO } from './session-columns.tsx';
import classes from './sessions.module.css';
import { TEXTS } from './texts.ts';

const TYPES = [
  'Logon',
  'Logoff',
  'Start',
  'Stop',
  'Close',
  'Error',
  'Timeout',
  'Stopped',
  'Killed',
  'Lost',
] as const;
const CLIENTS = ['web', 'api', 'background', 'child', 'management'] as const;

const { filters: FILTERS, views: VIEWS } = TEXTS;

function textOf({ comment, error }: SessionEvent): string {
  return comment ?? error?.message ?? '';
}

const COLUMNS: readonly Column<SessionEvent>[] = [
  column<SessionEvent>('at', 214, ({ at }) => <Time at={at} />, { help: help['at'] }),
  column<SessionEvent>('type', 100, ({ type }) => <Status of={type} />, { inCard: 'status' }),
  column<SessionEvent>('id', 86, ({ id }) => id, { align: 'end', inCard: 'none' }),
  column<SessionEvent>('codeunit', 174, ({ codeunit }) => codeunit || TEXTS.columns.id, { inCard: 'title' }),
  ...WHO,
  column<SessionEvent>('comment', 256, (event) => <span title={textOf(event)}>{textOf(event)}</span>, {
    inCard: 'wide',
  }),
  column<SessionEvent>('startedAt', 200, ({ startedAt }) => <Time at={startedAt} />, { isHidden: true }),
  column<SessionEvent>(
    'progress',
    150,
    ({ progress }) => (progress === null ? '' : TEXTS.progressOf(progress.done ?? 0, progress.total ?? null)),
    { isHidden: true },
  ),
  ...SELDOM,
];

const LIST: ListDefinition<SessionEvent & { readonly allowedActions?: never }> = {
  title: TEXTS.events,
  noun: TEXTS.eventNoun,
  resource: 'sessionEvents',
  operation: 'sessionEvents.list',
  columns: COLUMNS,
  filters: [
    { name: 'type', label: FILTERS.type, kind: 'words', words: TYPES },
    { name: 'clientType', label: FILTERS.clientType, kind: 'words', words: CLIENTS },
    { name: 'codeunit', label: FILTERS.codeunit, kind: 'text' },
    { name: 'user', label: FILTERS.user, kind: 'text' },
    { name: 'sessionId', label: FILTERS.sessionId, kind: 'text' },
    { name: 'uniqueId', label: FILTERS.uniqueId, kind: 'text' },
    { name: 'since', label: FILTERS.since, kind: 'text' },
  ],
  views: [
    { id: 'all', label: VIEWS.all, search: {} },
    { id: 'ended', label: VIEWS.ended, search: { type: 'Error,Timeout,Killed,Lost' } },
    { id: 'stopped', label: VIEWS.stopped, search: { type: 'Stopped,Killed' } },
    { id: 'starts', label: VIEWS.starts, search: { type: 'Start' } },
    { id: 'logons', label: VIEWS.logons, search: { type: 'Logon,Logoff' } },
  ],
  key: ({ eventId }) => eventId,
  name: ({ type, id }) => TEXTS.eventName(type, id),
  link: ({ uniqueId }) => ({ path: SESSION_EVENTS_PATH, search: { uniqueId } }),
  expand: (event) => <EventDetails event={event} />,
  whenEmpty: <Empty icon={IconHistory} title={TEXTS.noEvents} text={TEXTS.noEventsText} />,
  hasCsv: true,
};

/** What became of sessions, newest first. */
export function Screen() {
  return <DataList list={LIST} />;
}

function EventDetails({ event }: { readonly event: SessionEvent }) {
  const { error } = event;
  const lines = event.lines.map((line, no) => ({ ...line, no }));
  if (error === null && lines.length === 0) return <p className={classes.quiet}>{TEXTS.noMore}</p>;
  return (
    <div className={classes.details}>
      {error !== null && <Chain error={error} />}
      {lines.length > 0 && (
        <>
          <h3>{TEXTS.lines}</h3>
          <ol className={classes.lines}>
            {lines.map(({ no, at, level, text }) => (
              <li key={no} data-level={level}>
                <Time at={at} show="absolute" />
                <span className={classes.level}>{level}</span>
                <span>{text}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

function Chain({ error: { code, message, causes } }: { readonly error: ErrorChain }) {
  return (
    <div className={classes.error}>
      <strong>{message}</strong>
      {code !== null && <code>{code}</code>}
      {causes.map((cause) => (
        <span key={`${cause.code} ${cause.message}`}>
          {TEXTS.causes}: {cause.message}
        </span>
      ))}
    </div>
  );
}

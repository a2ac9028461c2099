import type { SessionEvent } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import tables from '../../ui/card/table.module.css';
import { Time } from '../../ui/time.tsx';
import classes from './log-entries.module.css';
import { TEXTS } from './texts.ts';
import type { RunKnown } from './use-run.ts';

const { events: WORDS } = TEXTS;
/** Where session events are. */
const SESSION_EVENTS_PATH = '/session-events';

/** What happened to the session of a run. */
export function EventsTab({ known: { company, facts } }: { readonly known: RunKnown }) {
  if (facts === undefined) return null;
  return (
    <>
      <EventTable events={facts.sessionEvents} />
      <p>
        <EventsLink company={company} uniqueId={facts.sessionUniqueId} label={WORDS.all} />
      </p>
    </>
  );
}

/** Leads to all events of a session. */
export function EventsLink({
  company,
  uniqueId,
  label,
}: {
  readonly company: string;
  readonly uniqueId: string;
  readonly label: string;
}) {
  return (
    <Link to={SESSION_EVENTS_PATH as never} search={{ company, uniqueId } as never}>
      {label}
    </Link>
  );
}

/** Events of a session in a table. */
export function EventTable({ events }: { readonly events: readonly SessionEvent[] }) {
  if (events.length === 0) return <p className={classes.quiet}>{WORDS.none}</p>;
  return (
    <div className={tables.scroll}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{WORDS.at}</th>
            <th>{WORDS.type}</th>
            <th>{WORDS.comment}</th>
            <th>{WORDS.user}</th>
            <th>{WORDS.instance}</th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ eventId, at, type, comment, error, user, instance }) => (
            <tr key={eventId}>
              <td>
                <Time at={at} />
              </td>
              <td>{type}</td>
              <td data-long>{error?.message ?? comment ?? ''}</td>
              <td>{user ?? ''}</td>
              <td>{instance === null ? '' : `${instance.host} (${instance.processId})`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

import type { ScheduledTaskRow } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import { ENTRIES_PATH } from './paths.ts';

/** Leads to the job queue entry that a task or a session runs. */
export function EntryLink({
  company,
  entry: { id, entryNo, description, object },
}: {
  readonly company: string;
  readonly entry: NonNullable<ScheduledTaskRow['entry']>;
}) {
  const name = `${entryNo} · ${description || object}`;
  return (
    <Link to={`${ENTRIES_PATH}/${id}` as never} search={{ company } as never} title={name}>
      {name}
    </Link>
  );
}

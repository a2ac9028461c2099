import type { NeighbouringRun } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import tables from '../../ui/card/table.module.css';
import { durationText } from '../../ui/format.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { LOG_ENTRIES_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

const { course: WORDS } = TEXTS;

/** Some runs in a table. @param present the number of the one that is shown, which leads nowhere */
export function RunTable({
  company,
  runs,
  present = null,
  withEntry = false,
}: {
  readonly company: string;
  readonly runs: readonly NeighbouringRun[];
  readonly present?: number | null;
  readonly withEntry?: boolean;
}) {
  return (
    <div className={tables.scroll}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{WORDS.status}</th>
            <th>{WORDS.no}</th>
            {withEntry && <th>{WORDS.object}</th>}
            {withEntry && <th>{WORDS.entry}</th>}
            <th>{WORDS.attempt}</th>
            <th>{WORDS.started}</th>
            <th>{WORDS.took}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ no, status, object, entryNo, attempt, startedAt, endedAt }) => (
            <tr key={no} aria-current={no === present ? 'true' : undefined}>
              <td>
                <Status of={status} />
              </td>
              <td>
                {no === present ? (
                  `${no} (${WORDS.present})`
                ) : (
                  <Link to={`${LOG_ENTRIES_PATH}/${no}` as never} search={{ company } as never}>
                    {no}
                  </Link>
                )}
              </td>
              {withEntry && <td>{object}</td>}
              {withEntry && <td>{entryNo}</td>}
              <td>{attempt + 1}</td>
              <td>
                <Time at={startedAt} />
              </td>
              <td>{endedAt === null ? '' : durationText(Date.parse(endedAt) - Date.parse(startedAt))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

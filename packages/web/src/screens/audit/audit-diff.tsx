import type { AuditRow } from '@nightshift/client/api';
import tables from '../../ui/card/table.module.css';
import classes from './audit.module.css';
import { TEXTS } from './texts.ts';

const { diff: DIFF } = TEXTS;

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a state; one that is no object stands by itself. */
function fieldsOf(state: unknown): Fields {
  if (state === null || state === undefined) return {};
  if (typeof state === 'object' && !Array.isArray(state)) return state as Fields;
  return { '': state };
}

function wordsOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return DIFF.empty;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a change changed, field by field. */
export function AuditDiff({ row }: { readonly row: AuditRow }) {
  const before = fieldsOf(row.before);
  const after = fieldsOf(row.after);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <div className={classes.diff}>
      {row.reason !== null && <p>{row.reason}</p>}
      {names.length === 0 ? (
        <p className={classes.none}>{DIFF.none}</p>
      ) : (
        <table className={tables.table} aria-label={DIFF.title}>
          <thead>
            <tr>
              <th>{DIFF.field}</th>
              <th>{DIFF.before}</th>
              <th>{DIFF.after}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className={classes.before}>{wordsOf(before[name])}</td>
                <td className={classes.after}>{wordsOf(after[name])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

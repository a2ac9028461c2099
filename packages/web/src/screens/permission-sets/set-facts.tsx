import { help } from 'virtual:help/PermissionSet';
import type { PermissionSet } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import { Section } from '../../ui/card/card.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import tables from '../../ui/card/table.module.css';
import { TEXTS } from './texts.ts';

const { users: USERS, fields: LABELS, columns: COLUMNS } = TEXTS;

/** Who has a permission set, and where. */
export function SetUsers({ set }: { readonly set: PermissionSet }) {
  if (set.assignments.length === 0) return <Section title={TEXTS.tabs.users}>{USERS.none}</Section>;
  return (
    <Section title={TEXTS.tabs.users}>
      <div className={tables.scroll}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{USERS.user}</th>
              <th>{USERS.where}</th>
            </tr>
          </thead>
          <tbody>
            {set.assignments.map(({ user, company, isGone }) => (
              <tr key={`${user} ${company}`}>
                <td>
                  <Link to={`/users/${encodeURIComponent(user)}` as never}>{user}</Link>
                  {isGone && ` (${USERS.gone})`}
                </td>
                <td>{company ?? USERS.everywhere}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** What a permission set is made of. */
export function SetMade({ set }: { readonly set: PermissionSet }) {
  const { source, application, includes, excludes, codeunits, reports, alsoDeclaredBy } = set;
  return (
    <Section title={TEXTS.tabs.made}>
      <Fields>
        <Field label={LABELS.source} help={help['source']}>
          <Value>{application ?? TEXTS.sources[source]}</Value>
        </Field>
        <Field label={COLUMNS.includes} help={help['includes']}>
          <Value>{includes.join(', ')}</Value>
        </Field>
        <Field label={COLUMNS.excludes} help={help['excludes']}>
          <Value>{excludes.join(', ')}</Value>
        </Field>
        <Field label={COLUMNS.codeunits} help={help['codeunits']}>
          <Value>{codeunits.join(', ')}</Value>
        </Field>
        <Field label={COLUMNS.reports} help={help['reports']}>
          <Value>{reports.join(', ')}</Value>
        </Field>
        <Field label={COLUMNS.also} help={help['alsoDeclaredBy']}>
          <Value>{alsoDeclaredBy}</Value>
        </Field>
      </Fields>
    </Section>
  );
}

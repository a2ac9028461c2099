import { help } from 'virtual:help/JobQueueEntry';
import { Button } from '@mantine/core';
import type { JobQueueEntry } from '@nightshift/client/api';
import { Link } from '@tanstack/react-router';
import { useMe } from '../../data/me.ts';
import { type CardTab, Section } from '../../ui/card/card.tsx';
import { EditBar, EditLock } from '../../ui/card/edit.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import { Time } from '../../ui/time.tsx';
import { REPORT_INBOX_PATH } from '../report-inbox/paths.ts';
import { RightsLink } from '../rights/rights-link.tsx';
import classes from './entries.module.css';
import { RunAs } from './entries-list.tsx';
import { EntryChanges } from './entry-changes.tsx';
import { EntryConflict } from './entry-conflict.tsx';
import { EntryFields } from './entry-field-view.tsx';
import {
  DAY_FIELDS,
  type EntryField,
  FAILURE_FIELDS,
  LIMIT_FIELDS,
  TIME_FIELDS,
  TOLD_FIELDS,
  WHAT_FIELDS,
} from './entry-fields.ts';
import { EntryLog } from './entry-log.tsx';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { type ObjectType, useObjectOf } from './objects.ts';
import { OptionsForm } from './options-form.tsx';
import { TEXTS } from './texts.ts';
import type { Draft, EntryEdit } from './use-entry-edit.ts';

const { tabs: TABS, sections: SECTIONS, fields: LABELS } = TEXTS;

/** The tabs of the card of an entry. What is being changed is kept while somebody goes from tab to tab. */
export function entryTabs(
  company: string,
  entry: JobQueueEntry,
  edit: EntryEdit,
  objectType: ObjectType,
): readonly CardTab[] {
  const zone = entry.scheduleFields.timeZone;
  const part = (title: string, fields: readonly EntryField[]) => (
    <Section title={title}>
      <EntryFields
        entry={entry}
        fields={fields}
        draft={edit.draft}
        faults={edit.faults}
        onChange={edit.change}
      />
    </Section>
  );
  const framed = (content: React.ReactNode) => (
    <>
      <LockLine entry={entry} edit={edit} />
      {content}
      <EntryEditBar entry={entry} edit={edit} />
      {edit.conflict !== null && (
        <EntryConflict company={company} entry={entry} edit={edit} theirs={edit.conflict} />
      )}
    </>
  );
  return [
    {
      id: 'general',
      label: TABS.general,
      content: framed(
        <>
          <EntryError entry={entry} />
          {part(SECTIONS.what, WHAT_FIELDS)}
          {part(SECTIONS.limits, LIMIT_FIELDS)}
          <Section title={SECTIONS.who}>
            <Fields>
              <Field label={LABELS.runAs} help={help['runAs']}>
                <span className={classes.runAs}>
                  <RunAs {...entry} />
                  <RightsLink company={company} user={entry.runAs} codeunit={entry.object} />
                </span>
              </Field>
              <Field label={LABELS.createdBy} help={help['createdBy']}>
                <Value>{entry.createdBy}</Value>
              </Field>
              <Field label={LABELS.statusSince} help={help['statusSince']}>
                <Time at={entry.statusSince} zone={zone} />
              </Field>
              <Field label={LABELS.lastReadyState} help={help['lastReadyState']}>
                <Time at={entry.lastReadyState} zone={zone} />
              </Field>
            </Fields>
          </Section>
        </>,
      ),
    },
    {
      id: 'recurrence',
      label: TABS.recurrence,
      content: framed(
        <>
          {part(SECTIONS.days, DAY_FIELDS)}
          {part(SECTIONS.times, TIME_FIELDS)}
          {part(SECTIONS.failures, FAILURE_FIELDS)}
        </>,
      ),
    },
    {
      id: 'parameters',
      label: ENTRY_TEXTS.parameters.form[objectType],
      content: framed(<Parameters company={company} entry={entry} edit={edit} />),
    },
    {
      id: 'notifications',
      label: ENTRY_TEXTS.notifications.tab,
      content: framed(part(ENTRY_TEXTS.notifications.title, TOLD_FIELDS)),
    },
    { id: 'log', label: TABS.runs, content: <EntryLog company={company} entryId={entry.id} /> },
    { id: 'changes', label: ENTRY_TEXTS.changes.tab, content: <EntryChanges entryId={entry.id} /> },
  ];
}

/** The name of what an entry runs, as it is filled in. */
export function objectNameOf(entry: JobQueueEntry, draft: Draft | null): string {
  return String(draft?.['object'] ?? entry.object);
}

function EntryError({ entry: { error, note } }: { readonly entry: JobQueueEntry }) {
  if (error === null && note === null) return null;
  return (
    <div className={classes.error}>
      {error !== null && (
        <>
          {error.code !== null && <code>{error.code}</code>}
          <strong>{error.message}</strong>
        </>
      )}
      {note !== null && <span>{note}</span>}
    </div>
  );
}

function Parameters({
  company,
  entry,
  edit,
}: {
  readonly company: string;
  readonly entry: JobQueueEntry;
  readonly edit: EntryEdit;
}) {
  const { recordToProcess, tags, declaredName } = entry;
  const { draft } = edit;
  const object = useObjectOf(company, objectNameOf(entry, draft), entry);
  // What the object before was to yield says nothing of this one.
  const isOther = object.name !== entry.object;
  const given: Draft = {
    parameters: entry.parameters,
    reportOutputType: isOther ? null : entry.reportOutputType,
    ...draft,
  };
  return (
    <>
      <Section title={ENTRY_TEXTS.parameters.form[object.objectType]}>
        <OptionsForm
          key={`${object.name} ${draft === null}`}
          object={object}
          values={given}
          faults={edit.faults}
          onChange={draft === null ? null : edit.change}
        >
          {entry.objectType === 'report' && (
            <Link to={REPORT_INBOX_PATH as never} search={{ company, entryId: entry.id } as never}>
              {ENTRY_TEXTS.parameters.documents}
            </Link>
          )}
        </OptionsForm>
      </Section>
      <Section title={SECTIONS.more}>
        <Fields>
          <Field label={LABELS.recordToProcess} help={help['recordToProcess']}>
            <Value>
              {recordToProcess === null
                ? null
                : `${recordToProcess.table} ${JSON.stringify(recordToProcess.key)}`}
            </Value>
          </Field>
          <Field label={LABELS.tags} help={help['tags']}>
            <Value>{tags.join(', ')}</Value>
          </Field>
          <Field label={LABELS.declaredName} help={help['declaredName']}>
            <Value>{declaredName}</Value>
          </Field>
        </Fields>
      </Section>
    </>
  );
}

/** Says that fields are locked, and unlocks them with one press. */
function LockLine({ entry, edit }: { readonly entry: JobQueueEntry; readonly edit: EntryEdit }) {
  if (edit.draft !== null) return null;
  const may = (name: string) => entry.allowedActions.find((action) => action.name === name)?.allowed === true;
  const isOpen = may('modify');
  return (
    <EditLock isOpen={isOpen} text={isOpen ? '' : TEXTS.locked}>
      {isOpen && <Button onClick={edit.begin}>{TEXTS.edit}</Button>}
      {!isOpen && entry.status !== 'On Hold' && may('setOnHold') && (
        <Button onClick={edit.holdAndEdit} loading={edit.isBusy}>
          {TEXTS.holdAndEdit}
        </Button>
      )}
    </EditLock>
  );
}

function EntryEditBar({ entry, edit }: { readonly entry: JobQueueEntry; readonly edit: EntryEdit }) {
  const { user } = useMe();
  if (edit.draft === null) return null;
  return (
    <EditBar text={entry.runAs === user ? TEXTS.runsAs(user) : TEXTS.runsAs(user) + TEXTS.was(entry.runAs)}>
      <Button onClick={edit.discard}>{TEXTS.discard}</Button>
      <Button onClick={() => edit.save('stay')} disabled={!edit.isChanged} loading={edit.isBusy}>
        {TEXTS.save}
      </Button>
      <Button variant="filled" onClick={() => edit.save('ready')} loading={edit.isBusy}>
        {TEXTS.saveAndReady}
      </Button>
    </EditBar>
  );
}

import { Button, SegmentedControl, Textarea } from '@mantine/core';
import type { WorkItem } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, changed } from '../../data/api.ts';
import { fieldFaults } from '../../data/problem.ts';
import { Section } from '../../ui/card/card.tsx';
import { EditBar, EditHint, EditLock } from '../../ui/card/edit.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import { Fault } from '../../ui/fault.tsx';
import { tell } from '../../ui/notify.ts';
import type { ItemPlace } from './item-place.ts';
import { hasFields, jsonText, parsed } from './json.ts';
import { PayloadForm, payloadFields, standAtFields } from './payload-form.tsx';
import { TEXTS } from './texts.ts';
import classes from './work-items.module.css';

const { payload: WORDS } = TEXTS;

/** What is to be processed: as it is, or to be corrected as a form or as JSON. The schema of the table decides, at the server. */
export function Payload({ place, item }: { readonly place: ItemPlace; readonly item: WorkItem }) {
  const [draft, setDraft] = useState<string | null>(null);
  const edit = item.allowedActions.find(({ name }) => name === 'editPayload');
  if (item.payload === null) return <p className={classes.quiet}>{WORDS.hidden}</p>;
  if (draft !== null) {
    return (
      <Editor place={place} item={item} draft={draft} onChange={setDraft} onEnd={() => setDraft(null)} />
    );
  }
  const isOpen = edit?.allowed === true;
  return (
    <>
      <EditLock isOpen={isOpen} text={isOpen ? WORDS.open : (edit?.reason ?? WORDS.locked)}>
        {isOpen && <Button onClick={() => setDraft(jsonText(item.payload))}>{WORDS.edit}</Button>}
      </EditLock>
      <Section title={TEXTS.tabs.payload}>
        {hasFields(item.payload) ? (
          <Fields>
            {Object.entries(item.payload).map(([name, value]) => (
              <Field key={name} label={name} isWide={typeof value === 'object' && value !== null}>
                {typeof value === 'object' && value !== null ? (
                  <pre className={classes.json}>{jsonText(value)}</pre>
                ) : (
                  <Value>{value === null ? null : String(value)}</Value>
                )}
              </Field>
            ))}
          </Fields>
        ) : (
          <pre className={classes.json}>{jsonText(item.payload)}</pre>
        )}
      </Section>
    </>
  );
}

function Editor({
  place,
  item,
  draft,
  onChange,
  onEnd,
}: {
  readonly place: ItemPlace;
  readonly item: WorkItem;
  readonly draft: string;
  readonly onChange: (draft: string) => void;
  readonly onEnd: () => void;
}) {
  const [way, setWay] = useState<'form' | 'json'>(hasFields(item.payload) ? 'form' : 'json');
  const value = parsed(draft);
  const fits = value.isGood && hasFields(value.value);
  const saving = useSaving(place, value.isGood ? value.value : null, onEnd);
  const faults = fieldFaults(saving.error);
  const fields = payloadFields(
    item.payloadSchema,
    ...[item.payload, value.isGood ? value.value : null].filter(hasFields),
  );
  const isToldAtField = fits && way === 'form' && standAtFields(faults, fields);
  const mayRetry = item.allowedActions.some(({ name, allowed }) => name === 'retry' && allowed);
  return (
    <>
      <EditHint text={WORDS.keeps}>
        <SegmentedControl
          size="xs"
          aria-label={WORDS.as}
          value={fits ? way : 'json'}
          onChange={(chosen) => setWay(chosen as 'form' | 'json')}
          data={[
            { value: 'form', label: WORDS.form, disabled: !fits },
            { value: 'json', label: WORDS.json },
          ]}
        />
      </EditHint>
      {saving.error !== null && !isToldAtField && <Fault error={saving.error} />}
      <Section title={TEXTS.tabs.payload}>
        {way === 'form' && value.isGood && hasFields(value.value) ? (
          <PayloadForm
            fields={fields}
            value={value.value}
            faults={faults}
            onChange={(next) => onChange(jsonText(next))}
          />
        ) : (
          <Textarea
            aria-label={WORDS.field}
            classNames={{ input: classes.mono ?? '' }}
            rows={16}
            value={draft}
            error={value.isGood ? undefined : `${WORDS.bad}: ${value.why}`}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        )}
      </Section>
      <EditBar>
        <Button onClick={onEnd}>{WORDS.discard}</Button>
        <Button
          variant={mayRetry ? 'default' : 'filled'}
          disabled={!value.isGood}
          loading={saving.isPending}
          onClick={() => saving.mutate(false)}
        >
          {WORDS.save}
        </Button>
        {mayRetry && (
          <Button
            variant="filled"
            disabled={!value.isGood}
            loading={saving.isPending}
            onClick={() => saving.mutate(true)}
          >
            {WORDS.saveAndRetry}
          </Button>
        )}
      </EditBar>
    </>
  );
}

/** Saves a payload, and then has the item tried again if that is wanted. */
function useSaving(place: ItemPlace, payload: unknown, onEnd: () => void) {
  return useMutation({
    async mutationFn(retries: boolean) {
      await api.call('workItems.editPayload', { params: place, body: { payload } });
      const { company, table, itemId } = place;
      if (retries) await api.call('workItems.retry', { params: { company, table }, body: { ids: [itemId] } });
    },
    onSuccess: (_, retries) => {
      tell(retries ? TEXTS.done.savedAndRetried : TEXTS.done.saved);
      onEnd();
    },
    onSettled: () => changed('workItems'),
  });
}

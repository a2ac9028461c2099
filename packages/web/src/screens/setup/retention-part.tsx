import { help } from 'virtual:help/Retention';
import { NumberInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { api, keyOf } from '../../data/api.ts';
import { Section } from '../../ui/card/card.tsx';
import { Field, Fields, Value } from '../../ui/card/field-parts.ts';
import classes from './setup.module.css';
import { TEXTS } from './texts.ts';

const { retention: WORDS } = TEXTS;
const DAYS_MAX = 3_650;

/** What is kept how long, and what would go if it were kept for fewer days: a look, which changes nothing. */
export function RetentionPart() {
  const { home: company } = useScope();
  const [days, setDays] = useState<number | null>(null);
  const { data, error } = useQuery({
    queryKey: keyOf('jobQueueLogEntries', company, 'retention', days),
    queryFn: ({ signal }) =>
      api.call('retention.get', { params: { company }, query: days === null ? {} : { days }, signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Section title={WORDS.title}>
      <p className={classes.text}>{WORDS.text}</p>
      {error === null && data !== undefined && (
        <Fields>
          <Field label={WORDS.logEntryDays} help={help['logEntryDays']}>
            <Value>{WORDS.days(data.logEntryDays)}</Value>
          </Field>
          <Field label={WORDS.ownDaysEntries} help={help['ownDaysEntries']}>
            <Value>{data.ownDaysEntries}</Value>
          </Field>
          <Field label={WORDS.failedTaskDays} help={help['failedTaskDays']}>
            <Value>{WORDS.days(data.failedTaskDays)}</Value>
          </Field>
          <Field label={WORDS.sessionEventDays} help={help['sessionEventDays']}>
            <Value>{WORDS.days(data.sessionEventDays)}</Value>
          </Field>
          <Field label={WORDS.backgroundSessionEventDays} help={help['backgroundSessionEventDays']}>
            <Value>{WORDS.days(data.backgroundSessionEventDays)}</Value>
          </Field>
          <Field label={WORDS.documentDays} help={help['documentDays']}>
            <Value>{WORDS.days(data.documentDays)}</Value>
          </Field>
          <Field label={WORDS.tryDays}>
            {(ids) => (
              <NumberInput
                {...ids}
                min={1}
                max={DAYS_MAX}
                clampBehavior="strict"
                allowDecimal={false}
                allowNegative={false}
                value={days ?? data.logEntryDays}
                onChange={(value) => setDays(typeof value === 'number' && value >= 1 ? value : null)}
              />
            )}
          </Field>
          <Field label={WORDS.wouldGo(data.preview.days)} isWide>
            <Value>{WORDS.preview(data.preview.logEntries, data.preview.finishedEntries)}</Value>
          </Field>
        </Fields>
      )}
    </Section>
  );
}

import { NativeSelect, Textarea } from '@mantine/core';
import type { Given, Question } from './definition.ts';
import { TEXTS } from './texts.ts';

/** Whether all is filled in that an action cannot do without. */
export function isAnswered({ field, choice: offered }: Question, { text, choice }: Given): boolean {
  if (offered !== undefined && choice === '') return false;
  return field?.isRequired !== true || text.trim() !== '';
}

/** What an action upon many rows takes. */
export function BulkQuestion({
  question: { text, field, choice },
  given,
  onChange,
}: {
  readonly question: Question;
  readonly given: Given;
  readonly onChange: (given: Given) => void;
}) {
  return (
    <>
      {text !== undefined && <div>{text}</div>}
      {choice !== undefined && (
        <NativeSelect
          label={choice.label}
          data={[{ value: '', label: TEXTS.choose, disabled: true }, ...choice.words]}
          required
          value={given.choice}
          onChange={(event) => onChange({ ...given, choice: event.currentTarget.value })}
          data-autofocus
        />
      )}
      {field !== undefined && (
        <Textarea
          label={field.label}
          required={field.isRequired === true}
          value={given.text}
          onChange={(event) => onChange({ ...given, text: event.currentTarget.value })}
          data-autofocus
        />
      )}
    </>
  );
}

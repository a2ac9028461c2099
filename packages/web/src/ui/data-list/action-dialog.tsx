import { Button, Group, Modal, NativeSelect, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Given, Question } from './definition.ts';
import { TEXTS } from './texts.ts';

/** Asks before something is done; names what and how many. */
export function ActionDialog({
  question,
  label,
  isDangerous,
  onClose,
  onAnswer,
}: {
  readonly question: Question;
  readonly label: string;
  readonly isDangerous: boolean;
  readonly onClose: () => void;
  readonly onAnswer: (given: Given) => void;
}) {
  const { title, text: explanation, field, choice } = question;
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(choice?.words[0] ?? '');
  const isMissing = field?.isRequired === true && text.trim() === '';
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': TEXTS.cancel }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isMissing) onAnswer({ text: text.trim(), choice: chosen });
        }}
      >
        <Stack gap="sm">
          {explanation !== undefined && <div>{explanation}</div>}
          {choice !== undefined && (
            <NativeSelect
              label={choice.label}
              data={[...choice.words]}
              value={chosen}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data-autofocus
            />
          )}
          {field !== undefined && (
            <Textarea
              label={field.label}
              required={field.isRequired === true}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              autosize={false}
              rows={3}
              data-autofocus
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button onClick={onClose}>{TEXTS.cancel}</Button>
            <Button
              type="submit"
              variant="filled"
              disabled={isMissing}
              {...(isDangerous ? { color: 'red' } : {})}
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

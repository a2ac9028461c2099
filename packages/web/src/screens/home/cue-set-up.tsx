import { Button, Group, Modal, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { CUES, type CueName } from './cue-data.ts';
import classes from './home.module.css';
import { TEXTS } from './texts.ts';
import { STANDARD, type Thresholds } from './thresholds.ts';

/** Sets up from which number on each cue is amber, and red. */
export function CueSetUp({
  thresholds,
  onChange,
  onClose,
}: {
  readonly thresholds: Thresholds;
  readonly onChange: (next: Thresholds) => void;
  readonly onClose: () => void;
}) {
  const [draft, setDraft] = useState(thresholds);
  const field = (name: CueName, part: 'amber' | 'red') => (
    <NumberInput
      aria-label={`${TEXTS.cue[name]}: ${TEXTS[part]}`}
      min={0}
      max={1_000_000}
      allowDecimal={false}
      value={draft[name][part]}
      onChange={(value) => setDraft({ ...draft, [name]: { ...draft[name], [part]: Number(value) || 0 } })}
    />
  );
  return (
    <Modal opened onClose={onClose} title={TEXTS.setUp} closeButtonProps={{ 'aria-label': TEXTS.close }}>
      <p className={classes.setUpText}>{TEXTS.setUpText}</p>
      <table className={classes.setUp}>
        <thead>
          <tr>
            <th>{TEXTS.cueHead}</th>
            <th>{TEXTS.amber}</th>
            <th>{TEXTS.red}</th>
          </tr>
        </thead>
        <tbody>
          {CUES.map((name) => (
            <tr key={name}>
              <th scope="row">{TEXTS.cue[name]}</th>
              <td>{field(name, 'amber')}</td>
              <td>{field(name, 'red')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Group justify="flex-end" gap="xs" mt="sm">
        <Button onClick={() => setDraft(STANDARD)}>{TEXTS.standard}</Button>
        <Button
          variant="filled"
          onClick={() => {
            onChange(draft);
            onClose();
          }}
        >
          {TEXTS.save}
        </Button>
      </Group>
    </Modal>
  );
}

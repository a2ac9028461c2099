import { Button, Group, Modal, NumberInput } from '@mantine/core';
import type { CueThresholds, CueThresholdsView } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { tellError } from '../../ui/notify.ts';
import { CUES, type CueName } from './cue-data.ts';
import classes from './home.module.css';
import { TEXTS } from './texts.ts';
import { type ForWhom, saveThresholds } from './thresholds.ts';

const WORDS = {
  own: { title: TEXTS.setUp, text: TEXTS.setUpText, back: TEXTS.asCompany },
  company: { title: TEXTS.setUpCompany, text: TEXTS.setUpCompanyText, back: TEXTS.standard },
} as const;

/** Sets up from which number on each cue is amber, and red: for oneself, or for the company. */
export function CueSetUp({
  company,
  whom,
  view,
  onClose,
}: {
  readonly company: string;
  readonly whom: ForWhom;
  readonly view: CueThresholdsView;
  readonly onClose: () => void;
}) {
  const [draft, setDraft] = useState(whom === 'own' ? view.effective : (view.company ?? view.standard));
  const saving = useMutation({
    mutationFn: (thresholds: CueThresholds | null) => saveThresholds(company, whom, thresholds),
    onSuccess: onClose,
    onError: tellError,
  });
  const { title, text, back } = WORDS[whom];
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
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': TEXTS.close }}>
      <p className={classes.setUpText}>{text}</p>
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
        <Button onClick={() => saving.mutate(null)} disabled={view[whom] === null}>
          {back}
        </Button>
        <Button variant="filled" loading={saving.isPending} onClick={() => saving.mutate(draft)}>
          {TEXTS.save}
        </Button>
      </Group>
    </Modal>
  );
}

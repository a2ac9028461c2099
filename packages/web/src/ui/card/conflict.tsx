import { Button, Group, Modal, Stack } from '@mantine/core';
import classes from './conflict.module.css';

const TEXTS = {
  title: 'Somebody else has changed this meanwhile',
  by: (who: string, when: string) => `Changed by ${who} ${when}.`,
  field: 'Field',
  theirs: 'As it is now',
  mine: 'What you want',
  same: 'Your changes are to other fields.',
  reload: 'Take theirs, drop mine',
  apply: 'Apply mine on top',
  cancel: 'Go on editing',
};

/** A field that two people have changed, or that differs. */
export interface Difference {
  readonly field: string;
  readonly theirs: string;
  readonly mine: string;
}

/** Two people have edited one thing: shows who and what, and lets the second choose. */
export function ConflictDialog({
  who,
  when,
  differences,
  onReload,
  onApply,
  onClose,
}: {
  /** Null: nobody knows. */
  readonly who: string | null;
  readonly when: string;
  readonly differences: readonly Difference[];
  readonly onReload: () => void;
  readonly onApply: () => void;
  readonly onClose: () => void;
}) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={TEXTS.title}
      size="lg"
      closeButtonProps={{ 'aria-label': TEXTS.cancel }}
    >
      <Stack gap="sm">
        {who !== null && <strong>{TEXTS.by(who, when)}</strong>}
        {differences.length === 0 ? (
          <span>{TEXTS.same}</span>
        ) : (
          <table className={classes.table}>
            <thead>
              <tr>
                <th>{TEXTS.field}</th>
                <th>{TEXTS.theirs}</th>
                <th>{TEXTS.mine}</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ field, theirs, mine }) => (
                <tr key={field}>
                  <th scope="row">{field}</th>
                  <td>{theirs}</td>
                  <td>{mine}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Group justify="flex-end" gap="xs">
          <Button onClick={onClose}>{TEXTS.cancel}</Button>
          <Button onClick={onReload}>{TEXTS.reload}</Button>
          <Button variant="filled" onClick={onApply}>
            {TEXTS.apply}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

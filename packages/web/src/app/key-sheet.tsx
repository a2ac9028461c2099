import { Kbd, Modal } from '@mantine/core';
import { TEXTS } from './frame-texts.ts';
import classes from './key-sheet.module.css';
import { useActiveShortcuts } from './keys.ts';

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  'mod+k': 'Ctrl K  or  ⌘ K',
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
};

/** The keys that mean something on the present screen. */
export function KeySheet({ onClose }: { readonly onClose: () => void }) {
  const shortcuts = useActiveShortcuts();
  return (
    <Modal opened onClose={onClose} title={TEXTS.keyHelp} closeButtonProps={{ 'aria-label': TEXTS.close }}>
      <dl className={classes.keys}>
        {shortcuts.map(({ key, text }) => (
          <div key={`${key} ${text}`} className={classes.row}>
            <dt>
              <Kbd>{NAMES[key] ?? key}</Kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { toldOf } from '../data/problem.ts';

const READ_MS = 5_000;
/** What is more than text is to be pressed, or stays to be read: an error. */
const ACT_MS = 12_000;

/** Says in a corner of the screen that something is done. Readers hear it, too. */
export function tell(title: string, text: ReactNode = ''): void {
  const autoClose = typeof text === 'string' ? READ_MS : ACT_MS;
  notifications.show({ title, message: text, color: 'dawn', autoClose, withBorder: true });
}

/** Says there what went wrong; it stays longer. */
export function tellError(error: unknown): void {
  const { title, text } = toldOf(error);
  notifications.show({
    title,
    message: text,
    color: 'red',
    autoClose: ACT_MS,
    withBorder: true,
    role: 'alert',
  });
}

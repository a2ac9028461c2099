import { notifications } from '@mantine/notifications';
import { toldOf } from '../data/problem.ts';

/** Says in a corner of the screen that something is done. Readers hear it, too. */
export function tell(title: string, text?: string): void {
  notifications.show({ title, message: text ?? '', color: 'dawn', autoClose: 5_000, withBorder: true });
}

/** Says there what went wrong; it stays longer. */
export function tellError(error: unknown): void {
  const { title, text } = toldOf(error);
  notifications.show({
    title,
    message: text,
    color: 'red',
    autoClose: 12_000,
    withBorder: true,
    role: 'alert',
  });
}

import type { ReactNode } from 'react';
import { IconLock, IconPencil } from '../icons.ts';
import classes from './edit.module.css';

/** Above fields that are only shown: whether they may be changed, why not, and how to begin. */
export function EditLock({
  isOpen,
  text,
  children,
}: {
  readonly isOpen: boolean;
  readonly text: string;
  readonly children: ReactNode;
}) {
  const Icon = isOpen ? IconPencil : IconLock;
  return (
    <div className={classes.lock}>
      <Icon size={14} aria-hidden />
      <span>{text}</span>
      {children}
    </div>
  );
}

/** Above fields that are being changed: what happens to them, and how they are shown. */
export function EditHint({ text, children }: { readonly text: string; readonly children: ReactNode }) {
  return (
    <div className={classes.lock}>
      <span>{text}</span>
      {children}
    </div>
  );
}

/** Stays at the foot of the window while fields are being changed: how to end it. */
export function EditBar({ text, children }: { readonly text?: ReactNode; readonly children: ReactNode }) {
  return (
    <div className={classes.bar}>
      {text !== undefined && <span>{text}</span>}
      {children}
    </div>
  );
}

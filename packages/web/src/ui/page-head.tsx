import type { ReactNode } from 'react';
import classes from './page-head.module.css';

/** The heading of a screen, and beside it one quiet line on what it is about. */
export function PageHead({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <header className={classes.head}>
      <h1>{title}</h1>
      <span>{children}</span>
    </header>
  );
}

import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import type { Search } from '../app/url.ts';
import classes from './part.module.css';

/** A part of a screen that shows several things: a heading, where there is more of it, and what it shows. */
export function Part({
  title,
  lead,
  more,
  tools,
  id,
  children,
}: {
  readonly title: string;
  /** One quiet sentence beneath the heading. */
  readonly lead?: ReactNode;
  /** Where all of it is. */
  readonly more?: { readonly label: string; readonly path: string; readonly search?: Search };
  /** Beside the heading. */
  readonly tools?: ReactNode;
  /** For addresses that lead to this part. */
  readonly id?: string;
  readonly children: ReactNode;
}) {
  const name = useId();
  return (
    <section className={classes.part} aria-labelledby={name} id={id}>
      <header className={classes.head}>
        <h2 id={name}>{title}</h2>
        {tools}
        {more !== undefined && (
          <Link to={more.path as never} search={{ ...more.search } as never} className={classes.more}>
            {more.label}
          </Link>
        )}
      </header>
      {lead !== undefined && <p className={classes.lead}>{lead}</p>}
      {children}
    </section>
  );
}

/** One quiet line where a part has nothing to show, or waits. */
export function Quiet({ children }: { readonly children: ReactNode }) {
  return <p className={classes.quiet}>{children}</p>;
}

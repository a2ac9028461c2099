import type { FormEvent, ReactNode } from 'react';
import { IconMoonStar } from '../../ui/icons.ts';
import classes from './door.module.css';
import { TEXTS } from './texts.ts';

/** What is around everything before somebody is signed in. */
export function Door({
  title,
  text,
  onSubmit,
  children,
}: {
  readonly title: string;
  readonly text?: string;
  readonly onSubmit?: () => void;
  readonly children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <main className={classes.door}>
      <div className={classes.brand}>
        <span className={classes.mark}>
          <IconMoonStar size={22} aria-hidden />
        </span>
        <div>
          <strong>{TEXTS.product}</strong>
          <span>{TEXTS.claim}</span>
        </div>
      </div>
      <form className={classes.box} onSubmit={submit}>
        <h1>{title}</h1>
        {text !== undefined && <p>{text}</p>}
        {children}
      </form>
    </main>
  );
}

import { Button } from '@mantine/core';
import { toldOf } from '../data/problem.ts';
import classes from './fault.module.css';
import { IconWarning } from './icons.ts';

const TEXTS = { again: 'Try again', number: 'Number for support' };

/** Tells an error where its screen would be, with what to quote and a way on. */
export function Fault({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const { title, text, correlationId } = toldOf(error);
  return (
    <div className={classes.fault} role="alert">
      <IconWarning size={20} aria-hidden />
      <div>
        <strong>{title}</strong>
        <p>{text}</p>
        {correlationId !== null && (
          <p className={classes.number}>
            {TEXTS.number}: <code>{correlationId}</code>
          </p>
        )}
        {retry !== undefined && <Button onClick={retry}>{TEXTS.again}</Button>}
      </div>
    </div>
  );
}

import { Tooltip } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { IconHelp } from '../icons.ts';
import classes from './card.module.css';

/** What is shown of a field. */
export interface FieldProps {
  readonly label: string;
  /** The sentence of the interface, from `virtual:help/…`. */
  readonly help?: string | undefined;
  /** What is wrong with it, as the server says. */
  readonly fault?: string | undefined;
  /** Whether it takes the whole width. */
  readonly isWide?: boolean;
}

/**
 * A field of a card: its label, its help, and either its value or what it is changed with. A control takes `id` and `describedBy`, so that
 * readers hear label, help and fault.
 */
export function Field({
  label,
  help,
  fault,
  isWide = false,
  children,
}: FieldProps & {
  readonly children:
    | ReactNode
    | ((ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode);
}) {
  const id = useId();
  const isControl = typeof children === 'function';
  return (
    <div className={`${classes.field} ${isWide ? classes.wide : ''}`}>
      <span className={classes.label}>
        {isControl ? <label htmlFor={id}>{label}</label> : <span id={`${id}-label`}>{label}</span>}
        {help !== undefined && (
          <Tooltip label={help}>
            <button type="button" className={classes.help} aria-label={`${label}: ${help}`}>
              <IconHelp size={13} aria-hidden />
            </button>
          </Tooltip>
        )}
      </span>
      {isControl ? (
        children({ id, 'aria-describedby': `${id}-fault`, 'aria-invalid': fault !== undefined })
      ) : (
        <div className={classes.value}>{children}</div>
      )}
      {isControl && (
        <span id={`${id}-fault`} className={classes.fault}>
          {fault}
        </span>
      )}
    </div>
  );
}

/** The value of a field that cannot be changed here; nothing is a dash. */
export function Value({ children }: { readonly children: string | number | null }) {
  return children === null || children === '' ? (
    <span className={classes.empty}>–</span>
  ) : (
    <span>{children}</span>
  );
}

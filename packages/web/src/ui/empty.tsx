import type { ComponentType, ReactNode } from 'react';
import classes from './empty.module.css';

/** Says that there is nothing, why, and what to do. */
export function Empty({
  icon: Icon,
  title,
  text,
  children,
}: {
  readonly icon: ComponentType<{ size?: number | string }>;
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      <span className={classes.icon}>
        <Icon size={26} aria-hidden />
      </span>
      <h2 className={classes.title}>{title}</h2>
      {text !== undefined && <p className={classes.text}>{text}</p>}
      {children !== undefined && <div className={classes.more}>{children}</div>}
    </div>
  );
}

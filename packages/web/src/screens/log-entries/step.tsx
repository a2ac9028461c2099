import { VisuallyHidden } from '@mantine/core';
import type { ComponentType, ReactNode } from 'react';
import { IconCheckCircle, IconInfo, IconWarning } from '../../ui/icons.ts';
import classes from './log-entries.module.css';
import { STEPS } from './texts.ts';

/** How a step looks: what is wrong is told by shape and word, too. */
const LOOKS: Readonly<
  Record<'found' | 'fine' | 'note', readonly [word: string, icon: ComponentType<{ size?: number | string }>]>
> = {
  found: [STEPS.found, IconWarning],
  fine: [STEPS.fine, IconCheckCircle],
  note: [STEPS.note, IconInfo],
};

/** A step of the checklist: its answer in one sentence, the facts beneath. */
export function Step({
  title,
  verdict,
  says,
  children,
}: {
  readonly title: string;
  readonly verdict: 'found' | 'fine' | 'note';
  readonly says: string;
  readonly children?: ReactNode;
}) {
  const [word, Icon] = LOOKS[verdict];
  return (
    <li className={classes.step} data-verdict={verdict}>
      <span className={classes.verdict} title={word}>
        <Icon size={16} aria-hidden />
        <VisuallyHidden>{word}</VisuallyHidden>
      </span>
      <div>
        <h3>{title}</h3>
        {says !== '' && <p>{says}</p>}
        {children}
      </div>
    </li>
  );
}

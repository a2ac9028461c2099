import { Tooltip, VisuallyHidden } from '@mantine/core';
import classes from './gone-user.module.css';
import { IconUserX } from './icons.ts';

/** A user; one who is gone is told by more than a colour. @param why what that means */
export function GoneUser({
  name,
  isGone,
  why,
}: {
  readonly name: string;
  readonly isGone: boolean;
  readonly why: string;
}) {
  if (!isGone) return name;
  return (
    <Tooltip label={why}>
      <span className={classes.gone}>
        <IconUserX size={13} aria-hidden />
        {name}
        <VisuallyHidden>{why}</VisuallyHidden>
      </span>
    </Tooltip>
  );
}

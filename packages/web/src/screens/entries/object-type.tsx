import classes from './entries.module.css';
import { ENTRY_TEXTS } from './entry-texts.ts';
import type { ObjectType } from './objects.ts';

/** Says whether something is a codeunit or a report. */
export function ObjectTypeMark({ of }: { readonly of: ObjectType }) {
  return (
    <span className={classes.kind} data-kind={of}>
      {ENTRY_TEXTS.objectTypes[of]}
    </span>
  );
}

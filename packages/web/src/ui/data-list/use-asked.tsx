import { type ReactNode, useState } from 'react';
import { ActionDialog } from './action-dialog.tsx';
import type { Acting, Given, RowAction } from './definition.ts';

/** Asks before an action that wants to be asked about, and runs the others at once; `dialog` belongs beside what was clicked. */
export function useAsked<Row extends Acting>(
  name: string,
  run: (action: RowAction<Row>, given: Given) => void,
): { readonly take: (action: RowAction<Row>) => void; readonly dialog: ReactNode } {
  const [asked, setAsked] = useState<RowAction<Row> | null>(null);
  const take = (action: RowAction<Row>) =>
    action.ask === undefined ? run(action, { text: '', choice: '' }) : setAsked(action);
  const dialog = asked?.ask !== undefined && (
    <ActionDialog
      question={asked.ask(1, name)}
      label={asked.label}
      isDangerous={asked.isDangerous === true}
      onClose={() => setAsked(null)}
      onAnswer={(given) => {
        setAsked(null);
        run(asked, given);
      }}
    />
  );
  return { take, dialog };
}

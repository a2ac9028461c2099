import type { InCompany } from '../../data/pages.ts';
import { counted } from '../format.ts';
import { IconUser } from '../icons.ts';
import type { Acting, RowAction } from './definition.ts';

const TEXTS = {
  label: 'Run as somebody else',
  title: (rows: string) => `Have ${rows} run as somebody else`,
  text: 'Whoever you name is asked, and approves it under Approvals. To have it run as yourself, set it Ready.',
  field: 'User ID',
  done: (name: string) => `Asked for ${name}: it waits for the approval`,
};

/** What a list calls its rows. */
interface Nouns {
  readonly noun: string;
  /** Default: `${noun}s`. */
  readonly nouns?: string;
}

/** Has rows run as somebody else, who has to agree. @param give asks the server, for one of them */
export function reassignAction<Row extends Acting>(
  { noun, nouns }: Nouns,
  give: (row: InCompany<Row>, user: string) => Promise<unknown>,
): RowAction<Row> {
  return {
    name: 'reassign',
    label: TEXTS.label,
    icon: IconUser,
    ask: (count, name) => ({
      title: TEXTS.title(count === 1 ? name : counted(count, noun, nouns)),
      text: TEXTS.text,
      field: { label: TEXTS.field, isRequired: true },
    }),
    run: (row, { text }) => give(row, text),
    done: TEXTS.done,
  };
}

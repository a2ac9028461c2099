import type { Loaded } from '../../data/pages.ts';
import type { Acting, ListDefinition } from './definition.ts';
import type { ListState } from './list-state.ts';
import type { Selection } from './selection.ts';

/** What the parts of a list share. */
export interface ListParts<Row extends Acting> {
  readonly list: ListDefinition<Row>;
  readonly loaded: Loaded<Row>;
  readonly state: ListState<Row>;
  readonly selection: Selection<Row>;
  /** Keys of rows that are opened. */
  readonly open: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
  /** Whether the company of each row is shown. */
  readonly withCompany: boolean;
}

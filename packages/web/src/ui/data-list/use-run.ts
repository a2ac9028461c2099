import { useCallback } from 'react';
import { changed } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';
import { tell, tellError } from '../notify.ts';
import type { Acting, Given, ListDefinition, RowAction } from './definition.ts';

type Run<Row> = (action: RowAction<Row>, row: InCompany<Row>, given: Given) => Promise<void>;

/** Runs an action of a list with one row, and says what came of it. */
export function useRun<Row extends Acting>(list: ListDefinition<Row>): Run<Row> {
  return useCallback(
    async (action, row, given) => {
      try {
        const answer = await action.run(row, given);
        const said = action.done(list.name(row), answer);
        if (said !== '') tell(said);
      } catch (error) {
        tellError(error);
      }
      changed(list.resource);
    },
    [list],
  );
}

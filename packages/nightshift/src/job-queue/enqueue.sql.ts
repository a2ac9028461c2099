import { statement } from '../database/index.ts';

// The entry with the same work (object, parameters, record) as $3, recurring or not as $4 says; null: there is none. Whoever
// asks for the same meanwhile waits until the transaction has ended.
export const findSameEntry = statement(
  'entry_find_same',
  'select nightshift_session.entry_find_same($1, $2, $3::jsonb, $4) as id',
);

import { DataList } from '../../ui/data-list/data-list.tsx';
import { TASKS_LIST } from './tasks-list.tsx';

/** The scheduled tasks of a company, or of all that somebody may see. */
export function Screen() {
  return <DataList list={TASKS_LIST} />;
}
